"""The entry point of ``python -m retriever_cli`` and of the command ``retriever``."""

from __future__ import annotations

import signal


def main() -> None:
    """Run the command line. Ctrl-C while it is still loading ends it without a traceback."""
    is_default = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_default:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from retriever_cli.main import main as run

    if is_default:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


if __name__ == "__main__":
    main()
