"""What a handler is given."""

from dataclasses import dataclass
from typing import Any

from ..openapi.extensions import Extensions
from ..openapi.schemas import non_null
from ..openapi.spec import Operation
from ..state.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Call:
    """A valid request of one operation, as plain values; a handler sees no HTTP."""

    operation: Operation
    workspace: Workspace
    path: dict[str, Any]
    query: dict[str, Any]
    body: Any

    def read_extensions(self, field: str) -> Extensions:
        """Return the extensions in the schema of a body field or a query parameter."""
        schemas = {found.name: found.schema for found in self.operation.parameters_in("query")}
        properties = (self.operation.body or {}).get("properties", {})
        return Extensions(non_null({**schemas, **properties}[field]))

    def limit(self, field: str, keyword: str) -> Any:
        """Return a keyword of a body field's schema, for example `("variants", "maxItems")`."""
        return self.operation.body_properties[field][keyword]

    def lacks_text(self) -> bool:
        """Return whether the request needs one of several fields and all of them are empty."""
        assert self.operation.body is not None
        return not any(self.body[name] for name in Extensions(self.operation.body).needs_one)
