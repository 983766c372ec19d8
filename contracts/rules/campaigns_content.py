"""The content of campaigns and their sender accounts: variants, follow-ups, assignments."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from mockserver.openapi.extensions import UNIQUE_BY, Extensions
from mockserver.openapi.schemas import non_null

from ..api.api import LATER, Api
from ..inputs.encoding import write_csv
from ..registry import rule
from .fixtures.refused_updates import find_refusal, refuse_all
from .fixtures.shared import (
    NEWER_GUIDE,
    OLDER_GUIDE,
    UNDOCUMENTED,
    ask,
    campaign_to_update,
    compare_field,
    compare_if_present,
    compare_undocumented,
    follow_up,
    get_campaign,
    list_accounts,
    second_account,
)

_OPERATIONS = ["updateCampaign", "getCampaign"]


_TEXT = '  Hi {{first_name}} {{last_name|there}},\r\n<p class="x">1 & 2\u00a0— ✉️</p>\t{{a|b}} '
_LEADS = 32
"""So many that a draw hardly gives none of them a variant that a quarter gets."""
_STRANGE_MAPPING = {"email": "Mail", "first_name": "Vor name", "custom_size": "Größe"}


@dataclass(frozen=True, slots=True)
class _Content:
    """Content that one campaign got twice: what was sent, answered and read each time."""

    sent: tuple[dict[str, Any], dict[str, Any]]
    answers: list[dict[str, Any]]
    found: list[dict[str, Any]]


def _store_content(api: Api) -> _Content:
    def make() -> _Content:
        one, two = api.inbox_id, second_account(api)
        threaded = api.variant("A", 60, email_content="\r\nA second mail ")
        del threaded["subject_template"]
        first: dict[str, Any] = {
            "inbox_ids": [two, one, one],
            "variants": [
                api.variant("beta", 70, variant_label=" label é ", subject_template=" {{company}}  & us ",
                            email_content=_TEXT, content_type="html"),
                api.variant("C", 0),
                api.variant("a", 30),
            ],
            "sequences": [
                follow_up(api, 4, 30, trigger_type="OPENED_BUT_NOT_REPLIED",
                          variants=[threaded, api.variant("B", 40)]),
                follow_up(api, 2, 1, trigger_type="NOT_OPENED", enable_unsubscribe=True),
            ],
            "lead_mapping": _STRANGE_MAPPING,
        }  # fmt: skip
        second: dict[str, Any] = {
            "inbox_ids": [one],
            "variants": [api.variant("D")],
            "sequences": [follow_up(api, 3)],
            "lead_mapping": {"email": "E-Mail"},
        }
        campaign_id = campaign_to_update(api)
        answers, found = [], []
        for sent in (first, second):
            answers.append(dict(api.update_campaign(campaign_id, **sent).succeeds()))
            found.append(dict(get_campaign(api, campaign_id)))
        return _Content((first, second), answers, found)

    return api.once("content", make, show=True)


@rule(
    "campaigns.update.lead_mapping",
    source=OLDER_GUIDE,
    sentence="lead_mapping - CSV column to field mapping",
    operations=_OPERATIONS,
)
def replace_mapping(api: Api) -> None:
    """A lead mapping replaces the stored one."""
    content = _store_content(api)
    for sent, found in zip(content.sent, content.found, strict=True):
        compare_field(api, found, "lead_mapping", sent["lead_mapping"])


@rule(
    "campaigns.update.inbox_ids.validations",
    source=OLDER_GUIDE,
    sentence="The inbox_validations array is included when you update inbox_ids, showing whether each inbox "
    "passed validation.",
    operations=_OPERATIONS,
)
def validate_accounts(api: Api) -> None:
    """The answer lists each sent sender account as valid, in the order and as often as it was sent."""
    content = _store_content(api)
    for sent, answer in zip(content.sent, content.answers, strict=True):
        reported = [(each["inbox_id"], each["is_valid"]) for each in answer["inbox_validations"]]
        expected = [(inbox_id, True) for inbox_id in sent["inbox_ids"]]
        api.judge.compare(sorted({*reported}), sorted({*expected}), "inbox_validations")
        compare_undocumented(api, reported, expected, "the order and number of inbox_validations")


@rule("campaigns.update.inbox_ids.replaced", source=UNDOCUMENTED, operations=_OPERATIONS)
def replace_accounts(api: Api) -> None:
    """Sent sender accounts replace the assigned ones, and one that is sent twice is assigned once."""
    content = _store_content(api)
    for sent, found in zip(content.sent, content.found, strict=True):
        expected = [*dict.fromkeys(sent["inbox_ids"])]
        assigned = list_accounts(found)
        api.judge.compare(sorted(assigned), sorted(expected), "the sender accounts")
        compare_undocumented(api, assigned, expected, "the order of the sender accounts")


@rule(
    "campaigns.update.inbox_ids.unknown",
    source="docs:reference/errors",
    sentence="Inbox Validation Error, among the errors of campaigns.",
    operations=_OPERATIONS,
    repeated=True,
)
def refuse_unknown_account(api: Api) -> None:
    """An unknown sender account is refused, and no sender account of the request is assigned."""
    refusals = refuse_all(api)
    find_refusal(api, "inbox").fails("inbox_not_found", inbox_id=refusals.unknown_account)
    found, before = refusals.after, refusals.before
    api.judge.compare(found["daily_limit_per_inbox"], before["daily_limit_per_inbox"], "the daily limit")
    compare_if_present(api, found, "inboxes", before.get("inboxes"))


@rule(
    "campaigns.update.variants.sum",
    source=NEWER_GUIDE,
    sentence="Variant distributions must sum to 100%",
    operations=["updateCampaign"],
)
def sum_to_100(api: Api) -> None:
    """The percentages of the variants must sum to exactly 100, also for a single variant."""
    find_refusal(api, "sum").fails("variant_sum")
    for shares in ((51, 50), (99,)):
        variants = [api.variant("AB"[index], share) for index, share in enumerate(shares)]
        api.update_campaign(campaign_to_update(api), variants=variants).fails("variant_sum")


@rule(
    "campaigns.update.variants.stored",
    source="docs:campaigns/variants, client",
    sentence="variant_name is upper-cased on save; variants of a DRAFT replace all.",
    operations=_OPERATIONS,
)
def store_variants(api: Api) -> None:
    """Variants are read byte for byte, with names in upper case, and new variants replace them."""
    content = _store_content(api)
    for sent, found in zip(content.sent, content.found, strict=True):
        stored = {variant["variant_name"]: variant for variant in found["variants"]}
        wanted = {variant["variant_name"].upper(): variant for variant in sent["variants"]}
        api.judge.compare(sorted(stored), sorted(wanted), "the names")
        for name, variant in wanted.items():
            for field in variant.keys() - {"variant_name", "content_type"}:
                api.judge.compare(stored[name][field], variant[field], f"{field} of {name}")
            compare_if_present(api, stored[name], "content_type", variant.get("content_type", "plaintext"))


@rule(
    "campaigns.update.variants.defaults",
    source="docs:campaigns/variants",
    sentence="variant_name: default A; distribution_percent: default 100.",
    operations=_OPERATIONS,
)
def fill_in_defaults(api: Api) -> None:
    """A missing field of a variant gets the documented default."""
    campaign_id = str(api.create_campaign()["campaign_id"])
    schema = non_null((api.spec.operations["updateCampaign"].body or {})["properties"]["variants"])["items"]
    plain = api.variant()
    sent = {name: plain[name] for name in schema["required"]}
    api.update_campaign(campaign_id, variants=[sent]).succeeds()
    (stored,) = get_campaign(api, campaign_id)["variants"]
    for field, value in schema["properties"].items():
        if "default" in value and not Extensions(value).undocumented:
            api.judge.compare(stored[field], value["default"], field)


@rule(
    "campaigns.update.variants.alike",
    source="docs:campaigns/variants",
    sentence="variant_name is unique in a campaign, and upper-cased on save.",
    operations=["updateCampaign"],
)
def refuse_variants_alike(api: Api) -> None:
    """Two variants cannot have the same name in any letter case."""
    reply = find_refusal(api, "alike")
    reply.violates(reply.violation("variants", UNIQUE_BY, []))


@rule(
    "campaigns.update.sequences.stored",
    source="docs:campaigns/sequences, client",
    sentence="step_number, trigger_type, wait_days, variants; sequences of a DRAFT replace the main chain.",
    operations=_OPERATIONS,
)
def store_sequences(api: Api) -> None:
    """Follow-ups are read as sent, in the order of their steps, and new follow-ups replace them."""
    content = _store_content(api)
    for sent, found in zip(content.sent, content.found, strict=True):
        stored = {each["step_number"]: each for each in found["sequences"]}
        wanted = {each["step_number"]: each for each in sent["sequences"]}
        api.judge.compare(sorted(stored), sorted(wanted), "the steps")
        compare_undocumented(api, [*stored], sorted(wanted), "the order of the steps")
        for step, each in wanted.items():
            _compare_sequences(api, stored[step], {"enable_unsubscribe": None, **each})


def _compare_sequences(api: Api, found: dict[str, Any], sent: dict[str, Any]) -> None:
    for field in ("trigger_type", "wait_days", "enable_unsubscribe"):
        api.judge.compare(found[field], sent[field], f"{field} of step {sent['step_number']}")
    for variant, other in zip(sent["variants"], found["variants"], strict=True):
        for field in ("variant_name", "email_content", "distribution_percent"):
            api.judge.compare(other[field], variant[field], f"{field} of a follow-up")


@rule("campaigns.update.sequences.cleared", source=UNDOCUMENTED, operations=_OPERATIONS, profile="full")
def clear_sequences(api: Api) -> None:
    """An empty list of follow-ups removes all follow-ups."""
    _store_content(api)
    api.update_campaign(campaign_to_update(api), sequences=[]).succeeds()
    found = get_campaign(api, campaign_to_update(api))
    api.judge.compare(found["sequences"], [], "the follow-ups")


@rule(
    "campaigns.update.sequences.sum",
    source="docs:api-reference/campaigns/update-campaign, client",
    sentence="The distribution of the variants sums to 100 per step.",
    operations=["updateCampaign"],
)
def sum_follow_ups_to_100(api: Api) -> None:
    """The percentages of the variants of each follow-up must sum to 100."""
    find_refusal(api, "follow_up_sum").fails("variant_sum")


@rule(
    "campaigns.update.sequence_edits.draft",
    source="client",
    sentence="Use 'sequences' for DRAFT campaigns or 'sequence_edits' for PAUSED campaigns.",
    operations=["updateCampaign"],
)
def refuse_edits_of_draft(api: Api) -> None:
    """A DRAFT takes sequences, not sequence_edits."""
    find_refusal(api, "edits").fails("sequence_edits_not_paused")


@rule(
    "campaigns.update.sequence_edits.both",
    source="client",
    sentence="'sequences' and 'sequence_edits' are mutually exclusive.",
    operations=["updateCampaign"],
)
def refuse_both_lists(api: Api) -> None:
    """Sequences and sequence_edits exclude each other."""
    find_refusal(api, "both").fails("sequences_and_edits")


@rule(
    "campaigns.launch.variants",
    source="docs:campaigns/variants",
    sentence="At launch, leads are assigned to variants at random, by percentage.",
    needs=["launch", "incoming_events", "mock"],
    operations=["updateCampaign", "listReplies"],
)
def share_leads_out(api: Api) -> None:
    """A variant for three of four leads and one for the others are each sent to some, also to later leads."""
    campaign_id = str(api.create_campaign(name=api.name("with shares"), **LATER)["campaign_id"])
    variants = [api.variant("A", 75), api.variant("B", 25)]
    body: dict[str, Any] = {"inbox_ids": [api.inbox_id], "variants": variants, "launch": True}
    for when in ("early", "late"):
        file = write_csv([{"email": api.email(when)} for _ in range(_LEADS)])
        answer = ask(api, "uploadLeads", campaign_id, body={"file": file}).succeeds()
        api.finish_job("uploadLeads", answer, campaign_id=campaign_id)
        if when == "early":
            api.update_campaign(campaign_id, **body).succeeds()
    for lead in ask(api, "listLeads", campaign_id, query={"limit": 100}).succeeds()["leads"]:
        api.incoming_events.receive_reply(lead["lead_id"], "Who are you?")
    query = {"campaign_id": campaign_id, "limit": 100}
    threads = api.send("listReplies", query=query).succeeds()["conversations"]
    for when in ("early", "late"):
        counts = Counter(each["subject"] for each in threads if each["lead_email"].startswith(when))
        subjects = {each["subject_template"] for each in variants}
        api.judge.compare(set(counts), subjects, f"the subjects sent to {when} leads")
    shares = {each["subject_template"]: 2 * _LEADS * each["distribution_percent"] // 100 for each in variants}
    counts = Counter(each["subject"] for each in threads)
    compare_undocumented(api, dict(counts), shares, "how many got each variant")
