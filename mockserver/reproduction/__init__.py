"""An exchange as code that sends its request again: for a shell, for Python, for JavaScript, for pytest."""

from collections.abc import Callable

from .curl import write_curl
from .fetch import write_fetch
from .har import write_har
from .python import write_pytest, write_requests
from .sendable import Sendable, make_sendable

__all__ = ["LANGUAGES", "Sendable", "make_sendable", "write_curl", "write_har"]

LANGUAGES: dict[str, Callable[[Sendable], str]] = {
    "curl": write_curl,
    "requests": write_requests,
    "fetch": write_fetch,
    "pytest": write_pytest,
}
"""Name → what writes the code."""
