"""Piper's voices: VITS in one ONNX graph (graph.py), from phonemes (reading.py).

Added ones are listed by added.py.
"""

from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from steadyvoice.workers import optional
from steadyvoice.workers.engines.engine import Downstream, Frames, FrameSpec, Voice, Word, voice_of
from steadyvoice.workers.engines.piper import added

if TYPE_CHECKING:
    from steadyvoice.workers.engines.piper.model import Decoder, Encoder
    from steadyvoice.workers.engines.piper.phoneme_ids import PhonemeIds
    from steadyvoice.workers.engines.piper.published import Inference
    from steadyvoice.workers.engines.piper.vocoder import PiperVocoder
    from steadyvoice.workers.phonemes.reading import Reader

_WARMING: Final = ("Hi.", "Hello there, how do you do?", "The quick brown fox jumps over the lazy dog. " * 3)


class Piper:
    """Entry point ``piper`` of the group steadyvoice.engines."""

    spec = FrameSpec("latent", 192, 256, buffered=True)
    preloads_models = True

    def __init__(self) -> None:
        self._encoders: dict[str, Encoder] = {}
        self._decoders: dict[str, Decoder] = {}
        """By model."""
        self._vocoders: dict[str, tuple[Decoder, int, int]] = {}
        """By voice: decoder, number of the speaker, hertz."""

    def preload(self) -> None:
        """Load all models, which start no thread, so that stages share them and a replacement needs none of its own."""
        for model in _models():
            optional.attempt(voice_of(added.NAME, model), partial(self._load, model))

    def _load(self, name: str) -> None:
        from steadyvoice.workers.engines.piper.model import decoder, encoder

        file = added.find(name)[0].model
        self._encoders[name], self._decoders[name] = encoder(file), decoder(file)

    def voices(self) -> list[Voice]:
        return list(added.voices())

    def generator(self) -> "PiperGenerator":
        return PiperGenerator(self._encoders)

    def vocoder(self, voice: str, downstream: Downstream) -> "PiperVocoder":
        """See `Engine.vocoder`. BadModelFile."""
        from steadyvoice.workers.engines.piper.model import decoder
        from steadyvoice.workers.engines.piper.vocoder import PiperVocoder

        if voice not in self._vocoders:
            found, speaker = added.find(voice)
            if found.name not in self._decoders:
                self._decoders[found.name] = decoder(found.model)
            self._vocoders[voice] = self._decoders[found.name], speaker, found.about.audio.sample_rate
        return PiperVocoder(*self._vocoders[voice], downstream)


class _Speaker(NamedTuple):
    """A voice that is ready to speak."""

    encoder: "Encoder"
    reader: "Reader"
    ids: "PhonemeIds"
    inference: "Inference"
    number: int


class PiperGenerator:
    """Loads a model at its first use; ``warmup`` loads all."""

    def __init__(self, encoders: "dict[str, Encoder]") -> None:
        """encoders: those that are loaded already, by model."""
        self._encoders = encoders
        self._models: dict[str, _Speaker] = {}
        self._voices: dict[str, _Speaker] = {}

    def generate(self, text: str, voice: str, rate: float, *, more: bool) -> Iterator[Frames | Word]:
        """[n, 192], a sentence at a time.

        NotInstalled where the voice is unknown or nothing reads its language, BadModelFile where a file is invalid.
        """
        from steadyvoice.workers.engines.piper.model import Scales
        from steadyvoice.workers.engines.piper.speaking import speak

        speaker = self._speaker(voice)
        inference = speaker.inference
        scales = Scales(inference.noise_scale, inference.length_scale / rate, inference.noise_w)
        yield from speak(speaker.reader(text), speaker.encoder, speaker.ids, scales, speaker.number, more=more)

    def phonemes(self, text: str, voice: str) -> str:
        return self._speaker(voice).reader(text).ipa

    def warmup(self) -> None:
        """See `Generator.warmup`. Leaves out each voice that fails."""
        for model in _models():
            optional.attempt(voice_of(added.NAME, model), partial(self._warm, model))

    def _warm(self, voice: str) -> None:
        for text in _WARMING:
            for _ in islice(self.generate(text, voice, 1.0, more=False), 64):
                pass

    def _speaker(self, voice: str) -> _Speaker:
        from steadyvoice.workers.engines.piper.model import encoder
        from steadyvoice.workers.engines.piper.phoneme_ids import PhonemeIds
        from steadyvoice.workers.engines.piper.reading import reader

        if voice not in self._voices:
            found, number = added.find(voice)
            about = found.about
            if found.name not in self._models:
                loaded = self._encoders.get(found.name) or encoder(found.model)
                self._models[found.name] = _Speaker(loaded, reader(about), PhonemeIds(about), about.inference, 0)
            self._voices[voice] = self._models[found.name]._replace(number=number)
        return self._voices[voice]


def _models() -> list[str]:
    """Names of the models that can be used."""
    return list(dict.fromkeys(voice.model for voice in added.voices() if voice.installed))
