"""Metrics in a file, for node_exporter's textfile collector."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

log = logging.getLogger("svd")

INTERVAL_S: Final = 15.0


async def keep(path: Path, text: Callable[[], Awaitable[bytes]]) -> None:
    """Write the file every INTERVAL_S for ever, and remove it in the end: an old one would be taken for the present."""
    loop, is_logged = asyncio.get_running_loop(), False
    writing: asyncio.Future[None] | None = None
    try:
        while True:
            writing = loop.run_in_executor(None, _replace, path, await text())
            try:
                await asyncio.shield(writing)
                is_logged = False
            except OSError as error:
                if not is_logged:
                    log.error("no metrics at %s: %s; change textfile in [metrics]", path, error.strerror)
                is_logged = True
            await asyncio.sleep(INTERVAL_S)
    finally:
        if writing is not None:
            await asyncio.wait([writing])
        _remove(path)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _replace(path: Path, data: bytes) -> None:
    """A reader sees the old file or the new one; it may belong to another user."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), "wb") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(data)
        os.replace(beside, path)
    except OSError:
        _remove(beside)
        raise
