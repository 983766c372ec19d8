"""A file of rules that a server is known to break: what it excuses, and when it has to change."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from click.testing import CliRunner

from contracts import Outcome, Verdict
from contracts.command import check
from contracts.run import list_rule_ids
from contracts.verdict.expected_failures import ExpectedFailure, ExpectedFailures, read_expected_failures
from contracts.verdict.outcomes import CannotRunError

from .kit.recording import KEY, recording

BROKEN = "campaigns.create.name.min_length"
KEPT = "campaigns.create.name.required"
TODAY = date(2027, 1, 31)
KNOWN = ExpectedFailures(
    "known.yaml", (ExpectedFailure("a.*", "The limit is another", TODAY, "https://tracker.example.com/7"),)
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server that words one refusal in its own way."""

    def reword(status: int, body: Any) -> tuple[int, Any]:
        return status, json.loads(json.dumps(body).replace("at least 8 char", "8 char"))

    with recording() as recorder:
        recorder.rewrite("POST", "/campaigns", reword)
        yield recorder.base_url


def write(folder: Path, *rows: dict[str, object]) -> Path:
    path = folder / "known.yaml"
    usual = {"reason": "Another text", "link": "https://tracker.example.com/7", "expires": "2999-12-31"}
    path.write_text(json.dumps([{**usual, **row} for row in rows]), "utf-8")
    return path


def run(server: str, path: Path, *more: str) -> tuple[int, str]:
    arguments = [server, "--api-key", KEY, "--rules", BROKEN, "--rules", KEPT, "--expected-failures", path]
    done = CliRunner().invoke(check, [*map(str, arguments), *more])
    return done.exit_code, done.output


# ---------------------------------------------------------------- what an entry does


def weigh(outcome: Outcome, today: date = TODAY, rule: str = "a.b") -> Verdict:
    return KNOWN.weigh(Verdict(rule, outcome, "", "", reason="422 for 200"), today)


def test_a_broken_rule_with_an_entry_is_expected() -> None:
    verdict = weigh(Outcome.BROKEN)
    assert verdict.outcome is Outcome.EXPECTED
    assert verdict.reason == (
        "The limit is another (https://tracker.example.com/7), until 2027-01-31; 422 for 200"
    )


@pytest.mark.parametrize("outcome", [Outcome.KEPT, Outcome.WARNED])
def test_a_rule_that_passes_unexpectedly_breaks(outcome: Outcome) -> None:
    verdict = weigh(outcome)
    assert verdict.outcome is Outcome.BROKEN
    assert verdict.reason.startswith("unexpected pass: the entry a.* of known.yaml expects a failure")


@pytest.mark.parametrize("outcome", [Outcome.BROKEN, Outcome.KEPT])
def test_a_rule_whose_entry_has_expired_breaks(outcome: Outcome) -> None:
    verdict = weigh(outcome, date(2027, 2, 1))
    assert verdict.outcome is Outcome.BROKEN
    assert "expired on 2027-01-31: The limit is another" in verdict.reason


def test_unchecked_and_other_rules_stay_as_they_are() -> None:
    assert weigh(Outcome.UNCHECKED).outcome is Outcome.UNCHECKED
    assert weigh(Outcome.BROKEN, rule="b.a").outcome is Outcome.BROKEN


# ---------------------------------------------------------------- the file


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"rule": "campaigns.create.nmae.*"},
            "entry 2: No rule matches 'campaigns.create.nmae.*'; the nearest",
        ),
        ({"rule": BROKEN, "expires": "soon"}, "entry 2: expires is 'soon', not a date like 2027-01-31"),
        ({"rule": BROKEN, "reason": " "}, "entry 2: reason has to be a text"),
        ({"rule": BROKEN, "expires": 3}, "entry 2: expires has to be a text"),
        ({"rule": BROKEN, "resaon": "x"}, "entry 2: there is no field 'resaon'; did you mean reason?"),
    ],
)
def test_a_bad_entry_is_refused(row: dict[str, object], message: str, tmp_path: Path) -> None:
    path = write(tmp_path, {"rule": KEPT}, row)
    with pytest.raises(CannotRunError) as error:
        read_expected_failures(path, list_rule_ids())
    assert message in str(error.value)


@pytest.mark.parametrize("text", ["{", "rule: a", "- 3"])
def test_a_file_of_another_form_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "known.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(CannotRunError, match=r"known\.yaml"):
        read_expected_failures(path, list_rule_ids())


def test_an_entry_may_name_a_rule_of_recorded_traffic(tmp_path: Path) -> None:
    path = write(tmp_path, {"rule": "traffic.campaigns.get.story"}, {"rule": "traffic.*.fields"})
    assert len(read_expected_failures(path, list_rule_ids()).entries) == 2


# ---------------------------------------------------------------- the commands


def test_an_expected_failure_is_one_in_every_format(server: str, tmp_path: Path) -> None:
    code, output = run(server, write(tmp_path, {"rule": BROKEN}), "--report-dir", str(tmp_path), "--github")
    assert code == 0, output
    assert f"expected {BROKEN}: Another text" in output
    assert "::error" not in output
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["counts"] == {"kept": 1, "broken": 0, "warned": 0, "expected": 1, "unchecked": 0}
    [skipped] = Xml.parse(tmp_path / "junit.xml").findall(".//skipped")
    assert "expected: Another text" in skipped.attrib["message"]
    tests = json.loads((tmp_path / "ctrf.json").read_text("utf-8"))["results"]["tests"]
    assert {each["rawStatus"]: each["status"] for each in tests} == {"kept": "passed", "expected": "skipped"}
    [run_] = json.loads((tmp_path / "report.sarif").read_text("utf-8"))["runs"]
    assert [bool(each["suppressions"]) for each in run_["results"]] == [True]
    assert json.loads((tmp_path / "badge.json").read_text("utf-8"))["color"] == "brightgreen"


def test_an_unexpected_pass_fails_the_run(server: str, tmp_path: Path) -> None:
    code, output = run(server, write(tmp_path, {"rule": "campaigns.create.name.*"}))
    assert code == 1
    assert "unexpected pass: the entry campaigns.create.name.*" in " ".join(output.split())


def test_a_bad_file_is_a_wrong_use_of_the_command(server: str, tmp_path: Path) -> None:
    code, output = run(server, write(tmp_path, {"rule": "nosuch.rule"}))
    assert code == 2
    assert "No rule matches 'nosuch.rule'" in " ".join(output.split())


def test_pytest_contracts_knows_expected_failures(server: str, tmp_path: Path) -> None:
    path = write(tmp_path, {"rule": BROKEN})
    command = [sys.executable, "-m", "pytest", "contracts", "-q", "-rx", "--base-url", server, "--api-key",
               KEY, "--rules", BROKEN, "--expected-failures", str(path)]  # fmt: skip
    root = Path(__file__).parent.parent
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 xfailed" in done.stdout
