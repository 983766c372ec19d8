"""Pages of a long list, by number, so that the last one is one step away."""

from dataclasses import dataclass

from ..visit import Visit


@dataclass(frozen=True, slots=True)
class Pages:
    """Which page of a list is shown; the first has the newest rows."""

    number: int
    count: int
    total: int
    """Rows of the whole list."""


def read_page(visit: Visit) -> int:
    """Return the number of the page that the address names, else 1."""
    text = visit.value("page")
    return max(1, int(text)) if text.isdecimal() and len(text) < 10 else 1


def describe_pages(number: int, total: int, size: int) -> Pages:
    """Return what the links to the other pages need."""
    return Pages(number, max(1, -(-total // size)), total)
