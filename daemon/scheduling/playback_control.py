"""Pause and skip on the sound device. Any client may use them for any utterance."""

from collections.abc import Callable

from steadyvoice.daemon.scheduling.marks import Marks
from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.daemon.supervision.supervisor import Supervisor


class PlaybackControl:
    def __init__(self, supervisor: Supervisor, marks: Marks, on_device: Callable[[], list[Utterance]]) -> None:
        """on_device: returns the device's utterances that have a lane and were not cancelled, in playback order."""
        self._supervisor, self._marks, self._on_device = supervisor, marks, on_device
        self.paused = False

    def pause(self, paused: bool) -> None:
        """Pause or resume playback. The state also applies to stages that are started later."""
        self.paused = paused
        pipeline = self._supervisor.pipeline
        if pipeline is None:
            return
        pipeline.shared.pause(paused)
        pipeline.wake(pipeline.topology.output.number)
        for utterance in self._on_device():
            self._marks.follow(utterance)

    def expect_sound(self) -> None:
        """Have the output open the device while the first samples of an utterance are generated."""
        if (pipeline := self._supervisor.pipeline) is not None:
            pipeline.shared.expect_sound()
            pipeline.wake(pipeline.topology.output.number)

    @property
    def playing(self) -> Utterance | None:
        """The utterance on the device, or the next one to be there."""
        return next(iter(self._on_device()), None)

    def skip_sentence(self, utterance: Utterance) -> int:
        """Continue with the utterance's next sentence; return how many of its characters were heard."""
        pipeline = self._supervisor.pipeline
        if pipeline is None or utterance.lane is None:
            return 0
        position = utterance.position(pipeline.shared)
        word = utterance.timeline.word_at(position)
        if word is not None:
            pipeline.shared.set_skip_before_sentence(utterance.lane, word.sentence + 1)
            pipeline.wake(utterance.spec.path[0], utterance.spec.path[-1])
        return utterance.timeline.heard_chars(position)
