"""The metadata that pyproject.toml leaves out: the README as a package index shows it, and links."""

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

HOME_VARIABLE = "COLDSEND_MOCK_HOME"
"""The variable that holds the address of the repository; a release sets it."""

_LINK = re.compile(r"(!?)\[([^\]]+)\]\((?!https?:)([^)#]+)(#[^)]*)?\)")
"""A link or a picture of the README that leads to a file beside it."""
_CLOSING = """
`coldsend-mock docs` lists the pages of `docs/`, and `coldsend-mock docs PAGE` prints one.
"""


class CustomMetadataHook(MetadataHookInterface):
    """Fills in `readme` and `urls`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add to the metadata of the project."""
        home = os.environ.get(HOME_VARIABLE, "").rstrip("/")
        text = (Path(self.root) / "README.md").read_text("utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": write_readme(text, home, metadata["version"]),
        }
        metadata["urls"] = list_urls(home)


def write_readme(text: str, home: str, version: str) -> str:
    """Return the README for a package index, which does not have the files beside it.

    Links lead to the repository, at the tag of the version. Without a home, a link becomes its path.
    """

    def replace(link: re.Match[str]) -> str:
        mark, title, path, heading = link.groups(default="")
        if not home:
            return f"{title} (`{path}`)"
        return f"{mark}[{title}]({home}/{'raw' if mark else 'blob'}/v{version}/{path}{heading})"

    return _LINK.sub(replace, text) + _CLOSING


def list_urls(home: str) -> dict[str, str]:
    """Return the links of a package index beside the README; none without a home."""
    if not home:
        return {}
    return {
        "Homepage": home,
        "Documentation": f"{home}/blob/main/docs/README.md",
        "Changelog": f"{home}/blob/main/CHANGELOG.md",
        "Issues": f"{home}/issues",
        "Source": home,
    }
