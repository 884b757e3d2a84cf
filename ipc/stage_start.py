"""First messages to the forkserver and to a stage: what to load, and the stage's place in the pipeline."""

from collections.abc import Container
from typing import Literal

import msgspec

from steadyvoice.ipc.listening import Listen

Role = Literal["initial", "background", "replacement", "standby"]
"""What a process of a stage is started for. background: as initial, but it loads at idle priority, because others may
speak. A replacement defers all warm-ups that are not needed at once. A standby waits, loaded, until it is needed."""


class StageSettings(msgspec.Struct, frozen=True):
    """A stage's share of the configuration."""

    engines: list[str]
    """Of a generator and a vocoder, one; of the catalogue, all that are configured."""
    families: list[str]
    """Of a converter; of the catalogue, all that are configured."""
    device: str
    block: int
    latency_ms: float
    device_timeout_s: float
    lookahead_s: float
    incomplete_sentence_timeout_s: float
    cpus: list[int]
    priority: int
    """SCHED_FIFO priority; 0: the ordinary scheduler."""
    first_audio_priority: int = 0
    """SCHED_FIFO priority of a generator while it computes the first frames of an utterance; 0: none."""
    memory_mib: int = 0
    """Limit of the stage's own memory; 0: no limit."""
    threads: int = 1
    """Of the library that computes models."""
    model_device: str = "auto"
    """auto, cpu or cuda:N."""
    loading_cpus: tuple[int, ...] = ()
    """Cores on which a process with role background loads."""
    shared_cpus: tuple[int, ...] = ()
    """Cores of other stages that this stage's models may use while those stages are idle."""
    languages: dict[str, str] = {}
    """Of a generator: Config.languages."""
    listen: Listen = Listen()
    """Of the listen stage: Config.listen."""
    label: str = ""
    """Of the stage, for people: its name, with its engine or family."""
    left_out: tuple[str, ...] = ()
    """Names as in `Loading.what` that the stage must not load: an earlier process ended or hung while loading them."""
    voice: str = ""
    """The configured one, when the process starts: of an engine that loads on demand, it is there from the start."""


class Preload(msgspec.Struct, frozen=True):
    """First message to the forkserver: the code that its stages will need. The forkserver answers 0 when loaded."""

    stages: tuple[str, ...]
    engines: tuple[str, ...]
    families: tuple[str, ...]
    models: tuple[str, ...] = ()
    """Engines and families with models that are loaded from the start."""
    voices: tuple[str, ...] = ()
    """The models of these voices' engines are loaded from the start, too."""
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
    """Of the sound device, or LIVE_DEVICE_LANE (live_protocol.py); 0 for all other links."""
    ring: int
    """Descriptor, as the next field."""
    notifier: int
    """Wakes the other end: a semaphore; an eventfd where that is the supervisor's event loop."""


class Links(msgspec.Struct, frozen=True):
    """Rings of a stage. The descriptors come with the message."""

    sources: list[Link]
    """That it reads."""
    targets: list[Link]
    """That it writes."""

    @property
    def descriptors(self) -> list[int]:
        """In the order of ``with_descriptors``."""
        return [fd for link in (*self.sources, *self.targets) for fd in (link.ring, link.notifier)]

    def with_descriptors(self, fds: list[int]) -> "Links":
        """The same with the receiver's own descriptors."""
        pairs = zip((*self.sources, *self.targets), fds[::2], fds[1::2], strict=True)
        links = [msgspec.structs.replace(link, ring=ring, notifier=notifier) for link, ring, notifier in pairs]
        return Links(links[: len(self.sources)], links[len(self.sources) :])

    def to_stages(self, numbers: Container[int | None]) -> "Links":
        """Those with such a stage at the other end."""
        return Links(*([link for link in links if link.stage in numbers] for links in (self.sources, self.targets)))


class Assignment(msgspec.Struct, frozen=True):
    """First message to a stage: its place in the topology. The descriptors come with the message."""

    name: str
    number: int
    """Of the stage, in shared state and in the paths of utterances."""
    shared: int
    playback: int
    """Of the playback history, which the output writes."""
    capture: int
    """Of the capture history, which the input writes."""
    metrics: int
    """Of the block in which each stage counts what it does (stage_metrics.py)."""
    recorder: int
    """Of the flight recorder, which the output writes."""
    notifier: int
    links: Links
    settings: StageSettings
    role: Role = "initial"

    @property
    def descriptors(self) -> list[int]:
        """All of them, in the order of ``with_descriptors``."""
        own = [self.shared, self.playback, self.capture, self.metrics, self.recorder, self.notifier]
        return [*own, *self.links.descriptors]

    def with_descriptors(self, fds: list[int]) -> "Assignment":
        """The same with the receiver's own descriptors."""
        shared, playback, capture, metrics, recorder, notifier, *rest = fds
        links = self.links.with_descriptors(rest)
        return msgspec.structs.replace(
            self,
            shared=shared,
            playback=playback,
            capture=capture,
            metrics=metrics,
            recorder=recorder,
            notifier=notifier,
            links=links,
        )
