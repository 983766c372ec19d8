"""The action for GitHub: its steps, carried out as a runner would."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml12

from mockserver.server.server import Server

from .kit.samples import tries_all

ROOT = Path(__file__).parent.parent
ACTION: Any = yaml12.parse_yaml((ROOT / "action.yml").read_text("utf-8"))
SECONDS = 300
QUICK = {"PIP_NO_COMPILE": "1"}
"""What spares pip to compile modules that a test does not import."""
EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="bash")


class Runner:
    """Carries out the steps of the action, and keeps what they hand on."""

    def __init__(self, folder: Path, path: str) -> None:
        self.folder = folder
        self.path = path
        self.printed = ""

    def run(self, **inputs: str) -> int:
        """Return the code that the last step ended with."""
        given = {name: each["default"] for name, each in ACTION["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        for step in ACTION["runs"]["steps"]:
            if "if" in step and not self.evaluate(step["if"], given):
                continue
            code = self.carry_out(step, given)
            if code:
                return code
        return 0

    def carry_out(self, step: dict[str, Any], given: dict[str, str]) -> int:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "an input would be read as code"
        own = {name: self.evaluate(value, given) for name, value in step.get("env", {}).items()}
        script = self.folder / "script.sh"
        script.write_text(step["run"], "utf-8")
        files = {f"GITHUB_{name}": str(self.folder / name) for name in ("ENV", "OUTPUT", "PATH")}
        folders = "".join(f"{line}{os.pathsep}" for line in self.read("PATH"))
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            env={**os.environ, **own, **files, **QUICK, "RUNNER_TEMP": str(self.folder),
                 "PATH": folders + self.path},
            cwd=self.folder, stdout=subprocess.PIPE, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        self.printed += done.stdout
        return done.returncode

    def read(self, name: str) -> list[str]:
        """Return the lines that steps have written for later ones."""
        path = self.folder / name
        return path.read_text("utf-8").splitlines() if path.exists() else []

    def find(self, file: str, name: str) -> list[str]:
        """Return the values of a variable in such a file."""
        return [line.removeprefix(f"{name}=") for line in self.read(file) if line.startswith(f"{name}=")]

    def evaluate(self, text: str, given: dict[str, str]) -> str:
        """Return the value of an expression, empty for false; the action uses few kinds of them."""
        found = EXPRESSION.fullmatch(text)
        assert found, text
        name, _, if_given = found[1].removeprefix("!").partition(" && ")
        value = str(ROOT) if name == "github.action_path" else given[name.removeprefix("inputs.")]
        if found[1].startswith("!"):
            return "" if value else "true"
        return if_given.strip("'") if if_given and value else value


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    """A runner that has the command already; its servers end with the test."""
    runner = Runner(tmp_path, os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    yield runner
    for number in runner.find("OUTPUT", "pid"):
        with suppress(ProcessLookupError):
            os.kill(int(number), signal.SIGTERM)


def test_a_job_gets_a_server(runner: Runner) -> None:
    if tries_all():  # test_package.py installs it in every run
        runner.path = f"{Path(sys.base_prefix, 'bin')}:/usr/bin:/bin"  # without the command
    assert runner.run(settings="--seed demo --quiet", port="0") == 0, runner.printed
    (base_url,) = runner.find("OUTPUT", "base-url")
    headers = {"X-API-Key": "cs_live_action"}
    assert requests.get(f"{base_url}/campaigns", headers=headers, timeout=SECONDS).json()["pagination"][
        "total"
    ]
    (url,) = runner.find("ENV", "COLDSEND_MOCK_URL")
    assert requests.get(f"{url}/readyz", timeout=SECONDS).ok
    if tries_all():  # the steps of the job that come later have the command
        assert (Path(runner.read("PATH")[0]) / "coldsend-mock").is_file()


def test_a_server_that_cannot_start_fails_the_step(runner: Runner) -> None:
    assert runner.run(settings="--prot 1") == 1
    assert "No such option '--prot'" in runner.printed


def test_a_check_annotates_what_breaks(runner: Runner, live_server: Server, key: str) -> None:
    user = requests.Session()
    user.headers["X-API-Key"] = key
    fault = {"operation": "listDomains", "example": "campaign_not_found"}
    assert user.post(f"{live_server.url}/_mock/faults", json=fault, timeout=SECONDS).status_code == 201
    assert runner.run(check=live_server.base_url, api_key=key, options="--rules domains.list.rows") == 1
    assert "::error title=domains.list.rows" in runner.printed
    assert not runner.read("OUTPUT")
