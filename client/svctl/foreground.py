"""Another program in the terminal, which gets the user's Ctrl-C in place of ``svctl``."""

import signal
import subprocess
from collections.abc import Sequence


def run_in_foreground(words: Sequence[str]) -> int:
    """Wait for its end; return its exit status, as a shell does. OSError if it cannot be started."""
    process = subprocess.Popen(words)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        status = process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return status if status >= 0 else 128 - status
