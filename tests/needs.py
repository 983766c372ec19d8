"""Tools that the tests do not install: npm, a browser, curl, a load balancer, installers of packages.

A test that needs one is skipped where it is missing. Where `COLDSEND_MUST_RUN` is set, as in continuous
integration, it fails.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MUST_RUN = "COLDSEND_MUST_RUN"

NODE = Path(__file__).parent / "node"
_INSTALL_SECONDS = 300


class ToolMissingError(Exception):
    """A tool is missing where nothing may be left out."""


def find_tool(*names: str) -> str | None:
    """Return the path of the first tool of these that is installed; None without one.

    Raises ToolMissingError instead of returning None where COLDSEND_MUST_RUN is set.
    """
    # Those of this environment count where it is not active, too.
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    found = next(filter(None, (shutil.which(name, path=places) for name in names)), None)
    if found is None and os.environ.get(MUST_RUN):
        raise ToolMissingError(f"{' or '.join(names)} is not installed, and {MUST_RUN} is set")
    return found


def need(*names: str) -> str:
    """Return the path of the first tool of these that is installed; without one, skip the test or fail it."""
    found = find_tool(*names)
    if found is None:
        pytest.skip(f"{' or '.join(names)} is not installed")
    return found


def need_chromium() -> str:
    """Return the path of a Chromium; without one, skip the test or fail it.

    The shell without windows is preferred: a page costs it half.
    """
    return need("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def install_node_tools(npm: str) -> Path:
    """Return the folder of the programs of tests/node, installed as its lock says.

    Raises subprocess.CalledProcessError when npm cannot install them.
    """
    modules = NODE / "node_modules"
    made = modules / ".package-lock.json"  # npm writes it last
    versions = NODE / "package-lock.json"
    with versions.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # workers of pytest would remove each other's files
        if not made.exists() or made.stat().st_mtime < versions.stat().st_mtime:
            subprocess.run([npm, "ci", "--no-progress"], cwd=NODE, check=True, timeout=_INSTALL_SECONDS)
    return modules / ".bin"
