"""Formats that voice agents ask for: all samples arrive, and mean the same."""

import io
from array import array

import numpy as np
import pytest
import soundfile

from steadyvoice.gateways.http.streaming.formats import Encoding, Format, encoder

ALL = array("h", range(-32768, 32768)).tobytes()


@pytest.mark.parametrize(("encoding", "subtype"), [("mulaw", "ULAW"), ("alaw", "ALAW")])
def test_companded_samples_are_those_of_g711(encoding: Encoding, subtype: str) -> None:
    """Decoded by libsndfile they differ from the samples by half a step at most, which grows with the sample."""
    data = encoder(Format(encoding, 8000)).encode(ALL)
    assert len(data) == 65536
    decoded, _ = soundfile.read(
        io.BytesIO(data), dtype="int16", samplerate=8000, channels=1, format="RAW", subtype=subtype
    )
    wanted = np.frombuffer(ALL, np.int16).astype(np.int32)
    assert (np.abs(decoded - wanted) <= np.maximum(np.abs(wanted) / 16, 17)).mean() > 0.999
    assert (np.sign(decoded) == np.sign(wanted))[np.abs(wanted) > 16].all()


@pytest.mark.parametrize("encoding", ["s16", "f32"])
def test_plain_samples_are_not_touched(encoding: Encoding) -> None:
    into = encoder(Format(encoding, 24000))
    assert (into.encode(ALL), into.flush()) == (ALL, b"")


@pytest.mark.parametrize(("rate", "kbps"), [(22050, 32), (44100, 128), (24000, 64)])
def test_mp3_keeps_all_samples(rate: int, kbps: int) -> None:
    tone = (np.sin(np.arange(rate) * 2 * np.pi * 440 / rate) * 9000).astype(np.int16)
    into = encoder(Format("mp3", rate, kbps))
    pieces = [into.encode(piece.tobytes()) for piece in np.array_split(tone, 37)]
    decoded, found = soundfile.read(io.BytesIO(b"".join([*pieces, into.flush()])), dtype="float32")
    assert found == rate
    assert len(decoded) >= len(tone)
    heard = np.flatnonzero(np.abs(decoded) > 0.05)
    assert heard[-1] - heard[0] == pytest.approx(len(tone), rel=0.01)
