"""Values that come back other than they were sent, and times that are wrong or move."""

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from flask import Request, Response

from mockserver.model.content import make_variants
from mockserver.openapi.formats import format_date_time
from mockserver.resources.call import Call

from .mutant import Mutant
from .mutations import (
    Json,
    Mutation,
    after,
    all_of,
    answer,
    before,
    changed,
    replace_method,
    response,
    swap,
    write_body,
)

_BOTH = "createCampaign|updateCampaign"


def _text(operations: str, name: str, alter: Callable[[str], Any]) -> Mutation:
    """Alter a text of a request before it is stored."""

    def alter_body(call: Call) -> Json:
        value = call.body.get(name)
        return {**call.body, name: alter(value)} if isinstance(value, str) else call.body

    return before(operations, alter_body)


def _variants(alter: Callable[[Json], Json]) -> Mutation:
    """Alter the variants of a draft before they are stored."""
    return swap("updateCampaign", make_variants, lambda workspace, requested: make_variants(
        workspace, [alter(each) for each in requested]))  # fmt: skip


def _times(alter: Callable[[datetime], Any], operations: str = "*", names: str = "_at") -> Mutation:
    """Alter the times of successful answers."""

    def walk(value: Json, name: str = "") -> Json:
        if isinstance(value, dict):
            return {key: walk(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [walk(each) for each in value]
        if isinstance(value, str) and name.endswith(names):
            return alter(datetime.fromisoformat(value))
        return value

    return answer(operations, walk)


def _clock(by: timedelta) -> Mutation:
    """Let the clocks of all workspaces be wrong."""

    def change(app: Any) -> None:
        def wrap(get: Callable[[str], Any]) -> Callable[[str], Any]:
            def get_late(name: str) -> Any:
                workspace = get(name)
                if not hasattr(workspace.now, "late"):
                    now = workspace.now
                    late: Any = lambda: now() + by  # noqa: E731
                    late.late = True
                    workspace.now = late
                return workspace

            return get_late

        replace_method(app.workspaces, "get", wrap)

    return changed(change)


def _move_created(call: Call, _found: Any) -> None:
    table = call.workspace.campaigns
    campaign = table.get(call.path["campaign_id"])
    table.put(replace(campaign, created_at=campaign.updated_at))


def _keep_updated(call: Call, found: Any) -> Any:
    table = call.workspace.campaigns
    campaign = table.get(call.path["campaign_id"])
    table.put(replace(campaign, updated_at=campaign.created_at))
    return {**found, "updated_at": campaign.created_at}


def _start(alter: Callable[[str], str]) -> Mutation:
    return _text(_BOTH, "start_date", alter)


def _as_utc(text: str) -> str:
    time = datetime.fromisoformat(text.upper())
    return text if time.tzinfo else text + "Z"


def _without_offset(text: str) -> str:
    return format_date_time(datetime.fromisoformat(text.upper()).replace(tzinfo=UTC))


def _at_midnight(text: str) -> str:
    time = datetime.fromisoformat(text.upper())
    return time.replace(hour=0, minute=0, second=0).isoformat()


def _custom(alter: Callable[[dict[str, Any]], Json]) -> Mutation:
    def alter_body(call: Call) -> Json:
        fields = call.body.get("custom_fields")
        return {**call.body, "custom_fields": alter(fields)} if isinstance(fields, dict) else call.body

    return before("addLead|updateLead", alter_body)


def _as_texts(fields: dict[str, Any]) -> Json:
    return {name: value if value is None else str(value) for name, value in fields.items()}


def _flat(fields: dict[str, Any]) -> Json:
    return {name: value for name, value in fields.items() if not isinstance(value, (dict, list))}


def _narrow(text: str) -> str:
    return "".join(character if ord(character) < 0x10000 else "?" for character in text)


def _latin(_request: Request, found: Response) -> None:
    if found.mimetype == "application/json":
        write_body(found, found.get_json())
        found.set_data(found.get_data(as_text=True).encode("latin-1", "replace"))


def _stripped(variant: Json) -> Json:
    return {name: value.strip() if isinstance(value, str) else value for name, value in variant.items()}


def _rendered(variant: Json) -> Json:
    return {**variant, "email_content": variant["email_content"].replace("{{first_name}}", "")}


def _unix_lines(variant: Json) -> Json:
    return {**variant, "email_content": variant["email_content"].replace("\r\n", "\n")}


def _untagged(variant: Json) -> Json:
    return {**variant, "email_content": variant["email_content"].replace("<", "").replace(">", "")}


def _as_sent(workspace: Any, requested: Any) -> Any:
    made = make_variants(workspace, requested)
    pairs = zip(made, requested, strict=True)
    return tuple({**variant, "variant_name": sent["variant_name"]} for variant, sent in pairs)


def _days(alter: Callable[[list[int]], list[int]]) -> Mutation:
    return before(_BOTH, lambda call: (
        {**call.body, "sending_days": alter(call.body["sending_days"])}
        if call.body.get("sending_days") else call.body))  # fmt: skip


def _forget_unsubscribe(call: Call) -> None:
    table = call.workspace.campaigns
    campaign = table.get(call.path["campaign_id"])
    sequences = tuple({**each, "enable_unsubscribe": None} for each in campaign.sequences)
    table.put(replace(campaign, sequences=sequences))


_NEW_ZONES = {"US/Eastern": "America/New_York", "Asia/Calcutta": "Asia/Kolkata"}

# fmt: off
MUTANTS = (
    Mutant("fidelity.name.nfkc", "names are normalised to NFKC",
           _text(_BOTH, "name", lambda text: unicodedata.normalize("NFKC", text))),
    Mutant("fidelity.name.nfc", "names are normalised to NFC",
           _text(_BOTH, "name", lambda text: unicodedata.normalize("NFC", text))),
    Mutant("fidelity.name.trimmed", "names are trimmed", _text(_BOTH, "name", str.strip)),
    Mutant("fidelity.name.trimmed_on_update", "names are trimmed on update",
           _text("updateCampaign", "name", str.strip)),
    Mutant("fidelity.name.spaces", "runs of spaces become one",
           _text(_BOTH, "name", lambda text: re.sub(" +", " ", text))),
    Mutant("fidelity.name.escaped", "names are escaped for HTML", _text(_BOTH, "name", html.escape)),
    Mutant("fidelity.name.cut", "names are cut after 100 characters",
           _text(_BOTH, "name", lambda text: text[:100])),
    Mutant("fidelity.name.cut_at_200", "names are cut after 200 characters",
           _text(_BOTH, "name", lambda text: text[:200])),
    Mutant("fidelity.name.capitalised", "names begin with a capital",
           _text(_BOTH, "name", lambda text: text[:1].upper() + text[1:])),
    Mutant("fidelity.name.narrow", "emoji become question marks", _text(_BOTH, "name", _narrow)),
    Mutant("fidelity.name.accents", "accents are dropped", _text(_BOTH, "name", lambda text: "".join(
        each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each)))),
    Mutant("fidelity.name.answered_only", "a name is stored otherwise than answered",
           answer("getCampaign", lambda body: {**body, "name": body["name"].strip()})),
    Mutant("fidelity.name.listed", "a name is listed otherwise than stored",
           answer("listCampaigns", lambda body: {
        **body, "campaigns": [{**item, "name": item["name"][:40]} for item in body["campaigns"]]})),
    Mutant("fidelity.bytes", "answers are Latin-1", response(_latin)),
    Mutant("fidelity.zone.replaced", "an old zone name is replaced by its new one",
           _text(_BOTH, "timezone", lambda text: _NEW_ZONES.get(text, text))),
    Mutant("fidelity.zone.utc", "every zone is stored as UTC", _text(_BOTH, "timezone", lambda text: "UTC")),
    Mutant("fidelity.days.sorted", "days are sorted", _days(sorted), choice="no source says their order"),
    Mutant("fidelity.days.all", "days are stored as Monday to Friday", _days(lambda days: [1, 2, 3, 4, 5])),
    Mutant("fidelity.start.as_utc", "a start without offset is read as UTC", _start(_as_utc)),
    Mutant("fidelity.start.offset_dropped", "the offset of a start is dropped", _start(_without_offset)),
    Mutant("fidelity.start.date_only", "a start loses its time", _start(_at_midnight)),
    Mutant("fidelity.start.now", "a start is replaced by the time of the request",
           answer("getCampaign", lambda body: {
        **body, "start_date": body["start_date"] and body["updated_at"]})),
    Mutant("fidelity.limit.halved", "the daily limit is stored as 50 at most", before(_BOTH, lambda call: {
        **call.body, **({"daily_limit_per_inbox": min(call.body["daily_limit_per_inbox"], 50)}
                         if call.body.get("daily_limit_per_inbox") else {})})),
    Mutant("fidelity.flag.tracking", "enable_tracking is always false", before(_BOTH, lambda call: {
        **call.body, **({"enable_tracking": False} if "enable_tracking" in call.body else {})})),
    Mutant("fidelity.flag.unsubscribe", "enable_unsubscribe is always true", before(_BOTH, lambda call: {
        **call.body, **({"enable_unsubscribe": True} if "enable_unsubscribe" in call.body else {})})),
    Mutant("fidelity.variant.stripped", "texts of variants are trimmed", _variants(_stripped)),
    Mutant("fidelity.variant.rendered", "placeholders are dropped", _variants(_rendered)),
    Mutant("fidelity.variant.lines", "line ends are changed", _variants(_unix_lines)),
    Mutant("fidelity.variant.tags", "tags are dropped", _variants(_untagged)),
    Mutant("fidelity.variant.label", "labels are not stored",
           _variants(lambda each: {**each, "variant_label": None})),
    Mutant("fidelity.variant.content_type", "every content is plaintext",
           _variants(lambda each: {**each, "content_type": "plaintext"}),
           choice="no source describes content_type"),
    Mutant("fidelity.variant.upper_case", "names of variants keep their letter case",
           swap("updateCampaign", make_variants, _as_sent)),
    Mutant("fidelity.sequence.unsubscribe", "enable_unsubscribe of follow-ups is not stored",
           after("updateCampaign", lambda call, found: _forget_unsubscribe(call))),
    Mutant("fidelity.lead.email_lower", "addresses are stored in lower case",
           _text("addLead", "email", str.lower), choice="no source says that their letter case stays"),
    Mutant("fidelity.lead.names_trimmed", "names of leads are trimmed", all_of(
        _text("addLead|updateLead", "first_name", str.strip),
        _text("addLead|updateLead", "company", str.strip))),
    Mutant("fidelity.lead.names_title", "names of leads are capitalised",
           _text("addLead|updateLead", "first_name", str.title)),
    Mutant("fidelity.lead.names_escaped", "names of leads are escaped for HTML",
           _text("addLead|updateLead", "first_name", html.escape)),
    Mutant("fidelity.lead.fields_as_text", "custom fields become texts", _custom(_as_texts)),
    Mutant("fidelity.lead.fields_flat", "nested custom fields are dropped", _custom(_flat)),
    Mutant("fidelity.lead.keys_lower", "names of custom fields become lower case",
           _custom(lambda fields: {name.lower(): fields[name] for name in fields})),
    Mutant("fidelity.account.name_trimmed", "display names are trimmed",
           _text("createSmtpSenderAccount", "display_name", str.strip),
           scenario=lambda recorder: recorder.add_account(display_name=" Sam ")),
    Mutant("fidelity.account.port", "ports are stored as 465",
           answer("getSenderAccount", lambda body: {**body, "smtp_port": 465})),
    Mutant("fidelity.account.swapped", "hosts are swapped", answer("getSenderAccount", lambda body: {
        **body, "smtp_host": body["imap_host"], "imap_host": body["smtp_host"]})),
    Mutant("fidelity.time.no_zone", "times have no zone",
           _times(lambda time: time.replace(tzinfo=None).isoformat())),
    Mutant("fidelity.time.offset", "times are those of New York",
           _times(lambda time: time.astimezone(timezone(timedelta(hours=-5))).isoformat()),
           choice="the time is the same"),
    Mutant("fidelity.time.wrong_zone", "times are those of New York, called UTC",
           _times(lambda time: format_date_time(time - timedelta(hours=5)))),
    Mutant("fidelity.time.epoch", "times are numbers", _times(lambda time: int(time.timestamp()))),
    Mutant("fidelity.time.date_only", "times are dates", _times(lambda time: time.date().isoformat())),
    Mutant("fidelity.time.american", "times are written 01/15/2024 10:30:00",
           _times(lambda time: time.strftime("%m/%d/%Y %H:%M:%S"))),
    Mutant("fidelity.time.late", "the clock is an hour late", _clock(timedelta(hours=-1))),
    Mutant("fidelity.time.early", "the clock is ten minutes early", _clock(timedelta(minutes=10))),
    Mutant("fidelity.time.created_moves", "an update moves created_at",
           after("updateCampaign", _move_created)),
    Mutant("fidelity.time.updated_stays", "updated_at stays", after("updateCampaign", _keep_updated)),
    Mutant("fidelity.time.updated_answered", "updated_at is answered and not stored",
           answer("getCampaign", lambda body: {**body, "updated_at": body["created_at"]})),
    Mutant("fidelity.time.created_listed", "created_at is listed an hour late", _times(
        lambda time: format_date_time(time + timedelta(hours=1)), "listCampaigns")),
)
# fmt: on
