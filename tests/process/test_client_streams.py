"""Sample streams of ``Client``: ownership, rate, order, and blocks that are never taken."""

import itertools
from contextlib import closing
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from support.clients import FOX, LONG, NULL, TALE, begun, descriptors
from support.daemon import Daemon, eventually, idle

from steadyvoice.client import RequestRefused

CONFIGURATION = NULL
pytestmark = pytest.mark.usefixtures("nothing_is_left")


def test_two_interleaved_streams(daemon: Daemon) -> None:
    with daemon.client() as client:
        alone = [np.concatenate(list(client.stream(text))) for text in (FOX, TALE)]
        streams = [client.stream(text) for text in (FOX, TALE)]
        heard: list[list[NDArray[Any]]] = [[], []]
        for pair in itertools.zip_longest(*streams):
            for blocks, block in zip(heard, pair, strict=True):
                blocks += [] if block is None else [block]
    for blocks, whole in zip(heard, alone, strict=True):
        np.testing.assert_array_equal(np.concatenate(blocks), whole)


def test_a_taken_block_is_owned_by_the_caller(daemon: Daemon) -> None:
    with daemon.client() as client:
        stream = client.stream(FOX)
        assert stream.sample_rate == 24000
        blocks = list(stream)
        for block in blocks:
            assert block.dtype == np.float32
            assert (block.ndim, block.base) == (1, None)
            block *= 2


def test_samples_at_any_rate_format_and_transport(daemon: Daemon) -> None:
    with daemon.client() as client:
        for options in ({"sample_rate": 16000}, {"format": "s16"}, {"sample_rate": 44100, "format": "s16"}):
            ring, inline = client.stream(FOX, **options), client.stream(FOX, inline=True, **options)
            assert ring.sample_rate == inline.sample_rate == options.get("sample_rate", 24000)
            assert inline.waits_on == []
            heard, other = (np.concatenate(list(stream)) for stream in (ring, inline))
            assert heard.dtype == (np.int16 if "format" in options else np.float32)
            np.testing.assert_array_equal(heard, other)
            assert len(heard) / ring.sample_rate == pytest.approx(ring.wait().duration_s, abs=1e-3)
            assert [mark.start for mark in ring.marks] == [mark.start for mark in inline.marks] != []
        for refused, code in (({"sample_rate": 7}, "out_of_range"), ({"format": "mp3"}, "bad_message")):
            with pytest.raises(RequestRefused) as error:
                client.stream(FOX, **refused)
            assert error.value.code == code


def test_an_inline_stream_may_be_abandoned_at_any_time(daemon: Daemon) -> None:
    with daemon.client() as client:
        for _ in range(3):
            begun(client.stream(LONG, inline=True))
        stream = begun(client.stream(LONG, inline=True))
        assert stream.cancel().reason == "cancelled"
        assert stream.take() is None
        eventually(lambda: client.status()["utterances"]["active"] == 0)


def test_a_stream_may_be_abandoned_at_any_time(daemon: Daemon) -> None:
    """Closed or garbage-collected: its descriptors are closed, its utterance ends, and the client stays usable."""
    with daemon.client() as client:
        client.status()
        before = descriptors()
        with closing(begun(client.stream(LONG))) as stream:
            assert descriptors() > before
        assert descriptors() == before
        assert list(stream) == []
        assert stream.wait().reason == "cancelled"
        with client.stream(LONG) as stream:
            begun(stream)
        assert stream.wait().reason == "cancelled"
        for block in client.stream(LONG):
            assert len(block)
            break
        begun(client.stream(LONG))
        client.stream(LONG)
        eventually(lambda: idle(daemon.status()))
        assert descriptors() == before
        stream = begun(client.stream(LONG))
        assert stream.cancel().reason == "cancelled"
        assert descriptors() == before
        assert list(client.stream(FOX))
