"""The events of a run of the engine, in the order they happened, as columns.

How it works: a mail is a row of what decides it: the lead, the content, the sender account and the time. All
else follows from these, so its event is made when somebody reads it. A reaction is a row, too, with its ids
in bytes. One whose ids are written in another way, or that has another lead by now, is kept as the event that
it is. Rows are looked up by indexes that are made when they are first asked for, and grow with the rows.

Why so: the event of a mail costs thirty times the memory of its row, and a third of the time that sending
takes.

All times are whole Unix seconds.
"""

from array import array
from collections.abc import Hashable, Sequence
from datetime import date
from itertools import count
from typing import Any

from ..mails.compose import answer_subject
from ..model.events import Happening, outline_event
from ..state.records import Event, Lead
from ..state.workspace import Workspace
from .contents import Content
from .randomness import Randomness
from .schedule import to_utc

_DAY_SECONDS = 24 * 3600
_EPOCH = date(1970, 1, 1).toordinal()
_NONE = -1
_ID_SIZE = 16
_ROW_BITS = 32
NO_ROW = 0
"""Names no row of any log; see `EventLog.name_row`."""
_NUMBERS = count(1)


_Common = tuple[Content | str | None, str | None]
"""What many rows have in common: the content of a mail, or the kind of a reaction, or None for an
event that is kept as it is; and the sender account."""


class EventLog:
    """A `Segment` of the table of events."""

    def __init__(self, randomness: Randomness) -> None:
        self._randomness = randomness
        self._number = next(_NUMBERS)
        self._subjects: list[Lead | Event] = []
        """Row → the lead that it happens to; or the event itself, when it is kept as it is."""
        self._common = array("I")
        """Row → the number of what it has in common with others."""
        self._commons: list[_Common] = []
        """Number → what rows have in common."""
        self._numbers: dict[Content | str | None, dict[str | None, int]] = {}
        """Content → sender account → number; a pair of the two takes more memory, in more places."""
        self._ids = bytearray()
        """Mail and event ids of the reactions that are rows."""
        self._details: dict[int, tuple[Any, ...]] = {}
        """Row → what else is known of a reaction: the names, then the values. A dict takes twice as much."""
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}
        """The names that details have, so that all share them."""
        self._places = array("i")
        """Row → where its ids begin in `_ids`."""
        self._times = array("q")
        self._marks = array("q")
        """Row → the mark of its event id, see `randomness`."""
        self._first_subjects: dict[str, str] = {}
        """Lead → subject of its first mail, if that is not in this log."""
        self._last: dict[str, int] = {}
        """Lead → its last row that is indexed."""
        self._before = array("i")
        """Row → the row of the same lead before it, or `_NONE`."""
        self._filed: dict[str, dict[Hashable, array[int]]] = {"kind": {}, "day": {}}
        """Index → value → rows."""
        self._slots = array("i", [_NONE]) * 8
        """A hash table of rows by their marks: linear probing, its size a power of two."""
        self._indexed = dict.fromkeys(("lead", "kind", "day", "id"), 0)
        """Index → how many rows it holds."""

    def __len__(self) -> int:
        return len(self._marks)

    def add_mail(self, lead: Lead, content: Content, inbox_id: str, at: int, mark: int) -> None:
        """Add that a mail goes out; `mark` is that of its event id."""
        self._subjects.append(lead)
        self._common.append(self._find_number(content, inbox_id))
        self._times.append(at)
        self._marks.append(mark)
        self._places.append(_NONE)

    def add_reaction(self, lead: Lead, event: Event) -> None:
        """Add what a lead did."""
        ids, at = _pack_ids(event), int(event.at.timestamp())
        is_plain = bool(ids) and event.at == to_utc(at)
        is_plain = is_plain and (event.lead_id, event.campaign_id) == (lead.lead_id, lead.campaign_id)
        self._subjects.append(lead if is_plain else event)
        self._common.append(self._find_number(event.kind if is_plain else None, event.inbox_id))
        self._times.append(at)
        self._marks.append(self._randomness.mark(event.event_id))
        self._places.append(len(self._ids) if is_plain else _NONE)
        if is_plain:
            self._ids += ids
            if event.details:
                names = tuple(event.details)
                names = self._names.setdefault(names, names)
                self._details[len(self._marks) - 1] = (names, *event.details.values())

    def _find_number(self, content: Content | str | None, inbox_id: str | None) -> int:
        numbers = self._numbers.get(content)
        if numbers is None:
            numbers = self._numbers[content] = {}
        number = numbers.get(inbox_id)
        if number is None:
            number = numbers[inbox_id] = len(self._commons)
            self._commons.append((content, inbox_id))
        return number

    def _find_content(self, row: int) -> Content | str | None:
        """Return the content of a mail, or the kind of a reaction; None for an event kept as it is."""
        return self._commons[self._common[row]][0]

    def note_first_subject(self, lead_id: str, subject: str) -> None:
        """Note the subject of a lead's first mail, because its follow-ups answer it."""
        self._first_subjects[lead_id] = subject

    # ------------------------------------------------------------ reading rows

    def make(self, row: int) -> Event:
        """Return the event of a row."""
        subject, (content, inbox_id) = self._subjects[row], self._commons[self._common[row]]
        if isinstance(subject, Event):
            return subject
        if not isinstance(content, Content):
            return self._make_reaction(row, subject, str(content))
        draw = self._randomness.draw_mail(subject.lead_id, content.key)
        fields, at = content.list_fields(subject), to_utc(self._times[row])
        details = {
            "sequence_step": content.step,
            "subject": self._make_subject(row, subject, content, draw.text_seed),
            "variant_name": content.variant_name,
            "variant": content.variant,
            "fields": fields,
            "seed": draw.text_seed,
            "switches": content.switches,
        }
        if content.subsequence_id:
            details |= {"subsequence_id": content.subsequence_id, "node_id": content.node_id}
        return Event(
            event_id=draw.event_id,
            kind="sent",
            at=at,
            lead_id=subject.lead_id,
            campaign_id=subject.campaign_id,
            email_id=draw.email_id,
            inbox_id=inbox_id,
            details=details,
        )

    def _make_reaction(self, row: int, lead: Lead, kind: str) -> Event:
        email_id, event_id = self._unpack_ids(row)
        at, inbox_id = to_utc(self._times[row]), self._commons[self._common[row]][1]
        names, *values = self._details.get(row, ((),))
        details = dict(zip(names, values, strict=True))
        return Event(event_id, kind, at, lead.lead_id, lead.campaign_id, email_id, inbox_id, details)

    def _unpack_ids(self, row: int) -> tuple[str, str]:
        place = self._places[row]
        packed = bytes(self._ids[place : place + 2 * _ID_SIZE])
        return _write_id(packed[:_ID_SIZE]), _write_id(packed[_ID_SIZE:])

    def name_row(self, row: int) -> int:
        """Return a number that stands for a row of this log, and for none of any other log."""
        return self._number << _ROW_BITS | row

    def find_named(self, name: int) -> int | None:
        """Return the row that a number of `name_row` stands for; None when it is of another log."""
        return name & (1 << _ROW_BITS) - 1 if name >> _ROW_BITS == self._number else None

    def make_subject(self, row: int, first: int | None = None) -> str:
        """Return the subject of the mail of a row; `first` is that of the lead's first mail, if known."""
        lead, content = self._subjects[row], self._find_content(row)
        assert isinstance(content, Content)
        assert isinstance(lead, Lead)
        if first is not None and not content.subject:
            return answer_subject(self.make_subject(first))
        random_seed = self._randomness.draw_mail(lead.lead_id, content.key).text_seed
        return self._make_subject(row, lead, content, random_seed)

    def outline(self, row: int) -> Happening:
        """Return the event of a row in outline."""
        subject, content = self._subjects[row], self._find_content(row)
        if isinstance(subject, Event):
            return outline_event(subject)
        at, inbox_id = to_utc(self._times[row]), self._commons[self._common[row]][1]
        if not isinstance(content, Content):
            return Happening(subject.lead_id, str(content), at, inbox_id)
        return Happening(
            subject.lead_id, "sent", at, inbox_id, content.step, content.key, content.variant_name
        )

    def find_key(self, row: int) -> str:
        """Return the event id of a row."""
        subject, content = self._subjects[row], self._find_content(row)
        if isinstance(subject, Event):
            return subject.event_id
        if not isinstance(content, Content):
            return self._unpack_ids(row)[1]
        return self._randomness.draw_mail(subject.lead_id, content.key).event_id

    def _make_subject(self, row: int, lead: Lead, content: Content, random_seed: int) -> str:
        if content.subject:
            fields = content.list_fields(lead)
            return content.render_subject(fields, to_utc(self._times[row]), random_seed)
        for before in reversed(self.list_rows("lead", lead.lead_id)):
            first = self._find_content(before)
            if before < row and isinstance(first, Content) and first.step == 1:
                return answer_subject(self.make_subject(before))
        return answer_subject(self._first_subjects.get(lead.lead_id, ""))

    # ------------------------------------------------------------ finding rows

    def find_row(self, key: str) -> int | None:
        """Return the row of an event id; None when there is none."""
        self._index_ids()
        mark, last = self._randomness.mark(key), len(self._slots) - 1
        slot = mark & last
        while (row := self._slots[slot]) != _NONE:
            if self._marks[row] == mark and self.find_key(row) == key:
                return row
            slot = slot + 1 & last
        return None

    def list_rows(self, index: str, value: Hashable) -> Sequence[int]:
        """Return the rows that an index of the table of events files under a value."""
        if index == "mail":  # asked seldom, so no index is kept
            return [row for row in range(len(self)) if self._find_email_id(row) == value]
        if index != "lead":
            self._index(index)
            return self._filed[index].get(value, ())
        self._index_leads()
        rows: list[int] = []
        row = self._last.get(value, _NONE) if isinstance(value, str) else _NONE
        while row != _NONE:
            rows.append(row)
            row = self._before[row]
        return rows[::-1]

    def _find_email_id(self, row: int) -> str:
        subject, content = self._subjects[row], self._find_content(row)
        if isinstance(content, Content) and not isinstance(subject, Event):
            return self._randomness.draw_mail(subject.lead_id, content.key).email_id
        return self.make(row).email_id

    def _index_leads(self) -> None:
        last, before = self._last, self._before
        for row in range(len(before), len(self)):
            lead_id = self._subjects[row].lead_id
            before.append(last.get(lead_id, _NONE))
            last[lead_id] = row

    def _index(self, index: str) -> None:
        filed, size = self._filed[index], len(self)
        for row in range(self._indexed[index], size):
            value: Hashable = self._find_kind(row) if index == "kind" else self._find_day(row)
            rows = filed.get(value)
            if rows is None:
                rows = filed[value] = array("i")
            rows.append(row)
        self._indexed[index] = size

    def _find_kind(self, row: int) -> str:
        subject, content = self._subjects[row], self._find_content(row)
        if isinstance(subject, Event):
            return subject.kind
        return "sent" if isinstance(content, Content) else str(content)

    def _find_day(self, row: int) -> tuple[str | None, str, date]:
        subject = self._subjects[row]
        if isinstance(subject, Event):
            return subject.inbox_id, subject.kind, subject.at.date()
        day = date.fromordinal(_EPOCH + self._times[row] // _DAY_SECONDS)
        return self._commons[self._common[row]][1], self._find_kind(row), day

    def _index_ids(self) -> None:
        size = len(self)
        if 2 * size > len(self._slots):
            self._slots = array("i", [_NONE]) * (1 << (4 * size).bit_length() - 1)
            self._indexed["id"] = 0
        slots, marks, last = self._slots, self._marks, len(self._slots) - 1
        for row in range(self._indexed["id"], size):
            slot = marks[row] & last
            while slots[slot] != _NONE:
                slot = slot + 1 & last
            slots[slot] = row
        self._indexed["id"] = size


def _pack_ids(event: Event) -> bytes:
    """Return the ids of a mail and of an event in bytes; none when they are not written as drawn ids are."""
    try:
        packed = [bytes.fromhex(text.replace("-", "")) for text in (event.email_id, event.event_id)]
    except ValueError:
        return b""
    is_same = [_write_id(data) for data in packed] == [event.email_id, event.event_id]
    return b"".join(packed) if is_same else b""


def _write_id(data: bytes) -> str:
    text = data.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def find_first_subject(workspace: Workspace, lead: Lead) -> str:
    """Return the subject of a lead's first mail; empty when there is none."""
    for event in reversed(workspace.events.where("lead", lead.lead_id)):
        if event.kind == "sent" and event.details["sequence_step"] == 1:
            return str(event.details["subject"])
    return ""
