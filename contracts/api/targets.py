"""What the requests of an operation are sent at: resources of their own where they change or delete."""

from mockserver.openapi.spec import Operation

from ..inputs.id_sources import deletes
from ..inputs.samples import Sampler
from .api import Api


def make_sampler(api: Api, operation: Operation, *, thorough: bool = False) -> Sampler:
    """Return what makes values for an operation; what it would delete is nothing that rules share.

    Who is `thorough` gets what can be filled up for himself, too.
    """

    def choose(name: str) -> str:
        fills = thorough and f"{name.removesuffix('_id')}_full" in operation.errors
        find = api.maker.lose if fills or deletes(operation) else api.maker.share
        return find(name, operation)

    return Sampler(api.spec, api.ledger, choose)


def make_target(api: Api, operation: Operation) -> dict[str, str]:
    """Return path values for an operation; what it changes is its own and not shared."""
    names = [parameter.name for parameter in operation.parameters_in("path")]
    if not names:
        return {}
    path = {name: api.live_id(name, operation) for name in names[:-1]}
    is_lost = operation.method == "DELETE" and operation.path.endswith("}")
    if operation.method in ("PUT", "PATCH") or is_lost:
        return {**path, names[-1]: api.make_live(names[-1], operation)}
    return {**path, names[-1]: api.live_id(names[-1], operation)}
