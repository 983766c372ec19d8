"""The report in a terminal."""

import time
from types import TracebackType
from typing import Self

import rich.progress
from rich.console import Console
from rich.markup import escape as escape_markup
from rich.table import Table

from ..run import Run
from ..verdict.causes import group_by_cause
from ..verdict.outcomes import Outcome, Result, Verdict
from .texts import describe_source, make_printable

_COLOURS = {
    Outcome.KEPT: "green",
    Outcome.BROKEN: "bold red",
    Outcome.WARNED: "yellow",
    Outcome.EXPECTED: "yellow",
    Outcome.UNCHECKED: "bright_black",
}
_MOST_DETAILS = 20
_MOST_NAMES = 5
_LINE_SECONDS = 10


class Progress:
    """A bar with the checked rules and the time left; a line every ten seconds where no terminal is."""

    def __init__(self, console: Console) -> None:
        self._progress = rich.progress.Progress(
            rich.progress.TextColumn("{task.description}"),
            rich.progress.BarColumn(),
            rich.progress.MofNCompleteColumn(),
            rich.progress.TextColumn("rules,"),
            rich.progress.TimeRemainingColumn(compact=True),
            rich.progress.TextColumn("left"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: rich.progress.TaskID | None = None
        self._console = console
        self._checked = self._broken = 0
        self._reported = time.monotonic()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def advance(self, run: Run, verdict: Verdict) -> None:
        """Show one more checked rule."""
        if self._task is None:
            self._task = self._progress.add_task("checking", total=len(run.rules))
        self._checked += 1
        self._broken += verdict.outcome is Outcome.BROKEN
        if not self._console.is_terminal and time.monotonic() - self._reported >= _LINE_SECONDS:
            self._reported = time.monotonic()
            self._console.print(
                f"{self._checked} of {len(run.rules)} rules, {self._broken} broken, "
                f"{run.session.sent} requests"
            )
        broken = f"[bold red]{self._broken} broken[/]" if self._broken else "checking"
        self._progress.update(self._task, advance=1, description=broken)


def print_result(console: Console, result: Result, *, all_reasons: bool = False) -> None:
    """Print a table of the groups, each broken rule with its request, warnings and unchecked rules."""
    console.print(_make_table(result))
    causes = group_by_cause(result.having(Outcome.BROKEN))
    for first, *others in causes[: None if all_reasons else _MOST_DETAILS]:
        _print_broken(console, first)
        if others:
            names = ", ".join(verdict.rule for verdict in others[:_MOST_NAMES])
            more = f" and {len(others) - _MOST_NAMES} more" if len(others) > _MOST_NAMES else ""
            console.print(f"  breaks  {_escape(names)}{more}, too, for the same reason", highlight=False)
    hidden = sum(map(len, causes[_MOST_DETAILS:]))
    if hidden > 0 and not all_reasons:
        console.print(f"\n… and {hidden} more broken rules; --report-dir writes them all.")
    for outcome in (Outcome.WARNED, Outcome.EXPECTED):
        for verdict in result.having(outcome):
            console.print(f"[yellow]{outcome}[/] {_escape(verdict.rule)}: {_escape(verdict.reason[:300])}")
    _print_unchecked(console, result)
    if result.untouched:
        console.print(f"No hand-written rule checks: {', '.join(result.untouched)}.")
    for left in result.left_behind:
        console.print(f"[bold red]Could not remove:[/] {_escape(left)}")
    for note in result.notes:
        console.print(_escape(note), soft_wrap=True)
    console.print(_close(result), highlight=False, soft_wrap=True)


def _escape(text: str) -> str:
    """Return a text that is printed as it is, and that commands nothing."""
    return escape_markup(make_printable(text))


def _close(result: Result) -> str:
    ended = "Interrupted" if result.interrupted else "Done"
    exchanges = f"{result.requests} requests" if result.random_seed else f"{result.requests} exchanges read"
    closing = f"{ended}: {len(result.verdicts)} rules, {exchanges}, {result.seconds:.1f} s"
    if not result.random_seed:
        return f"{closing}."
    return f"{closing}, profile {result.profile}, random seed {result.random_seed}."


def _make_table(result: Result) -> Table:
    table = Table("group", box=None, pad_edge=False)
    for outcome in Outcome:
        table.add_column(str(outcome), justify="right")
    groups = dict.fromkeys(verdict.group for verdict in result.verdicts)
    for group in groups:
        own = [verdict.outcome for verdict in result.verdicts if verdict.group == group]
        table.add_row(group, *(_count(own.count(outcome), outcome) for outcome in Outcome))
    table.add_row("all", *(_count(result.count(outcome), outcome) for outcome in Outcome), style="bold")
    return table


def _count(number: int, outcome: Outcome) -> str:
    return f"[{_COLOURS[outcome]}]{number}[/]" if number else "-"


def _print_broken(console: Console, verdict: Verdict) -> None:
    console.print(f"\n[bold red]broken[/] [bold]{_escape(verdict.rule)}[/]: {_escape(verdict.summary)}")
    console.print(f"  {_escape(verdict.reason[:1500])}", highlight=False)
    for exchange in verdict.exchanges[-1:]:
        console.print(f"  sent    {_escape(exchange.as_curl()[:1500])}", highlight=False, soft_wrap=True)
        answer = f"{exchange.status} {exchange.response_body[:800]}"
        console.print(f"  answer  {_escape(answer)}", highlight=False, soft_wrap=True)
    console.print(f"  source  {_escape(describe_source(verdict))}", highlight=False)


def _print_unchecked(console: Console, result: Result) -> None:
    reasons: dict[str, int] = {}
    for verdict in result.having(Outcome.UNCHECKED):
        reasons[verdict.reason] = reasons.get(verdict.reason, 0) + 1
    for reason, number in reasons.items():
        rules = "rule" if number == 1 else "rules"
        console.print(f"[bright_black]unchecked[/] {number} {rules}: {_escape(reason)}", highlight=False)
