"""The shared memory of the pipeline, and what each stage gets of it."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from steadyvoice.daemon.config import Config
from steadyvoice.daemon.placement import place_stages, shared_cpus
from steadyvoice.daemon.topology import NAMES, STAGE_SPECS
from steadyvoice.ipc import cores, paths, playback_history, ring, shared_state
from steadyvoice.ipc.descriptors import close_all
from steadyvoice.ipc.notifier import EventNotifier, SemaphoreNotifier
from steadyvoice.ipc.ring import Producer, Ring
from steadyvoice.ipc.shared_state import SharedState
from steadyvoice.ipc.stage_protocol import Go
from steadyvoice.ipc.stage_start import Assignment, StageSettings


class Pipeline:
    """Owned by the supervisor, so that the replacement of a dead stage finds it unchanged."""

    def __init__(self, config: Config, instance: str) -> None:
        """instance: unique among the daemons that run. OSError or notifier.Error where memory or semaphores are short.

        Semaphores have names for a moment only; those that a killed daemon left are removed by the next start of the
        same instance.
        """
        self._fds: list[int] = []
        try:
            self.shared_fd = self._own(shared_state.create())
            self._history_fd = self._own(playback_history.create())
            self._ring_fds = [self._own(ring.create(spec.name, spec.slots, spec.payload_bytes)) for spec in STAGE_SPECS]
            self._notifiers = {name: SemaphoreNotifier(name=f"/steadyvoice-{instance}") for name in NAMES}
        except BaseException:
            self.close()
            raise
        self.shared = SharedState(self.shared_fd)
        self.rings = [Ring(fd) for fd in self._ring_fds]
        """The input ring of each stage, in pipeline order."""
        self.text_space = EventNotifier()
        """Notified by the generator when it has consumed text, so that its ring has space again."""
        self.text = Producer(self._ring_fds[0], self._notifiers["generator"])
        self._settings = _make_settings(config)
        self._died_ns = dict.fromkeys(NAMES, 0)

    def configure(self, config: Config) -> set[str]:
        """Use these settings for later processes; return the names of the stages with changed settings."""
        before, self._settings = self._settings, _make_settings(config)
        return {name for name in NAMES if self._settings[name] != before[name]}

    def _own(self, fd: int) -> int:
        self._fds.append(fd)
        return fd

    def assignment(
        self, name: str, role: Literal["initial", "replacement", "standby"], left_out: Iterable[str] = ()
    ) -> Assignment:
        """The first message to a process of the stage. left_out: optional items that it must not load."""
        index = NAMES.index(name)
        next_name = NAMES[index + 1] if index + 1 < len(NAMES) else None
        return Assignment(
            name=name,
            index=index,
            shared=self.shared_fd,
            history=self._history_fd,
            notifier=self._notifiers[name].fd,
            source=self._ring_fds[index],
            source_notifier=self._notifiers[NAMES[index - 1]].fd if index else self.text_space.fd,
            target=self._ring_fds[index + 1] if next_name else None,
            target_notifier=self._notifiers[next_name].fd if next_name else None,
            settings=msgspec.structs.replace(self._settings[name], left_out=tuple(left_out)),
            role=role,
        )

    def go(self, name: str) -> Go:
        """The message that makes a process the one that holds the stage's ends of the rings."""
        index = NAMES.index(name)
        target = self.rings[index + 1].generations[0] if index + 1 < len(NAMES) else 0
        return Go(self.rings[index].generations[1], target, self._died_ns[name])

    def fence_stage(self, name: str) -> tuple[int, int, int]:
        """Exclude the dead process of the stage from its rings; return its current block (StageState.current_block)."""
        index = NAMES.index(name)
        state = self.shared.stage(index)
        current_block = state.current_block
        state.begin_block(0)  # a replacement that dies before its first block must not be charged with this one
        self.rings[index].fence_consumer()
        if index + 1 < len(NAMES):
            self.rings[index + 1].fence_producer()
        self._died_ns[name] = time.monotonic_ns()
        return current_block

    @property
    def device_is_behind(self) -> bool:
        """The output's ring holds more than its lookahead: cancelled blocks wait behind what plays or is paused."""
        return self.rings[-1].fill > self.rings[-1].size // 2

    def wake(self, *names: str) -> None:
        """Notify these stages, or all."""
        for name in names or NAMES:
            self._notifiers[name].notify()

    def close(self) -> None:
        close_all(self._fds)
        self._fds.clear()


def _make_settings(config: Config) -> dict[str, StageSettings]:
    models = ("generator", "converter") if paths.added("converters") else ("generator",)
    available = cores.available()
    siblings = {cpu: _thread_siblings(cpu) for cpu in available}
    placement = place_stages(config.realtime.mode, available, siblings, models)
    return {
        spec.name: StageSettings(
            engines=list(config.engines),
            families=list(config.converters),
            device=config.audio.device,
            block=config.audio.block,
            latency_ms=config.audio.latency_ms,
            device_timeout_s=config.audio.device_timeout_s,
            lookahead_s=config.lookahead_s,
            incomplete_sentence_timeout_s=config.incomplete_sentence_timeout_s,
            cpus=placement[spec.name],
            priority=spec.priority if config.realtime.mode == "auto" and spec.name not in models else 0,
            memory_mib=config.limits.stage_mib,
            model_device=config.models.device,
            shared_cpus=shared_cpus(spec.name, placement),
        )
        for spec in STAGE_SPECS
    }


def _thread_siblings(cpu: int) -> set[int]:
    """All logical CPUs of its physical core; the CPU alone where the kernel does not list them."""
    try:
        text = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").read_text()
    except OSError:
        return {cpu}
    ranges = [part.split("-") for part in text.strip().split(",")]  # such as 0,8 or 0-1
    return {number for ends in ranges for number in range(int(ends[0]), int(ends[-1]) + 1)}
