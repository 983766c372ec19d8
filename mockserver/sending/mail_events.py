"""The events of a mail: that it is sent, and what its lead will do with it.

How it works: a `sent` event keeps what the mail is rendered from (variant, fields, random seed, switches) and
its subject; the whole mail is rendered when somebody reads it. The reactions are drawn at once and stored as
coming events. Why so: rendering each mail at once would take most of the time of a big campaign, and nobody
reads most of them. What is drawn early is known early, so a plan of the campaign can be exact.
"""

from collections.abc import Mapping
from typing import Any

from ..mails.bodies import list_links
from ..mails.compose import answer_subject, get_content, get_subject
from ..personalization.render import render_subject
from ..state.records import Event
from .campaign_run import Lane, LeadProgress
from .next_mails import NextMail
from .randomness import MailDraw, Randomness
from .reactions import MailTraits, draw_reactions
from .schedule import LAST, to_local, to_utc


def make_sent_event(lane: Lane, progress: LeadProgress, found: NextMail, draw: MailDraw, at: int) -> Event:
    """Return the event that a lane sends a mail at a time, in Unix seconds."""
    variant = lane.run.choose_variant(progress, found)
    return Event(
        event_id=draw.event_id,
        kind="sent",
        at=to_utc(at),
        lead_id=progress.lead.lead_id,
        campaign_id=progress.lead.campaign_id,
        email_id=draw.email_id,
        inbox_id=lane.inbox_id,
        details=_make_details(progress, found, variant, at=at, random_seed=draw.text_seed),
    )


def make_coming_events(
    sent: Event,
    progress: LeadProgress,
    reaction_rates: Mapping[str, float],
    reaction_delays: Mapping[str, tuple[int, int]],
    draw: MailDraw,
    *,
    randomness: Randomness,
    at: int,
) -> list[Event]:
    """Return the events of the reactions to a mail that is sent at a time; none is later than `LAST`."""
    traits = _find_traits(sent.details, at)
    return [
        Event(
            event_id=randomness.draw_id(sent.email_id, reaction.kind),
            kind=reaction.kind,
            at=to_utc(reaction.at),
            lead_id=sent.lead_id,
            campaign_id=sent.campaign_id,
            email_id=sent.email_id,
            inbox_id=sent.inbox_id,
            details=reaction.details,
        )
        for reaction in draw_reactions(
            traits, progress.magic_address, reaction_rates, reaction_delays, draw.reaction
        )
        if reaction.at < LAST
    ]


def _make_details(
    progress: LeadProgress, found: NextMail, variant: dict[str, Any], *, at: int, random_seed: int
) -> dict[str, Any]:
    """Return the sent details (see `events.record_event`)."""
    run, fields, template = progress.run, progress.fields, get_subject(variant)
    if not template:
        subject = answer_subject(progress.history.subject)
    elif "{" in template:
        local = to_local(at, run.calendar.zone)
        subject = render_subject(template, fields, at=local, random_seed=random_seed)
    else:
        subject = template
    details = {
        "sequence_step": found.step,
        "subject": subject,
        "variant_name": variant.get("variant_name", ""),
        "variant": variant,
        "fields": fields,
        "seed": random_seed,
        "switches": run.list_switches(found.step),
    }
    if found.subsequence_id:
        details |= {"subsequence_id": found.subsequence_id, "node_id": found.node_id}
    return details


def _find_traits(details: dict[str, Any], at: int) -> MailTraits:
    variant, switches = details["variant"], details["switches"]
    content, content_type = get_content(variant)
    return MailTraits(
        at=at,
        subject=details["subject"],
        shows_opens=content_type != "plaintext" and "enable_tracking" in switches,
        links=list_links(content, content_type) if "enable_click_tracking" in switches else (),
        may_unsubscribe="enable_unsubscribe" in switches,
    )
