"""The handlers: `create_campaign` here is `createCampaign` in openapi.yaml.

Each module but `call` and `paging`, which handlers share, is one resource. It lists its handlers in
`__all__`, the workers of its background jobs in `WORKERS`.
"""

import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from ..state.workspace import Workers
from .call import Call

Handler = Callable[[Call], dict[str, Any] | str | Iterator[str]]
"""Returns a record, or the text of an answer, perhaps in pieces."""


def list_handlers() -> dict[str, Handler]:
    """Return operationId → handler, from every module of this package."""
    return name_operations(_list_modules())


def list_workers() -> Workers:
    """Return kind of job → worker, from every module of this package."""
    workers: Workers = {}
    for module in _list_modules():
        workers.update(getattr(module, "WORKERS", {}))
    return workers


def name_operations(modules: Iterable[ModuleType]) -> dict[str, Any]:
    """Return operationId → function for the functions in the modules' `__all__`."""
    return {
        re.sub(r"_(\w)", lambda match: match[1].upper(), name): getattr(module, name)
        for module in modules
        for name in getattr(module, "__all__", ())
    }


def _list_modules() -> list[ModuleType]:
    return [import_module(f".{info.name}", __name__) for info in pkgutil.iter_modules(__path__)]
