"""Utterances cancelled while the device is paused must not fill a ring and delay other clients."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from support.daemon import Daemon, configured, eventually

TEXT = "Nobody in the village knows when it was built. " * 4


@pytest.fixture
def daemon(tmp_path: Path, cache: Path) -> Iterator[Daemon]:
    with configured(tmp_path, cache, 'audio.device = "null"\n') as daemon:
        yield daemon


def output_fill(daemon: Daemon) -> int:
    return sum(ring["fill"] for ring in daemon.status()["rings"] if ring["name"] == "output")


def is_filled(daemon: Daemon, more_than: int) -> bool:
    return output_fill(daemon) > more_than


def test_streams_continue_while_the_device_is_paused(daemon: Daemon) -> None:
    """The first utterance is generated completely, and each later one up to the lookahead, until it is cancelled."""
    with daemon.client() as client, daemon.client() as another:
        first = client.speak("Hello there.")
        while first.started is None:
            client.receive()
        client.pause()
        for _ in range(12):
            before = output_fill(daemon)
            behind = client.speak(TEXT)
            eventually(partial(is_filled, daemon, min(before + 100, 1024)))
            assert sum(map(len, another.stream(TEXT))) > 0
            assert behind.cancel().reason == "cancelled"
        behind = client.speak(TEXT[:47])
        assert sum(map(len, another.stream(TEXT))) > 0
        assert output_fill(daemon) < 2048
        client.resume()
        assert behind.wait().reason == "done"
        assert client.speak("Hello there.").wait().reason == "done"
        assert first.wait().reason == "done"
    eventually(lambda: output_fill(daemon) == 0)
