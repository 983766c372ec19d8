"""All rules: hand-written ones, one module per group, and generated ones."""

import pkgutil
from functools import cache
from importlib import import_module

from mockserver.openapi.spec import load_spec

from ..generated.access import list_access_rules
from ..generated.answers import list_answer_rules
from ..generated.examples import list_example_rules
from ..generated.fields import list_field_rules
from ..generated.fuzzing.single_requests import list_fuzzing_rules
from ..generated.fuzzing.stateful import list_stateful_rules
from ..registry import Rule, list_handwritten
from ..situations.rules import list_situation_rules
from ..walk.rules import list_walk_rules


@cache
def list_rules() -> tuple[Rule, ...]:
    """Return all rules in the order of a run."""
    for module_info in pkgutil.iter_modules(__path__):
        import_module(f".{module_info.name}", __name__)
    spec = load_spec()
    return (
        *list_handwritten(),
        *list_field_rules(spec),
        *list_access_rules(spec),
        *list_example_rules(spec),
        *list_stateful_rules(spec),
        *list_fuzzing_rules(spec),
        *list_situation_rules(spec),
        *list_walk_rules(spec),
        *list_answer_rules(spec),
    )
