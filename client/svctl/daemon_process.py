"""Finds and ends the process of the daemon at a socket."""

import os
import select
import signal
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

from steadyvoice.client.svctl.actions import NoDaemon, connected
from steadyvoice.client.svctl.grammar import Target
from steadyvoice.client.svctl.json_connection import DaemonUnreachable, JsonConnection
from steadyvoice.ipc.errors import RequestRefused, SteadyvoiceError

_ANSWER_S: Final = 3.0
_END_S: Final = 10.0
"""The stages have 3 s to end (daemon/supervision/stage_process.py)."""
_KILLED_S: Final = 2.0


class NotEnded(SteadyvoiceError):
    """The daemon is still running: it belongs to another user or does not end."""


class Running(NamedTuple):
    """A daemon that accepts connections."""

    pid: int
    activated: bool
    """systemd holds the socket and restarts the daemon at the next connection."""
    unit: str
    scope: str
    by_svctl: bool
    given_up: bool
    utterances: int
    """Utterances that are playing or queued."""
    answered: bool = False
    """Whether it has answered a status request as svd does."""

    @property
    def systemctl(self) -> list[str]:
        return ["systemctl", "--user"] if self.scope == "user" else ["systemctl"]


def find(target: Target) -> Running | None:
    """Find the daemon at the target's socket; None if none runs. DaemonUnreachable if that cannot be determined."""
    try:
        with connected(target) as daemon:
            return running(daemon.pid, _status(daemon))
    except NoDaemon as error:
        if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError | ConnectionRefusedError):
            return None
        raise


def _status(daemon: JsonConnection) -> dict[str, Any]:
    """The daemon's status; empty if it hangs or refuses this user."""
    try:
        status: dict[str, Any] = daemon.ask("status", _ANSWER_S)["status"]
    except (DaemonUnreachable, RequestRefused):
        return {}
    return status


def running(listener: int, status: dict[str, Any]) -> Running:
    """listener: pid of the process that made the socket, as the kernel reports it; 0 in another pid namespace."""
    launch = status.get("started_by", {})
    counts = status.get("utterances", {})
    unit = launch.get("unit", "")
    activated = bool(unit) and status["pid"] != listener
    return Running(
        pid=status["pid"] if activated else listener,
        activated=activated,
        unit=unit,
        scope=launch.get("scope", ""),
        by_svctl=launch.get("by") == "svctl",
        given_up=bool(status.get("problem")) and not status["ready"],
        utterances=counts.get("active", 0) + counts.get("queued", 0),
        answered={"version", "pid"} <= status.keys(),
    )


def end(found: Running) -> bool:
    """Send SIGTERM and wait for the end; SIGKILL after _END_S. Returns whether SIGKILL was needed. NotEnded."""
    _check_is_daemon(found)
    for number, seconds in ((signal.SIGTERM, _END_S), (signal.SIGKILL, _KILLED_S)):
        try:
            os.kill(found.pid, number)
        except ProcessLookupError:
            return False
        except PermissionError:
            raise _of_another_user(found) from None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not _is_alive(found.pid):
                return number == signal.SIGKILL
            time.sleep(0.005)
    raise NotEnded(f"svd (pid {found.pid}) does not end, not even by SIGKILL: see ps -o stat,wchan {found.pid}")


def _check_is_daemon(found: Running) -> None:
    """Raise NotEnded for a process that is not svd: systemd holding the socket, or a reused pid."""
    if found.answered and found.pid > 0 and not _has_proc():
        return  # the kernel reported this process as the creator of the socket, or svd reported its own pid
    words = _command_line(found.pid)
    if "steadyvoice.daemon" not in words and not any(os.path.basename(word) == "svd" for word in words[:4]):
        raise NotEnded(
            f"the process at the socket (pid {found.pid}) is not an svd visible to this user; stop it yourself"
        )


def _of_another_user(found: Running) -> NotEnded:
    how = f": {' '.join([*found.systemctl, 'stop', found.unit])}" if found.unit else ""
    return NotEnded(f"svd (pid {found.pid}) belongs to another user; only that user or root can end it{how}")


def _command_line(pid: int) -> list[str]:
    """The command line of a process; empty if it cannot be read."""
    try:
        return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).split("\0")
    except OSError:
        return []


def _has_proc() -> bool:
    """Whether /proc is mounted and shows this process."""
    return os.path.exists("/proc/self/stat")


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return not _has_proc() and _is_alive_without_proc(pid)
    return state not in "ZX"


def _is_alive_without_proc(pid: int) -> bool:
    """Like `_is_alive`, without /proc. If pidfd_open is refused, a zombie counts as alive."""
    try:
        os.kill(pid, 0)
        with open(os.pidfd_open(pid)) as process:
            return not select.select([process], [], [], 0)[0]
    except ProcessLookupError:
        return False
    except OSError:
        return True


def configuration(pid: int) -> str:
    """The file that a daemon was started with by ``--config``, to restart it alike; empty without one."""
    words = _command_line(pid)
    for index, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name == "--config" and (equals or index + 1 < len(words)):
            try:
                return os.path.join(os.readlink(f"/proc/{pid}/cwd"), value if equals else words[index + 1])
            except OSError:
                return ""
    return ""
