"""Events that no request causes: time passes, a lead replies or does something else, a status changes."""

from collections.abc import Mapping
from typing import Any, Protocol

from .history import Answers, Step

WAIT = "wait"
REPLY = "reply"
SET = "set"
TICK_SECONDS = 7
"""How much time passes before each change, where the clock can be moved: no two happen at once."""


class Stage(Protocol):
    """Where events happen; `name` is that of a pair of workspaces."""

    def move_clock(self, name: str, seconds: float) -> None:
        """Let time pass."""

    def receive_reply(self, name: str, lead_id: str, text: str, category: str | None) -> None:
        """Let a lead reply."""

    def record_event(self, name: str, lead_id: str, kind: str) -> None:
        """Let something else happen to a lead's mail."""

    def set_values(self, name: str, id_name: str, record_id: str, values: Mapping[str, Any]) -> None:
        """Set what only the service itself sets, for example a status."""


def perform(stage: Stage, name: str, step: Step, answers: Answers) -> None:
    """Let the event of a step happen; raises UnknownReferenceError, and what the stage raises."""
    if step.operation == WAIT:
        stage.move_clock(name, step.body)
        return
    if step.operation == SET:
        for id_name, ref in step.path.items():
            stage.set_values(name, id_name, answers.resolve(ref), step.body)
        return
    lead_id = answers.resolve(step.path["lead_id"])
    if step.operation == REPLY:
        stage.receive_reply(name, lead_id, step.body["text"], step.body["category"])
    else:
        stage.record_event(name, lead_id, step.operation)
