"""An utterance in the daemon, from the request to its single ``finished`` event."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from steadyvoice.daemon.pipeline import NAMES
from steadyvoice.daemon.scheduling.client_ring import ClientRing
from steadyvoice.ipc import slot
from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.messages import Event, Finished, Priority, Reason
from steadyvoice.ipc.shared_state import SharedState
from steadyvoice.ipc.stage_protocol import Ended, RestartPoint, SegmentStart, UtteranceSpec, Word

_RUN: Final = 1 << 32


class Listener(Protocol):
    """A client's connection, as scheduling uses it."""

    def send(self, event: Event, fds: tuple[int, ...] = ()) -> None: ...

    def holds_back(self, resume: Callable[[], None]) -> bool:
        """Whether sent bytes still wait for the client's socket. If so, ``resume`` is called once they are written."""


class Utterance:
    """What was requested, the text still to be sent to the generator, and what the stages have reported."""

    def __init__(
        self,
        number: int,
        listener: Listener,
        spec: UtteranceSpec,
        origin_ns: int,
        *,
        detach: bool = False,
        priority: Priority = "message",
    ) -> None:
        """origin_ns: time of the request, on the monotonic clock."""
        self.id = number
        self.run = number
        """Number of the utterance in the pipeline. It changes when the utterance is queued again."""
        self.listener: Listener | None = listener
        """None after the client has disconnected."""
        self.detach = detach
        """The utterance continues after its client has disconnected."""
        self.priority: Priority = priority
        self.spec = spec
        self.origin_ns = origin_ns
        self._text: list[str] = []
        self.chars = 0
        """Length of the text so far."""
        self.closed = False
        """No more text will be added."""
        self.slots: list[tuple[int, bytes]] = [(slot.BEGIN, msgspec.msgpack.encode(spec))]
        """Slots for the text ring: kind and payload."""
        self.slots_sent = 0
        """Number of these slots that are in the ring already."""
        self.restarted_at: RestartPoint | None = None
        """Where generation restarted after the latest failure of a stage."""
        self.stage_deaths: Counter[tuple[str | int, ...]] = Counter()
        """Deaths of stages while they processed this utterance, by (stage, segment, block) and by (stage, segment)."""
        self.lane: int | None = None
        """Set by the Scheduler; kept after the utterance has finished."""
        self.ring: ClientRing | None = None
        """Set while a pcm utterance has a lane."""
        self.cancel_reason: Reason | None = None
        """Set when the utterance is to end early; its ``finished`` may follow later, after the fade-out."""
        self.inline = False
        """PCM is sent in ``audio`` events instead of through shared memory."""
        self.is_finished = False
        """Set by the Scheduler when it decides the utterance's single ``finished``."""
        self.fallback_voice = ""
        """Name of the voice that replaced the requested one after a failure; empty if none did."""
        self.ended: Ended | None = None
        """The sink's report that it has the last sample."""
        self.segments: list[SegmentStart] = []
        """Segments that the generator has begun, by number."""
        self.words: list[Word] = []
        """Words that were generated, in order."""
        self.words_marked = 0
        """Number of these words for which a ``mark`` event was published."""
        self._timings: dict[str, float] = {}
        self._underruns = 0
        self._worst_late_ms: dict[str, float] = {}
        """By stage."""

    @property
    def to_device(self) -> bool:
        return self.spec.sink == "device"

    @property
    def can_begin(self) -> bool:
        """There is text to generate, or it is certain that there will be none."""
        return bool(self.chars) or self.closed

    def add_text(self, text: str) -> None:
        self.chars += len(text)
        self._text.append(text)
        self._add_text_slots(text)

    def _add_text_slots(self, text: str) -> None:
        data = text.encode()
        for at in range(0, len(data), 4096):
            self.slots.append((slot.TEXT, data[at : at + 4096]))

    def close_text(self) -> None:
        if not self.closed:
            self.closed = True
            self.slots.append((slot.END, b""))

    def requeue(self) -> None:
        """Forget what was generated: the utterance will begin again under another run number. None of it was heard."""
        self.run += _RUN
        self.lane = None
        self.words, self.segments, self.restarted_at = [], [], None
        self.words_marked = 0
        self._resend(None)

    def replay_from(self, restart: RestartPoint) -> None:
        """Send the text again from the segment that has to be generated again."""
        self.restarted_at = restart
        self._resend(restart)

    def _resend(self, restart: RestartPoint | None) -> None:
        spec = msgspec.structs.replace(self.spec, restart=restart)
        self.slots = [(slot.BEGIN, msgspec.msgpack.encode(spec))]
        self.slots_sent = 0
        self._add_text_slots(self.text[restart.at if restart else 0 :])
        if self.closed:
            self.slots.append((slot.END, b""))

    @property
    def text(self) -> str:
        self._text = ["".join(self._text)]
        return self._text[0]

    def column(self, at: int) -> int:
        """Number of characters between the start of the line and character ``at`` of the text."""
        return at - self.text.rfind("\n", 0, at) - 1

    def add_segment(self, segment: SegmentStart) -> None:
        """A segment generated again is the same if all its text was known; if it differs, later ones are invalid."""
        if segment not in self.segments[segment.number : segment.number + 1]:
            self.segments[segment.number :] = [segment]

    def add_words(self, words: list[Word]) -> None:
        """Add generated words; ignore words of a segment that was generated again."""
        end = self.words[-1].end if self.words else 0
        self.words += [word for word in words if word.start >= end]

    def position(self, shared: SharedState | None) -> int:
        """Samples, at the sink's rate, that the listener has taken or the device has played or skipped."""
        if self.ring is not None:
            return self.ring.view.position
        if self.ended is not None:
            return self.ended.samples
        return shared.consumed(self.lane, self.run) if shared is not None and self.lane is not None else 0

    def word_at(self, samples: int) -> Word | None:
        """The last word that begins at or before this position."""
        at = bisect_right(self.words, samples, key=lambda word: word.begins)
        return self.words[at - 1] if at else None

    def heard_chars(self, samples: int) -> int:
        """Characters of the text up to the end of the last word that ends at or before this position."""
        at = bisect_right(self.words, samples, key=lambda word: word.ends)
        return self.words[at - 1].end if at else 0

    @property
    def has_started(self) -> bool:
        """The sink has received the first sample."""
        return "first_audio" in self._timings

    def add_times(self, point: str, times: list[int], now: int) -> bool:
        """Record when each stage had finished its first or last block.

        point: ``first`` or ``last``. times: two per stage (slot.TIMES). False if the first block was recorded already,
        because its segment was generated again.
        """
        if point == "first" and self.has_started:
            return False
        if point == "first":
            self._timings["first_audio"] = self._ms(now)
        for name, finished in zip(NAMES, times[1::2], strict=True):
            if finished:
                self._timings[f"{name}.{point}"] = self._ms(finished)
        return True

    def add_underrun(self, stage: str, late_ms: float) -> None:
        self._underruns += 1
        self._worst_late_ms[stage] = max(self._worst_late_ms.get(stage, 0.0), late_ms)

    def _ms(self, ns: int) -> float:
        return round((ns - self.origin_ns) / 1e6, 3)

    def finished(self, reason: Reason, shared: SharedState | None, code: Code | None, message: str) -> Finished:
        """The ``finished`` event; code and message say why it failed."""
        samples = self.position(shared)
        skipped = self.ended.skipped if self.ended is not None else 0
        return Finished(
            id=self.id,
            reason=reason,
            heard_chars=self.chars if reason == "done" else self.heard_chars(samples),
            duration_s=round((samples - skipped) / self.spec.sink_rate, 4),
            timings=self._timings,
            underruns=self._underruns,
            late=self._worst_late_ms,
            code=code,
            message=message,
            fallback_voice=self.fallback_voice,
        )
