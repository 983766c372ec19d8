"""What a test is given: an isolated workspace, clients for it, and its past."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from typing import Any

from ..errors import ApiError
from ..http.journal import Entry
from ..http.keys import Key
from ..mails.compose import compose_mail
from ..mails.messages import Mail
from ..mails.outbox import list_sent
from ..server.app import MockServer
from ..state.fault_rules import FaultRule, PreferenceError, check_fault, make_rule
from ..state.workspace import Workspace
from .clock import Timekeeper
from .expectations import Expectation, check_operation
from .workbench import Workbench


@contextmanager
def open_workspace(app: MockServer, key: str) -> Iterator[str]:
    """Yield a key whose workspace begins as if it had never been used, and is forgotten at the end."""
    pipeline = app.pipeline
    is_strict = pipeline.settings.strict_keys
    app.workspaces.remove(key)
    if is_strict:
        pipeline.keys.declare(Key(key, workspace=key))
    try:
        yield key
    finally:
        app.workspaces.remove(key)
        app.journal.clear(key)
        if is_strict:
            pipeline.keys.forget(key)


class Coldsend:
    """One workspace of a server, and everything a test does with it.

    `url` is where the server listens; without one it is reached in this process. Clients of requests
    and httpx are made when they are asked for, so that nobody needs both libraries.
    """

    def __init__(self, app: MockServer, key: str, url: str = "") -> None:
        spec = app.pipeline.spec
        self.app = app
        self.api_key = key
        self.base_url = (url or "http://coldsend.localhost") + spec.base_path
        self._spec = spec
        self._is_remote = bool(url)

    def __enter__(self) -> "Coldsend":
        return self

    def __exit__(self, *_error: object) -> None:
        for client in ("session", "httpx"):
            if client in vars(self):
                vars(self).pop(client).close()

    @property
    def headers(self) -> dict[str, str]:
        """The header that carries the key."""
        return {self._spec.key_header: self.api_key}

    @cached_property
    def session(self) -> Any:
        """A requests.Session whose URLs may be paths, as `/campaigns`."""
        transport = import_module(".requests_transport", __package__)
        adapter = None if self._is_remote else transport.MockAdapter(self.app)
        return transport.MockSession(self.base_url, self.headers, adapter)

    @cached_property
    def httpx(self) -> Any:
        """An httpx.Client whose URLs may be paths, as `/campaigns`."""
        httpx = import_module("httpx")
        options: dict[str, Any] = {"base_url": self.base_url, "headers": self.headers, "trust_env": False}
        if not self._is_remote:
            options["transport"] = import_module(".httpx_transport", __package__).MockTransport(self.app)
        return httpx.Client(**options)

    @property
    def _workspace(self) -> Workspace:
        return self.app.workspaces.get(self.api_key)

    @property
    def workspace(self) -> Workbench:
        """The workspace, to look into and to prepare."""
        return Workbench(self._workspace, self.app.states)

    @property
    def clock(self) -> Timekeeper:
        """The time of the workspace: `freeze`, `advance`, `set`, `resume`; what is due happens."""
        return Timekeeper(self._workspace)

    @property
    def outbox(self) -> list[Mail]:
        """The mails that were sent, oldest first, as those who got them see them."""
        workspace = self._workspace
        with workspace.lock:
            return [compose_mail(workspace, record) for record in list_sent(workspace)]

    def reset(self) -> None:
        """Return the workspace to its starting state."""
        self._workspace.reset()

    def fail(self, operation: str = "", **rule: Any) -> FaultRule:
        """Let calls fail: `coldsend.fail("createCampaign", example="rate_limited", first=1)`.

        The fields are those of a fault rule: `method`, `path`, `every`, `first`, `chance` say which
        calls, `example`, `status`, `wait`, `answer` what happens. Raises ValueError for a rule that
        makes no sense.
        """
        unknown = set(rule) - _RULE_FIELDS
        if unknown:
            raise ValueError(f"a fault has no {sorted(unknown)[0]}; it has {', '.join(sorted(_RULE_FIELDS))}")
        workspace = self._workspace
        try:
            check_fault(rule)
            made = make_rule(self._spec, workspace.draw_fault_id(), {"operation": operation, **rule})
        except PreferenceError as error:
            raise ValueError(str(error)) from None
        except ApiError as error:
            facts = ", ".join(map(str, error.facts.values()))
            raise ValueError(f"{error.name.replace('_', ' ')}: {facts}" if facts else error.name) from None
        workspace.faults.append(made)
        return made

    @property
    def journal(self) -> list[Entry]:
        """The exchanges with this workspace, oldest first, secrets taken out."""
        return list(self.app.journal.select(workspace=self.api_key))

    def assert_called(
        self,
        operation: str,
        *,
        json: Any = None,
        query: Mapping[str, Any] | None = None,
        path: str | None = None,
        status: int | None = None,
        times: int | None = None,
    ) -> list[Entry]:
        """Return the calls of an operation that were as expected.

        Of `json` and `query` only the fields that are named count; `path` is the end of the path.
        Raises AssertionError, which shows the nearest calls and what was different, unless there were
        `times` of them (None: at least one).
        """
        __tracebackhide__ = True
        check_operation(operation, self._spec.operations)
        expectation = Expectation(
            operation,
            self.app.journal.redactor,
            body=json,
            query=dict(query or {}),
            path=path,
            status=status,
        )
        return expectation.check(self.journal, times)


_RULE_FIELDS = {"method", "path", "every", "first", "chance", "example", "status", "wait", "answer"}
