"""Warm processes that wait to take a dead stage's place: there is nothing left to do then but to begin."""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Final

from steadyvoice.daemon.pipeline import Pipeline
from steadyvoice.daemon.supervision.forkserver import ForkServer
from steadyvoice.daemon.supervision.stage_process import StageProcess
from steadyvoice.ipc.stage_protocol import Ready

_AFTER_S: Final = 1.0
"""The next one is made when the one that was taken has got going; likewise where one has died."""


class Spares:
    """One for each of the stages named."""

    def __init__(self, names: Iterable[str], pipeline: Pipeline, forkserver: ForkServer) -> None:
        self._pipeline, self._forkserver = pipeline, forkserver
        self._loop = asyncio.get_running_loop()
        self._spares: dict[str, StageProcess] = {}
        self._timers = {name: self._loop.call_soon(self._make, name) for name in names}

    def _make(self, name: str) -> None:
        try:
            spare = self._spares[name] = StageProcess(name, self._pipeline, "spare", self._forkserver)
        except OSError:
            self._later(name)
            return
        self._loop.add_reader(spare.pidfd, self._died, spare)
        self._loop.add_reader(spare.mail.socket, self._hear, spare)

    def _later(self, name: str) -> None:
        self._timers[name] = self._loop.call_later(_AFTER_S, self._make, name)

    def _hear(self, spare: StageProcess) -> None:
        for message in spare.mail.receive():
            if isinstance(message, Ready):
                spare.is_warm(message)
        if spare.mail.closed:
            self._loop.remove_reader(spare.mail.socket)

    def _died(self, spare: StageProcess) -> None:
        self._forget(spare)
        spare.reap()
        spare.close()
        self._later(spare.name)

    def _forget(self, spare: StageProcess) -> None:
        del self._spares[spare.name]
        self._loop.remove_reader(spare.pidfd)
        self._loop.remove_reader(spare.mail.socket)

    def take(self, name: str) -> StageProcess | None:
        """The stage's spare, which begins now; None where there is none, or not yet."""
        spare = self._spares.get(name)
        if spare is None or not spare.ready:
            return None
        self._forget(spare)
        self._later(name)
        spare.is_warm(spare.ready)  # from now on
        with contextlib.suppress(OSError):  # it has died this moment, which its pidfd is about to tell
            spare.mail.send(self._pipeline.go(name))
        return spare

    @property
    def pids(self) -> dict[str, int]:
        """Of those that are warm."""
        return {name: spare.pid for name, spare in self._spares.items() if spare.ready}

    def close(self) -> None:
        """End them."""
        for timer in self._timers.values():
            timer.cancel()
        for spare in list(self._spares.values()):
            self._forget(spare)
            spare.kill()
            spare.reap()
            spare.close()
