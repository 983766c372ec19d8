"""Which rules are near to a mutant: they are tried first, so that one that breaks is found early."""

import math
import re
from collections import Counter
from collections.abc import Callable, Collection
from functools import cache

from contracts.registry import Rule
from contracts.rules import list_rules
from contracts.verdict.causes import WALK_SUFFIX
from mockserver.openapi.spec import load_spec

from .mutant import Mutant, Scenario
from .mutations import draw_plan
from .scenarios import find_difference, record

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_ABOUT_THE_OPERATION = 8.0
"""How much it counts that a rule is about the operation, beside the rarity of words in common."""
_PLACEHOLDER = re.compile(r"\\{\w+\\}")

Order = Callable[[Rule], tuple[float, ...]]


def make_order(text: str, operation: str, known: Collection[str] = ()) -> Order:
    """Return a key that sorts rules: known ones, near ones, others; the walk comes last.

    `text` says what is wrong, `operation` is the operationId whose answers show it, `known` has ids of rules.
    A rule is near when it is about the operation, and has rare words in common with the text.
    """
    weights, rules = _weigh_words()
    words = _split(f"{text} {operation}")

    def find_place(rule: Rule) -> tuple[float, ...]:
        common = words & rules.get(rule.id, frozenset())
        nearness = sum(weights[word] for word in common)
        if operation in rule.operations:
            nearness += _ABOUT_THE_OPERATION / math.sqrt(len(rule.operations))
        return rule.id not in known, rule.id.endswith(WALK_SUFFIX), -nearness

    return find_place


@cache
def _weigh_words() -> tuple[dict[str, float], dict[str, frozenset[str]]]:
    """Return word → its weight, and rule → its words."""
    rules = {
        rule.id: _split(f"{rule.id} {rule.summary} {' '.join(rule.operations)}") for rule in list_rules()
    }
    counts = Counter(word for words in rules.values() for word in words)
    return {word: math.log(len(rules) / count) for word, count in counts.items()}, rules


def _split(text: str) -> frozenset[str]:
    return frozenset(word.casefold().removesuffix("s") for word in _WORD.findall(text))


def find_target(mutant: Mutant) -> tuple[str, str]:
    """Return the operationId that a mutant is about, and the field; both are empty where nothing names them.

    Both stand in the id of a mutant that follows from openapi.yaml. Another one is about the operation of the
    first answer that differs.
    """
    parts = mutant.id.split(".")
    for index, part in enumerate(parts):
        if part in load_spec().operations:
            return part, next(iter(parts[index + 1 :]), "")
    plan = draw_plan()
    mutant.apply(plan)
    scenarios = [mutant.scenario] if mutant.scenario else []
    line = find_difference(plan, _record_correct(mutant.scenario), scenarios)
    method, path, *_ = [*line.split(), "", ""]
    return _route(method, path.partition("?")[0]), ""


@cache
def _record_correct(scenario: Scenario | None) -> list[str]:
    return record(draw_plan(), *([scenario] if scenario else []))


def _route(method: str, path: str) -> str:
    return next(
        (name for name, (known, is_path) in _list_routes().items() if known == method and is_path(path)), ""
    )


@cache
def _list_routes() -> dict[str, tuple[str, Callable[[str], object]]]:
    """Return operationId → its method, and whether it has a path; the most literal paths first."""
    spec = load_spec()
    paths = {name: each.path.removeprefix(spec.base_path) for name, each in spec.operations.items()}
    return {
        name: (
            spec.operations[name].method,
            re.compile(_PLACEHOLDER.sub("[^/]+", re.escape(paths[name]))).fullmatch,
        )
        for name in sorted(paths, key=lambda name: paths[name].count("{"))
    }
