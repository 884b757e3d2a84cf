"""An utterance as the daemon sees it, from the request to its one ``finished``."""

import contextlib
import os
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from steadyvoice.daemon.pipeline import NAMES
from steadyvoice.ipc import ring, slot
from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.messages import Event, Finished, Priority, Reason
from steadyvoice.ipc.notifier import EventNotifier
from steadyvoice.ipc.shared_state import SharedState
from steadyvoice.ipc.stage_protocol import (
    CONVERTER_HELD_S,
    VOCODER_HELD_S,
    Ended,
    RestartPoint,
    SegmentStart,
    UtteranceSpec,
    Word,
)

_RUN: Final = 1 << 32


class Listener(Protocol):
    """Who asked for the utterance."""

    def send(self, event: Event, fds: tuple[int, ...] = ()) -> None: ...

    def holds_back(self, restart: Callable[[], None]) -> bool: ...


class ClientRing:
    """The daemon's hold on a ring between the converter and a client: it sees how far the client has read."""

    SLOT_SAMPLES = 1024
    """At the voice's rate; at another as many as last as long, so that there are as many slots."""

    def __init__(self, spec: UtteranceSpec, lookahead_s: float) -> None:
        held_s = VOCODER_HELD_S + (CONVERTER_HELD_S if spec.converter else 0.0)  # and given at once, in the end
        wanted = (lookahead_s + held_s + 2) * spec.voice_rate / self.SLOT_SAMPLES  # the last chunk may overshoot
        slots = 1 << max(6, int(wanted).bit_length())
        samples = -(-self.SLOT_SAMPLES * spec.sink_rate // spec.voice_rate)
        self.fd = ring.create("client", slots, samples * (4 if spec.sink_format == "f32" else 2))
        self.view = ring.Ring(self.fd)
        self.filled, self.taken = EventNotifier(), EventNotifier()

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, OSError):
            os.close(self.fd)


class Utterance:
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
        self.id = number
        self.run = number
        """What the stages know it by: another number each time that it is begun with."""
        self.listener: Listener | None = listener
        self.detach = detach
        self.priority: Priority = priority
        self.spec = spec
        self.origin_ns = origin_ns
        self._text: list[str] = []
        self.chars = 0
        self.closed = False
        """No more text will come."""
        self.slots: list[tuple[int, bytes]] = [(slot.BEGIN, msgspec.msgpack.encode(spec))]
        """For the text ring: kind and payload."""
        self.sent = 0
        """So many of them are in the ring."""
        self.restarted_at: RestartPoint | None = None
        """Where it went on when a stage had died the last time."""
        self.deaths: Counter[tuple[str | int, ...]] = Counter()
        """Of stages at it: by stage, part and index in the part, and by stage and part."""
        self.lane: int | None = None
        self.ring: ClientRing | None = None
        self.silenced: Reason | None = None
        """Why, where it is not to be heard any more."""
        self.inline = False
        """The ring's samples go to the listener in events."""
        self.over = False
        """``finished`` has been told."""
        self.fallback_voice = ""
        """The voice that goes on where the one that was asked for has failed."""
        self.ended: Ended | None = None
        self.parts: list[SegmentStart] = []
        """The segments that the generator has begun with."""
        self.words: list[Word] = []
        """What it has made, in order."""
        self.told = 0
        """So many of them have been marked."""
        self._timings: dict[str, float] = {}
        self._underruns = 0
        self._late: dict[str, float] = {}

    @property
    def to_device(self) -> bool:
        return self.spec.sink == "device"

    @property
    def may_begin(self) -> bool:
        """There is text, or there will be none."""
        return bool(self.chars) or self.closed

    def add_text(self, text: str) -> None:
        self.chars += len(text)
        self._text.append(text)
        self._send_text(text)

    def _send_text(self, text: str) -> None:
        data = text.encode()
        for at in range(0, len(data), 4096):
            self.slots.append((slot.TEXT, data[at : at + 4096]))

    def close_text(self) -> None:
        if not self.closed:
            self.closed = True
            self.slots.append((slot.END, b""))

    def take_back(self) -> None:
        """It will be begun with anew: nothing of it was heard."""
        self.run += _RUN
        self.sent = self.told = 0
        self.lane = None
        self.words, self.parts, self.restarted_at = [], [], None
        self._send_again()

    def go_on(self, restart: RestartPoint) -> None:
        """Send its text again, from the part on that is made anew."""
        self.restarted_at = restart
        self.sent = 0
        self._send_again(restart)

    def _send_again(self, restart: RestartPoint | None = None) -> None:
        spec = msgspec.structs.replace(self.spec, restart=restart)
        self.slots = [(slot.BEGIN, msgspec.msgpack.encode(spec))]
        self._send_text(self.text[restart.at if restart else 0 :])
        if self.closed:
            self.slots.append((slot.END, b""))

    @property
    def text(self) -> str:
        self._text = ["".join(self._text)]
        return self._text[0]

    def on_its_line(self, at: int) -> int:
        """How many characters before that one are on the same line of the text."""
        return at - self.text.rfind("\n", 0, at) - 1

    def add_part(self, part: SegmentStart) -> None:
        if part not in self.parts[part.number : part.number + 1]:  # made anew it is the same, and so are those after it
            self.parts[part.number :] = [part]

    def add_words(self, words: list[Word]) -> None:
        """Words that were made; those that are made anew are known."""
        end = self.words[-1].end if self.words else 0
        self.words += [word for word in words if word.start >= end]

    def position(self, shared: SharedState | None) -> int:
        """Samples that its listener has been given or, on the device, that were left out."""
        if self.ring is not None:
            return self.ring.view.position
        if self.ended is not None:
            return self.ended.samples
        return shared.consumed(self.lane, self.run) if shared is not None and self.lane is not None else 0

    def word_at(self, samples: int) -> Word | None:
        """The last word that has begun there."""
        at = bisect_right(self.words, samples, key=lambda word: word.begins)
        return self.words[at - 1] if at else None

    def heard_chars(self, samples: int) -> int:
        """Of the text, to the end of the last word that was heard whole."""
        at = bisect_right(self.words, samples, key=lambda word: word.ends)
        return self.words[at - 1].end if at else 0

    @property
    def has_started(self) -> bool:
        """Its first sample has reached the sound device, or its client's ring is there."""
        return "first_audio" in self._timings

    def add_times(self, point: str, times: list[int], now: int) -> bool:
        """Note when each stage had its ``point`` (first, last) block done; two words a stage. Only the first is noted:
        False where it is made anew.
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
        self._late[stage] = max(self._late.get(stage, 0.0), late_ms)

    def _ms(self, ns: int) -> float:
        return round((ns - self.origin_ns) / 1e6, 3)

    def finished(self, reason: Reason, shared: SharedState | None, code: Code | None, message: str) -> Finished:
        samples = self.position(shared)
        left_out = self.ended.skipped if self.ended is not None else 0
        return Finished(
            id=self.id,
            reason=reason,
            heard_chars=self.chars if reason == "done" else self.heard_chars(samples),
            duration_s=round((samples - left_out) / self.spec.sink_rate, 4),
            timings=self._timings,
            underruns=self._underruns,
            late=self._late,
            code=code,
            message=message,
            fallback_voice=self.fallback_voice,
        )
