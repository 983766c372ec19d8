"""What a run has made, and the markers that show it."""

import uuid
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from mockserver.openapi.formats import is_uuid
from mockserver.openapi.schemas import Schema
from mockserver.openapi.spec import JSON_TYPE, Operation, Spec

from .documented import (
    find_label,
    find_own_id,
    list_id_names,
    list_inner_ids,
    list_made_ids,
    list_objects,
)
from .run_file import RunFile

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_MOST_UNCONFIRMED = 10_000
MAIL_DOMAIN = "contract-check.example.com"
"""The addresses of a run stand in a subdomain with the name of the run."""


def is_named(marker: str, text: str) -> bool:
    """Return whether a name begins with the marker of a run, in either form."""
    return text.strip().casefold().startswith((marker, _as_word(marker)))


def carries(marker: str, text: str) -> bool:
    """Return whether a name begins with the marker of a run, or an address or domain ends with its domain."""
    domain = f"{marker.strip('[]')}.{MAIL_DOMAIN}"
    folded = text.strip().casefold()
    return is_named(marker, text) or folded == domain or folded.endswith((f"@{domain}", f".{domain}"))


def _as_word(marker: str) -> str:
    return f"{marker.strip('[]')}: "


class Ledger:
    """The ids that a run made or drew; it may change and delete no others.

    A run made what a POST of it answered: the id that openapi.yaml puts at the top of the answer. What was
    listed before its first request is never its own, even if a POST answers its id.
    """

    def __init__(self, spec: Spec, random: Random) -> None:
        run = "ct" + "".join(random.choices(_ALPHABET, k=4))
        self.marker = f"[{run}]"
        self.domain = f"{run}.{MAIL_DOMAIN}"
        self.begin_file: Callable[[], RunFile] | None = None
        """Begins the file where the ids are written down; None where nothing is."""
        self.file: RunFile | None = None
        self._random = random
        self._id_names = list_id_names(spec)
        self._posted = {
            name
            for operation in spec.operations.values()
            if not operation.parameters_in("path")
            for name in list_made_ids(operation, self._id_names)
        }
        self._own: set[str] = set()
        self._drawn: set[str] = set()
        self._foreign: set[str] = set()
        self._existing: set[str] = set()
        self.unlisted: set[str] = set()
        """Names of ids of which not all were listed at the start."""
        self.unconfirmed: set[str] = set()
        """Names and addresses of what requests wanted to make, where no answer gave the id."""
        self.made: list[tuple[str, str, str]] = []
        """(name of the id, id, key that made it), oldest first, without deleted ones."""

    def name(self, text: str = "contract check") -> str:
        """Return a marked name."""
        return f"{self.marker} {text}"

    def small_name(self, text: str) -> str:
        """Return a marked name that begins with a small letter, which a server must not change."""
        return _as_word(self.marker) + text

    def email(self, local: str = "contact") -> str:
        """Return a new marked address."""
        return f"{local}.{self.token()}@{self.domain}"

    def host(self) -> str:
        """Return a new domain of the run."""
        return f"h{self.token()}.{self.domain}"

    def token(self) -> str:
        """Return a new short text."""
        return f"{self._random.getrandbits(40):010x}"

    def draw_id(self) -> str:
        """Return an id that no server has."""
        drawn = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        self._drawn.add(drawn)
        return drawn

    def owns(self, value: str) -> bool:
        """Return whether this run made or drew an id; also for a text that is no id."""
        folded = value.casefold()
        return folded in self._own or folded in self._drawn or not is_uuid(value)

    def find_foreign(self, value: Any) -> str | None:
        """Return the first id in a JSON value that this run does not own."""
        return next((text for text in _texts(value) if not self.owns(text)), None)

    def carries_marker(self, text: str) -> bool:
        """Return whether a name begins with the marker of this run, or an address is one of this run."""
        return carries(self.marker, text)

    def allow(self, value: str) -> None:
        """Allow an id that the owner of the account has named."""
        self._drawn.add(value.casefold())

    def note_existing(self, answer: Any) -> None:
        """Remember all ids of an answer as those of somebody else, for ever."""
        self._existing |= {text.casefold() for text in _texts(answer) if is_uuid(text)}

    def existed(self, value: str) -> bool:
        """Return whether an id was listed at the start of the run."""
        return value.casefold() in self._existing

    def begin(self, operation: Operation) -> None:
        """Begin the file before the first request that may make something."""
        if operation.method == "POST" and self.begin_file and self.file is None:
            self.file = self.begin_file()

    def note_unconfirmed(self, operation: Operation, value: Any) -> None:
        """Remember what a POST wanted to make, where no answer gave the id: the server may have made it."""
        if operation.method == "POST" and len(self.unconfirmed) < _MOST_UNCONFIRMED:
            marked = (text for text in _texts(value) if self.carries_marker(text))
            self.unconfirmed |= {text.strip().casefold() for text in marked}

    def claim(self, id_name: str, value: str, key: str) -> None:
        """Record an id as made by a run of this suite, unless it existed before."""
        folded = value.casefold()
        if folded in self._existing:
            return
        if self.file:
            self.file.add(id_name, value, key)
        self._own.add(folded)
        self._foreign.discard(folded)
        self.made.append((id_name, value, key))

    def record(self, operation: Operation, path: dict[str, str], answer: Any, key: str) -> None:
        """Record from a success the ids that the run made, and those that it did not make."""
        schema = operation.answer if operation.answer_type == JSON_TYPE else {}
        within = bool(path) and all(map(self.owns, path.values()))
        if operation.method in ("GET", "POST"):
            if within:
                inner = {text.casefold() for text in list_inner_ids(schema, answer, self._id_names)}
                self._own |= inner - self._existing
            self._claim_rows(schema, answer, key, within=within or operation.method == "POST")
        if operation.method == "GET":
            found = {text.casefold() for text in _texts(answer) if is_uuid(text)}
            self._foreign |= found - self._own - self._drawn
        if operation.method == "POST" and isinstance(answer, dict):
            for id_name in list_made_ids(operation, self._id_names):
                value = answer.get(id_name)
                if (
                    isinstance(value, str)
                    and self._is_new(value)
                    and self._may_claim(schema, id_name, answer)
                ):
                    self.claim(id_name, value, key)
        if operation.method == "DELETE" and operation.path.endswith("}"):
            self.forget(list(path.values())[-1])

    def forget(self, value: str) -> None:
        """Record an id as deleted."""
        gone = value.casefold()
        self.made = [item for item in self.made if item[1].casefold() != gone]
        if self.file:
            self.file.remove(value)

    def _is_new(self, value: str) -> bool:
        return is_uuid(value) and value.casefold() not in self._foreign | self._own

    def _may_claim(self, schema: Schema, id_name: str, answer: dict[str, Any]) -> bool:
        """Return False for an answer with a name of somebody else, where not all was listed at the start."""
        label = answer.get(find_label(schema) or "")
        return id_name not in self.unlisted or not isinstance(label, str) or self.carries_marker(label)

    def _claim_rows(self, schema: Schema, answer: Any, key: str, *, within: bool) -> None:
        """Claim rows with an address of this run that no POST answers, such as contacts and what jobs made.

        Outside of the resources of the run, a row never claims what a POST answers by itself.
        """
        for fields, row in list_objects(schema, answer):
            id_name, label = find_own_id(fields, self._id_names), find_label(fields)
            if id_name is None or label in (None, "name") or (id_name in self._posted and not within):
                continue
            value, text = row.get(id_name), row.get(label)
            is_own = isinstance(text, str) and self.carries_marker(text)
            if is_own and isinstance(value, str) and is_uuid(value) and value.casefold() not in self._own:
                self.claim(id_name, value, key)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
