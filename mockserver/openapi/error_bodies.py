"""Which documented error a body is."""

import re
from typing import Any

from .schemas import PLACEHOLDER
from .spec import DocumentedError


def fits(error: DocumentedError, value: Any) -> bool:
    """Return whether a body is that of a documented error, with any facts in it."""
    return _matches(error.template if error.template is not None else error.value, value)


def _matches(template: Any, value: Any) -> bool:
    if isinstance(template, str) and isinstance(value, str):
        pattern = re.sub(r"\\\{\w+\\\}", ".*", re.escape(template))
        return re.fullmatch(pattern, value, re.DOTALL) is not None
    if isinstance(template, str) and PLACEHOLDER.fullmatch(template):
        return True
    if isinstance(template, dict) and isinstance(value, dict):
        return all(name in value and _matches(inner, value[name]) for name, inner in template.items())
    if isinstance(template, list) and isinstance(value, list):
        return len(template) == len(value) and all(map(_matches, template, value))
    return isinstance(template, bool) == isinstance(value, bool) and bool(template == value)
