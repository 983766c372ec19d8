"""A capsule: a state of a workspace, and all that has happened since, to be done again on another machine.

Secrets are not in it. Keys have other values, to which the counts of the rate limits are moved; the bodies of
requests hold values that are answered alike.
"""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from ..errors import ApiError
from ..http.entry import Entry
from ..http.journal import Journal
from ..http.keys import Key, KeyRing
from ..http.rate_limits import digest_key
from ..http.redactor import Redactor
from ..seeding.documents import StateFormat
from ..settings import Settings
from ..state.past import Base, PastCall
from ..state.snapshot import Snapshot
from ..state.workspace import Workspace
from ..version import __version__

FORMAT = 1
SETTINGS = ("rate_limit", "job_seconds", "credits", "max_violations", "max_body", "max_faults", "cors_origin",
            "allowed_host")  # fmt: skip
"""The settings that decide what is answered, and that neither a state nor the options of a workspace tell."""
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(slots=True)
class _Shown(Entry):
    """An exchange whose request may be shown."""

    is_hidden: bool = False
    """Whether its body may not be, so it is empty here."""


class CapsuleWriter:
    """Writes capsules of the workspaces of one server."""

    def __init__(self, states: StateFormat, settings: Settings, journal: Journal, keys: KeyRing) -> None:
        self._states = states
        self._settings = settings
        self._journal = journal
        self._keys = keys

    def write(self, workspace: Workspace) -> Iterator[str]:
        """Yield a capsule as JSON text; the caller holds the lock of the workspace and has entered it.

        It begins at the first state from which on everything is known. Raises ApiError `capsule_impossible`
        when an exchange after the last state has a body that must not be shown.
        """
        found = self._journal.list_originals(workspace.name)
        entries = [_mask(entry, self._journal.redactor) for entry in found]
        hidden = [entry for entry in entries if entry.is_hidden and 200 <= entry.status < 400]
        bases = [base for base in workspace.past.bases if not hidden or base.place > hidden[-1].place]
        if not bases:
            raise ApiError("capsule_impossible", number=hidden[-1].number)
        first = bases[0].place
        entries = [entry for entry in entries if entry.place > first]
        calls = [call for call in workspace.past.calls if call.place > first]
        last = max([first, *(entry.place for entry in entries), *(call.place for call in calls)])
        used = [base for base in bases if base.place <= last]
        keys = self._name_keys(workspace, entries)
        return self._write(workspace, keys, sorted([*used, *calls, *entries], key=lambda each: each.place))

    def _name_keys(self, workspace: Workspace, entries: list[_Shown]) -> dict[str, Key]:
        """Return key → the one that stands for it."""
        header, prefix = self._states.spec.key_header.lower(), self._states.spec.key_prefix
        values = dict.fromkeys(entry.request_headers.get(header, "") for entry in entries)
        values.setdefault(self._keys.find_key(workspace.name) or workspace.name)
        named: dict[str, Key] = {}
        for value in filter(None, values):
            name = f"{prefix}capsule_{len(named) + 1}"
            named[value] = Key(name, f"{prefix}capsule_1", self._find_scopes(value))
        return named

    def _find_scopes(self, value: str) -> tuple[str, ...]:
        try:
            return self._keys.find(value).scopes
        except ApiError:  # forgotten or revoked since
            return ("*",)

    def _write(
        self, workspace: Workspace, keys: Mapping[str, Key], items: list[Base | PastCall | _Shown]
    ) -> Iterator[str]:
        options = workspace.options
        head = {
            "capsule": FORMAT,
            "version": __version__,
            "settings": {name: getattr(self._settings, name) for name in SETTINGS},
            "reaction_rates": dict(options.reaction_rates),
            "reaction_delays": dict(options.reaction_delays),
            "keys": [{"key": key.value, "scopes": key.scopes} for key in keys.values()],
        }
        yield _encode(head).removesuffix("}") + ',"steps":['
        for index, item in enumerate(items):
            yield "," if index else ""
            if isinstance(item, Base):
                yield (
                    _encode({"place": item.place, "at": item.at.isoformat()}).removesuffix("}") + ',"state":'
                )
                yield from self._states.write_text(_move_counts(item.make(), keys))
                yield "}"
            elif isinstance(item, PastCall):
                yield _encode(self._describe_call(item))
            else:
                yield _encode(self._describe_entry(item, keys, after=items[index - 1].place))
        yield "]}"

    def _describe_call(self, call: PastCall) -> dict[str, Any]:
        redactor = self._journal.redactor
        return {
            "place": call.place,
            "at": call.at.isoformat(),
            "call": {
                "operation": call.operation,
                "ids": call.ids,
                "query": call.query,
                "body": redactor.redact(call.body),
            },
            "status": call.status,
            "answer": show_answer(call.answer, redactor),
        }

    def _describe_entry(self, entry: _Shown, keys: Mapping[str, Key], after: int) -> dict[str, Any]:
        redactor, body = self._journal.redactor, entry.request
        headers = replace(entry, request_head=redactor.redact_head(entry.request_head)).request_headers
        header = self._states.spec.key_header.lower()
        if entry.request_headers.get(header):
            headers[header] = keys[entry.request_headers[header]].value
        if "content-length" in headers:
            headers["content-length"] = str(len(body))
        described: dict[str, Any] = {
            "place": entry.place,
            "at": entry.moment and entry.moment.isoformat(),
            "number": entry.number,
            "request": {
                "method": entry.method,
                "path": redactor.redact_text(entry.path),
                "query": redactor.redact_query(entry.query),
                "headers": headers,
                **_write_body(body),
            },
        }
        if not entry.is_hidden:
            described["status"] = entry.status
        if not entry.is_hidden and not entry.is_cut:
            described["answer"] = show_answer(entry.response, redactor)
        if entry.opened and entry.opened < after:  # something else happened before it was answered
            described["opened"] = entry.opened
        return described


def show_answer(data: bytes, redactor: Redactor) -> str:
    """Return the body of an answer as a capsule has it."""
    return redactor.redact_body(data).decode("utf-8", "replace")


def _mask(entry: Entry, redactor: Redactor) -> _Shown:
    """Return an exchange with a body that may be shown.

    Without its body, a request is refused. So one that was refused does the same: it is counted.
    """
    body = redactor.mask_body(entry.request) if _is_whole(entry) else None
    values = {item.name: getattr(entry, item.name) for item in fields(entry)}
    return _Shown(**{**values, "request": body or b""}, is_hidden=body is None)


def _is_whole(entry: Entry) -> bool:
    """Return whether the body of a request was read; one that is too large never is."""
    headers = entry.request_headers
    if "transfer-encoding" in headers:
        return bool(entry.request)
    return headers.get("content-length", "0") in ("0", str(len(entry.request)))


def _move_counts(snapshot: Snapshot, keys: Mapping[str, Key]) -> Snapshot:
    """Return a state that counts the requests of other keys instead."""
    digests = {digest_key(value): digest_key(key.value) for value, key in keys.items()}
    counts = {
        (digests[digest], seconds): counted
        for (digest, seconds), counted in (snapshot.rate_counts or {}).items()
        if digest in digests
    }
    return replace(snapshot, rate_counts=counts)


def _write_body(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode()} if body else {}
    except UnicodeDecodeError:
        return {"base64": b64encode(body).decode()}
