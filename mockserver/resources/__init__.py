"""The handlers: `create_campaign` here is `createCampaign` in openapi.yaml.

Each module is one resource and lists its handlers in `__all__`.
"""

import pkgutil
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

from ..calls import Call

Handler = Callable[[Call], dict[str, Any]]


def list_handlers() -> dict[str, Handler]:
    """Return operationId → handler, from every module of this package."""
    handlers: dict[str, Handler] = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = import_module(f".{module_info.name}", __name__)
        for name in module.__all__:
            handlers[re.sub(r"_(\w)", lambda match: match[1].upper(), name)] = getattr(module, name)
    return handlers
