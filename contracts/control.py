"""The control API of a mock that runs elsewhere: it makes happen what no request of the API can."""

import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from mockserver.cli.remote import Remote, RemoteError

from . import interruption
from .options import TAG_NAME
from .verdict.outcomes import UncheckedError

_SETTERS = {"inbox_id": "setSenderAccountStatus", "campaign_id": "setCampaignStatus"}
_MOST_RECORDS = 10_000
"""A workspace with more of them is not imported again for a tag."""


def add_tag(origin: str, key: str, seconds: float) -> str:
    """Return the id of a new tag in a workspace that is the run's own.

    No operation makes a tag, so the state is imported again with one. Each call may take so many seconds.
    Returns an empty text when the mock refuses, or when the workspace is large.
    """
    workspace = Remote(origin, key, seconds=seconds)
    tag_id = str(uuid4())
    try:
        with interruption.waiting():
            if sum(workspace.call("showWorkspace")["counts"].values()) > _MOST_RECORDS:
                return ""
            state = workspace.call("exportState")
            del state["clock"]  # so it goes on as it does
            state["contact_tags"].append({"tag_id": tag_id, "name": TAG_NAME})
            workspace.call("importState", state)
    except RemoteError:
        return ""
    return tag_id


def reset_workspaces(origin: str, keys: tuple[str, ...], seconds: float) -> Iterator[str]:
    """Reset workspaces that are the run's own, so that the mock may forget them; yield what went wrong.

    The mock may take so many seconds for each.
    """
    for key in keys:
        try:
            with interruption.waiting():
                Remote(origin, key, seconds=seconds).call("resetWorkspace")
        except RemoteError as error:
            yield f"what the run made in a workspace of its own: {error}"


class RemoteStage:
    """Workspaces for histories; see `options.Stage`. Each history gets new ones."""

    def __init__(self, origin: str, key_prefix: str, seconds: float) -> None:
        """`origin` is scheme, host and port; each call may take so many seconds."""
        self._origin = origin
        self._key_prefix = key_prefix
        self._seconds = seconds
        self.keys = ("", "")
        self.tag_id = ""
        self.events = RemoteEvents(origin)
        self.credits: int | None = None

    def begin(self) -> None:
        """Begin a history in new workspaces; raises UncheckedError when the mock has none."""
        self.close()
        drawn = f"a{secrets.token_hex(8)}"
        first, second = self._key_prefix + drawn, self._key_prefix + drawn.upper()
        self.keys = first, second  # which differ in letter case alone, and so do keys
        self.events = RemoteEvents(self._origin, first, second)
        self.tag_id = add_tag(self._origin, first, self._seconds)
        if not self.tag_id:
            raise UncheckedError("the mock has no empty workspaces for histories")

    def close(self) -> None:
        """Leave the last workspaces empty."""
        for _ in reset_workspaces(self._origin, tuple(filter(None, self.keys)), self._seconds):
            pass  # what is left there belongs to this run alone
        self.keys = ("", "")

    def is_empty(self) -> bool:
        """Return whether new workspaces hold nothing; those of a mock with a seed do."""
        try:
            self.begin()
            key = self._key_prefix + secrets.token_hex(8)  # not one of the two, which a server may confuse
            view = Remote(self._origin, key, seconds=self._seconds).call("showWorkspace")
            self.credits = view.get("credits")  # which earlier versions do not tell
        except (RemoteError, UncheckedError):
            return False
        finally:
            self.close()
        return not sum(view["counts"].values())


class RemoteEvents:
    """Events in workspaces that are the run's own; see `options.IncomingEvents`.

    Each method raises UncheckedError when the mock does not do it.
    """

    def __init__(self, origin: str, *keys: str) -> None:
        """`origin` is scheme, host and port; events happen in the workspace of the first key."""
        self._workspaces = [Remote(origin, key) for key in keys if key]
        self._is_frozen = False

    def receive_reply(self, lead_id: str, text: str, category: str | None = None) -> None:
        """Let a lead reply."""
        self._call("receiveReply", {"text": text, "category": category}, lead_id=lead_id)

    def record_event(self, lead_id: str, kind: str) -> None:
        """Record an event of a lead."""
        self._call("recordLeadEvent", {"event": kind}, lead_id=lead_id)

    def set_values(self, id_name: str, record_id: str, values: Mapping[str, Any]) -> None:
        """Set the status of a sender account or a campaign."""
        self._call(_SETTERS[id_name], dict(values), None, **{id_name: record_id})

    def now(self) -> datetime:
        """Return the time of the workspace, in UTC."""
        return datetime.fromisoformat(self._call("showClock")["now"])

    def move_clock(self, seconds: float) -> None:
        """Let time pass; from then on it stands still between moves."""
        if not self._is_frozen:
            self._set_clock(self.now(), frozen=True)
        for workspace in self._workspaces:
            self._call("advanceClock", {"seconds": seconds}, workspace)

    def restore_clock(self) -> None:
        """Return to the real time."""
        self._set_clock(datetime.now(UTC), frozen=False)

    def _set_clock(self, now: datetime, *, frozen: bool) -> None:
        for workspace in self._workspaces:
            self._call("setClock", {"now": now.isoformat(), "frozen": frozen}, workspace)
        self._is_frozen = frozen

    def _call(self, operation_id: str, body: Any = None, workspace: Remote | None = None, **ids: str) -> Any:
        try:
            with interruption.waiting():
                return (workspace or self._workspaces[0]).call(operation_id, body, None, **ids)
        except RemoteError as error:
            raise UncheckedError(f"the mock did not do {operation_id}: {error}") from None
