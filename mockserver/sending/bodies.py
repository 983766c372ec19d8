"""The text and the HTML of a mail, with what the campaign's settings add."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape
from html.parser import HTMLParser

_HREF = re.compile(r"""(<a\b[^>]*?\bhref\s*=\s*)(["'])(https?://.*?)\2""", re.IGNORECASE | re.DOTALL)
_END = re.compile(r"</body\s*>", re.IGNORECASE)
_BLOCKS = {"p", "div", "br", "tr", "li", "ul", "ol", "table", "blockquote", "hr"} | {
    f"h{size}" for size in range(1, 7)
}
_EMPTY = {"br", "hr"}
_UNSEEN = {"head", "style", "script", "title"}


@dataclass(frozen=True, slots=True)
class Extras:
    """What is added to a mail; an address that is empty adds nothing."""

    unsubscribe_url: str = ""
    pixel_url: str = ""
    track: Callable[[int, str], str] | None = None
    """Makes, of a link and its place among the links, the one that stands in its stead."""


NOTHING = Extras()


@dataclass(frozen=True, slots=True)
class Body:
    """What a mail says."""

    text: str
    html: str | None = None
    links: tuple[str, ...] = ()
    """The links of the HTML, as they were written."""


def make_text(content: str, extras: Extras) -> Body:
    """Return the body of a plain mail; opens and clicks are not tracked in one."""
    return Body(content + _add_text_footer(extras))


def make_html(content: str, extras: Extras, is_page: bool) -> Body:
    """Return the body of an HTML mail, with its text; `is_page` when the content is a whole page."""
    page = content if is_page else f"<!DOCTYPE html>\n<html>\n<body>\n{content}\n</body>\n</html>\n"
    links: list[str] = []

    def replace_link(found: re.Match[str]) -> str:
        url = unescape(found[3])
        links.append(url)
        tracked = extras.track(len(links) - 1, url) if extras.track else url
        return found[0] if tracked == url else f"{found[1]}{found[2]}{escape(tracked)}{found[2]}"

    text = read_html(page) + _add_text_footer(extras)
    page = _HREF.sub(replace_link, page)
    return Body(text, _insert_at_end(page, _make_footer(extras)), tuple(links))


def list_links(content: str, content_type: str) -> list[str]:
    """Return the links that somebody may click in such a content, in order."""
    if content_type == "plaintext":
        return []
    return [unescape(found[3]) for found in _HREF.finditer(content)]


def read_html(page: str) -> str:
    """Return the text of an HTML page: a line for each block, the links in brackets."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.words).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._unseen = 0
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        if tag in _BLOCKS:
            self.words.append("\n")
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(self._unseen - 1, 0)
        elif tag == "a" and self._links:
            link = self._links.pop()
            if link and not "".join(self.words).endswith(link):
                self.words.append(f" [{link}]")
        elif tag in _BLOCKS - _EMPTY:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.words.append(" ".join(data.split("\n")))


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
