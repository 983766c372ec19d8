"""The command: `coldsend-mock`, and `python -m mockserver`."""

import gc
import signal
import sys
from importlib import import_module


def main() -> None:
    """Run the command. While its module is being imported, Ctrl-C ends it without a traceback."""
    handler = signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()  # nothing that is loaded is garbage
    command = import_module(".cli", __package__).main
    command.load("".join(sys.argv[1:2]))
    gc.freeze()  # nor does the collector look at it later
    gc.enable()
    signal.signal(signal.SIGINT, handler)
    command(prog_name="coldsend-mock")


if __name__ == "__main__":
    main()
