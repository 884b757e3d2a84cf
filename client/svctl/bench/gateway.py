"""A gateway of a benchmark's daemon, in a process of its own."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from steadyvoice.client.svctl.bench.daemon import BenchFailed, running

_BOOT_S: Final = 30.0

Address = tuple[str, int]


class Gateway(NamedTuple):
    address: Address
    pid: int


@contextmanager
def gateway(place: Path, name: str) -> Iterator[Gateway]:
    """Run ``svgate NAME`` at a free port, for the daemon in this place; wait until it serves. BenchFailed."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address: Address = probe.getsockname()
    log = place / f"{name}.log"
    arguments = (name, "--no-autostart", "--socket", str(place / "svd.sock"), "--listen", f"127.0.0.1:{address[1]}")
    with running(log, "steadyvoice.gateways.cli", *arguments, with_pipes=False) as process:
        deadline = time.monotonic() + _BOOT_S
        while True:
            try:
                socket.create_connection(address).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    lines = log.read_text().strip().splitlines() or ["no output"]
                    raise BenchFailed(f"svgate {name} does not serve: {lines[-1]}") from None
            time.sleep(0.01)
        yield Gateway(address, process.pid)
