"""Arbitrary input on the socket: other clients get replies, no stage ends, nothing leaks, log lines are printable."""

import contextlib
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.daemon import Daemon, configured, eventually
from support.matrix import quick
from support.mutants import Mutants
from support.unvalidated_client import UnvalidatedClient, descriptors_of, resident

CONFIG = """
engines = ["hibari", "paced"]
models.preload = ["hibari", "paced"]
audio.device = "null"
limits.requests = 1000000
"""
FRAMINGS = pytest.mark.parametrize("json", [True, False], ids=["json", "msgpack"])
GROWTH = 24 << 20
"""Allowed growth of the daemon's memory during a test in bytes: allocators retain freed memory."""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Daemon]:
    with configured(tmp_path_factory.mktemp("user"), cache, CONFIG) as daemon:
        with daemon.client() as client:
            list(client.stream("Warm."))
        yield daemon
        with daemon.client() as client:
            assert client.speak("Still here.").wait().reason == "done"


@pytest.fixture(autouse=True)
def _unharmed(daemon: Daemon) -> Iterator[None]:
    before = (daemon.pids(), descriptors_of(daemon.process.pid), resident([daemon.process.pid]))
    yield
    settled(daemon)
    assert daemon.pids() == before[0]
    eventually(lambda: descriptors_of(daemon.process.pid) <= before[1] + 1)  # one may be that of the status request
    eventually(lambda: resident([daemon.process.pid]) - before[2] < GROWTH)
    with daemon.client() as client:
        assert sum(map(len, client.stream("Still here."))) > 12000
    for line in daemon.log.splitlines():
        assert re.match("svd: .", line), line
        assert line.isprintable(), ascii(line)
        assert "a request failed" not in line, line


def settled(daemon: Daemon) -> None:
    """Wait until no utterance is active; each accepted utterance must then be counted exactly once as ended."""
    with UnvalidatedClient(daemon.socket) as peer:
        peer.send(peer.packed(type="resume"))
        peer.ask(type="cancel", all=True)
        eventually(lambda: not any(counts(peer, "active", "queued")))
        (queued,) = [peer.ask(type="speak", text="x", sink="pcm")["id"]]
        peer.ask(type="cancel")
        assert sum(counts(peer, "finished", "cancelled", "failed")) == queued


def counts(peer: UnvalidatedClient, *keys: str) -> list[int]:
    utterances = peer.ask(type="status")["status"]["utterances"]
    return [utterances[key] for key in keys]


def each_ended_once(peer: UnvalidatedClient) -> None:
    """Each ``queued`` on this connection is followed by exactly one ``finished`` with its number."""
    peer.until(lambda _: set(peer.ids("queued")) <= set(peer.ids("finished")))
    assert not peer.closed
    assert len(peer.ids("finished")) == len(set(peer.ids("finished")))


@FRAMINGS
@pytest.mark.parametrize("seed", quick(3, range(8)))
def test_slightly_wrong_requests(daemon: Daemon, json: bool, seed: int) -> None:
    """The framing is correct, so the connection stays open; each utterance has one end."""
    mutants = Mutants(seed)
    with UnvalidatedClient(daemon.socket) as follower:
        follower.ask(type="subscribe")
        provoke(daemon, mutants, json)
        follower.ask(type="resume")
        follower.ask(type="cancel", all=True)
        each_ended_once(follower)
        for number in follower.ids("queued"):
            events = [event["type"] for event in follower.events if event.get("id") == number]
            assert re.fullmatch("queued (started (mark )*)?finished ", " ".join(events) + " "), events
    assert daemon.status()["ready"]


def provoke(daemon: Daemon, mutants: Mutants, json: bool) -> None:
    for _ in range(6):
        with UnvalidatedClient(daemon.socket, json=json) as peer:
            assert peer.ask(type="hello")["type"] == "welcome"
            for _ in range(50):
                body = mutants.request(json)
                peer.send(peer.framed(body))
                mutants.last = max([mutants.last, *peer.ids("queued")])
            assert peer.ask(type="hello")["type"] == "welcome"
            if mutants.random.random() < 0.8:
                peer.send(peer.packed(type="subscribe", on=False) + peer.packed(type="resume"))
                peer.ask(type="cancel", all=True)
                each_ended_once(peer)


@pytest.mark.parametrize("seed", quick(2, range(4)))
def test_invalid_framing(daemon: Daemon, seed: int) -> None:
    """Noise, wrong lengths, messages with missing or surplus bytes; some connections stay open."""
    mutants, chance = Mutants(seed), Mutants(seed).random
    lengths = [0, 1, 3, 0x7B, 4096, 1 << 22, (1 << 22) + 1, 1 << 26, 1 << 31, (1 << 32) - 1]

    def malformed(whole: bytes) -> bytes:
        return mutants.one_of(
            lambda: mutants.noise(200),
            lambda: mutants.noise(50) * 2000,
            lambda: b"{" + mutants.noise(200),
            lambda: b"\0" * chance.randrange(5000),
            lambda: b"{" + b"\n" * 5000,
            lambda: mutants.broken(whole),
            lambda: whole[: chance.randrange(len(whole))],
            lambda: chance.choice(lengths).to_bytes(4, "little") + whole,
            lambda: whole * 20 + whole[:3],
        )

    with ExitStack() as left_open:
        for _ in range(250):
            peer = UnvalidatedClient(daemon.socket, json=chance.random() < 0.5)
            left_open.callback(peer.close)
            whole = peer.framed(mutants.request(peer.json))
            peer.send(malformed(whole))
            if chance.random() < 0.5:
                peer.close()
            elif chance.random() < 0.3:
                peer.socket.shutdown(1)
                peer.until(lambda _: False)
        assert daemon.status()["ready"]


def test_hundreds_of_connections(daemon: Daemon) -> None:
    """Each connection sends nothing, half a message, or a request, and never reads the reply."""
    parts = [b"", b"{", b"\x10\0", b"\x10\0\0\0\x81", b'{"type":"status"}\n', b'{"type":"speak","text":"Never."}\n']
    for count in range(1200):
        with UnvalidatedClient(daemon.socket) as peer:
            peer.send(parts[count % len(parts)])
    assert daemon.status()["ready"]
    with ExitStack() as stack:
        for count in range(150):
            stack.enter_context(UnvalidatedClient(daemon.socket)).send(parts[count % len(parts)])
        assert daemon.status()["ready"]


@FRAMINGS
def test_interleaved_fragments_of_many_clients(daemon: Daemon, json: bool) -> None:
    """The connections send a few bytes in turn; each client receives the replies to its own requests."""
    chance = Mutants(5).random
    with ExitStack() as stack:
        clients = [stack.enter_context(UnvalidatedClient(daemon.socket, json=json)) for _ in range(30)]
        left = [b"".join(c.packed(type="hello", ref=n * 100 + i) for i in range(20)) for n, c in enumerate(clients)]
        while any(left):
            for number, client in enumerate(clients):
                size = chance.randrange(8)
                client.send(left[number][:size])
                left[number] = left[number][size:]
        for number, client in enumerate(clients):
            client.until(lambda events: len(events) == 20)
            assert [event["ref"] for event in client.events] == [number * 100 + i for i in range(20)]


def test_unsolicited_descriptors_are_closed(daemon: Daemon) -> None:
    """The client sends 250 file descriptors within each request, then urgent data; the daemon keeps none of them."""
    with UnvalidatedClient(daemon.socket) as peer, open("/dev/null") as null:
        for ref in range(200):
            data = peer.packed(type="hello", ref=ref)
            socket.send_fds(peer.socket, [data[:5]], [null.fileno()] * 250)
            peer.send(data[5:])
        peer.until(lambda events: len(events) == 200)
        assert descriptors_of(daemon.process.pid) < 200
        with contextlib.suppress(OSError):  # Unix sockets have urgent bytes since Linux 5.15
            peer.socket.send(b"!", socket.MSG_OOB)
    with UnvalidatedClient(daemon.socket) as peer:
        assert peer.ask(type="hello")["type"] == "welcome"


@FRAMINGS
def test_thousands_of_pipelined_requests(daemon: Daemon, json: bool) -> None:
    """All replies arrive in order, although the client reads only after sending the last request."""
    with UnvalidatedClient(daemon.socket, json=json) as peer:
        kinds = {"status": "status", "hello": "welcome", "voices": "voices", "nonsense": "error"}
        asked = [list(kinds)[max(0, ref % 9 - 5)] for ref in range(6000)]
        peer.send(b"".join(peer.packed(type=kind, ref=ref) for ref, kind in enumerate(asked)))
        peer.until(lambda events: len(events) == 6000)
        assert [event["type"] for event in peer.events] == [kinds[kind] for kind in asked]
        refs = [ref for ref, kind in enumerate(asked) if kind != "nonsense"]
        assert [event["ref"] for event in peer.events if event["type"] != "error"] == refs


def test_memory_of_long_messages_is_released(daemon: Daemon) -> None:
    """A hundred clients disconnect within a long message; _unharmed checks the memory."""
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(UnvalidatedClient(daemon.socket)).send(
                (4 << 20).to_bytes(4, "little") + b"x" * (1 << 20)
            )
        assert daemon.status()["ready"]


def test_a_subscriber_that_never_reads_is_disconnected(daemon: Daemon) -> None:
    """At 1 MiB of unread events. A reading subscriber misses no event, and the speaking client is not delayed."""
    with (
        UnvalidatedClient(daemon.socket, json=True) as silent_reader,
        UnvalidatedClient(daemon.socket) as follower,
        UnvalidatedClient(daemon.socket) as peer,
    ):
        follower.ask(type="subscribe")
        silent_reader.ask(type="subscribe")
        again = b"".join(
            peer.packed(type="speak", open=True, sink="pcm") + peer.packed(type="cancel") for _ in range(500)
        )
        for _ in range(40):
            peer.send(again)
            peer.ask(type="hello")
            follower.ask(type="hello")
            if "does not read" in daemon.log:
                break
        assert "does not read its events; cut off" in daemon.log
        silent_reader.until(lambda _: False)
        assert silent_reader.ids("finished")
        each_ended_once(follower)
        assert set(peer.ids("finished")) <= set(follower.ids("finished"))


@FRAMINGS
@pytest.mark.parametrize("field", ["type", "voice", "tekst"])
def test_a_huge_wrong_value_has_a_short_answer(daemon: Daemon, json: bool, field: str) -> None:
    with UnvalidatedClient(daemon.socket, json=json) as peer:
        huge = "\x1b\n" + "x" * (4 << 20 >> 1)
        request = {"type": "speak", "text": "a", field: huge} if field != "tekst" else {"type": "hello", huge: 1}
        peer.send(peer.packed(**request))
        (error,) = peer.until(bool).events
        assert error["code"] == ("unknown_voice" if field == "voice" else "bad_message")
        assert len(error["message"]) < 2000
        assert error["message"].isprintable()
        assert peer.ask(type="status")["status"]["ready"]


@pytest.mark.parametrize("ref", [2**63, 2**64, -(2**63) - 1, 10**40])
def test_a_ref_beyond_64_bits_is_refused(daemon: Daemon, ref: int) -> None:
    with UnvalidatedClient(daemon.socket, json=True) as peer:
        peer.send(b'{"type":"status","ref":%d}\n' % ref)
        (error,) = peer.until(bool).events
        assert (error["code"], error["ref"]) == ("bad_message", 0)
        assert "ref" in error["message"]
        assert peer.ask(type="status")["status"]["ready"]


def test_client_text_in_the_log_is_escaped(daemon: Daemon) -> None:
    """The engine ``paced`` quotes the invalid text in its error, and the error becomes a log line."""
    evil = "\x1b[2J\rsvd: ready\n\u2028fake/\x07/1"
    with UnvalidatedClient(daemon.socket) as peer:
        peer.ask(type="speak", voice="paced", text=f"1/{evil}", sink="pcm")
        peer.until(lambda _: bool(peer.ids("finished")))
    (line,) = [line for line in daemon.log.splitlines() if "utterance" in line and "ValueError" in line]
    assert line.isprintable()
