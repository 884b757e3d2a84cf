"""Speech goes on where a stage has died: which part of an utterance is made anew, and who has to make it.

A part is a segment of the text; every stage but the output begins each one with nothing in its hand. The board says how
many a stage has handed on (Board.passed), the generator what they are made of (mail.Part). Of the utterance at hand the
stages up to the one that died make the part anew in which it died; those after it leave out what they have already
(Slot.known_rows), so that nothing is heard twice. What they have left to play is what covers the time.
"""

from typing import Final

from steadyvoice.daemon.pipeline import NAMES
from steadyvoice.daemon.utterance import Utterance
from steadyvoice.ipc.board import Board
from steadyvoice.ipc.mail import Part, Resume

_OUTPUT: Final = NAMES.index("output")


def resume(utterance: Utterance, board: Board, name: str) -> Resume | None:
    """Where the utterance goes on after the stage of that name was replaced; None where nothing of it was lost.

    LookupError where that is not known.
    """
    assert utterance.lane is not None
    stage = NAMES.index(name)
    if stage == _OUTPUT or not (utterance.sent or utterance.resumed):
        return None  # the output's ring and the tape hold what it had; or no stage has heard of the utterance
    passed = board.passed(stage, utterance.lane, utterance.run)
    if passed is not None and passed.over:
        return None
    if (earlier := utterance.resumed) is not None and earlier.stage > stage:
        before = board.passed(earlier.stage, utterance.lane, utterance.run)
        if before is None or (before.parts <= earlier.part and not before.over):
            stage, passed = earlier.stage, before  # that one has not got yet what it lost
    if passed is None:
        return Resume(stage) if not stage else None  # its BEGIN is still in a ring, and comes to the successor
    at = _place(utterance, board, passed.parts)
    return Resume(
        stage,
        passed.parts,
        passed.rows,
        at.frames,
        at.at,
        utterance.on_its_line(at.at),
        at.end,
        at.more,
        at.sentence,
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
