"""What scripts are made of."""

from collections.abc import Callable
from dataclasses import dataclass

from mockserver.openapi.spec import Operation, Spec

from ..generated.rule_ids import name_operation
from .worlds import Worlds

TWO, REST, SECOND_LIFE, BULK, MANY, FIGURES = "two", "rest", "second_life", "bulk", "many", "figures"
SENDING, STATUSES, MISTAKES, FULL, PAIRS = "sending", "statuses", "mistakes", "full", "pairs"


@dataclass(frozen=True, slots=True)
class Part:
    """One situation of a script."""

    situation: str
    rules: tuple[tuple[str, str], ...]
    """(rule, operationId) of each rule that it is for."""
    write: Callable[[Worlds], None]


@dataclass(frozen=True, slots=True)
class Script:
    """Situations that follow each other in one history, as long as no difference ends it."""

    name: str
    parts: tuple[Part, ...]


def name_rule(spec: Spec, operation: Operation, situation: str) -> str:
    """Return the id of the rule about an operation in a situation."""
    return f"{name_operation(spec, operation.operation_id)}.{situation}"
