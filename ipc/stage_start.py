"""First messages to the forkserver and to a stage: what to load, and the stage's place in the pipeline."""

from typing import Literal

import msgspec

Role = Literal["initial", "background", "catalogue", "replacement", "standby"]
"""What a process of a stage is started for. background: as initial, but it loads at idle priority, because others speak.
catalogue: it reports what the stage brings, loads nothing and ends. A replacement defers all warm-ups that are not needed
at once. A standby waits, loaded, until it is needed."""


class StageSettings(msgspec.Struct, frozen=True):
    """A stage's share of the configuration."""

    engine: str
    """Of a generator and a vocoder."""
    families: list[str]
    """Of a converter."""
    device: str
    block: int
    latency_ms: float
    device_timeout_s: float
    lookahead_s: float
    incomplete_sentence_timeout_s: float
    cpus: list[int]
    priority: int
    """SCHED_FIFO priority; 0: the ordinary scheduler."""
    memory_mib: int = 0
    """Limit of the stage's own memory; 0: no limit."""
    model_device: str = "auto"
    """auto, cpu or cuda:N."""
    shared_cpus: tuple[int, ...] = ()
    """Cores of other stages that this stage's models may use while those stages are idle."""
    left_out: tuple[str, ...] = ()
    """Names as in `Loading.what` that the stage must not load: an earlier process ended or hung while loading them."""


class Preload(msgspec.Struct, frozen=True):
    """First message to the forkserver: the code that its stages will need. The forkserver answers 0 when loaded."""

    stages: tuple[str, ...]
    engines: tuple[str, ...]
    families: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    """As StageSettings.left_out."""


class Fork(msgspec.Struct, frozen=True):
    """To the forkserver, with a stage's socket. The forkserver answers the stage's process number, or -errno."""

    name: str
    environment: dict[str, str]


class Link(msgspec.Struct, frozen=True):
    """A ring of the stage, seen from the stage."""

    stage: int | None
    """Number of the stage at the other end; None: the supervisor, which writes text."""
    device_lane: int
    """Of the sound device; 0 for all other links."""
    ring: int
    """Descriptor, as the next field."""
    notifier: int
    """Wakes the other end: a semaphore; an eventfd where that is the supervisor's event loop."""


class Assignment(msgspec.Struct, frozen=True):
    """First message to a stage: its place in the topology. The descriptors come with the message."""

    name: str
    number: int
    """Of the stage, in shared state and in the paths of utterances."""
    shared: int
    history: int
    notifier: int
    sources: list[Link]
    targets: list[Link]
    settings: StageSettings
    role: Role = "initial"

    @property
    def descriptors(self) -> list[int]:
        """All of them, in the order of ``with_descriptors``."""
        links = [fd for link in (*self.sources, *self.targets) for fd in (link.ring, link.notifier)]
        return [self.shared, self.history, self.notifier, *links]

    def with_descriptors(self, fds: list[int]) -> "Assignment":
        """The same with the receiver's own descriptors."""
        shared, history, notifier, *rest = fds
        pairs = zip(rest[::2], rest[1::2], strict=True)
        links = [
            msgspec.structs.replace(link, ring=ring, notifier=wake)
            for link, (ring, wake) in zip((*self.sources, *self.targets), pairs, strict=True)
        ]
        count = len(self.sources)
        return msgspec.structs.replace(
            self, shared=shared, history=history, notifier=notifier, sources=links[:count], targets=links[count:]
        )
