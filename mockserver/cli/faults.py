"""`coldsend-mock fault`."""

from typing import Any

import click

from .command import call, main, write
from .options import OperationCommand, add_remote, take_given, with_remote
from .remote import Remote
from .tables import write_table

_EFFECTS = ("example", "status", "wait", "answer")
_CALLS = ("operation", "method", "path")
_CHOICES = {"every": 1, "first": 0, "chance": 1}
"""What chooses among the calls that match → the value that chooses all."""


@main.group()
@add_remote
def fault() -> None:
    """Let calls fail or wait, by rules."""


@fault.command("list")
@with_remote
def list_faults(remote: Remote) -> None:
    """List the rules, in the order in which they are tried."""
    answer = call(remote, "listFaults")
    rows = [
        [rule["fault_id"], _name_calls(rule), _name(rule, _EFFECTS), f"{rule['hits']} of {rule['seen']}"]
        for rule in answer["faults"]
    ]
    write_table(answer, ["id", "calls", "what happens", "hits"], rows)


@fault.command("add", cls=OperationCommand, operation="addFault")
@with_remote
def add_fault(remote: Remote, **rule: Any) -> None:
    """Let calls fail: the ones that the options select, in the way that they say."""
    answer = call(remote, "addFault", take_given(rule))
    write(answer, f"{answer['fault_id']}: {_name_calls(answer)}: {_name(answer, _EFFECTS)}")


@fault.command("remove")
@click.argument("fault_id", metavar="ID")
@with_remote
def remove_fault(remote: Remote, fault_id: str) -> None:
    """Remove the rule ID."""
    _write_removed(call(remote, "removeFault", fault_id=fault_id))


@fault.command("clear")
@with_remote
def clear_faults(remote: Remote) -> None:
    """Remove all rules."""
    _write_removed(call(remote, "clearFaults"))


def _write_removed(answer: dict[str, Any]) -> None:
    write(answer, f"{answer['removed']} removed")


def _name_calls(rule: dict[str, Any]) -> str:
    calls = [str(rule[name]) for name in _CALLS if rule[name]]
    choices = [f"{name}={rule[name]:g}" for name, every in _CHOICES.items() if rule[name] != every]
    return " ".join([*(calls or ["all calls"]), *choices])


def _name(rule: dict[str, Any], names: tuple[str, ...]) -> str:
    return ", ".join(f"{name}={rule[name]}" for name in names if rule[name])
