"""Errors of the API as a test gets them."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..control import load_control_spec
from ..errors import ApiError


@contextmanager
def raising_value_errors() -> Iterator[None]:
    """Raise a ValueError in place of an ApiError, with the sentence of the control API."""
    try:
        yield
    except ApiError as error:
        answer = load_control_spec().find_error(error.name).render(error.facts)
        raise ValueError(answer["detail"]) from None
