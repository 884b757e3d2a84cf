"""``Client`` against a real daemon: its methods and misuse."""

import select
import subprocess
import sys

import pytest
from support.clients import FOX, LONG, NULL, begun
from support.daemon import Daemon

from steadyvoice import client as package
from steadyvoice.client import (
    ClientClosed,
    Finished,
    Mark,
    Queued,
    RequestRefused,
    Started,
    Subscription,
    UtteranceFailed,
)

CONFIGURATION = NULL
pytestmark = pytest.mark.usefixtures("nothing_is_left")


def test_events_of_an_utterance(daemon: Daemon) -> None:
    with daemon.client() as client:
        utterance = client.speak(FOX, rate=2.0)
        story = []
        for event in utterance.events():
            story.append(event)
            seen = [each for each in story if isinstance(each, Mark)]
            assert utterance.marks[: len(seen)] == seen  # several events may arrive in one read
        assert list(utterance.events()) == story
        started, finished = story[0], story[-1]
        marks = [each for each in story if isinstance(each, Mark)]
        assert isinstance(started, Started)
        assert isinstance(finished, Finished)
        assert story == [started, *marks, finished]
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


def test_a_subscription_receives_all_clients_events(daemon: Daemon) -> None:
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


def test_a_dropped_subscription_ends(daemon: Daemon) -> None:
    with daemon.client() as follower, daemon.client() as other:
        kept, dropped = follower.subscribe(), follower.subscribe()
        del dropped
        stream = other.stream(FOX)
        assert next(kept) == Queued(0, stream.id, sink="pcm")
        stream.close()
        del kept
        follower.status()
        other.speak(FOX, rate=2.0).wait()
        assert other.status()["ready"]  # wait until events of other subscribers have been sent
        assert not select.select([follower._connection._socket], [], [], 0)[0]


def test_refusals_suggest_a_fix(daemon: Daemon) -> None:
    with daemon.client() as client:
        for options, code, says in (
            ({"voice": "hart"}, "unknown_voice", "heart"),
            ({"rate": 9}, "out_of_range", "0.5"),
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
            client.speak("\u02c0").wait()
        assert failed.value.code == "unsupported_text"
        assert failed.value.finished.heard_chars == 0
        assert list(client.stream(FOX))


def test_refused_text_is_reported_once_and_the_rest_is_spoken(daemon: Daemon) -> None:
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


def test_an_oversized_message_is_the_reported_close_reason(daemon: Daemon) -> None:
    with daemon.client() as client:
        utterance = client.open()
        with pytest.raises(RequestRefused, match="4194304 bytes"):
            client.speak("x" * 5_000_000)
        with pytest.raises(RequestRefused, match="4194304 bytes"):
            utterance.wait()
        assert client.status()["ready"]


def test_an_exception_in_the_with_block_cancels(daemon: Daemon) -> None:
    with daemon.client() as client:
        utterance = client.open()
        with pytest.raises(ZeroDivisionError), utterance:
            utterance.append(LONG + str(1 / 0))
        assert utterance.finished is not None
        assert utterance.finished.reason == "cancelled"


def test_every_call_after_close_raises_client_closed(daemon: Daemon) -> None:
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


def test_wait_with_a_timeout(daemon: Daemon) -> None:
    with daemon.client() as client:
        utterance = client.speak(LONG)
        for timeout in (0, 0.01):
            with pytest.raises(TimeoutError, match="not finished"):
                utterance.wait(timeout=timeout)
        utterance.cancel()
        assert utterance.wait(timeout=0).reason == "cancelled"


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


def test_public_names_are_exported() -> None:
    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    with pytest.raises(AttributeError, match="Nonsense"):
        _ = package.Nonsense
    assert Subscription.__doc__
