"""An answer is given again only as long as it would be made alike."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mockserver import MockServer, Settings, create_app
from mockserver.http import kept_answers

from .kit.api import Api


@pytest.fixture
def app() -> MockServer:
    return create_app(Settings())


@pytest.fixture
def handled(app: MockServer) -> list[str]:
    """The operations whose handlers were called, in their order."""
    called: list[str] = []

    def watch(name: str, handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def handle(call: Any) -> Any:
            called.append(name)
            return handler(call)

        return handle

    for name, endpoint in app.pipeline.endpoints.items():
        endpoint.handler = watch(name, endpoint.handler)
    return called


def test_what_did_not_change_is_not_made_again(app: MockServer, handled: list[str]) -> None:
    api = Api(app, "cs_live_kept")
    campaign_id = api.campaign()
    first, again = api.read(campaign_id), api.read(campaign_id)
    assert first == again
    assert handled == ["createCampaign", "getCampaign"]


def test_each_change_has_it_made_again(app: MockServer, handled: list[str]) -> None:
    api = Api(app, "cs_live_kept")
    campaign_id = api.campaign()
    api.read(campaign_id)
    api.update(campaign_id, name="Q2 Product Launch")
    assert api.read(campaign_id)["name"] == "Q2 Product Launch"
    api.lead(campaign_id)
    assert api.read(campaign_id)["total_leads"] == 1
    assert handled.count("getCampaign") == 3


def test_calls_that_differ_have_answers_of_their_own(app: MockServer) -> None:
    api, other = Api(app, "cs_live_kept"), Api(app, "cs_live_other")
    first, second = api.campaign(), api.campaign()
    for _ in range(2):
        assert [api.read(each)["campaign_id"] for each in (first, second)] == [first, second]
        assert len(api.ok("listCampaigns")["campaigns"]) == 2
        assert len(api.ok("listCampaigns", query={"limit": 1})["campaigns"]) == 1
        assert other("getCampaign", campaign_id=first).status == 404


def test_what_depends_on_the_time_is_made_each_time(app: MockServer, handled: list[str]) -> None:
    api = Api(app, "cs_live_kept")
    api.workspace.clock.freeze()
    api.campaign()
    for days, found in ((0, 1), (0, 1), (2, 0)):
        api.workspace.clock.advance(timedelta(days=days))
        assert len(api.ok("listCampaigns", query={"days": 1})["campaigns"]) == found
    assert handled.count("listCampaigns") == 3


def test_a_reset_and_a_workspace_made_anew_begin_without_answers(app: MockServer) -> None:
    api = Api(app, "cs_live_kept")
    for begin_anew in (api.workspace.reset, lambda: app.workspaces.remove(api.key)):
        api.campaign()
        assert len(api.ok("listCampaigns")["campaigns"]) == 1
        begin_anew()
        assert api.ok("listCampaigns")["campaigns"] == []


def test_only_so_many_bytes_are_kept(app: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_answers, "MOST_BYTES", 5000)
    monkeypatch.setattr(kept_answers, "LARGEST", 2000)
    api = Api(app, "cs_live_kept")
    ids = [api.campaign() for _ in range(10)]
    for campaign_id in ids:
        api.read(campaign_id)
    assert 0 < len(app.pipeline.kept_answers) < 5
    before = len(app.pipeline.kept_answers)
    api.ok("listCampaigns")  # larger than one may be
    assert len(app.pipeline.kept_answers) == before
