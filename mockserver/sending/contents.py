"""What the mails of one step and variant of a campaign run have in common, found out once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..mails.bodies import list_links
from ..mails.compose import get_content, get_subject
from ..personalization.fields import list_fields
from ..personalization.render import render_subject
from ..state.records import Campaign, Lead
from .next_mails import NextMail


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """A variant of one step, or of one mail of a subsequence."""

    campaign: Campaign
    variant: Mapping[str, Any]
    step: int
    """As `NextMail.step`."""
    key: str
    """As `NextMail.key`."""
    subsequence_id: str | None
    node_id: str | None
    switches: list[str]
    """The settings that add something to the mails; see `compose.SWITCHES`."""
    subject: str
    """The template of the subject; empty: the mail answers the first one."""
    zone: ZoneInfo
    shows_opens: bool
    """Whether opens are noticed: only in HTML and with tracking."""
    links: tuple[str, ...]
    """The links whose clicks are noticed."""
    may_unsubscribe: bool
    """Whether a mail has a link for that."""

    @property
    def variant_name(self) -> str:
        """The name of the variant; empty when it has none."""
        return str(self.variant.get("variant_name", ""))

    def render_subject(self, fields: Mapping[str, Any], at: datetime, random_seed: int) -> str:
        """Return the subject for a lead with these fields; only where the template is not empty."""
        if "{" not in self.subject:
            return self.subject
        return render_subject(self.subject, fields, at=at.astimezone(self.zone), random_seed=random_seed)

    def list_fields(self, lead: Lead) -> dict[str, Any]:
        """Return the fields of a lead that the templates see."""
        return list_fields(lead, self.campaign)


def make_content(
    campaign: Campaign, mail: NextMail, variant: Mapping[str, Any], switches: Sequence[str], zone: ZoneInfo
) -> Content:
    """Return the content of a next mail in a variant."""
    text, content_type = get_content(variant)
    return Content(
        campaign=campaign,
        variant=variant,
        step=mail.step,
        key=mail.key,
        subsequence_id=mail.subsequence_id,
        node_id=mail.node_id,
        switches=list(switches),
        subject=get_subject(variant),
        zone=zone,
        shows_opens=content_type != "plaintext" and "enable_tracking" in switches,
        links=list_links(text, content_type) if "enable_click_tracking" in switches else (),
        may_unsubscribe="enable_unsubscribe" in switches,
    )
