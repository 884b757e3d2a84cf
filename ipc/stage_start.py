"""First messages to the forkserver and to a stage: what to load, and the stage's place in the pipeline."""

from typing import Literal

import msgspec


class StageSettings(msgspec.Struct, frozen=True):
    """A stage's share of the configuration."""

    engines: list[str]
    families: list[str]
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


class Assignment(msgspec.Struct, frozen=True):
    """First message to a stage: its place in the pipeline. The descriptors come with the message, in this order."""

    name: str
    index: int
    """Position of the stage in the pipeline, from 0."""
    shared: int
    history: int
    notifier: int
    source: int
    source_notifier: int
    """A semaphore; for the first stage an eventfd, because the supervisor's event loop writes its text."""
    target: int | None
    target_notifier: int | None
    settings: StageSettings
    role: Literal["initial", "replacement", "standby"] = "initial"
    """A replacement defers all warm-ups that are not needed at once. A standby waits, loaded, until it is needed."""
