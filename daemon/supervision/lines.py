"""The stages of each model: they exist while it is loaded. Makes and removes them, and tells the other stages."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable

from steadyvoice.daemon.pipeline import Pipeline
from steadyvoice.daemon.supervision.stage_process import end_all
from steadyvoice.daemon.supervision.stage_slot import StageSlot
from steadyvoice.daemon.topology import StageSpec
from steadyvoice.ipc.stage_protocol import Linked, ToStage, Unlinked
from steadyvoice.ipc.stage_start import Role


class Lines:
    """Used by the event loop's thread only."""

    def __init__(self, slots: dict[int, StageSlot], make_slot: Callable[[StageSpec], StageSlot]) -> None:
        """slots: of all stages, by number; changed here as stages come and go."""
        self._slots, self._make_slot = slots, make_slot
        self.flows: list[str] | None = None
        """Engines with a flow; None while that is not known."""

    def of(self, model: str) -> list[StageSlot]:
        """The stages that have this engine or family."""
        return [slot for slot in self._slots.values() if slot.stage.of == model]

    def add(self, pipeline: Pipeline, model: str, role: Role, *, is_engine: bool) -> None:
        """Make the model's stages, and start their processes.

        OSError, notifier.Error: there is no memory for their rings. ValueError: there are too many stages.
        """
        has_flow = model in (self.flows or ())
        topology = pipeline.topology.with_stages_of(model, is_engine=is_engine, has_flow=has_flow)
        new = [stage for stage in topology.stages if stage.number not in self._slots]
        pipeline.change(topology)
        numbers = {stage.number for stage in new}
        for slot in list(self._slots.values()):
            links = pipeline.links(slot.stage).to_stages(numbers)
            if links.descriptors:
                _send(slot, Linked(links), links.descriptors)
        for stage in new:
            self._slots[stage.number] = self._make_slot(stage)
        for stage in new:
            self._slots[stage.number].turn_on(role)

    def end(self, model: str) -> "asyncio.Future[None]":
        """End the model's processes; the future is done when they have ended. ``remove`` may follow then."""
        slots = self.of(model)
        processes = []
        for slot in slots:
            slot.is_on = False
            if (process := slot.release()) is not None:
                processes.append(process)
        return asyncio.ensure_future(end_all(processes))

    def remove(self, pipeline: Pipeline, model: str) -> None:
        """Remove the model's stages and rings; their processes have ended."""
        gone = [slot.stage.number for slot in self.of(model)]
        for number in gone:
            del self._slots[number]
        for slot in self._slots.values():
            for number in gone:
                if pipeline.links(slot.stage).to_stages({number}).descriptors:
                    _send(slot, Unlinked(number))
        pipeline.change(pipeline.topology.without(model))


def _send(slot: StageSlot, message: ToStage, fds: Iterable[int] = ()) -> None:
    """A process that cannot receive it is replaced; its replacement is assigned the rings that exist then."""
    if slot.process is None:
        return
    with contextlib.suppress(OSError):
        slot.process.channel.send(message, list(fds))
        return
    slot.process.terminate()
