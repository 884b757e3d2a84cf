"""The protocols of systemd (sd_notify(3), sd_listen_fds(3)); without systemd these functions do nothing."""

import contextlib
import os
import socket
import time
from typing import Final

from steadyvoice.ipc.errors import one_line

_FIRST_FD: Final = 3  # SD_LISTEN_FDS_START


def notify(message: str) -> None:
    """Send assignments such as ``READY=1``, one per line, to the service manager if there is one."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    sock.settimeout(1)  # a service manager that hangs must not block speech for ever
    with sock, contextlib.suppress(OSError):  # the variable may be inherited from a service that has ended
        sock.sendto(message.encode(), address)


def status(text: str, *states: str) -> None:
    """Set the line that ``systemctl status`` shows, and send further assignments with it."""
    notify("\n".join([*states, f"STATUS={one_line(text)}"]))


def reloading() -> None:
    """Report that the configuration is being reloaded; the next ``READY=1`` ends that."""
    notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")


def watchdog_s() -> float | None:
    """Timeout of the service manager's watchdog for this process, in seconds; None: there is no watchdog."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    microseconds = int(os.environ.get("WATCHDOG_USEC", "0"))
    return microseconds / 1e6 or None


def activated_sockets() -> list[socket.socket]:
    """The listening sockets that systemd opened for this process; none without systemd."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    count = int(os.environ.get("LISTEN_FDS", "0"))
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        os.environ.pop(name, None)
    sockets = [socket.socket(fileno=number) for number in range(_FIRST_FD, _FIRST_FD + count)]
    for each in sockets:
        each.set_inheritable(False)
    return sockets
