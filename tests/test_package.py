"""The package as others get it: a wheel, installed where nothing of a checkout is."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest
import requests

from .kit.process import SECONDS, Process
from .needs import MUST_RUN, need
from .test_docs import LINK, ROOT

MOST_DISTRIBUTIONS = 18
MOST_MEGABYTES = 35
"""What a plain install brings; docs/install.md names both."""
INSTALL_SECONDS = 300


def run(*command: str | Path, **environment: str) -> str:
    """Return what a command prints; it must end well. It finds no checkout, and no package of the tests."""
    done = subprocess.run(
        [*map(str, command)], cwd=Path(sys.executable).anchor, env={**os.environ, **environment},
        capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of an environment that holds the wheel, and what it needs."""
    folder = tmp_path_factory.mktemp("fresh")
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    binaries = folder / ("Scripts" if sys.platform == "win32" else "bin")
    python = binaries / Path(sys.executable).name
    try:
        run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile", wheel)
    except AssertionError as error:
        if "No matching distribution" in str(error) and MUST_RUN not in os.environ:
            pytest.skip("no package index answers")
        raise
    return binaries


@contextmanager
def serving(program: Path) -> Iterator[Process]:
    process = Process(command=[str(program), "serve", "--port", "0"])
    try:
        yield process.wait_until_ready()
    finally:
        process.popen.terminate()
        process.popen.communicate(timeout=SECONDS)


def test_the_readme_on_a_package_index_has_no_dead_links(metadata: Message) -> None:
    readme = str(metadata.get_payload())
    assert LINK.findall(readme) == []
    for page in re.findall(r"\(`(.+?)`\)", readme):
        assert (ROOT / page).is_file(), page
    assert "(`docs/README.md`)" in readme
    assert metadata.get_all("Project-URL") is None


def load_hook() -> ModuleType:
    spec = spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_release_links_to_its_home_at_its_version() -> None:
    hook = load_hook()
    home = "https://example.com/mock"
    written = hook.write_readme("[A](docs/a.md#b), ![P](docs/p.png), [E](https://example.org)", home, "1.2")
    assert written.startswith(
        f"[A]({home}/blob/v1.2/docs/a.md#b), ![P]({home}/raw/v1.2/docs/p.png), [E](https://example.org)"
    )
    assert LINK.findall(hook.write_readme((ROOT / "README.md").read_text("utf-8"), home, "1.2")) == []
    assert hook.list_urls(home)["Homepage"] == home


def test_the_wheel_has_types_the_helper_and_each_page_once(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    others = {
        "mockserver/py.typed",
        "contracts/py.typed",
        "mockserver/cli/coldsend.ts",
        "mockserver/docs/llms.txt",
    }
    assert others <= set(names)
    pages = [f"mockserver/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "docs").rglob("*.md")]
    assert sorted(name for name in names if name.endswith(".md")) == sorted(pages)


def test_each_extra_of_users_is_explained(metadata: Message) -> None:
    of_developers = {"bench", "check", "client", "package", "test"}
    page = (ROOT / "docs/install.md").read_text("utf-8")
    explained = set(re.findall(r"^\| `coldsend-mock\[(\w+)\]`", page, re.MULTILINE))
    assert explained == set(metadata.get_all("Provides-Extra", [])) - of_developers


def test_a_package_index_takes_it(wheel: Path) -> None:
    assert "PASSED" in run(need("twine"), "check", "--strict", wheel)


def test_the_installed_command_works_alone(programs: Path) -> None:
    command = programs / "coldsend-mock"
    assert re.fullmatch(r"coldsend-mock, version \S+\n", run(command, "--version"))
    assert run(command, "docs", "run").startswith("# Use any program, unchanged")
    with serving(command) as server:
        url = server.base_url.removesuffix("/api/public/v1")
        assert json.loads(run(command, "health", "--url", url, "--json")) == {"status": "ready"}
        for page in ("/", "/docs", "/openapi.yaml", "/_mock/openapi.json"):
            assert requests.get(url + page, timeout=SECONDS).ok, page


def test_a_plain_install_is_small_and_its_bill_of_materials_is_written(programs: Path) -> None:
    program = """
from importlib.metadata import distributions
files = [[file.locate() for file in each.files if file.suffix != ".pyc"] for each in distributions()]
print(len(files), sum(file.stat().st_size for each in files for file in each) / 1e6)
"""
    count, megabytes = map(float, run(programs / "python", "-c", program).split())
    assert count <= MOST_DISTRIBUTIONS
    assert megabytes <= MOST_MEGABYTES
    bill = json.loads(run(need("cyclonedx-py"), "environment", programs / "python"))
    assert len(bill["components"]) == count
    assert "coldsend-mock" in {part["name"] for part in bill["components"]}


def test_uvx_runs_the_wheel(wheel: Path) -> None:
    assert run(need("uvx"), "--from", wheel, "coldsend-mock", "--version").startswith("coldsend-mock, ")


def test_pipx_runs_the_wheel(wheel: Path, tmp_path: Path) -> None:
    printed = run(need("pipx"), "run", "--spec", wheel, "coldsend-mock", "--version", PIPX_HOME=str(tmp_path))
    assert printed.startswith("coldsend-mock, ")
