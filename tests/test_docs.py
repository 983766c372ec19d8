"""README and docs are true: each block runs as it is printed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver import running

from .snippets import read_page
from .tables import PAGES

pytest_plugins = ["pytester"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running() as server:
        yield server.url.removeprefix("http://")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_blocks_of_a_page_run_as_printed(
    page: Path, address: str, tmp_path: Path, pytester: pytest.Pytester
) -> None:
    for example in read_page(page, address=address, folder=tmp_path, pytester=pytester):
        print(f"{page.name}, line {example.line}")  # pytest shows it where a block fails
        example.evaluate()
