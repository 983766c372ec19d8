"""How to meet the errors of contacts, their lists and files of leads."""

from typing import Any

from mockserver.model.contacts import add_tag, suppress
from mockserver.openapi.spec import Operation

from .api import SPEC, UNKNOWN_ID, Api
from .error_causes import (
    Cause,
    Request,
    name_unknown,
    send_bad_id,
    send_body,
    send_fields,
    send_query,
    with_facts,
)

_FILE = SPEC.operations["uploadLeads"].body["properties"]["file"]  # type: ignore[index]


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


def name_unknown_list(request: Request) -> None:
    """Ask for a list that is not there, also where the request need not name one."""
    name_unknown("list_id")(request)
    if request.operation.operation_id == "listContacts":
        request.query["list_id"] = UNKNOWN_ID
    if request.operation.operation_id == "importContacts":
        request.body_with(list_id=UNKNOWN_ID)


def take_name(request: Request) -> None:
    request.api.contact_list("Taken")
    request.body_with(name="Taken")


def find_static(request: Request) -> None:
    request.ids["list_id"] = request.api.contact_list("Members")


def find_dynamic(request: Request) -> None:
    request.body_with(list_id=dynamic_list(request.api, "By filter"))


def block(request: Request) -> None:
    suppress(request.api.workspace, request.body["email"])


CONTACT_CAUSES: dict[str, Cause] = {
    "lead_suppressed": block,
    "file_missing": lambda request: request.without("file"),
    "file_is_text": send_fields(file=["email"]),
    "mapping_is_file": send_fields(mapping=(b"{}", "mapping.json")),
    "duplicate_action_unknown": send_fields(duplicate_action="drop"),
    "delete_existing_not_boolean": send_fields(delete_existing="maybe"),
    "file_not_csv": send_fields(file=(b"email\n", "leads.xlsx")),
    "file_too_large": with_facts(
        send_fields(file=(b"email\n".ljust(_FILE["x-max-bytes"] + 1), "a.csv")), limit=50
    ),
    "mapping_invalid": send_fields(mapping="{"),
    "file_not_utf8": send_fields(file=("email,name\nada@x.io,Åsa\n".encode("latin-1"), "a.csv")),
    "email_column_missing": send_fields(file="name\nAda\n", mapping="{}"),
    "too_many_rows": with_facts(
        send_fields(file="Email\n" + "ada@x.io\n" * (_FILE["x-max-rows"] + 1)), limit="10,000"
    ),
    "upload_job_not_found": name_unknown("job_id"),
    "upload_job_id_invalid": send_bad_id("job_id"),
    "contact_not_found": name_unknown("contact_id"),
    "contact_id_invalid": send_bad_id("contact_id"),
    "company_not_string": send_fields(company=5),
    "signal_unknown": send_query(signal="HAPPY"),
    "has_replied_not_boolean": send_query(has_replied="maybe"),
    "signal_override_missing": send_body({}),
    "signal_override_unknown": send_fields(signal_override="HAPPY"),
    "contacts_too_many": send_body([UNKNOWN_ID] * 1001),
    "contact_ids_missing": lambda request: request.without("contact_ids"),
    "contact_ids_too_many": send_fields(contact_ids=[UNKNOWN_ID] * 1001),
    "contact_ids_not_uuid": send_fields(contact_ids=["none"]),
    "tag_not_found": name_unknown("tag_id"),
    "contact_list_not_found": name_unknown_list,
    "contact_list_exists": take_name,
    "contact_list_dynamic": find_dynamic,
    "contact_list_static": find_static,
    "list_id_invalid": send_bad_id("list_id"),
    "list_id_invalid_in_body": send_fields(list_id="none"),
    "list_type_unknown": send_query(list_type="SMART"),
    "list_name_missing": lambda request: request.without("name"),
    "filter_missing": lambda request: request.without("filter_definition"),
    "filter_of_static": send_fields(list_type="STATIC"),
    "members_of_dynamic": send_fields(contact_ids=[]),
    "signal_unknown_in_filter": send_fields(filter_definition={"signal": ["HAPPY"]}),
    "list_type_fixed": send_fields(list_type="STATIC"),
    "sample_size_too_large": send_query(sample_size="51"),
}
"""Name of an error → how to make a request meet it."""


def numbers(progress: Any) -> dict[str, int]:
    """Return the counts of a job without their endings."""
    return {name.removesuffix("_count"): value for name, value in progress.items() if name.endswith("_count")}


def custom_fields(api: Api, campaign_id: str) -> list[Any]:
    """Return the custom fields of a campaign's leads."""
    return [lead["custom_fields"] for lead in api.leads(campaign_id)]
