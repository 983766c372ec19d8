"""Files in YAML 1.2, of which JSON is a part: a date stays a string, `yes` stays a text."""

from pathlib import Path
from typing import Any

import yaml12


def read_yaml(path: Path) -> Any:
    """Return what a file says; None for an empty one. Raises OSError, and ValueError when it is no YAML."""
    return yaml12.parse_yaml(path.read_text("utf-8"))
