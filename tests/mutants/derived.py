"""Mutants that follow from the document: each default, each bound on both sides, each required field, …

A field that is added to openapi.yaml gets its mutants here without a line of code.
"""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.formats import is_uuid
from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import load_spec

from ..kit.api import UNKNOWN_ID, follow_up, smtp_account
from .contact_scenarios import exercise_files, exercise_lists
from .documents import drop, edit, find, find_own, require_not
from .infrastructure import exercise_domains
from .mail_scenarios import exercise_mails, exercise_subsequences
from .mutant import Mutant, Scenario
from .mutations import Json, Mutation
from .recorder import Recorder, variant

_LOWER = ("minimum", "minLength", "minItems")
_UPPER = ("maximum", "maxLength", "maxItems")
_UNDOCUMENTED = "openapi.yaml marks the field as a choice of this project"
_SAME_REFUSAL = "what has not the length has not the format either: only the words of the refusal differ"
_EMPTY_REFUSED_TOO = "no variants do not sum to 100 %: only the form of the refusal differs"
_SHOWN_BY = {
    "uploadLeads": exercise_files,
    "createContactList": exercise_lists,
    "previewContactList": exercise_lists,
    "setDomainRedirect": exercise_domains,
    "createSubsequence": exercise_subsequences,
    "sendContactEmail": exercise_mails,
    "sendReply": exercise_mails,
    "listThreadMessages": exercise_mails,
}
"""Operation → the scenario that shows its defaults, where the usual scenario does not."""
_WITHOUT_EFFECT = (
    "createSubsequence.trigger_params",
    "sendContactEmail.cc",
    "sendContactEmail.bcc",
    "createContactList.contact_ids",
)
"""Defaults that no answer shows or depends on."""
_PLACEHOLDER = re.compile(r"\{\w+\}")


@dataclass(frozen=True)
class Place:
    """Where a value of a request is described, and where it stands in one."""

    operation: str
    pointer: str
    """Where its schema stands in the document, behind references and null."""
    steps: tuple[str | int, ...]
    """Where it stands in a request body, or its name as parameter."""
    schema: dict[str, Any]
    holder: dict[str, Any]
    """The schema before null is taken away: it has the default."""
    holder_pointer: str
    undocumented: bool
    is_parameter: bool = False

    @property
    def name(self) -> str:
        """What the ids call it."""
        return ".".join((self.operation, *(step for step in self.steps if isinstance(step, str))))

    @property
    def choice(self) -> str:
        """See Mutant."""
        return _UNDOCUMENTED if self.undocumented else ""


@cache
def list_places() -> tuple[Place, ...]:
    """Return every value that requests have, each description once."""
    document = copy.deepcopy(load_spec().document)
    places: dict[str, Place] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            pointer = f"/paths/{path.replace('/', '~1')}/{method}"
            name = operation["operationId"]
            found = list(_walk_body(document, name, operation, pointer))
            found += _walk_parameters(document, name, operation, pointer)
            for place in found:
                places.setdefault(place.pointer, place)
    return tuple(places.values())


def _walk_body(document: Json, name: str, operation: Json, pointer: str) -> Iterator[Place]:
    if "requestBody" in operation:
        media_type = next(iter(operation["requestBody"]["content"])).replace("/", "~1")
        inner = f"{pointer}/requestBody/content/{media_type}/schema"
        yield from _walk(document, name, inner, (), undocumented=Extensions(operation).undocumented)


def _walk_parameters(document: Json, name: str, operation: Json, pointer: str) -> Iterator[Place]:
    for index in range(len(operation.get("parameters", ()))):
        at = _follow(document, f"{pointer}/parameters/{index}")
        parameter = find(document, at)
        if not Extensions(parameter).alias_of:
            undocumented = Extensions(operation).undocumented or Extensions(parameter).undocumented
            at = _follow(document, f"{at}/schema")
            schema = find_own(document, at)
            yield Place(name, at, (parameter["name"],), schema, schema, at, undocumented, is_parameter=True)


def _walk(
    document: Json, name: str, pointer: str, steps: tuple[str | int, ...], *, undocumented: bool
) -> Iterator[Place]:
    holder_pointer = pointer = _follow(document, pointer)
    holder = schema = find_own(document, pointer)
    undocumented = undocumented or Extensions(holder).undocumented
    for index, branch in enumerate(holder.get("anyOf", ())):
        if branch.get("type") != "null":
            pointer = _follow(document, f"{pointer}/anyOf/{index}")
            schema = find_own(document, pointer)
    yield Place(name, pointer, steps, schema, holder, holder_pointer, undocumented)
    for field in schema.get("properties", ()):
        inner = f"{pointer}/properties/{field}"
        yield from _walk(document, name, inner, (*steps, field), undocumented=undocumented)
    if "items" in schema:
        yield from _walk(document, name, f"{pointer}/items", (*steps, 0), undocumented=undocumented)


def _follow(document: Json, pointer: str) -> str:
    """Return where an object stands that a pointer refers to; of a value, each place has its own."""
    parent, _, name = pointer.rpartition("/")
    owner = find_own(document, parent)
    found = owner[int(name) if isinstance(owner, list) else name]
    target = found.get("$ref", "").removeprefix("#")
    is_shared = target and not target.startswith("/components/schemas/")
    if target and (is_shared or "properties" in find(document, target)):
        return _follow(document, target)
    return pointer


# ---- scenarios


def _body_for(place: Place, value: Json) -> Json:
    """Return a request of the operation, right but for the value at the place."""
    top = place.steps[0] if place.steps else None
    body: Json = {
        "createCampaign": {"name": "A campaign"},
        "addLead": {"email": "ada@example.com"},
        "createSmtpSenderAccount": smtp_account("sam@example.com"),
        "deleteLeads": [UNKNOWN_ID],
        "updateCampaign": {
            "variants": {"variants": [variant()]},
            "sequences": {"sequences": [follow_up(2)]},
            "sequence_edits": {"sequence_edits": [_edit_for(place, value)]},
            "inbox_ids": {"inbox_ids": [UNKNOWN_ID]},
        }.get(str(top), {}),
    }.get(place.operation)
    if body is None:
        body = _take_example(place.operation, top, value)
    at = body
    for step in place.steps[:-1]:
        at = at.setdefault(step, []) if isinstance(at, dict) else at[step]
        if at == []:
            at.append(1)
    if place.steps and value is _LACKING:
        at.pop(place.steps[-1], None)
    elif place.steps:
        at[place.steps[-1]] = value
    else:
        body = value
    return body


def _take_example(operation_id: str, field: Any, value: Any) -> Json:
    """Return the first example that has the field, else the first, with ids that nothing has."""
    examples = list(load_spec().operations[operation_id].body_examples.values())
    having = [each for each in examples if isinstance(each, dict) and field in each]
    if value is None:  # a documented null may be required
        having = [each for each in examples if each not in having]
    return _forget_ids((having or examples)[0])


def _forget_ids(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _forget_ids(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_forget_ids(item) for item in value]
    return UNKNOWN_ID if isinstance(value, str) and is_uuid(value) else value


def _edit_for(place: Place, value: Json) -> Json:
    # null stands for "unchanged", and only in what is changed
    if value is None and place.steps[-1] != "sequence_id":
        return {"action": "edit", "sequence_id": UNKNOWN_ID}
    return {"action": "add", **follow_up(2)}


_LACKING = object()


def _scenario_for(place: Place, *values: Json) -> Scenario:
    operation = load_spec().operations[place.operation]

    def ask(recorder: Recorder) -> None:
        campaign = recorder.add_campaign()
        path = operation.path.removeprefix(load_spec().base_path).replace("{campaign_id}", campaign)
        if "{lead_id}" in path:
            path = path.replace("{lead_id}", recorder.add_lead(campaign, "other@example.com"))
        path = _PLACEHOLDER.sub(UNKNOWN_ID, path)
        for value in values:
            if place.is_parameter:
                recorder.ask(operation.method, f"{path}?{place.steps[0]}={value}")
            else:
                recorder.send(operation, path, _body_for(place, value))

    return ask


def _sized(place: Place, keyword: str, size: int) -> Json:
    """Return a value of just that size."""
    if keyword.endswith("imum"):
        return size
    if keyword.endswith("Length"):
        tail = "@example.com" if place.schema.get("format") == "email" else ""
        return ("x" * (size - len(tail)) + tail)[:size]
    items = non_null(place.schema["items"])
    if items.get("type") == "integer":
        return [items.get("minimum", 0)] * size
    if items.get("format") == "uuid":
        return [UNKNOWN_ID] * size
    if place.steps[-1] == "sequences":
        return [follow_up(min(step, 11)) for step in range(2, size + 2)]
    if place.steps[-1] == "sequence_edits":
        return [{"action": "delete", "sequence_id": UNKNOWN_ID}] * size
    if place.steps[-1] == "inboxes":
        return [{}] * size
    shares = [100 // size + (100 % size if index == 0 else 0) for index in range(size)] if size else []
    return [variant("ABCDEFGH"[index], share) for index, share in enumerate(shares)]


# ---- mutants


def _bounds(place: Place) -> Iterator[Mutant]:
    for keyword in (*_LOWER, *_UPPER):
        if keyword not in place.schema:
            continue
        limit = place.schema[keyword]
        outwards = -1 if keyword in _LOWER else 1
        choice = place.choice
        if "format" in place.schema and keyword.endswith("Length"):
            choice = choice or _SAME_REFUSAL
        values = [
            _sized(place, keyword, limit + step)
            for step in (-1, 0, 1)
            if limit + step >= 0 or keyword == "minimum"
        ]
        empty = keyword == "minItems" and limit == 1 and place.steps[-1] == "variants"
        for side, step in (("looser", outwards), ("tighter", -outwards)):
            yield Mutant(
                f"bounds.{place.name}.{keyword}.{side}",
                f"{keyword} of {place.name} is {limit + step}, not {limit}",
                edit(f"{place.pointer}/{keyword}", limit + step),
                choice=choice or (_EMPTY_REFUSED_TOO if empty and side == "looser" else ""),
                scenario=_scenario_for(place, *values),
            )


def _defaults(place: Place) -> Iterator[Mutant]:
    if "default" not in place.holder or place.name in _WITHOUT_EFFECT:
        return
    value = place.holder["default"]
    other = _other_default(place, value)
    yield Mutant(
        f"defaults.{place.name}",
        f"the default of {place.name} is {other!r}, not {value!r}",
        edit(f"{place.holder_pointer}/default", other),
        choice=place.choice,
        scenario=_SHOWN_BY.get(place.operation),
    )


def _other_default(place: Place, value: Json) -> Json:
    schema = place.schema
    if isinstance(value, bool) or schema.get("type") == "boolean":
        return not value
    if "enum" in schema:
        return next(each for each in schema["enum"] if each != value)
    if isinstance(value, int) or schema.get("type") == "integer":
        return 50 if place.steps[-1] == "distribution_percent" else (value or 9) + 1
    if isinstance(value, list):
        return [*value, 6]
    if isinstance(value, dict):
        return {"source": "api"}
    others = {"timezone": "UTC", "start_date": "2030-01-01T09:00:00Z", "variant_name": "B", "sort_by": "name"}
    return others.get(str(place.steps[-1]), "asc" if value == "desc" else "none")


def _kinds(place: Place) -> Iterator[Mutant]:
    """Required fields, formats, enums, patterns and null."""
    for name in place.schema.get("required", ()) if not place.is_parameter else ():
        inner = Place(place.operation, "", (*place.steps, name), {}, {}, "", place.undocumented)
        summary = f"{inner.name} may be left out"
        yield _kind(inner, "required", summary, require_not(place.pointer, name), _LACKING)
    any_text = f"any text will do for {place.name}"
    pattern = place.schema.get("pattern", "")
    odd = next((text for text in ("A 1", " ") if not re.search(pattern, text)), "")
    for keyword, wrong in (("format", "no good!"), ("pattern", odd)):
        if keyword in place.schema and place.schema[keyword] != "binary":
            yield _kind(place, keyword, any_text, drop(f"{place.pointer}/{keyword}"), wrong)
    if "enum" in place.schema:
        *most, last = place.schema["enum"]
        enum, refused = f"{place.pointer}/enum", f"{last} is refused for {place.name}"
        yield _kind(place, "enum", any_text, drop(enum), "OTHER", end=".looser")
        yield _kind(place, "enum", refused, edit(enum, most), last, end=".tighter")
    if "anyOf" in place.holder:
        without_null = edit(f"{place.holder_pointer}/anyOf", [place.schema])
        yield _kind(place, "null", f"null is refused for {place.name}", without_null, None)


def _kind(place: Place, kind: str, summary: str, mutation: Mutation, value: Json, end: str = "") -> Mutant:
    """Return a mutant that a request with the value at the place shows."""
    return Mutant(
        f"types.{kind}.{place.name}{end}",
        summary,
        mutation,
        choice=place.choice,
        scenario=_scenario_for(place, value),
    )


def list_derived(group: str) -> tuple[Mutant, ...]:
    """Return the derived mutants of a group."""
    derive = {"bounds": _bounds, "defaults": _defaults, "types": _kinds}[group]
    return tuple(mutant for place in list_places() for mutant in derive(place))
