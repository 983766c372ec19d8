"""The rules: each is one documented behaviour with an id that never changes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .api.api import Api
from .verdict.outcomes import CannotRunError
from .verdict.patterns import require_match

Check = Callable[[Api], None]

NEEDS = {
    "second_key": "a key of another workspace (--second-key)",
    "limited_key": "a key that holds campaigns:read only (--limited-key)",
    "revoked_key": "a revoked key (--revoked-key)",
    "launch": "permission to launch campaigns (--allow-launch)",
    "send": "permission to send mail (--allow-send)",
    "wrong_key_probes": "permission to send wrong keys (without --no-wrong-key-probes)",
    "tag": "a tag of the workspace (--tag-id), because no operation makes one",
    "incoming_events": "a mock without --api-key, because no request makes a lead open a mail or reply",
    "mock": "the stand-in, because no real server should get such a request",
}
"""What a rule may need → how to give it."""

FIRST, USUAL, LAST = range(3)


@dataclass(frozen=True, slots=True)
class Rule:
    """One documented behaviour."""

    id: str
    source: str
    """guide:newer, guide:older, docs:PATH, client, or undocumented."""
    check: Check
    summary: str
    operations: tuple[str, ...]
    """The operationIds that it checks."""
    sentence: str = ""
    """What the source says, in its words where they are known; empty where no source says it."""
    needs: frozenset[str] = frozenset()
    profile: str = "quick"
    """`full` for a rule that the quick profile leaves out."""
    repeated: bool = False
    """Whether histories show the same where they have workspaces for themselves, as on a mock."""
    handwritten: bool = True
    stage: int = USUAL
    """FIRST, USUAL or LAST; rules about a whole run come LAST."""

    @property
    def is_documented(self) -> bool:
        """Whether a source documents it; an undocumented rule warns, and breaks only on the mock."""
        return self.source != "undocumented"


_handwritten: dict[str, Rule] = {}


def rule(
    name: str,
    *,
    source: str,
    sentence: str = "",
    operations: Iterable[str],
    needs: Iterable[str] = (),
    profile: str = "quick",
    repeated: bool = False,
    stage: int = USUAL,
) -> Callable[[Check], Check]:
    """Register a hand-written rule; the first line of its docstring is its summary.

    Raises ValueError for an id that another rule has, an unknown need, a missing docstring, and unless a
    documented rule, and no other, has a sentence.
    """

    def register(check: Check) -> Check:
        unknown = set(needs) - set(NEEDS)
        if unknown or name in _handwritten or not check.__doc__:
            raise ValueError(f"rule {name}: id taken, no docstring, or unknown needs {sorted(unknown)}")
        made = Rule(
            id=name,
            source=source,
            sentence=sentence,
            check=check,
            summary=check.__doc__.strip().splitlines()[0],
            operations=tuple(operations),
            needs=frozenset(needs),
            profile=profile,
            repeated=repeated,
            stage=stage,
        )
        if bool(sentence) != made.is_documented:
            raise ValueError(
                f"rule {name}: documented rules, and no others, have the sentence of their source"
            )
        _handwritten[name] = made
        return check

    return register


def list_handwritten() -> list[Rule]:
    """Return the hand-written rules registered so far."""
    return list(_handwritten.values())


def select(rules: Iterable[Rule], patterns: Iterable[str], profile: str) -> list[Rule]:
    """Return the rules of a profile whose ids match a pattern, in the order of a run.

    Raises CannotRunError when no rule matches a pattern, or none is left.
    """
    rules, patterns = tuple(rules), tuple(patterns)
    wanted = [pattern for pattern in patterns if not pattern.startswith("!")] or ["*"]
    for pattern in wanted:
        require_match([rule.id for rule in rules], pattern)
    chosen = [
        rule
        for rule in rules
        if (rule.profile == "quick" or profile == "full")
        and any(fnmatchcase(rule.id, pattern) for pattern in wanted)
        and not leaves_out(patterns, rule)
    ]
    if not chosen:
        raise CannotRunError(f"The patterns of --rules leave no rule of the profile {profile}.")
    return sorted(chosen, key=lambda rule: rule.stage)


def leaves_out(patterns: Iterable[str], rule: Rule) -> bool:
    """Return whether one of the patterns begins with `!` and matches the rule."""
    return any(pattern.startswith("!") and fnmatchcase(rule.id, pattern[1:]) for pattern in patterns)
