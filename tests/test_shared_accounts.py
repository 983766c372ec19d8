"""A sender account is one sender for all its campaigns; the answers were worked out by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.sending import advance_sending
from mockserver.state.records import Campaign

from .kit.simulation import Simulation, emails, follow_up

Begin = Callable[..., tuple[Campaign, Campaign]]


@pytest.fixture
def begin(simulation: Simulation) -> Begin:
    """Launch two campaigns that share an account, each with settings of its own."""

    def begin_both(ada: dict[str, Any], bob: dict[str, Any], **account: Any) -> tuple[Campaign, Campaign]:
        senders = [simulation.account(**account)]
        campaigns = [
            simulation.campaign(
                emails(*(f"{name}{n}" for n in range(chosen.pop("leads", 9)))),
                accounts=senders, launched=False, **chosen,
            )
            for name, chosen in (("ada", ada), ("bob", bob))
        ]  # fmt: skip
        first, second = (simulation.launch(campaign) for campaign in campaigns)
        return first, second

    return begin_both


def test_two_campaigns_share_the_rests_of_an_account(simulation: Simulation, begin: Begin) -> None:
    begin({}, {}, daily_limit=4)
    simulation.advance(hours=8)
    # Eight hours for four mails, and the campaigns take turns: the older one begins.
    assert simulation.sent() == ["05 09:01:00 ada0 1", "05 11:01:00 bob0 1", "05 13:01:00 ada1 1",
                           "05 15:01:00 bob1 1"]  # fmt: skip


def test_an_account_rests_ten_seconds_at_least(simulation: Simulation) -> None:
    inbox_id = simulation.account(daily_limit=100_000)
    simulation.campaign(emails(*(f"s{n}" for n in range(4))), accounts=[inbox_id])
    simulation.advance(hours=1)
    assert [mail[3:11] for mail in simulation.sent()] == ["09:01:00", "09:01:10", "09:01:20", "09:01:30"]


def test_the_campaign_with_the_shortest_rest_decides_how_long_the_account_rests(
    simulation: Simulation, begin: Begin
) -> None:
    begin({"leads": 3}, {"daily_limit_per_inbox": 4}, daily_limit=32)
    simulation.advance(hours=8)
    # 28,800 s / 32 = 900 s for the account; bob's campaign itself rests for 28,800 s / 4 = 7,200 s.
    assert simulation.sent() == ["05 09:01:00 ada0 1", "05 09:16:00 bob0 1", "05 09:31:00 ada1 1",
                           "05 09:46:00 ada2 1"]  # fmt: skip


def test_all_mails_of_an_account_count_against_each_limit(simulation: Simulation, begin: Begin) -> None:
    begin({"leads": 3}, {"daily_limit_per_inbox": 5}, daily_limit=32)
    simulation.advance(hours=8)
    # ada's campaign is over at 09:46. So from then on the account rests for 28,800 s / 5 = 5,760 s.
    assert [mail for mail in simulation.sent() if "bob" in mail] == [
        "05 09:16:00 bob0 1",
        "05 11:22:00 bob1 1",
    ]


def test_the_last_mail_of_a_day_goes_to_the_campaign_that_waited_longest(
    simulation: Simulation, begin: Begin
) -> None:
    begin({}, {}, daily_limit=3)
    simulation.advance(days=2)
    assert [mail[12:15] for mail in simulation.sent()] == ["ada", "bob", "ada", "bob", "ada", "bob", "ada"]


def test_follow_ups_go_before_new_leads_of_their_own_campaign_only(
    simulation: Simulation, begin: Begin
) -> None:
    begin({"leads": 2, "sequences": [follow_up(2, wait_days=1)]}, {"leads": 4}, daily_limit=2)
    simulation.advance(days=5)
    assert [mail[12:] for mail in simulation.sent()] == [
        "ada0 1", "bob0 1", "ada1 1", "bob1 1", "ada0 2", "bob2 1", "ada1 2", "bob3 1",
    ]  # fmt: skip


def test_a_campaign_that_ends_leaves_its_account_to_the_others(simulation: Simulation, begin: Begin) -> None:
    first, _ = begin({"leads": 1}, {"daily_limit_per_inbox": 8}, daily_limit=32)
    simulation.advance(minutes=1)
    assert simulation.status(first) == "COMPLETED"
    simulation.workspace.engine = None  # what is kept follows from the records
    simulation.advance(hours=1)
    # The account rests as its only campaign that is left says: 28,800 s / 8 = 3,600 s.
    assert simulation.sent() == ["05 09:01:00 ada0 1", "05 10:01:00 bob0 1"]


def test_a_timezone_counts_when_its_campaign_is_over_too(simulation: Simulation) -> None:
    senders = [simulation.account(daily_limit=1)]
    anytime: dict[str, Any] = {"sending_window_start": 0, "sending_window_end": 24}
    first = simulation.campaign(emails("silent1"), accounts=senders, timezone="America/New_York", **anytime)
    simulation.campaign(emails("silent2"), accounts=senders, **anytime)
    simulation.advance(hours=2)
    assert simulation.status(first) == "COMPLETED"
    simulation.workspace.engine = None  # what is kept follows from the records
    simulation.advance(days=1)
    # In UTC the next day begins at 00:00, in New York at 05:00.
    assert simulation.sent() == ["05 09:01:00 silent1 1", "06 05:00:00 silent2 1"]


def test_a_mail_that_a_test_records_makes_its_account_rest(simulation: Simulation) -> None:
    inbox_id = simulation.account(daily_limit=8)
    paused = simulation.campaign(emails("silent"), accounts=[inbox_id], launched=False)
    simulation.campaign(emails("s1", "s2"), accounts=[inbox_id])
    simulation.bench.record_event(simulation.leads(paused)[0], "sent")
    advance_sending(simulation.workspace)
    simulation.advance(minutes=90)
    assert simulation.sent() == ["05 09:00:00 silent 1", "05 10:00:00 s1 1"]
