"""What a rule is given: the API as named operations, and live resources that are cleaned up."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any, TypeVar
from urllib.parse import quote

import requests

from mockserver.spec import Operation

from .conformance import Conformance
from .judge import Judge
from .ledger import Ledger
from .outcomes import DifferenceError, Exchange, UncheckedError
from .reply import Reply
from .session import GuardedSession

T = TypeVar("T")

UNSET: Any = object()
"""No body at all."""


class Api:
    """The server that is checked.

    `send` asks for an operation by its operationId. `create_campaign`, `add_lead`, `create_inbox`,
    `ready_campaign`, `launched_campaign`, `paused_campaign` make what a rule needs; all of it is marked
    and removed at the end of the run. `campaign_id` and `inbox_id` name resources that rules share and
    must leave as they are.
    """

    def __init__(
        self,
        session: GuardedSession,
        ledger: Ledger,
        judge: Judge,
        conformance: Conformance,
        *,
        seed: str,
    ) -> None:
        self.spec = session.spec
        self.target = session.target
        self.options = session.run_options
        self.session = session
        self.ledger = ledger
        self.judge = judge
        self.conformance = conformance
        self.seed = seed
        self.random = Random(f"api {seed}")
        self.last_exchange: Exchange | None = None
        self._memos: dict[str, Any] = {}
        session.listeners.append(self._hear)

    def _hear(self, exchange: Exchange, _operation: Operation | None, _response: requests.Response) -> None:
        self.last_exchange = exchange
        self.judge.exchanges.append(exchange)

    # -------------------------------------------------------------- asking

    def send(
        self,
        operation_id: str,
        *,
        body: Any = UNSET,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        key: str | None = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request of an operation and return its reply.

        `body` is any JSON value, `data` raw bytes instead. `path` and `query` are values by name; a
        path value that is not given is that of a live resource. `key` is the API key, `""` sends none.
        """
        operation = self.spec.operations[operation_id]
        values = {p.name: (path or {}).get(p.name) for p in operation.parameters_in("path")}
        filled = {name: value or self.live_id(name) for name, value in values.items()}
        relative = operation.path.removeprefix(self.spec.base_path)
        for name, value in filled.items():
            relative = relative.replace("{" + name + "}", quote(value, safe=""))
        if body is not UNSET:
            data = json.dumps(body).encode()
            headers = {"Content-Type": "application/json", **(headers or {})}
        response = self.ask(operation.method, relative, query=query, key=key, data=data, headers=headers)
        return Reply(response, operation, self)

    def ask(
        self,
        method: str,
        relative: str,
        *,
        query: Mapping[str, Any] | None = None,
        key: str | None = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send any request below the base URL and return the bare response.

        Raises DifferenceError when no answer comes.
        """
        key = self.target.api_key if key is None else key
        own = {self.spec.key_header: key} if key else {}
        try:
            return self.session.request(
                method,
                self.target.base_url + relative,
                params=_as_params(query),
                data=data,
                headers={**own, **(headers or {})},
            )
        except requests.RequestException as error:
            raise DifferenceError(f"{method} {relative}: no answer: {error}") from None

    def read(self, operation_id: str, **path: str) -> dict[str, Any]:
        """Return the body of a GET that must succeed."""
        answer: dict[str, Any] = self.send(operation_id, path=path).succeeds()
        return answer

    # -------------------------------------------------------------- making

    def name(self, text: str = "contract check") -> str:
        """Return a name that carries the run's marker, to be used for everything made."""
        return self.ledger.name(text)

    def email(self, local: str = "person") -> str:
        """Return an address of the run's own, new each time."""
        return self.ledger.email(local)

    def unknown_id(self) -> str:
        """Return a well-formed id that no server has."""
        return self.ledger.draw_id()

    def wrong_key(self) -> str:
        """Return a well-formed key that no server knows."""
        return f"{self.spec.key_prefix}{self.random.getrandbits(128):032x}"

    def create_campaign(self, *, key: str | None = None, **fields: Any) -> dict[str, Any]:
        """Create a campaign and return the answer."""
        body = {"name": self.name(), **fields}
        answer: dict[str, Any] = self.send("createCampaign", body=body, key=key).succeeds()
        return answer

    def add_lead(self, campaign_id: str, *, key: str | None = None, **fields: Any) -> dict[str, Any]:
        """Add a lead to a campaign of the run and return the answer."""
        path, body = {"campaign_id": campaign_id}, {"email": self.email("lead"), **fields}
        answer: dict[str, Any] = self.send("addLead", path=path, body=body, key=key).succeeds()
        return answer

    def inbox_body(self, **fields: Any) -> dict[str, Any]:
        """Return a body that connects an inbox."""
        example: dict[str, Any] = dict(
            next(iter(self.spec.operations["createSmtpSenderAccount"].body_examples.values()))
        )
        return {**example, "email_address": self.email("sender"), **fields}

    def create_inbox(self, *, key: str | None = None, **fields: Any) -> dict[str, Any]:
        """Connect an inbox and return the answer; unchecked where the server refuses the connection."""
        reply = self.send("createSmtpSenderAccount", body=self.inbox_body(**fields), key=key)
        if reply.status == 400 and not self.target.is_mock:
            raise UncheckedError("this server cannot connect an inbox of the suite's own")
        answer: dict[str, Any] = reply.succeeds()
        return answer

    def update_campaign(self, campaign_id: str, *, key: str | None = None, **fields: Any) -> Reply:
        """Send fields to a campaign."""
        return self.send("updateCampaign", path={"campaign_id": campaign_id}, body=fields, key=key)

    def variant(self, name: str = "A", percent: int = 100, **fields: Any) -> dict[str, Any]:
        """Return a version of the first mail."""
        return {
            "variant_name": name,
            "subject_template": f"Subject {name}",
            "email_content": f"Content of version {name}",
            "distribution_percent": percent,
            **fields,
        }

    def ready_campaign(self, **fields: Any) -> str:
        """Return the id of a draft with a lead, an inbox and a variant."""
        campaign_id = str(self.create_campaign(**fields)["campaign_id"])
        self.add_lead(campaign_id)
        parts: dict[str, Any] = {"inbox_ids": [self.live_id("inbox_id")], "variants": [self.variant()]}
        self.update_campaign(campaign_id, **parts).succeeds()
        return campaign_id

    def launched_campaign(self, **fields: Any) -> str:
        """Return the id of an ACTIVE campaign; the rule needs `launch`."""
        campaign_id = self.ready_campaign(**fields)
        self.update_campaign(campaign_id, launch=True).succeeds()
        return campaign_id

    def paused_campaign(self, **fields: Any) -> str:
        """Return the id of a PAUSED campaign; the rule needs `launch`."""
        campaign_id = self.launched_campaign(**fields)
        self.send("pauseCampaign", path={"campaign_id": campaign_id}).succeeds()
        return campaign_id

    # -------------------------------------------------------------- sharing

    def once(self, name: str, make: Callable[[], T]) -> T:
        """Return what `make` returned the first time in this run, or raise what it raised."""
        if name not in self._memos:
            with self.judge.aside():
                try:
                    self._memos[name] = (make(), None)
                except Exception as error:
                    self._memos[name] = (None, error)
        made, trouble = self._memos[name]
        if trouble is not None:
            raise trouble
        return made  # type: ignore[no-any-return]

    def live_id(self, name: str) -> str:
        """Return the id of a resource that rules share: its value for a path parameter.

        Raises UncheckedError when nothing creates such a resource.
        """
        return self.once(f"live {name}", lambda: self.make_live(name))

    def make_live(self, name: str) -> str:
        """Return the id of a new resource, as a value for a path parameter.

        Raises UncheckedError when nothing creates such a resource.
        """
        if name == "campaign_id":
            return str(self.create_campaign(name=self.name("shared by rules"))["campaign_id"])
        if name == "inbox_id":
            return str(self.create_inbox()["inbox_id"])
        if name == "lead_id":
            return str(self.add_lead(self.live_id("campaign_id"))["lead_id"])
        if name == "contact_id":
            return self._make_contact()
        if name == "thread_id":
            return self._make_thread()
        raise UncheckedError(f"nothing here makes a live {name}")

    def _make_contact(self) -> str:
        email = self.add_lead(self.live_id("campaign_id"))["email"]
        [contact] = self.send("listContacts", query={"search": email}).succeeds()["contacts"]
        contact_id = str(contact["contact_id"])
        self.ledger.claim("contact_id", contact_id, self.target.api_key)
        return contact_id

    def _make_thread(self) -> str:
        body = {"inbox_id": self.live_id("inbox_id"), "subject": self.name(), "body_text": "A text"}
        path = {"contact_id": self.live_id("contact_id")}
        return str(self.send("sendContactEmail", path=path, body=body).succeeds()["thread_id"])

    @property
    def campaign_id(self) -> str:
        """A DRAFT that rules share and must leave as it is."""
        return self.live_id("campaign_id")

    @property
    def inbox_id(self) -> str:
        """An ACTIVE inbox that rules share and must leave as it is."""
        return self.live_id("inbox_id")

    def now(self) -> datetime:
        """Return the client's time, in UTC."""
        return datetime.now(UTC)


def _as_params(query: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if query is None:
        return None
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}
