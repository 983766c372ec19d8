"""The content of a campaign: variants, follow-ups, and which lead gets which variant."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from ..errors import ApiError
from ..state.records import Campaign
from ..state.workspace import Workspace

Variant = dict[str, Any]
Sequence = dict[str, Any]


def find_open_campaign(workspace: Workspace, campaign_id: str) -> Campaign:
    """Return a campaign that may be changed; raises ApiError `campaign_not_found`, `campaign_archived`."""
    campaign = workspace.campaigns.get(campaign_id)
    if campaign.status == "ARCHIVED":
        raise ApiError("campaign_archived")
    return campaign


def reopen_campaign(workspace: Workspace, campaign: Campaign, at: datetime | None = None) -> Campaign:
    """Make a COMPLETED campaign ACTIVE again, because it has a mail to send; returns it.

    A campaign of any other status stays as it is, and so does one that was never launched. No source
    documents this: a choice of this project.
    """
    if campaign.status != "COMPLETED" or campaign.launched_at is None:
        return campaign
    return workspace.campaigns.put(replace(campaign, status="ACTIVE", updated_at=at or workspace.now()))


def check_campaign(campaign: Campaign) -> None:
    """Raise the ApiError of the first rule across fields that a campaign breaks.

    Creates, updates, seeds and imports call it. Raises `window_end_minute`, `window_order`, `variant_sum`.
    """
    check_window(campaign.settings)
    for variants in (campaign.variants, *(sequence["variants"] for sequence in campaign.sequences)):
        if variants:
            check_shares(variants)


def check_window(settings: dict[str, Any]) -> None:
    """Raise ApiError `window_end_minute` or `window_order` unless the sending window has a length."""
    if settings["sending_window_end"] == 24 and settings["sending_window_end_minute"]:
        raise ApiError("window_end_minute")
    start = settings["sending_window_start"] * 60 + settings["sending_window_start_minute"]
    if settings["sending_window_end"] * 60 + settings["sending_window_end_minute"] <= start:
        raise ApiError("window_order")


def check_shares(variants: Iterable[Variant]) -> None:
    """Raise ApiError `variant_sum` unless the percentages of variants sum to 100."""
    if sum(variant["distribution_percent"] for variant in variants) != 100:
        raise ApiError("variant_sum")


def change_content(
    workspace: Workspace,
    campaign: Campaign,
    changes: dict[str, Any],
    *,
    most_variants: int,
    most_sequences: int,
) -> Campaign:
    """Return a campaign with the variants and follow-ups that an update sends; nothing is stored.

    A DRAFT gets them whole, a PAUSED campaign merged with its own. Raises ApiError `sequences_and_edits`,
    `sequences_not_draft`, `sequence_edits_not_paused`, and what the functions below raise.
    """
    draft = campaign.status == "DRAFT"
    if "sequences" in changes and "sequence_edits" in changes:
        raise ApiError("sequences_and_edits")
    if "variants" in changes:
        requested = changes["variants"]
        if draft:
            variants = make_variants(workspace, requested)
        else:
            variants = merge_variants(workspace, campaign.variants, requested, most_variants)
        campaign = replace(campaign, variants=variants)
    if "sequences" in changes:
        if not draft:
            raise ApiError("sequences_not_draft")
        campaign = replace(campaign, sequences=make_sequences(workspace, changes["sequences"]))
    if "sequence_edits" in changes:
        if draft:
            raise ApiError("sequence_edits_not_paused")
        edits = changes["sequence_edits"]
        edited = edit_sequences(workspace, campaign.sequences, edits, most_sequences)
        campaign = replace(campaign, sequences=edited)
    return campaign


def make_variants(workspace: Workspace, requested: list[Variant]) -> tuple[Variant, ...]:
    """Return new variants with ids and upper-case names.

    Raises ApiError `variant_sum` unless their percentages sum to 100.
    """
    check_shares(requested)
    return tuple(_make_variant(workspace, variant) for variant in requested)


def merge_variants(
    workspace: Workspace, stored: tuple[Variant, ...], requested: list[Variant], most: int
) -> tuple[Variant, ...]:
    """Return the stored variants with those of the same name replaced and the others added.

    Raises ApiError `variants_full` above `most`, `variant_sum` unless all sum to 100.
    """
    merged = {variant["variant_name"]: variant for variant in stored}
    for variant in requested:
        name = variant["variant_name"].upper()
        known = merged.get(name)
        merged[name] = _make_variant(workspace, variant, known["variant_id"] if known else None)
    if len(merged) > most:
        raise ApiError("variants_full", limit=most)
    check_shares(merged.values())
    return tuple(merged.values())


def make_sequences(workspace: Workspace, requested: list[Sequence]) -> tuple[Sequence, ...]:
    """Return new follow-ups with ids, in the order of their steps; raises as `make_variants`."""
    return _in_order(_make_sequence(workspace, sequence) for sequence in requested)


def edit_sequences(
    workspace: Workspace, stored: tuple[Sequence, ...], edits: list[dict[str, Any]], most: int
) -> tuple[Sequence, ...]:
    """Return the follow-ups after additions, changes and deletions, one after the other.

    Raises ApiError `sequence_not_found`, `sequence_step_taken`, `sequences_full`, `variant_sum`.
    """
    sequences = {sequence["sequence_id"]: sequence for sequence in stored}
    for edit in edits:
        if edit["action"] == "add":
            sequence = _make_sequence(workspace, {"enable_unsubscribe": None, **edit})
        elif edit["sequence_id"] not in sequences:
            raise ApiError("sequence_not_found")
        else:
            sequence = sequences.pop(edit["sequence_id"])
        if edit["action"] == "edit":
            sequence = {**sequence, **{name: edit[name] for name in sequence if name in edit}}
            if "variants" in edit:
                sequence["variants"] = make_variants(workspace, edit["variants"])
        if edit["action"] != "delete":
            if any(other["step_number"] == sequence["step_number"] for other in sequences.values()):
                raise ApiError("sequence_step_taken", step_number=sequence["step_number"])
            sequences[sequence["sequence_id"]] = sequence
    if len(sequences) > most:
        raise ApiError("sequences_full", limit=most)
    return _in_order(sequences.values())


_MOST_INDEXED = 100_000
"""So many leads that get variants at once leave no index by variant behind: only new leads need it again."""


def assign_variants(workspace: Workspace, campaign: Campaign) -> None:
    """Give each lead without a variant one, so that the percentages hold within one lead.

    Who gets which is drawn from the workspace's random numbers [docs:campaigns/variants]. A campaign may
    lack variants though it is active: the control API sets any status.
    """
    if not campaign.variants:
        return
    leads, campaign_id = workspace.leads, campaign.campaign_id
    total = leads.count("campaign", campaign_id)
    counts = {
        variant["variant_name"]: leads.count("variant", (campaign_id, variant["variant_name"]))
        for variant in campaign.variants
    }
    waiting = leads.where("variant", (campaign_id, None))
    drawn: list[str] = []
    for _ in waiting:
        name = max(
            campaign.variants,
            key=lambda v: v["distribution_percent"] * total - 100 * counts[v["variant_name"]],
        )["variant_name"]
        counts[name] += 1
        drawn.append(name)
    workspace.random.shuffle(drawn)
    waiting.reverse()
    for name in drawn:  # no lead is kept longer than needed: there may be a million
        workspace.leads.put(replace(waiting.pop(), variant_name=name))
    if len(drawn) > _MOST_INDEXED:
        leads.drop_index("variant")


def _make_variant(workspace: Workspace, requested: Variant, variant_id: str | None = None) -> Variant:
    return {
        **requested,
        "variant_id": variant_id or workspace.draw_id(),
        "variant_name": requested["variant_name"].upper(),
    }


def _make_sequence(workspace: Workspace, requested: Sequence) -> Sequence:
    return {
        "sequence_id": workspace.draw_id(),
        "step_number": requested["step_number"],
        "trigger_type": requested["trigger_type"],
        "wait_days": requested["wait_days"],
        "enable_unsubscribe": requested["enable_unsubscribe"],
        "variants": make_variants(workspace, requested["variants"]),
    }


def _in_order(sequences: Any) -> tuple[Sequence, ...]:
    return tuple(sorted(sequences, key=lambda sequence: int(sequence["step_number"])))
