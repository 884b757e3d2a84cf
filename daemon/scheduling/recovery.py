"""Speech goes on where a stage has died: which part of an utterance is made anew, and who has to make it.

A part is a segment of the text; every stage but the output begins each one with nothing in its hand. The board says how
many a stage has handed on (Board.passed), the generator what they are made of (mail.Part). Of the utterance at hand the
stages up to the one that died make the part anew in which it died; those after it leave out what they have already
(Slot.known_rows), so that nothing is heard twice. What they have left to play is what covers the time.
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
from steadyvoice.ipc.shared_state import Board
from steadyvoice.ipc.slot import TIMED_STAGES
from steadyvoice.ipc.stage_protocol import ClientSink, Ended, FromStage, Part, Resume

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
            self._supervisor.stages["converter"].mail.send(sink, [ring.fd, ring.filled.fd])

    def died(self, stage: str, at_hand: tuple[int, int, int], reason: str) -> None:
        """The utterance whose block was at hand (StageWords.at_hand) fails if a stage has died at that block before."""
        run, part, index = at_hand
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
                    self._hand_over(utterance, utterance.ring, pipeline.board)
                if (place := resume(utterance, pipeline.board, stage)) is not None:
                    utterance.go_on(place)
            except LookupError as error:
                self._desk.fail(utterance, "stage_failed", f"stage {stage} was replaced, and {error}")
            except (ValueError, OverflowError):
                self._desk.fail(
                    utterance, "bad_message", "its client writes nonsense into the ring; see docs/protocol.md"
                )
        self._desk.admit()

    def _hand_over(self, utterance: Utterance, ring: ClientRing, board: Board) -> None:
        """The client's ring to the converter's successor; or the end, which the dead one has sent and not told of."""
        ring.view.fence_producer()
        self.send_ring(utterance, ring)
        passed = board.passed(NAMES.index("converter"), utterance.lane or 0, utterance.run)
        if passed is not None and passed.over:
            self._desk.hear(Ended(utterance.run, passed.rows, 0, [0] * 2 * TIMED_STAGES, time.monotonic_ns()))

    def stand_in(self, utterance: Utterance) -> bool:
        """Have another voice go on with the part at hand, if one is configured for that and has not failed too."""
        supervisor, wanted = self._supervisor, self._supervisor.config.stand_in
        voice = next((voice for voice in supervisor.voices if voice.name == wanted and voice.installed), None)
        pipeline = supervisor.pipeline
        if voice is None or pipeline is None or utterance.spec.voice == wanted or utterance.lane is None:
            return False
        try:
            place = resume(utterance, pipeline.board, "converter") or Resume(NAMES.index("converter"))
        except LookupError:
            return False
        seconds = place.rows / utterance.spec.sink_rate
        utterance.stand_in = wanted
        utterance.spec = msgspec.structs.replace(
            utterance.spec, engine=voice.engine, voice=wanted, voice_rate=voice.sample_rate
        )
        if utterance.ring is not None:
            self.send_ring(utterance, utterance.ring)
        utterance.go_on(msgspec.structs.replace(place, frames=0, seconds=seconds))
        self._desk.take_back_unheard()
        return True


def resume(utterance: Utterance, board: Board, name: str) -> Resume | None:
    """Where the utterance goes on after the stage of that name was replaced; None where nothing of it was lost.

    LookupError where that is not known.
    """
    assert utterance.lane is not None
    stage = NAMES.index(name)
    if stage == _OUTPUT or not (utterance.sent or utterance.resumed):
        return None  # the output's ring and the tape hold what it had; or no stage has heard of the utterance
    passed = board.passed(stage, utterance.lane, utterance.run)
    if (earlier := utterance.resumed) is not None and earlier.stage > stage:
        before = board.passed(earlier.stage, utterance.lane, utterance.run)
        if before is None or (before.parts <= earlier.part and not before.over):
            stage, passed = earlier.stage, before  # that one has not got yet what it lost
    if passed is not None and passed.over:
        return None
    if passed is None:
        return Resume(stage) if not stage else None  # its BEGIN is still in a ring, and comes to the successor
    at = _place(utterance, board, passed.parts)
    line = utterance.on_its_line(at.at)
    return Resume(
        stage, passed.parts, passed.rows, at.frames, at=at.at, line=line, end=at.end, more=at.more, sentence=at.sentence
    )


def _place(utterance: Utterance, board: Board, number: int) -> Part:
    """The part of that number as the generator has told it, or what is known of the one after the last it told."""
    parts = utterance.parts
    if number < len(parts):
        return parts[number]
    made = board.passed(0, utterance.lane or 0, utterance.run)
    if number > len(parts) or made is None or made.parts != number:
        raise LookupError(f"part {number} is not known")
    if not parts:
        return Part(utterance.run, 0, 0, 0, False, 0, 0)
    last = parts[-1]
    return Part(utterance.run, number, last.end, 0, False, last.sentence + (not last.more), made.rows)
