"""Speech goes on where a stage has died: which part of an utterance is made anew, and who has to make it.

A part is a segment of the text; every stage but the output begins each one with nothing in its hand. The board says how
many a stage has handed on (Board.passed), the generator what they are made of (mail.Part). Of the utterance at hand the
stages up to the one that died make the part anew in which it died; those after it leave out what they have already
(Slot.already_delivered), so that nothing is heard twice. What they have left to play is what covers the time.
"""

import contextlib
import time
from typing import Final, Protocol

import msgspec

from steadyvoice.daemon.pipeline import NAMES
from steadyvoice.daemon.scheduling import poison_block
from steadyvoice.daemon.scheduling.utterance import ClientRing, Utterance
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.shared_state import SharedState
from steadyvoice.ipc.slot import TIMED_STAGES
from steadyvoice.ipc.stage_protocol import ClientSink, Ended, FromStage, RestartPoint, SegmentStart

_OUTPUT: Final = NAMES.index("output")

_DEATHS: Final = 2
_DEATHS_IN_PART: Final = 4
"""Of a stage in the same part of an utterance, where no two were at the same block."""


class Desk(Protocol):
    """Who has the utterances."""

    on_lane: dict[int, Utterance]

    def admit(self) -> None: ...
    def fail(self, utterance: Utterance, code: Code, message: str) -> None: ...
    def hear(self, message: FromStage) -> None: ...
    def take_back_unheard(self) -> None: ...


class Recovery:
    """What the desk's utterances need when a stage has died, and when its successor is there."""

    def __init__(self, supervisor: Supervisor, desk: Desk) -> None:
        self._supervisor, self._desk = supervisor, desk

    def send_ring(self, utterance: Utterance, ring: ClientRing) -> None:
        """Give the converter its end of a client's ring."""
        sink = ClientSink(utterance.run, utterance.lane or 0)
        with contextlib.suppress(OSError, KeyError):  # it is dead: its successor is sent all of them
            self._supervisor.stages["converter"].channel.send(sink, [ring.fd, ring.filled.fd])

    def died(self, stage: str, current_block: tuple[int, int, int], reason: str) -> None:
        """The utterance whose block was current (StageState) fails if a stage has died at that block before."""
        run, part, index = current_block
        utterance = self._desk.on_lane.get(run)
        if utterance is None:
            return
        deaths = utterance.deaths
        deaths.update([(stage, part, index), (stage, part)])
        if deaths[stage, part, index] >= _DEATHS or deaths[stage, part] >= _DEATHS_IN_PART:
            kept = poison_block.keep(stage, utterance, self._supervisor.pipeline)
            self._desk.fail(utterance, "stage_failed", f"{reason}, twice at the same block; {kept}")

    def redo(self, stage: str) -> None:
        """Have what the stage's successor lacks sent again."""
        pipeline = self._supervisor.pipeline
        assert pipeline is not None
        self._supervisor.catch_up("generator")
        if stage != "output":
            self._desk.take_back_unheard()
        for utterance in list(self._desk.on_lane.values()):
            if utterance.over or utterance.lane is None:
                continue
            try:
                if stage == "converter" and utterance.ring is not None and utterance.ended is None:
                    self._hand_over(utterance, utterance.ring, pipeline.shared)
                if (place := restart_point(utterance, pipeline.shared, stage)) is not None:
                    utterance.go_on(place)
            except LookupError as error:
                self._desk.fail(utterance, "stage_failed", f"stage {stage} was replaced, and {error}")
            except (ValueError, OverflowError):
                self._desk.fail(
                    utterance, "bad_message", "its client writes nonsense into the ring; see docs/protocol.md"
                )
        self._desk.admit()

    def _hand_over(self, utterance: Utterance, ring: ClientRing, shared: SharedState) -> None:
        """The client's ring to the converter's successor; or the end, which the dead one has sent and not told of."""
        ring.view.fence_producer()
        self.send_ring(utterance, ring)
        progress = shared.progress(NAMES.index("converter"), utterance.lane or 0, utterance.run)
        if progress is not None and progress.over:
            self._desk.hear(Ended(utterance.run, progress.rows, 0, [0] * 2 * TIMED_STAGES, time.monotonic_ns()))

    def fallback_voice(self, utterance: Utterance) -> bool:
        """Have another voice go on with the part at hand, if one is configured for that and has not failed too."""
        supervisor, wanted = self._supervisor, self._supervisor.config.fallback_voice
        voice = next((voice for voice in supervisor.voices if voice.name == wanted and voice.installed), None)
        pipeline = supervisor.pipeline
        if voice is None or pipeline is None or utterance.spec.voice == wanted or utterance.lane is None:
            return False
        try:
            place = restart_point(utterance, pipeline.shared, "converter") or RestartPoint(NAMES.index("converter"))
        except LookupError:
            return False
        seconds = place.rows / utterance.spec.sink_rate
        utterance.fallback_voice = wanted
        utterance.spec = msgspec.structs.replace(
            utterance.spec, engine=voice.engine, voice=wanted, voice_rate=voice.sample_rate
        )
        if utterance.ring is not None:
            self.send_ring(utterance, utterance.ring)
        utterance.go_on(msgspec.structs.replace(place, frames=0, seconds=seconds))
        self._desk.take_back_unheard()
        return True


def restart_point(utterance: Utterance, shared: SharedState, name: str) -> RestartPoint | None:
    """Where the utterance goes on after the stage of that name was replaced; None where nothing of it was lost.

    LookupError where that is not known.
    """
    assert utterance.lane is not None
    stage = NAMES.index(name)
    if stage == _OUTPUT or not (utterance.sent or utterance.restarted_at):
        return None  # the output's ring and the tape hold what it had; or no stage has heard of the utterance
    progress = shared.progress(stage, utterance.lane, utterance.run)
    if (earlier := utterance.restarted_at) is not None and earlier.stage > stage:
        before = shared.progress(earlier.stage, utterance.lane, utterance.run)
        if before is None or (before.parts <= earlier.part and not before.over):
            stage, progress = earlier.stage, before  # that one has not got yet what it lost
    if progress is not None and progress.over:
        return None
    if progress is None:
        return RestartPoint(stage) if not stage else None  # its BEGIN is still in a ring, and comes to the successor
    at = _place(utterance, shared, progress.parts)
    line = utterance.on_its_line(at.at)
    return RestartPoint(
        stage,
        progress.parts,
        progress.rows,
        at.frames,
        at=at.at,
        line=line,
        end=at.end,
        more=at.more,
        sentence=at.sentence,
    )


def _place(utterance: Utterance, shared: SharedState, number: int) -> SegmentStart:
    """The part of that number as the generator has told it, or what is known of the one after the last it told."""
    parts = utterance.parts
    if number < len(parts):
        return parts[number]
    made = shared.progress(0, utterance.lane or 0, utterance.run)
    if number > len(parts) or made is None or made.parts != number:
        raise LookupError(f"part {number} is not known")
    if not parts:
        return SegmentStart(utterance.run, 0, 0, 0, False, 0, 0)
    last = parts[-1]
    return SegmentStart(utterance.run, number, last.end, 0, False, last.sentence + (not last.more), made.rows)
