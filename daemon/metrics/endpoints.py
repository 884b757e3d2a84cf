"""Where the metrics can be read besides the control socket: what ``[metrics]`` in the configuration names."""

import asyncio
import contextlib
import errno
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from steadyvoice.daemon import config
from steadyvoice.daemon.metrics import http, text_file
from steadyvoice.ipc import addresses, mounts

log = logging.getLogger("svd")

SOCKET_NAME: Final = "metrics.sock"
_BACKLOG: Final = 16


class Endpoints:
    """None of them keeps the daemon from speaking: one that cannot be opened is a line in the log."""

    def __init__(self, folder: Path, text: Callable[[], Awaitable[bytes]]) -> None:
        """folder: of the control socket."""
        self._socket_path, self._text = folder / SOCKET_NAME, text
        self._wanted = config.Metrics()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        """By the configuration's key."""
        self._changing = asyncio.Lock()

    async def configure(self, wanted: config.Metrics) -> None:
        """Open what the configuration names now, and close what it names no more."""
        async with self._changing:
            await self._change(wanted)

    async def _change(self, wanted: config.Metrics) -> None:
        before, self._wanted = self._wanted, wanted
        changed = [key for key in wanted.__struct_fields__ if getattr(wanted, key) != getattr(before, key)]
        await self._close(changed)
        make = {"socket": self._serve_socket, "address": self._serve_address, "textfile": self._keep_file}
        for key in changed:
            if not getattr(wanted, key):
                continue
            try:
                work = make[key]()
            except (OSError, addresses.BadAddress) as error:
                where = self._socket_path if key == "socket" else getattr(wanted, key)
                why = getattr(error, "strerror", None) or error
                log.error("no metrics at %s: %s; change %s in [metrics]", where, why, key)
                continue
            self._tasks[key] = asyncio.get_running_loop().create_task(work)

    async def close(self) -> None:
        async with self._changing:
            await self._close(list(self._tasks))

    async def _close(self, keys: list[str]) -> None:
        ended = [task for key in keys if (task := self._tasks.pop(key, None)) is not None]
        for task in ended:
            task.cancel()
        await asyncio.gather(*ended, return_exceptions=True)

    def _serve_socket(self) -> Coroutine[Any, Any, None]:
        """OSError."""
        path = str(self._socket_path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as probe:
            if probe.connect_ex(path) in (0, errno.EAGAIN):
                raise OSError("another daemon serves it")
        self._socket_path.unlink(missing_ok=True)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o177)
        try:
            sock.bind(path)
            sock.listen(_BACKLOG)
        except OSError:
            sock.close()
            raise
        finally:
            os.umask(mask)
        return self._serve_and_remove(sock)

    async def _serve_and_remove(self, sock: socket.socket) -> None:
        try:
            await http.serve(sock, self._text, check_host=False)
        finally:
            with contextlib.suppress(OSError):
                self._socket_path.unlink()

    def _serve_address(self) -> Coroutine[Any, Any, None]:
        """OSError, BadAddress."""
        address = addresses.parse(self._wanted.address)
        if not address.is_local:
            log.warning("metrics at %s: other machines can read them, without a password", address)
        host = address.hosts[0]
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((host, address.port))
            sock.listen(_BACKLOG)
        except OSError:
            sock.close()
            raise
        return http.serve(sock, self._text, check_host=True)

    def _keep_file(self) -> Coroutine[Any, Any, None]:
        """OSError."""
        path = Path(self._wanted.textfile)
        if not mounts.is_local(str(path)):
            raise OSError("it is not on a disk of this machine")
        return text_file.keep(path, self._text)
