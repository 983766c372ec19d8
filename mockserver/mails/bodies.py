"""The text and the HTML of a mail, with the additions that the campaign's settings switch on.

HTML becomes text by hand, with regular expressions in linear time. `html.parser` is no choice: on Python
3.11.7 it takes a minute for 100,000 characters of `<a `, and raises an AssertionError at `<![`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape

_HREF = re.compile(r"""(<a\b[^<>]*?\bhref\s*=\s*)(["'])(https?://[^<>]*?)\2""", re.IGNORECASE)
_URL = re.compile(r"""https?://[^\s<>"']*[^\s<>"'.,;:!?)\]}]""")
_END = re.compile(r"</body\s*>", re.IGNORECASE)
_BLOCKS = {"p", "div", "br", "tr", "li", "ul", "ol", "table", "blockquote", "hr"} | {
    f"h{size}" for size in range(1, 7)
}
_EMPTY = {"br", "hr"}
_UNSEEN = re.compile(r"<!--|<(head|style|script|title)\b[^<>]*>", re.IGNORECASE)
_CLOSINGS = {"": re.compile("-->")} | {
    name: re.compile(rf"</{name}[^<>]*>", re.IGNORECASE) for name in ("head", "style", "script", "title")
}
_TAG = re.compile(r"(<[^<>]*>)")
_TAG_NAME = re.compile(r"<(/?)([a-zA-Z]\w*)")
_ANY_HREF = re.compile(r"""\bhref\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Extras:
    """The additions to a mail; an empty address adds nothing."""

    unsubscribe_url: str = ""
    pixel_url: str = ""
    track: Callable[[int, str], str] | None = None
    """Returns the link that replaces a link; it gets the index of the link and the link."""


NO_EXTRAS = Extras()


@dataclass(frozen=True, slots=True)
class Body:
    """The content of a mail."""

    text: str
    html: str | None = None
    links: tuple[str, ...] = ()
    """Its links in their original form."""


def make_text(content: str, extras: Extras) -> Body:
    """Return the body of a plain mail; it cannot notice that it was opened."""
    links: list[str] = []

    def replace_link(found: re.Match[str]) -> str:
        links.append(found[0])
        return _track(extras, links)

    return Body(_URL.sub(replace_link, content) + _add_text_footer(extras), links=tuple(links))


def make_html(content: str, extras: Extras, is_page: bool) -> Body:
    """Return the body of an HTML mail, with its text; `is_page` means that the content is a whole page."""
    page = content if is_page else f"<!DOCTYPE html>\n<html>\n<body>\n{content}\n</body>\n</html>\n"
    links: list[str] = []

    def replace_link(found: re.Match[str]) -> str:
        links.append(unescape(found[3]))
        return f"{found[1]}{found[2]}{escape(_track(extras, links))}{found[2]}" if extras.track else found[0]

    text = read_html(page) + _add_text_footer(extras)
    page = _HREF.sub(replace_link, page)
    return Body(text, _insert_at_end(page, _make_footer(extras)), tuple(links))


@lru_cache(maxsize=1024)
def list_links(content: str, content_type: str) -> tuple[str, ...]:
    """Return the links of a content in their order, equal to `Body.links` of its mail."""
    if content_type == "plaintext":
        return tuple(_URL.findall(content))
    return tuple(unescape(found[3]) for found in _HREF.finditer(content))


def _track(extras: Extras, links: list[str]) -> str:
    """Return what replaces the last link."""
    return extras.track(len(links) - 1, links[-1]) if extras.track else links[-1]


def read_html(page: str) -> str:
    """Return the text of an HTML page: a line for each block, links in brackets behind their text."""
    words: list[str] = []
    links: list[tuple[str, int]] = []
    for piece in _TAG.split(_drop_unseen(page)):
        tag = _TAG_NAME.match(piece)
        if not tag:
            words.append("" if piece.startswith("<!") else unescape(" ".join(piece.split("\n"))))
            continue
        closes, name = bool(tag[1]), tag[2].lower()
        if name == "a" and not closes:
            href = _ANY_HREF.search(piece)
            links.append((unescape(href[1].strip("\"'")) if href else "", len(words)))
        elif name == "a" and links:
            link, start = links.pop()
            if link and "".join(words[start:]).strip() != link:
                words.append(f" [{link}]")
        elif name in _BLOCKS and not (closes and name in _EMPTY):
            words.append("\n")
    lines = [" ".join(line.split()) for line in "".join(words).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _drop_unseen(page: str) -> str:
    """Return a page without the parts that no reader sees."""
    kept, position = [], 0
    while found := _UNSEEN.search(page, position):
        kept.append(page[position : found.start()])
        close = _CLOSINGS[(found[1] or "").lower()].search(page, found.end())
        position = close.end() if close else len(page)
    return "".join([*kept, page[position:]])


def _add_text_footer(extras: Extras) -> str:
    return f"\n\n--\nUnsubscribe: {extras.unsubscribe_url}\n" if extras.unsubscribe_url else ""


def _make_footer(extras: Extras) -> str:
    parts = []
    if extras.unsubscribe_url:
        parts.append(f'<p><a href="{escape(extras.unsubscribe_url)}">Unsubscribe</a></p>')
    if extras.pixel_url:
        parts.append(f'<img src="{escape(extras.pixel_url)}" width="1" height="1" alt="">')
    return "".join(f"{part}\n" for part in parts)


def _insert_at_end(page: str, footer: str) -> str:
    ends = list(_END.finditer(page))
    at = ends[-1].start() if ends else len(page)
    return page[:at] + footer + page[at:]
