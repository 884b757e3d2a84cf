"""How a text would be read: the words and phonemes of its segments, without computing sound."""

from collections.abc import Callable, Iterator, Sequence

from steadyvoice.ipc.errors import Signal, describe
from steadyvoice.ipc.reading import ReadSegment, ReadWord
from steadyvoice.ipc.reading_mode import ORDINARY, ReadingMode
from steadyvoice.ipc.stage_channel import SupervisorChannel
from steadyvoice.ipc.stage_protocol import Reading, ReadText
from steadyvoice.workers.engines.engine import Generator
from steadyvoice.workers.generation.whole_text import text_feed
from steadyvoice.workers.runtime.stage import MAX_REASON_CHARS
from steadyvoice.workers.text.front_end import spoken
from steadyvoice.workers.text.lexicon.index import Index, find_matches
from steadyvoice.workers.text.lexicon.lexicon import Lexicon
from steadyvoice.workers.text.spelling import LETTER_NAME
from steadyvoice.workers.text.traced import words
from steadyvoice.workers.text.unread import left_out, unread_language


def read(
    text: str,
    language: str,
    phonemes: Callable[[str], str],
    lexicons: Sequence[Index] = (),
    mode: ReadingMode = ORDINARY,
) -> Iterator[ReadSegment]:
    """The segments of a whole text, cut as for speech. phonemes: of a spoken text, by the voice's engine."""
    feed = text_feed(None, mode, ssml=None, language=language)
    feed.feed(text.encode(), 0.0)
    feed.close(0.0)
    unread = ""
    while (segment := feed.take(0.0, 0.0, is_first=False)) is not None:
        if not segment.text:
            continue  # a pause
        matches = find_matches(segment.text, lexicons)
        said = spoken(segment.text, language, matches, mode, feed.directions.pronunciations)
        before, unread = unread, "" if mode.is_literal else unread_language(segment.text, language, unread)
        if unread:
            said = left_out(segment.text, language, unread if unread != before else "")
        origins = [ReadWord(said[start:end], *segment.raw(*said.origin(start, end))) for start, end in words(said)]
        sounds = phonemes(said) if said else ""
        written = segment.text.replace(LETTER_NAME, "")
        yield ReadSegment(written, str(said), sounds, unread or language, segment.start, segment.end, origins)


class TextReader:
    """Answers the supervisor's ReadText messages, a segment at a time, so that speech never waits for long."""

    def __init__(
        self,
        channel: SupervisorChannel,
        generator: Callable[[str], Generator],
        language: Callable[[str, str], str],
        lexicon: Callable[[], Lexicon],
    ) -> None:
        """generator: by the engine's name. language: BCP 47, by the engine's and the voice's name."""
        self._channel, self._generator, self._language, self._lexicon = channel, generator, language, lexicon
        self._readings: Iterator[Reading] | None = None
        """Of the current text."""

    def read_next(self) -> bool:
        """Report the next segment; False where there is nothing to read."""
        if self._readings is None:
            if (received := self._channel.receive()) is None:
                return False
            request = received[0]
            assert isinstance(request, ReadText)
            self._readings = self._read(request)
        reading = next(self._readings, None)
        if reading is None:
            self._readings = None
        else:
            self._channel.send(reading)
        return True

    def _read(self, request: ReadText) -> Iterator[Reading]:
        try:
            generator = self._generator(request.engine)
            phonemes = getattr(generator, "phonemes", None)
            language = self._language(request.engine, request.voice)
            lexicon = self._lexicon().index(language, request.voice)

            def sounds(text: str) -> str:
                return str(phonemes(text, request.voice)) if phonemes else ""

            for segment in read(request.text, language, sounds, [lexicon], request.mode):
                yield Reading(request.number, segment)
            yield Reading(request.number)
        except Signal:
            raise
        except BaseException as error:  # a plugin may raise any exception
            yield Reading(request.number, problem=describe(error, MAX_REASON_CHARS))
