"""What a run reports, in each format, also when a server answers with what could break it."""

import io
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import jsonschema_rs
import pytest
from click.testing import CliRunner
from rich.console import Console

from contracts import Exchange, Options, Outcome, Result, Verdict, check_contract, standing_in
from contracts.command import check
from contracts.report import github, print_result, write_reports

ROOT = Path(__file__).parent.parent
SCHEMAS = ROOT / "tests" / "schemas"
EVIL = (
    "</script><script>alert(1)</script> ]]> %0A::error::x\n::add-mask::y\r\n\x1b[2J\x00\x08\u202e\ud800"
    "\ufffe [red]z[/] | `a` *b* [c](http://d) @e <!-- & \u2028 $data"
)


@pytest.fixture(scope="module")
def clean() -> Iterator[Result]:
    with standing_in() as target:
        yield check_contract(target, Options(random_seed="tests", rules=("campaigns.create.name.*",)))


@pytest.fixture
def hostile() -> Result:
    """The result of a run against a server that puts marks and commands everywhere."""
    exchange = Exchange(
        "createCampaign", "POST", f"http://x/{EVIL}", {"X-A": EVIL}, EVIL, 500, {EVIL: EVIL}, EVIL * 200, 0.1
    )
    names = ("createCampaign",)
    verdicts = [
        Verdict(f"campaigns.create.{word}", word, "It says so", EVIL, names, EVIL, (exchange,) * 3)
        for word in Outcome
    ]
    return Result(EVIL, "everything 1, quick", "seed", "[ct]", verdicts, left_behind=(EVIL,), notes=(EVIL,))


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text("utf-8"))


def validate(name: str, document: Any) -> None:
    schema = json.loads((SCHEMAS / name).read_text("utf-8"))
    errors = jsonschema_rs.validator_for(schema).iter_errors(document)
    assert [(error.instance_path, error.message) for error in errors] == []


def test_all_reports_have_the_same_verdicts(clean: Result, tmp_path: Path) -> None:
    write_reports(clean, tmp_path)
    number = len(clean.verdicts)
    data = read(tmp_path, "report.json")
    assert len(data["verdicts"]) == data["counts"]["kept"] == number > 3
    suites = Xml.parse(tmp_path / "junit.xml")
    assert len(suites.findall(".//testcase")) == number
    assert suites.findall(".//failure") == []
    assert read(tmp_path, "ctrf.json")["results"]["summary"]["passed"] == number
    assert read(tmp_path, "report.sarif")["runs"][0]["results"] == []
    assert read(tmp_path, "badge.json")["message"] == f"{number} rules kept"
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "https://" not in page.split("<script")[0]
    assert json.loads(page.split('id="data">')[1].split("</script>")[0]) == data


@pytest.mark.parametrize("name", ["clean", "hostile"])
def test_reports_are_valid_by_the_schemas_of_their_formats(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    write_reports(request.getfixturevalue(name), tmp_path)
    validate("sarif-2.1.0.json", read(tmp_path, "report.sarif"))
    validate("ctrf-0.0.json", read(tmp_path, "ctrf.json"))


def test_a_result_of_code_scanning_stands_at_its_operation(hostile: Result, tmp_path: Path) -> None:
    write_reports(hostile, tmp_path)
    [run] = read(tmp_path, "report.sarif")["runs"]
    levels = {each["ruleId"].rpartition(".")[2]: each["level"] for each in run["results"]}
    assert levels["broken"] == "error"
    assert levels["warned"] == "warning"
    assert "kept" not in levels
    for each in run["results"]:
        place = each["locations"][0]["physicalLocation"]
        text = (ROOT / place["artifactLocation"]["uri"]).read_text("utf-8").splitlines()
        assert "operationId: createCampaign" in text[place["region"]["startLine"] - 1]
        assert run["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] == each["ruleId"]


def test_exchanges_of_kept_rules_are_left_out_unless_asked_for(clean: Result, tmp_path: Path) -> None:
    write_reports(clean, tmp_path / "small")
    write_reports(clean, tmp_path / "large", all_exchanges=True)
    assert read(tmp_path / "small", "report.json")["exchanges"] == []
    assert read(tmp_path / "large", "report.json")["exchanges"]


def test_long_bodies_are_cut_in_reports(hostile: Result, tmp_path: Path) -> None:
    write_reports(hostile, tmp_path)
    [exchange] = read(tmp_path, "report.json")["exchanges"]
    assert "more characters)" in exchange["response_body"]
    assert len(exchange["response_body"]) < 10_100 < len(hostile.verdicts[0].exchanges[0].response_body)


class _Scripts(HTMLParser):
    """Counts the elements of a page that could do something."""

    found = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found += tag == "script"


def test_a_page_is_safe_from_what_a_server_answers(hostile: Result, tmp_path: Path) -> None:
    write_reports(hostile, tmp_path)
    parser = _Scripts()
    parser.feed((tmp_path / "report.html").read_text("utf-8"))
    assert parser.found == 2


def test_xml_holds_what_a_server_answers(hostile: Result, tmp_path: Path) -> None:
    write_reports(hostile, tmp_path)
    failure = Xml.parse(tmp_path / "junit.xml").find(".//failure")
    assert failure is not None
    assert "]]>" in failure.attrib["message"]
    assert "\x1b" not in (failure.text or "")


def test_nothing_that_a_server_answers_commands_a_terminal(hostile: Result) -> None:
    file = io.StringIO()
    print_result(Console(file=file, width=200), hostile)
    printed = file.getvalue()
    assert "[red]z[/]" in printed
    assert not {"\x1b", "\x00", "\x08", "\u202e", "\ud800"} & set(printed)


# ---------------------------------------------------------------- GitHub Actions


def test_an_annotation_is_one_command_whatever_a_server_answers(hostile: Result) -> None:
    lines = list(github.make_annotations(hostile))
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning"]
    assert lines[0].startswith("::error title=campaigns.create.broken::It says so")
    assert all(line.isprintable() for line in lines)
    assert "%250A" in lines[0]


def test_annotations_are_few() -> None:
    verdicts = [Verdict(f"a.{n}", Outcome.BROKEN, "", "", reason="ab"[n % 2] * n) for n in range(30)]
    lines = list(github.make_annotations(Result("http://x", "quick", "1", "m", verdicts)))
    assert len(lines) == 10


def test_a_summary_has_no_mark_of_a_server(hostile: Result) -> None:
    text = github.make_summary(hostile)
    [row] = [line for line in text.splitlines() if "campaigns" in line]
    assert row.count("|") == 4
    cell = row.split("<code>")[2].split("</code>")[0]
    assert not set("<>`*[]@|") & set(cell)


def test_the_command_reports_to_github(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", "utf-8")
    arguments = ["--rules", "campaigns.create.name.max_length", "--github"]
    done = CliRunner(env={"GITHUB_STEP_SUMMARY": str(summary)}).invoke(check, arguments)
    assert done.exit_code == 0, done.output
    assert summary.read_text("utf-8").startswith("before\n## Contract: 1 kept\n")
    stop = next(line for line in done.output.splitlines() if line.startswith("::stop-commands::"))
    assert f"::{stop.removeprefix('::stop-commands::')}::" in done.output.splitlines()
