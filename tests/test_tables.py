"""The tables of the documentation are those of the code."""

from pathlib import Path

import pytest

from .tables import PAGES, generate


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_generated_tables_are_current(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text == generate(text), "run `python -m tests.tables`"
