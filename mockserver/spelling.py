"""Misspelt names: which known name was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def suggest(name: str, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown name: the known one that is near, or else all of them."""
    names = list(known)
    near = get_close_matches(name, names, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"


def find_nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that is nearest, however far; there is at least one."""
    names = list(known)
    lower = {each.lower(): each for each in names}
    return lower[get_close_matches(name.lower(), list(lower), n=1, cutoff=0)[0]]
