"""The threads of a workspace in outline, filtered and sorted without a look at all of them.

How it works: `ThreadList` keeps the outline of each thread. It watches the tables that threads follow from,
and reads a thread again when it is asked for the list and a mail of that thread has changed. Views keep the
outlines that pass a filter in the order of the last mails.

Threads whose last mails are of the same time stand in the order of their first mails: first those with a
reply, by the first reply, then the others, by the first direct mail. Each thread has a number by which a view
keeps that order. When a mail goes and its thread stays, all numbers are given anew.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..model.events import outline_event
from ..state.records import DirectMail, Event, Lead, ThreadMark
from ..state.table import MOST_VIEWS
from ..state.views import View
from ..state.workspace import Workspace
from .threads import Thread, flip_id, has_thread, read_thread

FILTERS = ("campaign_id", "is_read", "is_starred", "category", "status")
"""What a view keeps the result of."""
_WITHOUT_REPLY = 10**12
"""A thread without a reply comes so much later."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What a thread is filtered and sorted by."""

    lead: Lead
    last_at: datetime
    """When its last mail was written."""
    is_read: bool
    is_starred: bool
    category: str | None

    @property
    def thread_id(self) -> str:
        """The id of the thread."""
        return flip_id(self.lead.lead_id)

    def passes(self, filters: Mapping[str, Any]) -> bool:
        """Return whether the thread passes the filters of a list; see `FILTERS`."""
        wanted = {
            "campaign_id": self.lead.campaign_id,
            "is_read": self.is_read,
            "is_starred": self.is_starred,
            "category": self.category,
        }
        states = {"unread": not self.is_read, "read": self.is_read, "starred": self.is_starred}
        status = filters.get("status")
        return all(filters.get(name, value) == value for name, value in wanted.items()) and (
            status is None or states[status]
        )


class ThreadList:
    """The outlines of all threads; the numbers of those that came first are the greatest."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._outlines: dict[int, Outline] = {}
        """Number → thread."""
        self._numbers: dict[str, int] = {}
        """Lead → number of its thread."""
        self._unread = 0
        self._views: dict[Hashable, View[Outline]] = {}
        self._changed: set[str] = set()
        """The leads whose threads are to be read again."""
        self._written: dict[bool, dict[str, None]] = {True: {}, False: {}}
        """Is it a reply? → the leads of such mails since the last read, in their order."""
        self._shrunk: set[str] = set()
        """The leads with mails that went or became others."""
        self._build()
        workspace.events.watch(self._take_event)
        workspace.direct_mails.watch(self._take_mail)
        workspace.thread_marks.watch(self._take_mark)
        workspace.leads.watch(self._take_lead)

    def read(self, filters: Mapping[str, Hashable]) -> Sequence[Outline]:
        """Return the threads that pass, the one with the latest mail first; valid until the next change."""
        self._refresh()
        name = tuple(sorted(filters.items()))
        view = self._views.pop(name, None)
        if view is None:
            if len(self._views) >= MOST_VIEWS:
                del self._views[next(iter(self._views))]
            view = View(self, lambda outline: outline.passes(filters), lambda outline: outline.last_at)
        self._views[name] = view
        return view.read(descending=True)

    def count_unread(self) -> int:
        """Return how many threads have a reply that was not read."""
        self._refresh()
        return self._unread

    # ---- what a view asks

    def __len__(self) -> int:
        return len(self._outlines)

    def count(self, _index: str, _value: Hashable) -> int:
        """Return how many threads there are; there is no index."""
        return len(self)

    def list_numbers(self, _within: tuple[str, Hashable] | None) -> list[int]:
        """Return the numbers of all threads, ascending."""
        return sorted(self._outlines)

    def at(self, number: int) -> Outline | None:
        """Return the thread with this number, or None when it is gone."""
        return self._outlines.get(number)

    # ---- changes

    def _take_event(self, before: Event | None, after: Event | None) -> None:
        mails = [event for event in (before, after) if event and event.kind in ("sent", "replied")]
        self._changed.update(event.lead_id for event in mails)
        if after and after.kind == "replied":
            self._written[True][after.lead_id] = None
        if before and not (after and (before.kind, before.lead_id) == (after.kind, after.lead_id)):
            self._shrunk.update(event.lead_id for event in mails)

    def _take_mail(self, before: DirectMail | None, after: DirectMail | None) -> None:
        leads = [mail.lead_id for mail in (before, after) if mail and mail.lead_id]
        self._changed.update(leads)
        if after and after.lead_id:
            self._written[False][after.lead_id] = None
        if before and not (after and before.lead_id == after.lead_id):
            self._shrunk.update(leads)

    def _take_mark(self, before: ThreadMark | None, after: ThreadMark | None) -> None:
        self._changed.update(mark.lead_id for mark in (before, after) if mark)

    def _take_lead(self, before: Lead | None, after: Lead | None) -> None:
        lead = before or after
        assert lead is not None
        if lead.lead_id in self._numbers:
            self._changed.add(lead.lead_id)
        elif before is None and has_thread(self._workspace, lead):  # it came back
            self._shrunk.add(lead.lead_id)

    def _refresh(self) -> None:
        if any(self._find(lead_id) for lead_id in self._shrunk):
            self._build()
        for is_reply, leads in self._written.items():
            for lead_id in leads:
                number = self._numbers.get(lead_id)
                if number is None or (is_reply and number <= -_WITHOUT_REPLY):
                    self._place(lead_id, is_reply=is_reply)
            leads.clear()
        for lead_id in self._changed:
            if lead_id in self._numbers:
                self._outline(lead_id, self._numbers[lead_id])
        self._changed.clear()
        self._shrunk.clear()

    def _build(self) -> None:
        workspace = self._workspace
        self._views.clear()
        self._outlines.clear()
        self._numbers.clear()
        self._unread = 0
        self._last = {True: 0, False: -_WITHOUT_REPLY}
        replied = (each.lead_id for each in workspace.events.outline("kind", "replied", outline_event))
        mailed = (mail.lead_id for mail in workspace.direct_mails if mail.lead_id)
        for is_reply, leads in ((True, dict.fromkeys(replied)), (False, dict.fromkeys(mailed))):
            for lead_id in leads:
                if lead_id not in self._numbers:
                    self._place(lead_id, is_reply=is_reply)

    def _place(self, lead_id: str, *, is_reply: bool) -> None:
        """Give a thread the next number."""
        known = self._numbers.pop(lead_id, None)
        if known is not None:
            self._set(known, None)
        self._last[is_reply] -= 1
        self._numbers[lead_id] = self._last[is_reply]
        self._outline(lead_id, self._last[is_reply])

    def _outline(self, lead_id: str, number: int) -> None:
        """Read a thread again; one that is gone loses its number."""
        lead = self._find(lead_id)
        if lead is None:
            del self._numbers[lead_id]
        self._set(number, _outline(read_thread(self._workspace, lead)) if lead else None)

    def _set(self, number: int, outline: Outline | None) -> None:
        before = self._outlines.pop(number, None)
        if outline:
            self._outlines[number] = outline
        self._unread += _is_unread(outline) - _is_unread(before)
        for view in self._views.values():
            view.changed.add(number)

    def _find(self, lead_id: str) -> Lead | None:
        """Return a lead that is there and has a thread."""
        lead = self._workspace.leads.find(lead_id)
        return lead if lead and has_thread(self._workspace, lead) else None


def list_threads(workspace: Workspace, filters: Mapping[str, Hashable] | None = None) -> Sequence[Outline]:
    """Return the threads that pass `FILTERS`, the one with the latest mail first, in outline."""
    return workspace.derive(ThreadList).read(filters or {})


def count_unread(workspace: Workspace) -> int:
    """Return how many threads of a workspace have a reply that was not read."""
    return workspace.derive(ThreadList).count_unread()


def _outline(thread: Thread) -> Outline:
    return Outline(
        thread.lead,
        thread.messages[-1].record.at,
        is_read=thread.is_read,
        is_starred=thread.mark.is_starred,
        category=thread.effective_category,
    )


def _is_unread(outline: Outline | None) -> bool:
    return outline is not None and not outline.is_read
