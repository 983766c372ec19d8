"""How to meet the errors of contacts, their lists and files of leads."""

from typing import Any

from mockserver.model.contacts import add_tag
from mockserver.openapi.spec import Operation

from .api import Api


def start_upload(api: Api, campaign_id: str) -> str:
    """Upload a file without leads; returns the id of the job."""
    return str(api.ok("uploadLeads", {"file": "email\n"}, campaign_id=campaign_id)["job_id"])


def dynamic_list(api: Api, name: str) -> str:
    """Create a list of all contacts; returns its id."""
    body = {"name": name, "list_type": "DYNAMIC", "filter_definition": {}}
    return str(api.ok("createContactList", body)["list_id"])


def prepare_contacts(api: Api, operation: Operation, campaign_id: str) -> dict[str, str]:
    """Make what operations on contacts, lists and uploads need; returns the ids."""
    static = operation.operation_id == "addContactsToList"
    ids = {
        "contact_id": api.contact("ada@example.com"),
        "list_id": api.contact_list("Guests") if static else dynamic_list(api, "Guests"),
        "tag_id": add_tag(api.workspace, "VIP").tag_id,
    }
    if operation.operation_id == "getLeadUpload":
        ids["job_id"] = start_upload(api, campaign_id)
    return ids


def numbers(progress: Any) -> dict[str, int]:
    """Return the counts of a job without their endings."""
    return {name.removesuffix("_count"): value for name, value in progress.items() if name.endswith("_count")}


def custom_fields(api: Api, campaign_id: str) -> list[Any]:
    """Return the custom fields of a campaign's leads."""
    return [lead["custom_fields"] for lead in api.leads(campaign_id)]
