# mypy: ignore-errors
"""livekit_agent.py EXPRESSION TURNS [whole]: speak through one of LiveKit's plugins, and report as JSON.

Run by the Python that ``scripts/clients agents`` installs; without a room and without LiveKit's server. The report is
that of pipecat_agent.py. whole: the plugin gets its text at once, and sends it over plain HTTP.
"""

import asyncio
import json
import sys
import time
from importlib import import_module

from livekit.agents.utils import http_context

TEXT = "Hello there. How are you?"
LONG = "One two three four five six seven eight nine ten. " * 40


def plugin(expression):
    """The plugin that an expression of docs/gateways.md makes."""
    name = expression.partition(".")[0]
    return eval(expression, {name: import_module(f"livekit.plugins.{name}")})


def begun(tts, text, is_whole):
    if is_whole or not tts.capabilities.streaming:
        return tts.synthesize(text)
    stream = tts.stream()
    for token in text.replace(" ", " |").split("|"):
        stream.push_text(token)
    stream.end_input()
    return stream


async def turn(tts, text, is_whole):
    since, first, size = time.perf_counter(), 0.0, 0
    words = []
    async with asyncio.timeout(30), begun(tts, text, is_whole) as stream:
        async for event in stream:
            first = first or time.perf_counter()
            size += len(event.frame.data) * 2
            words += [str(word) for word in event.frame.userdata.get("lk.timed_transcripts", [])]
    return {"first_ms": (first - since) * 1000, "bytes": size, "words": words, "rate": tts.sample_rate}


async def interrupted(tts, is_whole):
    """A stream that is closed after its first frame."""
    size = 0
    async with asyncio.timeout(30), begun(tts, LONG, is_whole) as stream:
        async for event in stream:
            size += len(event.frame.data) * 2
            break
    return {"before": size}


async def main(expression, turns, is_whole):
    http_context._new_session_ctx()  # what an agent's worker does
    tts = plugin(expression)
    report = {"turns": [await turn(tts, TEXT, is_whole) for _ in range(turns)]}
    report["interruption"] = await interrupted(tts, is_whole)
    report["next"] = await turn(tts, TEXT, is_whole)
    await tts.aclose()
    await http_context._close_http_ctx()
    print(json.dumps(report))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3:] == ["whole"]))
