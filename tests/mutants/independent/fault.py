"""A fault that somebody else wrote as changes of the source."""

from ..edits import Edit, edit_source
from ..mutant import Mutant, Scenario


def fault(name: str, summary: str, scenario: Scenario, *edits: Edit, choice: str = "") -> Mutant:
    """Return the mutant of a fault; see Mutant for the rest."""
    return Mutant(f"independent.{name}", summary, edit_source(*edits), choice=choice, scenario=scenario)
