"""The benchmark of the fixtures measures what is there, and says what is not."""

from typing import Any

import pytest

from .benchmarks import fixtures, sending


def test_what_is_not_installed_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(fixtures, "import_module", refuse)
    fixtures.run(rounds=1)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("pytest-httpserver is left out")
    assert lines[1].startswith("moto is left out")
    assert [line.split()[0] for line in lines[2:]] == ["Fixture", "coldsend"]
    assert lines[-1].split()[-2:] == ["1.0", "1.0"]


def test_the_figures_of_sending_are_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sending, "_TURNS", 2)
    sending.run([30], leads=30, rounds=1)
    title, heads, figures, beside = capsys.readouterr().out.strip().splitlines()
    assert title.startswith("Sending, 3 steps, 60 days")
    assert heads.split()[0] == "leads"
    assert figures.split()[0] == "30"
    assert beside.startswith("A GET beside a campaign on which nothing is due: ")
