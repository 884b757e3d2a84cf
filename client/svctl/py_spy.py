"""py-spy (https://github.com/benfred/py-spy): samples of a Python process, taken from outside."""

import os
import re
import shutil
import signal
import subprocess
import sys
from typing import Final

from steadyvoice.ipc.errors import NotInstalled, SteadyvoiceError, one_line

FORMATS: Final = {".json": "speedscope", ".svg": "flamegraph", ".txt": "raw"}
"""By the ending of the file."""


class NotSampled(SteadyvoiceError):
    """py-spy took no samples; the message says why, and what to do."""


def executable() -> str:
    """Beside this Python, or on the PATH. NotInstalled."""
    beside = os.path.join(os.path.dirname(sys.executable), "py-spy")
    found = beside if os.access(beside, os.X_OK) else shutil.which("py-spy")
    if found is None:
        from steadyvoice.ipc.installing import install_command

        raise NotInstalled(f"py-spy is not installed; install it: {install_command('profile')}")
    return found


def command(program: str, pid: int, seconds: int, rate: int, kind: str, output: str) -> list[str]:
    """The record is taken while the process runs on: stopping it for each sample would delay a stage by milliseconds.

    kind: of FORMATS' values. output: file.
    """
    options = {"pid": pid, "duration": seconds, "rate": rate, "format": kind, "output": output}
    return [program, "record", "--nonblocking", *(f"--{name}={value}" for name, value in options.items())]


def record(pid: int, seconds: int, rate: int, kind: str, output: str) -> int:
    """Sample the process; return how many samples could not be read. NotInstalled, NotSampled."""
    process = subprocess.Popen(
        command(executable(), pid, seconds, rate, kind, output),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    )  # fmt: skip
    try:
        said = process.communicate()[0]
    except BaseException:  # Ctrl-C, or a signal
        process.send_signal(signal.SIGINT)
        process.communicate()  # it writes what it has
        raise
    if process.returncode:
        raise NotSampled(problem(said))
    return errors(said)


def errors(said: str) -> int:
    """Of the samples that py-spy has reported."""
    found = re.search(r"Errors: (\d+)", said)
    return int(found[1]) if found else 0


def problem(said: str) -> str:
    """Why py-spy has failed, and what to do."""
    if re.search("permission denied|operation not permitted", said, re.I):
        return "the kernel refuses to let this user look into the stage: sudo svctl profile, or see docs/profiling.md"
    if re.search("no stack counts", said, re.I):
        return "the stage computed nothing meanwhile; let it speak, or sample for longer"
    last = [line.strip() for line in said.splitlines() if line.strip()]
    reasons = [line for line in last if line.lower().startswith(("error", "reason", "caused"))] or last[-1:]
    return f"py-spy failed: {one_line(': '.join(reasons) or 'without a reason', 300)}"
