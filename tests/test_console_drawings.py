"""What pages draw: where days and marks lie, how bars are placed, and how often it is done."""

from itertools import pairwise
from typing import Any

import pytest

from mockserver.console import drawings
from mockserver.console.chart import HEIGHT, draw_chart
from mockserver.console.drawings import Drawings
from mockserver.console.timeline import MOST_NAMES, draw_timeline

from .kit.api import Api, follow_up
from .kit.control import Control
from .kit.simulation import ready


@pytest.fixture
def shown(api: Api, control: Control) -> dict[str, Any]:
    """The timeline of a campaign over a change of the clocks."""
    control.ok("setClock", {"now": "2026-10-23T09:00:00Z", "frozen": True})
    emails = [f"silent+{number}@example.com" for number in range(5)]
    campaign_id = ready(api, *emails, sequences=[follow_up(2, wait_days=4)])
    api.update(campaign_id, timezone="Europe/Berlin", sending_days=[1, 2, 3, 4, 5], launch=True)
    control.ok("moveClock", {"advance": "1d"})
    shown: dict[str, Any] = control.ok("showTimeline", campaign_id=campaign_id)
    return shown


def test_days_are_equally_wide_and_marks_lie_in_theirs(shown: dict[str, Any]) -> None:
    drawing = draw_timeline(shown)
    assert len({column.width for column in drawing.columns}) == 1
    assert {round(after.x - before.x) for before, after in pairwise(drawing.columns)} == {
        round(drawing.columns[0].width)
    }
    assert len(drawing.changes) == 1
    sunday = next(column for column in drawing.columns if column.title.startswith("Sun 25 Oct"))
    assert sunday.open_width == 0
    assert sunday.x < drawing.changes[0].x < sunday.x + sunday.width
    for mark in drawing.marks:
        assert drawing.left <= mark.x <= drawing.width
        assert drawing.head <= mark.y <= drawing.height
    assert [mark.kind for mark in drawing.marks] == ["sent"] * 5 + ["planned"] * 5
    assert max(mark.x for mark in drawing.marks[:5]) < drawing.now.x < min(m.x for m in drawing.marks[5:])
    assert len(drawing.rows) == 5


def test_many_leads_share_the_height(shown: dict[str, Any]) -> None:
    [first, *_] = shown["marks"]
    marks = [{**first, "lead_id": str(number)} for number in range(400)]
    drawing = draw_timeline({**shown, "marks": marks})
    assert drawing.rows == []
    assert len({mark.y for mark in drawing.marks}) > MOST_NAMES
    assert all(drawing.head < mark.y < drawing.height for mark in drawing.marks)


def test_without_marks_there_are_bars(shown: dict[str, Any]) -> None:
    drawing = draw_timeline({**shown, "marks": []})
    assert sum(int(bar.title.rpartition(" ")[2]) for bar in drawing.bars) == shown["total_marks"]
    assert all(bar.y >= drawing.head and bar.y + bar.height <= drawing.height for bar in drawing.bars)


def test_the_highest_bar_takes_the_height_of_the_chart(shown: dict[str, Any]) -> None:
    chart = draw_chart(shown["days"])
    assert max(bar.height for bar in chart.bars) == HEIGHT
    assert chart.most == 5
    empty = draw_chart([{**day, "counts": {}} for day in shown["days"]])
    assert (empty.bars, empty.most) == ([], 1)


def test_a_drawing_is_made_once_for_all_and_not_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    time = [0.0]
    monkeypatch.setattr(drawings, "monotonic", lambda: time[0])
    monkeypatch.setattr(drawings, "thread_time", lambda: time[0])
    kept = Drawings()
    made: list[None] = []

    def make() -> str:
        time[0] += 1
        made.append(None)
        return str(len(made))

    assert kept.mark("page", 1) == 1
    assert [kept.draw("page", 1, make), kept.draw("page", 1, make)] == ["1", "1"]
    assert (kept.mark("page", 2), kept.draw("page", 2, make)) == (1, "1")
    time[0] += 9
    assert kept.mark("page", 2) == 1
    time[0] += 2
    assert (kept.mark("page", 2), kept.draw("page", 2, make)) == (2, "2")
    time[0] += 11
    assert kept.draw("page", 2, make) == "2"


def test_drawings_are_bounded() -> None:
    kept = Drawings()
    for name in range(100):
        kept.draw(name, 0, lambda: "first")
    assert kept.draw(99, 0, lambda: "second") == "first"
    assert kept.draw(0, 0, lambda: "second") == "second"
