"""A result that somebody else can produce again: what the file has, and what it may not decide."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from contracts.command import check
from contracts.verdict.recipe import hash_contract
from mockserver.version import __version__

from .kit.recording import KEY, SECOND_KEY, Recorder, recording

RULES = ("campaigns.create.name.min_length", "auth.isolation.campaigns.get", "campaigns.create.name.required")


@pytest.fixture(scope="module")
def server() -> Iterator[Recorder]:
    with recording() as recorder:
        yield recorder


@pytest.fixture(scope="module")
def report(server: Recorder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run with a second key."""
    folder = tmp_path_factory.mktemp("report")
    rules = [word for rule in RULES for word in ("--rules", rule)]
    code, output = run(server.base_url, *keys(), *rules, "--report-dir", folder)
    assert code == 0, output
    return folder / "report.json"


def keys() -> list[str]:
    return ["--api-key", KEY, "--second-key", SECOND_KEY]


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(check, list(map(str, arguments)))
    return done.exit_code, " ".join(done.output.split())


def rewrite(report: Path, folder: Path, **changes: Any) -> Path:
    data = json.loads(report.read_text("utf-8"))
    data["recipe"] |= changes
    path = folder / "report.json"
    path.write_text(json.dumps(data), "utf-8")
    return path


def test_a_report_says_how_it_was_made_without_keys(server: Recorder, report: Path) -> None:
    recipe = json.loads(report.read_text("utf-8"))["recipe"]
    seed = json.loads(report.read_text("utf-8"))["random_seed"]
    assert recipe["command"].startswith(f"coldsend-mock check {server.base_url} --rules ")
    assert recipe["command"].endswith(f"--random-seed {seed}")
    assert recipe["keys"] == ["--api-key", "--second-key"]
    assert (recipe["version"], recipe["openapi_sha256"]) == (__version__, hash_contract())
    assert KEY not in report.read_text("utf-8")


def test_a_result_is_produced_again(server: Recorder, report: Path) -> None:
    code, output = run(server.base_url, *keys(), "--result", report)
    assert code == 0, output
    assert "Each rule has the outcome that" in output


def test_the_same_command_makes_the_same_verdicts(server: Recorder, report: Path, tmp_path: Path) -> None:
    run(server.base_url, *keys(), "--result", report, "--report-dir", tmp_path)
    one, two = (json.loads(path.read_text("utf-8")) for path in (report, tmp_path / "report.json"))
    assert one["recipe"] == two["recipe"]
    assert one["marker"] == two["marker"]
    assert [(v["rule"], v["outcome"]) for v in one["verdicts"]] == [
        (v["rule"], v["outcome"]) for v in two["verdicts"]
    ]


def test_files_that_a_command_names_are_used_again(server: Recorder, tmp_path: Path) -> None:
    known = tmp_path / "known.yaml"
    known.write_text("[]", "utf-8")
    arguments = ["--rules", RULES[0], "--expected-failures", known, "--report-dir", tmp_path]
    assert run(server.base_url, *keys(), *arguments)[0] == 0
    report = tmp_path / "report.json"
    assert f"--expected-failures {known} " in json.loads(report.read_text("utf-8"))["recipe"]["command"]
    assert run(server.base_url, *keys(), "--result", report)[0] == 0
    known.unlink()
    code, output = run(server.base_url, *keys(), "--result", report)
    assert (code, "known.yaml cannot be read" in output) == (2, True), output


def test_a_check_of_recorded_traffic_is_repeated(tmp_path: Path) -> None:
    line = {"method": "GET", "url": "/api/public/v1/campaigns", "status": 500, "response": {"detail": "No"}}
    traffic = tmp_path / "traffic.ndjson"
    traffic.write_text(json.dumps(line), "utf-8")
    assert run("--traffic", traffic, "--report-dir", tmp_path)[0] in (0, 1)
    code, output = run("--result", tmp_path / "report.json")
    assert code == 0, output


def test_a_url_with_a_password_is_refused() -> None:
    code, output = run("http://me:secret@127.0.0.1:1/api/public/v1", "--api-key", KEY)
    assert (code, "may have no password" in output) == (2, True), output


def test_another_outcome_is_named_and_fails(server: Recorder, report: Path, tmp_path: Path) -> None:
    data = json.loads(report.read_text("utf-8"))
    data["verdicts"][0]["outcome"] = "broken"
    path = tmp_path / "report.json"
    path.write_text(json.dumps(data), "utf-8")
    code, output = run(server.base_url, *keys(), "--result", path)
    assert code == 1
    assert f"{data['verdicts'][0]['rule']} is kept, and was broken" in output


def test_the_result_of_a_mock_of_its_own_needs_no_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _ = run("--rules", RULES[0], "--random-seed", "7", "--report-dir", tmp_path)
    assert code == 0
    assert run("--result", tmp_path / "report.json")[0] == 0
    monkeypatch.setenv("COLDSEND_BASE_URL", "http://127.0.0.1:1")
    code, output = run("--result", tmp_path / "report.json")
    assert (code, "made without URL" in output) == (2, True), output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--api-key", KEY], "was made with --second-key; do so again"),
        ([*keys(), "--limited-key", "x"], "was made without --limited-key"),
        ([*keys(), "--allow-send"], "was made without --allow-send"),
        ([*keys(), "--rules", "*"], "--rules is what"),
    ],
)
def test_what_is_asked_has_to_fit_the_file(
    server: Recorder, report: Path, arguments: list[str], message: str
) -> None:
    code, output = run(server.base_url, *arguments, "--result", report)
    assert (code, message in output) == (2, True), output


def test_a_file_does_not_decide_where_keys_go(server: Recorder, report: Path, tmp_path: Path) -> None:
    code, output = run(*keys(), "--result", report)
    assert (code, "was made with URL; do so again" in output) == (2, True), output
    path = rewrite(report, tmp_path, command="coldsend-mock check http://127.0.0.1:1")
    code, output = run(server.base_url, *keys(), "--result", path)
    assert (code, "is about http://127.0.0.1:1" in output) == (2, True), output


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": "0.0.9"}, "pip install 'coldsend-mock[contracts]==0.0.9'"),
        ({"openapi_sha256": "0"}, "was made with another openapi.yaml"),
        ({"command": "coldsend-mock check --clean-up --yes"}, "a result does not need --clean-up"),
        ({"command": "coldsend-mock check --report-dir /etc"}, "a result does not need --report-dir"),
        ({"command": "coldsend-mock check --nonsense"}, "No such option"),
        ({"command": "coldsend-mock check --help"}, "it asks for help"),
        ({"command": "rm -rf /"}, "it is not of a whole run of coldsend-mock check"),
        ({"command": 3}, "has no result"),
        ({"command": "'"}, "has no result"),
    ],
)
def test_a_file_that_says_what_it_may_not_is_refused(
    report: Path, changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    code, output = run("--result", rewrite(report, tmp_path, **changes))
    assert (code, message in output) == (2, True), output


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"recipe": null}', "[" * 100_000])
def test_a_file_of_another_form_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(text, "utf-8")
    assert run("--result", path)[0] == 2
