"""Public functions of the server that answer otherwise for a while.

A function is known under its name in every module that imports it. All of these names lead to a dispatcher
from the first swap on: it calls the function, unless the code that runs has swapped it. What is swapped
belongs to that code alone (a context variable), so another server or thread in the process sees nothing.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE = "mockserver"
_swaps: ContextVar[Mapping[Any, Any]] = ContextVar("swaps", default=MappingProxyType({}))
"""Function → what is called instead."""
_originals: dict[Any, Any] = {}
"""Dispatcher → the function behind it."""


class SeamError(Exception):
    """The server has no such seam: the function is private, or no module has it under this name."""


@contextmanager
def swapped(function: Callable[P, R], other: Callable[P, R]) -> Iterator[None]:
    """Call `other` instead of a public function of the server while the block lasts.

    Inside of `other` the function is itself again. Raises SeamError.
    """
    token = _swaps.set({**_swaps.get(), find_seam(function): other})
    try:
        yield
    finally:
        _swaps.reset(token)


def find_seam(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function of the server as it is, once it can be swapped; raises SeamError."""
    if function in _originals:
        return _originals[function]  # type: ignore[no-any-return]
    if function in _originals.values():
        return function
    name = getattr(function, "__name__", str(function))
    if name.startswith("_"):
        raise SeamError(f"{name} is private: name the policy and make it public")
    holders = [
        (module, alias)
        for module_name, module in list(sys.modules.items())
        if module_name.partition(".")[0] == _PACKAGE
        for alias, value in vars(module).items()
        if value is function
    ]
    if not holders:
        raise SeamError(f"no module of {_PACKAGE} has {name}")
    dispatcher = _make_dispatcher(function)
    _originals[dispatcher] = function
    for module, alias in holders:
        setattr(module, alias, dispatcher)
    return function


def _make_dispatcher(function: Callable[P, R]) -> Callable[P, R]:
    @wraps(function)
    def dispatch(*args: P.args, **kwargs: P.kwargs) -> R:
        swaps = _swaps.get()
        if function not in swaps:
            return function(*args, **kwargs)
        other: Callable[P, R] = swaps[function]
        token = _swaps.set({each: swaps[each] for each in swaps if each is not function})
        try:
            return other(*args, **kwargs)
        finally:
            _swaps.reset(token)

    return dispatch
