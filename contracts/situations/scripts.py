"""The scripts: which situations there are, and for which operations.

How it works: a script makes two of everything with every field set, does one thing to the first, and looks
at whatever the model says has changed, and at the same of the others. Why so: a fault shows where somebody
looks, and most need no more than a second of the same kind, an old name or a field that was set before.
"""

from collections.abc import Iterator
from functools import partial

from mockserver.openapi.spec import Operation, Spec

from ..inputs.id_sources import list_id_names
from .changes import find_deletion, list_changes, write_rest, write_second_life
from .figures import list_counting, write_figures
from .files import find_file, write_file
from .filters import find_stored_filter, list_queries
from .full import list_filling, write_full
from .lists import write_many
from .making import list_other_makers, write_two
from .mistakes import list_fallible, write_mistakes
from .pairs import list_paired, write_pairs
from .parts import (
    BULK,
    FIGURES,
    FULL,
    MANY,
    MISTAKES,
    PAIRS,
    REST,
    SECOND_LIFE,
    SENDING,
    STATUSES,
    TWO,
    Part,
    Script,
    name_rule,
)
from .sending import list_sending, write_sending
from .several import list_bulks, write_bulk
from .statuses import list_deeds, write_statuses

SUMMARIES = {
    TWO: "Two are made with every field set, each as it was sent",
    REST: "One changes, and the rest stays as it was",
    SECOND_LIFE: "What is deleted is gone everywhere, and can be made again",
    BULK: "Each of several is treated as if it were alone",
    MANY: "The pages of many rows have each once, in one order, with each filter",
    PAIRS: "It tells what two events come to, one after the other",
    SENDING: "It tells what is sent when, and to whom",
    STATUSES: "It treats what is in one status as the model does, and leaves the others as they were",
    MISTAKES: "Of two mistakes, it tells the one that the model tells",
    FULL: "It takes as much as it may, and no more",
    FIGURES: "It counts what has happened, and nothing else",
}


def list_scripts(spec: Spec) -> Iterator[Script]:
    """Yield all scripts."""
    changes, bulks = list_changes(spec), list_bulks(spec)
    for id_name in sorted(list_id_names(spec)):
        parts = []
        if found := changes.get(id_name):
            parts.append(_make_part(spec, REST, found, partial(write_rest, id_name, found)))
        if deletion := find_deletion(spec, id_name):
            parts.append(
                _make_part(spec, SECOND_LIFE, [deletion], partial(write_second_life, id_name, deletion))
            )
        if found := bulks.get(id_name):
            parts.append(_make_part(spec, BULK, found, partial(write_bulk, id_name, found)))
        if parts:
            yield Script(id_name, tuple(parts))
    for operation in spec.operations.values():
        name = operation.operation_id
        if find_file(operation):
            yield Script(name, (_make_part(spec, BULK, [operation], partial(write_file, operation)),))
        if operation.method == "GET" and "page" in list_queries(operation):
            yield Script(name, (_make_part(spec, MANY, [operation], partial(write_many, operation)),))
    others = list_other_makers(spec)
    yield Script("others", (_make_part(spec, TWO, others, partial(write_two, others)),))
    fallible = list_fallible(spec)
    counting = list_counting(spec)
    filling = list_filling(spec)
    yield Script("full", (_make_part(spec, FULL, filling, partial(write_full, filling)),))
    sending = list_sending(spec)
    paired = list_paired(spec)
    pairs = _make_part(spec, PAIRS, paired, partial(write_pairs, paired))
    yield Script("sending", (_make_part(spec, SENDING, sending, partial(write_sending, sending)), pairs))
    deeds = list_deeds(spec)
    storing = [operation for operation in spec.operations.values() if find_stored_filter(operation)]
    figures = _make_part(spec, FIGURES, [*counting, *storing], partial(write_figures, counting))
    mistakes = _make_part(spec, MISTAKES, fallible, partial(write_mistakes, fallible))
    statuses = _make_part(spec, STATUSES, deeds, partial(write_statuses, deeds))
    yield Script("figures", (figures, mistakes, statuses))


def _make_part(spec: Spec, situation: str, operations: list[Operation], write: "partial[None]") -> Part:
    rules = tuple((name_rule(spec, each, situation), each.operation_id) for each in operations)
    return Part(situation, rules, write)
