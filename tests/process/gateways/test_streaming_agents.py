"""Pipecat's services and LiveKit's plugins speak through the gateway, and are interrupted."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.daemon import Daemon, eventually, idle
from support.gateway import Gateway, real_client

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
CONFIGURATION = 'audio.device = "null"\n'
ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "gateways.md").read_text()
WORDS = ["Hello", "there.", "How", "are", "you?"]
SECONDS = 2.05
"""Of these words, spoken by the default voice."""


@pytest.fixture(scope="module")
def python() -> str:
    """The Python that has both frameworks."""
    return real_client("agents")


def name(expression: str) -> str:
    return expression.partition("(")[0]


def report(python: str, framework: str, expression: str, gateway: Gateway, daemon: Daemon, *more: str) -> Any:
    script = ROOT / "tests" / "foreign" / f"{framework}_agent.py"
    here = expression.replace("localhost:8880", f"127.0.0.1:{gateway.port}")
    command: list[str | Path] = [python, script, here, "3", *more]
    done = subprocess.run(command, env=daemon.env, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr[-3000:]
    eventually(lambda: idle(daemon.status()))
    assert gateway.log.count("\n") == 1, gateway.log  # that it serves
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("service", re.findall(r"\| `(\w+TTSService\(.*\))` \|", DOCUMENT), ids=name)
def test_pipecat(python: str, gateway: Gateway, daemon: Daemon, service: str) -> None:
    """pipecat-ai/pipecat#3986 and #1942: no audio of the interrupted turn is heard after it."""
    reported = report(python, "pipecat", service, gateway, daemon)
    for turn in [*reported["turns"], reported["next"]]:
        assert turn["errors"] == []
        assert turn["bytes"] / 48000 == pytest.approx(SECONDS, abs=0.1)
        assert " ".join(turn["words"]).split() == WORDS
    for interruption in reported["interruptions"]:
        assert interruption["before"] > 0
        assert interruption["after"] == 0
        assert interruption["errors"] == []


PLUGINS = re.findall(r"\| `(\w+\.TTS\(.*\))` \|", DOCUMENT)


@pytest.mark.parametrize("plugin", PLUGINS, ids=name)
def test_livekit(python: str, gateway: Gateway, daemon: Daemon, plugin: str) -> None:
    """As constructed by default: for voices that there are not; ElevenLabs' wants MP3, OpenAI's MP3 in events.

    livekit/agents#6184: there the server ignores that the client wants events, and nothing is heard.
    """
    reported = report(python, "livekit", plugin, gateway, daemon)
    for turn in [*reported["turns"], reported["next"]]:
        assert turn["bytes"] / 2 / turn["rate"] == pytest.approx(SECONDS, abs=0.15)
        assert plugin.startswith(("deepgram", "openai")) or "".join(turn["words"]).split() == WORDS
    assert reported["interruption"]["before"] > 0


@pytest.mark.parametrize("plugin", [each for each in PLUGINS if not each.startswith("openai")], ids=name)
def test_livekit_over_plain_http(python: str, gateway: Gateway, daemon: Daemon, plugin: str) -> None:
    """``synthesize`` of a text that is there as a whole; closing it ends the utterance."""
    before = daemon.status()["utterances"]["cancelled"]
    reported = report(python, "livekit", plugin, gateway, daemon, "whole")
    for turn in [*reported["turns"], reported["next"]]:
        assert turn["bytes"] / 2 / turn["rate"] == pytest.approx(SECONDS, abs=0.15)
    assert reported["interruption"]["before"] > 0
    assert daemon.status()["utterances"]["cancelled"] == before + 1
