"""What systemd passes and wants to hear (sd_notify(3), sd_listen_fds(3)); nothing happens without systemd."""

import contextlib
import os
import socket


def notify(message: str) -> None:
    """Send a state line such as ``READY=1`` to the service manager, if there is one."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    with sock, contextlib.suppress(OSError):  # inherited from a service whose manager has gone
        sock.sendto(message.encode(), address)


def activated_socket() -> socket.socket | None:
    """The listening socket that systemd opened for this process, or None."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS") != "1":
        return None
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        os.environ.pop(name, None)
    os.set_inheritable(3, False)
    return socket.socket(fileno=3)
