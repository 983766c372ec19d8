"""Worlds: two of a kind, one more like the first elsewhere, and what stands below the first."""

from dataclasses import dataclass, replace
from typing import Any

from mockserver.openapi.spec import Operation, Spec

from ..inputs.id_sources import find_source, is_ambiguous, list_id_names
from ..walk.history import Mark, Ref, Step
from .draft import Draft, Made


@dataclass(slots=True)
class World:
    """Two of a kind, and others like them."""

    first: Made
    second: Made
    twins: list[Ref]
    """The ids of the same below another parent."""


class Worlds:
    """The worlds of a draft, each of which is built once."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.launched: Made | None = None
        """The campaign whose leads have acted."""
        self.writers: list[Ref] = []
        """The leads that have written, and somebody who got a mail by hand."""
        self.found: dict[str, list[Made]] = {}
        """One of each status, by the name of their ids."""
        self._built: dict[str, World] = {}

    def build(self, id_name: str, user: Operation) -> World:
        """Return the world of an id."""
        if id_name not in self._built:
            first, second = (self.draft.make(id_name, user) for _ in range(2))
            self._repeat(first)
            twins = self._make_twin(first)
            self._make_children(first)
            if id_name == "contact_id":
                self._make_leads_of(first)
            self.draft.look(first, most=1)
            self._built[id_name] = World(first, second, twins)
        return self._built[id_name]

    def _repeat(self, made: Made) -> None:
        """Make it again where the server must refuse it, also in other letter case."""
        if not self.draft.foresee(made.step).is_success:
            self.draft.do(made.step)
            self.draft.do(replace(made.step, body=_change_case(made.step.body)))

    def _make_twin(self, made: Made) -> list[Ref]:
        """Make one of the same name below another parent, or the same in the other workspace.

        Returns its id in the first case; its other values are new there.
        """
        draft = self.draft
        source = draft.spec.operations[made.step.operation]
        parents = [parameter.name for parameter in source.parameters_in("path")]
        if not parents:
            if draft.leave.second and not made.step.list_references():
                draft.do(replace(made.step, second=True))
            return []
        other = draft.make(parents[-1], source)
        path = {**made.step.path, **other.path}
        body = _change_values(made.step.body, draft.fill(source, path).body)
        draft.do(replace(made.step, path=path, body=body))
        number, made_by = len(draft.steps), find_source(draft.spec, made.id_name)
        draft.look_elsewhere(source)
        return [Ref(number, made_by.pointer)] if made_by else []

    def _make_children(self, made: Made) -> None:
        """Make one of each that stands below a resource, other than jobs."""
        draft = self.draft
        for operation in list_makers_below(draft.spec, made.id_name):
            if draft.leave.allows(operation):
                draft.do(draft.fill(operation, made.path))

    def _make_leads_of(self, contact: Made) -> None:
        """Make a contact a lead of two campaigns."""
        draft = self.draft
        email = dict(contact.step.body["file"].rows[0])["email"]
        campaigns = [draft.make("campaign_id") for _ in range(2)]
        for campaign in campaigns:
            lead = draft.fill(draft.spec.operations["addLead"], campaign.path)
            draft.do(Step(lead.operation, lead.path, {}, {**lead.body, "email": email}))


def list_makers_below(spec: Spec, id_name: str) -> list[Operation]:
    """Return the operations that make what stands below a resource, other than jobs."""
    names = [name for name in sorted(list_id_names(spec)) if not is_ambiguous(spec, name)]
    sources = [source.operation for name in names if (source := find_source(spec, name))]
    found = {operation.operation_id: operation for operation in sources}
    return [each for each in found.values() if [p.name for p in each.parameters_in("path")][-1:] == [id_name]]


def _change_values(body: Any, other: Any) -> Any:
    """Return another body with the names and addresses of a body."""
    if not isinstance(body, dict):
        return body
    return {**other, **{name: value for name, value in body.items() if isinstance(value, Mark)}}


def _change_case(body: Any) -> Any:
    """Return a body whose names and addresses are in capitals."""
    if not isinstance(body, dict):
        return body
    return {
        name: replace(value, text=value.text.upper()) if isinstance(value, Mark) else value
        for name, value in body.items()
    }
