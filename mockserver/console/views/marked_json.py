"""A JSON body as HTML, the places that violations name marked in it."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from markupsafe import Markup, escape

Place = tuple[str | int, ...]
"""The way from the root to a value."""


def mark_json(value: Any, places: Iterable[Place]) -> Markup:
    """Return a value in indented lines; each place is marked, a missing one as a line of its own."""
    return Markup("").join(_write(value, (), set(places), ""))


def _write(value: Any, place: Place, marked: set[Place], indent: str) -> Iterator[Markup]:
    is_marked = place in marked
    if is_marked:
        yield Markup("<mark>")
    if isinstance(value, dict):
        missing = {each[-1]: None for each in marked if each and each[:-1] == place and each[-1] not in value}
        rows = [(name, json.dumps(name, ensure_ascii=False) + ": ", inner) for name, inner in value.items()]
        yield from _write_rows(("{", "}"), rows, missing, place=place, marked=marked, indent=indent)
    elif isinstance(value, list):
        items = [(index, "", inner) for index, inner in enumerate(value)]
        yield from _write_rows(("[", "]"), items, {}, place=place, marked=marked, indent=indent)
    else:
        yield escape(json.dumps(value, ensure_ascii=False))
    if is_marked:
        yield Markup("</mark>")


def _write_rows(
    ends: tuple[str, str],
    rows: list[tuple[Any, str, Any]],
    missing: dict[Any, None],
    /,
    *,
    place: Place,
    marked: set[Place],
    indent: str,
) -> Iterator[Markup]:
    inner = indent + "  "
    begin, end = ends
    yield Markup(begin)
    between = "\n"
    for name, label, value in rows:
        yield Markup(between + inner) + label
        yield from _write(value, (*place, name), marked, inner)
        between = ",\n"
    for name in missing:
        yield Markup("\n{}<mark>{} is missing</mark>").format(inner, json.dumps(name, ensure_ascii=False))
    yield Markup("\n" + indent + end) if rows or missing else Markup(end)
