"""The check of recorded traffic: silent on what correct servers answer, loud on what they would not."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from contracts.command import check
from contracts.traffic.checking import TrafficChecker, TrafficOptions, mark_crossed
from contracts.traffic.recorded import Recorded
from contracts.verdict.outcomes import Outcome, Verdict
from mockserver import Settings, create_app
from mockserver.openapi.spec import load_spec
from mockserver.testing.in_process import send
from tests.kit import api
from tests.mutants.servers import Variant
from tests.mutants.strength import find_mutant
from tests.mutants.traffic import Traffic, check_recorded, record_traffic

BASE = load_spec().base_path
CAMPAIGN = {"name": "Q1 Product Launch"}


class Book:
    """Asks a mock in this process, and keeps what was asked and answered; a test may falsify answers."""

    def __init__(self, key: str = "cs_live_book", **settings: Any) -> None:
        self.app = create_app(Settings(quiet=True, **settings))
        self.key = key
        self.exchanges: list[Recorded] = []
        self.now = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        falsify: Callable[[Any], object] | None = None,
        headers: Mapping[str, str] | None = None,
        **changes: Any,
    ) -> Any:
        """Send a request; return the JSON value answered, as the recording has it."""
        self.now += timedelta(seconds=10)
        self.app.workspaces.get(self.key).clock.freeze(self.now)
        data = b"" if body is None else json.dumps(body).encode()
        given = {"x-api-key": self.key, "content-type": "application/json"} | dict(headers or {})
        answer = send(self.app, method, BASE + path, given, data)
        value = json.loads(answer.body)
        if falsify:
            falsify(value)
        recorded = Recorded(
            place=f"exchange {len(self.exchanges) + 1}",
            method=method,
            url=f"https://api.coldsend.io{BASE}{path}",
            status=answer.status,
            request_headers=given,
            request_body=data,
            response_headers={name.casefold(): text for name, text in answer.headers},
            response_body=json.dumps(value).encode(),
            at=self.now,
        )
        self.exchanges.append(replace(recorded, **changes))
        return value

    def add_campaign(self, **body: Any) -> str:
        """Create a campaign; return its path."""
        return f"/campaigns/{self.ask('POST', '/campaigns', {**CAMPAIGN, **body})['campaign_id']}"


def test_a_url_that_is_none_is_not_for_the_api() -> None:
    checker = TrafficChecker()
    broken = Recorded(place="", method="GET", url=f"http://[{BASE}/campaigns", status=200)
    assert (checker.check(broken), checker.foreign) == ([], 1)


def judge(book: Book | Iterable[Recorded], **options: Any) -> dict[str, str]:
    """Return the rules that are not kept, with why."""
    return {each.rule: each.reason for each in list_verdicts(book, **options) if each.outcome in FOUND}


FOUND = (Outcome.BROKEN, Outcome.WARNED)


def list_verdicts(book: Book | Iterable[Recorded], **options: Any) -> list[Verdict]:
    checker = TrafficChecker(TrafficOptions(**options))
    for recorded, is_crossed in mark_crossed(book.exchanges if isinstance(book, Book) else book):
        checker.check(recorded, is_crossed=is_crossed)
    return checker.list_verdicts()


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.mark.parametrize("variant", list(Variant))
@pytest.mark.parametrize("traffic", list(Traffic))
def test_no_rule_is_broken_by_the_traffic_of_a_correct_server(traffic: Traffic, variant: Variant) -> None:
    verdicts = check_recorded(record_traffic(traffic, variant), strict=False)
    broken = {each.rule for each in verdicts if each.outcome is Outcome.BROKEN}
    # the scenarios ask for paths that openapi.yaml does not have
    assert broken == ({"traffic.operation"} if traffic is Traffic.SCENARIOS else set())


@pytest.mark.parametrize("mutant", ["situations.rest.lead_created", "state.leads.delete_all"])
def test_a_mutant_breaks_a_rule_by_the_story_of_the_vendors_client(mutant: str) -> None:
    recording = record_traffic(Traffic.STORY, Variant.MOCK, find_mutant(mutant))
    assert any(each.outcome is Outcome.BROKEN for each in check_recorded(recording, strict=True))


# ---- single exchanges


def test_an_unknown_operation_and_unknown_names_are_told(book: Book) -> None:
    book.ask("GET", "/campaign")
    book.ask("POST", "/campaigns", {**CAMPAIGN, "nmae": "x"})
    book.ask("GET", "/campaigns?limt=3")
    verdicts = {each.rule: each for each in list_verdicts(book)}
    assert verdicts["traffic.operation"].outcome is Outcome.BROKEN
    assert "GET /api/public/v1/campaign" in verdicts["traffic.operation"].reason
    assert verdicts["traffic.campaigns.create.request"].outcome is Outcome.WARNED
    assert "nmae" in verdicts["traffic.campaigns.create.request"].reason
    assert "limt" in verdicts["traffic.campaigns.list.request"].reason


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("status", {"status": 202}),
        ("media_type", {"response_headers": {"content-type": "text/html"}}),
        ("headers", {"response_headers": {"content-type": "application/json"}}),
        ("body", {"response_body": b"{}"}),
    ],
)
def test_an_answer_is_held_against_its_schema(book: Book, rule: str, changes: dict[str, Any]) -> None:
    book.ask("POST", "/campaigns", CAMPAIGN, **changes)
    assert f"traffic.campaigns.create.{rule}" in judge(book)


def test_a_repeated_password_is_told_and_not_shown(book: Book) -> None:
    account = {**api.smtp_account("sam@example.com"), "smtp_password": "fox-trot-77"}
    book.ask("POST", "/sender-accounts/smtp", account, falsify=lambda value: value.update(note="fox-trot-77"))
    verdicts = list_verdicts(book)
    [secrets] = [each for each in verdicts if each.rule.endswith(".secrets")]
    assert secrets.outcome is Outcome.BROKEN
    assert "fox-trot-77" not in secrets.exchanges[0].request_body
    assert "cs_live_book" not in secrets.exchanges[0].as_curl()


def test_what_should_be_refused_or_not_is_told(book: Book) -> None:
    good = book.ask("POST", "/campaigns", CAMPAIGN)
    book.ask("POST", "/campaigns", {"name": "short"}, status=201, response_body=json.dumps(good).encode())
    book.ask("POST", "/campaigns", {"name": "Another campaign"}, status=422, response_body=b'{"detail": []}')
    found = judge(book)
    assert "expected 422" in found["traffic.campaigns.create.accepted"]
    assert "expected 201" in found["traffic.campaigns.create.refused"]


def test_a_refusal_has_its_documented_body(book: Book) -> None:
    book.ask("GET", "/campaigns/00000000-0000-4000-8000-000000000000", falsify=lambda v: v.update(detail="?"))
    assert "traffic.campaigns.get.error" in judge(book)


def test_a_request_without_the_key_that_others_have_must_be_refused(book: Book) -> None:
    book.add_campaign()
    book.ask("GET", "/campaigns")
    last = book.exchanges.pop()
    book.exchanges.append(replace(last, request_headers={"accept": "*/*"}))
    assert "without a key" in judge(book)["traffic.campaigns.list.accepted"]


# ---- the story


def test_what_was_written_is_read_back(book: Book) -> None:
    path = book.add_campaign(daily_limit_per_inbox=40)
    book.ask("PUT", path, {"name": "Another name"})
    book.ask("GET", path, falsify=lambda value: value.update(name=CAMPAIGN["name"]))
    assert judge(book) == {
        "traffic.campaigns.get.story": "name is 'Q1 Product Launch', expected 'Another name'"
    }


def test_what_was_deleted_stays_deleted(book: Book) -> None:
    path = book.add_campaign()
    kept = book.ask("GET", path)
    book.ask("DELETE", path)
    book.ask("GET", path, status=200, response_body=json.dumps(kept).encode())
    assert "campaign_not_found" not in judge(book)
    assert "expected 404" in judge(book)["traffic.campaigns.get.accepted"]


def test_ids_are_those_of_the_server_and_stay_the_same(book: Book) -> None:
    path = book.add_campaign()
    other = "6f6b0c3e-3c55-4a4e-9a5d-3a4f4d0f7a11"
    book.ask("GET", path, falsify=lambda value: value.update(campaign_id=other))
    assert "campaign_id" in judge(book)["traffic.campaigns.get.story"]


def test_times_are_moments_and_move_when_they_should(book: Book) -> None:
    path = book.add_campaign()
    made = book.ask("GET", path)
    book.ask("PUT", path, {"name": "Another name"})
    book.ask("GET", path, falsify=lambda value: value.update(updated_at=made["updated_at"]))
    assert list(judge(book)) == ["traffic.campaigns.get.story"]


def test_a_launched_campaign_is_no_draft(book: Book) -> None:
    path = prepare(book)
    book.ask("PUT", path, {"launch": True}, falsify=lambda value: value.update(status="DRAFT"))
    assert "status is 'DRAFT', expected 'ACTIVE'" in judge(book)["traffic.campaigns.update.story"]


def test_what_leads_do_is_not_known(book: Book) -> None:
    path = prepare(book)
    book.ask("PUT", path, {"launch": True})
    for counts in ({"sent_count": 0}, {"sent_count": 1}, {"sent_count": 1, "open_count": 1}):
        book.ask("GET", path, falsify=partial(_update, counts))
    assert judge(book) == {}
    book.ask("GET", path, falsify=lambda value: value.update(total_leads=7))
    assert list(judge(book)) == ["traffic.campaigns.get.story"]


def _update(facts: dict[str, Any], value: dict[str, Any]) -> None:
    value.update(facts)


def prepare(book: Book) -> str:
    """Make a campaign that can be launched; return its path."""
    path = book.add_campaign()
    workspace = {"domain": "mail.example.com"}
    domain_id = book.ask("POST", "/domains", workspace)["domain_id"]
    book.ask("POST", f"/domains/{domain_id}/activate", {})
    sender = {"domain_id": domain_id, "email_prefix": "sam", "display_name": "Sam"}
    inbox_id = book.ask("POST", "/sender-accounts/coldsend-native", sender)["inbox_id"]
    book.ask("POST", f"{path}/leads/manual", {"email": "ada@example.com"})
    book.ask("PUT", path, {"inbox_ids": [inbox_id], "variants": [api.variant()]})
    return path


def test_lists_count_what_there_is(book: Book) -> None:
    for number in range(3):
        book.add_campaign(name=f"Campaign {number}")
    book.ask("GET", "/campaigns", falsify=lambda value: value["pagination"].update(total=4))
    assert "pagination.total is 4, expected 3" in judge(book)["traffic.campaigns.list.story"]


# ---- what a recording does not tell


def test_what_was_there_before_the_recording_is_left_alone(book: Book) -> None:
    path = book.add_campaign(name="An old campaign")
    book.exchanges.clear()
    book.ask("GET", "/campaigns")
    book.ask("GET", path)
    book.ask("PUT", path, {"name": "Another name"})
    own = book.add_campaign()
    book.ask("GET", "/campaigns")
    assert judge(book) == {}
    verdicts = {each.rule: each.outcome for each in list_verdicts(book)}
    assert verdicts["traffic.campaigns.update.story"] is Outcome.UNCHECKED
    book.ask("GET", own, falsify=lambda value: value.update(name="Something else"))
    assert list(judge(book)) == ["traffic.campaigns.get.story"]


def test_whoever_says_that_all_began_empty_learns_more(book: Book) -> None:
    book.add_campaign(name="An old campaign")
    book.exchanges.clear()
    book.ask("GET", "/campaigns?status=DRAFT")
    assert judge(book) == {}
    assert "total is 1, expected 0" in judge(book, is_empty=True)["traffic.campaigns.list.story"]


def test_a_change_that_may_or_may_not_have_happened_is_left_open(book: Book) -> None:
    path = book.add_campaign()
    book.ask("PUT", path, {"name": "Another name"}, status=502, response_body=b"bad gateway")
    book.ask("GET", path, falsify=lambda value: value.update(name=CAMPAIGN["name"]))
    assert "traffic.campaigns.get.story" not in judge(book)


def test_exchanges_that_were_under_way_at_once_are_not_compared(book: Book) -> None:
    path = book.add_campaign()
    book.ask("PUT", path, {"name": "Another name"}, seconds=11.0)
    book.ask("GET", path, falsify=lambda value: value.update(name=CAMPAIGN["name"]))
    assert judge(book) == {}


def test_a_job_may_take_its_time(book: Book) -> None:
    slow = Book(job_seconds=60)
    path = slow.add_campaign()
    form = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        b"email\nada@example.com\n\r\n--b--\r\n"
    )
    upload = replace(slow.exchanges[0], request_body=form)
    headers = {"x-api-key": slow.key, "content-type": "multipart/form-data; boundary=b"}
    answer = send(slow.app, "POST", f"{BASE}{path}/leads", headers, form)
    slow.exchanges.append(
        replace(
            upload,
            url=f"{BASE}{path}/leads",
            request_headers=headers,
            status=answer.status,
            response_body=answer.body,
            at=slow.now,
        )
    )
    job_id = json.loads(answer.body)["job_id"]
    slow.ask("GET", f"{path}/leads/upload/{job_id}")
    slow.ask("GET", f"{path}/leads")
    assert judge(slow) == {}


# ---- the command


def write_rows(path: Path, exchanges: Iterable[Recorded]) -> Path:
    rows = [
        {
            "method": each.method,
            "url": each.url,
            "request_headers": each.request_headers,
            "request": (each.request_body or b"").decode() or None,
            "status": each.status,
            "response_headers": each.response_headers,
            "response": json.loads(each.response_body or b""),
            "time": each.at and each.at.isoformat(),
        }
        for each in exchanges
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(check, [str(each) for each in arguments])
    return result.exit_code, result.output


def test_the_command_reports_traffic_like_a_server(book: Book, tmp_path: Path) -> None:
    path = book.add_campaign()
    file = write_rows(tmp_path / "good.ndjson", book.exchanges)
    code, output = run("--traffic", file)
    assert (code, "1 exchanges read" in output) == (0, True), output
    book.ask("GET", path, falsify=lambda value: value.update(name="Something else"))
    file = write_rows(tmp_path / "bad.ndjson", book.exchanges)
    code, output = run("--traffic", file, "--report-dir", tmp_path / "report")
    assert code == 1
    assert "traffic.campaigns.get.story" in output
    report = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    [broken] = [each for each in report["verdicts"] if each["outcome"] == "broken"]
    assert broken["source"] == "docs:api-reference/campaigns/get-campaign"
    assert "Something else" in (tmp_path / "report" / "junit.xml").read_text("utf-8")
    assert run("--traffic", file, "--rules", "!traffic.*.story")[0] == 0
    assert run("--traffic", file, "--operations", "createCampaign")[0] == 0


def test_the_command_reads_several_files_as_one_story(book: Book, tmp_path: Path) -> None:
    path = book.add_campaign()
    first = write_rows(tmp_path / "first", book.exchanges)
    book.ask("GET", path, falsify=lambda value: value.update(name="Something else"))
    second = write_rows(tmp_path / "second", book.exchanges[1:])
    assert run("--traffic", first, "--traffic", second)[0] == 1
    assert run("--traffic", second)[0] == 0


def test_nothing_to_check_is_no_success(book: Book, tmp_path: Path) -> None:
    book.ask("GET", "/campaigns", url="https://example.com/styles.css")
    code, output = run("--traffic", write_rows(tmp_path / "other", book.exchanges))
    assert (code, "none of 1 exchanges is for the API" in output) == (2, True)
    (tmp_path / "bad").write_text("{", "utf-8")
    code, output = run("--traffic", tmp_path / "bad")
    assert (code, "line 1: no JSON" in output) == (2, True)


def test_the_base_of_the_api_may_be_another(book: Book, tmp_path: Path) -> None:
    book.ask("GET", "/campaigns", url="https://gateway.example.com/mail/campaigns")
    file = write_rows(tmp_path / "moved", book.exchanges)
    assert run("--traffic", file)[0] == 2
    assert run("https://gateway.example.com/mail", "--traffic", file)[0] == 0


def test_so_many_exchanges_are_read(book: Book, tmp_path: Path) -> None:
    path = book.add_campaign()
    book.ask("GET", path, falsify=lambda value: value.update(name="Something else"))
    code, output = run("--traffic", write_rows(tmp_path / "long", book.exchanges), "--max-exchanges", 1)
    assert (code, "Read the first 1 exchanges" in output) == (0, True)
