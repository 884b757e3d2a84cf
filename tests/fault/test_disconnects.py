"""A client may disconnect at any moment: its utterances are cancelled unless detached, and nothing leaks."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from support.daemon import Daemon, configured, eventually
from support.matrix import only, quick
from support.unvalidated_client import UnvalidatedClient, descriptors_of

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
    pids, descriptors, ended = daemon.pids(), descriptors_of(daemon.process.pid), ended_count(daemon)
    first = queue_one(daemon)
    yield
    eventually(lambda: not unfinished_count(daemon))
    assert daemon.pids() == pids
    with daemon.client() as client:
        assert sum(map(len, client.stream(SHORT))) > 12000
    with UnvalidatedClient(daemon.socket) as peer:
        started(peer, {"type": "speak", "text": SHORT})
        peer.ask(type="cancel")
    eventually(lambda: descriptors_of(daemon.process.pid) <= descriptors + 1)  # one may be that of the status request
    assert ended_count(daemon) - ended == queue_one(daemon) - first


def queue_one(daemon: Daemon) -> int:
    """Speak and cancel at once; return the utterance's number. Numbers are consecutive."""
    with UnvalidatedClient(daemon.socket) as peer:
        number: int = peer.ask(type="speak", open=True, sink="pcm")["id"]
        peer.ask(type="cancel")
    return number


def utterances(daemon: Daemon, *keys: Literal["active", "queued", "finished", "cancelled", "failed"]) -> int:
    counts = daemon.status()["utterances"]
    return sum(counts[key] for key in keys)


def unfinished_count(daemon: Daemon) -> int:
    return utterances(daemon, "active", "queued")


def ended_count(daemon: Daemon) -> int:
    return utterances(daemon, "finished", "cancelled", "failed")


def before_queued(peer: UnvalidatedClient, speak: dict[str, object]) -> None:
    peer.socket.send(peer.packed(**speak))


def half_a_request(peer: UnvalidatedClient, speak: dict[str, object]) -> None:
    peer.socket.send(peer.packed(**speak) + peer.packed(**speak)[:-3])


def queued(peer: UnvalidatedClient, speak: dict[str, object]) -> None:
    peer.ask(**speak)


def many_queued(peer: UnvalidatedClient, speak: dict[str, object]) -> None:
    for _ in range(3):
        peer.ask(**speak)


def started(peer: UnvalidatedClient, speak: dict[str, object]) -> None:
    peer.ask(**speak)
    peer.until(lambda _: bool(peer.ids("started")))


def text_has_paused(peer: UnvalidatedClient, speak: dict[str, object]) -> None:
    peer.send(peer.packed(type="append", id=peer.ask(**speak | OPEN)["id"], text=" ships "))
    peer.until(lambda _: bool(peer.ids("started")))


def text_has_ended(peer: UnvalidatedClient, speak: dict[str, object]) -> None:
    """With the sink pcm, the whole text including END is in the ring, and no block was read."""
    peer.send(peer.packed(type="finish", id=peer.ask(**speak | OPEN)["id"]))
    peer.until(lambda _: bool(peer.ids("started")))


def cancel_waits(peer: UnvalidatedClient, speak: dict[str, object]) -> None:
    peer.ask(**speak)
    peer.until(lambda _: bool(peer.ids("started")))
    peer.socket.send(peer.packed(type="cancel") + peer.packed(type="status"))


def cancel_waits_for_itself(peer: UnvalidatedClient, speak: dict[str, object]) -> None:
    """The client names its own utterance many times, and repeats the request before the first reply."""
    number = peer.ask(**speak)["id"]
    peer.socket.send(peer.packed(type="cancel", ids=[number] * 500) * 3)


Moment = Callable[[UnvalidatedClient, dict[str, object]], None]
MOMENTS: list[Moment] = [before_queued, half_a_request, queued, many_queued, started]
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
    with UnvalidatedClient(daemon.socket) as peer:
        where: dict[str, object] = {"sink": "pcm", "inline": True} if sink == "inline" else {"sink": sink}
        moment(peer, {"type": "speak", "text": LONG} | where)
        if how == "is cut off in a message":
            peer.socket.send(b"\xff" * 8)
        elif how == "shuts its writing half":
            peer.socket.shutdown(1)
        if how != "closes":
            peer.until(lambda _: False)  # the daemon closes too
    eventually(lambda: not unfinished_count(daemon))


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
def test_detached_utterances_survive(daemon: Daemon, moment: Moment) -> None:
    """A detached utterance is spoken to its end, unless it was cancelled."""
    said = utterances(daemon, "finished")
    with UnvalidatedClient(daemon.socket) as peer:
        moment(peer, {"type": "speak", "text": SHORT, "sink": "device", "detach": True, "rate": 2.0})
    eventually(lambda: not unfinished_count(daemon))
    expected: dict[Moment, int] = {many_queued: 3, cancel_waits: 0, cancel_waits_for_itself: 0}
    assert utterances(daemon, "finished") - said == expected.get(moment, 1)


def test_disconnect_before_the_daemon_is_ready(make_daemon: Callable[..., Daemon]) -> None:
    """Requests sent while the stages start: the connected client is served, the disconnected ones are cancelled."""
    daemon = make_daemon()
    eventually(daemon.socket.exists)
    speak = {"type": "speak", "text": SHORT, "sink": "pcm", "inline": True}
    with UnvalidatedClient(daemon.socket) as stays:
        stays.send(stays.packed(**speak))
        for moment in (before_queued, half_a_request):
            for _ in range(20):
                with UnvalidatedClient(daemon.socket) as leaves:
                    moment(leaves, speak)
        assert not daemon.status()["ready"]
        stays.until(lambda _: bool(stays.ids("finished")))
        assert stays.events[-1]["reason"] == "done"
    eventually(lambda: not unfinished_count(daemon))
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


@pytest.mark.parametrize("clients", quick(1, [40, 100]))
def test_concurrent_clients_receive_the_same_samples_as_one(daemon: Daemon, clients: int) -> None:
    """More than may speak at once: some are queued."""

    def stream_text(number: int) -> NDArray[np.float32]:
        with daemon.client() as client:
            return np.concatenate(list(client.stream(TEXTS[number % len(TEXTS)])))

    alone = [stream_text(number) for number in range(len(TEXTS))]
    with ThreadPoolExecutor(clients) as pool:
        for number, heard in enumerate(pool.map(stream_text, range(clients))):
            np.testing.assert_array_equal(heard, alone[number % len(TEXTS)])
