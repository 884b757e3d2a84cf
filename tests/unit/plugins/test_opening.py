"""Opening of plugins: what is refused before any sound is processed, and what is closed again."""

import sys
from typing import Any

import numpy as np
import pytest
from support.live_plugins import BLOCK, Samples

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.workers.plugins import load, opening
from steadyvoice.workers.plugins.chain import Chain
from steadyvoice.workers.plugins.load import Found
from steadyvoice.workers.plugins.plugin import PluginRefused
from steadyvoice.workers.plugins.spec import parse


class Plain:
    def process(self, block: Samples) -> Any:
        return block


class Closed(Plain):
    closed = 0

    def close(self) -> None:
        Closed.closed += 1
        raise ValueError("also when it is closed")


class NoLatency(Closed):
    latency = "long"


class Negative(Closed):
    latency = -1


class Fraction(Closed):
    latency = 0.5


class Whole(Plain):
    latency = np.int64(5)


class TooLate(Closed):
    latency = 96_001


class RaisesInOpen(Closed):
    def open(self, rate: int, block: int) -> None:
        raise OSError(2, "No such file or directory", "/no/model")


class Silent(Closed):
    def process(self, block: Samples) -> Any:
        assert not block.any()


class RaisesAtOnce(Closed):
    def process(self, block: Samples) -> Any:
        return block / 0 if block is None else block[0, 0]


class LatencyRaises(Closed):
    @property
    def latency(self) -> int:
        raise KeyError("latency")


def opened(kind: type) -> tuple[object, int]:
    return opening.open_plugin(Found("x", "x", kind, source=__file__), {}, 48000, BLOCK)


def test_a_class_with_process_alone_is_opened() -> None:
    assert opened(Plain)[1] == 0
    assert opened(Whole)[1] == 5


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (NoLatency, "x: its latency is 'long', not a number of samples"),
        (Negative, "x: its latency is -1, not a number of samples"),
        (Fraction, "x: its latency is 0.5, not a number of samples"),
        (TooLate, "x would be 2.00 s behind on this machine; 2 s is the most"),
        (RaisesInOpen, "x failed: No such file or directory: /no/model (test_opening.py, line "),
        (Silent, "x: process returned nothing, not an array"),
        (RaisesAtOnce, "x failed: IndexError: too many indices"),
        (LatencyRaises, "x failed: KeyError: 'latency' (test_opening.py, line "),
    ],
)
def test_what_is_refused_is_closed(kind: type, said: str) -> None:
    Closed.closed = 0
    with pytest.raises(PluginRefused) as refused:
        opened(kind)
    assert str(refused.value).startswith(said)
    assert refused.value.code == "plugin_failed"
    assert Closed.closed == 1


def test_a_missing_package_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pywebrtc_audio", None)
    for name in ("noise", "agc"):
        with pytest.raises(NotInstalled, match=rf"{name}: it needs pywebrtc-audio: .*pip install .*\[live\]"):
            opening.open_plugin(load.find(name), {}, 48000, BLOCK)


def test_a_chain_is_late_by_two_seconds_at_most() -> None:
    late = "support.live_plugins:Late:samples=48000"
    chain = Chain(1e6, allowed=("support.live_plugins",))
    chain.change(parse(f"{late},{late}"))
    with pytest.raises(PluginRefused, match="the chain would be"):
        chain.change(parse(f"{late},{late},support.live_plugins:Late:samples=1"))
    assert len(chain.status()) == 2
    chain.close()
