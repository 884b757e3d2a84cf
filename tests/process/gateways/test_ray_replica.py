"""What a Ray Serve replica owns, without Ray: daemons with cores of their own, and the way to their gateways."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from support.daemon import alive, eventually, user_env
from support.streaming import run
from support.svctl import LIGHT, WORD

from steadyvoice.client import DaemonUnreachable
from steadyvoice.gateways.ray.forward import Gateway
from steadyvoice.gateways.ray.own_daemon import NotReady, NotStarted, OwnDaemon
from steadyvoice.ipc import cores

PCM = {"input": WORD, "response_format": "pcm"}
PCM_BYTES = 2 * 24_000 // 20
Message = dict[str, Any]


@pytest.fixture
def base(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which daemons get theirs; its path is short, because that of a socket may have 107 bytes."""
    with TemporaryDirectory(prefix="sv-replica-") as home:
        for name, value in user_env(Path(home), cache).items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("STEADYVOICE_SOCKET", raising=False)
        (tmp_path / "config.toml").write_text(LIGHT)
        yield Path(home) / "run" / "steadyvoice"


@asynccontextmanager
async def owned(config: Path, count: int = 0) -> AsyncIterator[OwnDaemon]:
    own = OwnDaemon(str(config), count)
    try:
        yield own
    finally:
        await own.close()
        own.end()


def folders(base: Path) -> list[Path]:
    return sorted(base.glob("replica-*"))


async def ask(app: Gateway, path: str, body: bytes | None = None, **more: Any) -> tuple[int, bytes]:
    """The status and the body that the application answers, as an ASGI server asks it."""
    sent: list[Message] = []
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    inbox.put_nowait({"type": "http.request", "body": body or b"", "more_body": False})

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), *([(b"content-type", b"application/json")] if body else [])]
    scope = {"type": "http", "method": "POST" if body else "GET", "path": path, "headers": headers} | more
    await app(scope, inbox.get, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


async def converse(app: Gateway, path: str, *messages: Message, until: Callable[[Message], bool]) -> list[Message]:
    """What the application sends over a WebSocket, until the client leaves."""
    sent: list[Message] = []
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    for message in ({"type": "websocket.connect"}, *messages):
        inbox.put_nowait(message)

    async def send(message: Message) -> None:
        sent.append(message)
        if until(message):
            inbox.put_nowait({"type": "websocket.disconnect", "code": 1000})

    await app({"type": "websocket", "path": path, "headers": [(b"host", b"localhost")]}, inbox.get, send)
    return sent


@pytest.mark.skipif(len(cores.available()) < 2, reason="needs two cores")
def test_two_daemons_have_different_cores_and_leave_nothing(base: Path, tmp_path: Path) -> None:
    async def main() -> None:
        async with owned(tmp_path / "config.toml", 1) as one, owned(tmp_path / "config.toml", 1) as two:
            assert len({*one.sockets.cpus, *two.sockets.cpus}) == 2
            for own in (one, two):
                stages = (await own.status())["stages"]
                assert {cpu for stage in stages for cpu in stage["cpus"]} == set(own.sockets.cpus)
            assert {folder.stat().st_mode & 0o777 for folder in folders(base)} == {0o700}
            pids = [(await own.status())["pid"] for own in (one, two)]
            if len(cores.available()) == 2:
                with pytest.raises(NotStarted):
                    OwnDaemon(str(tmp_path / "config.toml"), 1)
        assert not any(alive(pid) for pid in pids)
        assert not folders(base)

    run(main())


def test_a_daemon_ends_with_its_replica_however_that_ends(base: Path, tmp_path: Path) -> None:
    """Without a replica no pipe; without a keeper the kernel's signal; without a daemon no replica."""

    async def main() -> None:
        async with owned(tmp_path / "config.toml") as own:
            daemon = (await own.status())["pid"]
            os.kill(own.keeper, signal.SIGKILL)
            eventually(lambda: not alive(daemon))
            abandoned = folders(base)
            assert abandoned
        async with owned(tmp_path / "config.toml") as own:
            assert not set(abandoned) & set(folders(base))
            await own.check()
            os.kill((await own.status())["pid"], signal.SIGKILL)
            eventually(lambda: not alive(own.keeper))
            assert not folders(base)
            with pytest.raises((NotReady, DaemonUnreachable)):
                await own.check()

    run(main())


def test_requests_and_conversations_are_passed_on_as_they_are(base: Path, tmp_path: Path) -> None:
    async def main() -> None:
        async with owned(tmp_path / "config.toml") as own:
            app = Gateway(own.sockets.http)
            try:
                status, audio = await ask(app, "/v1/audio/speech", json.dumps(PCM).encode())
                assert (status, len(audio)) == (200, PCM_BYTES)
                assert (await ask(app, "/v1/audio/speech", b"{"))[0] == 400
                assert (await ask(app, "/v1/audio/speech", b" " * (3 << 20)))[0] == 413
                assert (await ask(app, "/health"))[0] == 200
                assert (await ask(app, "/x", query_string=b"a=%2F&b", raw_path=b"/%C3%A4"))[0] == 404
                assert (await ask(app, "/", headers=[(b"host", b"evil.example")]))[0] == 421
                await conversation(app)
            finally:
                await app.close()

    run(main())


async def conversation(app: Gateway) -> None:
    say = {"voice": {"mode": "id", "id": "paced"}, "context_id": "a", "transcript": WORD}
    text = {"type": "websocket.receive", "text": json.dumps(say)}

    def is_done(message: Message) -> bool:
        return '"done"' in message.get("text", "")

    sent = await converse(app, "/tts/websocket", text, until=is_done)
    assert sent[0]["type"] == "websocket.accept"
    assert any('"chunk"' in message.get("text", "") for message in sent)
    refused = await converse(app, "/nothing", until=lambda _: False)
    assert refused == [{"type": "websocket.close", "code": 1008}]
    closed = await converse(app, "/v1/speak?encoding=nothing", until=lambda _: False)
    assert (closed[-1]["type"], closed[-1]["code"]) == ("websocket.close", 1008)
