"""The behaviour profiles, as the description of the control API has them."""

from functools import cache

from ..sending.behaviour import Behaviours
from .spec import load_control_spec


@cache
def load_behaviours() -> Behaviours:
    """Return the behaviour profiles, which the description gives a schema and defaults."""
    spec = load_control_spec()
    return Behaviours(spec.find_schema("Behaviour"), spec.find_schema("ReactionRates"))
