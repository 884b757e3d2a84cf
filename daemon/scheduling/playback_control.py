"""What anybody may do with the sound device, whoever has asked for what plays: pause it, and leave a sentence out."""

from collections.abc import Callable

from steadyvoice.daemon.scheduling.marks import Marks
from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.daemon.supervision.supervisor import Supervisor


class PlaybackControl:
    def __init__(self, supervisor: Supervisor, marks: Marks, begun: Callable[[], list[Utterance]]) -> None:
        """begun: the device's utterances that the stages have, in their order, without those that were silenced."""
        self._supervisor, self._marks, self._begun = supervisor, marks, begun
        self.paused = False

    def pause(self, paused: bool) -> None:
        """Silent where it stands, or on from there. Also for stages that were made new."""
        self.paused = paused
        pipeline = self._supervisor.pipeline
        if pipeline is None:
            return
        pipeline.shared.pause(paused)
        pipeline.wake("output")
        for utterance in self._begun():
            self._marks.follow(utterance)

    def expect_sound(self) -> None:
        """Have the output open the device now: an utterance for it has been begun."""
        if (pipeline := self._supervisor.pipeline) is not None:
            pipeline.shared.expect_sound()
            pipeline.wake("output")

    @property
    def playing(self) -> Utterance | None:
        """The one on the device, or the next one to be there."""
        return next(iter(self._begun()), None)

    def skip_sentence(self, utterance: Utterance) -> int:
        """Go on with its next sentence; return how many of its characters were heard."""
        pipeline = self._supervisor.pipeline
        if pipeline is None or utterance.lane is None:
            return 0
        position = utterance.position(pipeline.shared)
        word = utterance.word_at(position)
        if word is not None:
            pipeline.shared.skip(utterance.lane, word.sentence + 1)
            pipeline.wake("generator", "output")
        return utterance.heard_chars(position)
