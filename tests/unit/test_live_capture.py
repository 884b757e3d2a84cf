"""What the input is sent: the session's source, else the microphone that is listened to, again after a failure."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from steadyvoice.daemon.live import capture
from steadyvoice.daemon.live.capture import Capture
from steadyvoice.ipc.live_protocol import InputReport, LiveSource

FAILED = InputReport(0, "failed", "no microphone")
SESSION = LiveSource(7, "tone", -1, to_device=True)


class Line:
    def __init__(self) -> None:
        self.sent: list[tuple[int, str, int]] = []

    def send(self, name: str, source: LiveSource) -> None:
        assert name == "input"
        self.sent.append((source.session, source.source, source.first))


def sent(monkeypatch: pytest.MonkeyPatch, use: Callable[[Capture], None]) -> list[tuple[int, str, int]]:
    """What a capture that listens is sent, after ``use`` and the time of many retries."""
    monkeypatch.setattr(capture, "_RETRY_S", 0.001)
    supervisor: Any = SimpleNamespace(config=SimpleNamespace(live=SimpleNamespace(microphone="mic:2")))

    async def run() -> list[tuple[int, str, int]]:
        line: Any = Line()
        made = Capture(supervisor, line)
        made.listens = True
        use(made)
        await asyncio.sleep(0.05)
        return line.sent  # type: ignore[no-any-return]

    return asyncio.run(run())


def test_a_microphone_that_fails_is_tried_again_once_for_all_its_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    def use(made: Capture) -> None:
        made.apply()
        made.on_report(FAILED)
        made.on_report(FAILED)

    assert sent(monkeypatch, use) == [(0, "mic:2", -1)] * 2


def test_a_session_is_not_opened_again_by_the_retry_of_a_microphone(monkeypatch: pytest.MonkeyPatch) -> None:
    def use(made: Capture) -> None:
        made.on_report(FAILED)
        made.session = SESSION
        made.apply()

    assert sent(monkeypatch, use) == [(7, "tone", -1)]


def test_a_process_that_replaces_another_goes_on_where_that_one_began(monkeypatch: pytest.MonkeyPatch) -> None:
    def use(made: Capture) -> None:
        made.session = SESSION
        made.apply()
        made.began(5120)
        made.apply()

    assert sent(monkeypatch, use) == [(7, "tone", -1), (7, "tone", 5120)]
