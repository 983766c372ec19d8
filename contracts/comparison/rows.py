"""Rows of two lists: which row of the server stands for which row of the model."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mockserver.openapi.formats import is_date_time

from .alignment import Alignment

Row = dict[str, Any]

_MOST_COMPARED = 40
"""Up to so many rows are paired by likeness; more of them are paired in their order."""


@dataclass(slots=True)
class Pairing:
    """Indexes of rows."""

    pairs: list[tuple[int, int]] = field(default_factory=list)
    """(row of the server, row of the model), in the order of the model."""
    missing: list[int] = field(default_factory=list)
    """Rows of the model that the server lacks."""
    extra: list[int] = field(default_factory=list)
    """Rows of the server that the model lacks."""
    alike: list[tuple[int, int]] = field(default_factory=list)
    """Pairs that could as well be others, since several rows say the same: their ids stand for nothing."""


def is_id_name(name: str) -> bool:
    """Return whether a field holds an id."""
    return name == "id" or name.endswith("_id")


def pair_rows(theirs: Sequence[Row], models: Sequence[Row], alignment: Alignment) -> Pairing:
    """Pair rows by their ids; rows whose ids appear for the first time by what else they say."""
    found = Pairing()
    identity = _find_identity(models)
    open_theirs, open_models = list(range(len(theirs))), []
    if identity:
        by_id = {str(row.get(identity)).casefold(): index for index, row in reversed(list(enumerate(theirs)))}
        for index, row in enumerate(models):
            known = alignment.find_theirs(str(row[identity]))
            if known is None:
                open_models.append(index)
            elif known in by_id:
                found.pairs.append((by_id[known], index))
                open_theirs.remove(by_id[known])
            else:
                found.missing.append(index)
        for index in list(open_theirs):
            if alignment.find_models(str(theirs[index].get(identity))) is not None:
                open_theirs.remove(index)
                found.extra.append(index)
    else:
        open_models = list(range(len(models)))
    _pair_alike(found, theirs, models, open_theirs, open_models)
    found.pairs.sort(key=lambda pair: pair[1])
    return found


def _find_identity(rows: Sequence[Row]) -> str | None:
    """Return the first field that is an id and different in each row."""
    for name in rows[0] if rows else ():
        values = [row.get(name) for row in rows]
        is_id = is_id_name(name) and all(isinstance(value, str) for value in values)
        if is_id and len(set(values)) == len(values):
            return name
    return None


def _pair_alike(
    found: Pairing,
    theirs: Sequence[Row],
    models: Sequence[Row],
    open_theirs: list[int],
    open_models: list[int],
) -> None:
    by_print: dict[str, list[int]] = {}
    for index in open_theirs:
        by_print.setdefault(_print(theirs[index]), []).append(index)
    prints = [_print(models[index]) for index in open_models]
    rest = []
    for index, text in zip(open_models, prints, strict=True):
        alike = by_print.get(text)
        if alike:
            is_unique = len(alike) == 1 and prints.count(text) == 1
            (found.pairs if is_unique else found.alike).append((alike[0], index))
            open_theirs.remove(alike[0])
            if not is_unique and len(alike) > 1:
                alike.pop(0)
            elif not is_unique:
                del by_print[text]
        else:
            rest.append(index)
    for index in rest:
        if not open_theirs:
            found.missing.append(index)
            continue
        near = open_theirs[:_MOST_COMPARED]
        best = max(near, key=lambda each: _count_equal(theirs[each], models[index]))
        found.pairs.append((best, index))
        open_theirs.remove(best)
    found.extra += open_theirs


def _plain(row: Row) -> dict[str, Any]:
    """Return the fields whose values are the same on both sides: no ids, no times."""
    return {
        name: value
        for name, value in row.items()
        if not is_id_name(name)
        and not isinstance(value, (dict, list))
        and not (isinstance(value, str) and is_date_time(value))
    }


def _print(row: Row) -> str:
    return json.dumps(_plain(row), sort_keys=True)


def _count_equal(one: Row, other: Row) -> int:
    """Return how alike two rows are; texts say more of a row than numbers and flags."""
    fields = _plain(other)
    return sum(
        (3 if isinstance(value, str) else 1)
        for name, value in fields.items()
        if name in one and one[name] == value
    )
