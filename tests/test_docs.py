"""README and docs are true: each block runs as it is printed, each link leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver import running

from .snippets import read_page
from .tables import PAGES

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.long

ROOT = Path(__file__).parent.parent
OTHER_PAGES = [page for page in PAGES if page.stem != "javascript"]
"""All pages but one, whose project tests/test_typescript.py builds."""
LINK = re.compile(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)")
"""A link to a file beside the page, or to a heading."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running() as server:
        yield server.url.removeprefix("http://")


@pytest.mark.parametrize("page", OTHER_PAGES, ids=lambda page: page.stem)
def test_the_blocks_of_a_page_run_as_printed(
    page: Path, address: str, tmp_path: Path, pytester: pytest.Pytester
) -> None:
    for example in read_page(page, address=address, folder=tmp_path, pytester=pytester):
        print(f"{page.name}, line {example.line}")  # pytest shows it where a block fails
        example.evaluate()


def list_links(page: Path) -> Iterator[tuple[Path, str]]:
    """Yield the file that each link of a page leads to, and the heading, if it names one."""
    for path, heading in LINK.findall(page.read_text("utf-8")):
        yield (page.parent / path if path else page), heading


def list_headings(page: Path) -> set[str]:
    """Return the headings of a page as links name them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for target, heading in list_links(page):
        assert target.is_file(), target
        assert not heading or heading in list_headings(target), f"{target} has no heading {heading}"


def test_the_index_names_every_page() -> None:
    named = {target.resolve() for target, _ in list_links(ROOT / "docs/README.md")}
    assert named == set((ROOT / "docs").glob("*.md")) - {ROOT / "docs/README.md"}


def test_each_picture_is_small_and_stands_on_a_page() -> None:
    pages = "".join(page.read_text("utf-8") for page in (ROOT / "docs").glob("*.md"))
    pictures = list((ROOT / "docs/images").iterdir())
    assert len(pictures) >= 4
    for picture in pictures:
        assert picture.stat().st_size < 100_000, picture.name
        assert f"](images/{picture.name})" in pages, picture.name
