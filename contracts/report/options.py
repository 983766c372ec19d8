"""What a command is asked to report."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from ..repetition import Former
from ..verdict.recipe import Recipe

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """Which reports are made, beside that in the terminal."""

    report_dir: Path | None = None
    """Where a file of each format is written; None means nowhere."""
    all_exchanges: bool = False
    """Whether the files also hold the exchanges of kept rules."""
    github: bool = False
    """Whether GitHub Actions gets annotations and a summary."""
    recipe: Recipe | None = None
    """What produces the result again."""
    former: Former | None = None
    """A result that this one is compared with."""


def report_options(command: F) -> F:
    """Add an option for each field of `ReportOptions` to a command."""
    for option in (
        click.option("--github", is_flag=True, help="Write annotations and a summary for GitHub Actions."),
        click.option("--all-exchanges", is_flag=True, help="Keep the exchanges of kept rules in reports."),
        click.option(
            "--report-dir",
            type=click.Path(file_okay=False, path_type=Path),
            help="Write a report in each format here.",
        ),
    ):
        command = option(command)
    return command
