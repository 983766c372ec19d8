"""The benchmark measures what it says; how fast anything is, no test asks."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from mockserver import Settings, running
from mockserver.openapi.spec import load_spec

from .benchmarks import growth
from .benchmarks.__main__ import main
from .benchmarks.calls import address_of, make_requests
from .benchmarks.load import Load, Request, UnexpectedAnswerError, put_load
from .benchmarks.processes import resident_memory
from .benchmarks.turns import Turns, alternate, compare


def test_every_figure_is_printed_and_without_npm_only_the_others_are_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for place, few in {
        "__main__._WARM_UP": 10,
        "__main__._IDLE_REQUESTS": 20,
        "__main__._IDLE_ROUNDS": 1,
        "__main__._LEADS_BESIDE": 20,
        "growth.SMALL": 20,
        "growth._IN_A_TURN": 1,
        "sending._TURNS": 1,
    }.items():
        monkeypatch.setattr(f"tests.benchmarks.{place}", few)
    options = [
        "--rounds=1",
        "--requests=20",
        "--creates=20",
        "--starts=1",
        "--connections=2",
        "--leads=20",
        "--records=30",
        "--idle=10",
    ]
    result = CliRunner().invoke(main, options)
    assert result.exit_code == 0, result.output
    assert "Prism is left out: npm is not installed" in result.output
    assert "WireMock is left out: Java is not installed" in result.output
    lines = [line.split() for line in result.output.splitlines()]
    assert [line[0] for line in lines if line[-2:] == ["p99", "client"]] == [
        "Create",
        "Invalid",
        "Get",
        "Update",
        "List",
        "List",
    ]
    assert [len(line) for line in lines if line and line[0] in growth.OPERATIONS] == [6] * len(
        growth.OPERATIONS
    )
    for figure in ("a request with the console", "an update beside 6 open pages of the console"):
        assert f"processor time of {figure}" in result.output
    assert [len(line) for line in lines if line[:1] == ["coldsend-mock"]] == [3, 5, 8, 8, 8, 8, 8, 8]


def test_all_requests_of_a_load_are_answered() -> None:
    with running(Settings(port=0)) as server:
        calls = make_requests(load_spec(), server.base_url)
        load = put_load(address_of(server.base_url), calls["create"], count=50, connections=4)
        workspace = server.app.workspaces.get("cs_live_benchmark")
    assert len(load.latencies) == 50
    assert len(workspace.campaigns) == 51  # and the one that is read and updated


def test_an_answer_with_another_status_stops_the_load() -> None:
    with running(Settings(port=0)) as server:
        valid = make_requests(load_spec(), server.base_url)["create"]
        with pytest.raises(UnexpectedAnswerError, match="201 instead of 422"):
            put_load(address_of(server.base_url), Request(valid.data, "422"), count=9, connections=2)


def test_memory_of_children_counts() -> None:
    allocate = "kept = bytearray(50_000_000); print(flush=True); input()"
    nest = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {allocate!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", nest], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        size = resident_memory(process.pid)
        process.communicate(b"\n")
    assert 50_000_000 < size < 500_000_000


def test_turns_alternate_and_are_compared_round_by_round() -> None:
    order: list[str] = []

    def turn(name: str, seconds: list[float]) -> Load:
        order.append(name)
        return Load(seconds[order.count(name) - 1], (0.1,) * 100, 0.0)

    turns = alternate([lambda: turn("A", [1, 2, 4]), lambda: turn("B", [3, 4, 4])], rounds=3)
    assert order == ["A", "B", "B", "A", "A", "B"]
    assert compare(*turns) == (2, 1)
    assert isinstance(turns[0], Turns)
    assert turns[0].per_second == 50
