"""The tables of the documentation are those of the code."""

import pytest

from .tables import run_cog


def test_the_generated_tables_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    code = run_cog("--check", "--diff")
    assert code == 0, "\n".join(capsys.readouterr())
