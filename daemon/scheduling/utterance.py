"""An utterance in the daemon, from the request to its single ``finished`` event."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import msgspec

from steadyvoice.daemon.scheduling.client_ring import ClientRing
from steadyvoice.daemon.scheduling.text_queue import TextQueue
from steadyvoice.daemon.scheduling.timings import Timings
from steadyvoice.daemon.scheduling.word_timeline import WordTimeline
from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.messages import Event, Finished, Reason
from steadyvoice.ipc.requests import Priority
from steadyvoice.ipc.shared_state import SharedState
from steadyvoice.ipc.stage_protocol import Ended
from steadyvoice.ipc.utterance_spec import RestartPoint, UtteranceSpec

_RUN: Final = 1 << 32


class Listener(Protocol):
    """A client's connection, as scheduling uses it."""

    def send(self, event: Event, fds: tuple[int, ...] = ()) -> None: ...

    def has_backlog(self, on_sent: Callable[[], None]) -> bool:
        """Whether sent bytes still wait for the client's socket. If so, ``on_sent`` is called once they are sent."""


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
        lexicon: Mapping[str, str] | None = None,
        user: str = "",
        traceparent: str = "",
    ) -> None:
        """origin_ns: time of the request, on the monotonic clock. lexicon: of the request."""
        self.id = number
        self.run = number
        """Number of the utterance in the pipeline. It changes when the utterance is queued again."""
        self.listener: Listener | None = listener
        """None after the client has disconnected."""
        self.user = user
        """The person that the client asks for; empty if the client serves one only."""
        self.traceparent = traceparent
        """Trace context of the client."""
        self.detach = detach
        """The utterance continues after its client has disconnected."""
        self.priority: Priority = priority
        self.spec = spec
        self.origin_ns = origin_ns
        self.inline = False
        """PCM is sent in ``audio`` events instead of through shared memory."""
        self.text = TextQueue(spec, lexicon or {})
        self.timeline = WordTimeline()
        self.timings = Timings(origin_ns)
        self.lane: int | None = None
        """Set by the Scheduler; kept after the utterance has finished."""
        self.device_lane: int | None = None
        """Of the sound device, as ``lane``; None for a client."""
        self.ring: ClientRing | None = None
        """Set while a pcm utterance has a lane."""
        self.cancel_reason: Reason | None = None
        """Set when the utterance is to end early; its ``finished`` may follow later, after the fade-out."""
        self.cancelled_ns = 0
        """When it was to end early while it was being heard on the sound device, monotonic."""
        self.ended: Ended | None = None
        """The sink's report that it has the last sample."""
        self.is_finished = False
        """Set by the Scheduler when it decides the utterance's single ``finished``."""
        self.restarted_at: RestartPoint | None = None
        """Where generation restarted after the latest failure of a stage."""
        self.stage_deaths: Counter[tuple[str | int, ...]] = Counter()
        """Deaths of stages while they processed this utterance, by (stage, segment, block) and by (stage, segment)."""
        self.fallback_voice = ""
        """Name of the voice that replaced the requested one after a failure; empty if none did."""
        self.heard_samples: int | None = None
        """What the listener has heard, as its client has reported it; None: no report, all that the client took."""
        self.notes: list[str] = []
        """What of the SSML was not obeyed."""

    @property
    def to_device(self) -> bool:
        return self.spec.sink == "device"

    @property
    def models(self) -> frozenset[str]:
        """The engine, and the family of converters if there is one."""
        return frozenset(filter(None, (self.spec.engine, self.spec.family)))

    @property
    def chars(self) -> int:
        """Length of the text so far."""
        return self.text.chars

    @property
    def closed(self) -> bool:
        """No more text will be added."""
        return self.text.closed

    @property
    def can_begin(self) -> bool:
        """There is text to generate, or it is certain that there will be none."""
        return bool(self.text.chars) or self.text.closed

    def add_text(self, text: str) -> None:
        self.text.add(text)

    def close_text(self) -> None:
        self.text.close()

    def route(self, path: tuple[int, ...]) -> None:
        """Numbers of the stages that the utterance will pass through. Its text is sent from the beginning."""
        self.spec = msgspec.structs.replace(self.spec, path=path, device_lane=self.device_lane or 0)
        self.text.restart(self.spec)

    def requeue(self) -> None:
        """Forget what was generated: the utterance will begin again under another run number. None of it was heard."""
        self.run += _RUN
        self.lane = self.device_lane = None
        self.timeline = WordTimeline()
        self.restarted_at = None
        self.text.restart(self.spec)

    def replay_from(self, restart: RestartPoint) -> None:
        """Send the text again from the segment that has to be generated again."""
        self.restarted_at = restart
        segments = self.timeline.segments[restart.segment : restart.segment + 1] if restart.end else []
        pronounced = segments[0].pronounced if segments else None
        at = 0 if restart.ssml else restart.at
        self.text.restart(msgspec.structs.replace(self.spec, restart=restart), at, pronounced)

    def add_note(self, text: str) -> bool:
        """False where it is known."""
        is_new = text not in self.notes
        if is_new:
            self.notes.append(text)
        return is_new

    def position(self, shared: SharedState | None) -> int:
        """Samples, at the sink's rate, that the listener has taken or the device has played or skipped."""
        if self.ring is not None:
            return self.ring.view.position
        if self.ended is not None:
            return self.ended.samples
        return shared.consumed(self.lane, self.run) if shared is not None and self.lane is not None else 0

    def finished(self, reason: Reason, shared: SharedState | None, code: Code | None, message: str) -> Finished:
        """The ``finished`` event; code and message say why it failed."""
        samples = self.position(shared)
        heard = samples if self.heard_samples is None else min(self.heard_samples, samples)
        skipped = self.spec.from_sample + (self.ended.skipped if self.ended is not None else 0)
        return Finished(
            id=self.id,
            reason=reason,
            heard_chars=self.chars if reason == "done" else self.timeline.heard_chars(heard),
            duration_s=round(max(0, samples - skipped) / self.spec.sink_rate, 4),
            timings=self.timings.milliseconds,
            underruns=self.timings.underruns,
            late=self.timings.worst_late_ms,
            code=code,
            message=message,
            fallback_voice=self.fallback_voice,
            ssml="; ".join(self.notes),
            unread_languages=self.timeline.unread_languages,
        )
