"""The command: `coldsend-mock`, and `python -m mockserver`."""

import gc
import signal
from importlib import import_module


def main() -> None:
    """Run the command. While it is being imported, Ctrl-C ends it without a traceback."""
    handler = signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()  # nothing that is loaded is garbage
    command = import_module(".cli", __package__).main
    gc.enable()
    signal.signal(signal.SIGINT, handler)
    command(prog_name="coldsend-mock")


if __name__ == "__main__":
    main()
