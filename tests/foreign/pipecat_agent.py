# mypy: ignore-errors
"""pipecat_agent.py EXPRESSION TURNS: speak through one of Pipecat's services, and report as JSON.

Run by the Python that ``scripts/clients agents`` installs. The report: of each turn the milliseconds from the end of
its text to its first audio, bytes and words; of an interruption, the bytes of audio before it and after it.
"""

import asyncio
import json
import sys
import time
from importlib import import_module

import aiohttp
from loguru import logger
from pipecat.frames.frames import (
    EndFrame,
    ErrorFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TTSAudioRawFrame,
    TTSStoppedFrame,
    TTSTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.workers.runner import WorkerRunner

TEXT = "Hello there. How are you?"
LONG = "One two three four five six seven eight nine ten. " * 40


def service(expression, session):
    """The service that an expression of docs/gateways.md makes."""
    name = expression.partition("(")[0]
    module = name.removesuffix("TTSService").removesuffix("Http").lower()
    cls = getattr(import_module(f"pipecat.services.{module}.tts"), name)
    return eval(expression, {name: cls, "session": session})


class Ear(FrameProcessor):
    """Takes what the service makes, and counts it."""

    def __init__(self):
        super().__init__()
        self.clear()

    def clear(self):
        self.first, self.bytes, self.words, self.errors = 0.0, 0, [], []
        self.heard, self.stopped = asyncio.Event(), asyncio.Event()

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSAudioRawFrame):
            self.first = self.first or time.perf_counter()
            self.bytes += len(frame.audio)
            self.heard.set()
        elif isinstance(frame, TTSTextFrame):
            self.words.append(frame.text)
        elif isinstance(frame, TTSStoppedFrame):
            self.stopped.set()
        elif isinstance(frame, ErrorFrame):
            self.errors.append(frame.error)
        await self.push_frame(frame, direction)


async def say(worker, text, is_whole=True):
    await worker.queue_frame(LLMFullResponseStartFrame())
    for token in text.replace(" ", " |").split("|"):
        await worker.queue_frame(LLMTextFrame(token))
    if is_whole:
        await worker.queue_frame(LLMFullResponseEndFrame())


async def turn(worker, ear, text):
    ear.clear()
    begun = time.perf_counter()
    await say(worker, text)
    async with asyncio.timeout(30):
        await ear.stopped.wait()
    return {"first_ms": (ear.first - begun) * 1000, "bytes": ear.bytes, "words": ear.words, "errors": ear.errors}


async def interrupted(worker, ear, is_whole):
    """Bytes before an interruption, and after its frame has passed. is_whole: the model has written its whole text."""
    ear.clear()
    await say(worker, LONG, is_whole)
    async with asyncio.timeout(30):
        await ear.heard.wait()
    before = ear.bytes
    await worker.queue_frame(InterruptionFrame())
    await asyncio.sleep(0.2)
    ear.clear()
    await asyncio.sleep(1.0)
    return {"before": before, "after": ear.bytes, "errors": ear.errors}


async def main(expression, turns):
    async with aiohttp.ClientSession() as session:
        tts, ear = service(expression, session), Ear()
        worker = PipelineWorker(Pipeline([tts, ear]), params=PipelineParams(audio_out_sample_rate=24000))
        report = {}

        async def program():
            await asyncio.sleep(1.0)
            for _ in range(5):  # Pipecat gives up while its SDK is still loading
                if (await turn(worker, ear, TEXT))["bytes"]:
                    break
            report["turns"] = [await turn(worker, ear, TEXT) for _ in range(turns)]
            report["interruptions"] = [await interrupted(worker, ear, is_whole) for is_whole in (True, False)]
            report["next"] = await turn(worker, ear, TEXT)
            await worker.queue_frame(EndFrame())

        runner = WorkerRunner()
        await runner.add_workers(worker)
        await asyncio.gather(runner.run(), program())
        print(json.dumps(report))


if __name__ == "__main__":
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
