"""Reports as files: JUnit XML, JSON, and one HTML page."""

import json
from dataclasses import asdict
from pathlib import Path
from string import Template
from typing import Any
from xml.etree import ElementTree as Xml

from ..verdict.outcomes import Exchange, Outcome, Result, Verdict

_TEMPLATE = Path(__file__).parent / "report.html"
_SHOWN_EXCHANGES = 12


def write_reports(result: Result, folder: Path) -> list[Path]:
    """Write junit.xml, report.json and report.html into a folder; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    data = describe(result)
    files = {
        "junit.xml": _make_junit(result),
        "report.json": json.dumps(data, ensure_ascii=False, indent=1),
        "report.html": _make_page(data),
    }
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in files]


def describe(result: Result) -> dict[str, Any]:
    """Return a result as plain values; an exchange that several rules share is there once."""
    exchanges: dict[Exchange | int, int] = {}
    listed: list[dict[str, Any]] = []

    def number(exchange: Exchange) -> int:
        if id(exchange) not in exchanges:
            exchanges[id(exchange)] = len(listed)
            listed.append({**asdict(exchange), "curl": exchange.as_curl()})
        return exchanges[id(exchange)]

    verdicts = [
        {
            "rule": verdict.rule,
            "group": verdict.group,
            "outcome": str(verdict.outcome),
            "summary": verdict.summary,
            "source": verdict.source,
            "operations": list(verdict.operations),
            "reason": verdict.reason,
            "seconds": round(verdict.seconds, 3),
            "exchanges": [number(exchange) for exchange in verdict.exchanges[-_SHOWN_EXCHANGES:]],
        }
        for verdict in result.verdicts
    ]
    return {
        "target": result.target,
        "profile": result.profile,
        "random_seed": result.random_seed,
        "marker": result.marker,
        "requests": result.requests,
        "seconds": round(result.seconds, 1),
        "interrupted": result.interrupted,
        "counts": {str(outcome): result.count(outcome) for outcome in Outcome},
        "operations_without_handwritten_rule": list(result.untouched),
        "left_behind": list(result.left_behind),
        "notes": list(result.notes),
        "verdicts": verdicts,
        "exchanges": listed,
    }


def _make_page(data: dict[str, Any]) -> str:
    # a "<" could end the script element around the data
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return Template(_TEMPLATE.read_text("utf-8")).substitute(data=text)


def _make_junit(result: Result) -> str:
    root = Xml.Element("testsuites", name="coldsend-mock check")
    groups: dict[str, list[Verdict]] = {}
    for verdict in result.verdicts:
        groups.setdefault(verdict.group, []).append(verdict)
    for group, verdicts in groups.items():
        suite = Xml.SubElement(
            root,
            "testsuite",
            name=group,
            tests=str(len(verdicts)),
            failures=str(sum(v.outcome is Outcome.BROKEN for v in verdicts)),
            skipped=str(sum(v.outcome is Outcome.UNCHECKED for v in verdicts)),
            time=f"{sum(v.seconds for v in verdicts):.3f}",
        )
        for verdict in verdicts:
            _add_case(suite, verdict)
    return _printable(Xml.tostring(root, encoding="unicode", xml_declaration=True))


def _add_case(suite: Xml.Element, verdict: Verdict) -> None:
    seconds = f"{verdict.seconds:.3f}"
    case = Xml.SubElement(suite, "testcase", classname=verdict.group, name=verdict.rule, time=seconds)
    if verdict.outcome is Outcome.BROKEN:
        failure = Xml.SubElement(case, "failure", message=_printable(verdict.reason))
        last = verdict.exchanges[-1:]
        failure.text = _printable("\n".join(f"{e.as_curl()}\n{e.status} {e.response_body}" for e in last))
    elif verdict.outcome is Outcome.UNCHECKED:
        Xml.SubElement(case, "skipped", message=_printable(verdict.reason))
    elif verdict.outcome is Outcome.WARNED:
        Xml.SubElement(case, "system-out").text = _printable(f"warned: {verdict.reason}")


def _printable(text: str) -> str:
    """Return a text without the characters that XML cannot hold."""
    return "".join(
        c if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff") else "\ufffd" for c in text
    )
