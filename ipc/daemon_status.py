"""Types of the daemon's status: the reply to ``status``, ``Client.status`` and ``svctl status --json``.

The keys are a contract; docs/protocol.md gives their meaning. A daemon of another version may lack some or have more.
"""

from typing import Literal, TypedDict


class StartedBy(TypedDict):
    by: Literal["svctl", "systemd", ""]
    """Empty: a user or another program ran ``svd``."""
    unit: str
    scope: Literal["user", "system", ""]


class Limits(TypedDict):
    text_chars: int
    streams: int


class LeftOut(TypedDict):
    """An engine, voice, converter, folder or cache that cannot be used."""

    what: str
    reason: str


class Refused(TypedDict):
    """A system call that the daemon or a stage works without."""

    call: str
    why: str
    """Name of the errno, such as EPERM."""
    effect: str


class Late(TypedDict):
    underruns: int
    worst_ms: float


class StageStatus(TypedDict):
    name: str
    """generator, flow, vocoder, converter, output or input."""
    engine: str
    """Of a generator, a flow and a vocoder."""
    family: str
    """Of a converter that runs models; live: of the converter of live sound."""
    pid: int
    """0: no process."""
    state: str
    """starting, ready, busy or failed."""
    restarts: int
    cpus: list[int]
    policy: str
    """fifo or other; empty: not known yet."""
    priority: int
    locked: bool
    blocks: int
    busy_s: float
    rss_bytes: int
    standby: int
    """Pid; 0: none."""
    longest_ms: float
    """The longest of the last blocks; it decays by 1/16 with each block."""
    heartbeat_age_s: float
    """Since the stage has published a heartbeat; 0 before the first one."""
    held_s: float
    """So long the stage is not replaced for hanging (``svctl hold``); 0: it is not held."""


class RingStatus(TypedDict):
    name: str
    """The stage that reads it, with its engine or family."""
    source: str
    """The stage that writes it; svd: the daemon."""
    slots: int
    fill: int


class ModelStatus(TypedDict):
    """As messages.ModelInfo."""

    name: str
    state: str
    bytes: int
    since: float
    users: int
    pinned: bool


class UtteranceCounts(TypedDict):
    active: int
    queued: int
    finished: int
    cancelled: int
    failed: int
    ssml_errors: int
    """Utterances that were no valid SSML, and were spoken without tags."""


class QueueEntry(TypedDict):
    """An utterance that is spoken or waits."""

    id: int
    client: int
    """Pid of its client; 0: the client has disconnected, or its pid is not known."""
    sink: str
    """device or pcm."""
    voice: str
    state: str
    """waiting, begun (nothing was heard yet), playing, paused or ending (cancelled, until it is silent)."""
    chars: int
    heard_chars: int
    ahead_s: float
    """Seconds of speech that are made and not heard yet: in a client's ring, in whole slots; for the device at playback
    speed, 0 while it is paused."""
    first_audio_ms: float
    """From the request to the first sample at the sink; 0: none yet."""


class AudioStatus(TypedDict):
    device: str
    """Empty: none is open, and ``problem`` is the reason."""
    rate: int
    channels: int
    format: str
    block: int
    latency_ms: float
    problem: str
    paused: bool


class PluginStatus(TypedDict):
    name: str
    parameters: dict[str, bool | int | float | str]
    latency_ms: float
    p50_us: float
    """Microseconds for a block, as the next two."""
    p99_us: float
    budget_us: float
    problem: str
    """Why the sound passes it by; empty while it is used."""


class LiveLevels(TypedDict):
    """Peaks of the last second, relative to full scale."""

    input: float
    output: float


class LiveLatency(TypedDict):
    total: float
    """From the capture of a sample until it is heard."""
    plugins: float
    """Of that, the plugins' own."""


class LiveStatus(TypedDict):
    """A live session."""

    id: int
    source: str
    sink: str
    """device or pcm."""
    device: str
    """Name of the source."""
    rate: int
    channels: int
    problem: str
    ppm: float
    """By which the source's clock is faster than the sound device's."""
    ppm_deviation: float
    """Standard deviation over the last minute."""
    resampled: bool
    """False: samples are copied, bit for bit."""
    corrections: int
    """Times at which samples were left out or put in because the clocks had come apart."""
    slips: int
    """Times at which the source lost or inserted less than a block without knowing it."""
    overflows: int
    level_db: LiveLevels
    dry: bool
    """The plugins are late, and the source's own samples are played."""
    times_dry: int
    lost: int
    """Samples left out, as they were too late."""
    inserted: int
    """Samples of silence, as the source was late."""
    underruns: int
    latency_ms: LiveLatency
    through: list[PluginStatus]


class ListeningStatus(TypedDict):
    mode: str
    """off, duck, pause or cancel."""
    speech: bool
    """The user is speaking."""
    problem: str
    """Why nobody listens, although it is configured."""


class TracesStatus(TypedDict):
    kept: int
    """Traces that were written to a file after an underrun or a stage's death, since the daemon's start."""
    last: str
    """Path of the latest; empty: none."""
    exported: int
    """Traces that the collector of ``[trace]`` has taken."""
    dropped: int
    """Traces that it has not."""
    problem: str
    """Why the last trace was not kept, or not taken; empty: it was."""


class DaemonStatus(TypedDict):
    version: str
    pid: int
    started_by: StartedBy
    ready: bool
    problem: str
    limits: Limits
    left_out: list[LeftOut]
    refused: list[Refused]
    uptime_s: float
    voice: str
    underruns: int
    late: dict[str, Late]
    """By stage."""
    stages: list[StageStatus]
    rings: list[RingStatus]
    models: list[ModelStatus]
    utterances: UtteranceCounts
    queue: list[QueueEntry]
    """The first 64 of the utterances that are spoken or wait."""
    audio: AudioStatus
    live: list[LiveStatus]
    listening: ListeningStatus
    traces: TracesStatus
