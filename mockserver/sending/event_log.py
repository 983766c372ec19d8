"""The events of a run of the engine, in the order they happened, as rows in blocks.

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
from datetime import date, datetime
from itertools import count

from ..mails.compose import answer_subject
from ..model.events import Happening, outline_event
from ..state.records import Event, Lead
from ..state.workspace import Workspace
from .contents import Content
from .event_blocks import BITS, LAST_PLACE, ROWS, Block, pack_ids
from .randomness import Randomness
from .schedule import to_utc

_DAY_SECONDS = 24 * 3600
_EPOCH = date(1970, 1, 1).toordinal()
_NONE = -1
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
        self._block = Block()
        """The last one, which takes new rows."""
        self._blocks = [self._block]
        self._before_block = 0
        """How many rows there are before the last block."""
        self._commons: list[_Common] = []
        """Number → what rows have in common."""
        self._numbers: dict[Content | str | None, dict[str | None, int]] = {}
        """Content → sender account → number; a pair of the two takes more memory, in more places."""
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}
        """The names that details have, so that all share them."""
        self._first_subjects: dict[str, str] = {}
        """Lead → subject of its first mail, if that is not in this log."""
        self._last: dict[str, int] = {}
        """Lead → its last row that is indexed."""
        self._previous = array("i")
        """Row → the row of the same lead before it, or `_NONE`."""
        self._filed: dict[str, dict[Hashable, array[int]]] = {"kind": {}, "day": {}}
        """Index → value → rows."""
        self._slots = array("i", [_NONE]) * 8
        """A hash table of rows by their marks: linear probing, its size a power of two."""
        self._indexed = dict.fromkeys(("lead", "kind", "day", "id"), 0)
        """Index → how many rows it holds."""

    def __len__(self) -> int:
        return self._before_block + len(self._block.marks)

    def add_mail(self, lead: Lead, content: Content, inbox_id: str, at: int, mark: int) -> None:
        """Add that a mail goes out; `mark` is that of its event id."""
        self._add(lead, self._find_number(content, inbox_id), at, mark)

    def add_reaction(self, lead: Lead, event: Event) -> None:
        """Add what a lead did."""
        ids, at = pack_ids(event), int(event.at.timestamp())
        is_plain = bool(ids) and event.at == to_utc(at)
        is_plain = is_plain and (event.lead_id, event.campaign_id) == (lead.lead_id, lead.campaign_id)
        common = self._find_number(event.kind if is_plain else None, event.inbox_id)
        self._add(lead if is_plain else event, common, at, self._randomness.mark(event.event_id))
        if is_plain:
            names = tuple(event.details)
            details = (self._names.setdefault(names, names), *event.details.values()) if names else ()
            self._block.add_ids(ids, details)

    def _add(self, subject: Lead | Event, common: int, at: int, mark: int) -> None:
        if len(self._block.marks) == ROWS:
            self._block = Block()
            self._blocks.append(self._block)
            self._before_block += ROWS
        self._block.add(subject, common, at, mark)

    def _find_number(self, content: Content | str | None, inbox_id: str | None) -> int:
        numbers = self._numbers.get(content)
        if numbers is None:
            numbers = self._numbers[content] = {}
        number = numbers.get(inbox_id)
        if number is None:
            number = numbers[inbox_id] = len(self._commons)
            self._commons.append((content, inbox_id))
        return number

    def _read(self, row: int) -> tuple[Lead | Event, Content | str | None, str | None, int]:
        """Return the columns of a row: its subject, what it has in common with others, its time.

        The second is the content of a mail, or the kind of a reaction; None for an event kept as it is.
        """
        block, place = self._blocks[row >> BITS], row & LAST_PLACE
        content, inbox_id = self._commons[block.commons[place]]
        return block.subjects[place], content, inbox_id, block.times[place]

    def note_first_subject(self, lead_id: str, subject: str) -> None:
        """Note the subject of a lead's first mail, because its follow-ups answer it."""
        self._first_subjects[lead_id] = subject

    # ------------------------------------------------------------ reading rows

    def make(self, row: int) -> Event:
        """Return the event of a row."""
        subject, content, inbox_id, seconds = self._read(row)
        if isinstance(subject, Event):
            return subject
        if not isinstance(content, Content):
            return self._make_reaction(row, subject, str(content), inbox_id, to_utc(seconds))
        draw = self._randomness.draw_mail(subject.lead_id, content.key)
        fields, at = content.list_fields(subject), to_utc(seconds)
        details = {
            "sequence_step": content.step,
            "subject": self._make_subject(row, subject, content, at, draw.text_seed),
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

    def _make_reaction(self, row: int, lead: Lead, kind: str, inbox_id: str | None, at: datetime) -> Event:
        block, place = self._blocks[row >> BITS], row & LAST_PLACE
        email_id, event_id = block.read_ids(place)
        details = block.read_details(place)
        return Event(event_id, kind, at, lead.lead_id, lead.campaign_id, email_id, inbox_id, details)

    def name_row(self, row: int) -> int:
        """Return a number that stands for a row of this log, and for none of any other log."""
        return self._number << _ROW_BITS | row

    def find_named(self, name: int) -> int | None:
        """Return the row that a number of `name_row` stands for; None when it is of another log."""
        return name & (1 << _ROW_BITS) - 1 if name >> _ROW_BITS == self._number else None

    def make_subject(self, row: int, first: int | None = None) -> str:
        """Return the subject of the mail of a row; `first` is that of the lead's first mail, if known."""
        lead, content, _, at = self._read(row)
        assert isinstance(content, Content)
        assert isinstance(lead, Lead)
        if first is not None and not content.subject:
            return answer_subject(self.make_subject(first))
        random_seed = self._randomness.draw_mail(lead.lead_id, content.key).text_seed
        return self._make_subject(row, lead, content, to_utc(at), random_seed)

    def outline(self, row: int) -> Happening:
        """Return the event of a row in outline."""
        subject, content, inbox_id, seconds = self._read(row)
        if isinstance(subject, Event):
            return outline_event(subject)
        at = to_utc(seconds)
        if not isinstance(content, Content):
            return Happening(subject.lead_id, str(content), at, inbox_id)
        return Happening(
            subject.lead_id, "sent", at, inbox_id, content.step, content.key, content.variant_name
        )

    def find_key(self, row: int) -> str:
        """Return the event id of a row."""
        subject, content, _, _ = self._read(row)
        if isinstance(subject, Event):
            return subject.event_id
        if not isinstance(content, Content):
            return self._blocks[row >> BITS].read_ids(row & LAST_PLACE)[1]
        return self._randomness.draw_mail(subject.lead_id, content.key).event_id

    def _make_subject(self, row: int, lead: Lead, content: Content, at: datetime, random_seed: int) -> str:
        if content.subject:
            return content.render_subject(content.list_fields(lead), at, random_seed)
        for before in reversed(self.list_rows("lead", lead.lead_id)):
            first = self._read(before)[1]
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
            if self._blocks[row >> BITS].marks[row & LAST_PLACE] == mark and self.find_key(row) == key:
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
            row = self._previous[row]
        return rows[::-1]

    def _find_email_id(self, row: int) -> str:
        subject, content, _, _ = self._read(row)
        if isinstance(content, Content) and not isinstance(subject, Event):
            return self._randomness.draw_mail(subject.lead_id, content.key).email_id
        return self.make(row).email_id

    def _index_leads(self) -> None:
        last, previous = self._last, self._previous
        for row in range(len(previous), len(self)):
            lead_id = self._read(row)[0].lead_id
            previous.append(last.get(lead_id, _NONE))
            last[lead_id] = row

    def _index(self, index: str) -> None:
        filed, size = self._filed[index], len(self)
        alike: dict[tuple[int, int], array[int]] = {}  # what rows have in common and their day → their rows
        for row in range(self._indexed[index], size):
            block, place = self._blocks[row >> BITS], row & LAST_PLACE
            key = block.commons[place], block.times[place] // _DAY_SECONDS
            rows = alike.get(key)
            if rows is None:
                value = self._find_kind(row) if index == "kind" else self._find_day(row)
                rows = filed.setdefault(value, array("i"))
                if not isinstance(block.subjects[place], Event):
                    alike[key] = rows
            rows.append(row)
        self._indexed[index] = size

    def _find_kind(self, row: int) -> str:
        subject, content, _, _ = self._read(row)
        return subject.kind if isinstance(subject, Event) else _name_kind(content)

    def _find_day(self, row: int) -> tuple[str | None, str, date]:
        subject, content, inbox_id, at = self._read(row)
        if isinstance(subject, Event):
            return subject.inbox_id, subject.kind, subject.at.date()
        return inbox_id, _name_kind(content), date.fromordinal(_EPOCH + at // _DAY_SECONDS)

    def _index_ids(self) -> None:
        size = len(self)
        if 2 * size > len(self._slots):
            self._slots = array("i", [_NONE]) * (1 << (4 * size).bit_length() - 1)
            self._indexed["id"] = 0
        slots, blocks, last = self._slots, self._blocks, len(self._slots) - 1
        for row in range(self._indexed["id"], size):
            slot = blocks[row >> BITS].marks[row & LAST_PLACE] & last
            while slots[slot] != _NONE:
                slot = slot + 1 & last
            slots[slot] = row
        self._indexed["id"] = size


def _name_kind(content: Content | str | None) -> str:
    """Return the kind of the event of a row."""
    return "sent" if isinstance(content, Content) else str(content)


def find_first_subject(workspace: Workspace, lead: Lead) -> str:
    """Return the subject of a lead's first mail; empty when there is none."""
    for event in reversed(workspace.events.where("lead", lead.lead_id)):
        if event.kind == "sent" and event.details["sequence_step"] == 1:
            return str(event.details["subject"])
    return ""
