"""The next request, drawn at random: any operation of both APIs, and requests for none of them."""

import json
import re
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import Operation, Parameter

from ..kit.api import SPEC
from ..kit.control import CONTROL
from .bodies import BodyGenerator
from .exchanges import Request
from .odd_values import HEADERS, JUNK, KEYS, ODD_TEXTS, PAGES, STATES
from .view import View

BEGIN = "2026-03-02T12:00:00Z"
MAX_STATE = 200_000
"""Bytes of an export; a workspace that is larger is emptied, so that a step takes no longer than others."""

_RARE = {
    "deleteCampaign": 0.4, "deleteContacts": 0.4, "deleteSenderAccount": 0.5, "clearJournal": 0.3,
    "bulkDeleteSenderAccounts": 0.4, "resetWorkspace": 0.1, "seedWorkspace": 0.3, "importState": 0.7,
    "setCampaignStatus": 0.3,
    "beginHandover": 0,  # a suspended workspace refuses all that comes next
}  # fmt: skip
_FREQUENT = {
    "createCampaign": 2, "addLead": 4, "updateCampaign": 3, "makeLaunchable": 3, "moveClock": 3,
    "advanceClock": 3, "createSmtpSenderAccount": 2, "recordLeadEvent": 2, "receiveReply": 2,
    "activateCampaign": 2, "createSubsequence": 2, "uploadLeads": 2, "importContacts": 2,
}  # fmt: skip
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"]
_FAULTS = [
    *("status=503", "status=404", "example=rate_limited"),
    *("answer=lost", "answer=dropped", "answer=truncated"),
]
_WAIT = re.compile(rb'("wait": ?)(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)')
_LONGEST_WAIT = 60
_SPANS = ["1h", "2h", "12h", "1d", "1d", "3d", "7d", "30d", "60d", "-2h"]


class RequestGenerator:
    """Draws requests; equal random numbers and equal answers make an equal history."""

    def __init__(self, random: Random) -> None:
        self._random = random
        operations = [(o, False) for o in SPEC.operations.values()]
        operations += [(o, True) for o in CONTROL.operations.values()]
        self._operations = operations
        self._weights = [_FREQUENT.get(o.operation_id, _RARE.get(o.operation_id, 1)) for o, _ in operations]

    def draw(self, view: View, *, faults: bool = True) -> Request:
        """Return a request for a workspace; with `faults`, seldom one that asks for a fault."""
        random = self._random
        if len(view.state) > MAX_STATE:
            operation = CONTROL.operations[random.choice(["importState", "advanceClock"])]
            body = (
                b"{}" if operation.operation_id == "importState" else b'{"days": %d}' % random.randrange(61)
            )
            headers = {"Content-Type": "application/json"}
            return Request(
                operation.method, operation.path, view.key, headers, body, operation, is_control=True
            )
        kind = random.choices(
            ["operation", "nothing", "headers", "key", "path", "fault"], [180, 3, 6, 3, 3, 2]
        )[0]
        if kind == "nothing":
            return self._draw_foreign(view)
        operation, is_control = random.choices(self._operations, self._weights)[0]
        request = self.make(operation, view, is_control=is_control)
        if kind == "headers":
            return self._change(request, headers={**request.headers, **random.choice(HEADERS)})
        if kind == "key":
            return self._change(request, key=random.choice(KEYS))
        if kind == "path":
            odd = quote(random.choice([*ODD_TEXTS, "\ud800", "x" * 5000]), safe="", errors="surrogatepass")
            path = operation.path.replace("{", "\0{").split("\0")
            return self._change(request, target="".join(odd if "{" in part else part for part in path))
        if kind == "fault" and faults and not is_control:
            return self._change(request, headers={**request.headers, "Prefer": random.choice(_FAULTS)})
        return request

    def make(self, operation: Operation, view: View, *, is_control: bool = False) -> Request:
        """Return a request for an operation."""
        random = self._random
        names = [parameter.name for parameter in operation.parameters_in("path")]
        ids = {
            **view.find_ids(random, names),
            **({"table": self._draw_table(view)} if "table" in names else {}),
        }
        target = operation.path.format(**{name: quote(value, safe="") for name, value in ids.items()})
        if query := self._draw_query(operation, view):
            target += "?" + query
        headers: dict[str, str] = {}
        body: bytes | None = None
        if operation.body:
            bodies = BodyGenerator(random, lambda name: view.find_id(random, name))
            body, media_type = self._draw_special(operation, view, bodies) or bodies.draw(operation)
            body = _WAIT.sub(_shorten_wait, body)
            headers["Content-Type"] = media_type
        elif operation.method != "GET" and random.random() < 0.05:
            body, headers["Content-Type"] = random.choice([b"{}", b"x", b"\xff"]), "application/json"
        return Request(operation.method, target, view.key, headers, body, operation, is_control)

    def _draw_special(
        self, operation: Operation, view: View, bodies: BodyGenerator
    ) -> tuple[bytes, str] | None:
        """Return a body that no schema leads to: of moves of the clock, states, seeds, rules."""
        random = self._random
        made: Any = None
        if operation.operation_id == "addFault" and random.random() < 0.2:
            made = bodies.draw_valid(operation)
        elif operation.operation_id != "setClock" and random.random() < 0.2:
            return None
        match operation.operation_id:
            case "moveClock":
                made = {"to": "next-send"} if random.random() < 0.4 else {"advance": random.choice(_SPANS)}
            case "advanceClock":
                made = {random.choice(["hours", "days"]): random.randrange(0, 61)}
            case "setClock":
                made = {
                    "frozen": True,
                    "now": f"2026-0{random.randint(3, 6)}-{random.randint(1, 28):02}T12:00:00Z",
                }
            case "importState":
                return self._draw_state(view), "application/json"
            case "seedWorkspace":
                made = {"seed": random.choice(["demo", "demo", "launch-ready", "empty", "nope"])}
            case "addFault" if made is None:
                made = self._draw_rule()
            case "updateCampaign" if random.random() < 0.4:
                made = {"launch": True}
            case "deleteLeads" | "deleteContacts":
                name = "lead_id" if operation.operation_id == "deleteLeads" else "contact_id"
                made = [view.find_id(random, name) for _ in range(random.randrange(3))]
        return None if made is None else bodies.encode(operation, made)

    def _draw_rule(self) -> dict[str, Any]:
        random = self._random
        operation = random.choice(list(SPEC.operations))
        whats: list[Any] = [{"status": 503}, {"status": 404}, {"example": "rate_limited"}, {"wait": 0.01}, {}]
        whats += [{"answer": answer} for answer in ("lost", "dropped", "truncated")]
        whiches: list[Any] = [{"operation": operation}, {"method": "POST"}, {"path": "*/campaigns/*"}, {}]
        what, which = random.choice(whats), random.choice(whiches)
        when: dict[str, Any] = random.choice(
            [{"first": 1}, {"first": 2, "every": 2}, {"chance": 0.3, "first": 9}]
        )
        return {**what, **which, **when}

    def _draw_state(self, view: View) -> bytes:
        """Return a state: the present one, an earlier one, or one that somebody changed by hand."""
        random = self._random
        kind = random.choices(["present", "earlier", "changed", "small"], [3, 3, 4, 1])[0]
        if kind == "present" or (kind == "earlier" and not view.earlier):
            return view.state
        if kind == "earlier":
            return random.choice(view.earlier)
        if kind == "small":
            return json.dumps(random.choice(STATES)).encode()
        document = view.document
        tables = [name for name, rows in document.items() if isinstance(rows, list) and rows]
        if tables:
            row = random.choice(document[random.choice(tables)])
            name = random.choice(list(row))
            if random.random() < 0.3:
                del row[name]
            else:
                row[name] = random.choice([*JUNK, view.find_id(random, name), row[name]])
        return json.dumps(document).encode()

    def _draw_query(self, operation: Operation, view: View) -> str:
        random = self._random
        query: list[tuple[str, Any]] = []
        for parameter in operation.parameters_in("query"):
            if parameter.required or random.random() < 0.25:
                query.append((parameter.name, self._draw_parameter(parameter, view)))
        if random.random() < 0.04:
            query.append((random.choice(["unknown", "page", "limit", ""]), random.choice(ODD_TEXTS)))
        return urlencode(query, errors="surrogatepass")

    def _draw_parameter(self, parameter: Parameter, view: View) -> Any:
        random = self._random
        if random.random() < 0.12:
            return random.choice([*ODD_TEXTS, "", -1, 10**20, "null", "1.5"])
        if parameter.known_values and random.random() < 0.7:
            return random.choice(parameter.known_values)
        schema = non_null(parameter.schema)
        if parameter.name in ("page", "limit"):
            return random.choice([1, 2, schema.get("maximum", 9), schema.get("minimum", 1)])
        value = BodyGenerator(random, lambda name: view.find_id(random, name)).draw_value(
            schema, parameter.name
        )
        return str(value).lower() if isinstance(value, bool) else value

    def _draw_table(self, view: View) -> str:
        return self._random.choice([*view.document, "campaigns", "nope"])

    def _draw_foreign(self, view: View) -> Request:
        """Return a request that is for no operation."""
        random = self._random
        operation, is_control = random.choice(self._operations)
        path = operation.path.format(
            **view.find_ids(random, [p.name for p in operation.parameters_in("path")])
        )
        method, target = random.choice(_METHODS), random.choice([*PAGES, path, path, path + "/x/y"])
        body = random.choice([None, b"{}", b"\xff" * 100])
        known = next((o for o, _ in self._operations if (o.method, o.path) == (method, operation.path)), None)
        return Request(method, target, view.key, {}, body, known if target == path else None, is_control)

    @staticmethod
    def _change(request: Request, **changes: Any) -> Request:
        return Request(**{**vars(request), **changes})


def _shorten_wait(match: re.Match[bytes]) -> bytes:
    """Return a valid delay of a fault rule as none: nobody shall wait for a minute."""
    seconds = float(match[2])
    return match[1] + b"0" if 0 < seconds <= _LONGEST_WAIT else match[0]
