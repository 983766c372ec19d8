"""What the event of a mail keeps of it: enough to make the whole mail when somebody looks."""

from typing import Any

from ..mails.compose import answer_subject, get_content, get_subject
from ..personalization.fields import list_fields
from ..personalization.render import render_subject
from .chains import Next, Traveller
from .reactions import Mail, find_links
from .runs import Run
from .schedule import to_local


def write_details(
    run: Run, traveller: Traveller, found: Next, variant: dict[str, Any], *, at: int, seed: int
) -> dict[str, Any]:
    """Return the details of a `sent` event (see `events.record_event`)."""
    fields = traveller.fields
    if fields is None:
        fields = traveller.fields = list_fields(traveller.lead, run.campaign)
    template = get_subject(variant)
    if template:
        local = to_local(at, run.calendar.zone)
        subject = template
        if "{" in template:
            subject = render_subject(template, fields, at=local, random_seed=seed)
    else:
        subject = answer_subject(traveller.subject)
    details = {
        "sequence_step": found.step,
        "subject": subject,
        "variant_name": variant.get("variant_name", ""),
        "variant": variant,
        "fields": fields,
        "seed": seed,
        "switches": run.find_switches(found.step),
    }
    if found.subsequence_id:
        details |= {"subsequence_id": found.subsequence_id, "node_id": found.node_id}
    return details


def look_at(details: dict[str, Any], at: int) -> Mail:
    """Return what of a mail matters to the one who gets it."""
    variant, switches = details["variant"], details["switches"]
    content, content_type = get_content(variant)
    return Mail(
        at=at,
        subject=details["subject"],
        shows_opens=content_type != "plaintext" and "enable_tracking" in switches,
        links=find_links(content) if "enable_click_tracking" in switches else (),
        may_unsubscribe="enable_unsubscribe" in switches,
    )
