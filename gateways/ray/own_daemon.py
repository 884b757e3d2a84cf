"""The daemon of a replica, as the replica sees it."""

import subprocess
import time
from typing import Final

import msgspec

from steadyvoice.client.async_client import AsyncClient
from steadyvoice.client.client import Client
from steadyvoice.client.errors import DaemonUnreachable
from steadyvoice.gateways.ray.keeper import Sockets
from steadyvoice.ipc import child
from steadyvoice.ipc.daemon_status import DaemonStatus
from steadyvoice.ipc.errors import SteadyvoiceError

_BOOT_S: Final = 120.0
"""Seconds until the voice must be loaded; a large one takes most of a minute."""
_LOOK_S: Final = 0.05
_STOP_S: Final = 30.0


class NotStarted(SteadyvoiceError):
    """The daemon did not become ready; the log of the replica has its own words."""


class NotReady(SteadyvoiceError):
    """The daemon has lost a stage for good, or is ending: the replica must be replaced."""


class OwnDaemon:
    """``svd`` and ``svgate http``, which end with this process."""

    def __init__(self, config: str, cores: int) -> None:
        """Start them, and wait until the voice is loaded and warm. NotStarted.

        config: file of the daemon's configuration; empty: the user's. cores: CPUs of its own; 0: it shares all.
        """
        options = [f"--cores={cores}", *([f"--config={config}"] if config else [])]
        self._process = subprocess.Popen(
            child.command("steadyvoice.gateways.ray.keeper", *options),
            env=child.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ray kills its process group when it ends
        )
        assert self._process.stdout is not None
        try:
            with self._process.stdout as said:
                line = said.readline()
            if not line:
                raise self._ended()
            self.sockets = msgspec.json.decode(line, type=Sockets)
            self._wait()
        except BaseException:
            self.end()
            raise
        self._client = AsyncClient(self.sockets.control)

    @property
    def keeper(self) -> int:
        """The process that has both."""
        return self._process.pid

    def _wait(self) -> None:
        deadline = time.monotonic() + _BOOT_S
        while not self._is_ready():
            if self._process.poll() is not None:
                raise self._ended()
            if time.monotonic() > deadline:
                raise NotStarted(f"the daemon is not ready after {_BOOT_S:g} s")
            time.sleep(_LOOK_S)

    def _is_ready(self) -> bool:
        try:
            with Client(self.sockets.control) as client:
                return client.status()["ready"]
        except DaemonUnreachable:
            return False

    def _ended(self) -> NotStarted:
        return NotStarted(f"no daemon: its process has ended with status {self._process.wait()}; see the replica's log")

    async def status(self) -> DaemonStatus:
        """DaemonUnreachable."""
        return await self._client.status()

    async def check(self) -> None:
        """NotReady, DaemonUnreachable."""
        status = await self.status()
        if not status["ready"]:
            raise NotReady(status["problem"] or "the daemon is ending")

    async def close(self) -> None:
        await self._client.close()

    def end(self) -> None:
        """End both, and wait for it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def busiest(before: DaemonStatus, now: DaemonStatus) -> float:
    """The share of its time that the busiest stage has worked between the two, 0 to 1. Pure.

    A stage that was replaced in between counts from its own start on.
    """
    elapsed = now["uptime_s"] - before["uptime_s"]
    if elapsed <= 0:
        return 0.0
    worked = {stage["pid"]: stage["busy_s"] for stage in before["stages"]}
    shares = [(stage["busy_s"] - worked.get(stage["pid"], 0.0)) / elapsed for stage in now["stages"] if stage["pid"]]
    return min(1.0, max(shares, default=0.0))
