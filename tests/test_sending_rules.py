"""Rules of sending that hold for any settings, leads, sender accounts and moves of the clock."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import MockServer
from mockserver.mails.incoming_events import receive_reply, record_lead_event, set_account_status, tag_lead
from mockserver.model.contacts import make_lead, remove_lead, save_contact, suppress
from mockserver.model.subsequences import enter_subsequence
from mockserver.sending import advance_sending
from mockserver.sending.campaign_run import REST_SECONDS
from mockserver.sending.plan import plan_campaign
from mockserver.sending.time_travel import look_ahead
from mockserver.state.records import Campaign, DirectMail, Event
from mockserver.state.workspace import Workspace

from .kit.actions import Actions
from .kit.agreement import check_agreement
from .kit.api import fresh
from .kit.campaign_strategies import Plan, plans
from .kit.samples import examples
from .kit.simulation import LIVELY, STATES, Simulation, simulate

LONG = timedelta(days=24)
TRIGGER_PARAMS = {
    "STATUS": {"status": "OPENED"},
    "KEYWORD": {"phrases": ["tell me more", "this is not"]},
    "INTENT_TAG": {"tag_names": ["interested"]},
}


def begin(plan: Plan, name: str = "plan", workspace: Workspace | None = None) -> Simulation:
    simulation = simulate(plan.start, LIVELY, name, workspace)
    senders = [simulation.account(daily_limit=limit) for limit in plan.limits]
    for chosen in plan.campaigns:
        values = dict(chosen)
        leads, subsequence = values.pop("leads"), values.pop("subsequence")
        values["accounts"] = [senders[number] for number in values["accounts"]]
        campaign = simulation.campaign(
            (f"{lead}@example.com" for lead in leads), launched=not subsequence, **values
        )
        if subsequence:
            step = {"wait_seconds": 3600, "variants": [{"subject": "More", "body": "Here it is."}]}
            simulation.bench.add(
                simulation.bench.subsequences, campaign_id=campaign.campaign_id, trigger_type=subsequence,
                trigger_params=TRIGGER_PARAMS[subsequence], steps=[step, step],
            )  # fmt: skip
            simulation.launch(campaign)
    return simulation


def list_outcome(simulation: Simulation) -> list[Any]:
    """Return everything that happened and is to come, in its order."""
    workspace = simulation.workspace
    statuses = [(campaign.status, campaign.updated_at) for campaign in workspace.campaigns]
    return [*workspace.events, *workspace.enrollments, *workspace.coming_events, *statuses]


def local(campaign: Campaign, time: datetime) -> datetime:
    return time.astimezone(ZoneInfo(campaign.settings["timezone"]))


def check_times(simulation: Simulation, campaign: Campaign, sent: list[Event]) -> None:
    chosen = campaign.settings
    first = chosen["sending_window_start"] * 60 + chosen["sending_window_start_minute"]
    last = chosen["sending_window_end"] * 60 + chosen["sending_window_end_minute"]
    for event in sent:
        at = local(campaign, event.at)
        assert at.isoweekday() in chosen["sending_days"]
        assert first <= at.hour * 60 + at.minute < last
        assert event.at >= (chosen["start_date"] or event.at)
        assert campaign.launched_at
        assert event.at >= campaign.launched_at + timedelta(minutes=1)


def check_limits(simulation: Simulation, campaign: Campaign, sent: list[Event]) -> None:
    chosen = campaign.settings
    assert campaign.launched_at
    launched = local(campaign, campaign.launched_at).date()
    for (inbox_id, day), count in Counter((e.inbox_id, local(campaign, e.at).date()) for e in sent).items():
        assert inbox_id in campaign.inbox_ids
        assert count <= (chosen["daily_limit_per_inbox"] or count)
        if chosen["ramp_up_enabled"]:
            grown = chosen["ramp_up_increment"] * ((day - launched).days + 1)
            assert count <= min(grown, chosen["ramp_up_max_limit"] or grown)
    everything = [e for e in simulation.events("sent") if e.inbox_id in campaign.inbox_ids]
    for (inbox_id, _), count in Counter(
        (e.inbox_id, local(campaign, e.at).date()) for e in everything
    ).items():
        account = simulation.workspace.sender_accounts.get(inbox_id or "")
        assert count <= account.settings["daily_limit"]


def check_chains(simulation: Simulation, campaign: Campaign, sent: list[Event]) -> None:
    names = Counter((e.lead_id, e.details.get("node_id"), e.details["sequence_step"]) for e in sent)
    assert set(names.values()) <= {1}
    for lead in simulation.leads(campaign):
        events = simulation.workspace.events.where("lead", lead.lead_id)
        mails = [e for e in events if e.kind == "sent"]
        steps = [mail.details["sequence_step"] for mail in mails if not mail.details.get("node_id")]
        assert steps == sorted(steps)
        assert steps[:1] in ([], [1])
        ends = [e.at for e in events if e.kind == "replied"]
        ends += [e.enrolled_at for e in simulation.workspace.enrollments.where("lead", lead.lead_id)]
        main = [mail.at for mail in mails if mail.details["sequence_step"]]
        assert max(main, default=simulation.workspace.now()) <= min(ends, default=simulation.workspace.now())
        lost = [
            event.at
            for other in simulation.workspace.leads.where("contact", lead.contact_id)
            for event in simulation.workspace.events.where("lead", other.lead_id)
            if event.kind in ("bounced", "unsubscribed")
        ]
        last = max((mail.at for mail in mails), default=None)
        assert last is None or last <= min(lost, default=last)


def check_shares(simulation: Simulation, campaign: Campaign, sent: list[Event]) -> None:
    def whole_chain() -> Iterator[tuple[int, Any]]:
        yield 1, campaign.variants
        yield from ((step["step_number"], step["variants"]) for step in campaign.sequences)

    leads = simulation.leads(campaign)
    for version in campaign.variants:
        drawn = sum(lead.variant_name == version["variant_name"] for lead in leads)
        assert abs(drawn - len(leads) * version["distribution_percent"] / 100) <= 1
    for step, versions in whole_chain():
        names = [e.details["variant_name"] for e in sent if e.details["sequence_step"] == step]
        for version in versions if step > 1 else ():
            share = len(names) * version["distribution_percent"] / 100
            assert abs(names.count(version["variant_name"]) - share) <= 1


def check_rests(simulation: Simulation) -> None:
    """An account rests between two mails, also when they belong to different campaigns."""
    last: dict[str | None, datetime] = {}
    for event in simulation.events("sent"):
        before = last.get(event.inbox_id)
        assert before is None or (event.at - before).total_seconds() >= REST_SECONDS
        last[event.inbox_id] = event.at


@settings(max_examples=examples(200))
@given(plans())
def test_no_mail_breaks_a_rule(plan: Plan) -> None:
    simulation = begin(plan)
    simulation.workspace.clock.advance(LONG)
    advance_sending(simulation.workspace)
    times = [event.at for event in simulation.events()]
    assert times == sorted(times)
    assert all(event.at <= simulation.workspace.now() for event in simulation.events())
    check_rests(simulation)
    for campaign in simulation.workspace.campaigns:
        sent = [event for event in simulation.events("sent") if event.campaign_id == campaign.campaign_id]
        check_times(simulation, campaign, sent)
        check_limits(simulation, campaign, sent)
        check_chains(simulation, campaign, sent)
        check_shares(simulation, campaign, sent)


@settings(max_examples=examples(250))
@given(plans(), st.lists(st.integers(60, 5 * 86400), min_size=1, max_size=12), st.booleans())
def test_one_big_step_and_many_small_ones_give_the_same(
    plan: Plan, steps: list[int], forgetful: bool
) -> None:
    big, small = begin(plan), begin(plan)
    for seconds in steps:
        small.advance(seconds=seconds)
        if forgetful:  # what is kept between two times follows from the records
            small.workspace.engine = None
    big.advance(seconds=sum(steps))
    assert list_outcome(small) == list_outcome(big)


@settings(max_examples=examples(25))
@given(plans(), st.integers(0, 12))
def test_a_copy_goes_on_as_the_original_does(plan: Plan, days: int) -> None:
    simulation = begin(plan)
    simulation.advance(days=days)
    twin = Simulation(simulation.workspace.fork())
    document = STATES.write(simulation.workspace.snapshot())
    restored = simulate(rates=LIVELY, name="another")
    STATES.replace(restored.workspace, document)
    for other in (simulation, twin, restored):
        other.advance(days=10)
    assert list_outcome(twin) == list_outcome(simulation)
    assert list_outcome(restored) == list_outcome(simulation)


@settings(max_examples=examples(10))
@given(plans())
def test_equal_random_seeds_make_equal_events_and_another_name_others(plan: Plan) -> None:
    one, same = begin(plan), begin(plan)
    one.advance(days=20)
    same.advance(days=20)
    assert list_outcome(one) == list_outcome(same)
    other = begin(plan, "another")
    other.advance(days=20)
    assert not event_ids(one) & event_ids(other)


def event_ids(simulation: Simulation) -> set[str]:
    return {event.event_id for event in simulation.events()}


@settings(max_examples=examples(10))
@given(plans())
def test_sending_draws_no_ids_that_requests_would_get(plan: Plan) -> None:
    simulation, idle = begin(plan), begin(plan)
    simulation.advance(days=20)
    assert simulation.workspace.draw_id() == idle.workspace.draw_id()


@settings(max_examples=examples(60))
@given(plans(), st.integers(0, 5), st.integers(1, 12))
def test_the_plans_of_all_campaigns_name_each_mail_that_goes_out(plan: Plan, before: int, days: int) -> None:
    simulation = begin(plan)
    workspace = simulation.workspace
    simulation.advance(days=before)
    past = len(simulation.events("sent"))
    planned = [
        mail
        for campaign in workspace.campaigns
        for mail in plan_campaign(workspace, campaign.campaign_id, days).mails
    ]
    simulation.advance(days=days)
    keys = ("sequence_step", "subsequence_id", "variant_name", "subject")
    sent = [
        (event.at, event.inbox_id, event.lead_id, *map(event.details.get, keys))
        for event in simulation.events("sent")[past:]
    ]
    names = ("at", "inbox_id", "lead_id", *keys)
    assert sorted(tuple(mail[name] for name in names) for mail in planned) == sorted(sent)
    rested: dict[tuple[str, str], datetime] = {}
    for mail in planned:
        assert max(mail["due_at"], mail["window_opens_at"]) <= mail["at"] < mail["window_closes_at"]
        assert mail["sent_before"] < mail["daily_limit"]
        lane = (workspace.leads.get(mail["lead_id"]).campaign_id or "", mail["inbox_id"])
        assert mail["at"] >= min(rested.get(lane, mail["at"]), mail["window_opens_at"])
        rested[lane] = mail["at"] + timedelta(seconds=mail["rest_seconds"])


ACTIONS = [
    "pause", "activate", "edit", "add", "remove", "tag", "suppress", "subsequence off", "mail by hand",
    "idle account", "busy account", "sent", "opened", "replied", "bounced", "unsubscribed", "failed",
]  # fmt: skip


def act(simulation: Simulation, action: str, number: int) -> None:
    """Do what requests, leads and tests do to a workspace, as far as it is possible."""
    workspace = simulation.workspace
    campaign = list(workspace.campaigns)[number % len(workspace.campaigns)]
    leads = list(workspace.leads)
    lead = leads[number % len(leads)] if leads else None
    account = list(workspace.sender_accounts)[number % len(workspace.sender_accounts)]
    if action in ("pause", "edit") and campaign.status == "ACTIVE":
        simulation.change(campaign, status="PAUSED")
    elif action in ("activate", "edit") and campaign.status == "PAUSED":
        window = {"sending_window_start": number % 8, "daily_limit_per_inbox": number % 3 + 1}
        changed = {**campaign.settings, **window} if action == "edit" else campaign.settings
        simulation.change(campaign, status="ACTIVE", settings=changed)
    elif action == "add" and campaign.status == "ACTIVE":
        email = f"new{number}-{len(leads)}@example.com"
        make_lead(workspace, campaign, save_contact(workspace, email, {}, source_type="MANUAL"))
    elif action in ("idle account", "busy account"):
        set_account_status(workspace, account.inbox_id, "PAUSED" if action == "idle account" else "ACTIVE")
    elif action == "mail by hand":
        workspace.direct_mails.put(
            DirectMail(workspace.draw_id(), account.inbox_id, "ada@example.com", workspace.now())
        )
    elif lead is None:
        return
    elif action == "remove":
        remove_lead(workspace, lead)
    elif action == "suppress":
        suppress(workspace, lead.email)
    elif action == "tag":
        tag_lead(workspace, lead.lead_id, ("interested",))
    elif action == "subsequence off":
        subsequences = workspace.subsequences.where("campaign", lead.campaign_id)
        if subsequences and not workspace.enrollments.count("lead", lead.lead_id):
            enter_subsequence(workspace, lead, subsequences[0], "manual")
    elif action == "replied":
        receive_reply(workspace, lead.lead_id, "Tell me more.")
    elif action in ("opened", "bounced", "unsubscribed", "sent", "failed"):
        record_lead_event(workspace, lead.lead_id, action)
    advance_sending(workspace)


@settings(max_examples=examples(300))
@given(
    plans(),
    st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 23), st.integers(0, 2 * 86400)), max_size=12),
)
def test_what_is_kept_follows_from_the_records_after_any_changes(
    plan: Plan, actions: list[tuple[str, int, int]]
) -> None:
    simulation = begin(plan)
    for action, number, seconds in actions:
        simulation.advance(seconds=seconds)
        act(simulation, action, number)
    twin = Simulation(look_ahead(simulation.workspace))
    for other in (simulation, twin):
        other.advance(days=20)
    assert list_outcome(twin) == list_outcome(simulation)


class SentActions(Actions):
    """Actions of a user whose campaigns sent for a while."""

    def __init__(self, app: MockServer, plan: Plan, days: int) -> None:
        self.api = fresh(app)
        simulation = begin(plan, workspace=self.api.workspace)
        simulation.advance(days=days)
        self.campaigns = [campaign.campaign_id for campaign in simulation.workspace.campaigns]
        self.test_mails_today = 0
        self.has_forgotten = False


@settings(max_examples=examples(25))
@given(plans(), st.integers(0, 24))
def test_all_answers_about_what_was_sent_agree(app: MockServer, plan: Plan, days: int) -> None:
    check_agreement(SentActions(app, plan, days))
