"""The fenced blocks of a documentation page, run in their order as a reader would run them.

The blocks of a page share a folder. A block whose first line is a comment that names a file is that file.
An evaluator returns what is wrong; sybil adds the page and the line.
"""

import json
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import click
import pytest
import yaml12
from sybil import Document, Example, Region
from sybil.parsers.markdown.lexers import FencedCodeBlockLexer

from contracts.changes.command import diff
from contracts.command import check
from contracts.coverage import coverage
from contracts.proxy.command import proxy
from mockserver import Settings, create_app
from mockserver.cli import main
from mockserver.cli.journal import log
from mockserver.cli.run import run
from mockserver.cli.serve import serve
from mockserver.settings import URL_VARIABLE

from .needs import NODE, install_node_tools, need, need_chromium

DOCUMENTED_ADDRESS = "127.0.0.1:8000"
FOREIGN_PROGRAMS = {"coldsend-mcp", "docker", "haproxy", "mailpit", "npm", "npx", "schemathesis"}
"""Programs that a page may name although this project does not have them; no test calls them."""

_ROOT = Path(__file__).parent.parent
_VARYING = re.compile(r'"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"|"\d{4}-\d\d-\d\dT[\d:]{8}Z"')
_FILE_NAME = re.compile(r"(?:#|//|<!--) (\S+\.\w+)(?: -->)?\n")
_PAGE_PORT = "5173"
"""Where a page of the reader is served; a test takes a free port."""
_SECONDS = 300


def read_page(path: Path, **namespace: Any) -> Document:
    """Return a page whose blocks run with the `address` (host:port), `folder` and `pytester` of a namespace.

    Raises KeyError when nothing runs the language of a block.
    """
    page = Document.parse(str(path), _find_blocks)
    page.namespace.update(namespace)
    return page


def _find_blocks(page: Document) -> Iterator[Region]:
    for region in FencedCodeBlockLexer(language=".*")(page):
        region.parsed = region.lexemes["source"]
        region.evaluator = _EVALUATORS[region.lexemes["language"]]
        yield region


def _run_shell(example: Example) -> str | None:
    if "playwright" in example.parsed:
        example.namespace["variables"] = {"CHROMIUM": need_chromium()}
    return _run(example, "bash", "-euo", "pipefail", "-c", example.parsed)


def _run_python(example: Example) -> str | None:
    tests = len(re.findall(r"^def test_", example.parsed, re.MULTILINE))
    if not tests:
        return _run(example, sys.executable, "-W", "error", "-c", example.parsed)
    pytester: pytest.Pytester = example.namespace["pytester"]
    file = pytester.makepyfile(**{f"test_line_{example.line}": example.parsed})
    pytester.runpytest("-W", "error", str(file)).assert_outcomes(passed=tests)
    return None


def _run_javascript(example: Example) -> str | None:
    need("node")
    return _run(example, "node", "--input-type=module", "-e", example.parsed)


def _run(example: Example, *command: str) -> str | None:
    """Run a block as a process, and keep what it prints for the block that follows."""
    space = example.namespace
    done = subprocess.run(
        [part.replace(DOCUMENTED_ADDRESS, space["address"]) for part in command],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
        cwd=space["folder"],
        # A reader has the command on the path, and the server where commands look for it.
        env={
            **os.environ,
            **space.get("variables", {}),
            URL_VARIABLE: f"http://{space['address']}",
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        },
    )
    space["output"] = done.stdout
    return f"ended with {done.returncode}: {done.stderr}" if done.returncode else None


def _compare_answer(example: Example) -> str | None:
    """Compare the output of the block before with the documented answer, ids and times aside."""
    output = example.namespace.pop("output")
    # Not only the values: order and spacing are part of the answer, too.
    actual, expected = (
        json.dumps(json.loads(_VARYING.sub('"…"', text))) for text in (output, example.parsed)
    )
    return None if actual == expected else f"the answer is {output}"


def _write_file(example: Example) -> None:
    """Write the file that a block is, for the blocks that follow."""
    name = _FILE_NAME.match(example.parsed)
    assert name, "the first line names no file"
    space = example.namespace
    text = example.parsed.replace(DOCUMENTED_ADDRESS, space["address"])
    if _PAGE_PORT in text:
        text = text.replace(_PAGE_PORT, space.setdefault("port", _find_port()))
    (space["folder"] / name[1]).write_text(text, "utf-8")


def _find_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


def _read_yaml(example: Example) -> None:
    """Write the file that a block is; one without a name is a CI job, whose commands are checked."""
    document: Any = yaml12.parse_yaml(example.parsed)
    if _FILE_NAME.match(example.parsed):
        _write_file(example)
        return
    _check_commands("\n".join(step["run"] for step in document if "run" in step))
    action: Any = yaml12.parse_yaml((_ROOT / "action.yml").read_text("utf-8"))
    for step in document:
        assert step.get("with", {}).keys() <= action["inputs"].keys()


def _leave_out(example: Example) -> None:
    """Leave out a block that the page says nobody has tried."""
    assert "**untried**" in example.document.text


def _check_console(example: Example) -> None:
    commands = example.parsed.replace("\\\n", " ").splitlines()
    assert all(command.startswith("$ ") for command in commands)
    if "npm install" in example.parsed:
        modules = install_node_tools(need("npm")).parent
        (example.namespace["folder"] / modules.name).symlink_to(modules)
    with chdir(example.namespace["folder"]):
        _check_commands("\n".join(command.removeprefix("$ ") for command in commands))


def _check_commands(text: str) -> None:
    """Check that commands which run for long, or install something, can be given."""
    for line in text.splitlines():
        words = shlex.split(re.sub(r"\bURL\b", "http://127.0.0.1:1", line), comments=True)
        for launcher in (["uvx"], ["pipx", "run"]):
            if words[: len(launcher)] == launcher:
                words = words[len(launcher) :]
        while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):  # for the environment of the command
            del words[0]
        match words:
            case ["coldsend-mock", "serve", *options]:
                values = serve.make_context("serve", options).params
                del values["ready_file"]
                create_app(Settings(**values)).close()
            case ["coldsend-mock", "run", *options]:
                run.make_context("run", options)
            case ["coldsend-mock", "check" | "coverage" | "diff" | "log" | "proxy" as name, *options]:
                commands = {"check": check, "coverage": coverage, "diff": diff, "log": log, "proxy": proxy}
                commands[name].make_context(name, options)
            case ["coldsend-mock", "balancer" | "workspaces" as name, command, *options]:
                group = main.get_command(click.Context(main), name)
                assert isinstance(group, click.Group)
                group.commands[command].make_context(command, options)
            case ["pip", "install", package] if not package.startswith("coldsend-mock"):
                needed = metadata("coldsend-mock").get_all("Requires-Dist", [])
                assert package in [each.partition(";")[0].strip() for each in needed]
            case ["pip", "install", package]:
                extra = package.removeprefix("coldsend-mock").strip("[]")
                assert extra in ["", *metadata("coldsend-mock").get_all("Provides-Extra", [])]
            case ["npm", "install", *packages]:
                installed = json.loads((NODE / "package.json").read_text("utf-8"))["devDependencies"]
                assert {*packages} - {"--save-dev"} <= installed.keys()
            case ["make", target, *_]:
                assert re.search(rf"^{target}:", (_ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
            case [program, *_]:
                assert program in FOREIGN_PROGRAMS, f"nothing checks the command {line}"


_EVALUATORS: dict[str, Callable[[Example], str | None]] = {
    "console": _check_console,
    "html": _write_file,
    "java untried": _leave_out,
    "js": _run_javascript,
    "json": _compare_answer,
    "jsonc": _write_file,
    "nginx": _write_file,
    "python": _run_python,
    "python untried": _leave_out,
    "sh": _run_shell,
    "ts": _write_file,
    "ts untried": _leave_out,
    "yaml": _read_yaml,
}
"""Language of a block → what runs it."""
