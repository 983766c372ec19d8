"""One user of the API, with the words the tests tell their stories in."""

from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import Headers

from mockserver import MockServer
from mockserver.spec import load_spec
from mockserver.table import Table
from mockserver.workspace import Workspace

SPEC = load_spec()
BASE = SPEC.base_path
NAME = "Q1 Product Launch"
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


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
        """Call an operation; whatever comes back."""
        operation = SPEC.operations[operation_id]
        request: dict[str, Any] = {} if body is None else {"json": body}
        return self.send(operation.method, operation.path.format(**ids), query_string=query, **request)

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

    def inbox(self, email_address: str = "sam@outreach.example.com", **settings: Any) -> str:
        """Connect an inbox."""
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
        inbox_id = self.inbox(f"sender-of-{campaign_id}@outreach.example.com")
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


def smtp_account(email_address: str = "sam@outreach.example.com") -> dict[str, Any]:
    """Return the request that connects an inbox."""
    example = SPEC.operations["createSmtpSenderAccount"].body_examples["custom_smtp"]
    return {**example, "email_address": email_address}


def variant(name: str = "A", percent: int = 100, **changes: Any) -> dict[str, Any]:
    """Return a version of the first mail."""
    return {
        "variant_name": name,
        "subject_template": "Quick question, {{first_name}}",
        "email_content": "Hi {{first_name}}, how are things?",
        "distribution_percent": percent,
        **changes,
    }


def follow_up(step_number: int = 2, **changes: Any) -> dict[str, Any]:
    """Return a follow-up."""
    return {
        "step_number": step_number,
        "trigger_type": "NOT_REPLIED",
        "wait_days": 3,
        "variants": [{"email_content": "Just following up."}],
        **changes,
    }
