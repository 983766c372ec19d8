"""Patterns of rule ids, for example `campaigns.*`."""

from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase

from .outcomes import CannotRunError

_NEAREST = 3


def require_match(ids: Iterable[str], pattern: str) -> None:
    """Raise CannotRunError, with the nearest ids, unless one of the ids matches a pattern."""
    ids = tuple(ids)
    if any(fnmatchcase(each, pattern) for each in ids):
        return
    # a pattern is often the beginning of an id, with a mistake in it
    heads = {".".join(each.split(".")[: pattern.count(".") + 1]) for each in ids}
    text = pattern.replace("*", "").strip(".")
    near = get_close_matches(text, [*heads, *ids], n=_NEAREST, cutoff=0.3)
    raise CannotRunError(f"No rule matches {pattern!r}; the nearest are {', '.join(near)}.")
