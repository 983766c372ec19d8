"""Rules: one documented behaviour each, with a stable id."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .api.api import Api

Check = Callable[[Api], None]

NEEDS = {
    "second_key": "a key of another workspace (--second-key)",
    "limited_key": "a key that holds campaigns:read only (--limited-key)",
    "revoked_key": "a revoked key, which only the suite's own stand-in has",
    "launch": "leave to launch campaigns (--allow-launch)",
    "send": "leave to send mail (--allow-send)",
    "wrong_key_probes": "leave to send wrong keys, which --no-wrong-key-probes takes away",
    "tag": "a tag of the workspace that may be used (--tag-id), as no operation makes one",
    "incoming_events": "the suite's own stand-in, as no request makes people open mails or reply",
    "mock": "the stand-in, because the request is not one to send to a real server",
}
"""What a rule may need, in words."""

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
    """The operationIds it is about."""
    needs: frozenset[str] = frozenset()
    profile: str = "quick"
    """`full` for a rule that the quick profile leaves out."""
    handwritten: bool = True
    stage: int = USUAL
    """Rules that judge a whole run come LAST."""

    @property
    def is_documented(self) -> bool:
        """Whether a source says so; what is not documented can at most warn, except on the mock."""
        return self.source != "undocumented"


_handwritten: dict[str, Rule] = {}


def rule(
    name: str,
    *,
    source: str,
    operations: Iterable[str],
    needs: Iterable[str] = (),
    profile: str = "quick",
    stage: int = USUAL,
) -> Callable[[Check], Check]:
    """Register a hand-written rule; the first line of the function's docstring says what it requires.

    Raises ValueError for an id that is taken, an unknown need or a missing docstring.
    """

    def register(check: Check) -> Check:
        unknown = set(needs) - set(NEEDS)
        if unknown or name in _handwritten or not check.__doc__:
            raise ValueError(f"rule {name}: taken, without a docstring, or with odd needs {sorted(unknown)}")
        _handwritten[name] = Rule(
            id=name,
            source=source,
            check=check,
            summary=check.__doc__.strip().splitlines()[0],
            operations=tuple(operations),
            needs=frozenset(needs),
            profile=profile,
            stage=stage,
        )
        return check

    return register


def list_handwritten() -> list[Rule]:
    """Return the hand-written rules registered so far."""
    return list(_handwritten.values())


def select(rules: Iterable[Rule], patterns: Iterable[str], profile: str) -> list[Rule]:
    """Return the rules of a profile whose ids match a pattern, in the order to check them."""
    patterns = tuple(patterns)
    wanted = [pattern for pattern in patterns if not pattern.startswith("!")] or ["*"]
    unwanted = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    chosen = [
        rule
        for rule in rules
        if (rule.profile == "quick" or profile == "full")
        and any(fnmatchcase(rule.id, pattern) for pattern in wanted)
        and not any(fnmatchcase(rule.id, pattern) for pattern in unwanted)
    ]
    return sorted(chosen, key=lambda rule: rule.stage)
