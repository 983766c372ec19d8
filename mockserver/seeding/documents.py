"""Workspaces as documents: written to JSON, and read again, checked, from seeds and imports."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from random import Random
from typing import Any

from ..errors import MOST_COUNTED, ApiError, RequestInvalidError, Violation
from ..model.contacts import MANUAL, save_contact
from ..model.content import check_campaign
from ..model.events import record_event
from ..model.subsequences import check_subsequence
from ..openapi.extensions import Extensions
from ..openapi.formats import is_uuid
from ..openapi.spec import Spec
from ..openapi.violations import Loc
from ..state.collection import pause_collection
from ..state.records import Campaign, Event, Lead, Subsequence
from ..state.snapshot import Snapshot, draw_id
from ..state.workspace import Workspace
from .record_forms import RecordForm
from .shorthand import Row, expand
from .surroundings import NAMES, SurroundingsForm

SEED_TIME = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""Stands for a time that a document leaves out, so that a seed gives the same workspace every day."""

_ANY_ID = "00000000-0000-4000-8000-000000000000"
_DETAILS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("sequence_step", "link_index"), (int,)),
    **dict.fromkeys(
        ("subject", "body", "category", "url", "variant_name", "subsequence_id", "node_id"), (str,)
    ),
    **dict.fromkeys(("is_auto_reply", "is_unsubscribe", "verified"), (bool,)),
    "confidence": (float, int),
}
"""What kind of value a detail of an event is; see `events.record_event`."""
_OWN = ("user_id", "team_id")
_NO_NOW = "only a file that a server starts with, --seed FILE, may say now; a state says its time in clock"
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class CheckedState:
    """A document whose rows keep their schemas; records can be made of it, for any workspace."""

    own: dict[str, str]
    surroundings: dict[str, Any]
    """The parts besides records, as fields of a `Snapshot`."""
    tables: dict[str, Any]
    """Table → its rows as the document has them: expanded, they may be very many."""


class StateFormat:
    """The documents of a server: how its workspaces look outside of it."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self._tables = Workspace("", "").tables
        self.keys = {name: table.key for name, table in self._tables.items()}
        self.surroundings = SurroundingsForm(spec)

    @cached_property
    def forms(self) -> dict[str, RecordForm]:
        """Table → how its records look; made when a document is first read or written."""
        return {name: RecordForm(self.spec, table.record, name) for name, table in self._tables.items()}

    def write(self, snapshot: Snapshot) -> dict[str, Any]:
        """Return a state as JSON values."""
        return {
            "user_id": snapshot.user_id,
            "team_id": snapshot.team_id,
            **self.surroundings.write(snapshot),
            **{
                name: [form.write(record) for record in snapshot.records.get(name, {}).values()]
                for name, form in self.forms.items()
            },
        }

    def write_text(self, snapshot: Snapshot) -> Iterator[str]:
        """Yield what `write` returns as JSON text, record by record."""
        own = {name: getattr(snapshot, name) for name in _OWN}
        yield _encode({**own, **self.surroundings.write(snapshot)}).removesuffix("}")
        for name, form in self.forms.items():
            yield f",{_encode(name)}:["
            for index, record in enumerate(snapshot.records.get(name, {}).values()):
                yield ("," if index else "") + _encode(form.write(record))
            yield "]"
        yield "}"

    def check(self, document: Any) -> CheckedState:
        """Return the rows of a document, defaults filled in.

        Raises RequestInvalidError with every breach, ids that are nowhere apart: those show in `make`.
        """
        if not isinstance(document, dict):
            raise RequestInvalidError(
                [_breach(("body",), "a state is an object of tables", "type_error.dict")]
            )
        violations: list[Violation] = []
        own = {name: document[name] for name in _OWN if name in document}
        for name, value in own.items():
            if not isinstance(value, str) or not is_uuid(value):
                violations.append(_breach(("body", name), "value is not a valid uuid", "type_error.uuid"))
        violations += self.surroundings.find_violations(document)
        if "now" in document:
            violations.append(_breach(("body", "now"), _NO_NOW))
        tables = {name: rows for name, rows in document.items() if name not in (*_OWN, *NAMES, "now")}
        for row in expand(tables, self.keys, violations):
            violations += self._check_row(row)
            if len(violations) > MOST_COUNTED:
                break
        if violations:
            raise RequestInvalidError(violations)
        return CheckedState(own, self.surroundings.read(document), tables)

    def make(self, checked: CheckedState, random: Random) -> Snapshot:
        """Return the state that a document describes; what it leaves out is drawn, or `SEED_TIME`.

        Raises RequestInvalidError for ids that are taken or nowhere and for addresses that are taken.
        """
        staging = Workspace("", "")
        own = {name: checked.own.get(name) or draw_id(random) for name in _OWN}
        staging.restore(Snapshot(own["user_id"], own["team_id"], {}, random))
        self._fill(staging, checked, SEED_TIME)
        return replace(staging.snapshot().keep_records(), **checked.surroundings)

    def replace(self, workspace: Workspace, document: Any) -> None:
        """Make a document the state of a workspace; raises RequestInvalidError, and changes nothing then."""
        checked = self.check(document)
        # Not the numbers the workspace began with: what they draw may be in the document already.
        digest = sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
        workspace.history.forget_points()
        workspace.restore(self.make(checked, workspace.make_random(digest)))
        workspace.past.forget()

    def add(self, workspace: Workspace, document: Mapping[str, Any]) -> list[Any]:
        """Add the rows of a document to a workspace; returns the new records in their order.

        Times left out are the present. Raises RequestInvalidError, and changes nothing then.
        """
        checked = self.check(document)
        staging = Workspace("", "")
        with workspace.lock:
            staging.restore(workspace.snapshot())
            made = self._fill(staging, checked, workspace.now())
            workspace.restore(staging.snapshot().keep_records())
        return made

    def _fill(self, workspace: Workspace, checked: CheckedState, now: datetime) -> list[Any]:
        """Put the records of the rows into a workspace that may be left half filled by an error."""
        records: list[Any] = []
        violations: list[Violation] = []
        with pause_collection():
            self._make_records(workspace, checked, now, records, violations)
        if violations:
            raise RequestInvalidError(violations)
        return records

    def _make_records(
        self,
        workspace: Workspace,
        checked: CheckedState,
        now: datetime,
        records: list[Any],
        violations: list[Violation],
    ) -> None:
        """Add the record of each row, or None, and what is wrong."""
        for row in expand(checked.tables, self.keys, []):
            row.record = self._make_record(workspace, row, now, violations)
            records.append(row.record)
            if len(violations) > MOST_COUNTED:
                return
        # A row may name one that comes later, so these are looked up when all are there.
        for row, record in zip(expand(checked.tables, self.keys, []), records, strict=True):
            if record is not None:
                violations += self._check_relations(workspace, row, record)

    def _make_record(
        self, workspace: Workspace, row: Row, now: datetime, violations: list[Violation]
    ) -> Any | None:
        """Return the record of a row, put into its table; None where that cannot be."""
        ancestors = self._find_ancestors(row) if row.parent else {}
        if any(ancestor.record is None for ancestor in ancestors.values()):
            return None
        table = workspace.tables[row.table]
        values = self.forms[row.table].complete(row.values)
        values |= {key: getattr(ancestor.record, key) for key, ancestor in ancestors.items()}
        if values.get(table.key) is not None and table.find(values[table.key]):
            violations.append(_breach((*row.loc, table.key), f"{values[table.key]} is taken"))
        try:
            return self._put(workspace, row.table, values, now)
        except ApiError as error:
            detail = self.spec.find_error(error.name).render(error.facts)["detail"]
            violations.append(_breach(row.loc, detail))
            return None

    def _put(self, workspace: Workspace, table: str, values: dict[str, Any], now: datetime) -> Any:
        lead = workspace.leads.find(values.get("lead_id", ""))
        if table == "events" and "email_id" not in values and lead:
            # The shorthand of a seed: what happened, and when; which mail it was follows.
            event = self.forms["events"].make(values, workspace.random, now)
            return record_event(
                workspace,
                lead,
                event.kind,
                at=event.at,
                event_id=event.event_id,
                inbox_id=event.inbox_id,
                details=event.details,
            )
        record = self.forms[table].make(values, workspace.random, now)
        if isinstance(record, Campaign):
            check_campaign(record)
        if isinstance(record, Subsequence):
            schema = self.spec.find_schema("SubsequenceCreate.trigger_params")
            check_subsequence(record, Extensions(schema).by_trigger_type)
        if isinstance(record, Lead) and not record.contact_id:
            # The shorthand of a seed: a lead without a contact becomes one.
            contact = save_contact(
                workspace, record.email, record.details, source_type=MANUAL, at=record.created_at
            )
            details = contact.details if contact.details == record.details else record.details
            record = replace(record, contact_id=contact.contact_id, details=details)
        return workspace.tables[table].put(record)

    def _find_ancestors(self, row: Row) -> dict[str, Row]:
        """Return the rows that a row stands in, by the names of its fields for their ids."""
        found: dict[str, Row] = {}
        parent = row.parent
        while parent is not None:
            key = self.keys[parent.table]
            if key in self.forms[row.table].own:
                found[key] = parent
            parent = parent.parent
        return found

    def _check_row(self, row: Row) -> Iterator[Violation]:
        form = self.forms[row.table]
        if row.parent is not None:
            # The ids of the rows around are not known yet; any do for the check.
            row.values.update(dict.fromkeys(self._find_ancestors(row), _ANY_ID))
        for name in row.values:
            if name not in form.schema["properties"]:
                yield _breach((*row.loc, name), "extra fields not permitted", "value_error.extra")
        if not form.validator.is_valid(row.values):
            yield from form.validator.find_violations(row.values, row.loc)

    def _check_relations(self, workspace: Workspace, row: Row, record: Any) -> Iterator[Violation]:
        tables = workspace.tables
        for name, table in self.forms[row.table].references.items():
            value = getattr(record, name)
            for key in value if isinstance(value, tuple) else (value,):
                if key is not None and not tables[table].find(key):
                    yield _breach((*row.loc, name), f"{table} has no {key}")
        for unique in ("address", "name"):
            value_of = tables[row.table].find_index(unique)
            if value_of and tables[row.table].count(unique, value_of(record)) > 1:
                yield _breach(row.loc, f"the {unique} is taken")
        if isinstance(record, Lead) and (record.campaign_id is None) != (record.status == "EXTERNAL"):
            yield _breach((*row.loc, "status"), "EXTERNAL is who belongs to no campaign, and nobody else")
        # Who belongs to no campaign may write unasked.
        if isinstance(record, Event) and record.kind != "sent" and record.campaign_id is not None:
            mails = workspace.events.where("lead", record.lead_id)
            if not any(mail.kind == "sent" and mail.email_id == record.email_id for mail in mails):
                yield _breach((*row.loc, "email_id"), f"no event says that {record.email_id} was sent")
        if isinstance(record, Event):
            for name, kinds in _DETAILS.items():
                is_needed = record.kind == "sent" and name in ("sequence_step", "subject")
                if (is_needed or name in record.details) and type(record.details.get(name)) not in kinds:
                    yield _breach((*row.loc, "details", name), f"{kinds[0].__name__} type expected")


def _breach(loc: Loc, message: str, kind: str = "value_error") -> Violation:
    return {"loc": list(loc), "msg": message, "type": kind}
