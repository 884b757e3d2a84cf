"""The encoders, in the encoding process. Each takes int16 mono samples and returns what can be sent on."""

from collections.abc import Callable
from typing import Any, Final, Protocol

from steadyvoice.gateways.http.encoding.messages import Opening

_PAGE_MS: Final = 50.0
"""Audio in one Ogg page, the least that libsndfile allows; it is 1 s by default."""
_SET_OGG_PAGE_LATENCY_MS: Final = 0x1302  # libsndfile's SFC_SET_OGG_PAGE_LATENCY_MS
_LIBRARY_OPTIONS: Final[dict[str, dict[str, float]]] = {"flac": {"compression_level": 0.0}}
"""At the lowest level a FLAC block has 1,152 samples, not 4,096."""
_OPUS_LEAST, _OPUS_SPAN = 6_000, 250_000
"""Bits a second of libsndfile's compression level 1, and how many more at level 0."""
_FASTEST_GOOD: Final = 7
"""LAME's quality: 2 sounds best, 7 is fastest; at 64 kbit/s speech sounds the same."""


class Codec(Protocol):
    def encode(self, samples: bytes) -> bytes: ...

    def finish(self) -> bytes:
        """The last bytes. Call it once."""


class Mp3:
    """MP3 by LAME: the first frame comes with the first 40 ms."""

    def __init__(self, opening: Opening) -> None:
        import lameenc

        self._encoder = lameenc.Encoder()
        self._encoder.set_in_sample_rate(opening.sample_rate)
        self._encoder.set_out_sample_rate(opening.sample_rate)
        self._encoder.set_channels(1)
        self._encoder.set_bit_rate(opening.bit_rate)
        self._encoder.set_quality(_FASTEST_GOOD)
        self._encoder.silence()  # it would print its settings
        self._is_empty = True

    def encode(self, samples: bytes) -> bytes:
        self._is_empty = False
        return bytes(self._encoder.encode(samples))

    def finish(self) -> bytes:
        return b"" if self._is_empty else bytes(self._encoder.flush())  # LAME fails without a sample


class Library:
    """FLAC and Ogg Opus by libsndfile, as a stream: the header's length of the audio is unknown."""

    def __init__(self, opening: Opening) -> None:
        from steadyvoice.client.svctl.files.formats import LIBRARY_FORMATS
        from steadyvoice.client.svctl.files.library_encoder import LibraryEncoder

        self._sent = 0
        container, subtype = LIBRARY_FORMATS[opening.format]
        options = _LIBRARY_OPTIONS.get(opening.format, {})
        if opening.format == "opus" and opening.bit_rate:
            level = 1 - (opening.bit_rate * 1000 - _OPUS_LEAST) / _OPUS_SPAN
            options = {"compression_level": min(max(level, 0.0), 1.0)}
        self._encoder = LibraryEncoder(container, subtype, opening.sample_rate, **options)
        self._begun = self._streamable(self._encoder.begin())
        if opening.format == "opus":
            self._encoder.command(_SET_OGG_PAGE_LATENCY_MS, _PAGE_MS)

    def encode(self, samples: bytes) -> bytes:
        begun, self._begun = self._begun, b""
        return begun + self._streamable(self._encoder.encode(samples))

    def finish(self) -> bytes:
        begun, self._begun = self._begun, b""
        return begun + self._streamable(self._encoder.finish())

    def _streamable(self, pieces: list[tuple[int, bytes]]) -> bytes:
        """The pieces that continue the stream; the others correct a header that was sent."""
        sent = b""
        for at, data in pieces:
            if at == self._sent:
                sent += data
                self._sent += len(data)
        return sent


class Aac:
    """AAC in ADTS by FFmpeg."""

    def __init__(self, opening: Opening) -> None:
        import io

        import av

        self._new_frame = av.AudioFrame
        self._buffer = io.BytesIO()
        self._container = av.open(self._buffer, "w", format="adts", options={"flush_packets": "1"})
        self._stream: Any = self._container.add_stream("aac", rate=opening.sample_rate, layout="mono")
        self._stream.bit_rate = opening.bit_rate * 1000
        self._rate = opening.sample_rate
        self._samples = 0

    def encode(self, samples: bytes) -> bytes:
        frame: Any = self._new_frame(format="s16", layout="mono", samples=len(samples) // 2)
        frame.planes[0].update(samples)
        frame.sample_rate, frame.pts = self._rate, self._samples
        self._samples += frame.samples
        self._container.mux(self._stream.encode(frame))
        return self._taken()

    def finish(self) -> bytes:
        if self._samples:
            self._container.mux(self._stream.encode(None))
        self._container.close()  # writes what it still holds
        return self._taken()

    def _taken(self) -> bytes:
        data = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return data


CODECS: Final[dict[str, Callable[[Opening], Codec]]] = {"mp3": Mp3, "opus": Library, "flac": Library, "aac": Aac}
