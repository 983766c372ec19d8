"""Worlds: fresh mocks that differ in what their leads do, since no recording tells it.

How it works: each request is asked of several mocks. In one of them nothing ever happens by itself: no mail
goes out. In the others each lead of a launched campaign gets its mail at once, and answers, bounces or
unsubscribes. Where their answers differ, the right answer depends on the leads, so it is not known. Why so:
what depends on the leads need not be listed anywhere.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mockserver import Settings
from mockserver.errors import ApiError
from mockserver.http.due_work import DueWork
from mockserver.mails.incoming_events import receive_reply, record_lead_event, set_campaign_status
from mockserver.model.contacts import add_tag
from mockserver.openapi.spec import Operation, Spec
from mockserver.server.app import create_app
from mockserver.state.jobs import advance_jobs
from mockserver.state.snapshot import Snapshot
from mockserver.state.workspace import Workspace
from mockserver.testing.in_process import send

from ..comparison.alignment import Alignment
from ..comparison.answers import Answer, Difference
from ..comparison.comparison import Terms, compare

_MOST_LEADS = 2000
"""Of so many leads of a workspace something happens."""
_KINDS = (("opened", "replied"), ("bounced",), ("opened", "unsubscribed"))
"""What the leads of each lively world do."""


class _Still(DueWork):
    """Ends jobs, and lets no mail go out."""

    def advance(self, workspace: Workspace) -> None:
        advance_jobs(workspace)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, with the ids of one world."""

    method: str
    url: str
    """Path and query."""
    headers: Mapping[str, str]
    body: bytes

    def translate(self, change: Callable[[str], str]) -> "Asked":
        """Return the request with the ids of another world; a body that is no text stays as it is."""
        body = self.body
        with suppress(UnicodeDecodeError):
            body = change(body.decode()).encode()
        return replace(self, url=change(self.url), body=body)


class World:
    """A mock without a socket, in which each key has a workspace of its own."""

    def __init__(self, spec: Spec, kinds: tuple[str, ...]) -> None:
        settings = Settings(quiet=True, no_control=True, journal=0, random_seed="-".join(kinds) or "still")
        self._spec = spec
        self._app = create_app(settings, spec)
        self._kinds = kinds
        self._touched: dict[str, set[str]] = {}
        if not kinds:
            self._app.pipeline.due_work = _Still(self._app.workspaces)

    def _find(self, key: str) -> Workspace:
        return self._app.workspaces.get(self._app.pipeline.keys.find(key).workspace)

    def set_time(self, key: str, at: datetime) -> None:
        """Let it be a time in the workspace of a key."""
        workspace = self._find(key)
        with workspace.lock:
            workspace.clock.freeze(at)

    def ask(self, key: str, request: Asked) -> Answer:
        """Answer a request; what the leads do then has happened when the next one comes."""
        given = {**request.headers, self._spec.key_header.casefold(): key}
        received = send(self._app, request.method, request.url, given, request.body)
        answer = Answer(received.status, {n.casefold(): v for n, v in received.headers}, received.body)
        if self._kinds and request.method != "GET":
            self.let_happen(key)
        return answer

    def list_statuses(self, key: str) -> dict[str, str]:
        """Return the statuses of the campaigns of a key, by their ids."""
        workspace = self._find(key)
        with workspace.lock:
            return {each.campaign_id: each.status for each in workspace.campaigns}

    def list_sender_accounts(self, key: str) -> list[str]:
        """Return the ids of the sender accounts of a key."""
        workspace = self._find(key)
        with workspace.lock:
            return [each.inbox_id for each in workspace.sender_accounts]

    def set_statuses(self, key: str, statuses: Mapping[str, str]) -> None:
        """Set statuses of campaigns, where they have others."""
        workspace = self._find(key)
        for campaign_id, status in statuses.items():
            campaign = workspace.campaigns.find(campaign_id)
            if campaign and campaign.status != status:
                set_campaign_status(workspace, campaign_id, status)

    def add_tag(self, key: str, number: int) -> str:
        """Add a tag to the workspace of a key; return its id. Its name is another one in each world."""
        workspace = self._find(key)
        with workspace.lock:
            return add_tag(workspace, f"tag {number} {'-'.join(self._kinds)}").tag_id

    def snapshot(self, key: str) -> Snapshot:
        """Return the state of the workspace of a key."""
        return self._find(key).snapshot()

    def restore(self, key: str, snapshot: Snapshot) -> None:
        """Return to a state."""
        self._find(key).restore(snapshot)
        self._touched.pop(key, None)

    def let_happen(self, key: str) -> None:
        """Let the leads of launched campaigns do what they do in this world, each once."""
        workspace = self._find(key)
        touched = self._touched.setdefault(key, set())
        with workspace.lock:
            drafts = {each.campaign_id for each in workspace.campaigns if each.status == "DRAFT"}
            leads = [each for each in workspace.leads if each.campaign_id not in drafts]
            text = " ".join(["Tell me more.", *_list_phrases(workspace)])
            for lead in leads:
                if lead.lead_id in touched or len(touched) >= _MOST_LEADS:
                    continue
                touched.add(lead.lead_id)
                for kind in self._kinds:
                    with suppress(ApiError):
                        if kind == "replied":
                            receive_reply(workspace, lead.lead_id, text)
                        else:
                            record_lead_event(workspace, lead.lead_id, kind)


class Worlds:
    """The world where nothing happens, and those where much does."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._still = World(spec, ())
        self._lively = [World(spec, kinds) for kinds in _KINDS]
        self._alignments: dict[str, list[Alignment]] = {}
        self._tags = 0

    def set_time(self, key: str, at: datetime) -> None:
        """Let it be a time everywhere."""
        for world in (self._still, *self._lively):
            world.set_time(key, at)

    def ask(
        self, key: str, operation: Operation, request: Asked, *, is_success: bool
    ) -> tuple[Answer, list[Difference]]:
        """Return the answer of the still world, and where the others differ from it.

        A world that does not do what the server and the still world did is not the one of the recording. Its
        campaigns go on as those of the still world, since a campaign may end too early there. If it still
        does not do it, the whole world becomes as the still one is.
        """
        statuses = self._still.list_statuses(key) if request.method != "GET" else {}
        models = self._still.ask(key, request)
        alignments = self._find_alignments(key)
        vague: list[Difference] = []
        for number, (world, alignment) in enumerate(zip(self._lively, alignments, strict=True)):
            own = request.translate(alignment.as_theirs)
            answer = world.ask(key, own)
            if answer.is_success != models.is_success == is_success and is_success:
                world.set_statuses(key, {alignment.as_theirs(name): each for name, each in statuses.items()})
                answer = world.ask(key, own)
            if answer.is_success != models.is_success == is_success:
                world.restore(key, self._still.snapshot(key))
                world.let_happen(key)
                alignments[number] = Alignment()
            else:
                terms = Terms(strict=True)
                vague += compare(self._spec, operation, answer, models, alignment=alignment, terms=terms)
        return models, vague

    def add_tag(self, key: str) -> str:
        """Add a tag of an unknown name everywhere; return its id in the still world."""
        self._tags += 1
        models = self._still.add_tag(key, self._tags)
        for world, alignment in zip(self._lively, self._find_alignments(key), strict=True):
            alignment.pair(world.add_tag(key, self._tags), models)
        return models

    def list_sender_accounts(self, key: str) -> list[str]:
        """Return the ids of the sender accounts in the still world."""
        return self._still.list_sender_accounts(key)

    def _find_alignments(self, key: str) -> list[Alignment]:
        return self._alignments.setdefault(key, [Alignment() for _ in self._lively])

    def snapshot(self, key: str) -> list[Snapshot]:
        """Return the states of the workspaces of a key."""
        return [world.snapshot(key) for world in (self._still, *self._lively)]

    def restore(self, key: str, snapshots: list[Snapshot]) -> None:
        """Return to states."""
        for world, snapshot in zip((self._still, *self._lively), snapshots, strict=True):
            world.restore(key, snapshot)


def _list_phrases(workspace: Workspace) -> list[str]:
    """Return the phrases that replies are searched for."""
    found: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, (dict, list, tuple)):
            for inner in value.values() if isinstance(value, dict) else value:
                collect(inner)

    for subsequence in workspace.subsequences:
        collect(subsequence.trigger_params)
    return found
