"""When the frames of a segment are computed together with those of other utterances, where the engine can do that.

Frames that are computed together are rounded differently. So a segment that is computed again after a crash changes at
the same frame as before, or not at all.
"""

from collections.abc import Callable, Iterable, Iterator

from steadyvoice.workers.engines.abilities import Batched
from steadyvoice.workers.engines.engine import Frames, Generator, Word
from steadyvoice.workers.generation.frame_progress import FIRST_AUDIO_DEADLINE_S
from steadyvoice.workers.generation.pick import Candidate

Joins = Callable[[int], bool]
"""Whether the segment is batched from this frame on; see `Batched.generate_batched`."""


def never(_frame: int) -> bool:
    return False


def as_before(batched: int) -> Joins:
    """batched: see `SegmentStart`."""
    return lambda frame: 0 <= batched <= frame


def generate(
    generator: Generator, text: str, voice: str, rate: float, joins: Joins, *, more: bool
) -> Iterator[Frames | Word]:
    if isinstance(generator, Batched) and generator.batch_from():
        return generator.generate_batched(text, voice, rate, more=more, joins=joins)
    return generator.generate(text, voice, rate, more=more)


def pays(generator: Generator, made_s: float, candidates: Iterable[Candidate]) -> bool:
    """made_s: seconds of the utterance so far. Its first sound comes sooner without a batch: the steps are shorter.

    candidates: the utterances of the voice. Of those for the device, one is computed at a time.
    """
    if made_s < FIRST_AUDIO_DEADLINE_S:
        return False
    to_device = [each.to_device for each in candidates if _is_due(each)]
    competing = to_device.count(False) + any(to_device)
    return isinstance(generator, Batched) and 0 < generator.batch_from() <= competing


def _is_due(candidate: Candidate) -> bool:
    is_short = candidate.lead_s < candidate.lookahead_s
    return candidate.has_work and candidate.text_wait_s <= 0 and is_short and not candidate.skipped
