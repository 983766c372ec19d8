"""Values of a wrong type that are taken, and right ones that are refused; see also `derived`."""

from collections.abc import Callable
from typing import Any

from mockserver.openapi.spec import load_spec

from .documents import drop, edit
from .mutant import Mutant
from .mutations import Json, Mutation, request_body

_SCHEMAS = "/components/schemas"
_COERCED = "a server of the vendor's likely kind coerces such values"
_BODIES = "createCampaign|updateCampaign|addLead|updateLead|createSmtpSenderAccount"


def _fields_of(kind: str) -> set[str]:
    names = set()
    for operation in load_spec().operations.values():
        for name, schema in (operation.body or {}).get("properties", {}).items():
            if kind in (schema.get("type"), *(branch.get("type") for branch in schema.get("anyOf", ()))):
                names.add(name)
    return names


def _coerced(kind: str, coerce: Callable[[Any], Any]) -> Mutation:
    """Turn the values of all fields of a type into others before the server sees them."""
    names = _fields_of(kind)

    def alter(body: Json) -> Json:
        if not isinstance(body, dict):
            return body
        return {name: coerce(value) if name in names else value for name, value in body.items()}

    return request_body(_BODIES, alter)


def _number_of_text(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _truncate(value: Any) -> Any:
    return int(value) if isinstance(value, float) and abs(value) < 1e15 else value


def _truth_of(value: Any) -> Any:
    if isinstance(value, str) and value.lower() in ("yes", "true", "on", "1", "no", "false", "off", "0"):
        return value.lower() in ("yes", "true", "on", "1")
    return bool(value) if value in (0, 1) and isinstance(value, int) else value


def _null_dropped(names: tuple[str, ...]) -> Mutation:
    return request_body("createCampaign", lambda body: (
        {name: value for name, value in body.items() if value is not None or name not in names}
        if isinstance(body, dict) else body))  # fmt: skip


def _zoned(replace_zone: Callable[[str], str]) -> Mutation:
    """Read a zone as another."""

    def alter(body: Json) -> Json:
        zone = body.get("timezone") if isinstance(body, dict) else None
        return {**body, "timezone": replace_zone(zone)} if isinstance(zone, str) else body

    return request_body("createCampaign|updateCampaign", alter)


def _zones(allowed: Callable[[str], bool]) -> Mutation:
    """Refuse the zones that are not allowed."""
    return _zoned(lambda zone: zone if allowed(zone) else f"{zone}?")


def _dates(alter_text: Callable[[str], str], operations: str = "createCampaign|updateCampaign") -> Mutation:
    def alter(body: Json) -> Json:
        text = body.get("start_date") if isinstance(body, dict) else None
        return {**body, "start_date": alter_text(text)} if isinstance(text, str) else body

    return request_body(operations, alter)


def _split(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return [int(each) for each in value.split(",") if each.isdecimal()] or [1]


def _spoil_plus(body: Json) -> Json:
    if not isinstance(body, dict):
        return body
    return {
        name: value.replace("+", "@") if name.startswith("email") and isinstance(value, str) else value
        for name, value in body.items()
    }


def _wrapped(body: Json) -> Json:
    """Take an array of one object for the object."""
    return body[0] if isinstance(body, list) and len(body) == 1 else body


_ZONES = {
    "america/new_york": "America/New_York",
    "us/eastern": "US/Eastern",
    "utc": "UTC",
    "europe/london": "Europe/London",
    "asia/tokyo": "Asia/Tokyo",
}


# fmt: off
MUTANTS = (
    Mutant("types.integer.text", '"9" is taken for 9', _coerced("integer", _number_of_text), choice=_COERCED),
    Mutant("types.integer.fraction", "9.5 is taken for 9", _coerced("integer", _truncate), choice=_COERCED),
    Mutant("types.integer.true", "true is taken for 1",
           _coerced("integer", lambda value: int(value) if isinstance(value, bool) else value),
           choice=_COERCED),
    Mutant("types.integer.whole", "9.0 is refused",
           _coerced("integer", lambda value: str(value) if isinstance(value, float) else value),
           choice="that 9.0 is an integer, JSON Schema says and no source of the API"),
    Mutant("types.integer.wild", "what is no integer is left out",
           _coerced("integer", lambda value: None if isinstance(value, str) else value)),
    Mutant("types.boolean.text", '"yes" and 1 are taken for true',
           _coerced("boolean", _truth_of), choice=_COERCED),
    Mutant("types.boolean.anything", "any text is taken for true",
           _coerced("boolean", lambda value: True if isinstance(value, str) else value)),
    Mutant("types.string.number", "a number is taken for a text",
           _coerced("string", lambda value: str(value) if type(value) in (int, float) else value),
           choice=_COERCED),
    Mutant("types.string.list", "a list is taken for a text",
           _coerced("string", lambda value: str(value) if isinstance(value, (list, dict)) else value)),
    Mutant("types.list.single", "a single value is taken for a list",
           _coerced("array", lambda value: [value] if isinstance(value, (int, str)) else value)),
    Mutant("types.list.text", "1,2,3 is taken for a list", _coerced("array", _split)),
    Mutant("types.body.array", "an array of one object is taken for the object",
           request_body(_BODIES, _wrapped)),
    Mutant("types.body.null", "null is taken for an empty object",
           request_body("updateCampaign", lambda body: {} if body is None else body)),
    Mutant("types.create_null.settings", "on create, null means the default",
           _null_dropped(("timezone", "sending_days", "sending_window_start", "enable_tracking")),
           choice="no source says that null is refused where a field may be left out"),
    Mutant("types.days.items", "days may be texts",
           drop(f"{_SCHEMAS}/CampaignCreate/properties/sending_days/items/type"),
           scenario=lambda recorder: recorder.add_campaign(sending_days=["Mon"])),
    Mutant("types.zone.letter_case", "letter case of a zone does not matter",
           _zoned(lambda zone: _ZONES.get(zone.casefold(), zone)), choice="no source says so"),
    Mutant("types.zone.old_names", "only zones of the form Area/City are taken",
           _zones(lambda zone: "/" in zone or zone not in _ZONES.values())),
    Mutant("types.zone.american", "only American zones are taken",
           _zones(lambda zone: zone.startswith("America/") or zone not in _ZONES.values())),
    Mutant("types.zone.offsets", "offsets are taken for zones",
           _zoned(lambda zone: "UTC" if zone[:1] in "+-" else zone),
           scenario=lambda recorder: recorder.add_campaign(timezone="+02:00")),
    Mutant("types.date.local_refused", "a start without offset is refused",
           _dates(lambda text: text if text[-6:-5] in "+-" or text[-1:] in "Zz" else "?")),
    Mutant("types.date.offset_refused", "a start with an offset other than Z is refused",
           _dates(lambda text: text if text[-1:] in "Zz" or text[-6:-5] not in "+-" else "?")),
    Mutant("types.date.impossible", "31 February is taken",
           _dates(lambda text: text.replace("-02-3", "-02-0")),
           scenario=lambda recorder: recorder.add_campaign(start_date="2024-02-31T00:00:00Z")),
    Mutant("types.email.plus", "addresses with a plus are refused",

           request_body("addLead|createSmtpSenderAccount", _spoil_plus)),
    Mutant("types.id.any_in_list", "any text will do for the ids of leads",
           edit(f"{_SCHEMAS}/LeadIds/items", {}),
           choice="no source describes the operation", scenario=lambda recorder: recorder.ask(
               "DELETE", f"/campaigns/{recorder.add_campaign()}/leads", ["nonsense"])),
    Mutant("types.path.any", "any text will do for an id in a path",
           edit("/components/parameters/campaign_id/schema", {"type": "string"}),
           choice="openapi.yaml marks the answer as a choice of this project"),
    Mutant("types.variant_name.upper_case", "names of variants must be in upper case",
           edit(f"{_SCHEMAS}/VariantCreate/properties/variant_name/pattern", "^[A-Z]+$")),
    Mutant("types.variant_name.one_letter", "names of variants have one letter",
           edit(f"{_SCHEMAS}/VariantCreate/properties/variant_name/pattern", "^[A-Za-z]$")),
    Mutant("types.mapping.values", "lead_mapping may have any values",
           drop(f"{_SCHEMAS}/CampaignUpdate/properties/lead_mapping/anyOf/0/additionalProperties"),
           scenario=lambda recorder: recorder.ask(
               "PUT", f"/campaigns/{recorder.add_campaign()}", {"lead_mapping": {"email": 5}})),
)
# fmt: on
