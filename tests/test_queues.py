"""Leads that wait for their mails come in the order in which the mails are due, then by their places."""

from random import Random
from types import SimpleNamespace

import pytest

from mockserver.sending.queues import Queue, Waiting


@pytest.mark.parametrize("steady", [0.0, 0.5, 1.0])
def test_the_most_urgent_lead_comes_first_when_some_are_planned_anew(steady: float) -> None:
    random = Random(f"{steady}")
    leads: list[Waiting] = [SimpleNamespace(entry=place, queue=None) for place in range(50)]
    queue, other = Queue(leads), Queue(leads)
    waiting: dict[int, int] = {}  # place of a lead → when its mail is due
    for now in range(3000):
        place = random.randrange(len(leads))
        if random.random() < 0.6:
            # A share of the mails is due in the order in which they are planned, the others are not.
            waiting[place] = now + 100 if random.random() < steady else random.randrange(5000)
            queue.push(leads[place], waiting[place])
        elif place in waiting and random.random() < 0.3:
            other.push(leads[place], now)
            del waiting[place]
        elif waiting:
            due, first = min((due, place) for place, due in waiting.items())
            assert queue.find_due() == due
            assert queue.pop() is leads[first]
            del waiting[first]
        assert queue.find_due() == min(waiting.values(), default=None)
