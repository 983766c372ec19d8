"""A run checks rules in order, gives each a verdict, and leaves the server at the end as it was."""

import time
from collections.abc import Callable
from dataclasses import replace
from random import Random
from secrets import token_hex
from types import TracebackType
from typing import Self

import requests

from mockserver.openapi.spec import load_spec

from . import interruption
from .api.api import Api
from .api.cleanup import remove_all
from .api.collections import remember_existing
from .connection import inspect_target
from .control import add_tag, reset_workspaces
from .generated.answers import find_answer_rules
from .options import Options, Target
from .profiles import PROFILES, choose
from .registry import NEEDS, Rule, leaves_out, select
from .rules import list_rules
from .safety.guard import GuardError
from .safety.ledger import Ledger
from .safety.run_file import RunFile, find_folder
from .safety.session import GuardedSession
from .traffic.checking import list_traffic_rules
from .verdict.conformance import Conformance
from .verdict.judge import Judge
from .verdict.outcomes import (
    CannotRunError,
    Cause,
    DifferenceError,
    Outcome,
    Result,
    UncheckedError,
    UndocumentedDifferenceError,
    Verdict,
)


class Run:
    """Checks rules of one server. At its end, the context removes what the run made.

    Raises CannotRunError when the server cannot be checked.
    """

    def __init__(self, target: Target, options: Options | None = None) -> None:
        self.options = options or Options()
        self.random_seed = self.options.random_seed or token_hex(4)
        self.spec = load_spec()
        self.ledger = Ledger(self.spec, Random(self.random_seed))
        patterns = self.options.rules
        self.rules: list[Rule] = list_chosen(self.options) if patterns else []
        self.target = self._equip(inspect_target(self.spec, target, self.options))
        if self.target.stage and (self.options.profile, *patterns) == ("quick", "*"):
            self.rules = [rule for rule in self.rules if not rule.repeated]
        self.ledger.allow(self.target.tag_id)
        strict = self.target.is_mock if self.options.strict is None else self.options.strict
        self.judge = Judge(strict=strict)
        self.session = GuardedSession(self.spec, self.target, self.options, self.ledger)
        self.conformance = Conformance(self.spec, self.target.keys, self.options.response_seconds)
        self.session.listeners.append(self.conformance.observe)
        self.api = Api(self.session, self.ledger, self.judge, self.conformance, random_seed=self.random_seed)
        self.api.chosen = frozenset(rule.id for rule in self.rules)
        self.is_interrupted = False
        """Whether a signal came that the cleanup did not see."""
        self.left_behind: tuple[str, ...] = ()
        if not (self.target.is_stand_in or self.target.is_own) and self.rules:
            self._protect(target.keys)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _equip(self, target: Target) -> Target:
        """Return the target with a tag, where the workspace is the run's own and may be changed."""
        if not target.is_own or target.tag_id or not self.rules or self.options.part == "read-only":
            return target
        tag_id = add_tag(target.origin, target.api_key, self.options.timeout_seconds)
        return replace(target, tag_id=tag_id)

    def _protect(self, given: frozenset[str]) -> None:
        """Remember what is there, and write down what these keys make."""
        remember_existing(self.api)
        if given and not self.options.dry_run:
            folder = self.options.runs_folder or find_folder()
            server, marker = self.target.base_url, self.ledger.marker
            self.ledger.begin_file = lambda: RunFile.begin(folder, server, marker, given)

    def close(self) -> None:
        """Remove what the run made."""
        self.is_interrupted = interruption.take()
        self.left_behind = self._remove()
        if self.ledger.file and not self.left_behind:
            self.ledger.file.delete()
        self.session.close()

    def _remove(self) -> tuple[str, ...]:
        """Remove what the run made; return what could not be removed."""
        target = self.target
        if target.stage:
            target.stage.close()
        if target.is_own:
            keys = tuple(filter(None, (target.api_key, target.second_key)))
            return tuple(reset_workspaces(target.origin, keys, self.options.timeout_seconds))
        if target.is_stand_in and target.is_mock:  # it goes with the run, and stands for no other server
            return ()
        return remove_all(self.api)

    def check(self, rule: Rule) -> Verdict:
        """Check one rule."""
        started = time.perf_counter()
        self.judge.begin(documented=rule.is_documented)
        lacking = [NEEDS[need] for need in NEEDS if need in rule.needs and not self._has(need)]
        cause: Cause | None
        if lacking:
            outcome, reason, cause = Outcome.UNCHECKED, f"needs {'; '.join(lacking)}", Cause.NEEDS
        else:
            outcome, reason, cause = self._judge_rule(rule)
        verdict = Verdict(
            rule=rule.id,
            outcome=outcome,
            summary=rule.summary,
            source=rule.source,
            sentence=rule.sentence,
            operations=rule.operations,
            reason=reason,
            exchanges=tuple(self.judge.exchanges),
            seconds=time.perf_counter() - started,
            cause=cause,
        )
        return self.options.expected_failures.weigh(verdict)

    def check_other_answers(self) -> list[Verdict]:
        """Return the verdicts of rules about every answer that were not chosen, but that answers break.

        Rules that the options leave out by name stay out.
        """
        others = find_answer_rules(list_rules(), self.conformance.findings.keys())
        return [
            self.check(rule)
            for rule in others
            if rule not in self.rules and not leaves_out(self.options.rules, rule)
        ]

    def pass_over(self, rule: Rule) -> Verdict:
        """Return the verdict of a rule that is not tried, since the server answers no more."""
        return Verdict(
            rule=rule.id,
            outcome=Outcome.UNCHECKED,
            summary=rule.summary,
            source=rule.source,
            sentence=rule.sentence,
            operations=rule.operations,
            reason="the server does not answer any more",
            cause=Cause.SILENT,
        )

    @property
    def is_over(self) -> bool:
        """Whether the server has not answered for so long that no further rule is tried."""
        return self.session.is_down

    def _judge_rule(self, rule: Rule) -> tuple[Outcome, str, Cause | None]:
        reasons = self.judge.warnings
        try:
            rule.check(self.api)
        except UndocumentedDifferenceError as difference:
            reasons.append(str(difference))
        except UncheckedError as obstacle:
            return Outcome.UNCHECKED, str(obstacle), obstacle.cause
        except GuardError as obstacle:
            return Outcome.UNCHECKED, str(obstacle), None
        except DifferenceError as difference:
            return Outcome.BROKEN, str(difference), None
        except requests.RequestException as error:
            return Outcome.BROKEN, f"no answer: {error}", None
        except CannotRunError:
            raise
        except Exception as error:
            # the answer has an unexpected shape, which the exchanges show
            reported = f"the answer could not be read: {type(error).__name__}: {error}"
            breaks = rule.is_documented or self.judge.strict
            return (Outcome.BROKEN if breaks else Outcome.WARNED), reported, None
        return (Outcome.WARNED if reasons else Outcome.KEPT), "; ".join(reasons), None

    def _has(self, need: str) -> bool:
        return {
            "second_key": bool(self.target.second_key),
            "limited_key": bool(self.target.limited_key),
            "revoked_key": bool(self.target.revoked_key),
            "launch": self.options.allow_launch or self.target.is_mock,
            "send": self.options.allow_send or self.target.is_mock,
            "wrong_key_probes": self.options.wrong_key_probes,
            "tag": bool(self.target.tag_id),
            "incoming_events": self.target.incoming_events is not None,
            "mock": self.target.is_mock,
        }[need]


def list_rule_ids() -> list[str]:
    """Return the ids of all rules, of servers and of recorded traffic."""
    return [*(rule.id for rule in list_rules()), *list_traffic_rules(load_spec())]


def list_chosen(options: Options) -> list[Rule]:
    """Return the rules that the options choose, in the order of a run; raises CannotRunError without any."""
    chosen = select(list_rules(), options.rules, options.profile)
    return choose(load_spec(), chosen, options.part, options.operations)


def check_contract(
    target: Target,
    options: Options | None = None,
    on_verdict: Callable[[Run, Verdict], None] | None = None,
    on_start: Callable[[Run], None] | None = None,
) -> Result:
    """Check a server and return the result.

    `on_start` is called before the first rule, `on_verdict` with each verdict.

    Raises CannotRunError when the server cannot be checked. A process may call it any number of times.
    Ctrl-C ends the run early; it still removes what it made.
    """
    started = time.perf_counter()
    with Run(target, options) as run:
        result = Result(
            target=run.target.base_url,
            profile=f"{run.options.part} {PROFILES[run.options.part].version}, {run.options.profile}",
            random_seed=run.random_seed,
            marker=run.ledger.marker,
        )
        try:
            if on_start:
                on_start(run)
            for rule in run.rules:
                verdict = run.pass_over(rule) if run.is_over else run.check(rule)
                result.verdicts.append(verdict)
                if on_verdict:
                    on_verdict(run, verdict)
            result.verdicts += run.check_other_answers()
        except KeyboardInterrupt:
            result.interrupted = True
    touched = {name for rule in list_rules() if rule.handwritten for name in rule.operations}
    result.untouched = tuple(name for name in run.spec.operations if name not in touched)
    result.interrupted |= run.is_interrupted
    result.left_behind = run.left_behind
    result.requests = run.session.sent
    result.seconds = time.perf_counter() - started
    return result
