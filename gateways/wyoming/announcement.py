"""Announcement on the local network (mDNS), by which Home Assistant finds the gateway."""

import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterable
from typing import Final

from steadyvoice.gateways.wyoming import access
from steadyvoice.ipc.addresses import Address, BadAddress

_KIND: Final = "_wyoming._tcp.local."
_GROUP_4: Final = "224.0.0.251"
_GROUP_6: Final = "ff02::fb"


def reachable(sockets: Iterable[socket.socket]) -> Address:
    """The first address that other machines can connect to. BadAddress if there is none."""
    for sock in sockets:
        if not (local := access.address(sock)).is_local:
            return local
    raise BadAddress(
        "[gateways.wyoming] zeroconf: no other machine can connect; listen on an address of the network too"
    )


@contextlib.asynccontextmanager
async def announced(sockets: Iterable[socket.socket]) -> AsyncIterator[None]:
    """Announce the address that other machines can connect to, until the block ends. BadAddress if there is none."""
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf  # 10 MB that most do not need

    here = reachable(sockets)
    machine = socket.gethostname().partition(".")[0]
    info = AsyncServiceInfo(
        _KIND,
        f"steadyvoice on {machine}.{_KIND}",
        port=here.port,
        server=f"{machine}.local.",
        parsed_addresses=_addresses(here.host),
    )
    zeroconf = AsyncZeroconf()
    try:
        await (await zeroconf.async_register_service(info, allow_name_change=True))
        yield
    finally:
        await zeroconf.async_unregister_all_services()
        await zeroconf.async_close()


def _addresses(host: str) -> list[str]:
    """The addresses to announce for one that is listened on."""
    if not ipaddress.ip_address(host).is_unspecified:
        return [host]
    family, group = (socket.AF_INET6, _GROUP_6) if ":" in host else (socket.AF_INET, _GROUP_4)
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((group, 5353))  # sends nothing, but chooses the address by the route
        except OSError as error:
            raise BadAddress(f"[gateways.wyoming] zeroconf: there is no network: {error.strerror}") from error
        return [probe.getsockname()[0]]
