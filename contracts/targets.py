"""What the requests of an operation are sent at: resources of their own where they change or delete."""

from mockserver.spec import Operation

from .api import Api
from .samples import Sampler


def make_sampler(api: Api, operation: Operation) -> Sampler:
    """Return what makes values for an operation; what it would delete is nothing that rules share."""
    deletes = any(scope.endswith(":delete") for scope in operation.scopes)
    choose = api.maker.lose if deletes else api.maker.share
    return Sampler(api.spec, api.ledger, lambda name: choose(name, operation))


def make_target(api: Api, operation: Operation) -> dict[str, str]:
    """Return path values for an operation; what it changes is its own and not shared."""
    names = [parameter.name for parameter in operation.parameters_in("path")]
    if not names:
        return {}
    path = {name: api.live_id(name, operation) for name in names[:-1]}
    deletes = operation.method == "DELETE" and operation.path.endswith("}")
    if operation.method in ("PUT", "PATCH") or deletes:
        return {**path, names[-1]: api.make_live(names[-1], operation)}
    return {**path, names[-1]: api.live_id(names[-1], operation)}
