"""The client: it calls operations by name, and remembers what a run does only once."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import requests

from mockserver.openapi.formats import is_uuid
from mockserver.openapi.spec import Operation, Spec

from ..inputs.encoding import as_params, encode
from ..safety.ledger import Ledger
from ..safety.session import GuardedSession
from ..verdict.conformance import Conformance
from ..verdict.judge import Judge
from ..verdict.outcomes import (
    AbsentError,
    DifferenceError,
    Exchange,
    ForbiddenError,
    NoAnswerError,
    UncheckedError,
)
from .reply import Reply

T = TypeVar("T")

_MOST_POLLS, _POLL_SECONDS = 10, 1
_MOST_ATTEMPTS = 3


class Answered(Protocol):
    """A response, of whichever library."""

    status_code: int

    def json(self) -> Any:
        """Return the JSON value of the body; raises ValueError."""


@dataclass(slots=True)
class Histories:
    """What was asked in histories that were made on purpose."""

    requests: int = 0
    compared: set[str] = field(default_factory=set)
    """The operations whose answers were compared with the model's."""


UNSET: Any = object()
"""No body at all."""


class Client:
    """Sends requests to the server, through the session that guards each of them."""

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
        self.chosen: frozenset[str] = frozenset()
        """The ids of the rules of this run; requests that only concern other rules are left out."""
        self.present: set[str] = set()
        """The operations that the server has surely."""
        self.absent: set[str] = set()
        """The operations that the server seems to lack."""
        self.histories = Histories()
        self._failed: Counter[str] = Counter()
        self._memos: dict[str, tuple[Any, Exception | None, list[Exchange]]] = {}
        session.listeners.append(self._observe)

    def _observe(
        self, exchange: Exchange, _operation: Operation | None, _response: requests.Response
    ) -> None:
        self.last_exchange = exchange
        self.judge.exchanges.append(exchange)

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

        `body` is any JSON value, or the parts of a form, files as bytes; `data` is raw bytes instead.
        `path` has path values and `query` has query values by name, which `complete` completes. A query
        value of None is left out. `key` is the API key; `""` sends none. Raises KeyError for a missing path
        value.
        """
        operation = self.spec.operations[operation_id]
        path, query = self.complete(operation, path or {}, query or {})
        relative = operation.path.removeprefix(self.spec.base_path)
        for parameter in operation.parameters_in("path"):
            value = quote(path[parameter.name], safe="")
            relative = relative.replace("{" + parameter.name + "}", value)
        if body is not UNSET:
            data, media_type = encode(operation, body)
            headers = {"Content-Type": media_type, **(headers or {})}
        response = self.ask(operation.method, relative, query=query, key=key, data=data, headers=headers)
        self.check_presence(operation, path, response)
        return Reply(response, operation, self.spec, self.judge)

    def complete(
        self, operation: Operation, path: Mapping[str, str], query: Mapping[str, Any]
    ) -> tuple[Mapping[str, str], Mapping[str, Any]]:
        """Return all path and query values that a request of an operation sends: here the given ones."""
        del operation
        return path, query

    def check_presence(self, operation: Operation, path: Mapping[str, str], response: Answered) -> None:
        """Raise AbsentError when the server seems to lack the operation, ForbiddenError without credits."""
        if self.target.is_stand_in:
            return
        name = operation.operation_id
        if response.status_code == 402 and 402 in operation.statuses:
            raise ForbiddenError("the workspace has no credits left")
        if name in self.present:
            return
        if _is_unrouted(self.spec, response):
            if all(map(is_uuid, path.values())):  # a router may know no path with another id
                self.absent.add(name)
            raise AbsentError(f"this server has no {name}: {operation.method} {operation.path}")
        self.present.add(name)
        self.absent.discard(name)

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

        Raises DifferenceError when the server does not answer.
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
        """Wait for the end of the job that an operation has started, and return the job.

        A job that takes too long is an undocumented difference. Raises UncheckedError when the server
        shows neither the status of the job nor its end.
        """
        started = self.spec.operations[operation_id]
        link = next(iter(started.responses[started.status]["links"].values()))
        values = {name: path.get(name) or str(answer[name]) for name in link["parameters"]}
        for _ in range(_MOST_POLLS):
            reported = self.read(link["operationId"], **values)
            job = reported.get("job", reported)
            if not {"status", "completed_at"} & job.keys():
                raise UncheckedError(f"{link['operationId']} does not show the end of a job here")
            if job.get("status") in ("COMPLETED", "FAILED") or ("status" not in job and job["completed_at"]):
                return dict(job)
            self.options.sleep(_POLL_SECONDS)
        seconds = _MOST_POLLS * _POLL_SECONDS
        message = f"the job of {operation_id} does not end within {seconds} s"
        return self.judge.fail(message, documented=False)

    def name(self, text: str = "contract check") -> str:
        """Return a name that carries the marker of the run; every resource needs one."""
        return self.ledger.name(text)

    def email(self, local: str = "lead") -> str:
        """Return a new address that carries the marker of the run."""
        return self.ledger.email(local)

    def unknown_id(self) -> str:
        """Return a well-formed id that no server has."""
        return self.ledger.draw_id()

    def wrong_key(self) -> str:
        """Return a well-formed key that no server has."""
        return f"{self.spec.key_prefix}{self.random.getrandbits(128):032x}"

    def once(self, name: str, make: Callable[[], T], *, show: bool = False) -> T:
        """Call `make` once in this run; return its result, or raise its error, each time.

        With `show`, every rule that uses the result shows the requests of `make` in its verdict.
        """
        if name not in self._memos:
            made, trouble = None, None
            with self.judge.suspended():
                try:
                    made = make()
                except Exception as error:
                    trouble = error
                if isinstance(trouble, NoAnswerError):
                    self._failed[name] += 1
                    if self._failed[name] < _MOST_ATTEMPTS:
                        raise trouble  # the next rule may have more luck
                self._memos[name] = made, trouble, self.judge.exchanges
        made, trouble, exchanges = self._memos[name]
        if show or trouble:
            self.judge.exchanges += exchanges
        if trouble:
            raise trouble
        return made  # type: ignore[no-any-return]

    def now(self) -> datetime:
        """Return the client's time, in UTC; raise UncheckedError when the server's clock runs apart."""
        if self.target.own_clock:
            raise UncheckedError("the clock of this mock runs apart from the client's")
        return datetime.now(UTC)


def _is_unrouted(spec: Spec, response: Answered) -> bool:
    """Return whether an answer says that the server has no such path or method."""
    if response.status_code in (405, 501):
        return True
    if response.status_code != 404:
        return False
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return True
    # a resource that is not found has a sentence of its own
    return not isinstance(body, dict) or body.get("detail") in (
        None,
        spec.find_error("route_not_found").value["detail"],
    )
