"""What a test is given: an isolated workspace, clients for it, its mails and its journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from ..http.entry import Entry
from ..http.keys import Key
from ..mails.compose import compose_mail
from ..mails.outbox import list_sent
from ..mails.rendered_mail import RenderedMail
from ..reproduction.capsule import CapsuleWriter
from ..sending.time_travel import catch_up
from ..sending.why import CampaignWhy, LeadWhy, explain_campaign, explain_lead
from ..server.app import MockServer
from ..state.fault_rules import FaultRule, PreferenceError, check_fault, make_rule
from ..state.records import Campaign, Lead
from ..state.snapshot import Snapshot
from ..state.workspace import Workspace
from .clock import FixtureClock
from .errors import raising_value_errors
from .expectations import Expectation, check_operation
from .workspace import FixtureWorkspace, find_id

if TYPE_CHECKING:  # nobody needs both libraries
    import httpx
    import requests


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
    and httpx are made on first use.
    """

    def __init__(self, app: MockServer, key: str, url: str = "") -> None:
        spec = app.pipeline.spec
        self.app = app
        self.api_key = key
        self.base_url = (url or "http://coldsend.localhost") + spec.base_path
        self._spec = spec
        self._url = url
        self._opened_after = app.journal.last_number

    def __enter__(self) -> Coldsend:
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
    def session(self) -> requests.Session:
        """A session whose URLs may be paths, for example `/campaigns`."""
        transport = import_module(".requests_transport", __package__)
        adapter = None if self._url else transport.MockAdapter(self.app)
        session: requests.Session = transport.MockSession(self.base_url, self.headers, adapter)
        return session

    @cached_property
    def httpx(self) -> httpx.Client:
        """A client whose URLs may be paths, for example `/campaigns`."""
        options: dict[str, Any] = {"base_url": self.base_url, "headers": self.headers, "trust_env": False}
        if not self._url:
            options["transport"] = import_module(".httpx_transport", __package__).MockTransport(self.app)
        client: httpx.Client = import_module("httpx").Client(**options)
        return client

    @property
    def _workspace(self) -> Workspace:
        workspace = self.app.workspaces.get(self.api_key)
        workspace.is_changed = workspace.is_lent = True  # by the test, perhaps, which asks for it
        return workspace

    @property
    def workspace(self) -> FixtureWorkspace:
        """The records of the workspace, to read and to prepare."""
        return FixtureWorkspace(self._workspace, self.app.states)

    @property
    def clock(self) -> FixtureClock:
        """The clock of the workspace: `freeze`, `advance`, `set`, `resume`; what is due happens."""
        return FixtureClock(self._workspace)

    @property
    def outbox(self) -> list[RenderedMail]:
        """The mails that were sent, oldest first, as their recipients see them."""
        workspace = self._workspace
        with workspace.lock:
            return [compose_mail(workspace, record) for record in list_sent(workspace)]

    def reset(self) -> None:
        """Return the workspace to its starting state."""
        self._workspace.reset()

    def snapshot(self, name: str = "") -> Snapshot:
        """Return the present state, for `restore`; with a name, it can be restored by that, too.

        Raises ValueError for a name that is taken, or when there are too many.
        """
        workspace = self._workspace
        with workspace.lock:
            catch_up(workspace)
            snapshot = workspace.snapshot()
            if name:
                with raising_value_errors():
                    workspace.history.keep_snapshot(name, snapshot)
        return snapshot

    def restore(self, snapshot: Snapshot | str) -> None:
        """Return to a snapshot, or to the one of this name; raises ValueError when there is none."""
        workspace = self._workspace
        with workspace.lock, raising_value_errors():
            if isinstance(snapshot, str):
                snapshot = workspace.history.find_snapshot(snapshot)
            workspace.restore(snapshot)

    def capsule(self, path: str | PathLike[str]) -> None:
        """Write to a file what reproduces this test: `coldsend-mock replay FILE` does it again.

        Raises ValueError when a body must not be shown.
        """
        workspace, app = self._workspace, self.app
        writer = CapsuleWriter(app.states, app.pipeline.settings, app.journal, app.pipeline.keys)
        with workspace.lock, raising_value_errors():
            workspace.enter()
            try:
                text = "".join(writer.write(workspace))
            finally:
                workspace.leave()
        Path(path).write_text(text + "\n", "utf-8")

    @overload
    def why(self, record: Lead) -> LeadWhy: ...
    @overload
    def why(self, record: Campaign) -> CampaignWhy: ...
    @overload
    def why(self, record: str) -> LeadWhy | CampaignWhy: ...
    def why(self, record: Lead | Campaign | str) -> LeadWhy | CampaignWhy:
        """Return what a lead or a campaign sends next, and what it waits for: `why(lead).text`.

        It takes a record or an id. Raises ValueError for an unknown one.
        """
        record_id = find_id(record)
        with raising_value_errors():
            if self._workspace.leads.find(record_id):
                return explain_lead(self._workspace, record_id)
            return explain_campaign(self._workspace, record_id)

    @contextmanager
    def fork(self) -> Iterator[Coldsend]:
        """Give a workspace that is as this one is now, with a key and clients of its own.

        `with coldsend.fork() as other:` forgets it at the end.
        """
        workspace, forks = self._workspace, self.app.forks
        with workspace.lock, raising_value_errors():
            catch_up(workspace)
            key = forks.make(workspace, self.app.pipeline.keys.find(self.api_key))
        try:
            with Coldsend(self.app, key.value, self._url) as other:
                yield other
        finally:
            forks.drop(key.value)

    def fail(
        self,
        operation: str = "",
        *,
        method: str = "",
        path: str = "",
        every: int = 1,
        first: int = 0,
        chance: float = 1.0,
        example: str = "",
        status: int = 0,
        wait: float = 0,
        answer: Literal["", "dropped", "lost", "truncated"] = "",
    ) -> FaultRule:
        """Let calls fail: `coldsend.fail("createCampaign", example="rate_limited", first=1)`.

        The first six say which calls, as in a fault rule: `path` is a pattern such as `*/campaigns/*`,
        `first` 0 has no end. The others say what happens: a documented error by name, a status, a delay
        in seconds, a broken answer. Raises ValueError for a rule that makes no sense.
        """
        if every < 1 or first < 0 or not 0 <= chance <= 1:
            raise ValueError("every is at least 1, first at least 0, chance from 0 to 1")
        which = {"operation": operation, "method": method, "path": path}
        when = {"every": every, "first": first, "chance": chance}
        what = {"example": example, "status": status, "wait": wait, "answer": answer}
        workspace = self._workspace
        try:
            check_fault(what)
        except PreferenceError as error:
            raise ValueError(str(error)) from None
        with raising_value_errors():
            made = make_rule(self._spec, workspace.draw_fault_id(), {**which, **when, **what})
        workspace.faults.append(made)
        return made

    @property
    def journal(self) -> list[Entry]:
        """The exchanges with this workspace, oldest first, secrets taken out.

        A request without a usable key belongs to no workspace: those that this server has got since the
        fixture was made are among them, since a forgotten or misspelt key is what a test looks for.
        """
        return self.app.journal.select(workspace=self.api_key, since=self._opened_after)

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
