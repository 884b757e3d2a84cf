"""The generator's decision which utterance to work on next: a pure function, without clock, rings or engines."""

import math
from collections.abc import Iterable
from typing import NamedTuple


class Candidate(NamedTuple):
    """One utterance in the generator. Times are seconds from now."""

    to_device: bool
    holds_device: bool
    """For the sound device, and begun, or able to begin. Later utterances for the device wait for its end."""
    has_work: bool
    """There is a segment, unfinished frames, or the end to send."""
    text_wait_s: float
    """Until the text may be cut without more of it; 0 or less: now."""
    lead_s: float
    """Speech that was computed and not played or read yet."""
    deadline_s: float
    """When the listener needs the next frames."""
    lookahead_s: float
    """Speech that may be computed ahead of the listener."""
    is_playing: bool
    """The listener has played or read something."""
    skipped: bool = False
    """The current sentence is to be skipped: nothing is computed, so the work is done at once."""


class Choice(NamedTuple):
    candidate: int | None
    """Index of the candidate to work on; None: there is nothing to do now."""
    sleep_s: float
    """Without a candidate: how long the stage may sleep if nothing notifies it."""


def pick(candidates: Iterable[Candidate], idle_s: float, recheck_s: float) -> Choice:
    """Choose the earliest deadline among the utterances that have work and a lead below their lookahead.

    candidates: in the order of their BEGIN slots; utterances for the device are computed one after the other.
    idle_s: the longest sleep. recheck_s: the shortest sleep while the device's clock uses up the lead.
    """
    best, earliest, device_held, sleep_s = None, math.inf, False, idle_s
    for index, each in enumerate(candidates):
        if each.to_device:
            if device_held:
                continue
            device_held = each.holds_device
        if not each.has_work:
            continue
        lead_s, deadline_s = (0.0, 0.0) if each.skipped else (each.lead_s, each.deadline_s)
        if each.text_wait_s > 0:
            sleep_s = min(sleep_s, each.text_wait_s)
        elif lead_s >= each.lookahead_s:
            if each.to_device and each.is_playing:  # a client notifies the stage when it has read; the device does not
                sleep_s = min(sleep_s, max(recheck_s, lead_s - each.lookahead_s))
        elif deadline_s < earliest:
            best, earliest = index, deadline_s
    return Choice(best, sleep_s)
