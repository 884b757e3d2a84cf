"""A playback core (workers/playback/playback.py) without device and ring: slots in a list, lanes in dictionaries."""

from collections.abc import Callable, Iterable

import msgspec
import numpy as np

from steadyvoice.ipc import slot as s
from steadyvoice.ipc.shared_state import Progress
from steadyvoice.ipc.slot import HEADER_BYTES, Slot
from steadyvoice.ipc.utterance_spec import RestartPoint, UtteranceSpec
from steadyvoice.workers.playback.fade import Samples
from steadyvoice.workers.playback.playback import Begun, Event, Finished, Playback, SegmentDone

OUTPUT = 3
SLOT_SAMPLES = 256
_SPEC = UtteranceSpec("engine", "voice", 1.0, 1.0, "device", 24000, 48000)


def begin(utterance: int, restart: RestartPoint | None = None) -> Slot:
    return _slot(s.BEGIN, utterance, payload=msgspec.msgpack.encode(msgspec.structs.replace(_SPEC, restart=restart)))


def pcm(utterance: int, samples: Samples, segment: int = 0, index: int = 0, sentence: int = 0) -> Slot:
    slot = _slot(s.PCM, utterance, segment, sentence, samples.tobytes())
    slot.words[s.COUNT], slot.words[s.INDEX] = len(samples), index
    return slot


def segment_end(utterance: int, segment: int, next_sentence: int, more_due: bool = True) -> Slot:
    slot = _slot(s.SEGMENT_END, utterance, segment, next_sentence)
    slot.words[s.COUNT] = more_due
    return slot


def end(utterance: int, segments: int) -> Slot:
    return _slot(s.END, utterance, segments)


def _slot(kind: int, utterance: int, segment: int = 0, sentence: int = 0, payload: bytes = b"") -> Slot:
    slot = Slot(memoryview(bytearray(HEADER_BYTES + 4 * SLOT_SAMPLES)), 0)
    words = slot.words
    words[s.KIND], words[s.UTTERANCE], words[s.LANE] = kind, utterance, utterance
    words[s.SEGMENT], words[s.SENTENCE], words[s.ROUTE] = segment, sentence, OUTPUT
    slot.put(payload)
    return slot


def utterance_slots(utterance: int, segments: Iterable[Samples]) -> list[Slot]:
    """A whole utterance; each segment is a sentence."""
    slots, count = [begin(utterance)], 0
    for segment, samples in enumerate(segments):
        starts = range(0, len(samples), SLOT_SAMPLES)
        slots += [pcm(utterance, samples[at : at + SLOT_SAMPLES], segment, at, segment) for at in starts]
        slots.append(segment_end(utterance, segment, segment + 1))
        count = segment + 1
    return [*slots, end(utterance, count)]


class Slots:
    """The slots that have arrived. Each has its index in ``slots``, as in a ring."""

    def __init__(self, slots: list[Slot], arrived: int | None = None) -> None:
        self.slots = slots
        for index, slot in enumerate(slots):
            slot.index = index
        self.waiting = list(slots)
        self.arrived = len(slots) if arrived is None else arrived
        """How many of the waiting slots can be read."""

    def peek(self) -> Slot | None:
        return self.waiting[0] if self.waiting and self.arrived else None

    def samples(self, slot: Slot) -> Samples:
        return np.frombuffer(slot.payload, np.float32)

    def release(self) -> None:
        assert self.arrived
        del self.waiting[0]
        self.arrived -= 1

    def remove(self, utterance: int) -> None:
        """The stages before the output drop what has not arrived of the utterance."""
        later = [slot for slot in self.waiting[self.arrived :] if slot.words[s.UTTERANCE] != utterance]
        self.waiting[self.arrived :] = later


class Lanes:
    """The shared state as the output stage reads it. An utterance's lane has the utterance's number."""

    def __init__(self, utterances: Iterable[int]) -> None:
        self.paused = False
        self.cancelled: set[int] = set()
        self.sentences: dict[int, int] = {}
        """By lane: sentences below this number are skipped."""
        self.published_progress: dict[int, Progress] = {}
        self.samples: dict[int, tuple[int, int]] = {}
        """By lane: samples consumed, and of these skipped."""
        self.on_read: Callable[[], None] = lambda: None
        """Called before each look at a lane: the supervisor may write at any time."""

    def live(self, lane: int) -> int:
        self.on_read()
        return 0 if lane in self.cancelled else lane

    def skip_before_sentence(self, lane: int) -> int:
        return self.sentences.get(lane, 0)

    def consumed(self, lane: int, utterance: int) -> int:
        return self.samples.get(lane, (0, 0))[0]

    def skipped_samples(self, lane: int, utterance: int) -> int:
        return self.samples.get(lane, (0, 0))[1]

    def progress(self, stage: int, lane: int, utterance: int) -> Progress | None:
        assert stage == OUTPUT
        return self.published_progress.get(lane)


class Unplayed:
    """Samples that a lost device did not play."""

    def __init__(self, samples: Samples | None = None) -> None:
        self.samples = np.empty(0, np.float32) if samples is None else samples

    def __len__(self) -> int:
        return len(self.samples)

    def fill(self, block: Samples) -> int:
        moved, self.samples = self.samples[: len(block)], self.samples[len(block) :]
        block[: len(moved)] = moved
        return len(moved)

    def fade_in(self, block: Samples) -> None: ...

    def clear(self) -> None:
        self.samples = self.samples[:0]


class Player:
    """A playback core with its surroundings. Events are published as the output stage publishes them."""

    def __init__(self, slots: list[Slot], arrived: int | None = None, unplayed: Samples | None = None) -> None:
        self.slots = Slots(slots, arrived)
        self.lanes = Lanes({slot.words[s.UTTERANCE] for slot in slots})
        self.unplayed = Unplayed(unplayed)
        self.events: list[Event] = []
        self.block = np.zeros(SLOT_SAMPLES, np.float32)
        self.playback = self.replacement()

    def replacement(self) -> Playback:
        """The core of a process that goes on where this one stands."""
        return Playback(OUTPUT, self.slots, self.lanes, self.unplayed, self.report)

    def report(self, event: Event) -> None:
        self.events.append(event)
        match event:
            case Begun(lane):
                self.lanes.published_progress[lane] = Progress(0, 0, False)
            case SegmentDone(lane, _, segments, samples):
                self.lanes.published_progress[lane] = Progress(segments, samples, False)
            case Finished(current):
                self.lanes.published_progress[current.lane] = Progress(current.segment, current.samples, True)

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    def fill(self, size: int) -> Samples:
        """The samples of a block of this size, without the silence."""
        block = self.block[:size]
        return block[: self.playback.fill(block)].copy()


def numbered(count: int, first: int = 1) -> Samples:
    return np.arange(first, first + count, dtype=np.float32)


def playing(*segments: int, played: int = 100) -> Player:
    """Utterance 1 with segments of this many samples, numbered from 1, of which the first ``played`` were played."""
    starts = np.cumsum([1, *segments])
    player = Player(utterance_slots(1, [numbered(n, int(at)) for n, at in zip(segments, starts, strict=False)]))
    at = 0
    while at < played:
        at += len(player.fill(min(50, played - at)))
    return player
