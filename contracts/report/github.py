"""Reports for GitHub Actions: annotations in the log, and the summary of a step."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from string import punctuation

import click

from ..verdict.causes import group_by_cause
from ..verdict.outcomes import Outcome, Result, Verdict
from .texts import make_line

_MOST_ANNOTATIONS = 10
"""GitHub shows so many of each level for a step."""
_MOST_ROWS = 50
_MOST_CHARACTERS = 500


@contextmanager
def pausing_commands() -> Iterator[None]:
    """Keep what is printed in the block, for example an answer, from being a command to GitHub."""
    token = token_hex(16)
    click.echo(f"::stop-commands::{token}")
    try:
        yield
    finally:
        click.echo(f"::{token}::")


def report_to_github(result: Result) -> None:
    """Print annotations, and append a summary to the file that `GITHUB_STEP_SUMMARY` names."""
    for line in make_annotations(result):
        click.echo(line)
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(make_summary(result))


def make_annotations(result: Result) -> Iterator[str]:
    """Yield a line for each cause of broken rules, then for warnings, at most ten of each level."""
    causes = [group[0] for group in group_by_cause(result.having(Outcome.BROKEN))]
    for level, found in (("error", causes), ("warning", result.having(Outcome.WARNED))):
        for verdict in found[:_MOST_ANNOTATIONS]:
            title = _escape(verdict.rule).replace(":", "%3A").replace(",", "%2C")
            yield f"::{level} title={title}::{_escape(_describe(verdict))}"


def _describe(verdict: Verdict) -> str:
    return make_line(f"{verdict.summary} [{verdict.source}]: {verdict.reason}", _MOST_CHARACTERS)


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def make_summary(result: Result) -> str:
    """Return a result as Markdown: the counts, and a table of what broke, one row a cause."""
    counts = ", ".join(f"{result.count(outcome)} {outcome}" for outcome in Outcome if result.count(outcome))
    lines = [
        f"## Contract: {counts or 'nothing checked'}",
        "",
        _code(result.target),
        "",
    ]
    groups = group_by_cause(result.having(Outcome.BROKEN))
    if groups:
        lines += ["| Broken rule | Rules | What differs |", "| --- | --- | --- |"]
        lines += [
            f"| {_code(first.rule)} | {1 + len(others)} | {_code(first.reason)} |"
            for first, *others in groups[:_MOST_ROWS]
        ]
    if len(groups) > _MOST_ROWS:
        lines += ["", f"… and {len(groups) - _MOST_ROWS} more."]
    return "\n".join(lines) + "\n\n"


def _code(text: str) -> str:
    """Return a text as one line of code in Markdown, in which nothing is a mark, a link or a name."""
    line = make_line(text, _MOST_CHARACTERS)
    inner = "".join(f"&#{ord(c)};" if c in punctuation else c for c in line)
    return f"<code>{inner}</code>"
