"""``Client`` against the real daemon: its verbs, what goes wrong, and what a program may do to it."""

import gc
import itertools
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from support.daemon import Daemon, configured, eventually

from steadyvoice import client as package
from steadyvoice.client import (
    Client,
    ClientClosed,
    DaemonUnreachable,
    Finished,
    Mark,
    Queued,
    RequestRefused,
    Started,
    Stream,
    Subscription,
    UtteranceFailed,
)

FOX = "The quick brown fox jumps over the lazy dog."
LONG = "One two three four five six seven eight nine ten. " * 40
TALE = LONG[:300]
NULL = 'audio.device = "null"\n'


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    with configured(tmp_path_factory.mktemp("user"), cache, NULL) as daemon:
        yield daemon


@pytest.fixture(autouse=True)
def _nothing_is_left(daemon: Daemon, request: pytest.FixtureRequest) -> Iterator[None]:
    """No descriptor here, and nothing to be said there.

    But Python cannot keep an interrupt away from between the kernel's giving descriptors and their having an owner.
    """
    gc.collect()
    before = descriptors()
    yield
    gc.collect()
    assert descriptors() - before in ((0, 3) if "at_any_moment" in request.node.name else (0,))
    eventually(lambda: idle(daemon))


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def idle(daemon: Daemon) -> bool:
    counts = daemon.status()["utterances"]
    return counts["active"] == counts["queued"] == 0


def begun(stream: Stream) -> Stream:
    """Once its first block was taken."""
    assert len(next(iter(stream)))
    return stream


def test_the_story_of_an_utterance(daemon: Daemon) -> None:
    with daemon.client() as client:
        utterance = client.speak(FOX)
        story = []
        for event in utterance.events():
            story.append(event)
            assert utterance.marks == [each for each in story if isinstance(each, Mark)]
        assert list(utterance.events()) == story
        started, *marks, finished = story
        assert isinstance(started, Started)
        assert [FOX[mark.start : mark.end] for mark in marks] == [*FOX[:-1].split()[:-1], "dog"]
        assert finished == utterance.wait() == utterance.cancel()
        assert utterance.heard == finished.heard_chars == len(FOX)


def test_text_in_pieces_on_the_device(daemon: Daemon) -> None:
    with daemon.client() as client:
        with client.open(rate=2.0) as utterance:
            for piece in ("Hel", "lo. How", " are you?"):
                utterance.append(piece)
        assert utterance.wait().reason == "done"
        assert utterance.heard == len("Hello. How are you?")


def test_two_streams_by_turns(daemon: Daemon) -> None:
    with daemon.client() as client:
        alone = [np.concatenate(list(client.stream(text))) for text in (FOX, TALE)]
        streams = [client.stream(text) for text in (FOX, TALE)]
        heard: list[list[Any]] = [[], []]
        for pair in itertools.zip_longest(*streams):
            for blocks, block in zip(heard, pair, strict=True):
                blocks += [] if block is None else [block]
    for blocks, whole in zip(heard, alone, strict=True):
        np.testing.assert_array_equal(np.concatenate(blocks), whole)


def test_a_block_belongs_to_who_took_it(daemon: Daemon) -> None:
    with daemon.client() as client:
        stream = client.stream(FOX)
        assert stream.sample_rate == 24000
        blocks = list(stream)
        for block in blocks:
            assert (block.dtype, block.ndim, block.base) == (np.float32, 1, None)
            block *= 2


def test_samples_at_any_rate_in_any_format_on_any_way(daemon: Daemon) -> None:
    with daemon.client() as client:
        for options in ({"sample_rate": 16000}, {"format": "s16"}, {"sample_rate": 44100, "format": "s16"}):
            ring, inline = client.stream(FOX, **options), client.stream(FOX, inline=True, **options)
            assert ring.sample_rate == inline.sample_rate == options.get("sample_rate", 24000)
            assert inline.waits_on == []
            heard, other = (np.concatenate(list(stream)) for stream in (ring, inline))
            assert heard.dtype == (np.int16 if "format" in options else np.float32)
            np.testing.assert_array_equal(heard, other)
            assert len(heard) / ring.sample_rate == pytest.approx(ring.wait().duration_s, abs=1e-3)
            assert [mark.start for mark in ring.marks] == [mark.start for mark in inline.marks] != []
        for refused, code in (({"sample_rate": 7}, "sample_rate_out_of_range"), ({"format": "mp3"}, "bad_message")):
            with pytest.raises(RequestRefused) as error:
                client.stream(FOX, **refused)
            assert error.value.code == code


def test_an_inline_stream_may_be_left_at_any_time(daemon: Daemon) -> None:
    with daemon.client() as client:
        for _ in range(3):
            begun(client.stream(LONG, inline=True))
        stream = begun(client.stream(LONG, inline=True))
        assert stream.cancel().reason == "cancelled"
        assert stream.take() is None
        eventually(lambda: client.status()["utterances"]["active"] == 0)


def test_transport(daemon: Daemon) -> None:
    with daemon.client() as client:
        first, second = client.speak(LONG), client.speak(LONG, priority="text")
        client.pause()
        assert client.status()["audio"]["paused"]
        client.resume()
        assert client.skip().id == first.id
        assert first.wait().reason == "skipped"
        assert client.skip("sentence").id == second.id
        third = client.speak(FOX, replace=True)
        assert second.wait().reason == "replaced"
        assert [heard.id for heard in client.cancel(third.id)] == [third.id]
        with pytest.raises(RequestRefused, match="nothing to skip") as refused:
            client.skip()
        assert refused.value.code == "nothing_playing"
        assert [each.name for each in client.converters()] == ["shift"]
        assert "heart" in [voice.name for voice in client.voices()]


def test_a_subscription_hears_everybody(daemon: Daemon) -> None:
    with daemon.client() as follower, daemon.client() as other:
        with follower.subscribe() as events:
            theirs, mine = other.speak(FOX, rate=2.0), follower.speak(FOX, rate=2.0)
            other.pause()
            follower.resume()
            seen: dict[int, list[type]] = {theirs.id: [], mine.id: [], 0: []}
            for event in events:
                seen[getattr(event, "id", 0)].append(type(event))
                if [kinds[-1:] for kinds in seen.values()].count([Finished]) == 2:
                    break
            story = [Queued, Started, *[Mark] * len(FOX.split()), Finished]
            assert seen == {theirs.id: story, mine.id: story, 0: [package.Paused] * 2}
        assert list(events) == []
        other.speak(FOX, rate=2.0).wait()
        assert follower.status()["ready"]
        assert list(events) == []


def test_who_drops_a_subscription_is_not_told_any_more(daemon: Daemon) -> None:
    with daemon.client() as follower, daemon.client() as other:
        kept, dropped = follower.subscribe(), follower.subscribe()
        del dropped
        other.stream(FOX).close()
        assert isinstance(next(kept), Queued)
        del kept
        follower.status()
        other.speak(FOX, rate=2.0).wait()
        assert other.status()["ready"]  # and whatever goes to others has been sent
        assert not select.select([follower._connection._socket], [], [], 0)[0]


def test_refusals_name_what_to_do(daemon: Daemon) -> None:
    with daemon.client() as client:
        for options, code, says in (
            ({"voice": "hart"}, "unknown_voice", "heart"),
            ({"rate": 9}, "rate_out_of_range", "0.5"),
            ({"rate": "fast"}, "bad_message", "rate"),
            ({"priority": "loud"}, "bad_message", "priority"),
        ):
            with pytest.raises(RequestRefused, match=says) as refused:
                client.speak(FOX, **options)
            assert (refused.value.code, refused.value.retryable) == (code, False)
        for wrong in ({"loud": 1}, {"sink": "pcm"}, {"text": FOX}):
            with pytest.raises(TypeError):
                client.speak(FOX, **wrong)
        with pytest.raises(UtteranceFailed, match="heart") as failed:
            client.speak("你好世界").wait()
        assert failed.value.code == "unspeakable"
        assert failed.value.finished.heard_chars == 0
        assert list(client.stream(FOX))


def test_refused_text_is_told_once_and_the_rest_is_spoken(daemon: Daemon) -> None:
    with daemon.client() as client:
        stream = client.open_stream()
        stream.append(FOX)
        stream.append("x" * 300_000)
        assert client.status()["ready"]
        with pytest.raises(RequestRefused, match="in parts"):
            stream.finish()
        stream.finish()
        assert sum(map(len, stream)) > 24000
        stream.append("Too late.")
        assert stream.wait().heard_chars == len(FOX)


def test_a_message_that_is_too_long_is_the_reason_why_the_daemon_hangs_up(daemon: Daemon) -> None:
    with daemon.client() as client:
        utterance = client.open()
        with pytest.raises(RequestRefused, match="4194304 bytes"):
            client.speak("x" * 5_000_000)
        with pytest.raises(RequestRefused, match="4194304 bytes"):
            utterance.wait()
        assert client.status()["ready"]


def test_one_client_too_many(make_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(NULL + "limits.clients = 2\n")
    crowded = make_daemon("--config", str(tmp_path / "config.toml")).ready()
    with crowded.client() as one, crowded.client() as two:
        eventually(lambda: works(one) and works(two))  # who asked whether it is ready has left
        with crowded.client() as three:
            with pytest.raises(RequestRefused) as refused:
                three.status()
            assert (refused.value.code, refused.value.retryable) == ("too_many_clients", True)
            one.close()
            eventually(lambda: works(three))


def works(client: Client) -> bool:
    try:
        return bool(client.status())
    except RequestRefused:
        return False


def test_a_stream_may_be_left_at_any_time(daemon: Daemon) -> None:
    """Closed, or dropped: its descriptors go, its utterance ends, and the client goes on."""
    with daemon.client() as client:
        client.status()
        before = descriptors()
        with closing(begun(client.stream(LONG))) as stream:
            assert descriptors() > before
        assert descriptors() == before
        assert list(stream) == []
        assert stream.wait().reason == "cancelled"
        with client.stream(LONG) as stream:
            begun(stream)
        assert stream.wait().reason == "cancelled"
        for block in client.stream(LONG):
            assert len(block)
            break
        begun(client.stream(LONG))
        client.stream(LONG)
        eventually(lambda: idle(daemon))
        assert descriptors() == before
        stream = begun(client.stream(LONG))
        assert stream.cancel().reason == "cancelled"
        assert descriptors() == before
        assert list(client.stream(FOX))


def test_an_error_in_the_with_block_silences(daemon: Daemon) -> None:
    with daemon.client() as client:
        utterance = client.open()
        with pytest.raises(ZeroDivisionError), utterance:
            utterance.append(LONG + str(1 / 0))
        assert utterance.finished is not None
        assert utterance.finished.reason == "cancelled"


def test_after_close_there_is_one_error(daemon: Daemon) -> None:
    client = daemon.client()
    utterance, stream, events = client.speak(LONG), begun(client.stream(LONG)), client.subscribe()
    client.close()
    client.close()
    for use in (
        client.status,
        client.cancel,
        client.receive,
        lambda: client.speak(FOX),
        client.subscribe,
        utterance.wait,
        utterance.cancel,
        lambda: utterance.append(FOX),
        lambda: list(utterance.events()),
        lambda: list(stream),
        lambda: next(e for e in events if isinstance(e, Finished)),
    ):
        with pytest.raises(ClientClosed, match="make a new one"):
            use()
    stream.close()
    events.close()


def test_wait_for_so_long(daemon: Daemon) -> None:
    with daemon.client() as client:
        utterance = client.speak(LONG)
        for timeout in (0, 0.01):
            with pytest.raises(TimeoutError, match="not over"):
                utterance.wait(timeout=timeout)
        utterance.cancel()
        assert utterance.wait(timeout=0).reason == "cancelled"


def test_a_daemon_that_does_not_answer(daemon: Daemon) -> None:
    os.kill(daemon.process.pid, signal.SIGSTOP)
    try:
        with Client(daemon.socket, timeout=0.2) as client:
            for _ in range(2):
                with pytest.raises(DaemonUnreachable, match="not answered") as silent:
                    client.status()
                assert isinstance(silent.value.__cause__, TimeoutError)
            os.kill(daemon.process.pid, signal.SIGCONT)
            client._timeout = 10.0
            assert client.status()["ready"]
    finally:
        os.kill(daemon.process.pid, signal.SIGCONT)


def test_a_daemon_that_does_not_read(daemon: Daemon) -> None:
    """More text than the socket holds."""
    with Client(daemon.socket, timeout=0.2) as client:
        utterance = client.open()
        os.kill(daemon.process.pid, signal.SIGSTOP)
        try:
            with pytest.raises(DaemonUnreachable, match="not answered"):
                utterance.append("word " * 500_000)
        finally:
            os.kill(daemon.process.pid, signal.SIGCONT)


def test_a_daemon_whose_queue_is_full(tmp_path: Path, daemon: Daemon) -> None:
    path = tmp_path / "full.sock"
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as first:
        listener.bind(str(path))
        listener.listen(0)
        first.connect(str(path))
        with pytest.raises(DaemonUnreachable, match="accepts nobody") as full:
            Client(path, timeout=0.05)
        assert isinstance(full.value.__cause__, TimeoutError)
        room = threading.Timer(0.05, lambda: listener.accept()[0].close())
        room.start()
        Client(path).close()
        room.join()


def test_no_daemon(tmp_path: Path) -> None:
    with pytest.raises(DaemonUnreachable, match="start one: svd") as missing:
        Client(tmp_path / "none.sock")
    assert isinstance(missing.value.__cause__, FileNotFoundError)


def test_a_daemon_killed_and_started_again(make_daemon: Callable[..., Daemon], tmp_path: Path) -> None:
    """Who had nothing under way does not notice; what was under way ends, and the next verb finds the new one."""
    (tmp_path / "config.toml").write_text(NULL)
    mortal = make_daemon("--config", str(tmp_path / "config.toml")).ready()
    with mortal.client() as idle, mortal.client() as busy:
        assert idle.speak(FOX, rate=2.0).wait().reason == "done"
        utterance, stream, opened, events = busy.speak(LONG), begun(busy.stream(LONG)), busy.open(), busy.subscribe()
        mortal.process.kill()
        mortal.process.wait()
        for client in (idle, busy):
            with pytest.raises(DaemonUnreachable, match="start one: svd"):
                client.status()
        mortal.start()
        eventually(lambda: reachable(idle))
        assert busy.speak(FOX, rate=2.0).wait().reason == "done"
        assert list(idle.stream(FOX))
        for use in (
            utterance.wait,
            lambda: list(stream),
            lambda: opened.append(FOX),
            lambda: [event for event in events if event is None],
        ):
            with pytest.raises(DaemonUnreachable, match="has gone away"):
                use()
        mortal.stop()
        mortal.start()
        eventually(lambda: reachable(idle))
        with busy.open_stream() as again:
            again.append(FOX)
        assert list(again)


def reachable(client: Client) -> bool:
    try:
        return bool(client.status())
    except DaemonUnreachable:
        return False


class Interrupter:
    """Ctrl-C before the n-th line of this package that runs; not in ``__del__``, where Python would swallow it."""

    def __init__(self, moment: int) -> None:
        self.left = moment
        self._where = str(Path(package.__file__).parent)

    def __enter__(self) -> "Interrupter":
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _trace(self, frame: FrameType, event: str, _: object) -> Any:
        if not frame.f_code.co_filename.startswith(self._where):
            return None
        if event == "line" and not in_del(frame):
            self.left -= 1
            if self.left == 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self._trace


def in_del(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code.co_name != "__del__":
        frame = frame.f_back
    return frame is not None


def a_program(client: Client) -> None:
    with client.open_stream() as stream:
        stream.append("Hello.")
        next(iter(stream))
    for _ in stream:
        pass
    client.speak(FOX)
    client.cancel()


def test_an_interrupt_at_any_moment_leaves_a_client_that_works(daemon: Daemon) -> None:
    with daemon.client() as client, Interrupter(1 << 30) as lines:
        a_program(client)
    ran = (1 << 30) - lines.left
    assert ran > 300
    for moment in range(1, ran, ran // 31):
        with daemon.client() as client:
            with suppress(KeyboardInterrupt), Interrupter(moment):
                a_program(client)
            gc.collect()
            assert client.status()["ready"], moment
            client.cancel()
            assert sum(map(len, client.stream("Hello."))) > 0, moment


def test_ctrl_c_while_it_waits(daemon: Daemon) -> None:
    """The handler runs at once, and what was under way can be cancelled."""
    main = threading.get_ident()
    with daemon.client() as client:
        utterance = client.speak(LONG)
        ctrl_c = threading.Timer(0.05, signal.pthread_kill, (main, signal.SIGINT))
        ctrl_c.start()
        with pytest.raises(KeyboardInterrupt):
            utterance.wait()
        ctrl_c.join()
        assert utterance.cancel().reason == "cancelled"


WITHOUT_NUMPY = """
import sys
sys.modules["numpy"] = None
from steadyvoice.client import AsyncClient, Client
with Client(sys.argv[1]) as client:
    assert client.status()["ready"] and client.voices()
    assert client.speak("Hello.").wait().reason == "done"
    stream = client.stream("Hello.")
    assert stream.sample_rate == 24000
    try:
        stream.take()
    except ImportError:
        print("fine")
"""


def test_only_samples_need_numpy(daemon: Daemon) -> None:
    run = [sys.executable, "-c", WITHOUT_NUMPY, str(daemon.socket)]
    assert subprocess.run(run, check=True, capture_output=True, text=True).stdout == "fine\n"


def test_everything_public_has_its_name() -> None:
    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    with pytest.raises(AttributeError, match="Nonsense"):
        _ = package.Nonsense
    assert Subscription.__doc__
