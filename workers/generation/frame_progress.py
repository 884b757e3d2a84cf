"""How much speech of an utterance was computed, how long that lasts, and when its listener needs more."""

from typing import Final

FIRST_AUDIO_DEADLINE_S: Final = 0.4
"""An utterance without sound precedes all utterances with a longer lead. A client reports what it has read after eight
slots, so that a lead may be up to 0.34 s too long."""


class SpeakingRate:
    """Seconds per spoken character of a voice at rate 1, learned from its segments, recent ones counting most."""

    def __init__(self) -> None:
        self._chars, self._seconds = 15.0, 1.0  # an ordinary speaking rate

    def seconds(self, chars: int) -> float:
        return chars * self._seconds / self._chars

    def learn(self, chars: int, seconds: float) -> None:
        self._chars, self._seconds = self._chars / 2 + chars, self._seconds / 2 + seconds


class FrameProgress:
    """Frames of one utterance, and pauses, which have no frames."""

    def __init__(self, frames: int, frame_s: float, silence_s: float = 0.0, given_s: float = 0.0) -> None:
        """frame_s: seconds per frame. given_s: seconds at the beginning that the listener has already."""
        self.frames = self.segment_start = frames
        """Frames so far, and those before the current segment."""
        self._frame_s, self._silence_s, self._given_s = frame_s, silence_s, given_s
        self._underrun_at = 0.0
        """When the listener's buffer will be empty at playback speed, monotonic seconds."""

    def add(self, frames: int, now: float) -> None:
        self.frames += frames
        self._made(frames * self._frame_s, now)

    def add_silence(self, seconds: float, now: float) -> None:
        self._silence_s += seconds
        self._made(seconds, now)

    def _made(self, seconds: float, now: float) -> None:
        to_hear = min(seconds, max(0.0, self.lead_s(self._given_s)))
        self._underrun_at = max(self._underrun_at, now) + to_hear

    @property
    def segment_frames(self) -> int:
        return self.frames - self.segment_start

    @property
    def precedes_listener(self) -> bool:
        """The listener has all that was made so far already: it waits for its first sound."""
        return self.lead_s(self._given_s) < 0

    @property
    def segment_s(self) -> float:
        return self.segment_frames * self._frame_s

    def lead_s(self, heard_s: float) -> float:
        """Seconds of speech and pauses beyond what was played or read."""
        return self.frames * self._frame_s + self._silence_s - heard_s

    def deadline_s(self, heard_s: float, now: float) -> float:
        """Seconds until the listener needs more. A client that reads faster than playback is not served earlier."""
        return max(self.lead_s(heard_s), self._underrun_at - now)
