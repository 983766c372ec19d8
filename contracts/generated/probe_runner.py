"""Sends the probes of an operation, together where possible, alone where an answer leaves doubt."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from mockserver.openapi.schemas import non_null
from mockserver.openapi.spec import Operation, Spec

from ..api.api import Api
from ..api.client import UNSET
from ..api.reply import Reply, list_violations, names_place
from ..inputs.cross_field import repair
from ..inputs.if_then_else import fit_conditions
from ..safety.guard import GuardError
from ..verdict.judge import are_equal, has_fields, shorten
from ..verdict.outcomes import Exchange
from .batches import find_exclusive_field, is_in_request, is_long, list_fields, pack
from .bodies import carry_marker
from .probes import OMITTED, Probe, ProbeGenerator
from .round_trip import RoundTrip, find_reader
from .rule_ids import name_operation

_REFUSALS_OF_MEANING = (400, 404, 409)


@dataclass(slots=True)
class Finding:
    """One difference."""

    message: str
    documented: bool
    exchange: Exchange | None


@dataclass(slots=True)
class Findings:
    """What the probes of an operation found, by rule."""

    differences: dict[str, list[Finding]] = field(default_factory=dict)
    exchanges: dict[str, list[Exchange]] = field(default_factory=dict)
    obstacles: dict[str, str] = field(default_factory=dict)
    """Rule → why a request of it was not sent."""

    def add(self, rule: str, message: str, exchange: Exchange | None, *, documented: bool) -> None:
        """Note a difference."""
        self.differences.setdefault(rule, []).append(Finding(message, documented, exchange))


class ProbeRunner:
    """Sends the probes of one operation.

    A server reports all violations of a request together. So one request carries as many invalid values
    as fit. Another carries as many valid values as the cross-field rules allow. When an answer leaves
    doubt about a probe, the probe is sent again alone.
    """

    def __init__(self, api: Api, operation: Operation) -> None:
        self._api = api
        self._operation = operation
        self._sampler = api.make_sampler(operation, thorough=True)
        self._schema = non_null(operation.body) if operation.body else None
        self._findings = Findings()
        reader = find_reader(api.spec, operation)
        self._round_trip = RoundTrip(api.spec, operation, reader) if reader else None
        self._path: dict[str, str] = {}
        self._controls: dict[str, int] = {}
        self._known: Any = None
        """The last answer of the reader; None after a change."""

    def run(self) -> Findings:
        """Send all probes and return the findings."""
        found = ProbeGenerator(self._api.spec, self._operation, self._sampler).list_probes()
        probes = [probe for probe in found if probe.rule in self._api.chosen]
        self._path = self._api.make_path(self._operation)
        before = self._read()
        for batch in pack((probe for probe in probes if probe.violation), self._schema):
            self._send_refused(batch)
            if before is not None and self._known is None:  # something was coerced and accepted
                before = self._read()
        self._known = None
        after = self._read()
        if before is not None and not are_equal(before, after):
            name = self._operation.operation_id
            self._findings.add(
                refusal_rule(self._api.spec, self._operation),
                f"{name}: a refused request changed {shorten(before)} to {shorten(after)}",
                self._api.last_exchange,
                documented=not self._operation.undocumented,
            )
        self._send_accepted([], full=False)
        self._send_accepted([], full=True)
        accepted = [probe for probe in probes if not probe.violation]
        self._send_all_accepted(sorted(accepted, key=is_long))  # long lists last: they may fill a resource up
        return self._findings

    # -------------------------------------------------------------- refused values

    def _send_refused(self, batch: list[Probe]) -> None:
        items: list[dict[str, Any]] = []
        with self._unless_forbidden(batch):
            items = list_violations(self._send(batch, accepted=False))
        doubtful = []
        for probe in batch:
            assert probe.violation is not None
            reported = [item for item in items if are_equal(item.get("loc"), probe.violation.item["loc"])]
            if not reported:
                doubtful.append(probe)
            elif not any(has_fields(item, probe.violation.item) for item in reported):
                self._find_wording(probe, reported[0])
        taken = self._send_coercible([probe for probe in doubtful if probe.coercible])
        for probe in [each for each in doubtful if each not in taken]:
            with self._unless_forbidden([probe]):
                self._send_refused_alone(probe)

    def _send_coercible(self, batch: list[Probe]) -> list[Probe]:
        """Send all at once what a server that coerces types accepts; return it if this one does."""
        if len(batch) < 2:
            return []
        with self._unless_forbidden(batch):
            reply = self._send(batch, accepted=False)
            if reply.is_success or reply.status in _REFUSALS_OF_MEANING:
                for probe in batch:
                    self._find_coerced(probe)
                return batch
        return []

    def _send_refused_alone(self, probe: Probe) -> None:
        if any(isinstance(part, int) for part in probe.place):
            probe = probe.move(0)  # the server may refuse other items for another reason
        assert probe.violation is not None
        reply = self._send([probe], accepted=False)
        reported = [i for i in list_violations(reply) if are_equal(i.get("loc"), probe.violation.item["loc"])]
        if any(has_fields(item, probe.violation.item) for item in reported):
            return
        if reported:
            self._find_wording(probe, reported[0])
        elif probe.coercible and (reply.is_success or reply.status in _REFUSALS_OF_MEANING):
            self._find_coerced(probe)
        else:
            answer = f"{reply.status} {shorten(reply.response.text)}"
            message = f"{probe.describe()} was answered with {answer}, expected 422 that names it"
            # that a list of this length is refused is documented, the form of the refusal is not
            refused_otherwise = reply.status == 400 and probe.rule.endswith(("min_items", "max_items"))
            self._find(probe, message, documented=probe.violation.documented or not refused_otherwise)

    def _find_coerced(self, probe: Probe) -> None:
        self._find(probe, f"{probe.describe()} was accepted; such values are coerced", documented=False)

    def _find_wording(self, probe: Probe, item: dict[str, Any]) -> None:
        assert probe.violation is not None
        expected = shorten(probe.violation.item)
        message = f"the violation of {probe.describe()} is {shorten(item)}, expected {expected}"
        self._find(probe, message, documented=probe.violation.documented)

    # -------------------------------------------------------------- accepted values

    def _send_all_accepted(self, probes: list[Probe]) -> None:
        waiting = probes
        while waiting:
            batches = pack(waiting, self._schema)
            waiting = []
            for batch in batches:
                displaced = self._send_accepted(batch, full=False)
                if len(displaced) == len(batch):
                    self._send_each(displaced)
                else:
                    waiting += displaced

    def _send_accepted(self, batch: list[Probe], *, full: bool) -> list[Probe]:
        """Send values that must be accepted; return the probes whose values others replaced."""
        body, query = self._build(batch, accepted=True, full=full)
        stayed = [probe for probe in batch if is_in_request(body, query, probe)]
        displaced = [probe for probe in batch if probe not in stayed]
        if batch and not stayed:
            return displaced
        before = self._read()
        reply = None
        with self._unless_forbidden(stayed):
            reply = self._send_built(body, query, stayed)
        if reply is None:
            self._send_apart(stayed if len(stayed) > 1 else [])
        elif reply.is_success:
            self._compare(body, before, reply)
        elif not stayed:
            answer = f"{reply.status} {shorten(reply.response.text)}"
            self._findings.add(
                f"{name_operation(self._api.spec, self._operation.operation_id)}.plain",
                f"a request with {'every field' if full else 'what is required'} was answered with {answer}",
                self._api.last_exchange,
                documented=not self._operation.undocumented,
            )
        elif not self._is_refused_anyway(stayed, reply):
            self._send_apart(stayed)
        return displaced

    def _send_apart(self, probes: list[Probe]) -> None:
        """Send the halves of what was refused together, down to each alone."""
        if len(probes) < 2:
            self._send_each(probes)
            return
        middle = len(probes) // 2
        for half in (probes[:middle], probes[middle:]):
            self._send_each(self._send_accepted(half, full=False))

    def _send_each(self, probes: list[Probe]) -> None:
        for probe in probes:
            with self._unless_forbidden([probe]):
                self._send_accepted_alone(probe)

    def _send_accepted_alone(self, probe: Probe) -> None:
        body, query = self._build([probe], accepted=True, full=False)
        before = self._read()
        reply = self._send_built(body, query, [probe])
        if reply.is_success:
            self._compare(body, before, reply)
            return
        # otherwise the server may refuse another field, which this value requires
        about_it = reply.status != 422 or names_place(reply, probe.place)
        if about_it and not self._is_refused_anyway([probe], reply):
            answer = f"{reply.status} {shorten(reply.response.text)}"
            self._find(probe, f"{probe.describe()} was answered with {answer}, expected a success")

    def _is_refused_anyway(self, batch: list[Probe], reply: Reply) -> bool:
        """Return whether ordinary values at the same places get the same refusal.

        A server checks schemas first. So this refusal shows that the values passed the schemas.
        """
        if reply.status not in _REFUSALS_OF_MEANING:
            return False
        if reply.status == 409 and 409 in self._operation.statuses:
            return True  # a conflict: the server has accepted the form of the value
        exclusive_field = find_exclusive_field(batch[0])
        if exclusive_field and exclusive_field in self._controls:
            return self._controls[exclusive_field] == reply.status
        usual = [replace(probe, value=self._usual(probe)) for probe in batch]
        control = self._send(usual, accepted=True)
        self._controls[exclusive_field] = control.status
        return control.status == reply.status

    def _usual(self, probe: Probe) -> Any:
        holder: dict[str, Any] = {"body": self._sampler.body(self._operation)}
        return self._put(holder, probe, usual=True)

    def _compare(self, body: Any, before: Any, reply: Reply) -> None:
        if self._round_trip is None or not isinstance(body, dict):
            return
        path = dict(self._path)
        for parameter in self._round_trip.reader.parameters_in("path"):
            if parameter.name not in path:
                path[parameter.name] = str(reply[parameter.name])
        after = self._api.read(self._round_trip.reader.operation_id, **path)
        if self._operation.method == "PUT":
            self._known = after
        else:
            before = None
        for rule, message, documented in self._round_trip.compare(body, before, after):
            self._findings.add(rule, message, self._api.last_exchange, documented=documented)

    # -------------------------------------------------------------- sending

    @contextmanager
    def _unless_forbidden(self, batch: list[Probe]) -> Iterator[None]:
        """Skip requests that the guard forbids, and note the reason."""
        try:
            yield
        except GuardError as obstacle:
            plain = f"{name_operation(self._api.spec, self._operation.operation_id)}.plain"
            for rule in [probe.rule for probe in batch] or [plain]:
                self._findings.obstacles[rule] = str(obstacle)

    def _read(self) -> Any:
        if self._round_trip is None or self._operation.method != "PUT":
            return None
        if self._known is None:
            self._known = self._api.read(self._round_trip.reader.operation_id, **self._path)
        return dict(self._known)

    def _send(self, batch: list[Probe], *, accepted: bool) -> Reply:
        return self._send_built(*self._build(batch, accepted=accepted, full=False), batch)

    def _send_built(self, body: Any, query: dict[str, Any], batch: list[Probe]) -> Reply:
        name = self._operation.operation_id
        reply = self._api.send(name, body=body, query=query or None, path=self._path)
        assert self._api.last_exchange is not None
        if reply.is_success:
            self._known = None
        for rule in {probe.rule for probe in batch}:
            self._findings.exchanges.setdefault(rule, []).append(self._api.last_exchange)
        return reply

    def _build(self, batch: list[Probe], *, accepted: bool, full: bool) -> tuple[Any, dict[str, Any]]:
        operation = self._operation
        needed = {p.name: p.schema for p in operation.parameters_in("query") if p.required}
        query = {name: self._sampler.value(schema, name) for name, schema in needed.items()}
        probed = {str(p.place[1]): p.value for p in batch if p.place[0] == "query"}
        query |= {name: None if value is OMITTED else value for name, value in probed.items()}
        if operation.body is None:
            return UNSET, query
        holder = {"body": self._sampler.body(operation, full=full)}
        kept = frozenset(probe.place for probe in batch)
        schema = non_null(operation.body)
        if "if" in schema:
            fields = list_fields(batch)
            settled = fit_conditions(schema, holder["body"], fields)
            holder["body"] = self._sampler.add_required(schema, settled, set(kept), ("body",))
        for probe in batch:
            if probe.place[0] == "body":
                self._put(holder, probe)
        if accepted:
            completed = self._sampler.add_required(operation.body, holder["body"], set(kept), ("body",))
            return carry_marker(self._api, operation, repair(operation, completed, kept), kept), query
        return holder["body"], query

    def _put(self, holder: dict[str, Any], probe: Probe, *, usual: bool = False) -> Any:
        """Put the value of a probe, or a usual value, at its place; return the value."""
        node: Any = holder
        schema: Any = {"properties": {"body": self._operation.body}}
        for part, following in zip(probe.place, (*probe.place[1:], None), strict=True):
            schema = non_null(schema)
            if isinstance(part, int):
                schema = schema.get("items", {})
            else:
                schema = schema.get("properties", {}).get(part, schema.get("additionalProperties") or {})
            while isinstance(part, int) and part >= len(node):
                node.append(self._sampler.value(schema, ""))
            if following is None:
                value = self._sampler.value(schema, str(part)) if usual else probe.value
                if value is not OMITTED:
                    node[part] = value
                elif isinstance(node, dict):
                    node.pop(part, None)
                return value
            if isinstance(node, dict) and node.get(part) is None:
                node[part] = self._sampler.value(schema, str(part))
            node = node[part]
        return None

    def _find(self, probe: Probe, message: str, *, documented: bool = True) -> None:
        documented = documented and probe.documented
        self._findings.add(probe.rule, message, self._api.last_exchange, documented=documented)


def refusal_rule(spec: Spec, operation: Operation) -> str:
    """Return the id of the rule that a refused request changes nothing."""
    return f"{name_operation(spec, operation.operation_id)}.refused_changes_nothing"
