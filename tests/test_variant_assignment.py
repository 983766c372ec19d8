"""Which lead gets which version of the first mail."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import MockServer, Settings, create_app
from mockserver.model import content
from mockserver.model.content import assign_variants
from mockserver.state.records import Campaign, Lead
from mockserver.state.workspace import Workspace

from .kit.api import Api, variant


@st.composite
def percentages(draw: st.DrawFn) -> list[int]:
    """Up to four parts of 100."""
    cuts = sorted(draw(st.lists(st.integers(0, 100), max_size=3)))
    return [end - start for start, end in zip([0, *cuts], [*cuts, 100], strict=True)]


def make_campaign(workspace: Workspace, parts: list[int]) -> Campaign:
    now = workspace.now()
    variants = tuple(variant(name, part) for name, part in zip("ABCD", parts, strict=False))
    campaign = Campaign(workspace.draw_id(), now, now, {}, variants=variants)
    return workspace.campaigns.put(campaign)


def add_leads(workspace: Workspace, campaign: Campaign, count: int) -> None:
    for _ in range(count):
        lead_id = workspace.draw_id()
        workspace.leads.put(Lead(lead_id, campaign.campaign_id, f"{lead_id}@x.io", workspace.now(), {}))


def assigned(workspace: Workspace) -> list[str | None]:
    return [lead.variant_name for lead in workspace.leads]


@given(percentages(), st.integers(0, 60))
def test_the_percentages_hold_within_one_lead(parts: list[int], count: int) -> None:
    workspace = Workspace("any", "0")
    campaign = make_campaign(workspace, parts)
    add_leads(workspace, campaign, count)
    assign_variants(workspace, campaign)
    counts = Counter(assigned(workspace))
    assert counts.total() == count
    assert counts[None] == 0
    for name, part in zip("ABCD", parts, strict=False):
        assert abs(counts[name] - count * part / 100) < 1
        assert part or not counts[name]


def test_they_hold_also_for_more_leads_than_stay_indexed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "_MOST_INDEXED", 3)
    workspace = Workspace("any", "0")
    campaign = make_campaign(workspace, [50, 50])
    for count in (5, 1, 6):
        add_leads(workspace, campaign, count)
        assign_variants(workspace, campaign)
    assert Counter(assigned(workspace)) == {"A": 6, "B": 6}


@settings(max_examples=50)
@given(percentages(), st.lists(st.integers(0, 10), max_size=12))
def test_they_hold_also_when_leads_come_little_by_little(parts: list[int], steps: list[int]) -> None:
    workspace = Workspace("any", "0")
    campaign = make_campaign(workspace, parts)
    for step in steps:
        before = assigned(workspace)
        add_leads(workspace, campaign, step)
        assign_variants(workspace, campaign)
        assert assigned(workspace)[: len(before)] == before, "a lead keeps what it was given"
        counts, total = Counter(assigned(workspace)), len(workspace.leads)
        for name, part in zip("ABCD", parts, strict=False):
            assert abs(counts[name] - total * part / 100) < 2
            assert part or not counts[name]


def launch(app: MockServer, key: str) -> list[str | None]:
    api = Api(app, key)
    campaign_id = api.campaign()
    for number in range(40):
        api.lead(campaign_id, f"lead{number}@example.com")
    api.update(
        campaign_id, inbox_ids=[api.account()], variants=[variant("A", 30), variant("B", 70)], launch=True
    )
    assert Counter(assigned(api.workspace)) == {"A": 12, "B": 28}
    return assigned(api.workspace)


def test_the_same_seed_and_key_draw_the_same_others_do_not() -> None:
    first, again, other = (create_app(Settings(random_seed=seed)) for seed in ("1", "1", "2"))
    drawn = launch(first, "cs_live_a")
    assert drawn == launch(again, "cs_live_a")
    assert drawn != launch(other, "cs_live_a")
    assert drawn != launch(again, "cs_live_b")


def test_leads_of_a_draft_wait_for_the_launch(api: Api) -> None:
    campaign_id = api.ready()
    assert assigned(api.workspace) == [None]
    api.update(campaign_id, launch=True)
    assert assigned(api.workspace) == ["A"]


def test_a_lead_added_to_an_active_campaign_gets_one_at_once(api: Api) -> None:
    campaign_id = api.campaign_in("ACTIVE", variants=[variant("A", 50), variant("B", 50)])
    for number in range(9):
        api.lead(campaign_id, f"lead{number}@example.com")
    assert Counter(assigned(api.workspace)) == {"A": 5, "B": 5}


def test_a_lead_added_to_a_paused_campaign_gets_one_when_it_goes_on(api: Api) -> None:
    campaign_id = api.campaign_in("PAUSED", variants=[variant("A", 50), variant("B", 50)])
    api.lead(campaign_id, "late@example.com")
    assert assigned(api.workspace)[1] is None
    api.ok("activateCampaign", campaign_id=campaign_id)
    assert sorted(map(str, assigned(api.workspace))) == ["A", "B"]
