"""The README is true: its tables are those of the code, its snippets run and answer as printed."""

from collections.abc import Iterator

import pytest

from mockserver.server import running

from .readme import README, generate
from .snippets import Snippet, read_snippets


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running() as server:
        yield server.url.removeprefix("http://")


def test_the_generated_tables_are_current() -> None:
    text = README.read_text("utf-8")
    assert text == generate(text), "run `python -m tests.readme`"


@pytest.mark.parametrize("snippet", read_snippets(README), ids=lambda snippet: snippet.code.split("\n")[0])
def test_a_snippet_works_as_printed(snippet: Snippet, address: str) -> None:
    output = snippet.run(address)
    if snippet.answer is not None:
        snippet.check_answer(output)
