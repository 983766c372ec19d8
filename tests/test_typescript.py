"""Types that openapi-typescript makes of openapi.yaml, in its defaults, suit a client in strict mode."""

import shutil
import subprocess
from pathlib import Path

from .needs import NODE, install_node_tools, need

_SECONDS = 120


def test_a_typed_client_sends_no_more_than_it_must(tmp_path: Path, server_url: str, key: str) -> None:
    tools = install_node_tools(need("npm"))

    def run(*command: str | Path) -> str:
        done = subprocess.run(
            [*map(str, command)],
            cwd=tmp_path, capture_output=True, text=True, timeout=_SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    (tmp_path / "node_modules").symlink_to(NODE / "node_modules")
    for name in ("package.json", "tsconfig.json", "client.ts"):
        shutil.copy(NODE / name, tmp_path)
    run(tools / "openapi-typescript", NODE.parent.parent / "openapi.yaml", "--output", "api.d.ts")
    run(tools / "tsc")
    assert run(need("node"), "client.js", server_url, key) == "true ACTIVE\n"
