"""What a run has made, and the markers that show it."""

import re
import uuid
from collections.abc import Iterator
from random import Random
from typing import Any

from mockserver.openapi.formats import is_uuid
from mockserver.openapi.spec import Operation, Spec

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
MARKER = re.compile(r"\[ct[0-9a-z]{4}\]")
"""The beginning of the name of every resource that a run makes."""
MARKER_START = "[ct"
MAIL_DOMAIN = "contract-check.example.com"
"""The addresses of a run stand in a subdomain with the name of the run."""
MARKED_ADDRESS = re.compile(
    r"(?:\A|@)(?:[\w-]+\.)*ct[0-9a-z]{4}\." + re.escape(MAIL_DOMAIN) + r"\Z", re.IGNORECASE
)
"""The end of every address and domain that a run makes."""


def is_marked(text: str) -> bool:
    """Return whether a name or an address carries the marker of any run."""
    return bool(MARKER.search(text) or MARKED_ADDRESS.search(text))


class Ledger:
    """The ids that a run made or drew; it may change and delete no others."""

    def __init__(self, spec: Spec, random: Random) -> None:
        run = "ct" + "".join(random.choices(_ALPHABET, k=4))
        self.marker = f"[{run}]"
        self.domain = f"{run}.{MAIL_DOMAIN}"
        self._random = random
        self._id_names = {p.name for o in spec.operations.values() for p in o.parameters_in("path")}
        self._own: set[str] = set()
        self._drawn: set[str] = set()
        self._foreign: set[str] = set()
        self.made: list[tuple[str, str, str]] = []
        """(name of the id, id, key that made it), oldest first, without deleted ones."""

    def name(self, text: str = "contract check") -> str:
        """Return a marked name."""
        return f"{self.marker} {text}"

    def email(self, local: str = "person") -> str:
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

    def claim(self, id_name: str, value: str, key: str) -> None:
        """Record an id as made by a run of this suite."""
        self._own.add(value.casefold())
        self._foreign.discard(value.casefold())
        self.made.append((id_name, value, key))

    def allow(self, value: str) -> None:
        """Allow an id that the owner of the account has named."""
        self._drawn.add(value.casefold())

    def carries_marker(self, text: str) -> bool:
        """Return whether a text carries the marker of this run."""
        return self.marker in text or text.casefold().endswith((f"@{self.domain}", f".{self.domain}"))

    def _claim_related(self, row: dict[str, Any], key: str) -> None:
        """Claim the ids beside a text of this run, for example of what a job made."""
        if not any(isinstance(text, str) and self.carries_marker(text) for text in row.values()):
            return
        for name in self._id_names & row.keys():
            value = row[name]
            if isinstance(value, str) and is_uuid(value) and value.casefold() not in self._own:
                self.claim(name, value, key)

    def record(self, operation: Operation, path: dict[str, str], answer: Any, key: str) -> None:
        """Record from a success the ids that the run made, and those that it did not make."""
        for row in _rows(answer):
            self._claim_related(row, key)
        if operation.method == "GET":
            if path and all(map(self.owns, path.values())):
                self._own |= {text.casefold() for text in _inner_ids(answer, self._id_names)}
            found = {text.casefold() for text in _texts(answer) if is_uuid(text)}
            self._foreign |= found - self._own - self._drawn
        if operation.method == "POST" and isinstance(answer, dict):
            if path and all(map(self.owns, path.values())):
                self._own |= {text.casefold() for text in _inner_ids(answer, self._id_names)}
            for id_name in self._id_names - set(path):
                value = answer.get(id_name)
                known = self._foreign | self._own
                if isinstance(value, str) and is_uuid(value) and value.casefold() not in known:
                    self.claim(id_name, value, key)
        if operation.method == "DELETE" and operation.path.endswith("}"):
            last = list(path.values())[-1].casefold()
            self.made = [item for item in self.made if item[1].casefold() != last]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)


def _rows(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _rows(item)


def _inner_ids(value: Any, outer: set[str]) -> Iterator[str]:
    """Yield the ids of the parts of a resource, without those of other resources."""
    if isinstance(value, dict):
        for name, item in value.items():
            is_inner = name == "id" or (name.endswith("_id") and name not in outer)
            if isinstance(item, str) and is_inner and is_uuid(item):
                yield item
            yield from _inner_ids(item, outer)
    elif isinstance(value, list):
        for item in value:
            yield from _inner_ids(item, outer)
