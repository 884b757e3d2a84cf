"""A client may disconnect at any moment: its utterances are cancelled unless detached, and nothing leaks."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.daemon import Daemon, configured, eventually
from support.matrix import only
from support.wild import Wild, descriptors_of

Moment = Callable[[Wild, dict[str, object]], None]

LONG = "The keeper of the lighthouse climbs the stairs every evening, lights the lamp, and waits for ships. " * 9
SHORT = "Ships pass."
OPEN = {"text": "The lamp is lit. And then the", "open": True}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    with configured(tmp_path_factory.mktemp("user"), cache, 'audio.device = "null"\n') as daemon:
        with daemon.client() as client:
            list(client.stream(SHORT))
        yield daemon


@pytest.fixture(autouse=True)
def _nothing_leaks(daemon: Daemon) -> Iterator[None]:
    pids, descriptors, ended = daemon.pids(), descriptors_of(daemon.process.pid), over(daemon)
    first = queue_one(daemon)
    yield
    eventually(lambda: not going_on(daemon))
    assert daemon.pids() == pids
    with daemon.client() as client:
        assert sum(map(len, client.stream(SHORT))) > 12000
    with Wild(daemon.socket) as wild:
        started(wild, {"type": "speak", "text": SHORT})
        wild.ask(type="cancel")
    eventually(lambda: descriptors_of(daemon.process.pid) <= descriptors + 1)  # status's own connection may be the one
    assert over(daemon) - ended == queue_one(daemon) - first


def queue_one(daemon: Daemon) -> int:
    """The number of an utterance that is cancelled at once: numbers are consecutive."""
    with Wild(daemon.socket) as wild:
        number: int = wild.ask(type="speak", open=True, sink="pcm")["id"]
        wild.ask(type="cancel")
    return number


def utterances(daemon: Daemon, *keys: str) -> int:
    counts = daemon.status()["utterances"]
    return sum(counts[key] for key in keys)


def going_on(daemon: Daemon) -> int:
    return utterances(daemon, "active", "queued")


def over(daemon: Daemon) -> int:
    return utterances(daemon, "finished", "cancelled", "failed")


def before_queued(wild: Wild, speak: dict[str, object]) -> None:
    wild.socket.send(wild.packed(**speak))


def half_a_request(wild: Wild, speak: dict[str, object]) -> None:
    wild.socket.send(wild.packed(**speak) + wild.packed(**speak)[:-3])


def queued(wild: Wild, speak: dict[str, object]) -> None:
    wild.ask(**speak)


def many_queued(wild: Wild, speak: dict[str, object]) -> None:
    for _ in range(3):
        wild.ask(**speak)


def started(wild: Wild, speak: dict[str, object]) -> None:
    wild.ask(**speak)
    wild.until(lambda _: bool(wild.ids("started")))


def text_has_paused(wild: Wild, speak: dict[str, object]) -> None:
    wild.say(wild.packed(type="append", id=wild.ask(**speak | OPEN)["id"], text=" ships "))
    wild.until(lambda _: bool(wild.ids("started")))


def text_has_ended(wild: Wild, speak: dict[str, object]) -> None:
    """With the sink pcm, the whole text including END is in the ring, and no block was read."""
    wild.say(wild.packed(type="finish", id=wild.ask(**speak | OPEN)["id"]))
    wild.until(lambda _: bool(wild.ids("started")))


def cancel_waits(wild: Wild, speak: dict[str, object]) -> None:
    wild.ask(**speak)
    wild.until(lambda _: bool(wild.ids("started")))
    wild.socket.send(wild.packed(type="cancel") + wild.packed(type="status"))


def cancel_waits_for_itself(wild: Wild, speak: dict[str, object]) -> None:
    """The client names its own utterance many times, and repeats the request before the first reply."""
    number = wild.ask(**speak)["id"]
    wild.socket.send(wild.packed(type="cancel", ids=[number] * 500) * 3)


MOMENTS = [before_queued, half_a_request, queued, many_queued, started]
MOMENTS += [text_has_paused, text_has_ended, cancel_waits, cancel_waits_for_itself]


HOWS = ["closes", "shuts its writing half", "is cut off in a message"]


def _kept(moment: Moment, sink: str, how: str) -> bool:
    """Each sink at each moment; how it disconnects matters to the connection only."""
    return how == "closes" or sink == "pcm"


@pytest.mark.parametrize(
    ("moment", "sink", "how"),
    only(_kept, product(MOMENTS, ["device", "pcm", "inline"], HOWS)),
    ids=lambda value: getattr(value, "__name__", value),
)
def test_disconnect(daemon: Daemon, moment: Moment, sink: str, how: str) -> None:
    with Wild(daemon.socket) as wild:
        where = {"sink": "pcm", "inline": True} if sink == "inline" else {"sink": sink}
        moment(wild, {"type": "speak", "text": LONG} | where)
        if how == "is cut off in a message":
            wild.socket.send(b"\xff" * 8)
        elif how == "shuts its writing half":
            wild.socket.shutdown(1)
        if how != "closes":
            wild.until(lambda _: False)  # the daemon closes too
    eventually(lambda: not going_on(daemon))


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
def test_detached_utterances_survive(daemon: Daemon, moment: Callable[[Wild, dict[str, object]], None]) -> None:
    """A detached utterance is spoken to its end, unless it was cancelled."""
    said = utterances(daemon, "finished")
    with Wild(daemon.socket) as wild:
        moment(wild, {"type": "speak", "text": SHORT, "sink": "device", "detach": True, "rate": 2.0})
    eventually(lambda: not going_on(daemon))
    expected = {many_queued: 3, cancel_waits: 0, cancel_waits_for_itself: 0}.get(moment, 1)
    assert utterances(daemon, "finished") - said == expected


def test_disconnect_before_the_daemon_is_ready(make_daemon: Callable[..., Daemon]) -> None:
    """Requests sent while the stages start: the connected client is served, the disconnected ones are cancelled."""
    daemon = make_daemon()
    eventually(daemon.socket.exists)
    speak = {"type": "speak", "text": SHORT, "sink": "pcm", "inline": True}
    with Wild(daemon.socket) as stays:
        stays.say(stays.packed(**speak))
        for moment in (before_queued, half_a_request):
            for _ in range(20):
                with Wild(daemon.socket) as leaves:
                    moment(leaves, speak)
        assert not daemon.status()["ready"]
        stays.until(lambda _: bool(stays.ids("finished")))
        assert stays.events[-1]["reason"] == "done"
    eventually(lambda: not going_on(daemon))
    assert utterances(daemon, "finished") == 1
    assert utterances(daemon, "cancelled") == queue_one(daemon) - 2
    assert daemon.stop() == 0


def test_disconnects_during_speech_of_another_client(daemon: Daemon) -> None:
    """Readers of samples disconnect between two blocks; the other client's stream loses no sample."""
    with daemon.client() as other:
        alone = np.concatenate(list(other.stream(LONG)))
        beside = iter(other.stream(LONG))
        heard = [next(beside)]
        for count in range(12):
            client = daemon.client()
            blocks = iter(client.stream(LONG))
            for _ in range(1 + 5 * count):
                next(blocks)
            client.close()
            heard.append(next(beside))
        np.testing.assert_array_equal(np.concatenate([*heard, *beside]), alone)


TEXTS = ["The lamp is lit.", "Ships pass, and nobody waves.", "It rains.", "The keeper is old."]


def test_a_hundred_concurrent_clients_receive_the_same_samples_as_one(daemon: Daemon) -> None:
    def hear(number: int) -> NDArray[np.float32]:
        with daemon.client() as client:
            return np.concatenate(list(client.stream(TEXTS[number % len(TEXTS)])))

    alone = [hear(number) for number in range(len(TEXTS))]
    with ThreadPoolExecutor(100) as pool:
        for number, heard in enumerate(pool.map(hear, range(100))):
            np.testing.assert_array_equal(heard, alone[number % len(TEXTS)])
