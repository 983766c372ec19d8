"""docs/javascript.md runs as it is printed, and the types that it makes suit a client in strict mode."""

import shutil
from pathlib import Path

import pytest

from mockserver import running

from .needs import NODE
from .snippets import read_page
from .test_docs import ROOT

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.long

CLIENT = NODE / "client.test.ts"


def test_the_page_builds_a_project_whose_typed_client_sends_no_more_than_it_must(
    tmp_path: Path, pytester: pytest.Pytester
) -> None:
    """The client is one more file of the project: the page's compiler and test runner take it."""
    shutil.copy(CLIENT, tmp_path)
    printed = ""
    with running() as server:
        address = server.url.removeprefix("http://")
        page = read_page(ROOT / "docs/javascript.md", address=address, folder=tmp_path, pytester=pytester)
        for example in page:
            print(f"line {example.line}")  # pytest shows it where a block fails
            example.evaluate()
            printed += page.namespace.get("output", "")
    assert CLIENT.name in printed  # Vitest names the files that it runs
    settings = (tmp_path / "tsconfig.json").read_text("utf-8")  # without these, the compiler takes all files
    assert not [name for name in ("files", "include", "exclude") if f'"{name}"' in settings]
