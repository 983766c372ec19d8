"""All faults, in the order of their groups."""

from . import (
    access,
    analytics,
    cross_field,
    errors,
    fidelity,
    fields,
    files,
    flow,
    headers,
    infrastructure,
    launch,
    lists,
    members,
    people,
    robustness,
    state,
    threads,
    types,
)
from .derived import list_derived
from .mutant import GROUPS, Fault

_WRITTEN = (
    *fields.FAULTS,
    *types.FAULTS,
    *cross_field.FAULTS,
    *launch.FAULTS,
    *access.FAULTS,
    *errors.FAULTS,
    *state.FAULTS,
    *lists.FAULTS,
    *members.FAULTS,
    *people.FAULTS,
    *files.FAULTS,
    *threads.FAULTS,
    *flow.FAULTS,
    *analytics.FAULTS,
    *infrastructure.FAULTS,
    *fidelity.FAULTS,
    *headers.FAULTS,
    *robustness.FAULTS,
)


def list_faults() -> tuple[Fault, ...]:
    """Return the faults, those of one group together."""
    derived = [fault for group in ("defaults", "bounds", "types") for fault in list_derived(group)]
    found = [*_WRITTEN, *derived]
    return tuple(sorted(found, key=lambda fault: GROUPS.index(fault.group)))
