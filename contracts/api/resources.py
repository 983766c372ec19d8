"""Resources: when a request needs an id, operations of the API make what it names."""

from collections.abc import Callable, Mapping
from typing import Any

from mockserver.openapi.spec import Operation
from mockserver.testing.bodies import make_smtp_account

from ..inputs.cross_field import repair
from ..inputs.encoding import write_csv
from ..inputs.id_sources import Source, deletes, find_source, is_ambiguous
from ..inputs.samples import Sampler
from ..verdict.outcomes import UncheckedError
from .client import UNSET, Client

Presumed = Mapping[str, Any]
"""Field → value that a new resource must have."""


class Resources(Client):
    """A client that makes the resources it needs. The run marks them and removes them at its end.

    `user` is the operation that gets the id. It decides what kind of job a `job_id` means, and in which
    state the resource is. Raises UncheckedError when no operation makes one.
    """

    # -------------------------------------------------------------- asking

    def complete(
        self, operation: Operation, path: Mapping[str, str], query: Mapping[str, Any]
    ) -> tuple[Mapping[str, str], Mapping[str, Any]]:
        """Return all path and query values of a request.

        A missing path value becomes the id of a shared resource. A missing query value that is required
        becomes a sample.
        """
        sampler = Sampler(self.spec, self.ledger, lambda name: self.shared_id(name, operation))
        needed = {
            parameter.name: sampler.value(parameter.schema, parameter.name)
            for parameter in operation.parameters_in("query")
            if parameter.required and parameter.name not in query
        }
        names = [parameter.name for parameter in operation.parameters_in("path")]
        path = {name: path.get(name) or self.shared_id(name, operation) for name in names}
        return path, {**needed, **query}

    # -------------------------------------------------------------- ids

    def shared_id(self, name: str, user: Operation | None = None) -> str:
        """Return the id of a resource that rules share and must not change."""
        presumed = self._presume(name, user)
        memo = f"shared {name} {sorted(presumed.items())}"
        if is_ambiguous(self.spec, name):
            memo += f" of {user.operation_id if user else ''}"
        return self.once(memo, lambda: self.new_id(name, user))

    def spare_id(self, name: str, user: Operation | None = None) -> str:
        """Return the id of a resource that no rule relies on, for a request that the server must refuse."""
        if name in ("campaign_id", "job_id", "tag_id"):
            memo = f"spare {name} {user.operation_id if user and name == 'job_id' else ''}"
        else:
            memo = f"spare {name} {sorted(self._presume(name, user).items())}"
        return self.once(memo, lambda: self.new_id(name, user, parent_id=self.spare_id))

    def deletable_id(self, name: str, user: Operation) -> str:
        """Return the id of a resource that an operation may delete."""
        return self.once(f"deletable {name} {user.operation_id}", lambda: self.new_id(name, user))

    def new_id(
        self,
        name: str,
        user: Operation | None = None,
        parent_id: Callable[[str, Operation | None], str] | None = None,
    ) -> str:
        """Return the id of a new resource; `parent_id` gives the ids of its parents."""
        presumed = self._presume(name, user)
        match name:
            case "campaign_id":
                return str(self.create_campaign(name=self.name("shared by rules"))["campaign_id"])
            case "inbox_id":
                return str(self.create_sender_account()["inbox_id"])
            case "domain_id":
                return self._add_domain(presumed)
            case "contact_id":
                return str(self.create_contact()["contact_id"])
            case "tag_id":
                return self._find_tag()
        source = find_source(self.spec, name, user)
        if source is None:
            raise UncheckedError(f"no operation makes a {name}")
        find_id = parent_id or self.shared_id
        names = [parameter.name for parameter in source.operation.parameters_in("path")]
        return self._create(source, presumed, {each: find_id(each, source.operation) for each in names})

    def _create(self, source: Source, presumed: Presumed, path: Mapping[str, str]) -> str:
        operation = source.operation
        find_id = self.deletable_id if deletes(operation) else self.spare_id
        sampler = Sampler(self.spec, self.ledger, lambda name: find_id(name, operation))
        body = repair(operation, sampler.body(operation, given=presumed)) if operation.body else UNSET
        return source.read(self.send(operation.operation_id, path=path, body=body).succeeds())

    def _presume(self, name: str, user: Operation | None) -> Presumed:
        return user.presumes.get(name, {}) if user else {}

    def _add_domain(self, presumed: Presumed) -> str:
        added = self.send("addDomain", body={"domain": self.ledger.host()})
        if added.status == 400 and not self.target.is_mock:
            raise UncheckedError("this server refuses the domains of the suite")
        domain_id = str(added.succeeds()["domain_id"])
        self.prepare("domain_id", domain_id, presumed)
        return domain_id

    def prepare(self, name: str, value: str, presumed: Presumed) -> None:
        """Bring a new domain to the presumed status; raise UncheckedError when it does not get there."""
        if name == "domain_id" and presumed.get("status") == "ACTIVE":
            self.send("activateDomain", path={"domain_id": value}).succeeds()
            if self.read("getDomain", domain_id=value)["status"] != "ACTIVE":
                raise UncheckedError("the domains of the suite have no nameservers, so none becomes ACTIVE")

    def _find_tag(self) -> str:
        if not self.target.tag_id:
            raise UncheckedError("no operation makes a tag; name one with --tag-id")
        return self.target.tag_id

    # -------------------------------------------------------------- what a request needs

    def make_path(self, operation: Operation) -> dict[str, str]:
        """Return path values for an operation; a resource that it changes or deletes is new, not shared."""
        names = [parameter.name for parameter in operation.parameters_in("path")]
        if not names:
            return {}
        path = {name: self.shared_id(name, operation) for name in names[:-1]}
        is_deleted = operation.method == "DELETE" and operation.path.endswith("}")
        is_changed = operation.method in ("PUT", "PATCH")
        find_id = self.new_id if is_changed or is_deleted else self.shared_id
        return {**path, names[-1]: find_id(names[-1], operation)}

    def make_sampler(self, operation: Operation, *, thorough: bool = False) -> Sampler:
        """Return a sampler for an operation; it names no shared resource where the operation deletes it.

        With `thorough`, nor does it where the operation could fill the resource up.
        """

        def find_id(name: str) -> str:
            fills = thorough and f"{name.removesuffix('_id')}_full" in operation.errors
            find = self.deletable_id if fills or deletes(operation) else self.shared_id
            return find(name, operation)

        return Sampler(self.spec, self.ledger, find_id)

    # -------------------------------------------------------------- making

    def create_campaign(self, *, key: str | None = None, **fields: Any) -> dict[str, Any]:
        """Create a campaign and return the answer."""
        body = {"name": self.name(), **fields}
        answer: dict[str, Any] = self.send("createCampaign", body=body, key=key).succeeds()
        return answer

    def sender_account_body(self, **fields: Any) -> dict[str, Any]:
        """Return a body that connects a sender account."""
        return make_smtp_account(self.spec, **{"email_address": self.email("sender"), **fields})

    def create_sender_account(self, *, key: str | None = None, **fields: Any) -> dict[str, Any]:
        """Connect a sender account and return the answer; raise UncheckedError when the server cannot."""
        reply = self.send("createSmtpSenderAccount", body=self.sender_account_body(**fields), key=key)
        if reply.status == 400 and not self.target.is_mock:
            raise UncheckedError("this server cannot connect the sender accounts of the suite")
        answer: dict[str, Any] = reply.succeeds()
        return answer

    def create_contact(self, **fields: str) -> dict[str, Any]:
        """Import a contact from a file with a column for each field, and return it as the list shows it."""
        row = {"email": self.email("contact"), **fields}
        self.send("importContacts", body={"file": write_csv([row])}).succeeds()
        return self.find_contact(row["email"])

    def find_contact(self, email: str) -> dict[str, Any]:
        """Return the contact with an address of the run."""
        listed = self.send("listContacts", query={"search": email}).succeeds()["contacts"]
        self.judge.require(len(listed) == 1, f"{len(listed)} contacts have the address {email}, expected one")
        contact: dict[str, Any] = listed[0]
        return contact
