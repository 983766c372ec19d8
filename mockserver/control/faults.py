"""The rules of a workspace about what goes wrong."""

from typing import Any

from ..errors import ApiError
from ..state.fault_rules import FaultRule, make_rule
from .calls import ControlCall

__all__ = ["add_fault", "clear_faults", "list_faults", "remove_fault"]


def list_faults(call: ControlCall) -> dict[str, Any]:
    """Return the rules."""
    return {"faults": [rule.show() for rule in call.workspace.faults]}


def add_fault(call: ControlCall) -> dict[str, Any]:
    """Add a rule."""
    if len(call.workspace.faults) >= call.tools.max_faults:
        raise ApiError("faults_full", limit=call.tools.max_faults)
    rule = make_rule(call.tools.spec, call.workspace.draw_fault_id(), call.body)
    call.workspace.faults.append(rule)
    return rule.show()


def clear_faults(call: ControlCall) -> dict[str, Any]:
    """Remove all rules."""
    return _keep(call, [])


def remove_fault(call: ControlCall) -> dict[str, Any]:
    """Remove one rule."""
    fault_id = call.path["fault_id"]
    others = [rule for rule in call.workspace.faults if rule.fault_id != fault_id]
    if len(others) == len(call.workspace.faults):
        raise ApiError("fault_not_found")
    return _keep(call, others)


def _keep(call: ControlCall, rules: list[FaultRule]) -> dict[str, Any]:
    removed = len(call.workspace.faults) - len(rules)
    call.workspace.faults[:] = rules
    return {"removed": removed}
