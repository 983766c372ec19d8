"""Which operation a request is for."""

import re
from urllib.parse import unquote, urlsplit

from mockserver.openapi.spec import Operation, Spec

_PLACEHOLDER = re.compile(r"\\\{(\w+)\\\}")


class Router:
    """Finds the operation of a method and a URL; a literal segment wins over a placeholder."""

    def __init__(self, spec: Spec, base_url: str) -> None:
        self._base = urlsplit(base_url).path.rstrip("/")
        by_literals = sorted(spec.operations.values(), key=lambda operation: operation.path.count("{"))
        self._routes = [(operation, self._compile(spec, operation)) for operation in by_literals]

    def _compile(self, spec: Spec, operation: Operation) -> re.Pattern[str]:
        relative = operation.path.removeprefix(spec.base_path)
        pattern = _PLACEHOLDER.sub(r"(?P<\1>[^/]+)", re.escape(relative))
        return re.compile(re.escape(self._base) + pattern + "/?")

    def match(self, method: str, url: str) -> tuple[Operation | None, dict[str, str]]:
        """Return the operation and the path values; None and no values when there is none."""
        path = urlsplit(url).path
        for operation, pattern in self._routes:
            found = pattern.fullmatch(path)
            if found and operation.method == method:
                return operation, {name: unquote(value) for name, value in found.groupdict().items()}
        return None, {}
