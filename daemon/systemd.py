"""What systemd passes and wants to hear (sd_notify(3), sd_listen_fds(3)); nothing happens without systemd."""

import contextlib
import os
import socket
import time

from steadyvoice.ipc.errors import one_line


def notify(message: str) -> None:
    """Send state lines such as ``READY=1`` to the service manager, if there is one."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    sock.settimeout(1)  # a manager that hangs does not hold up speech for good
    with sock, contextlib.suppress(OSError):  # inherited from a service whose manager has gone
        sock.sendto(message.encode(), address)


def status(text: str, *states: str) -> None:
    """What ``systemctl status`` is to show, in a line; ``states`` go with it."""
    notify("\n".join([*states, f"STATUS={one_line(text)}"]))


def reloading() -> None:
    """The configuration is being read again, until the next ``READY=1``."""
    notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")


def watchdog_s() -> float | None:
    """How often, at least, the manager wants to hear ``WATCHDOG=1`` from this process, in seconds. None: never."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    microseconds = int(os.environ.get("WATCHDOG_USEC", "0"))
    return microseconds / 1e6 or None


def activated_socket() -> socket.socket | None:
    """The listening socket that systemd opened for this process, or None."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS") != "1":
        return None
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        os.environ.pop(name, None)
    os.set_inheritable(3, False)
    return socket.socket(fileno=3)
