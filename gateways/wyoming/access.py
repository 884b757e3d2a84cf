"""Which machines may connect: Wyoming itself has no authentication."""

import ipaddress
import socket
from collections.abc import Iterable, Sequence

from steadyvoice.ipc.addresses import Address, BadAddress

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(clients: Iterable[str]) -> list[Network]:
    """The configured addresses and networks. BadAddress."""
    found = []
    for client in clients:
        try:
            found.append(ipaddress.ip_network(client, strict=False))
        except ValueError as error:
            raise BadAddress(
                f"[gateways.wyoming] clients: {client!r} is no address or network; write one such as "
                "192.168.1.20 or 192.168.1.0/24"
            ) from error
    return found


def check(sockets: Iterable[socket.socket], allowed: Sequence[Network]) -> None:
    """BadAddress if other machines can reach a socket and none of them is allowed."""
    for sock in sockets:
        if not (local := address(sock)).is_local and not allowed:
            raise BadAddress(
                f"other machines can connect to {local}, and Wyoming has no passwords: name those that may in "
                "[gateways.wyoming] clients, or listen on localhost"
            )


def address(sock: socket.socket) -> Address:
    name = sock.getsockname()
    return Address(path=name) if sock.family == socket.AF_UNIX else Address(name[0], name[1])


def may_connect(peer: str, allowed: Iterable[Network]) -> bool:
    """peer: an IP address; "" through a Unix socket, to which file permissions apply."""
    if not peer:
        return True
    host = ipaddress.ip_address(peer)
    if isinstance(host, ipaddress.IPv6Address) and host.ipv4_mapped is not None:
        host = host.ipv4_mapped
    return host.is_loopback or any(host in network for network in allowed)
