"""``svctl bench load`` at a daemon and a gateway that run already: each of its listeners, and what they count."""

import json
from typing import Any

import pytest
from support.daemon import Daemon
from support.gateway import Gateway

from steadyvoice.client.svctl.bench import load
from steadyvoice.client.svctl.bench.daemon import BenchFailed
from steadyvoice.client.svctl.bench.kept.contract import missing
from steadyvoice.client.svctl.bench.kept.values import split

CLOSED = "the connection was closed before an answer"


def measured(to: str, address: str, rate: float = 8.0, cancels: float = 0.5, voice: str = "") -> dict[str, Any]:
    return split(load.measure(to, address, rate, 1.0, 20, cancels, 0, voice))[0]


@pytest.mark.parametrize("to", ["native", "http", "websocket"])
def test_each_kind_of_listener_hears_its_text(daemon: Daemon, gateway: Gateway, to: str) -> None:
    result = measured(to, str(daemon.socket) if to == "native" else f"127.0.0.1:{gateway.port}")
    assert missing(result) == []
    assert (result["refused"], result["errors"], result["problems"]) == (0, 0, {})
    assert result["done"] + result["cancelled"] == result["listeners"] == result["n"]
    assert result["done"] > 0
    assert result["cancelled"] > 0
    assert 0 < result["p50"] <= result["p99"]
    assert result["reference"]["p50"] > 0
    assert 0 < result["streams"] < result["listeners"] * 5
    assert 1 <= result["most"] <= result["listeners"]
    assert (result["work"] is not None) == (to == "native")
    shown = load.text(json.loads(json.dumps(result)))
    assert f"{result['listeners']} listeners in 1 s, 8 a second, {to}" in shown


@pytest.mark.long
def test_a_listener_without_room_is_refused_and_no_error(daemon: Daemon, gateway: Gateway) -> None:
    """The gateway takes 32 connections, and closes others, some before they have its answer."""
    result = measured("http", f"127.0.0.1:{gateway.port}", rate=150.0, cancels=0.0)
    assert result["refused"] > 0
    assert result["refused"] + result["done"] == result["listeners"], result["problems"]
    assert {problem.partition(":")[0] for problem in result["problems"]} <= {"status 503", CLOSED}


def test_what_cannot_be_measured_is_said(daemon: Daemon, gateway: Gateway) -> None:
    with pytest.raises(BenchFailed, match=r"no listener comes in 1 s at 0\.001 a second"):
        measured("native", str(daemon.socket), rate=0.001)
    with pytest.raises(BenchFailed, match="nothing is heard: "):
        measured("http", "127.0.0.1:1")
    with pytest.raises(BenchFailed, match="there is no voice 'nobody' here"):
        measured("native", str(daemon.socket), voice="nobody")
    with pytest.raises(BenchFailed, match="nothing is heard: status 400"):
        measured("http", f"127.0.0.1:{gateway.port}", voice="nobody")
