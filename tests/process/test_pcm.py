"""Samples for a client are the same through each transport, in each format and at each sample rate."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray
from support.daemon import Daemon, user_env
from support.plain_client import PlainClient, Received

LINE = "The keeper is old, and climbs slowly."
"""One segment, because each segment is resampled by itself."""
TALE = (
    "When the rain finally stopped, we walked home through the quiet streets, past the old mill, and nobody said a "
    "word until we reached the bridge. Then she laughed. It was the first time in weeks, and I did not know why. "
)
WAYS = {"ring": (False, {}), "msgpack": (False, {"inline": True}), "json": (True, {})}
DTYPES = {"f32": "<f4", "s16": "<i2"}
VOICE_RATE = 24_000
RATES = (8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000, 192_000, 8_001, 47_999)
LOUD = """
import numpy as np
from steadyvoice.workers.engines.engine import FrameSpec, Voice


class Loud:
    \"\"\"A square wave at full scale, which makes a resampler overshoot.\"\"\"

    spec = FrameSpec("squares", 1, 240)

    def voices(self):
        return [Voice("loud", "zxx", 24000, "Apache-2.0")]

    def generator(self):
        return self

    def vocoder(self, voice, downstream):
        return self

    def warmup(self):
        pass

    def generate(self, text, voice, rate, *, more):
        yield np.zeros((100, 1), np.float32)

    def push(self, frames):
        return np.where(np.arange(240 * len(frames)) // 10 % 2, 1, -1).astype(np.float32)

    def finish(self):
        return np.zeros(0, np.float32)
"""

Samples = NDArray[np.float32]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    home = tmp_path_factory.mktemp("user")
    (home / "config.toml").write_text('engines = ["hibari", "paced", "loud"]\naudio.device = "null"\n')
    (home / "loud.py").write_text(LOUD)
    (home / "loud-1.dist-info").mkdir()
    (home / "loud-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: loud\nVersion: 1\n")
    (home / "loud-1.dist-info" / "entry_points.txt").write_text("[steadyvoice.engines]\nloud = loud:Loud\n")
    path = os.pathsep.join([str(home), *sys.path])
    env = user_env(home, cache, PYTHONPATH=path)
    daemon = Daemon(env, ["--config", str(home / "config.toml")]).start().ready()
    yield daemon
    assert daemon.stop() == 0, daemon.log


@pytest.fixture(scope="module")
def spoken(daemon: Daemon) -> Samples:
    """LINE at the voice's own rate."""
    with PlainClient(daemon.socket, json=False) as client:
        return samples(client.speak_and_read(LINE))


def samples(received: Received) -> Samples:
    """The samples of an utterance that has finished; checks that they are complete and in order."""
    dtype = np.dtype(DTYPES[received.started.get("format", "f32")])
    assert all(len(block) % dtype.itemsize == 0 for block in received.blocks)
    ends = np.cumsum([0, *(len(block) // dtype.itemsize for block in received.blocks)]).tolist()
    assert received.indexes == ends[: len(received.indexes)]  # with a ring, END's is the last one
    assert received.finished["reason"] == "done"
    assert received.finished["duration_s"] == round(ends[-1] / received.started["sample_rate"], 4)
    return np.frombuffer(received.data, dtype)


def at(rate: int, whole: Samples) -> Samples:
    """The voice's samples at another rate, resampled as a whole."""
    if rate == VOICE_RATE:
        return whole
    made: Samples = soxr.resample(whole, VOICE_RATE, rate)
    assert abs(len(made) - len(whole) * rate / VOICE_RATE) <= 0.5
    return np.clip(made, -1, 1)


def s16(whole: Samples) -> NDArray[np.int16]:
    scaled: Samples = np.rint(np.clip(whole, -1, 1) * np.float32(32767))
    return scaled.astype(np.int16)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("sample", DTYPES)
@pytest.mark.parametrize("rate", [0, 8_000, 16_000, 44_100, 48_000])
def test_every_transport_gives_the_same_samples(
    daemon: Daemon, spoken: Samples, way: str, sample: str, rate: int
) -> None:
    json, how = WAYS[way]
    with PlainClient(daemon.socket, json=json) as client:
        heard = client.speak_and_read(LINE, format=sample, sample_rate=rate, **how)
    assert heard.started.get("format", "f32") == sample
    assert heard.started.get("ring", False) == (way == "ring")
    assert heard.started["sample_rate"] == rate or VOICE_RATE
    assert heard.finished["heard_chars"] == len(LINE)
    expected = at(rate or VOICE_RATE, spoken)
    np.testing.assert_array_equal(samples(heard), expected if sample == "f32" else s16(expected))


@pytest.mark.parametrize("rate", RATES)
def test_resampling_in_blocks_equals_resampling_the_whole(daemon: Daemon, rate: int) -> None:
    """For blocks of any length: no click, and no drift."""
    with PlainClient(daemon.socket, json=False) as client:
        for text in ("0/0/1", "0/0/7 0/0/1 0/0/111", "0/0/333"):
            voice = samples(client.speak_and_read(text, voice="paced"))
            assert len(voice) == 240 * sum(int(word.split("/")[2]) for word in text.split())
            np.testing.assert_array_equal(
                samples(client.speak_and_read(text, voice="paced", sample_rate=rate)), at(rate, voice)
            )


@pytest.mark.parametrize("volume", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("rate", [VOICE_RATE, 16_000, 44_100])
def test_samples_beyond_full_scale_are_clipped_and_do_not_wrap(daemon: Daemon, rate: int, volume: float) -> None:
    with PlainClient(daemon.socket, json=False) as client:
        voice = samples(client.speak_and_read("Hey!", voice="loud"))
        assert set(voice.tolist()) == {-1, 1}
        made = voice if rate == VOICE_RATE else soxr.resample(voice, VOICE_RATE, rate)
        expected = np.clip(made * np.float32(volume), -1, 1)
        how = {"voice": "loud", "volume": volume, "sample_rate": rate}
        np.testing.assert_array_equal(samples(client.speak_and_read("Hey!", **how)), expected)
        np.testing.assert_array_equal(samples(client.speak_and_read("Hey!", format="s16", **how)), s16(expected))
    assert rate == VOICE_RATE or abs(made).max() > 1.05, "the resampler did not overshoot, so nothing was tested"


@pytest.mark.parametrize("json", [False, True], ids=["msgpack", "json"])
@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"sink": "pcm", "sample_rate": 7_999}, "out_of_range"),
        ({"sink": "pcm", "sample_rate": 192_001}, "out_of_range"),
        ({"sink": "pcm", "sample_rate": -24_000}, "out_of_range"),
        ({"sink": "pcm", "sample_rate": 44_100.5}, "bad_message"),
        ({"sink": "pcm", "format": "u8"}, "bad_message"),
        ({"sample_rate": 48_000}, "bad_message"),
        ({"format": "s16"}, "bad_message"),
        ({"inline": True}, "bad_message"),
    ],
)
def test_invalid_sample_options_are_refused(daemon: Daemon, json: bool, request_: dict[str, Any], code: str) -> None:
    with PlainClient(daemon.socket, json=json) as client:
        client.send(type="speak", ref=7, text="Hello.", **request_)
        refused = client.event()
        assert (refused["type"], refused["code"]) == ("error", code), refused
        assert list(request_)[-1] in refused["message"]
        assert "sink" in request_ or "pcm" in refused["message"]
        assert samples(client.speak_and_read("Hello.")).any()


def test_the_capability_ring_depends_on_the_encoding(daemon: Daemon) -> None:
    """Only a msgpack connection can receive file descriptors, and with them a ring."""
    for json, more in ((False, {"ring"}), (True, set())):
        with PlainClient(daemon.socket, json=json) as client:
            client.send(type="hello")
            capabilities = set(client.event()["capabilities"])
            assert capabilities >= {"pcm"} | more
            assert ("ring" in capabilities) is bool(more)
