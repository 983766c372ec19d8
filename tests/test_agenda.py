"""The agenda gives what is to happen in the order of time, whatever was added when."""

from datetime import timedelta
from random import Random

import pytest

from mockserver.sending.agenda import Agenda
from mockserver.state.records import Event

from .kit.simulation import MONDAY


@pytest.mark.parametrize("span", [3, 300, 30_000])
def test_entries_come_in_order_while_earlier_and_later_ones_are_added(span: int) -> None:
    random, agenda = Random(span), Agenda()
    waiting: list[tuple[int, str]] = []
    for number in range(2000):
        # A few seconds make ties, and many hours let most entries wait. An entry may be before the last one.
        if not waiting or random.random() < 0.5:
            event = _make_event(random.randrange(span), f"{random.random()} {number}")
            agenda.add_reaction(event)
            waiting.append((int(event.at.timestamp()), event.event_id))
        else:
            entry, first = agenda.pop(), min(waiting)
            assert entry is not None
            assert (entry.at, entry.tie) == first
            waiting.remove(first)
        assert agenda.due == min((at for at, _ in waiting), default=float("inf"))
    while waiting:
        entry = agenda.pop()
        assert entry is not None
        assert (entry.at, entry.tie) == min(waiting)
        waiting.remove((entry.at, str(entry.tie)))
    assert agenda.pop() is None


def test_an_entry_is_not_given_before_its_time() -> None:
    agenda = Agenda()
    for seconds in (5, 5, 9):
        agenda.add_reaction(_make_event(seconds, f"{seconds}"))
    start = MONDAY.timestamp()
    assert agenda.pop(start + 4.9) is None
    taken = [agenda.pop(start + 5), agenda.pop(start + 5)]
    assert [entry.at - start for entry in taken if entry] == [5, 5]
    assert agenda.pop(start + 8) is None
    assert agenda.due == start + 9


def _make_event(seconds: int, event_id: str) -> Event:
    return Event(event_id, "opened", MONDAY + timedelta(seconds=seconds), "lead", None, "mail")
