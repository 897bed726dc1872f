"""The entry point of ``python -m retriever_cli`` and of the command ``retriever``."""

from __future__ import annotations

import signal
import sys


def main() -> None:
    """Run the command line. Ctrl-C while it is still loading ends it without a traceback."""
    is_default = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_default:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from retriever_cli.main import main as run

    if is_default:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        run()
    except SystemExit as ended:
        _end(ended.code)
        raise


def _end(code: object) -> None:
    """End the process at once, if nothing but its memory is left to let go of.

    To take the interpreter and its libraries apart takes a tenth of the time of a search. What is registered for the
    end is done, and output written; where that fails, or another thread is left, the process ends as usual.
    """
    import atexit
    import os
    import threading

    if not isinstance(code, int) or threading.active_count() > 1:
        return
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return
    os._exit(code)


if __name__ == "__main__":
    main()
