"""Two linters for both OpenAPI files, where npm is: `python -m tests.lint`."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from mockserver.control import load_control_spec

from .needs import find_tool, install_node_tools

_ROOT = Path(__file__).parent.parent


def main() -> int:
    """Lint the files; returns 0 when there is nothing to report, or no npm."""
    npm = find_tool("npm")
    if npm is None:
        print("openapi.yaml is not linted: npm is not installed")
        return 0
    tools = install_node_tools(npm)
    with tempfile.TemporaryDirectory() as folder:
        control = Path(folder) / "control-openapi.json"
        control.write_text(json.dumps(join_control(), indent=1), "utf-8")
        files = [str(_ROOT / "openapi.yaml"), str(control)]
        commands = (
            [str(tools / "redocly"), "lint", *files],
            [str(tools / "spectral"), "lint", "--fail-severity=hint", *files],
        )
        return max(map(_run, commands))


def _run(command: list[str]) -> int:
    quiet = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    return subprocess.run(command, cwd=_ROOT, env=quiet, check=False).returncode


def join_control() -> dict[str, Any]:
    """Return the control API's document with what it uses of the API's, and nothing else of that."""
    document = load_control_spec().document
    parts = {name: document[name] for name in ("openapi", "info", "servers", "tags", "security", "paths")}
    joined: dict[str, Any] = {**parts, "x-server-responses": document["x-server-responses"]}
    joined["components"] = {"securitySchemes": document["components"]["securitySchemes"]}
    waiting = list(_list_references(joined))
    while waiting:
        _, _, kind, name = waiting.pop().split("/")
        made = joined["components"].setdefault(kind, {})
        if name not in made:
            made[name] = document["components"][kind][name]
            waiting += _list_references(made[name])
    return joined


def _list_references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [pointer for item in node for pointer in _list_references(item)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return own + [pointer for item in node.values() for pointer in _list_references(item)]


if __name__ == "__main__":
    sys.exit(main())
