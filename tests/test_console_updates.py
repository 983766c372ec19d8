"""What open pages are sent: made once for all that show the same, and not too often."""

from collections.abc import Hashable
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from mockserver import MockServer, Settings, create_app
from mockserver.console import live, updates
from mockserver.console.header import mark_header
from mockserver.console.live import LiveFeed, Streams, digest_marks
from mockserver.console.updates import Update, Updates
from mockserver.console.views import requests as view
from mockserver.console.visit import Visit
from mockserver.http.messages import Request
from mockserver.openapi.spec import load_spec

from .kit.api import Api

_NUMBERS = count(1)
MARKS = ("header", "view")


@pytest.fixture(scope="module")
def app() -> MockServer:
    return create_app(Settings())


@pytest.fixture
def api(app: MockServer) -> Api:
    api = Api(app, f"cs_live_{next(_NUMBERS)}_updates")
    api.campaign()
    return api


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(live, "monotonic", time)
    monkeypatch.setattr(updates, "monotonic", time)
    monkeypatch.setattr(updates, "thread_time", lambda: 0.0)
    return time


class Pages:
    """Open pages with the requests of one workspace."""

    def __init__(self, api: Api) -> None:
        self.made: list[str] = []
        """The texts of the updates that were made."""
        self._api = api
        self._updates = Updates()
        self._view = replace(view.VIEW, update=self._update)

    def open(self, query: str = "") -> LiveFeed:
        """Return the stream of a page that shows what there is now."""
        headers = {load_spec().key_header.lower(): self._api.key, "host": "localhost"}
        request = Request("GET", "/console/events", query, headers, "127.0.0.1", lambda _most: b"")
        console: Any = self._api.app.console
        visit = Visit(console._desk, request)
        seen = digest_marks(mark_header(visit), view.mark(visit))
        feed = LiveFeed(visit, self._view, Streams(10), self._updates, seen)
        feed.stay()
        assert next(feed) == b": nothing new\n\n"
        return feed

    def _update(self, visit: Visit, before: Any) -> str:
        self.made.append(view.update(visit, before))
        return self.made[-1]


def test_pages_that_show_the_same_get_the_same_bytes_made_once(api: Api) -> None:
    pages = Pages(api)
    first, second, filtered = pages.open("seen=1"), pages.open("seen=2"), pages.open("method=GET")
    api.campaign()
    assert next(first) == next(second)
    assert len(pages.made) == 1
    assert pages.made[0].count("<tr") == 1
    assert next(filtered) == b": nothing new\n\n"


def test_pages_come_together_and_miss_nothing(api: Api, time: Time) -> None:
    pages = Pages(api)
    first, second = pages.open(), pages.open()
    api.campaign()
    event = next(first)
    api.campaign()
    time.now += 0.1
    assert next(second) == event
    for feed in (first, second):
        assert not feed.has_news
    time.now += 0.16
    for feed in (first, second):
        assert feed.has_news
    assert next(first) == next(second) != event
    assert [made.count("<tr") for made in pages.made] == [1, 1]


def test_the_first_update_after_a_silence_comes_at_once(api: Api, time: Time) -> None:
    page = Pages(api).open()
    for _ in range(2):
        api.campaign()
        assert page.has_news
        next(page)
        time.now += 1


def test_who_asks_once_gets_what_there_is_now(api: Api) -> None:
    address = f"/console/events?view=requests&key={api.key}"
    for _ in range(2):
        api.campaign()
        shown = api.client.get(address).get_data(as_text=True)
        assert f"/requests/{api.app.journal.last_number}?" in shown


@pytest.mark.parametrize(("cost", "wait"), [(0.0, 0.25), (0.008, 0.4), (1.0, 0.5)])
def test_what_costs_more_is_made_less_often(
    time: Time, monkeypatch: pytest.MonkeyPatch, cost: float, wait: float
) -> None:
    spent = iter((0.0, cost))
    monkeypatch.setattr(updates, "thread_time", lambda: next(spent))
    made = Updates().make("page", MARKS, lambda: b"")
    assert made.until == pytest.approx(time.now + wait)


def test_only_updates_that_a_page_may_still_take_are_kept(time: Time) -> None:
    kept = Updates()

    def find(page: Hashable) -> Update | None:
        return kept.find(page, ("other", "marks"), stays=True)

    for number in range(100):
        kept.make(number, MARKS, lambda: b"")
        time.now += 0.1
    assert len(kept) <= 4
    assert find(0) is None
    assert find(99) is not None
    assert kept.find(99, ("other", "marks"), stays=False) is None


def test_breaks_leave_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    breaks: list[float] = []
    monkeypatch.setattr(updates, "sleep", breaks.append)
    assert list(updates.take_breaks(range(100))) == list(range(100))
    assert 1 < len(breaks) < 50
