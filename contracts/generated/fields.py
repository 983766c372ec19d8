"""Rules about the fields and query parameters of every operation."""

from dataclasses import replace
from functools import partial
from random import Random

from mockserver.openapi.spec import Operation, Spec

from ..api.api import Api
from ..inputs.samples import Sampler
from ..registry import Rule
from ..safety.ledger import Ledger
from ..verdict.outcomes import UncheckedError
from ..verdict.wording import is_place_documented
from .probe_runner import Findings, ProbeRunner, refusal_rule
from .probes import Probe, ProbeGenerator
from .round_trip import RoundTrip, find_reader
from .rule_ids import name_operation
from .sentences import REFUSED, quote_place, quote_statuses

_SOME_ID = "550e8400-e29b-41d4-a716-446655440000"


def list_field_rules(spec: Spec) -> list[Rule]:
    """Return the rules in documented order."""
    sampler = Sampler(spec, Ledger(spec, Random(0)), lambda _name: _SOME_ID)
    rules: list[Rule] = []
    bodies: set[int] = set()
    """The schemas that were met: what two operations share is tried of one in the quick profile."""
    for operation in spec.operations.values():
        if operation.body or operation.parameters_in("query"):
            profile = "full" if id(operation.body) in bodies else "quick"
            rules += [replace(rule, profile=profile) for rule in _derive(spec, operation, sampler)]
            bodies |= {id(operation.body)} if operation.body else set()
    return rules


def _derive(spec: Spec, operation: Operation, sampler: Sampler) -> list[Rule]:
    requirements: dict[str, tuple[str, bool, str]] = {}
    for probe in ProbeGenerator(spec, operation, sampler).list_probes():
        sentence = quote_place(operation, probe.place)
        summary, documented, sentence = requirements.get(probe.rule, (_summarise(probe), False, sentence))
        requirements[probe.rule] = summary, documented or probe.documented, sentence
    plain = f"{name_operation(spec, operation.operation_id)}.plain"
    summary = "A request with what is required, or with every field, succeeds"
    requirements[plain] = summary, True, quote_statuses(operation)
    reader = find_reader(spec, operation)
    if reader:
        for name, place in RoundTrip(spec, operation, reader).list_rules():
            field = ".".join(str(part) for part in place[1:])
            summary = {
                "stored": f"{field} is read as it was sent",
                "default": f"{field} left out is read as its default",
                "partial": "Fields that are not sent keep their values",
            }[name.rpartition(".")[2]]
            documented = is_place_documented(operation, place)
            requirements[name] = summary, documented, quote_place(operation, place)
        if operation.method == "PUT":
            requirements[refusal_rule(spec, operation)] = "A refused request changes nothing", True, REFUSED
    return [
        Rule(
            id=name,
            source=(operation.source or "openapi.yaml") if documented else "undocumented",
            sentence=sentence,
            check=partial(_check, operation=operation, rule=name),
            summary=summary,
            operations=(operation.operation_id,),
            handwritten=False,
        )
        for name, (summary, documented, sentence) in requirements.items()
    ]


def _check(api: Api, *, operation: Operation, rule: str) -> None:
    def run() -> Findings:
        return ProbeRunner(api, operation).run()

    findings = api.once(f"probes of {operation.operation_id}", run)
    api.judge.exchanges += findings.exchanges.get(rule, [])
    if rule in findings.obstacles and rule not in findings.exchanges:
        raise UncheckedError(findings.obstacles[rule])
    for finding in findings.differences.get(rule, []):
        if finding.exchange and finding.exchange not in api.judge.exchanges:
            api.judge.exchanges.append(finding.exchange)
    for finding in findings.differences.get(rule, []):
        api.judge.warn(finding.message, documented=finding.documented)


def _summarise(probe: Probe) -> str:
    field = ".".join(str(part) for part in probe.place[1:]) or str(probe.place[0])
    name = probe.rule.rpartition(".")[2]
    words = {
        "required": "must be there",
        "null": "is null only where null is a value",
        "type": "has its type",
        "strict": "is not taken from another type",
        "enum": "is one of the documented values",
        "format": "has its format",
        "pattern": "matches its pattern",
        "unique_by": "has no two items alike",
    }
    predicate = words.get(name, f"keeps its {name.replace('_', ' ')}, and not more than that")
    return f"{field} {predicate}"
