"""Profiles: parts of the API that a server may claim to keep. Their versions change with what they hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mockserver.openapi.spec import Spec

from .registry import Rule
from .verdict.outcomes import CannotRunError

_SENDING = frozenset({"launch", "send"})


@dataclass(frozen=True, slots=True)
class Profile:
    """A part of the API."""

    summary: str
    """What a run checks; the documentation has a table of the summaries."""
    version: int
    tags: frozenset[str] | None
    """The tags of its operations; None means all."""
    only_reads: bool = False
    sends: bool = True
    """Whether rules belong to it that launch campaigns or send mail."""


_CORE = frozenset({"Campaigns", "Leads", "Sender accounts"})
PROFILES = {
    "read-only": Profile(
        "Operations that only read. The run sends no request that changes anything.",
        version=1,
        tags=None,
        only_reads=True,
    ),
    "core": Profile(
        "Campaigns, leads and sender accounts, without launches and mails.",
        version=1,
        tags=_CORE,
        sends=False,
    ),
    "sending": Profile(
        "`core` with launches, mails, the flow graph, replies and analytics.",
        version=1,
        tags=_CORE | {"Flow", "Replies", "Analytics"},
    ),
    "everything": Profile("All of it.", version=1, tags=None),
}


def choose(spec: Spec, rules: Iterable[Rule], name: str, operations: Iterable[str]) -> list[Rule]:
    """Return the rules of a profile that check only operations whose ids match one of the patterns.

    Without patterns, all operations match. Raises CannotRunError when no rule is left.
    """
    profile, patterns = PROFILES[name], tuple(operations)
    chosen = [rule for rule in rules if _holds(spec, profile, rule) and _is_about(rule, patterns)]
    if not chosen:
        raise CannotRunError(f"The profile {name} has no rule about these operations.")
    return chosen


def _holds(spec: Spec, profile: Profile, rule: Rule) -> bool:
    operations = [spec.operations[name] for name in rule.operations]
    if profile.tags is not None and any(each.tag not in profile.tags for each in operations):
        return False
    if profile.only_reads and any(each.method != "GET" for each in operations):
        return False
    return profile.sends or not rule.needs & _SENDING


def _is_about(rule: Rule, patterns: tuple[str, ...]) -> bool:
    if not patterns:
        return True
    return bool(rule.operations) and all(
        any(fnmatchcase(name, pattern) for pattern in patterns) for name in rule.operations
    )
