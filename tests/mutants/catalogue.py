"""All mutants, in the order of their groups."""

from functools import cache

from . import (
    access,
    analytics,
    contacts,
    cross_field,
    errors,
    fidelity,
    fields,
    files,
    flow,
    headers,
    independent,
    infrastructure,
    isolation,
    launch,
    lists,
    members,
    robustness,
    situations,
    state,
    threads,
    types,
)
from .derived import list_derived
from .mutant import GROUPS, Mutant

_WRITTEN = (
    *fields.MUTANTS,
    *types.MUTANTS,
    *cross_field.MUTANTS,
    *launch.MUTANTS,
    *access.MUTANTS,
    *isolation.MUTANTS,
    *errors.MUTANTS,
    *state.MUTANTS,
    *lists.MUTANTS,
    *members.MUTANTS,
    *contacts.MUTANTS,
    *files.MUTANTS,
    *threads.MUTANTS,
    *flow.MUTANTS,
    *analytics.MUTANTS,
    *infrastructure.MUTANTS,
    *fidelity.MUTANTS,
    *headers.MUTANTS,
    *robustness.MUTANTS,
    *situations.MUTANTS,
    *independent.MUTANTS,
)


def list_written() -> tuple[Mutant, ...]:
    """Return the mutants that were written by hand, but for those that nobody can see."""
    return tuple(mutant for mutant in _WRITTEN if not mutant.unseen)


@cache
def list_mutants() -> tuple[Mutant, ...]:
    """Return the mutants, those of one group together."""
    derived = [mutant for group in ("defaults", "bounds", "types") for mutant in list_derived(group)]
    found = [*_WRITTEN, *derived]
    return tuple(sorted(found, key=lambda mutant: GROUPS.index(mutant.group)))
