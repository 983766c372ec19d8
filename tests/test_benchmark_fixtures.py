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


def test_a_campaign_is_sent_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    sending.run(leads=30, rounds=1)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Sending to 30 leads, 3 steps, 4 accounts, 60 days: ")
    assert lines[1].endswith("1 completed")
    assert lines[2].startswith("A GET beside a campaign on which nothing is due: ")
