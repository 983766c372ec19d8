"""Coverage: what exchanges have met of the contract, by the command and by the pytest plugin."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from contracts.coverage import coverage
from mockserver import running
from mockserver.openapi.coverage import KINDS, Coverage
from mockserver.openapi.spec import load_spec
from mockserver.testing.fixture import Coldsend

pytest_plugins = ["pytester"]

ANSWER = {"campaign_id": "x", "status": "DRAFT"}


def test_everything_counts_once_and_nothing_is_met_at_first() -> None:
    found = Coverage(load_spec())
    assert found.share == 0
    assert all(found.count(kind) == (0, len(found.list_unmet(kind))) for kind in KINDS)
    assert found.count("operations")[1] == len(load_spec().operations)
    assert {"any 401", "createCampaign 2xx"} <= set(found.list_unmet("statuses"))
    assert "createCampaign 401" not in found.list_unmet("statuses")


def test_an_exchange_meets_what_it_shows() -> None:
    found = Coverage(load_spec())
    found.add("createCampaign", 200, request={"name": "x", "unknown": 1}, response=ANSWER)
    assert found.met == {
        ("operations", "createCampaign"),
        ("statuses", "createCampaign 2xx"),
        ("fields", "createCampaign request name"),
        ("fields", "createCampaign answer campaign_id"),
        ("fields", "createCampaign answer status"),
    }
    found.add("listCampaigns", 401, query={"status_filter": ["DRAFT"]}, response={"detail": "?"})
    assert ("statuses", "any 401") in found.met
    assert ("fields", "listCampaigns request ?status") in found.met


def test_an_error_is_met_by_its_body() -> None:
    found = Coverage(load_spec())
    found.add("getCampaign", 404, response={"detail": "Campaign not found"})
    assert ("errors", "campaign_not_found") in found.met
    found.add(None, 404, response={"detail": "Not Found"})
    assert ("errors", "route_not_found") in found.met
    found.add("updateCampaign", 400, response={"detail": "nobody knows this"})
    assert found.count("errors")[0] == 2


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(coverage, [str(each) for each in arguments])
    return result.exit_code, result.output


def test_the_command_measures_a_file(tmp_path: Path) -> None:
    row = {"method": "POST", "path": f"{load_spec().base_path}/campaigns", "status": 201, "response": ANSWER}
    file = tmp_path / "traffic"
    file.write_text(json.dumps(row), "utf-8")
    code, output = run(file, "--json")
    assert (code, json.loads(output)["operations"]["met"]) == (0, 1)
    code, output = run(file, "--least", 80)
    assert (code, output.startswith("coverage of openapi.yaml: ")) == (1, True)
    assert "and 64 more" not in run(file, "--all")[1]
    file.write_text("{", "utf-8")
    assert run(file)[0] == 2


def test_the_command_measures_the_journal_of_a_mock() -> None:
    with running() as server, Coldsend(server.app, "cs_live_coverage", server.url) as coldsend:
        coldsend.session.post("/campaigns", json={"name": "Q1 Product Launch"})
        code, output = run("--url", server.url, "--key", "cs_live_coverage", "--json")
        assert (code, json.loads(output)["operations"]["met"]) == (0, 1)
    assert run("--url", server.url)[0] == 2


TESTS = """
def test_one(coldsend):
    assert coldsend.session.post("/campaigns", json={"name": "Q1 Product Launch"}).status_code == 201

def test_two(coldsend):
    assert coldsend.session.get("/campaigns/nothing").status_code == 422
"""


def test_the_plugin_prints_what_all_tests_have_met(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)
    result = pytester.runpytest("--coldsend-coverage")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["coverage of openapi.yaml: * %", "  operations*2 of * not met: *"])
    assert result.ret == 0
    assert "coldsend coverage" not in pytester.runpytest().stdout.str()


def test_a_share_can_be_demanded(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)
    assert pytester.runpytest("--coldsend-coverage=1").ret == 0
    result = pytester.runpytest("--coldsend-coverage=80")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["less than the 80 % that are asked for"])
    refused = pytester.runpytest("--coldsend-coverage", "folder")
    refused.stderr.fnmatch_lines(["*'folder' is no share in percent*"])


def test_the_processes_of_xdist_are_counted_together(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)
    result = pytester.runpytest_subprocess("-n", "2", "--coldsend-coverage=80")
    result.stdout.fnmatch_lines(["  operations*2 of *"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED
