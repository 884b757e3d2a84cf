"""The stages of live sound: they exist while a session or listening needs them, and are sent messages."""

import contextlib

from steadyvoice.daemon.supervision.stage_process import StageProcess
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.daemon.topology import LIVE
from steadyvoice.ipc import notifier
from steadyvoice.ipc.errors import RequestRefused
from steadyvoice.ipc.live_protocol import ToLiveStage
from steadyvoice.ipc.shared_state import StageState
from steadyvoice.ipc.stage_protocol import ClientSink


class LiveLine:
    """To be used in the event loop's thread."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._users: set[str] = set()

    @property
    def exists(self) -> bool:
        return bool(self._supervisor.lines.of(LIVE))

    def hold(self, user: str) -> None:
        """The user needs the stages; one that was given up for another user is started again.

        RequestRefused where there is no memory for their rings.
        """
        try:
            if not self.exists:
                self._supervisor.load_stages(LIVE)
            for slot in self._supervisor.lines.of(LIVE):
                if slot.failed:
                    slot.reset()
                    slot.start()
        except (OSError, notifier.Error, ValueError) as error:
            raise RequestRefused("stage_failed", f"no memory for live sound: {error}", retryable=True) from error
        self._users.add(user)

    async def release(self, user: str) -> None:
        """The user needs them no more: without any, end them."""
        self._users.discard(user)
        if not self._users and self.exists:
            await self._supervisor.unload_stages(LIVE)

    def number(self, name: str) -> int:
        """Of the stage, input or converter."""
        return next(slot.stage.number for slot in self._supervisor.lines.of(LIVE) if slot.stage.name == name)

    def process(self, name: str) -> StageProcess | None:
        """The stage's process, where it is ready."""
        for slot in self._supervisor.lines.of(LIVE):
            if slot.stage.name == name and slot.process is not None:
                return slot.process if slot.process.ready else None
        return None

    def is_there(self, name: str) -> bool:
        """The stage has a process, which is not about to be replaced."""
        process = self.process(name)
        return process is not None and not process.hung

    def end_hung(self, name: str, reason: str) -> None:
        """End the stage's process, which does not answer; another one is started."""
        if (process := self.process(name)) is not None:
            process.kill_hung(reason)

    def state(self, name: str) -> StageState:
        pipeline = self._supervisor.pipeline
        assert pipeline is not None
        return pipeline.shared.stage(self.number(name))

    def waiting(self, name: str) -> int:
        """Blocks that the stage has not finished; 0 where it does not exist."""
        pipeline = self._supervisor.pipeline
        stages = [slot.stage for slot in self._supervisor.lines.of(LIVE) if slot.stage.name == name]
        if pipeline is None or not stages:
            return 0
        return sum(pipeline.rings[link].fill for link in pipeline.topology.inputs(stages[0]))

    def send(self, name: str, message: ToLiveStage | ClientSink, fds: tuple[int, ...] = ()) -> None:
        """Send a message, also to a process that is being started."""
        pipeline = self._supervisor.pipeline
        for slot in self._supervisor.lines.of(LIVE):
            if slot.stage.name == name and slot.process is not None and pipeline is not None:
                with contextlib.suppress(OSError):  # it has just died: its replacement is sent all of it
                    slot.process.channel.send(message, fds)
                pipeline.wake(slot.stage.number)
