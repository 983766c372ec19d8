"""Live resources: what an id names is made when it is asked for, by the operations of the API."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mockserver.openapi.spec import Operation

from ..inputs.cross_field import repair
from ..inputs.id_sources import Source, deletes, find_presumed, find_source, is_ambiguous
from ..inputs.samples import Sampler
from ..verdict.outcomes import UncheckedError

if TYPE_CHECKING:
    from .api import Api

Presumed = Mapping[str, Any]
"""Field → value that a new resource must have."""


class Maker:
    """Makes resources, all marked and removed at the end of the run.

    `user` is the operation that the id is for: it says which kind of job a `job_id` means, and what it
    takes for granted. Everything raises UncheckedError when nothing here makes such a resource.
    """

    def __init__(self, api: "Api") -> None:
        self._api = api
        self._special: dict[str, Callable[[Presumed, Mapping[str, str]], str]] = {
            "campaign_id": self._make_campaign,
            "inbox_id": lambda _presumed, _path: str(api.create_inbox()["inbox_id"]),
            "domain_id": self._make_domain,
            "contact_id": lambda _presumed, _path: str(api.create_contact()["contact_id"]),
            "tag_id": self._find_tag,
        }

    def share(self, name: str, user: Operation | None = None) -> str:
        """Return the id of a resource that rules share and must leave as it is."""
        presumed = self._presume(name, user)
        key = f"live {name} {sorted(presumed.items())}"
        if is_ambiguous(self._api.spec, name):
            key += f" of {user.operation_id if user else ''}"
        return self._api.once(key, lambda: self.make(name, user))

    def give(self, name: str, user: Operation | None = None) -> str:
        """Return the id of a resource that may be lost: what is only refused is tried on it."""
        if name in ("campaign_id", "job_id", "tag_id"):
            key = f"spare {name} {user.operation_id if user and name == 'job_id' else ''}"
        else:
            key = f"spare {name} {sorted(self._presume(name, user).items())}"
        return self._api.once(key, lambda: self.make(name, user, share=self.give))

    def lose(self, name: str, user: Operation) -> str:
        """Return the id of a resource that an operation may delete."""
        return self._api.once(f"lost {name} {user.operation_id}", lambda: self.make(name, user))

    def make(
        self,
        name: str,
        user: Operation | None = None,
        share: Callable[[str, Operation | None], str] | None = None,
    ) -> str:
        """Return the id of a new resource; what it stands under comes from `share`."""
        share = share or self.share
        presumed = self._presume(name, user)
        if name in self._special:
            return self._special[name](presumed, {})
        source = find_source(self._api.spec, name, user)
        if source is None:
            raise UncheckedError(f"nothing here makes a live {name}")
        path = {
            parameter.name: share(parameter.name, source.operation)
            for parameter in source.operation.parameters_in("path")
        }
        return self._create(source, presumed, path)

    def _create(self, source: Source, presumed: Presumed, path: Mapping[str, str]) -> str:
        operation = source.operation
        choose = self.lose if deletes(operation) else self.give
        sampler = Sampler(self._api.spec, self._api.ledger, lambda name: choose(name, operation))
        body: dict[str, Any] = {}
        if operation.body:
            body = {"body": repair(operation, sampler.body(operation, given=presumed))}
        return source.read(self._api.send(operation.operation_id, path=path, **body).succeeds())

    def _presume(self, name: str, user: Operation | None) -> Presumed:
        return find_presumed(self._api.spec, user).get(name, {}) if user else {}

    def _make_campaign(self, _presumed: Presumed, _path: Mapping[str, str]) -> str:
        return str(self._api.create_campaign(name=self._api.name("shared by rules"))["campaign_id"])

    def _make_domain(self, presumed: Presumed, _path: Mapping[str, str]) -> str:
        added = self._api.send("addDomain", body={"domain": self._api.ledger.host()})
        if added.status == 400 and not self._api.target.is_mock:
            raise UncheckedError("this server takes no domain of the suite's own")
        domain_id = str(added.succeeds()["domain_id"])
        self.prepare("domain_id", domain_id, presumed)
        return domain_id

    def prepare(self, name: str, domain_id: str, presumed: Presumed) -> None:
        """Bring a new domain to the status that is presumed; unchecked where it does not get there."""
        if name == "domain_id" and presumed.get("status") == "ACTIVE":
            self._api.send("activateDomain", path={"domain_id": domain_id}).succeeds()
            if self._api.read("getDomain", domain_id=domain_id)["status"] != "ACTIVE":
                raise UncheckedError("nobody sets the nameservers of the suite's domains")

    def _find_tag(self, _presumed: Presumed, _path: Mapping[str, str]) -> str:
        if not self._api.target.tag_id:
            raise UncheckedError("no operation makes a tag; name one with --tag-id")
        return self._api.target.tag_id
