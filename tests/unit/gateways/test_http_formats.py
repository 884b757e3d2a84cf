"""Formats that voice agents ask for: their names, and samples that mean the same in each."""

import asyncio
import io
from array import array

import numpy as np
import pytest
import soundfile

from steadyvoice.gateways.http.encoding.encoders import Encoders
from steadyvoice.gateways.http.encoding.formats import Format, Kind, UnsupportedFormat
from steadyvoice.gateways.http.streaming.elevenlabs import named

ALL = array("h", range(-32768, 32768)).tobytes()


def encoded(wanted: Format) -> bytes:
    async def main() -> bytes:
        into = await Encoders().open(wanted)
        try:
            return await into.encode(ALL) + await into.finish()
        finally:
            into.close()

    return asyncio.run(main())


@pytest.mark.parametrize(("kind", "subtype"), [("mulaw", "ULAW"), ("alaw", "ALAW")])
def test_companded_samples_are_those_of_g711(kind: Kind, subtype: str) -> None:
    """Decoded by libsndfile they differ from the samples by half a step at most, which grows with the sample."""
    data = encoded(Format(kind, 8000))
    assert len(data) == 65536
    decoded, _ = soundfile.read(
        io.BytesIO(data), dtype="int16", samplerate=8000, channels=1, format="RAW", subtype=subtype
    )
    wanted = np.frombuffer(ALL, np.int16).astype(np.int32)
    assert (np.abs(decoded - wanted) <= np.maximum(np.abs(wanted) / 16, 17)).mean() > 0.999
    assert (np.sign(decoded) == np.sign(wanted))[np.abs(wanted) > 16].all()


@pytest.mark.parametrize(
    ("kind", "subtype", "width"), [("s16", "PCM_16", 2), ("f32", "FLOAT", 4), ("mulaw", "ULAW", 1), ("alaw", "ALAW", 1)]
)
def test_a_wav_file_says_what_it_holds(kind: Kind, subtype: str, width: int) -> None:
    """Read by libsndfile."""
    data = encoded(Format(kind, 16000, wav=True))
    info = soundfile.info(io.BytesIO(data))
    assert (info.subtype, info.samplerate, info.channels) == (subtype, 16000, 1)
    assert data[44:] == encoded(Format(kind, 16000))
    assert info.frames == (len(data) - 44) // width
    assert Format(kind, wav=True).content_type == "audio/wav"


@pytest.mark.parametrize("kind", ["s16", "f32"])
def test_plain_samples_are_not_touched(kind: Kind) -> None:
    assert encoded(Format(kind, 24000)) == ALL
    assert Format(kind, 24000).samples == kind


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("pcm_24000", Format("s16", 24000)),
        ("ulaw_8000", Format("mulaw", 8000)),
        ("alaw_8000", Format("alaw", 8000)),
        ("mp3_22050_32", Format("mp3", 22050, 32)),
        ("mp3_44100", Format("mp3", 44100)),
        ("opus_48000_32", Format("opus", 48000, 32)),
    ],
)
def test_names(name: str, format: Format) -> None:
    assert named(name) == format


@pytest.mark.parametrize(
    "name", ["", "pcm", "pcm_4000", "pcm_192001", "mp3_24001_32", "mp3_44100_999", "opus_44100_32", "PCM_24000"]
)
def test_names_that_there_are_not(name: str) -> None:
    with pytest.raises(UnsupportedFormat):
        named(name)
