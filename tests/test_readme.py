"""The tables of the README are those of the code."""

from .readme import README, generate


def test_the_generated_tables_are_current() -> None:
    text = README.read_text("utf-8")
    assert text == generate(text), "run `python -m tests.readme`"
