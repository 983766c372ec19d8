"""Faults: every documented error, to be answered on request, and the fault rules of the workspace."""

import json
from collections.abc import Hashable, Iterator
from typing import Any

from ...http.messages import Response
from ...openapi.spec import Operation, Spec
from ..messages import act, report
from ..pages import render
from ..show import show_view
from ..view import Route, View
from ..visit import Visit

_FILTERS = ("operation", "text")
_NUMBERS = ("first", "chance", "wait")
"""Fields of the form that are numbers; an empty one leaves the default of the control API."""


def show_faults(visit: Visit) -> Response:
    """Show the rules and the documented errors that pass the filters."""
    spec, filters = visit.desk.spec, {name: visit.value(name).strip() for name in _FILTERS}
    found = ((operation, list(_list_errors(operation, filters["text"]))) for operation in _select(visit))
    return show_view(
        visit,
        VIEW,
        "faults/faults.html",
        documented=[(operation, errors) for operation, errors in found if errors],
        operations=spec.operations,
        filters=filters,
        **_describe_rules(visit),
    )


def add_rule(visit: Visit) -> Response:
    """Let calls of an operation fail with one of its documented errors."""

    def add() -> Response:
        form = visit.form
        body: dict[str, Any] = {name: form.get(name, "") for name in ("operation", "example")}
        body |= {name: _read_number(form[name].strip()) for name in _NUMBERS if form.get(name, "").strip()}
        if form.get("calls") == "next":
            body["first"] = 1
        elif form.get("calls") == "always":
            body["first"] = 0
        rule = visit.ask("addFault", body=body)
        return report(f"Fault rule added: {rule['operation']} {rule['example']}, {_describe_calls(rule)}")

    return act(visit, add)


def remove_rule(visit: Visit) -> Response:
    """Remove one rule."""

    def remove() -> Response:
        visit.ask("removeFault", fault_id=visit.path["fault_id"])
        return report("Fault rule removed.")

    return act(visit, remove)


def clear_rules(visit: Visit) -> Response:
    """Remove all rules."""
    return act(visit, lambda: report(f"Fault rules removed: {visit.ask('clearFaults')['removed']}"))


def mark(visit: Visit) -> Hashable:
    """Return the rules with their counts."""
    workspace = visit.used_workspace
    rules = list(workspace.faults) if workspace else []
    return tuple((rule.fault_id, rule.seen, rule.hits) for rule in rules)


def update(visit: Visit, _before: Any) -> str:
    """Return the rules."""
    return render("faults/rules.html", is_update=True, visit=visit, **_describe_rules(visit))


def _select(visit: Visit) -> Iterator[Operation]:
    wanted = visit.value("operation")
    return (each for each in visit.desk.spec.operations.values() if wanted in ("", each.operation_id))


def _list_errors(operation: Operation, text: str) -> Iterator[dict[str, Any]]:
    """Yield the documented errors of an operation whose name, status or body has a text."""
    for error in operation.errors.values():
        name = f"{operation.operation_id} {error.status} {error.name}"
        body = json.dumps(error.value, ensure_ascii=False)
        if text.casefold() in f"{name} {body}".casefold():
            yield {"label": name, "name": error.name, "body": body}


def _describe_rules(visit: Visit) -> dict[str, Any]:
    rules = [] if visit.problem else visit.ask("listFaults")["faults"]
    described = [_describe_rule(visit.desk.spec, rule) for rule in rules]
    return {
        "rules": [rule for rule in described if not rule["is_spent"]],
        "spent": [rule for rule in described if rule["is_spent"]],
    }


def _describe_rule(spec: Spec, rule: dict[str, Any]) -> dict[str, Any]:
    operation = spec.operations.get(rule["operation"])
    errors = operation.errors if operation else spec.server_errors
    status = rule["status"] or (errors[rule["example"]].status if rule["example"] in errors else "")
    parts = [f"{status} {rule['example']}".strip(), rule["answer"]]
    if rule["wait"]:
        parts.append(f"after {rule['wait']:g} s")
    return {
        "fault_id": rule["fault_id"],
        "target": " ".join(filter(None, (rule["operation"], rule["method"], rule["path"]))) or "every call",
        "what": ", ".join(filter(None, parts)),
        "calls": _describe_calls(rule),
        "seen": rule["seen"],
        "hits": rule["hits"],
        "is_spent": bool(rule["first"]) and rule["seen"] >= rule["first"],
    }


def _describe_calls(rule: dict[str, Any]) -> str:
    """Return which of the calls that match a rule hits, in words."""
    first = rule["first"]
    parts = ["always" if not first else "next request" if first == 1 else f"first {first}"]
    if rule["every"] > 1:
        parts.append(f"one in {rule['every']}")
    if rule["chance"] < 1:
        parts.append(f"with share {rule['chance']:g}")
    return ", ".join(parts)


def _read_number(text: str) -> int | float | str:
    """Return the number that a text names; the text itself where it names none, for the refusal."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


ROUTES: tuple[Route, ...] = (
    ("GET", "/faults", show_faults),
    ("POST", "/console/faults", add_rule),
    ("POST", "/console/faults/clear", clear_rules),
    ("POST", "/console/faults/{fault_id}/remove", remove_rule),
)
VIEW = View("faults", "Faults", "/faults", ROUTES, mark, update)
