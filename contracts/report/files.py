"""The files of a report, one for each format."""

import json
from pathlib import Path
from string import Template
from typing import Any

from ..verdict.outcomes import Result
from .badge import make_badge
from .ctrf import make_ctrf
from .data import describe
from .junit import make_junit
from .sarif import make_sarif

_TEMPLATE = Path(__file__).parent / "report.html"


def write_reports(result: Result, folder: Path, *, all_exchanges: bool = False) -> list[Path]:
    """Write a result in every format into a folder; return the paths.

    The JSON and the HTML report leave out the exchanges of kept rules unless `all_exchanges`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    data = describe(result, all_exchanges=all_exchanges)
    files = {
        "junit.xml": make_junit(result),
        "report.json": json.dumps(data, ensure_ascii=False, indent=1),
        "report.html": _make_page(data),
        "ctrf.json": json.dumps(make_ctrf(result), ensure_ascii=False, indent=1),
        "report.sarif": json.dumps(make_sarif(result), ensure_ascii=False, indent=1),
        "badge.json": json.dumps(make_badge(result)),
    }
    for name, text in files.items():
        # UTF-8 has no lone surrogates; in JSON, which an answer may have them in, \\ud800 says the same
        (folder / name).write_text(text, "utf-8", "backslashreplace")
    return [folder / name for name in files]


def _make_page(data: dict[str, Any]) -> str:
    # a "<" could end the script element around the data
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return Template(_TEMPLATE.read_text("utf-8")).substitute(data=text)
