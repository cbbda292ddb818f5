"""`tco`, and `python -m tco`, which is the same."""

import signal


def run() -> None:
    """Run the command line. Ctrl-C while it is imported ends it as it ends a program that does not listen: quietly."""
    listens = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if listens:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from tco.cli import main

    if listens:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    main()


if __name__ == "__main__":
    run()
