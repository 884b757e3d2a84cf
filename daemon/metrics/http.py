"""Metrics over plain HTTP: one GET a connection, one connection at a time."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from steadyvoice.ipc.exposition import CONTENT_TYPE

_HEAD_BYTES: Final = 8192
_TIMEOUT_S: Final = 2.0
"""For all of a request and its answer: others wait meanwhile."""
_RETRY_S: Final = 0.1


async def serve(sock: socket.socket, text: Callable[[], Awaitable[bytes]], *, check_host: bool) -> None:
    """Answer for ever, and close the socket in the end. check_host: see ``status_of``."""
    loop = asyncio.get_running_loop()
    sock.setblocking(False)
    with sock:
        while True:
            try:
                client, _ = await loop.sock_accept(sock)
            except OSError:  # no free descriptor
                await asyncio.sleep(_RETRY_S)
                continue
            with client, suppress(OSError, TimeoutError):
                async with asyncio.timeout(_TIMEOUT_S):
                    await _answer(loop, client, text, check_host)


async def _answer(
    loop: asyncio.AbstractEventLoop, client: socket.socket, text: Callable[[], Awaitable[bytes]], check_host: bool
) -> None:
    client.setblocking(False)
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _HEAD_BYTES:
        if not (data := await loop.sock_recv(client, _HEAD_BYTES)):
            return
        head += data
    status = status_of(head, check_host=check_host)
    body = await text() if status == "200 OK" else f"{status}\n".encode()
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {CONTENT_TYPE}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(["Allow: GET"] if status.startswith("405") else []),
    ]
    await loop.sock_sendall(client, "\r\n".join([*lines, "", ""]).encode() + body)


def status_of(head: bytes, *, check_host: bool) -> str:
    """The status of the answer to a request. head: with the blank line at its end.

    check_host: refuse a request to any other name than ``localhost``, this machine's name or an address, because a
    web page can direct a name of its own to this machine, and would be allowed to read the answer.
    """
    first, *lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    target, _, version = rest.partition(" ")
    if b"\r\n\r\n" not in head or not version.startswith("HTTP/1."):
        return "400 Bad Request"
    if method != "GET":
        return "405 Method Not Allowed"
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if check_host and not _is_own(headers.get("host", "")):
        return "403 Forbidden"
    return "200 OK" if target.partition("?")[0] in ("/", "/metrics") else "404 Not Found"


def _is_own(host: str) -> bool:
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    if name.lower() in ("localhost", socket.gethostname().lower()):
        return True
    with suppress(ValueError):
        ipaddress.ip_address(name)
        return True
    return False
