"""The handlers: `create_campaign` here is `createCampaign` in openapi.yaml.

Each module is one resource and lists its handlers in `__all__`.
"""

import pkgutil
import re
from collections.abc import Callable, Iterable
from importlib import import_module
from types import ModuleType
from typing import Any

from ..calls import Call

Handler = Callable[[Call], dict[str, Any]]


def list_handlers() -> dict[str, Handler]:
    """Return operationId → handler, from every module of this package."""
    modules = [import_module(f".{info.name}", __name__) for info in pkgutil.iter_modules(__path__)]
    return name_operations(modules)


def name_operations(modules: Iterable[ModuleType]) -> dict[str, Any]:
    """Return operationId → function for the functions in the modules' `__all__`."""
    return {
        re.sub(r"_(\w)", lambda match: match[1].upper(), name): getattr(module, name)
        for module in modules
        for name in module.__all__
    }
