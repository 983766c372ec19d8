"""Text of a foreign server, so that it breaks no format."""

import unicodedata

from ..verdict.outcomes import Verdict

_KEPT = "\t\n\u200d"
_MOST_CHARACTERS = 10_000


def make_printable(text: str) -> str:
    """Return a text in which no character commands a terminal, and that XML and UTF-8 can hold."""
    return "".join(map(_replace, text.replace("\r\n", "\n")))


def _replace(character: str) -> str:
    is_shown = character.isprintable() or character in _KEPT or unicodedata.category(character) == "Zs"
    return character if is_shown else "\ufffd"


def make_line(text: str, most: int) -> str:
    """Return a text as one line of at most so many characters."""
    line = make_printable(" ".join(text.split()))
    return line if len(line) <= most else line[: most - 1] + "…"


def describe_source(verdict: Verdict) -> str:
    """Return the source of a rule, with its sentence."""
    return f"{verdict.source}: {verdict.sentence}" if verdict.sentence else verdict.source


def shorten_body(text: str) -> str:
    """Return the beginning of a body, and how much more there was."""
    more = len(text) - _MOST_CHARACTERS
    return text if more <= 0 else f"{text[:_MOST_CHARACTERS]}… ({more} more characters)"
