"""Rules about several values at once, dropped or weakened."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from types import SimpleNamespace
from typing import Any, ParamSpec, TypeVar

from mockserver.errors import ApiError
from mockserver.model import content, launching, sender_accounts
from mockserver.openapi.extensions import Extensions
from mockserver.openapi.spec import load_spec
from mockserver.resources import leads
from mockserver.resources.call import Call
from mockserver.state.records import Campaign, SenderAccount
from mockserver.state.workspace import Workspace

from .documents import drop, edit
from .mutant import Mutant
from .mutations import Handler, Mutation, all_of, around, request_body, swap
from .swapping import swapped

P = ParamSpec("P")
R = TypeVar("R")
Json = dict[str, Any]
_SCHEMAS = "/components/schemas"
_CHOICE = "a choice of this project"
_TWICE = "no source says that an address is refused a second time"
_WRITES = "createCampaign|updateCampaign"


def _minutes(settings: dict[str, Any], name: str) -> int:
    return int(settings[f"sending_window_{name}"] * 60 + settings[f"sending_window_{name}_minute"])


def _window(accepts: Any, midnight: bool = True) -> Any:
    def check(settings: dict[str, Any]) -> None:
        if midnight and settings["sending_window_end"] == 24 and settings["sending_window_end_minute"]:
            raise ApiError("window_end_minute")
        if not accepts(settings):
            raise ApiError("window_order")

    return check


def _windows(operations: str, accepts: Any, midnight: bool = True) -> Mutation:
    return swap(operations, content.check_window, _window(accepts, midnight))


def _in_order(settings: dict[str, Any]) -> bool:
    return _minutes(settings, "end") > _minutes(settings, "start")


def _against_defaults(handler: Handler, call: Call) -> Any:
    """Check the window of an update against the defaults of a create, not against what is stored."""
    names = ("sending_window_start", "sending_window_end")
    sent = {name: call.body[name] for name in names if name in call.body}
    if {"sending_window_start": 9, "sending_window_end": 17, **sent}["sending_window_end"] <= sent.get(
        "sending_window_start", 9
    ):
        raise ApiError("window_order")
    return _unchecked(handler, call)


def _unchecked(handler: Handler, call: Call) -> Any:
    """Check no window."""
    with swapped(content.check_window, lambda settings: None):
        return handler(call)


def _sums(accepts: Any) -> Any:
    def check(variants: Any) -> None:
        if not accepts(sum(variant["distribution_percent"] for variant in variants)):
            raise ApiError("variant_sum")

    return check


def _shares(check: Any) -> Mutation:
    """Check the percentages of variants otherwise."""
    return swap("updateCampaign", content.check_shares, check)


def _shares_within(*makers: Callable[..., Any]) -> Mutation:
    """Check no percentages in what some functions make."""
    return all_of(*(swap("updateCampaign", make, _without_shares(make)) for make in makers))


def _without_shares(make: Callable[P, R]) -> Callable[P, R]:
    def make_unchecked(*args: P.args, **kwargs: P.kwargs) -> R:
        with swapped(content.check_shares, lambda variants: None):
            return make(*args, **kwargs)

    return make_unchecked


def _step(check: Any) -> Mutation:
    return swap("updateCampaign", launching.choose_step, check)


def _refuse_same(stored: Campaign, requested: int | None) -> int:
    if requested == stored.current_step:
        raise ApiError("step_progression", expected=stored.current_step + 1, got=stored.current_step)
    return launching.choose_step(stored, requested)


def _step_back(stored: Campaign, requested: int | None) -> int:
    is_back = requested is not None and requested < stored.current_step
    return requested if is_back and requested is not None else launching.choose_step(stored, requested)


def _with_sequences(workspace: Workspace, campaign: Campaign, changes: Json, **most: int) -> Campaign:
    """Replace the follow-ups in every status."""
    if "sequences" not in changes or "sequence_edits" in changes:
        return content.change_content(workspace, campaign, changes, **most)
    rest = {name: value for name, value in changes.items() if name != "sequences"}
    changed = content.change_content(workspace, campaign, rest, **most)
    return replace(changed, sequences=content.make_sequences(workspace, changes["sequences"]))


def _with_edits(workspace: Workspace, campaign: Campaign, changes: Json, **most: int) -> Campaign:
    """Edit the follow-ups in every status."""
    if "sequence_edits" not in changes or "sequences" in changes:
        return content.change_content(workspace, campaign, changes, **most)
    rest = {name: value for name, value in changes.items() if name != "sequence_edits"}
    changed = content.change_content(workspace, campaign, rest, **most)
    edits = changes["sequence_edits"]
    edited = content.edit_sequences(workspace, changed.sequences, edits, len(edits) + 10)
    return replace(changed, sequences=edited)


def _first_of_both(handler: Handler, call: Call) -> Any:
    body = {name: value for name, value in call.body.items() if name != "sequence_edits"}
    both = "sequences" in call.body and "sequence_edits" in call.body
    return handler(replace(call, body=body) if both else call)


def _add_anyway(workspace: Workspace, stored: Any, edits: Any, most: int) -> Any:
    """Leave out an addition whose step is taken."""
    for each in edits:
        try:
            stored = content.edit_sequences(workspace, stored, [each], most)
        except ApiError as error:
            if error.name != "sequence_step_taken":
                raise
    return stored


def _keep_known(handler: Handler, call: Call) -> Any:
    """Drop unknown sender accounts in silence."""
    if "inbox_ids" not in call.body:
        return handler(call)
    known = [each for each in call.body["inbox_ids"] if call.workspace.sender_accounts.find(each)]
    found = handler(replace(call, body={**call.body, "inbox_ids": known}))
    unknown = [
        {"inbox_id": inbox_id, "is_valid": False, "error_message": "Inbox not found"}
        for inbox_id in call.body["inbox_ids"]
        if inbox_id not in known
    ]
    return {**found, "inbox_validations": found["inbox_validations"] + unknown}


def _same_case_only(handler: Handler, call: Call) -> Any:
    """Take an address that differs from a stored one in letter case only."""
    body, table = call.body, call.workspace.leads
    stored = table.where("campaign", call.path["campaign_id"])
    if any(lead.email == body["email"] for lead in stored):
        raise ApiError("lead_exists")
    found = handler(replace(call, body={**body, "email": f"{len(table)}.{body['email']}"}))
    lead = table.put(replace(table.get(found["lead_id"]), email=body["email"]))
    return {**found, "email": lead.email}


def _again(handler: Handler, call: Call) -> Any:
    """Answer a repeated create with what there is."""
    try:
        return handler(call)
    except ApiError as error:
        if error.name != "lead_exists":
            raise
        key = (call.path["campaign_id"], call.body["email"].casefold())
        lead = call.workspace.leads.where("address", key)[0]
        return leads.get_lead(replace(call, path={**call.path, "lead_id": lead.lead_id}))


def _once_per_workspace(handler: Handler, call: Call) -> Any:
    addresses = {
        lead.email.casefold()
        for campaign in call.workspace.campaigns
        for lead in call.workspace.leads.where("campaign", campaign.campaign_id)
    }
    if call.body["email"].casefold() in addresses:
        raise ApiError("lead_exists")
    return handler(call)


def _any_address(handler: Handler, call: Call) -> Any:
    address = call.body["email_address"]
    accounts = call.workspace.sender_accounts
    odd = f"{len(accounts)}.{address}" if accounts.count("address", address.casefold()) else address
    found = handler(replace(call, body={**call.body, "email_address": odd}))
    accounts.put(replace(accounts.get(found["inbox_id"]), email_address=address))
    return {**found, "email_address": address}


def _capped(kind: str, most: int) -> Mutation:
    spec = load_spec()
    known = Extensions(spec.find_schema("SmtpSenderAccountCreate.daily_limit")).maximum_by_inbox_type
    limits = {"x-maximum-by-inbox-type": {**known, kind: most}}
    other: Any = SimpleNamespace(find_schema=lambda name: limits)

    def add(workspace: Workspace, request: Any, at: datetime) -> SenderAccount:
        with swapped(load_spec, lambda *_: other):
            return sender_accounts.add_smtp_account(workspace, request, at)

    return swap("createSmtpSenderAccount|createSenderAccount", sender_accounts.add_smtp_account, add)


def _connecting(body: Any) -> Any:
    """Make a connection that fails one that works."""
    hosts = {name: "works.example.com" for name in ("smtp_host", "imap_host") if name in body}
    return {**body, **hosts, "smtp_password": "works", "imap_password": "works"} if hosts else body


# fmt: off
MUTANTS = (
    Mutant("cross_field.window.dropped_on_create", "no window is refused on create",
           _windows("createCampaign", lambda settings: True)),
    Mutant("cross_field.window.dropped_on_update", "no window is refused on update",
           _windows("updateCampaign", lambda settings: True)),
    Mutant("cross_field.window.equal", "a window may end when it starts",
           _windows(_WRITES, lambda s: _minutes(s, "end") >= _minutes(s, "start"))),
    Mutant("cross_field.window.equal_on_update", "on update, a window may end when it starts",
           _windows("updateCampaign", lambda s: _minutes(s, "end") >= _minutes(s, "start"))),
    Mutant("cross_field.window.minutes_ignored", "only hours are compared, equal ones accepted",
           _windows(_WRITES, lambda s: s["sending_window_end"] >= s["sending_window_start"])),
    Mutant("cross_field.window.hours_only", "a window within one hour is refused",
           _windows(_WRITES, lambda s: s["sending_window_end"] > s["sending_window_start"])),
    Mutant("cross_field.window.an_hour_at_least", "a window under an hour is refused",
           _windows(_WRITES, lambda s: _minutes(s, "end") >= _minutes(s, "start") + 60)),
    Mutant("cross_field.window.body_only", "an update is compared with the defaults",
           around("updateCampaign", _against_defaults)),
    Mutant("cross_field.window.sent_together", "an update that sends one end only is not checked",
           around("updateCampaign", lambda handler, call: (
               handler if {"sending_window_start", "sending_window_end"} <= set(call.body)
               else partial(_unchecked, handler))(call))),
    Mutant("cross_field.window.past_midnight", "24:01 is accepted",
           _windows(_WRITES, _in_order, midnight=False), choice=_CHOICE),
    Mutant("cross_field.window.midnight", "24:00 is refused",
           _windows(_WRITES, lambda s: _in_order(s) and s["sending_window_end"] < 24)),
    Mutant("cross_field.variants.any_sum", "percentages may sum to anything",
           _shares(lambda variants: None)),
    Mutant("cross_field.variants.about_100", "percentages may sum to 99 or 101",
           _shares(_sums(lambda total: 99 <= total <= 101))),
    Mutant("cross_field.variants.at_most_100", "percentages may sum to less than 100",
           _shares(_sums(lambda total: total <= 100))),
    Mutant("cross_field.variants.at_least_100", "percentages may sum to more than 100",
           _shares(_sums(lambda total: total >= 100))),
    Mutant("cross_field.variants.follow_ups", "percentages of follow-ups may sum to anything",
           _shares_within(content.make_sequences, content.edit_sequences)),
    Mutant("cross_field.variants.merged", "percentages may sum to anything once merged",
           _shares_within(content.merge_variants)),
    Mutant("cross_field.variants.merged_full", "more than four variants once merged",
           swap("updateCampaign", content.merge_variants, lambda workspace, stored, requested, most:
                content.merge_variants(workspace, stored, requested, 99)), choice=_CHOICE),
    Mutant("cross_field.variants.same_name", "two variants of one name",
           drop(f"{_SCHEMAS}/CampaignUpdate/properties/variants/anyOf/0/x-unique-by")),
    Mutant("cross_field.sequences.same_step", "two follow-ups of one step",
           drop(f"{_SCHEMAS}/CampaignUpdate/properties/sequences/anyOf/0/x-unique-by")),
    Mutant("cross_field.sequences.same_variant_name", "two variants of one name in a follow-up",
           drop(f"{_SCHEMAS}/SequenceCreate/properties/variants/x-unique-by")),
    Mutant("cross_field.sequences.in_paused", "sequences may be sent in PAUSED",
           swap("updateCampaign", content.change_content, _with_sequences)),
    Mutant("cross_field.sequences.edits_in_draft", "sequence_edits may be sent in DRAFT",
           swap("updateCampaign", content.change_content, _with_edits), choice=_CHOICE),
    Mutant("cross_field.sequences.both", "sequences and sequence_edits may be sent together",
           around("updateCampaign", _first_of_both), choice=_CHOICE),
    Mutant("cross_field.sequences.edit_without_id", "an edit without sequence_id fails",
           edit(f"{_SCHEMAS}/SequenceEdit/else/then/required", []), choice=_CHOICE),
    Mutant("cross_field.sequences.add_without_parts", "an addition without its parts fails",
           edit(f"{_SCHEMAS}/SequenceEdit/then/required", []), choice=_CHOICE),
    Mutant("cross_field.sequences.step_taken", "a taken step is added in silence",
           swap("updateCampaign", content.edit_sequences, _add_anyway), choice=_CHOICE),
    Mutant("cross_field.step.skipped", "steps may be skipped",
           _step(lambda stored, requested: max(requested or 0, stored.current_step)), choice=_CHOICE),
    Mutant("cross_field.step.back", "a step back is accepted", _step(_step_back), choice=_CHOICE),
    Mutant("cross_field.step.same", "the stored step is refused", _step(_refuse_same), choice=_CHOICE),
    Mutant("cross_field.step.ignored", "steps are not stored",
           _step(lambda stored, requested: stored.current_step)),
    Mutant("cross_field.inbox.unknown", "unknown sender accounts are dropped in silence",
           around("updateCampaign", _keep_known)),
    Mutant("cross_field.lead.twice", "an address can be added again", around("addLead", _again),
           choice=_TWICE),
    Mutant("cross_field.lead.letter_case", "an address can be added again in another letter case",
           around("addLead", _same_case_only), choice=_TWICE),
    Mutant("cross_field.lead.one_campaign", "an address can be in one campaign only",
           around("addLead", _once_per_workspace)),
    Mutant("cross_field.lead.archived", "an archived campaign takes leads",
           swap("addLead", content.find_open_campaign, lambda workspace, campaign_id: workspace.campaigns.get(
               campaign_id))),
    Mutant("cross_field.account.twice", "an address can be connected again",
           around("createSmtpSenderAccount", _any_address)),
    Mutant("cross_field.account.google_limit", "a Google sender account may send 2001",
           _capped("GOOGLE_WORKSPACE", 2001)),
    Mutant("cross_field.account.google_less", "a Google sender account may not send 2000",
           _capped("GOOGLE_WORKSPACE", 1999)),
    Mutant("cross_field.account.outlook_limit", "an Outlook sender account may send 5001",
           _capped("OUTLOOK_365", 5001)),
    Mutant("cross_field.account.connection", "connections are not tried",
           request_body("createSmtpSenderAccount", _connecting)),
)
# fmt: on
