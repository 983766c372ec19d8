"""Clicks that a test records are clicks on a link of the mail."""

from typing import Any

import pytest

from mockserver.errors import ApiError

from .kit.api import Api
from .kit.control import Control
from .kit.simulation import Simulation, emails, ready, simulate, variant

LINKS = variant(
    content_type="html",
    email_content='<a href="https://a.example/{{first_name|you}}">A</a> <a href="https://b.example/">B</a>',
)


@pytest.fixture
def lead_id(api: Api, control: Control) -> str:
    """A lead that got a mail with two links."""
    control.ok("setClock", {"now": "2026-01-05T09:00:00Z", "frozen": True})
    campaign_id = ready(api, "click@example.com", variants=[LINKS], enable_click_tracking=True)
    api.update(campaign_id, launch=True)
    control.ok("moveClock", {"to": "next-send"})
    return str(api.leads(campaign_id)[0]["lead_id"])


def links(api: Api) -> list[tuple[int, str, int]]:
    [campaign] = api.ok("listCampaigns")["campaigns"]
    shown = api.ok("getCtrLinks", campaign_id=campaign["campaign_id"])["links"]
    return [(link["link_index"], link["original_url"], link["raw_clicks"]) for link in shown]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ({}, (0, "https://a.example/{{first_name|you}}", 1)),
        ({"url": None}, (0, "https://a.example/{{first_name|you}}", 1)),
        ({"url": "https://a.example/you"}, (0, "https://a.example/{{first_name|you}}", 1)),
        ({"url": "https://a.example/{{first_name|you}}"}, (0, "https://a.example/{{first_name|you}}", 1)),
        ({"url": "https://b.example/"}, (1, "https://b.example/", 1)),
    ],
)
def test_a_recorded_click_is_on_a_link_of_the_mail(
    url: dict[str, Any], expected: tuple[int, str, int], api: Api, control: Control, lead_id: str
) -> None:
    control.ok("recordLeadEvent", {"event": "clicked", **url}, lead_id=lead_id)
    assert links(api) == [expected]


def test_a_recorded_click_and_a_drawn_one_are_on_the_same_link(
    api: Api, control: Control, lead_id: str
) -> None:
    control.ok("moveClock", {"advance": "3d"})
    [(_, url, count)] = links(api)
    control.ok("recordLeadEvent", {"event": "clicked", "url": url}, lead_id=lead_id)
    assert [(link[1], link[2]) for link in links(api)] == [(url, count + 1)]


def test_a_link_that_the_mail_lacks_is_refused(api: Api, control: Control, lead_id: str) -> None:
    body = {"event": "clicked", "url": "https://c.example/"}
    answer = control("recordLeadEvent", body, lead_id=lead_id)
    assert (answer.status, "https://c.example/" in answer.body["detail"]) == (400, True)
    assert links(api) == []


def test_a_click_on_a_mail_without_a_link_is_refused(simulation: Simulation) -> None:
    campaign = simulation.campaign(emails("silent"))
    with pytest.raises(ApiError, match="mail_without_link"):
        simulation.bench.record_event(simulation.leads(campaign)[0], "clicked")
    assert simulation.events() == []


def test_a_click_before_the_first_mail_is_on_a_link_of_that_mail() -> None:
    simulation = simulate()
    campaign = simulation.campaign(emails("silent"), variants=[LINKS], launched=False)
    simulation.bench.record_event(simulation.leads(campaign)[0], "clicked")
    assert [event.kind for event in simulation.events()] == ["sent", "clicked"]
    [click] = simulation.events("clicked")
    assert click.details == {"url": "https://a.example/{{first_name|you}}", "link_index": 0}


def test_nobody_of_no_campaign_clicks_without_a_mail(simulation: Simulation) -> None:
    lead = simulation.bench.receive_mail(simulation.account(), "zoe@example.com")
    with pytest.raises(ApiError, match="mail_without_link"):
        simulation.bench.record_event(lead, "clicked")
