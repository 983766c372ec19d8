"""What came of the trials, by module and by rule."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType

from contracts.rules import list_rules

from ..comparison import Comparison, Tool
from .sources import list_mutations
from .trial import Trial

_MOST_LISTED = 20


def render(trials: Sequence[Trial], pattern: str, *, whole: bool) -> str:
    """Return the tables and lists, for a terminal."""
    lines = ["", f"{'module':32}{'generated':>10}{'tried':>8}{'observable':>12}{'noticed':>16}"]
    generated = Counter(mutation.module for mutation in list_mutations(pattern))
    for module in [name for name in generated if any(trial.mutation.module == name for trial in trials)]:
        own = [trial for trial in trials if trial.mutation.module == module]
        lines.append(_make_row(module, generated[module], own))
    lines.append(_make_row("all", generated.total(), trials))
    lines += ["", f"{'operator':32}{'':10}{'tried':>8}{'observable':>12}{'noticed':>16}"]
    for operator in dict.fromkeys(sorted(trial.mutation.operator for trial in trials)):
        lines.append(
            _make_row(operator, None, [each for each in trials if each.mutation.operator == operator])
        )
    lines += _describe_sources(trials)
    lines += _list_survivors(trials)
    lines += _list_kills(trials, whole=whole)
    return "\n".join(lines)


def _make_row(name: str, generated: int | None, trials: Sequence[Trial]) -> str:
    observable = [trial for trial in trials if trial.is_observable]
    noticed = sum(bool(trial.broken) for trial in observable)
    first = "" if generated is None else generated
    return (
        f"{name:32}{first:>10}{len(trials):>8}{len(observable):>12}{_format_share(noticed, len(observable))}"
    )


def _describe_sources(trials: Sequence[Trial]) -> list[str]:
    """Say which calls see more, and what did not count."""
    seen = Counter(source for trial in trials for source in trial.seen_by)
    alone = Counter(next(iter(trial.seen_by)) for trial in trials if len(trial.seen_by) == 1)
    troubles = Counter(trial.trouble.partition(":")[0] for trial in trials if trial.trouble)
    lines = [
        f"\nSeen by the calls of the {name}: {seen[name]}, by them alone: {alone[name]}" for name in seen
    ]
    return [*lines, *(f"{count} do not count: {reason}" for reason, count in troubles.items())]


def _list_survivors(trials: Sequence[Trial]) -> list[str]:
    survivors = [trial for trial in trials if trial.is_observable and not trial.broken]
    lines = [f"\nNot noticed: {len(survivors)}"]
    for trial in survivors:
        shown = ", ".join(dict.fromkeys(trial.seen_by.values())) or "a request of no operation"
        lines.append(
            f"  {trial.mutation.id} (line {trial.mutation.line}): {trial.mutation.change}; see {shown}"
        )
    return lines


def _list_kills(trials: Sequence[Trial], *, whole: bool) -> list[str]:
    """List rule → how many mutants it notices, and how many no other rule does."""
    kills: dict[str, list[Trial]] = defaultdict(list)
    for trial in trials:
        for rule in trial.broken:
            kills[rule].append(trial)
    alone = {rule: sum(len(trial.broken) == 1 for trial in found) for rule, found in kills.items()}
    title = "rules that notice mutants" if whole else "rules that notice mutants first"
    lines = [f"\n{title:60}{'mutants':>8}" + (f"{'alone':>7}" if whole else "")]
    for rule in sorted(kills, key=lambda rule: -len(kills[rule]))[:_MOST_LISTED]:
        lines.append(f"{rule:60}{len(kills[rule]):>8}" + (f"{alone[rule]:>7}" if whole else ""))
    if whole:
        quick = [rule.id for rule in list_rules() if rule.profile == "quick"]
        never = sum(not kills.get(rule) for rule in quick)
        never_alone = sum(not alone.get(rule) for rule in quick)
        lines.append(f"Of {len(quick)} rules, {never} notice none of these, {never_alone} none alone.")
    return lines


def render_comparison(trials: Sequence[Trial], comparisons: Mapping[Tool, Comparison]) -> str:
    """Return how many of the mutants each tool notices, and what it reports of the correct server."""
    lines = [f"\n{'the same mutants':32}{'noticed':>16}{'failures on the correct server':>34}"]
    lines.append(
        f"{'contract suite':32}{_format_share(sum(bool(each.broken) for each in trials), len(trials))}"
    )
    for tool, comparison in comparisons.items():
        noticed = sum(map(comparison.is_noticed, comparison.mutated))
        alarms = " ".join(str(len(found)) for found in comparison.correct)
        lines.append(f"{tool:32}{_format_share(noticed, len(trials))}{alarms:>34}")
    return "\n".join(lines)


def _format_share(noticed: int, count: int) -> str:
    return f"{f'{noticed}/{count} {100 * noticed // count:3} %' if count else '-':>16}"


def save(
    trials: Sequence[Trial], path: Path, comparisons: Mapping[Tool, Comparison] = MappingProxyType({})
) -> None:
    """Write all trials, the kill table and what Schemathesis found to a JSON file."""
    kills: dict[str, list[str]] = defaultdict(list)
    for trial in trials:
        for rule in trial.broken:
            kills[rule].append(trial.mutation.id)
    others = {
        tool: {
            "correct": [sorted(found) for found in comparison.correct],
            "mutated": {name: sorted(found) for name, found in comparison.mutated.items()},
            "noticed": [name for name in comparison.mutated if comparison.is_noticed(name)],
        }
        for tool, comparison in comparisons.items()
    }
    content = {"trials": [asdict(trial) for trial in trials], "kills": kills, "schemathesis": others}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1), "utf-8")
