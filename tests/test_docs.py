"""README and how-tos are true: every block runs as it is printed."""

import re
from collections.abc import Iterator
from random import Random

import pytest
import yaml12

from mockserver.seeding.documents import StateFormat
from mockserver.server.server import running

from .api import SPEC
from .snippets import Snippet, read_snippets
from .tables import PAGES

pytest_plugins = ["pytester"]


SNIPPETS = [pytest.param(s, id=f"{p.stem}-{i}") for p in PAGES for i, s in enumerate(read_snippets(p))]
YAML = [
    text
    for page in PAGES
    for text in re.findall(r"^```yaml\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S)
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running() as server:
        yield server.url.removeprefix("http://")


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_snippet_works_as_printed(snippet: Snippet, address: str, pytester: pytest.Pytester) -> None:
    tests = len(re.findall(r"^def test_", snippet.code, re.MULTILINE))
    if tests:
        pytester.makepyfile(snippet.code)
        pytester.runpytest("-W", "error").assert_outcomes(passed=tests)
        return
    output = snippet.run(address)
    if snippet.answer is not None:
        snippet.check_answer(output)


def test_the_seed_in_the_docs_is_one() -> None:
    seeds = [text for text in YAML if re.search("^campaigns:", text, re.MULTILINE)]
    assert seeds
    states = StateFormat(SPEC)
    for text in seeds:
        made = states.make(states.check(yaml12.parse_yaml(text)), Random(0))
        assert len(made.records["leads"]) == 41
