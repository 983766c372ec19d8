"""Reports of a run: in the terminal, as JUnit XML, JSON and HTML."""

from .files import write_reports
from .terminal import Progress, print_result

__all__ = ["Progress", "print_result", "write_reports"]
