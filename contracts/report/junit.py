"""JUnit XML: what most build servers read."""

from xml.etree import ElementTree as Xml

from ..verdict.outcomes import Outcome, Result, Verdict
from .texts import describe_source, make_printable, shorten_body

_SKIPPED = (Outcome.EXPECTED, Outcome.UNCHECKED)


def make_junit(result: Result) -> str:
    """Return a result as JUnit XML: a suite for each group, a case for each rule."""
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
            skipped=str(sum(v.outcome in _SKIPPED for v in verdicts)),
            time=f"{sum(v.seconds for v in verdicts):.3f}",
        )
        for verdict in verdicts:
            _add_case(suite, verdict)
    return make_printable(Xml.tostring(root, encoding="unicode", xml_declaration=True))


def _add_case(suite: Xml.Element, verdict: Verdict) -> None:
    seconds = f"{verdict.seconds:.3f}"
    case = Xml.SubElement(suite, "testcase", classname=verdict.group, name=verdict.rule, time=seconds)
    reason = make_printable(verdict.reason)
    if verdict.outcome is Outcome.BROKEN:
        failure = Xml.SubElement(case, "failure", message=reason)
        failure.text = make_printable(_describe(verdict))
    elif verdict.outcome in _SKIPPED:
        Xml.SubElement(case, "skipped", message=f"{verdict.outcome}: {reason}")
    elif verdict.outcome is Outcome.WARNED:
        Xml.SubElement(case, "system-out").text = f"warned: {reason}"


def _describe(verdict: Verdict) -> str:
    last = verdict.exchanges[-1:]
    sent = [f"{shorten_body(e.as_curl())}\n{e.status} {shorten_body(e.response_body)}" for e in last]
    return "\n".join([verdict.summary, f"source: {describe_source(verdict)}", *sent])
