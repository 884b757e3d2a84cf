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


class Standbys:
    """One for each of the stages named."""

    def __init__(self, names: Iterable[str], pipeline: Pipeline, forkserver: ForkServer) -> None:
        self._pipeline, self._forkserver = pipeline, forkserver
        self._loop = asyncio.get_running_loop()
        self._standbys: dict[str, StageProcess] = {}
        self._timers = {name: self._loop.call_soon(self._make, name) for name in names}

    def _make(self, name: str) -> None:
        try:
            standby = self._standbys[name] = StageProcess(name, self._pipeline, "standby", self._forkserver)
        except OSError:
            self._later(name)
            return
        self._loop.add_reader(standby.pidfd, self._died, standby)
        self._loop.add_reader(standby.channel.socket, self._hear, standby)

    def _later(self, name: str) -> None:
        self._timers[name] = self._loop.call_later(_AFTER_S, self._make, name)

    def _hear(self, standby: StageProcess) -> None:
        for message in standby.channel.receive():
            if isinstance(message, Ready):
                standby.mark_ready(message)
        if standby.channel.closed:
            self._loop.remove_reader(standby.channel.socket)

    def _died(self, standby: StageProcess) -> None:
        self._forget(standby)
        standby.reap()
        standby.close()
        self._later(standby.name)

    def _forget(self, standby: StageProcess) -> None:
        del self._standbys[standby.name]
        self._loop.remove_reader(standby.pidfd)
        self._loop.remove_reader(standby.channel.socket)

    def take(self, name: str) -> StageProcess | None:
        """The stage's spare, which begins now; None where there is none, or not yet."""
        standby = self._standbys.get(name)
        if standby is None or not standby.ready:
            return None
        self._forget(standby)
        self._later(name)
        standby.mark_ready(standby.ready)  # from now on
        with contextlib.suppress(OSError):  # it has died this moment, which its pidfd is about to tell
            standby.channel.send(self._pipeline.go(name))
        return standby

    @property
    def pids(self) -> dict[str, int]:
        """Of those that are warm."""
        return {name: standby.pid for name, standby in self._standbys.items() if standby.ready}

    def close(self) -> None:
        """End them."""
        for timer in self._timers.values():
            timer.cancel()
        for standby in list(self._standbys.values()):
            self._forget(standby)
            standby.kill()
            standby.reap()
            standby.close()
