"""Contact lists: contacts under a name, by membership or by filter."""

from dataclasses import fields, replace
from typing import Any

from ..errors import ApiError
from ..model.contact_lists import add_members, find_contacts, find_members
from ..model.contacts import describe_contact
from ..state.records import ContactList
from ..state.workspace import Workspace
from .call import Call

__all__ = [
    "create_contact_list",
    "delete_contact_list",
    "get_contact_list",
    "list_contact_lists",
    "preview_contact_list",
    "update_contact_list",
]


def list_contact_lists(call: Call) -> dict[str, Any]:
    """Return all lists, or those of one type, newest first."""
    workspace = call.workspace
    found = [
        contact_list
        for contact_list in reversed(list(workspace.contact_lists))
        if call.query.get("list_type", contact_list.list_type) == contact_list.list_type
    ]
    lists = [_describe(workspace, contact_list) for contact_list in found]
    return {"lists": lists, "total": len(lists)}


def create_contact_list(call: Call) -> dict[str, Any]:
    """Store a list; of the contacts named, the known ones are its members."""
    workspace = call.workspace
    values = dict(call.body)
    check_name_free(workspace, values["name"])
    contact_ids = values.pop("contact_ids") or []
    now = workspace.now()
    contact_list = workspace.contact_lists.put(
        ContactList(list_id=workspace.draw_id(), created_at=now, updated_at=now, **values)
    )
    contact_list = add_members(workspace, contact_list, list(filter(workspace.contacts.find, contact_ids)))
    return {**_describe(workspace, contact_list), "cached_count": None}


def preview_contact_list(call: Call) -> dict[str, Any]:
    """Return how many contacts a filter finds, and some of them."""
    found = find_contacts(call.workspace, call.query)
    sample = found[: call.query["sample_size"]]
    return {
        "total": len(found),
        "sample": [describe_contact(call.workspace, contact) for contact in sample],
    }


def get_contact_list(call: Call) -> dict[str, Any]:
    """Return one list."""
    return _describe(call.workspace, call.workspace.contact_lists.get(call.path["list_id"]))


def update_contact_list(call: Call) -> dict[str, Any]:
    """Change the fields sent; a new filter is not counted yet."""
    workspace = call.workspace
    stored = workspace.contact_lists.get(call.path["list_id"])
    if "filter_definition" in call.body and stored.filter_definition is None:
        raise ApiError("contact_list_static")
    if call.body.get("name", stored.name) != stored.name:
        check_name_free(workspace, call.body["name"])
    changed = replace(stored, **call.body)
    if changed != stored:
        changed = workspace.contact_lists.put(replace(changed, updated_at=workspace.now()))
    description = _describe(workspace, changed)
    if changed.filter_definition != stored.filter_definition:
        description["cached_count"] = None
    return description


def delete_contact_list(call: Call) -> dict[str, Any]:
    """Remove a list; its members stay contacts."""
    call.workspace.contact_lists.remove(call.workspace.contact_lists.get(call.path["list_id"]).list_id)
    return {}


def check_name_free(workspace: Workspace, name: str) -> None:
    """Raise ApiError `contact_list_exists` if a list has the name."""
    if workspace.contact_lists.count("name", name):
        raise ApiError("contact_list_exists")


def _describe(workspace: Workspace, contact_list: ContactList) -> dict[str, Any]:
    # The vendor counts from time to time; here a list is counted when it is read.
    return {
        **{field.name: getattr(contact_list, field.name) for field in fields(ContactList)},
        "cached_count": len(find_members(workspace, contact_list)),
    }
