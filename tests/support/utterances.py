"""An UtteranceService on a real Pipeline; the test acts as stages and clients."""

import asyncio
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any

from steadyvoice.daemon.config import Config, Limits
from steadyvoice.daemon.pipeline import Pipeline
from steadyvoice.daemon.scheduling.service import UtteranceService
from steadyvoice.daemon.scheduling.utterance import Utterance
from steadyvoice.daemon.topology import SHARED
from steadyvoice.ipc import slot as s
from steadyvoice.ipc import stage_protocol
from steadyvoice.ipc.messages import Event, Finished
from steadyvoice.ipc.ring import Consumer
from steadyvoice.ipc.stage_protocol import Ended
from steadyvoice.ipc.utterance_spec import UtteranceSpec

NO_TIMES = list(s.NO_TIMES)
TOPOLOGY = SHARED.with_engine("hibari")
STAGES = [TOPOLOGY.by_number[number] for number in TOPOLOGY.path("hibari", "", to_device=True)]


class Client:
    def __init__(self) -> None:
        self.events: list[Event] = []
        self.fds: tuple[int, ...] = ()

    def send(self, event: Event, fds: tuple[int, ...] = ()) -> None:
        self.events.append(event)
        self.fds = fds or self.fds

    def has_backlog(self, on_sent: Callable[[], None]) -> bool:
        return False

    def finished(self) -> list[tuple[int, str, int]]:
        return [(e.id, e.reason, e.heard_chars) for e in self.events if isinstance(e, Finished)]


class World:
    """A service with a pipeline, and the generator's end of the text ring."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline, self.client = pipeline, Client()
        supervisor: Any = SimpleNamespace(
            pipeline=pipeline,
            config=Config(limits=Limits(streams=1)),
            ready=asyncio.Event(),
            stages={},
            voices=[],
            device=SimpleNamespace(latency_ms=0.0),
            catch_up=lambda number: None,
            models=SimpleNamespace(absent=frozenset, review=lambda: None),
        )
        supervisor.ready.set()
        self.service = UtteranceService(supervisor)
        pipeline.change(TOPOLOGY)
        [text] = pipeline.assignment(STAGES[0], "initial").links.sources
        self._text = Consumer(text.ring, pipeline.text_space)

    def speak(self, number: int, *, sink: str = "device", text: str = "one two", replace: bool = False) -> Utterance:
        spec = UtteranceSpec("hibari", "heart", 1.0, 1.0, sink, 24_000, 48_000)
        made = Utterance(number, self.client, spec, 0)
        made.add_text(text)
        made.close_text()
        self.service.submit(made, replace=replace)
        return made

    def read_text(self) -> list[tuple[int, int, bytes]]:
        """Run, kind and payload of the slots in the text ring."""
        slots = []
        while (slot := self._text.peek()) is not None:
            slots.append((slot.words[s.UTTERANCE], slot.words[s.KIND], slot.bytes()))
            self._text.release(0)
        return slots

    def play(self, utterance: Utterance, samples: int) -> None:
        """As the output: the device has played so many samples."""
        assert utterance.lane is not None
        self.service.lifecycle.on_message(STAGES[0], stage_protocol.Started(utterance.run, NO_TIMES, 0))
        self.pipeline.shared.set_consumed(utterance.lane, utterance.run, samples)

    def report_end(self, utterance: Utterance, samples: int) -> None:
        self.service.lifecycle.on_message(STAGES[0], Ended(utterance.run, samples, 0, NO_TIMES, 0))

    def live(self, utterance: Utterance) -> int:
        return self.pipeline.shared.live(utterance.lane or 0)


Scene = Callable[[World], Coroutine[Any, Any, None]]


def run(pipeline: Pipeline, scene: Scene) -> None:
    async def main() -> None:
        await scene(World(pipeline))

    asyncio.run(main())
