"""Warm standby processes: each has loaded everything and replaces a dead process of its stage at once."""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Final

from steadyvoice.daemon.pipeline import Pipeline
from steadyvoice.daemon.supervision.forkserver import ForkServer
from steadyvoice.daemon.supervision.stage_process import StageProcess
from steadyvoice.daemon.topology import LinkSpec, StageSpec
from steadyvoice.ipc.stage_protocol import Ready

_START_DELAY_S: Final = 1.0
"""Delay before a new standby is started after one was taken or has died, so that it does not slow down recovery."""


class Standbys:
    """One standby for each stage that is to have one. Used by the event loop's thread only."""

    def __init__(self, pipeline: Pipeline, forkserver: ForkServer) -> None:
        self._pipeline, self._forkserver = pipeline, forkserver
        self._loop = asyncio.get_running_loop()
        self._standbys: dict[int, StageProcess] = {}
        """By the stage's number."""
        self._rings: dict[int, list[LinkSpec]] = {}
        """That a standby was given when it was started, by the stage's number."""
        self._timers: dict[int, asyncio.Handle] = {}

    def renew(self, stages: Iterable[StageSpec]) -> None:
        """These stages are to have standbys: end those that ``keep`` ends, and start those that are missing."""
        wanted = list(stages)
        self.keep(wanted)
        for stage in wanted:
            if stage.number not in self._timers:
                self._timers[stage.number] = self._loop.call_soon(self._start, stage)

    def keep(self, stages: Iterable[StageSpec]) -> None:
        """End those of other stages, and of stages that have other rings than when they were started."""
        wanted = {stage.number: stage for stage in stages}
        for number, standby in list(self._standbys.items()):
            if wanted.get(number) != standby.stage or self._rings[number] != self._rings_of(standby.stage):
                self._end(standby)
                self._timers.pop(number).cancel()
        for number in self._timers.keys() - wanted.keys():
            self._timers.pop(number).cancel()

    def _rings_of(self, stage: StageSpec) -> list[LinkSpec]:
        return [*self._pipeline.topology.inputs(stage), *self._pipeline.topology.outputs(stage)]

    def _start(self, stage: StageSpec) -> None:
        try:
            standby = StageProcess(stage, self._pipeline, "standby", self._forkserver)
        except OSError:
            self._start_later(stage)
            return
        self._standbys[stage.number], self._rings[stage.number] = standby, self._rings_of(stage)
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
