"""How a text would be read: the words and phonemes of its segments, without computing sound."""

from collections.abc import Callable, Iterator, Mapping

from steadyvoice.ipc.blend import first_voice
from steadyvoice.ipc.errors import Signal, describe
from steadyvoice.ipc.reading import ReadSegment, ReadWord
from steadyvoice.ipc.stage_protocol import Reading, ReadText
from steadyvoice.ipc.utterance_spec import UtteranceSpec
from steadyvoice.workers.engines.engine import Generator, Voice
from steadyvoice.workers.generation.chosen_style import NO_LANGUAGE, choose
from steadyvoice.workers.generation.other_language import in_its_language
from steadyvoice.workers.generation.pronouncing import Pronouncing
from steadyvoice.workers.generation.whole_text import text_feed
from steadyvoice.workers.runtime import realtime
from steadyvoice.workers.runtime.context import MAX_REASON_CHARS, Context
from steadyvoice.workers.text.front_end import spoken
from steadyvoice.workers.text.lexicon.lexicon import Lexicon
from steadyvoice.workers.text.spelling import LETTER_NAME
from steadyvoice.workers.text.traced import words
from steadyvoice.workers.text.unread import left_out


def read(
    text: str,
    spec: UtteranceSpec,
    language: str,
    voices: Mapping[str, Voice],
    phonemes: Callable[[str, str], str],
    pronouncing: Pronouncing,
    languages: Mapping[str, str],
) -> Iterator[ReadSegment]:
    """The segments of a whole text, cut as for the speech of such an utterance.

    language: BCP 47, of the utterance's voice. voices: of its engine, by name. phonemes: of a spoken text, by a voice.
    languages: the voice, or "auto", for segments in another language.
    """
    feed = text_feed(None, spec.mode, ssml=spec.ssml, language=language)
    feed.feed(text.encode(), 0.0)
    feed.close(0.0)
    foreign = ""
    while (segment := feed.take(0.0, 0.0, is_first=False)) is not None:
        if not segment.text:
            continue  # a pause
        style, before, unread = choose(feed.directions.style, spec, language, voices), foreign, ""
        if not spec.mode.is_literal:
            style, foreign = in_its_language(segment.text, style, before, spec, voices, languages)
            unread = style.unread
        matches = pronouncing.next_segment(segment.text, style.language, style.voice)
        said = spoken(segment.text, style.language, matches, spec.mode, feed.directions.pronunciations)
        if unread:
            said = left_out(segment.text, style.language, unread if unread != before else "")
        origins = [ReadWord(said[start:end], *segment.raw(*said.origin(start, end))) for start, end in words(said)]
        sounds = phonemes(said, style.voice) if said else ""
        written = segment.text.replace(LETTER_NAME, "")
        yield ReadSegment(written, str(said), sounds, unread or style.language, segment.start, segment.end, origins)


class TextReader:
    """Answers the supervisor's ReadText messages, a segment at a time, so that speech never waits for long."""

    def __init__(
        self,
        context: Context,
        generator: Callable[[str], Generator],
        voices: Callable[[str], Mapping[str, Voice]],
        lexicon: Callable[[], Lexicon],
        languages: Mapping[str, str],
    ) -> None:
        """generator, voices (by name): by the engine's name. languages: as of ``read``."""
        self._context, self._generator, self._voices, self._lexicon = context, generator, voices, lexicon
        self._languages = languages
        self._readings: Iterator[Reading] | None = None
        """Of the current text."""

    def read_next(self) -> bool:
        """Report the next segment; False where there is nothing to read."""
        if self._readings is None:
            if (received := self._context.receive()) is None:
                return False
            request = received[0]
            assert isinstance(request, ReadText)
            self._readings = self._read(request)
        with realtime.relaxed():
            reading = next(self._readings, None)
        if reading is None:
            self._readings = None
        else:
            self._context.channel.send(reading)
        return True

    def _read(self, request: ReadText) -> Iterator[Reading]:
        try:
            generator = self._generator(request.engine)
            phonemes = getattr(generator, "phonemes", None)
            voices = self._voices(request.engine)
            voice = voices.get(request.voice) or voices.get(first_voice(request.voice))
            language, rate = (voice.language, voice.sample_rate) if voice else (NO_LANGUAGE, 0)
            spec = UtteranceSpec(
                request.engine, request.voice, 1.0, 1.0, "pcm", rate, rate, ssml=None, mode=request.mode
            )

            def sounds(text: str, voice: str) -> str:
                return str(phonemes(text, voice)) if phonemes else ""

            pronouncing = Pronouncing(self._lexicon(), request.lexicon)
            for segment in read(request.text, spec, language, voices, sounds, pronouncing, self._languages):
                yield Reading(request.number, segment)
            yield Reading(request.number)
        except Signal:
            raise
        except BaseException as error:  # a plugin may raise any exception
            yield Reading(request.number, problem=describe(error, MAX_REASON_CHARS))
