"""``svctl``: the way in. What is asked in plain words is done at once; for the rest click is loaded."""

import os
import signal
import sys

INTERRUPTED = 130


def leave_at_once(*_: object) -> None:
    """Ctrl-C where nothing has been begun: no trace, no line."""
    os._exit(INTERRUPTED)


def main() -> None:
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else the caller wants it to be ignored
        signal.signal(signal.SIGINT, leave_at_once)
    _open_closed_streams()
    if "_SVCTL_COMPLETE" not in os.environ:
        from steadyvoice.client.plain import plain

        run = plain(sys.argv[1:])
        if run is not None:
            from steadyvoice.client.console import guarded

            guarded(run)
    from steadyvoice.client.commands import main

    main(prog_name="svctl")


def _open_closed_streams() -> None:
    """A shell may close them (``<&-``): Python then has None in their place, and the next file takes their number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - as long as the process


if __name__ == "__main__":
    main()
