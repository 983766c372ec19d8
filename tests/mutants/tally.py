"""What came of the trials, in tables."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from contracts.rules import list_rules

from .comparison import Comparison
from .mutant import GROUPS, Mutant
from .servers import Variant
from .strength import Trial


@dataclass
class Tally:
    """Trials of correct and of mutated servers."""

    mutants: dict[str, Mutant]
    correct: list[Trial] = field(default_factory=list)
    mutated: list[Trial] = field(default_factory=list)
    whole: list[Trial] = field(default_factory=list)
    """Trials of some of the mutants, with all rules in their usual order."""
    seconds: float = 0.0
    comparison: Comparison | None = None

    def rules_always_broken(self, variant: Variant) -> set[str]:
        """Return the rules that are broken on the correct server too: they prove nothing."""
        return {rule for trial in self.correct if trial.variant is variant for rule in trial.broken}

    def is_killed(self, trial: Trial) -> bool:
        """Return whether a rule is broken that the correct server keeps."""
        return bool(set(trial.broken) - self.rules_always_broken(trial.variant))

    def survivors(self, variant: Variant) -> list[Trial]:
        """Return the trials of mutants that nobody noticed."""
        return [trial for trial in self.mutated if trial.variant is variant and not self.is_killed(trial)]

    def count(self, variant: Variant, group: str = "") -> tuple[int, int]:
        """Return how many mutants were noticed, of how many that can be seen."""
        tried = [
            trial
            for trial in self.mutated
            if trial.variant is variant
            and group in ("", self.mutants[trial.mutant].group)
            and not self.mutants[trial.mutant].unseen
        ]
        return sum(map(self.is_killed, tried)), len(tried)

    def render(self) -> str:
        """Return the tables and lists, for a terminal."""
        variants = [each for each in Variant if any(trial.variant is each for trial in self.mutated)]
        lines = ["", f"{'group':14}" + "".join(f"{variant:>16}" for variant in variants)]
        for group in (*GROUPS, ""):
            counts = [self.count(variant, group) for variant in variants]
            if any(total for _, total in counts):
                lines.append(f"{group or 'all':14}" + "".join(map(_format_count, counts)))
        for variant in variants:
            lines += self._list_survivors(variant)
        lines += self._list_alarms()
        if self.whole:
            lines += self._judge_whole()
        if self.comparison:
            lines += self._compare(self.comparison)
        requests = [trial.requests for trial in self.correct if trial.requests]
        mean = sum(requests) / len(requests) if requests else 0
        runs = len(self.mutated) + len(self.correct)
        lines.append(f"\n{runs} runs of up to {mean:.0f} requests, {self.seconds:.0f} s in all")
        return "\n".join(lines)

    def _list_survivors(self, variant: Variant) -> list[str]:
        survivors = sorted(self.survivors(variant), key=lambda trial: trial.mutant)
        lines = [f"\nNot noticed on {variant}: {len(survivors)}"]
        for trial in survivors:
            mutant = self.mutants[trial.mutant]
            why = trial.trouble or (mutant.unseen and f"unseen: {mutant.unseen}")
            lines.append(f"  {mutant.id}: {mutant.summary}" + (f" ({why})" if why else ""))
        return lines

    def _judge_whole(self) -> list[str]:
        """Say whether whole runs come to the same, and how close the first rules of their report are."""
        noticed = {(trial.mutant, trial.variant): self.is_killed(trial) for trial in self.mutated}
        same = sum(noticed[trial.mutant, trial.variant] == self.is_killed(trial) for trial in self.whole)
        killed = [trial for trial in self.whole if self.is_killed(trial)]
        first = sum(self._is_named(trial, 1) for trial in killed)
        among = sum(self._is_named(trial, 3) for trial in killed)
        return [
            f"\nRun whole: {len(self.whole)}, with the same verdict: {same}",
            f"Noticed: {len(killed)}; the first rule of the report names operation and field in {first}"
            f", one of the first three in {among}",
        ]

    def _is_named(self, trial: Trial, most: int) -> bool:
        usual = self.rules_always_broken(trial.variant)
        broken = [rule for rule in trial.broken if rule not in usual]
        return any(is_about(rule, trial.operation, trial.field) for rule in broken[:most])

    def _compare(self, comparison: Comparison) -> list[str]:
        noticed = {
            trial.mutant for trial in self.mutated if trial.variant is Variant.MOCK and self.is_killed(trial)
        }
        lines = [f"\n{'the same mutants':14}{'contract suite':>16}{'schemathesis run':>20}"]
        for group in (*GROUPS, ""):
            tried = [name for name in comparison.mutated if group in ("", self.mutants[name].group)]
            if tried:
                ours = (len(noticed.intersection(tried)), len(tried))
                theirs = (sum(map(comparison.is_noticed, tried)), len(tried))
                lines.append(f"{group or 'all':14}{_format_count(ours)}{_format_count(theirs):>20}")
        alarms = " and ".join(str(len(found)) for found in comparison.correct)
        lines.append(f"Failures it reports on the correct server, run by run: {alarms}")
        return lines

    def _list_alarms(self) -> list[str]:
        alarmed = [trial for trial in self.correct if trial.broken or trial.trouble]
        lines = [f"\nWrong alarms: {len(alarmed)} of {len(self.correct)} runs on correct servers"]
        shown = set()
        for trial in alarmed:
            for rule, reason in zip(trial.broken, trial.reasons, strict=True):
                if (trial.variant, rule) not in shown:
                    shown.add((trial.variant, rule))
                    lines.append(f"  {trial.variant}, random seed {trial.random_seed}: {rule}: {reason}")
            if trial.trouble:
                lines.append(f"  {trial.variant}, random seed {trial.random_seed}: {trial.trouble}")
        return lines

    def save(self, path: Path) -> None:
        """Write everything to a JSON file."""
        content: dict[str, object] = {
            "correct": _as_rows(self.correct),
            "mutated": _as_rows(self.mutated),
            "whole": _as_rows(self.whole),
            "seconds": self.seconds,
        }
        if self.comparison:
            content["schemathesis"] = {
                "correct": [sorted(found) for found in self.comparison.correct],
                "mutated": {name: sorted(found) for name, found in self.comparison.mutated.items()},
            }
        path.write_text(json.dumps(content, indent=1), "utf-8")


def read_known(path: Path) -> dict[tuple[str, str], str]:
    """Return (mutant, variant) → the rule that noticed it, as an earlier run wrote it, if there was one."""
    if not path.exists():
        return {}
    rows = json.loads(path.read_text("utf-8"))["mutated"]
    return {(row["mutant"], row["variant"]): row["broken"][0] for row in rows if row["broken"]}


def is_about(rule_id: str, operation: str, field_name: str) -> bool:
    """Return whether a rule checks the operation, and names the field if there is one."""
    rule = next(rule for rule in list_rules() if rule.id == rule_id)
    names = field_name in rule_id or field_name in rule.summary
    return operation in rule.operations and names


def _format_count(count: tuple[int, int]) -> str:
    killed, total = count
    return f"{f'{killed}/{total} {100 * killed // total:3} %' if total else '-':>16}"


def _as_rows(trials: Iterable[Trial]) -> list[dict[str, object]]:
    return [asdict(trial) for trial in trials]
