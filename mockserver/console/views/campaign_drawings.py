"""What costs much on the page of a campaign: its timeline with the counts per day, and its leads with why."""

from collections.abc import Callable, Hashable
from typing import Any

from ...state.records import Campaign
from ..chart import KINDS, draw_chart
from ..pages import render
from ..timeline import draw_timeline, summarize_timeline
from ..visit import Visit
from .campaign_leads import describe_leads

MOST_DRAWN = 2000
"""Leads of a campaign that is drawn with its page. The drawings of a larger one come with the stream."""
Marks = tuple[Hashable, ...]
"""One for each of `_PARTS`."""


def mark_drawings(visit: Visit, campaign_id: str, present: Hashable) -> Marks:
    """Return the marks of the drawings that a page may show now, when `present` is that of all there is."""
    return tuple(visit.desk.drawings.mark(_name(visit, campaign_id, part), present) for part in _PARTS)


def draw_page(visit: Visit, campaign: Campaign, leads: int, marks: Marks) -> dict[str, Any]:
    """Return the drawings for a page, or what stands in their place until its stream brings them."""
    if leads <= MOST_DRAWN:
        return {part: _draw(visit, campaign, part, mark) for part, mark in zip(_PARTS, marks, strict=True)}
    facts = {"visit": visit, "campaign_id": campaign.campaign_id}
    listed = describe_leads(visit, campaign.campaign_id, is_explained=False)
    return {
        "timeline": render("campaigns/timeline_coming.html"),
        "leads": render("campaigns/leads.html", **facts, **listed),
        "seen": "",  # so the stream begins with all there is
    }


def update_drawings(visit: Visit, campaign: Campaign, before: Marks | None, marks: Marks) -> str:
    """Return the drawings whose mark is another one than before."""
    return "".join(
        _draw(visit, campaign, part, mark)
        for part, mark, old in zip(_PARTS, marks, before or [None] * len(marks), strict=True)
        if mark != old
    )


def _name(visit: Visit, campaign_id: str, part: str) -> Hashable:
    page = visit.value("page") if part == "leads" else ""
    return part, visit.key, campaign_id, page


def _draw(visit: Visit, campaign: Campaign, part: str, mark: Hashable) -> str:
    name = _name(visit, campaign.campaign_id, part)
    return visit.desk.drawings.draw(name, mark, lambda: _PARTS[part](visit, campaign))


def _draw_timeline(visit: Visit, campaign: Campaign) -> str:
    shown = visit.ask("showTimeline", campaign_id=campaign.campaign_id)
    kinds = {kind for day in shown["days"] for kind in day["counts"]}
    return render(
        "campaigns/timeline.html",
        name=campaign.settings["name"],
        timeline=draw_timeline(shown),
        chart=draw_chart(shown["days"]),
        kinds=[kind for kind in KINDS if kind in kinds],
        summary=summarize_timeline(shown),
    )


def _draw_leads(visit: Visit, campaign: Campaign) -> str:
    listed = describe_leads(visit, campaign.campaign_id)
    return render("campaigns/leads.html", visit=visit, campaign_id=campaign.campaign_id, **listed)


_PARTS: dict[str, Callable[[Visit, Campaign], str]] = {"timeline": _draw_timeline, "leads": _draw_leads}
"""Id of a part of the page → what draws it."""
