"""What a rule is given: the API as named operations, and live resources that are cleaned up."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any, TypeVar
from urllib.parse import quote

import requests

from mockserver.openapi.spec import Operation

from ..inputs.encoding import as_params, encode, write_csv
from ..inputs.samples import Sampler
from ..safety.ledger import Ledger
from ..safety.session import GuardedSession
from ..verdict.conformance import Conformance
from ..verdict.judge import Judge
from ..verdict.outcomes import DifferenceError, Exchange, UncheckedError
from .reply import Reply
from .resources import Maker

T = TypeVar("T")

_MOST_POLLS, _POLL_SECONDS = 10, 1

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
        random_seed: str,
    ) -> None:
        self.spec = session.spec
        self.target = session.target
        self.options = session.run_options
        self.session = session
        self.ledger = ledger
        self.judge = judge
        self.conformance = conformance
        self.random_seed = random_seed
        self.random = Random(f"api {random_seed}")
        self.last_exchange: Exchange | None = None
        self.maker = Maker(self)
        self.chosen: frozenset[str] = frozenset()
        """The ids of the rules of this run; what shows others need not be asked."""
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

        `body` is any JSON value, or the parts of a form, files as bytes; `data` raw bytes instead. `path`
        and `query` are values by name; a needed one that is not given is that of a live resource, a query
        value of None is left out. `key` is the API key, `""` sends none.
        """
        operation = self.spec.operations[operation_id]
        values = {p.name: (path or {}).get(p.name) for p in operation.parameters_in("path")}
        filled = {name: value or self.live_id(name, operation) for name, value in values.items()}
        relative = operation.path.removeprefix(self.spec.base_path)
        for name, value in filled.items():
            relative = relative.replace("{" + name + "}", quote(value, safe=""))
        if body is not UNSET:
            data, media_type = encode(operation, body)
            headers = {"Content-Type": media_type, **(headers or {})}
        query = {**self._needed_query(operation, query or {}), **(query or {})}
        response = self.ask(operation.method, relative, query=query, key=key, data=data, headers=headers)
        return Reply(response, operation, self)

    def _needed_query(self, operation: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
        sampler = Sampler(self.spec, self.ledger, lambda name: self.live_id(name, operation))
        return {
            parameter.name: sampler.value(parameter.schema, parameter.name)
            for parameter in operation.parameters_in("query")
            if parameter.required and parameter.name not in given
        }

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
                params=as_params(query),
                data=data,
                headers={**own, **(headers or {})},
            )
        except requests.RequestException as error:
            raise DifferenceError(f"{method} {relative}: no answer: {error}") from None

    def read(self, operation_id: str, **path: str) -> dict[str, Any]:
        """Return the body of a GET that must succeed."""
        answer: dict[str, Any] = self.send(operation_id, path=path).succeeds()
        return answer

    def finish_job(self, operation_id: str, answer: Mapping[str, Any], **path: str) -> dict[str, Any]:
        """Return what is told of a job once it has ended: of the one that an operation has started.

        One that takes too long ends the rule as a difference in something undocumented; raises
        UncheckedError where neither the status of jobs is told nor when they ended.
        """
        started = self.spec.operations[operation_id]
        link = next(iter(started.responses[started.status]["links"].values()))
        values = {name: path.get(name) or str(answer[name]) for name in link["parameters"]}
        for _ in range(_MOST_POLLS):
            told = self.read(link["operationId"], **values)
            job = told.get("job", told)
            if not {"status", "completed_at"} & job.keys():
                raise UncheckedError(f"{link['operationId']} does not tell the end of a job here")
            if job.get("status") in ("COMPLETED", "FAILED") or ("status" not in job and job["completed_at"]):
                return dict(job)
            self.options.sleep(_POLL_SECONDS)
        seconds = _MOST_POLLS * _POLL_SECONDS
        message = f"the job of {operation_id} does not end within {seconds} s"
        return self.judge.fail(message, documented=False)

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

    def create_contact(self, **fields: str) -> dict[str, Any]:
        """Import a contact, each field a column of the file, and return it as it is listed."""
        row = {"email": self.email("contact"), **fields}
        self.send("importContacts", body={"file": write_csv([row])}).succeeds()
        return self.find_contact(row["email"])

    def find_contact(self, email: str) -> dict[str, Any]:
        """Return the contact with an address of the run."""
        listed = self.send("listContacts", query={"search": email}).succeeds()["contacts"]
        self.judge.require(len(listed) == 1, f"{len(listed)} contacts have the address {email}, expected one")
        contact: dict[str, Any] = listed[0]
        return contact

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

    def live_id(self, name: str, user: Operation | None = None) -> str:
        """Return the id of a resource that rules share: its value for a path parameter of an operation.

        Raises UncheckedError when nothing creates such a resource.
        """
        return self.maker.share(name, user)

    def make_live(self, name: str, user: Operation | None = None) -> str:
        """Return the id of a new resource, as a value for a path parameter of an operation.

        Raises UncheckedError when nothing creates such a resource.
        """
        return self.maker.make(name, user)

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
