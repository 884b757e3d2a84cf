"""A child process of the daemon as the kernel shows it: its end, its processor time, its memory."""

import asyncio
import errno
import os
import signal
from contextlib import suppress
from typing import Final

from steadyvoice.daemon.supervision.hang_detector import ProcessSample
from steadyvoice.ipc import procfs, refusals

_POLL_S: Final = 0.01
"""Interval of the checks whether a child has ended, where the kernel refuses pidfd_open."""
_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")


class ChildProcess:
    def __init__(self, pid: int) -> None:
        """Take over an unreaped child. OSError without a free descriptor: the child is killed and reaped then."""
        self.pid = pid
        self.exit_status: int | None = None
        """None until it was reaped; below 0: minus the number of the signal that ended it."""
        try:
            self.pidfd = _open_pidfd(pid)
            """Readable when the process has ended."""
        except OSError:
            self.kill()
            self.reap()
            raise

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.exit_status is None:  # once it is reaped, the kernel may give its pid to another process
            os.kill(self.pid, number)

    def reap(self, wait: bool = True) -> bool:
        """Fetch the exit status; return whether the process has ended, which is certain after waiting."""
        if self.exit_status is None:
            pid, status = os.waitpid(self.pid, 0 if wait else os.WNOHANG)
            if pid:
                self.exit_status = os.waitstatus_to_exitcode(status)
        return self.exit_status is not None

    def close(self) -> None:
        os.close(self.pidfd)

    def pss_bytes(self) -> int:
        """Memory, with its share of what it has in common with other processes; 0 where /proc does not show it."""
        return memory_bytes(self.pid).get("pss", 0)

    def rss_bytes(self) -> int:
        """Resident memory; 0 where /proc does not show it."""
        if not procfs.is_own():
            return 0
        try:
            with open(f"/proc/{self.pid}/statm") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            return 0


def memory_bytes(pid: int) -> dict[str, int]:
    """pss: memory, with its share of what the process has in common with others. locked: that of it which is never
    paged out. Empty where /proc does not show it. The kernel looks through the process's memory: milliseconds."""
    if not procfs.is_own():
        return {}
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            lines = dict(line.split(":", 1) for line in file.readlines()[1:])
        return {kind.lower(): 1024 * int(lines[kind].split()[0]) for kind in ("Pss", "Locked")}
    except (OSError, KeyError):
        return {}


def sample(pid: int, now: float) -> ProcessSample:
    """Where /proc does not show the process: as if it computed all the time, so that only its heartbeat counts.

    now: monotonic seconds.
    """
    with suppress(OSError):
        if procfs.is_own():
            with open(f"/proc/{pid}/task/{pid}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
            return ProcessSample(fields[0], (int(fields[11]) + int(fields[12])) * _TICK_S)
    return ProcessSample("R", now)


def _open_pidfd(pid: int) -> int:
    """A descriptor that is readable once this child has ended."""
    try:
        return os.pidfd_open(pid)
    except OSError as error:
        if not refusals.is_refused(error, errno.EINVAL):
            raise
        refusals.note("pidfd_open", error.errno)
    loop, (reading_end, writing_end) = asyncio.get_running_loop(), os.pipe()

    def poll() -> None:
        if _has_ended(pid):
            os.close(writing_end)
        else:
            loop.call_later(_POLL_S, poll)

    poll()
    return reading_end


def _has_ended(pid: int) -> bool:
    """Whether this child has ended, reaped or not."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
    except ChildProcessError:
        return True
