"""A key or a few characters: one segment, with white space and control characters, whatever they are."""

from steadyvoice.ipc.reading_mode import ReadingMode
from steadyvoice.ipc.utterance_spec import RestartPoint
from steadyvoice.workers.generation.segment import Segment
from steadyvoice.workers.generation.text_feed import TextFeed


class WholeText(TextFeed):
    """Like TextFeed, but the text is not cut, nor its white space folded."""

    def __init__(self, restart: RestartPoint | None, mode: ReadingMode) -> None:
        super().__init__(restart, mode)
        self._at = restart.at if restart else 0
        self._text = ""
        self._closed = False

    def feed(self, data: bytes, now: float) -> None:
        self._arrived(now)
        self._text += self._decoder.decode(data)

    def close(self, now: float) -> None:
        self._arrived(now)
        self._closed = True

    def take(self, now: float, incomplete_sentence_timeout_s: float, *, is_first: bool) -> Segment | None:
        if not self.has_next():
            return None
        text, self._text = self._text, ""
        return Segment(text, self._at, self._at + len(text), more=False, runs=((0, self._at, 1),))

    def has_next(self) -> bool:
        return self._closed and bool(self._text)

    @property
    def pending(self) -> bool:
        return self.has_next()

    @property
    def done(self) -> bool:
        return self._closed and not self._text


def text_feed(
    restart: RestartPoint | None, mode: ReadingMode, *, ssml: bool | None = False, language: str = ""
) -> TextFeed:
    """ssml, language: as in TextFeed; a key or a few characters are never SSML."""
    if mode.say == "text":
        return TextFeed(restart, mode, ssml=ssml, language=language)
    return WholeText(restart, mode)
