"""A capsule is done again in a server of this process, and the answers are compared."""

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import unified_diff
from operator import itemgetter
from random import Random
from typing import Any

from .control import load_control_spec
from .errors import ApiError, RequestInvalidError
from .http.endpoints import Exchange
from .http.keys import Key
from .http.messages import BodyTooLargeError, Request, Response
from .openapi.validation import Validator
from .reproduction.capsule import SETTINGS, show_answer
from .server.app import MockServer, create_app, find_pages
from .settings import SettingError, make_settings
from .state.workspace import Workspace

_LOCAL = "127.0.0.1"
Step = dict[str, Any]


class CapsuleError(ValueError):
    """A document is no capsule, or one that cannot be done again; the text says why."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first answer of a replay that is another one."""

    step: int
    """Its place among the steps, from 1 on."""
    title: str
    """The request."""
    lines: tuple[str, ...]
    """The difference, as `diff -u` writes it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a replay came to."""

    version: str
    """That of coldsend-mock that wrote the capsule."""
    answers: int
    """How many answers were compared."""
    difference: Difference | None


class Replay:
    """A capsule, and the server in which it is done again. Raises CapsuleError."""

    def __init__(self, capsule: Any) -> None:
        spec = load_control_spec()
        validator = Validator(spec.find_schema("Capsule"), spec.violations)
        if not validator.is_valid(capsule):
            raise CapsuleError("this is no capsule: {}: {}".format(*validator.explain(capsule)))
        self._capsule = capsule
        self._app = _make_app(capsule)
        self._key = capsule["keys"][0]["key"]
        self._workspace = self._make_workspace()

    def run(self) -> Outcome:
        """Do all steps, until an answer is another one."""
        opened: dict[int, Exchange] = {}
        answers = 0
        for number, step, is_begun in self._list_moments():
            if "state" in step:
                self._set_state(step)
                continue
            if "request" in step and number not in opened:
                opened[number] = self._open(step)
            if is_begun:
                continue
            status, answer = self._call(step) if "call" in step else self._finish(opened.pop(number))
            if "status" not in step:
                continue
            answers += 1
            lines = _compare(step, status, answer)
            if lines:
                return Outcome(
                    self._capsule["version"], answers, Difference(number + 1, _name(step), tuple(lines))
                )
        return Outcome(self._capsule["version"], answers, None)

    def _list_moments(self) -> Iterator[tuple[int, Step, bool]]:
        """Yield the steps in order; one that others come into twice, first when it begins."""
        moments = []
        for number, step in enumerate(self._capsule["steps"]):
            moments.append((step["place"], number, step, False))
            if "opened" in step:
                moments.append((step["opened"], number, step, True))
        moments.sort(key=itemgetter(0))
        yield from ((number, step, is_begun) for _, number, step, is_begun in moments)

    def _make_workspace(self) -> Workspace:
        workspace = self._app.workspaces.get(self._key)
        delays = {name: tuple(span) for name, span in self._capsule["reaction_delays"].items()}
        workspace.options = replace(
            workspace.options, reaction_rates=self._capsule["reaction_rates"], reaction_delays=delays
        )
        return workspace

    def _set_state(self, step: Step) -> None:
        workspace, states = self._workspace, self._app.states
        try:
            snapshot = states.make(states.check(step["state"]), Random(0))
        except RequestInvalidError as error:
            place = ".".join(map(str, error.violations[0]["loc"][1:]))
            raise CapsuleError(
                f"a state in this capsule breaks a rule: {place}: {error.violations[0]['msg']}"
            ) from None
        with workspace.lock:
            workspace.clock.hold(_read_time(step))
            workspace.restore(snapshot)
            workspace.clock.release()

    def _open(self, step: Step) -> Exchange:
        asked = step["request"]
        body = b64decode(asked["base64"]) if "base64" in asked else asked.get("body", "").encode()

        def read(most: int) -> bytes:
            if len(body) > most:
                raise BodyTooLargeError
            return body

        request = Request(asked["method"], asked["path"], asked["query"], asked["headers"], _LOCAL, read)
        return self._app.pipeline.open(request, _read_time(step))

    def _finish(self, exchange: Exchange) -> tuple[int, str]:
        response = self._app.pipeline.finish(exchange, find_pages(self._app))
        if exchange.fault and exchange.fault.answer == "dropped":
            return 0, ""
        return response.status, self._show(response)

    def _call(self, step: Step) -> tuple[int, str]:
        call, control = step["call"], self._app.control
        assert control is not None
        if call["operation"] not in control.endpoints:
            raise CapsuleError(f"the control API has no {call['operation']}: another version has it")
        try:
            response = control.ask(
                call["operation"],
                self._key,
                body=call["body"],
                query=call["query"],
                ids=call["ids"],
                moment=_read_time(step),
            )
        except ApiError as error:
            found = control.spec.find_error(error.name)
            return found.status, json.dumps(found.render(error.facts))
        except RequestInvalidError as error:
            return error.status, json.dumps({"detail": error.violations})
        return response.status, self._show(response)

    def _show(self, response: Response) -> str:
        body = response.body if isinstance(response.body, bytes) else b"".join(response.body)
        return show_answer(body, self._app.journal.redactor)


def _make_app(capsule: Mapping[str, Any]) -> MockServer:
    given = {name: value for name, value in capsule["settings"].items() if name in SETTINGS}
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    try:
        app = create_app(make_settings({**values, "journal": 0, "quiet": True}))
    except SettingError as error:
        raise CapsuleError(f"this is no capsule: {error}") from None
    first = capsule["keys"][0]["key"]
    for row in capsule["keys"]:
        app.pipeline.keys.declare(Key(row["key"], first, tuple(row["scopes"])))
    return app


def _read_time(step: Step) -> datetime | None:
    return None if step["at"] is None else datetime.fromisoformat(step["at"])


def _compare(step: Step, status: int, answer: str) -> list[str]:
    """Return how an answer differs from the one of a step; nothing if it does not.

    Answers of the API are equal byte by byte. Those of the control API are equal JSON: a record that was read
    from a state has its fields in another order there.
    """
    expected = step.get("answer", answer)
    is_equal = answer == expected or ("call" in step and json.loads(answer) == json.loads(expected))
    if status == step["status"] and is_equal:
        return []
    before, after = _lay_out(step["status"], expected), _lay_out(status, answer)
    return list(unified_diff(before, after, "in the capsule", "here", lineterm="")) or ["the bytes differ"]


def _lay_out(status: int, answer: str) -> list[str]:
    try:
        text = json.dumps(json.loads(answer), indent=2, ensure_ascii=False)
    except ValueError:
        text = answer
    return [str(status), *text.splitlines()]


def _name(step: Step) -> str:
    if "call" in step:
        return str(step["call"]["operation"])
    return f"{step['request']['method']} {step['request']['path']}"
