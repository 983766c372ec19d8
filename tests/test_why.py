"""What is said of why a lead or a campaign gets which mail when, reason by reason."""

from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from mockserver.cli import main
from mockserver.mails.incoming_events import record_lead_event, set_account_status, set_campaign_status
from mockserver.sending import stages
from mockserver.sending.reason_texts import SENTENCES
from mockserver.sending.why import LeadWhy, explain_campaign, explain_lead
from mockserver.server.server import Server
from mockserver.testing.fixture import Coldsend

from .kit.api import Api
from .kit.control import CONTROL, Control
from .kit.reasons import CASES, NEW_YORK, SAM, find, queue, sam
from .kit.simulation import ANYTIME, MONDAY, Simulation, emails, follow_up, ready, simulate


def explain(simulation: Simulation, name: str) -> LeadWhy:
    return explain_lead(simulation.workspace, find(simulation, name).lead_id)


@pytest.mark.parametrize("template", CASES)
def test_each_reason_has_a_code_and_a_sentence(template: str, simulation: Simulation) -> None:
    prepare, sentence = CASES[template]
    prepare(simulation)
    why = explain(simulation, "ada")
    [reason] = [reason for reason in why.reasons if reason.code == template.partition(",")[0]]
    assert reason.text.startswith(sentence)
    assert reason.text in str(why)


def test_each_code_of_the_control_api_has_a_case() -> None:
    codes = {item["const"] for item in CONTROL.schemas["WhyCode"]["oneOf"]}
    assert codes == {template.partition(",")[0] for template in CASES}
    assert set(SENTENCES) - set(CASES) == {"queue, left", "queue, open"}


# ---------------------------------------------------------------- the next mail


def test_the_next_mail_names_its_account(simulation: Simulation) -> None:
    queue(simulation)
    why = explain(simulation, "ada")
    assert why.mail
    assert (why.mail["at"], why.mail["inbox_email"]) == (datetime(2026, 1, 5, 11, 1, tzinfo=UTC), SAM)
    assert why.text.startswith(
        f"On Mon 5 Jan 11:01 UTC, the first mail goes out from {SAM} to ada@example.com."
    )


def test_the_waits_follow_each_other_to_the_mail(simulation: Simulation) -> None:
    simulation.campaign(emails("bob", "ada"), **NEW_YORK, accounts=[sam(simulation, daily_limit=1)])
    simulation.advance(hours=5, seconds=1)
    why = explain(simulation, "ada")
    assert [(reason.code, f"{reason.until:%a %d %H:%M}") for reason in why.reasons] == [
        ("daily_limit", "Tue 06 05:00"),
        ("outside_window", "Tue 06 14:00"),
    ]


def test_a_limit_holds_a_mail_back_only_when_no_account_is_left(simulation: Simulation) -> None:
    accounts = [sam(simulation, daily_limit=1), simulation.account(daily_limit=8)]
    simulation.campaign(emails("bob", "cyd", "ada"), accounts=accounts)
    simulation.advance(minutes=2)
    assert [reason.code for reason in explain(simulation, "ada").reasons] == ["queue"]
    set_account_status(simulation.workspace, accounts[1], "PAUSED")
    simulation.advance(minutes=1)
    assert explain(simulation, "ada").reasons[0].code == "daily_limit"


def test_a_wait_holds_to_its_last_second(simulation: Simulation) -> None:
    simulation.campaign(emails("ada"), **ANYTIME, sequences=[follow_up()])
    simulation.advance(days=3, seconds=59)
    [reason] = explain(simulation, "ada").reasons
    assert (reason.code, reason.until) == ("step_wait", simulation.workspace.now() + timedelta(seconds=1))


def test_a_reaction_that_is_known_ends_the_wait(simulation: Simulation) -> None:
    simulation.campaign(emails("reply"), **ANYTIME, sequences=[follow_up()])
    simulation.advance(minutes=2)
    why = explain(simulation, "reply")
    assert why.mail is None
    assert [reason.code for reason in why.reasons] == ["step_wait", "replied"]
    assert "It replies on Mon 5 Jan" in why.text


def test_a_skipped_step_is_named(simulation: Simulation) -> None:
    steps = [follow_up(), follow_up(3, trigger_type="OPENED_BUT_NOT_REPLIED")]
    simulation.campaign(emails("ada"), **ANYTIME, sequences=steps)
    simulation.advance(days=20)
    [reason, _] = explain(simulation, "ada").reasons
    assert (
        reason.text == "It has got step 2, step 3 is skipped by its trigger, and no follow-up is left for it."
    )


def test_a_wait_for_a_slot_ends_when_the_lead_leaves(simulation: Simulation) -> None:
    simulation.campaign(emails("unsubscribe"))
    simulation.campaign(
        emails("ada", "bob", "cyd", "dan", "unsubscribe"), accounts=[sam(simulation, daily_limit=8)]
    )
    simulation.advance(minutes=2)
    why = explain(simulation, "unsubscribe")
    assert [reason.code for reason in why.reasons] == ["queue", "unsubscribed"]
    assert why.reasons[0].until == why.reasons[1].since
    assert why.reasons[0].text.startswith("It waits for a slot until Mon 5 Jan")
    assert "it unsubscribes in campaign Q1 Product Launch on Mon 5 Jan" in why.text


def test_the_look_ahead_ends(simulation: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:
    simulation.campaign(emails("bob", "cyd", "ada"), accounts=[sam(simulation, daily_limit=1)])
    simulation.advance(minutes=2)
    monkeypatch.setattr(stages, "MOST_ENTRIES", 1)
    why = explain(simulation, "ada")
    assert why.mail is None
    assert why.looked_until is not None
    assert why.text.startswith("No mail was found until Wed 7 Jan")
    assert why.reasons[-1].code == "queue"
    assert why.reasons[-1].until is None
    monkeypatch.setattr(stages, "MOST_ENTRIES", 1000)
    monkeypatch.setattr(stages, "MOST_DAYS", 1)
    assert explain(simulation, "ada").looked_until == datetime(2026, 1, 6, 9, 2, tzinfo=UTC)


# ---------------------------------------------------------------- campaigns


def test_a_campaign_counts_each_lead_once(simulation: Simulation) -> None:
    campaign = simulation.campaign(
        emails("bounce", "bob", "ada", "cyd"), **ANYTIME, accounts=[sam(simulation, daily_limit=24)],
        sequences=[follow_up()],
    )  # fmt: skip
    simulation.advance(hours=1, minutes=30)
    why = explain_campaign(simulation.workspace, campaign.campaign_id, most_mails=2)
    assert [(count.code, count.leads) for count in why.counts] == [
        ("queue", 2),
        ("bounced", 1),
        ("step_wait", 1),
    ]
    assert why.counts[0].lead_id == find(simulation, "ada").lead_id
    assert why.reasons == []
    assert [mail["email"] for mail in why.mails] == emails("ada", "cyd")


@pytest.mark.parametrize("status", ["PAUSED", "DRAFT"])
def test_a_campaign_that_does_not_send_says_so(status: str, simulation: Simulation) -> None:
    campaign = simulation.campaign(emails("ada", "bob"), **ANYTIME)
    record_lead_event(simulation.workspace, find(simulation, "bob").lead_id, "bounced")
    set_campaign_status(simulation.workspace, campaign.campaign_id, status)
    why = explain_campaign(simulation.workspace, campaign.campaign_id)
    code = f"campaign_{status.lower()}"
    assert [reason.code for reason in why.reasons] == [code]
    assert {count.code: count.leads for count in why.counts} == {code: 1, "bounced": 1}
    assert why.mails == []


# ---------------------------------------------------------------- control API, fixture, command


@pytest.fixture
def control(control: Control) -> Control:
    control.ok("setClock", {"now": f"{MONDAY:%Y-%m-%dT%H:%M:%SZ}", "frozen": True})
    return control


def test_the_control_api_answers_for_a_lead(api: Api, control: Control) -> None:
    campaign_id = ready(api, "silent@example.com")
    [lead] = api.leads(campaign_id)
    draft = control.ok("explainLead", lead_id=lead["lead_id"])
    assert draft["next_mail"] is None
    assert draft["reasons"] == [
        {
            "code": "campaign_draft",
            "text": "The campaign is a draft that was not launched.",
            "since": None,
            "until": None,
            "missing": [],
        }
    ]
    api.update(campaign_id, launch=True)
    answer = control.ok("explainLead", lead_id=lead["lead_id"])
    [planned] = control.ok("planCampaign", campaign_id=campaign_id)["mails"]
    assert answer["next_mail"] == planned
    assert answer["looked_until"] is None
    assert [(reason["code"], reason["since"], reason["until"]) for reason in answer["reasons"]] == [
        ("quiet_minute", "2026-01-05T09:00:00Z", "2026-01-05T09:01:00Z")
    ]


def test_the_control_api_answers_for_a_campaign(api: Api, control: Control) -> None:
    campaign_id = ready(api, *emails("silent", "bounce"))
    api.update(campaign_id, launch=True)
    answer = control.ok("explainCampaign", query={"mails": 1}, campaign_id=campaign_id)
    assert (answer["total_leads"], answer["counted_leads"]) == (2, 2)
    assert answer["lead_counts"] == [
        {"code": "quiet_minute", "leads": 2, "lead_id": api.leads(campaign_id)[0]["lead_id"]}
    ]
    assert answer["next_mails"] == control.ok("planCampaign", campaign_id=campaign_id)["mails"][:1]
    assert [reason["code"] for reason in answer["reasons"]] == ["quiet_minute"]


def test_a_page_of_leads_is_explained_like_each_of_them(api: Api, control: Control) -> None:
    names = ("silent", "reply", "bounce", "open", "unsubscribe", "ada", "bob")
    campaign_id = ready(api, *(f"{name}@example.com" for name in names), sequences=[follow_up(2)])
    for advance in (None, "2m", "1d", "10d"):
        if advance is None:
            control.ok("setClock", {"now": "2026-01-05T09:00:00Z", "frozen": True})
        else:
            control.ok("moveClock", {"advance": advance})
        answer = control.ok("explainLeads", query={"limit": 100}, campaign_id=campaign_id)
        assert [lead["email"].partition("@")[0] for lead in answer["leads"]] == list(names)
        for lead in answer["leads"]:
            alone = control.ok("explainLead", lead_id=lead["lead_id"])
            known = api.ok("getLead", campaign_id=campaign_id, lead_id=lead["lead_id"])
            assert lead == {
                **{name: known[name] for name in ("status", "sequence_step")},
                **{name: value for name, value in alone.items() if name not in ("campaign_id", "now")},
            }
        if api.read(campaign_id)["status"] == "DRAFT":
            api.update(campaign_id, launch=True)
    page = control.ok("explainLeads", query={"limit": 3, "page": 3}, campaign_id=campaign_id)
    assert [lead["email"] for lead in page["leads"]] == ["bob@example.com"]
    assert (page["pagination"]["total"], page["pagination"]["pages"]) == (7, 3)


def test_a_short_look_ahead_says_where_it_ended(api: Api, control: Control) -> None:
    control.ok("setClock", {"now": "2026-01-05T09:00:00Z", "frozen": True})
    campaign_id = ready(api, *(f"silent+{number}@example.com" for number in range(5)))
    api.update(campaign_id, launch=True)
    leads = control.ok("explainLeads", query={"entries": 2}, campaign_id=campaign_id)["leads"]
    assert [lead["next_mail"] is not None for lead in leads] == [True, True, False, False, False]
    assert "No mail was found until" in leads[-1]["text"]
    one = control.ok("explainLead", query={"entries": 2}, lead_id=leads[-1]["lead_id"])
    assert (one["next_mail"], one["looked_until"]) == (None, leads[-1]["looked_until"])


@pytest.mark.parametrize(
    ("operation", "what"),
    [("explainLead", "lead"), ("explainLeads", "campaign"), ("explainCampaign", "campaign")],
)
def test_what_is_unknown_has_no_reasons(operation: str, what: str, control: Control) -> None:
    answer = control(operation, **{f"{what}_id": "00000000-0000-4000-8000-000000000000"})
    assert (answer.status, answer.body) == (404, CONTROL.find_error(f"{what}_not_found").value)


@pytest.mark.parametrize("code", CASES)
def test_each_reason_can_be_answered(code: str, api: Api, control: Control) -> None:
    prepare, _ = CASES[code]
    simulation = simulate(workspace=api.workspace)
    prepare(simulation)
    for lead in api.workspace.leads:
        assert control.ok("explainLead", lead_id=lead.lead_id)["reasons"]
    for campaign in api.workspace.campaigns:
        assert control.ok("explainCampaign", campaign_id=campaign.campaign_id)["lead_counts"]


def test_the_fixture_explains_a_record_or_an_id(coldsend: Coldsend) -> None:
    campaign = coldsend.workspace.add_ready_campaign()
    lead = coldsend.workspace.add_lead(campaign, "silent@example.com")
    assert [reason.code for reason in coldsend.why(lead).reasons] == ["campaign_draft"]
    assert coldsend.why(lead.lead_id) == coldsend.why(lead)
    assert coldsend.why(campaign).counts[0].leads == 2
    assert coldsend.why(campaign.campaign_id) == coldsend.why(campaign)
    with pytest.raises(ValueError, match="Campaign not found"):
        coldsend.why("nobody")


def test_the_command_explains_a_lead_or_a_campaign(live_server: Server, key: str) -> None:
    api = Api(live_server.app, key)
    campaign_id = ready(api, "silent@example.com")
    [lead] = api.leads(campaign_id)

    def run(*arguments: str) -> tuple[int, str]:
        options = ["why", "--url", live_server.url, "--key", key]
        done = CliRunner().invoke(main, [*options, *arguments])
        return done.exit_code, done.output

    text = "No mail is to come. The campaign is a draft that was not launched.\n"
    assert run(lead["lead_id"]) == (0, text)
    assert run(campaign_id) == (0, f"{text}Leads: 1 campaign_draft\n")
    assert '"code": "campaign_draft"' in run("--json", lead["lead_id"])[1]
    unknown = "00000000-0000-4000-8000-000000000000"
    assert run(unknown) == (1, f"Error: No lead and no campaign has the id {unknown}\n")
    assert run("nonsense") == (1, "Error: lead_id: value is not a valid uuid\n")
