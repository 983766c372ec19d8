"""What a walk may do on a server, and what the server can do."""

from dataclasses import dataclass, field, replace

from mockserver.openapi.spec import Operation

from ..verdict.outcomes import UncheckedError

OUTSIDE = ("inbox_id", "domain_id")
"""What a server makes only with a mail server or a DNS that is not its own."""


@dataclass(unsafe_hash=True, slots=True)
class Leave:
    """What a walk may do."""

    launch: bool = False
    send: bool = False
    second: bool = False
    """Whether there is a second workspace."""
    alone: bool = False
    """Whether a history has its workspaces for itself."""
    events: bool = False
    """Whether leads can be made to act."""
    clock: bool = False
    """Whether the time can be moved."""
    domains: bool = False
    """Whether domains become ACTIVE."""
    tag: bool = False
    """Whether there is a tag that contacts may get."""
    lacking: frozenset[str] = frozenset()
    """Operations that the server is known to lack."""
    refused: dict[str, UncheckedError] = field(default_factory=dict, compare=False)
    """Operations that the server lacks, or that need another server which it cannot reach → why."""

    def freeze(self) -> "Leave":
        """Return the same, to which nothing is added any more."""
        return replace(self, lacking=self.lacking.union(self.refused), refused={})

    def allows(self, operation: Operation) -> bool:
        """Return whether the walk may call an operation."""
        if operation.operation_id in self.refused or operation.operation_id in self.lacking:
            return False
        needs_domain = operation.operation_id == "activateDomain" or any(
            fields.get("status") == "ACTIVE" for fields in operation.presumes.values()
        )
        return (
            (self.send or not operation.sends)
            and (self.launch or not operation.launches)
            and (self.domains or not needs_domain)
        )
