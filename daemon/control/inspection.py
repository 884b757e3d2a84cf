"""Requests for debuggers and profilers: a stage is held, or records its next blocks."""

import logging
import tempfile
import time

from steadyvoice.daemon.control.server import Connection
from steadyvoice.daemon.supervision.stage_process import StageProcess
from steadyvoice.daemon.supervision.stage_slot import StageSlot
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.daemon.topology import LISTEN
from steadyvoice.ipc import requests
from steadyvoice.ipc.errors import RequestRefused, one_line
from steadyvoice.ipc.inspection_messages import Held, Profiled
from steadyvoice.ipc.profile_protocol import ProfileBlocks

log = logging.getLogger("svd")


class Inspection:
    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._holds: dict[StageProcess, dict[Connection, float]] = {}
        """Until when each client holds the process, monotonic seconds."""

    async def handle(self, request: requests.Hold | requests.Profile, connection: Connection) -> None:
        """Reply to the request. RequestRefused."""
        slot = self._slot(request.stage)
        if slot.process is None:
            raise RequestRefused(
                "stage_failed", f"stage {request.stage} has no process at present; try again", retryable=True
            )
        if isinstance(request, requests.Hold):
            self._hold(slot.process, request, connection)
        else:
            await self._profile(slot, slot.process, request, connection)

    def _slot(self, label: str) -> StageSlot:
        slots = {slot.stage.label: slot for slot in self._supervisor.slots.values() if slot.is_on}
        if label not in slots:
            known = ", ".join(sorted(slots))
            raise RequestRefused("unknown_stage", f"there is no stage {one_line(label, 100)!r}; there are: {known}")
        return slots[label]

    def _hold(self, process: StageProcess, request: requests.Hold, connection: Connection) -> None:
        holders = self._holds.setdefault(process, {})
        holders[connection] = time.monotonic() + request.seconds
        if request.seconds:
            text = "stage %s (pid %d) is held: for %g s it is not replaced for hanging"
            log.info(text, request.stage, process.pid, request.seconds, extra={"stage": process.stage.name})
        else:
            del holders[connection]
        self._update(process)
        connection.send(Held(request.ref, request.stage, process.pid, request.seconds))

    def _update(self, process: StageProcess) -> None:
        was_held, holders = process.held_s > 0, self._holds[process]
        process.held_until = max(holders.values(), default=0.0)
        if not holders:
            del self._holds[process]
        if was_held and not process.held_s and process.exit_status is None:
            log.info("stage %s is held no more", process.stage.label, extra={"stage": process.stage.name})

    def leave(self, connection: Connection) -> None:
        """A client has disconnected: its holds end."""
        for process, holders in list(self._holds.items()):
            if holders.pop(connection, None) is not None:
                self._update(process)

    async def _profile(
        self, slot: StageSlot, process: StageProcess, request: requests.Profile, connection: Connection
    ) -> None:
        stage, pipeline = slot.stage, self._supervisor.pipeline
        if not connection.takes_descriptors:
            why = "the trace comes as a descriptor, which a JSON connection cannot receive; use msgpack"
            raise RequestRefused("bad_message", why)
        if not stage.of or stage.name == "input" or stage.of == LISTEN or pipeline is None:
            why = f"stage {request.stage} runs no model of torch; py-spy shows its time: svctl profile {request.stage}"
            raise RequestRefused("cannot_profile", why)
        with tempfile.TemporaryFile(buffering=0) as file:

            def send(wanted: ProfileBlocks) -> None:
                process.channel.send(wanted, [file.fileno()])
                pipeline.wake(stage.number)

            reply = await self._supervisor.profiles.ask(stage.number, send, request.blocks, request.seconds)
            profiled = Profiled(request.ref, request.stage, reply.blocks, reply.bytes)
            connection.send(profiled, (file.fileno(),))
