"""What a handler is given."""

from dataclasses import dataclass
from typing import Any

from ..openapi.extensions import Extensions
from ..openapi.schemas import non_null
from ..openapi.spec import Operation
from ..state.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Call:
    """A valid request of one operation, as plain values; a handler knows no HTTP."""

    operation: Operation
    workspace: Workspace
    path: dict[str, Any]
    query: dict[str, Any]
    body: Any

    def read_extensions(self, field: str) -> Extensions:
        """Return what the extensions of a body field, or of a query parameter, say in its schema."""
        schemas = {found.name: found.schema for found in self.operation.parameters_in("query")}
        properties = (self.operation.body or {}).get("properties", {})
        return Extensions(non_null({**schemas, **properties}[field]))

    def limit(self, field: str, keyword: str) -> Any:
        """Return what the request schema says of a body field, as `("variants", "maxItems")`."""
        assert self.operation.body is not None
        return non_null(self.operation.body["properties"][field])[keyword]

    def lacks_text(self) -> bool:
        """Tell whether none of the fields of which the request needs one holds a text."""
        assert self.operation.body is not None
        return not any(self.body[name] for name in Extensions(self.operation.body).needs_one)
