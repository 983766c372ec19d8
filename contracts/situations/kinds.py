"""Kinds: the records that have a status, and one of each kind in each status."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import Operation, Spec

from ..inputs.id_sources import list_id_names
from ..safety.documented import find_own_id, row_schema
from ..verdict.outcomes import UncheckedError
from ..walk.events import SET
from ..walk.history import Mark, Ref, Step
from ..walk.model import read_json
from .changes import list_changes
from .draft import Draft, Made
from .filters import list_queries
from .several import list_bulks

_FEWEST_STATUSES = 2
"""Where a kind has only one, another of it is made."""
_MOST_STATUSES = 8
"""How many of a kind are treated alike, each in another status."""
_MOST_ELSEWHERE = 6
"""How many are where a history has nothing for itself: a run has no requests left for more."""
_SET_FIELDS = {"inbox_id": "overall_status"}
"""What the service itself sets, and no request."""
_USUAL = "ACTIVE"
_HEALTH = {"health_score": 40}
_ACCOUNT = {"email_prefix": "paused", "display_name": "A name"}
_DOMAINS = ("failing", "undelegated", "host")
"""What becomes of them: FAILED, DNS_PENDING, ACTIVE."""


def list_listings(spec: Spec) -> list[Operation]:
    """Return a list for each kind of record that has a status, those that have least below them first."""
    found: dict[str, Operation] = {}
    for operation in spec.operations.values():
        id_name = find_id(spec, operation)
        is_list = operation.method == "GET" and not operation.path.endswith("}") and _name_statuses(operation)
        if is_list and (id_name in list_changes(spec) or id_name in list_bulks(spec)):
            known = found.setdefault(id_name, operation)
            found[id_name] = max(known, operation, key=_rank)
    uses = Counter(p.name for each in spec.operations.values() for p in each.parameters_in("path"))
    return [found[id_name] for id_name in sorted(found, key=lambda name: uses[name])]


def _rank(listing: Operation) -> tuple[int, bool]:
    return -len(listing.parameters_in("path")), "page" in list_queries(listing)


def _name_statuses(listing: Operation) -> list[str]:
    """Return the fields of a row that have one of a few values."""
    schema = row_schema(listing) or {}
    fields = {name: non_null(inner) for name, inner in schema.get("properties", {}).items()}
    return [name for name, inner in fields.items() if "enum" in inner or inner.get("type") == "boolean"]


def find_id(spec: Spec, listing: Operation) -> str:
    """Return the name of the ids of the rows of a list."""
    return find_own_id(row_schema(listing) or {}, list_id_names(spec)) or ""


def list_paths(listing: Operation, campaign: Made) -> Iterator[dict[str, Any]]:
    """Yield the path of a list, if it needs no more than the id of a campaign."""
    names = [parameter.name for parameter in listing.parameters_in("path")]
    if campaign.path.keys() >= set(names):
        yield {name: campaign.path[name] for name in names}


def vary(draft: Draft, listing: Operation) -> None:
    """Make some of a kind that reach no other status by requests; only a mock can be told so."""
    id_name = find_id(draft.spec, listing)
    if not draft.leave.alone:
        return
    if field := _SET_FIELDS.get(id_name):
        statuses = non_null((row_schema(listing) or {})["properties"][field])["enum"]
        # the one that most requests need comes last: what was made last is used next
        for status in sorted(statuses, key=lambda each: each == _USUAL):
            made = draft.make(id_name)
            draft.happen(SET, {id_name: made.path[id_name]}, {field: status, **_HEALTH})
    elif id_name == "domain_id":
        for kind in _DOMAINS:
            draft.do(Step("addDomain", {}, {}, {"domain": Mark(kind)}))
            domain = Ref(len(draft.steps), (id_name,))
            draft.do(Step("activateDomain", {id_name: domain}))
        draft.do(Step("createNativeSenderAccount", {}, {}, {id_name: domain, **_ACCOUNT}))
        draft.happen(SET, {"inbox_id": Ref(len(draft.steps), ("inbox_id",))}, {"overall_status": "PAUSED"})
        draft.make("inbox_id")


def find_each(
    draft: Draft, listing: Operation, path: Mapping[str, Any], *, busiest: bool = False
) -> list[Made]:
    """Ask a list; return one of each status, of two at least if more can be made."""
    found = ask_each(draft, listing, path, busiest=busiest)
    if len(found) < _FEWEST_STATUSES:
        with suppress(UncheckedError):  # no thread, for example, where no mail may be sent
            draft.make(find_id(draft.spec, listing), within=path)
            found = ask_each(draft, listing, path, busiest=busiest)
    return found


def ask_each(
    draft: Draft, listing: Operation, path: Mapping[str, Any], *, busiest: bool = False
) -> list[Made]:
    """Ask a list; return one of each status: that which comes first, or which has most figures."""
    queries, known = list_queries(listing), {"search": Mark("token"), "limit": 100}
    step = Step(listing.operation_id, path, {name: known[name] for name in known if name in queries})
    answer = read_json(draft.do(step))
    field = next(name for name, inner in listing.answer["properties"].items() if "items" in non_null(inner))
    id_name, number = find_id(draft.spec, listing), len(draft.steps)
    found: dict[str, Made] = {}
    rows = list(enumerate(answer[field]))
    for index, row in sorted(rows, key=lambda each: -_count_figures(each[1])) if busiest else rows:
        status = str([row.get(name) for name in _name_statuses(listing)])
        made = Made(step, id_name, {**path, id_name: Ref(number, (field, index, id_name))})
        found.setdefault(status, made)
    return list(found.values())[: _MOST_STATUSES if draft.leave.alone else _MOST_ELSEWHERE]


def _count_figures(row: dict[str, Any]) -> int:
    """Return how many figures of a row are not zero."""
    return sum(isinstance(value, (int, float)) and bool(value) for value in row.values())
