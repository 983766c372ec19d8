"""The HTML of a mail as something to look at: nothing in it runs, loads, submits or leads anywhere.

How it works: the page is read tag by tag, and written anew. Only known tags with known attributes are
written; every other `<` becomes text. So what a browser gets is known, however it would have read the mail.
The guard is the content security policy of the frame. This is there because Chromium connects to the host of
a frame before it forbids the frame, and because the browser logs what the policy forbids.

It takes linear time. html.parser does not on Python 3.11.7 (see `mails.bodies`), and nh3 takes quadratic time
in the depth: 46 s for 100,000 open `div`.
"""

import re
from html import escape, unescape

_WORD = re.compile(r"\w+")
_TAGS = frozenset(
    _WORD.findall(
        """a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd
        del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd
        li main map mark nav ol p pre q s samp section small span strike strong sub summary sup table tbody
        td tfoot th thead time tr tt u ul var wbr"""
    )
)
_ATTRIBUTES = frozenset(
    _WORD.findall(
        """align alt bgcolor border cellpadding cellspacing class color colspan dir face height hspace id
        lang nowrap open role rowspan scope size span start style title type valign value vspace width"""
    )
)
_UNSEEN = frozenset({"iframe", "math", "noembed", "noframes", "script", "style", "svg", "template", "title"})
"""They go with all that they hold; of a style sheet what loads nothing stays."""
_REPLACED = {"body": "div"}
"""The body of a mail becomes a part of the body of the frame, with its colors."""
_MARKUP = re.compile(r"<(?:(?P<comment>!--)|(?P<other>[!?])|(?P<close>/?)(?P<name>[a-zA-Z][^\s/>]*))")
_GAP = re.compile(r"[\s/]*+")
_ATTRIBUTE = re.compile(r"""(=?[^\s/>=]*+)(?:\s*+=\s*+("[^"]*"|'[^']*'|[^\s>]*+))?""")
_CLOSINGS = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _UNSEEN}
_PICTURE = re.compile(r"\s*data:image/", re.IGNORECASE)
_LETTER = re.compile(r"\\0{0,4}([46][1-9a-f]|[57][0-9a])\s?|\\([g-z@(])", re.IGNORECASE)
_LOADS = re.compile(
    r"""@import[^;]*;?|(?:-webkit-)?image-set\([^)]*\)?|url\(\s*+(?!["']?\s*+data:image/)[^)]*\)?""",
    re.IGNORECASE,
)


def sanitize(page: str) -> str:
    """Return the HTML of a mail without what runs, loads, submits or leads anywhere; links stay as text."""
    kept: list[str] = []
    position = 0
    while found := _MARKUP.search(page, position):
        kept.append(page[position : found.start()].replace("<", "&lt;"))
        position = found.end()
        if found["comment"] or found["other"]:
            end = "-->" if found["comment"] else ">"
            # `<!-->` is a whole comment
            place = page.find(end, position - 2 if found["comment"] else position)
            position = len(page) if place < 0 else place + len(end)
            continue
        name = found["name"].lower()
        attributes, position = _read_attributes(page, position)
        if name in _UNSEEN and not found["close"]:
            close = _CLOSINGS[name].search(page, position)
            content = page[position : close.start() if close else len(page)]
            position = page.find(">", close.end()) + 1 if close else 0
            position = position or len(page)
            if name == "style":
                kept.append(f"<style>{_quieten(content).replace('<', '')}</style>")
            continue
        name = _REPLACED.get(name, name)
        if name in _TAGS:
            kept.append(f"</{name}>" if found["close"] else _write_tag(name, attributes))
    kept.append(page[position:].replace("<", "&lt;"))
    return "".join(kept)


def _read_attributes(page: str, position: int) -> tuple[dict[str, str], int]:
    """Return the attributes of a tag, and where it ends; a tag that does not end takes all the rest."""
    attributes: dict[str, str] = {}
    while True:
        position = _skip(_GAP, page, position)
        if page[position : position + 1] in ("", ">"):
            return attributes, position + 1
        found = _ATTRIBUTE.match(page, position)
        assert found is not None
        position = found.end()
        value = found[2] or ""
        quoted = value[:1] in ("'", '"') and len(value) > 1 and value[-1] == value[0]
        attributes.setdefault(found[1].lower(), unescape(value[1:-1] if quoted else value))


def _skip(gap: re.Pattern[str], page: str, position: int) -> int:
    found = gap.match(page, position)
    return found.end() if found else position


def _write_tag(name: str, attributes: dict[str, str]) -> str:
    written = [name]
    for attribute, value in attributes.items():
        if attribute in _ATTRIBUTES or (name == "img" and attribute == "src" and _PICTURE.match(value)):
            shown = _quieten(value) if attribute == "style" else value
            written.append(f'{attribute}="{escape(shown)}"')
    return f"<{' '.join(written)}>"


def _quieten(css: str) -> str:
    """Return a style sheet without what it loads; letters that are written as escapes are letters first.

    A blank stands where something was, so what was before and after it makes no new word.
    """
    plain = _LETTER.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], css)
    return _LOADS.sub(" ", re.sub(r"/\*.*?(?:\*/|\Z)", " ", plain, flags=re.DOTALL))
