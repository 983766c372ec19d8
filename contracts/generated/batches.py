"""Batches: the probes that one request may carry."""

from collections.abc import Iterable, Iterator
from typing import Any

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.schemas import Schema

from ..inputs.cross_field import EXCLUSIVE_FIELDS
from ..inputs.if_then_else import have_conflict
from ..verdict.judge import are_equal
from ..verdict.wording import Place
from .probes import OMITTED, Probe

_MOST_ITEMS = 6
"""The most items of a list that carry probes of one request."""


def pack(probes: Iterable[Probe], schema: Schema | None = None) -> list[list[Probe]]:
    """Return the probes in few batches; no two probes of a batch are at or within one place.

    The conditions of the body's schema allow all probes of a batch at once.
    """
    batches: list[list[Probe]] = []
    for probe in probes:
        for batch in batches:
            found = next((each for each in _places(probe) if _fits(each, batch)), None)
            fits = found is not None and not _have_conflict(schema, [probe, *batch])
            alike = probe.violation or find_exclusive_field(probe) == find_exclusive_field(batch[0])
            if found and fits and alike:
                batch.append(found)
                break
        else:
            batches.append([probe])
    return batches


def _places(probe: Probe) -> Iterator[Probe]:
    """Yield a probe at its place, and in the other items of its list if it can move."""
    yield probe
    is_plain_item = probe.place[-1] == 0 and not isinstance(probe.value, (dict, list))
    if 0 in probe.place and (probe.violation or is_plain_item):
        yield from (probe.move(index) for index in range(1, min(probe.most_items, _MOST_ITEMS)))


def _fits(probe: Probe, batch: list[Probe]) -> bool:
    return not any(
        _overlap(one, other)
        for each in batch
        for one, other in [
            (probe.place, each.place),
            *((place, each.place) for place in probe.given),
            *((place, probe.place) for place in each.given),
        ]
    )


def list_fields(batch: Iterable[Probe]) -> set[str]:
    """Return the fields of the body that get a value from the probes."""
    return {
        str(probe.place[1])
        for probe in batch
        if probe.place[0] == "body" and len(probe.place) > 1 and not _takes_away(probe)
    }


def _takes_away(probe: Probe) -> bool:
    return len(probe.place) == 2 and (probe.value is None or probe.value is OMITTED)


def _have_conflict(schema: Schema | None, batch: list[Probe]) -> bool:
    if schema is None:
        return False
    needed = set(Extensions(schema).needs_one)
    if needed and needed <= {probe.place[1] for probe in batch if _takes_away(probe)}:
        return True
    if "if" not in schema:
        return False
    fields = list_fields(batch)
    values = {probe.place[1]: probe.value for probe in batch if len(probe.place) == 2}
    switches = [name for name, value in values.items() if isinstance(value, str)]
    return have_conflict(schema, {str(name): values[name] for name in switches}, fields)


def find_exclusive_field(probe: Probe) -> str:
    """Return the exclusive field that a probe is in; an empty text when it is in none."""
    name = str(probe.place[1]) if len(probe.place) > 1 else ""
    return name if name in EXCLUSIVE_FIELDS else ""


def _overlap(one: Place, other: Place) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def is_long(probe: Probe) -> bool:
    """Return whether the value of a probe has several items."""
    return isinstance(probe.value, list) and len(probe.value) > 1


def is_in_request(body: Any, query: dict[str, Any], probe: Probe) -> bool:
    """Return whether a request still has the value of a probe at its place."""
    if probe.place[0] == "query":
        return query.get(str(probe.place[1])) is probe.value
    node = {"body": body}
    try:
        for part in probe.place:
            node = node[part]  # type: ignore[index]
    except (KeyError, IndexError, TypeError):
        return False
    if isinstance(probe.value, (list, dict)):
        return isinstance(node, type(probe.value)) and len(node) == len(probe.value)
    return are_equal(node, probe.value)
