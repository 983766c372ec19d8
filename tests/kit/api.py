"""One user of the API, with a short call for what most tests need."""

from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import count
from typing import Any

from werkzeug.datastructures import FileStorage, Headers
from werkzeug.test import encode_multipart

from mockserver import MockServer
from mockserver.model.events import record_event
from mockserver.openapi.spec import JSON_TYPE, Operation, load_spec
from mockserver.state.table import Table
from mockserver.state.workspace import Workspace
from mockserver.testing.bodies import make_follow_up, make_smtp_account, make_variant

SPEC = load_spec()
BASE = SPEC.base_path
NAME = "Q1 Product Launch"
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
SUNDAY = datetime(2026, 1, 11, 12, tzinfo=UTC)
"""When most workspaces of tests start: nothing is sent until Monday, whatever the real time is."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: Headers


class Api:
    """Calls operations with one key, without a socket."""

    def __init__(self, app: MockServer, key: str) -> None:
        self.app = app
        self.key = key
        self.client = app.test_client()

    def send(self, method: str, path: str, **request: Any) -> Answer:
        """Send a request; the key is added unless `headers` are given."""
        request.setdefault("headers", {SPEC.key_header: self.key})
        response = self.client.open(path, method=method, **request)
        return Answer(response.status_code, response.get_json(silent=True), response.headers)

    def __call__(self, operation_id: str, body: Any = None, query: Any = None, **ids: str) -> Answer:
        """Call an operation; return any answer."""
        operation = SPEC.operations[operation_id]
        content = content_of(operation, body)
        return self.send(operation.method, operation.path.format(**ids), query_string=query, **content)

    def ok(self, operation_id: str, body: Any = None, query: Any = None, **ids: str) -> Any:
        """Call an operation that must succeed; returns the body."""
        answer = self(operation_id, body, query, **ids)
        assert answer.status == SPEC.operations[operation_id].status, answer
        return answer.body

    @property
    def workspace(self) -> Workspace:
        """What the server remembers of this key."""
        return self.app.workspaces.get(self.key)

    def remembered(self) -> dict[str, Any]:
        """Return a copy of every record, for comparing before and after."""
        tables = {
            name: list(table) for name, table in vars(self.workspace).items() if isinstance(table, Table)
        }
        assert len(tables) >= 3
        return deepcopy(tables)

    def campaign(self, **settings: Any) -> str:
        """Create a draft."""
        return str(self.ok("createCampaign", {"name": NAME, **settings})["campaign_id"])

    def lead(self, campaign_id: str, email: str = "ada@example.com", **details: Any) -> str:
        """Add a lead."""
        lead = self.ok("addLead", {"email": email, **details}, campaign_id=campaign_id)
        return str(lead["lead_id"])

    def upload(self, campaign_id: str, file: Any, **parts: Any) -> Any:
        """Upload leads; returns the progress."""
        started = self.ok("uploadLeads", {"file": file, **parts}, campaign_id=campaign_id)
        return self.ok("getLeadUpload", campaign_id=campaign_id, job_id=started["job_id"])

    def leads(self, campaign_id: str) -> list[Any]:
        """Return a campaign's first hundred leads, oldest first."""
        answer = self.ok("listLeads", query={"limit": 100}, campaign_id=campaign_id)
        return list(reversed(answer["leads"]))

    def contacts(self, **filters: Any) -> list[Any]:
        """Return the first hundred contacts that pass, oldest first."""
        query = {"limit": 100} | filters
        return list(reversed(self.ok("listContacts", query=query)["contacts"]))

    def contact(self, email: str) -> str:
        """Return the id of the contact with this address, a new one if need be."""
        self.ok("importContacts", {"file": f"email\n{email}\n"})
        [found] = [c for c in self.contacts(search=email) if c["email"] == email]
        return str(found["contact_id"])

    def contact_list(self, name: str, *contact_ids: str) -> str:
        """Create a static list."""
        body = {"name": name, "list_type": "STATIC", "contact_ids": list(contact_ids)}
        return str(self.ok("createContactList", body)["list_id"])

    def happen(self, lead_id: str, *kinds: str) -> None:
        """Have things happen to a lead, one after the other."""
        for kind in kinds:
            record_event(self.workspace, self.workspace.leads.get(lead_id), kind)

    def account(self, email_address: str = "sam@outreach.example.com", **settings: Any) -> str:
        """Connect a sender account."""
        body = {**smtp_account(email_address), **settings}
        return str(self.ok("createSmtpSenderAccount", body)["inbox_id"])

    def domain(self, name: str = "mail.yourcompany.com", *, active: bool = True) -> str:
        """Add a domain, and activate it."""
        domain_id = str(self.ok("addDomain", {"domain": name})["domain_id"])
        if active:
            self.ok("activateDomain", domain_id=domain_id)
        return domain_id

    def update(self, campaign_id: str, **changes: Any) -> Any:
        """Update a campaign that takes it."""
        return self.ok("updateCampaign", changes, campaign_id=campaign_id)

    def read(self, campaign_id: str) -> Any:
        """Return a campaign."""
        return self.ok("getCampaign", campaign_id=campaign_id)

    def ready(self, **changes: Any) -> str:
        """Create a draft that lacks nothing for a launch."""
        campaign_id = self.campaign()
        self.lead(campaign_id)
        inbox_id = self.account(f"sender-of-{campaign_id}@outreach.example.com")
        self.update(campaign_id, **{"inbox_ids": [inbox_id], "variants": [variant()], **changes})
        return campaign_id

    def campaign_in(self, status: str, **changes: Any) -> str:
        """Make a campaign in a status."""
        if status == "DRAFT":
            return self.ready(**changes)
        campaign_id = self.ready(**changes)
        self.update(campaign_id, launch=True)
        if status in ("PAUSED", "ARCHIVED"):
            self.ok("pauseCampaign", campaign_id=campaign_id)
        if status == "ARCHIVED":
            self.ok("archiveCampaign", campaign_id=campaign_id)
        if status in ("COMPLETED", "FAILED"):  # sending is what leads there
            campaigns = self.workspace.campaigns
            campaigns.put(replace(campaigns.get(campaign_id), status=status))
        return campaign_id


_numbers = count(1)


def fresh(app: MockServer) -> Api:
    """Return a user whose workspace is empty, for each example of a property, on a Sunday."""
    user = Api(app, f"cs_live_example_{next(_numbers)}")
    user.workspace.clock.set(SUNDAY)
    return user


def content_of(operation: Operation, body: Any) -> dict[str, Any]:
    """Return what a client takes for a body: JSON, or a form.

    In a form a file is given by its text, or as bytes, name and perhaps type.
    """
    if body is None or operation.body_type == JSON_TYPE:
        return {} if body is None else {"json": body}
    assert operation.body is not None
    form: dict[str, Any] = {}
    for name, value in body.items():
        schema = operation.body["properties"].get(name, {})
        if schema.get("format") == "binary" and isinstance(value, str):
            form[name] = FileStorage(BytesIO(value.encode()), "people.csv", content_type="text/csv")
        elif isinstance(value, tuple):
            data, file_name, *kind = value
            form[name] = FileStorage(BytesIO(data), file_name, content_type=(*kind, None)[0])
        else:
            form[name] = str(value).lower() if isinstance(value, bool) else value
    boundary, data = encode_multipart(form)  # in memory: a temporary file would never be closed
    return {"data": data, "content_type": f'{operation.body_type}; boundary="{boundary}"'}


def smtp_account(email_address: str = "sam@outreach.example.com") -> dict[str, Any]:
    """Return the request that connects a sender account."""
    return make_smtp_account(SPEC, email_address)


def variant(name: str = "A", percent: int = 100, **changes: Any) -> dict[str, Any]:
    """Return a variant of the first mail."""
    return make_variant(SPEC, name, percent, **changes)


def follow_up(step_number: int = 2, **changes: Any) -> dict[str, Any]:
    """Return a follow-up."""
    return make_follow_up(SPEC, step_number, **changes)
