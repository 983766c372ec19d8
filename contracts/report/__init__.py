"""What a run came to, for people and for machines."""

from .files import write_reports
from .terminal import Progress, print_result

__all__ = ["Progress", "print_result", "write_reports"]
