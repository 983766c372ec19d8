"""Cross-field rules, which JSON Schema cannot express: bodies are changed until they keep them."""

from itertools import product
from typing import Any

import jsonschema

from mockserver.openapi.extensions import Extensions
from mockserver.openapi.formats import is_date
from mockserver.openapi.schemas import Schema, non_null
from mockserver.openapi.spec import Operation

from ..verdict.wording import Place

Kept = frozenset[Place]

_WINDOW = (
    "sending_window_start",
    "sending_window_start_minute",
    "sending_window_end",
    "sending_window_end_minute",
)
_SPARE = ((9, 0), (0,), (17, 23, 24), (0, 59))
_WHOLE = 100
_SHARES = {"distribution_percent", "weight"}
"""Fields of the items of a list that sum to 100."""
_TRIGGER_PARAMS = {
    "INTENT_TAG": {"tag_names": ["pricing"]},
    "KEYWORD": {"phrases": ["interested"]},
    "STATUS": {"status": "REPLIED"},
}

EXCLUSIVE_FIELDS = ("sequence_edits",)
"""Fields that exclude all others."""


def repair(operation: Operation, body: Any, kept: Kept = frozenset()) -> Any:
    """Return a body that keeps the cross-field rules.

    Places in `kept` keep their values, and so do values that break the schema.
    """
    if not isinstance(body, dict) or operation.body is None:
        return body
    properties = non_null(operation.body).get("properties", {})
    body = dict(body)
    if _WINDOW[0] in properties:
        _repair_window(body, kept)
    if "variants" in properties:
        _repair_variants(body, kept, ("body",), non_null(properties["variants"])["maxItems"])
    for name in ("sequences", "sequence_edits"):
        for index, item in enumerate(body.get(name) or () if isinstance(body.get(name), list) else ()):
            if isinstance(item, dict):
                most = non_null(non_null(properties[name])["items"]["properties"]["variants"])["maxItems"]
                body[name] = [*body[name][:index], dict(item), *body[name][index + 1 :]]
                _repair_variants(body[name][index], kept, ("body", name, index), most)
    if body.get("sequence_edits") is not None and ("body", "sequence_edits") not in _tops(kept):
        body.pop("sequence_edits")
    elif body.get("sequence_edits") is not None:
        body.pop("sequences", None)
    for name, subschema in properties.items():
        extensions = Extensions(non_null(subschema))
        if extensions.launch_values and ("body", name) not in kept:
            body.pop(name, None)
        if (
            extensions.confirms is not None
            and ("body", name) not in kept
            and isinstance(body.get(name), bool)
        ):
            body[name] = extensions.confirms
    _repair_mail(non_null(operation.body), body, kept)
    _repair_subsequence(body, kept, properties)
    by_type = Extensions(non_null(properties.get("daily_limit", {}))).maximum_by_inbox_type
    if by_type:
        _repair_daily_limit(body, kept, by_type)
    return body


def _tops(kept: Kept) -> set[Place]:
    return {place[:2] for place in kept}


def _repair_window(body: dict[str, Any], kept: Kept) -> None:
    present = [name for name in _WINDOW if name in body]
    nulls = [name for name in present if body[name] is None and ("body", name) in kept]
    if not present or any(_is_odd(body[name]) for name in present):
        return
    fixed = [name for name in _WINDOW if ("body", name) in kept and body.get(name) is not None]
    # when not all fixed values fit together, give up the last ones first
    for count in range(len(fixed), -1, -1):
        choices = [
            (body[name],) if name in fixed[:count] else _window_values(body.get(name), spare)
            for name, spare in zip(_WINDOW, _SPARE, strict=True)
        ]
        for start, start_minute, end, end_minute in product(*choices):
            if (end < 24 or end_minute == 0) and (end, end_minute) > (start, start_minute):
                values = (start, start_minute, end, end_minute)
                body.update(zip(_WINDOW, values, strict=True))
                body.update(dict.fromkeys(nulls))
                return


def _window_values(sent: Any, spare: tuple[int, ...]) -> tuple[int, ...]:
    return spare if sent is None else (sent, *spare)


def _is_odd(value: Any) -> bool:
    return value is not None and not _is_whole(value)


def _is_whole(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return isinstance(value, int) or value.is_integer()


def repair_query(operation: Operation, query: dict[str, Any]) -> dict[str, Any]:
    """Return a query whose dates are in order and close together; values that are no dates stay."""
    dates = [p.name for p in operation.parameters_in("query") if non_null(p.schema).get("format") == "date"]
    sent = [query[name] for name in dates if name in query]
    if not sent or not all(isinstance(value, str) and is_date(value) for value in sent):
        return query
    return {**query, **dict.fromkeys(dates, sent[0])}


def _repair_subsequence(body: dict[str, Any], kept: Kept, properties: dict[str, Any]) -> None:
    by_type = Extensions(non_null(properties.get("trigger_params", {}))).by_trigger_type
    if not by_type:
        return
    if isinstance(body.get("trigger_type"), str) or isinstance(body.get("trigger_params"), dict):
        _repair_trigger(body, kept, by_type)
    if body.get("entry_from_node_id") is not None and ("body", "entry_from_node_id") not in kept:
        body.pop("entry_from_node_id")
    if isinstance(body.get("steps"), list):
        body["steps"] = [dict(step) if isinstance(step, dict) else step for step in body["steps"]]
        for index, step in enumerate(body["steps"]):
            if isinstance(step, dict):
                _repair_variants(step, kept, ("body", "steps", index), _WHOLE, "weight")


def _repair_trigger(body: dict[str, Any], kept: Kept, by_type: dict[str, Any]) -> None:
    trigger, params = body.get("trigger_type"), body.get("trigger_params", {})
    if (trigger is None or isinstance(trigger, str)) and trigger not in by_type:
        if "trigger_type" in body and ("body", "trigger_type") in kept:
            return
        trigger = body["trigger_type"] = next(iter(by_type))
    known = isinstance(trigger, str) and trigger in by_type
    if not known or not isinstance(params, dict) or ("body", "trigger_params") in kept:
        return
    if not jsonschema.Draft202012Validator(by_type[trigger]).is_valid(params):
        body["trigger_params"] = _TRIGGER_PARAMS[trigger]


def share_out(schema: Schema, items: list[Any]) -> list[Any]:
    """Return the items of a list with shares that sum to 100, where they have shares."""
    fields = non_null(schema.get("items", {})).get("properties", {})
    holder = {"variants": items}
    for share in _SHARES & fields.keys():
        _repair_variants(holder, frozenset(), (), len(items), share)
    return holder["variants"]


def _repair_variants(
    holder: dict[str, Any], kept: Kept, place: Place, most: int, share: str = "distribution_percent"
) -> None:
    variants = holder.get("variants")
    if not isinstance(variants, list) or not variants or not all(isinstance(v, dict) for v in variants):
        return
    percents = [v.get(share, _WHOLE) for v in variants]
    if not all(map(_is_whole, percents)) or sum(percents) == _WHOLE:
        return
    variants = [dict(v) for v in variants]
    rest = _WHOLE
    for index, variant in enumerate(variants):
        if (*place, "variants", index, share) in kept:
            rest -= variant[share]
        else:
            variant[share] = 0
    free = [v for i, v in enumerate(variants) if (*place, "variants", i, share) not in kept]
    if free:
        free[0][share] = rest
    elif len(variants) < most and 0 <= rest <= _WHOLE:
        taken = {str(v.get("variant_name", "A")).upper() for v in variants}
        name = next(letter for letter in "ABCDE" if letter not in taken)
        variants.append({**variants[0], "variant_name": name, share: rest})
    holder["variants"] = variants


def _repair_mail(schema: Schema, body: dict[str, Any], kept: Kept) -> None:
    needed = Extensions(schema).needs_one
    if all(body.get(name) in (None, "") for name in needed):
        body.update({name: "A text" for name in needed if ("body", name) not in kept})
    for name, subschema in schema.get("properties", {}).items():
        most = Extensions(non_null(subschema)).max_files
        if most is not None and isinstance(body.get(name), list):
            body[name] = body[name][:most]


def _repair_daily_limit(body: dict[str, Any], kept: Kept, by_type: dict[str, int]) -> None:
    limit, kind = body.get("daily_limit"), body.get("inbox_type")
    if limit is None or not _is_whole(limit) or not isinstance(kind, str) or kind not in by_type:
        return
    if limit > by_type[kind]:
        if ("body", "inbox_type") not in kept:
            body["inbox_type"] = max(by_type, key=lambda name: by_type[name])
        elif ("body", "daily_limit") not in kept:
            body["daily_limit"] = by_type[kind]
