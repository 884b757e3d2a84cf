# mypy: ignore-errors
"""livekit_agent.py PLUGIN PORT TURNS: speak through one of LiveKit's plugins, and report as JSON.

Run by the Python that ``scripts/clients agents`` installs; without a room and without LiveKit's server. The report is
that of pipecat_agent.py.
"""

import asyncio
import json
import sys
import time

import aiohttp

TEXT = "Hello there. How are you?"
LONG = "One two three four five six seven eight nine ten. " * 40


def plugin(name, port, session):
    http = f"http://127.0.0.1:{port}"
    if name == "openai":  # its default: mp3 in server-sent events
        from livekit.plugins import openai

        return openai.TTS(base_url=f"{http}/v1", api_key="any")
    if name == "cartesia":
        from livekit.plugins import cartesia

        return cartesia.TTS(api_key="any", base_url=http, http_session=session)
    if name == "elevenlabs":
        from livekit.plugins import elevenlabs

        return elevenlabs.TTS(api_key="any", base_url=f"{http}/v1", http_session=session)
    from livekit.plugins import deepgram

    return deepgram.TTS(api_key="any", base_url=f"{http}/v1/speak", http_session=session)


def begun(tts, text):
    if not tts.capabilities.streaming:
        return tts.synthesize(text)
    stream = tts.stream()
    for token in text.replace(" ", " |").split("|"):
        stream.push_text(token)
    stream.end_input()
    return stream


async def turn(tts, text):
    since, first, size = time.perf_counter(), 0.0, 0
    words = []
    async with asyncio.timeout(30), begun(tts, text) as stream:
        async for event in stream:
            first = first or time.perf_counter()
            size += len(event.frame.data) * 2
            words += [str(word) for word in event.frame.userdata.get("lk.timed_transcripts", [])]
    return {"first_ms": (first - since) * 1000, "bytes": size, "words": words, "rate": tts.sample_rate}


async def interrupted(tts):
    """A stream that is closed after its first frame."""
    size = 0
    async with asyncio.timeout(30), begun(tts, LONG) as stream:
        async for event in stream:
            size += len(event.frame.data) * 2
            break
    return {"before": size}


async def main(name, port, turns):
    async with aiohttp.ClientSession() as session:
        tts = plugin(name, port, session)
        report = {"turns": [await turn(tts, TEXT) for _ in range(turns)]}
        report["interruption"] = await interrupted(tts)
        report["next"] = await turn(tts, TEXT)
        await tts.aclose()
        print(json.dumps(report))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
