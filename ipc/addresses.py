"""Addresses that gateways listen on, as the configuration and ``--listen`` name them."""

import contextlib
import ipaddress
import os
from dataclasses import dataclass

from steadyvoice.ipc.errors import SteadyvoiceError


class BadAddress(SteadyvoiceError):
    """The address has another form, or cannot be listened on. Name another one."""


@dataclass(frozen=True)
class Address:
    """A TCP address (``host``, ``port``), or a Unix socket (``path``)."""

    host: str = ""
    port: int = 0
    path: str = ""

    @property
    def is_local(self) -> bool:
        """Only programs of this machine can connect."""
        return bool(self.path) or all(ipaddress.ip_address(host).is_loopback for host in self.hosts)

    @property
    def hosts(self) -> tuple[str, ...]:
        return ("127.0.0.1", "::1") if self.host == "localhost" else (self.host,)

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse(text: str) -> Address:
    """``HOST:PORT`` with an IP address or ``localhost``, or ``unix:/PATH``. BadAddress."""
    if text.startswith("unix:"):
        path = text.removeprefix("unix:")
        if not os.path.isabs(path):
            raise BadAddress(
                f"{text!r}: the path of a Unix socket must be absolute, such as unix:/run/user/1000/speech"
            )
        return Address(path=path)
    host, colon, port = text.rpartition(":")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if colon and port.isascii() and port.isdigit() and int(port) <= 65535:
        if host == "localhost":
            return Address(host, int(port))
        with contextlib.suppress(ValueError):
            return Address(str(ipaddress.ip_address(host)), int(port))
    raise BadAddress(f"{text!r} is no address; give HOST:PORT with an IP address or localhost, or unix:/PATH")
