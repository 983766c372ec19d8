"""Reports of a run: in the terminal, as files, to GitHub Actions."""

from .files import write_reports
from .github import pausing_commands, report_to_github
from .options import ReportOptions, report_options
from .terminal import Progress, print_result
from .texts import make_line

__all__ = [
    "Progress",
    "ReportOptions",
    "make_line",
    "pausing_commands",
    "print_result",
    "report_options",
    "report_to_github",
    "write_reports",
]
