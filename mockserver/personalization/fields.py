"""What a template sees of a lead."""

from typing import Any

from ..model.contacts import NAMES
from ..state.records import Campaign, Lead

STANDARD = (*NAMES, "email", "job_title")
"""The fields that every lead has, empty or not [docs:campaigns/personalization]."""


def list_fields(lead: Lead, campaign: Campaign | None = None) -> dict[str, Any]:
    """Return field → value; a field that the campaign maps and the lead lacks is None.

    Custom fields go by their own names; none hides a standard field but `job_title`, which leads have
    as a custom field only.
    """
    details = lead.details
    fields: dict[str, Any] = dict.fromkeys(map(_name_custom, campaign.lead_mapping)) if campaign else {}
    fields |= details.get("custom_fields") or {}
    fields["job_title"] = fields.get("job_title") or fields.get("title")
    fields |= {name: details.get(name) for name in NAMES}
    fields["email"] = lead.email
    return fields


def _name_custom(mapped: str) -> str:
    return mapped.removeprefix("custom_")
