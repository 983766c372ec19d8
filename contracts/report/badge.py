"""A badge: the endpoint badge of https://shields.io, a JSON file that any web server can give."""

from typing import Any

from ..verdict.outcomes import Outcome, Result


def make_badge(result: Result) -> dict[str, Any]:
    """Return the badge of a result: green when every checked rule is kept, red when one is broken."""
    broken = result.count(Outcome.BROKEN)
    if broken:
        message, colour = f"{broken} of {result.checked} rules broken", "red"
    elif result.interrupted or result.is_little_checked or result.is_unstable:
        message, colour = f"{result.checked} of {len(result.verdicts)} rules checked", "lightgrey"
    else:
        message, colour = f"{result.checked} rules kept", "brightgreen"
    return {"schemaVersion": 1, "label": "ColdSend contract", "message": message, "color": colour}
