"""The fields of a lead that a template sees."""

from typing import Any

from ..model.contacts import NAMES
from ..state.records import Campaign, Lead

STANDARD = (*NAMES, "email", "job_title")
"""The fields of every lead, perhaps empty [docs:campaigns/personalization]."""


def list_fields(lead: Lead, campaign: Campaign | None = None) -> dict[str, Any]:
    """Return field → value; a field that the campaign maps and the lead lacks is None.

    Custom fields have their own names, and do not hide standard fields. Only `job_title` is a standard field
    that leads hold as a custom field.
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
