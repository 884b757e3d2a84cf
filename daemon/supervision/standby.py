"""Warm standby processes: each has loaded everything and replaces a dead process of its stage at once."""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Final

from steadyvoice.daemon.pipeline import Pipeline
from steadyvoice.daemon.supervision.forkserver import ForkServer
from steadyvoice.daemon.supervision.stage_process import StageProcess
from steadyvoice.daemon.topology import StageSpec
from steadyvoice.ipc.stage_protocol import Ready

_START_DELAY_S: Final = 1.0
"""Delay before a new standby is started after one was taken or has died, so that it does not slow down recovery."""


class Standbys:
    """One standby for each of these stages. Used by the event loop's thread only."""

    def __init__(self, stages: Iterable[StageSpec], pipeline: Pipeline, forkserver: ForkServer) -> None:
        self._pipeline, self._forkserver = pipeline, forkserver
        self._loop = asyncio.get_running_loop()
        self._standbys: dict[int, StageProcess] = {}
        """By the stage's number."""
        self._timers = {stage.number: self._loop.call_soon(self._start, stage) for stage in stages}

    def _start(self, stage: StageSpec) -> None:
        try:
            standby = StageProcess(stage, self._pipeline, "standby", self._forkserver)
        except OSError:
            self._start_later(stage)
            return
        self._standbys[stage.number] = standby
        self._loop.add_reader(standby.pidfd, self._on_death, standby)
        self._loop.add_reader(standby.channel.socket, self._receive, standby)

    def _start_later(self, stage: StageSpec) -> None:
        self._timers[stage.number] = self._loop.call_later(_START_DELAY_S, self._start, stage)

    def _receive(self, standby: StageProcess) -> None:
        for message in standby.channel.receive():
            if isinstance(message, Ready):
                standby.mark_ready(message)
        if standby.channel.closed:
            self._loop.remove_reader(standby.channel.socket)

    def _on_death(self, standby: StageProcess) -> None:
        self._release(standby)
        standby.reap()
        standby.close()
        self._start_later(standby.stage)

    def _release(self, standby: StageProcess) -> None:
        del self._standbys[standby.stage.number]
        self._loop.remove_reader(standby.pidfd)
        self._loop.remove_reader(standby.channel.socket)

    def take(self, stage: StageSpec) -> StageProcess | None:
        """Start the stage's standby and hand it over to the caller; None while there is no warm one."""
        standby = self._standbys.get(stage.number)
        if standby is None or not standby.ready:
            return None
        self._release(standby)
        self._start_later(stage)
        standby.mark_ready(standby.ready)  # the time and the blocks that make it stable count from now
        with contextlib.suppress(OSError):  # it has just died: its pidfd reports that to the caller
            standby.channel.send(self._pipeline.go(stage))
        return standby

    @property
    def pids(self) -> dict[int, int]:
        """Of the warm standbys, by the stage's number."""
        return {number: standby.pid for number, standby in self._standbys.items() if standby.ready}

    def close(self) -> None:
        """Kill all standbys and start no more."""
        for timer in self._timers.values():
            timer.cancel()
        for standby in list(self._standbys.values()):
            self._end(standby)

    def _end(self, standby: StageProcess) -> None:
        self._release(standby)
        standby.kill()
        standby.reap()
        standby.close()
