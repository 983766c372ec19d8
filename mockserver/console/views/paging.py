"""Numbers in addresses, and the pages of a long list, by number: the last one is one step away."""

from dataclasses import dataclass

from ..visit import Visit

_MOST_DIGITS = 15
_MOST_PAGES = 999_999


@dataclass(frozen=True, slots=True)
class Pages:
    """Which page of a list is shown; the first has the newest rows."""

    number: int
    count: int
    total: int
    """Rows of the whole list."""


def read_number(text: str) -> int:
    """Return the number that a part of an address names, else 0."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else 0


def read_page(visit: Visit) -> int:
    """Return the number of the page that the address names, else 1."""
    number = read_number(visit.value("page"))
    return number if 0 < number <= _MOST_PAGES else 1


def describe_pages(number: int, total: int, size: int) -> Pages:
    """Return what the links to the other pages need."""
    return Pages(number, max(1, -(-total // size)), total)
