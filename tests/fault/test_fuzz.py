"""Arbitrary input on the socket: other clients get replies, no stage ends, nothing leaks, log lines are printable."""

import contextlib
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.daemon import Daemon, configured, eventually
from support.mutants import Mutants
from support.wild import Wild, descriptors_of, resident

CONFIG = 'engines = ["hibari", "paced"]\naudio.device = "null"\nlimits.requests = 1000000\n'
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
    eventually(lambda: descriptors_of(daemon.process.pid) <= before[1] + 1)  # status's own connection may be the one
    eventually(lambda: resident([daemon.process.pid]) - before[2] < GROWTH)
    with daemon.client() as client:
        assert sum(map(len, client.stream("Still here."))) > 12000
    for line in daemon.log.splitlines():
        assert re.match("svd: .", line), line
        assert line.isprintable(), ascii(line)
        assert "a request failed" not in line, line


def settled(daemon: Daemon) -> None:
    """Wait until no utterance is active; each accepted utterance must then be counted exactly once as ended."""
    with Wild(daemon.socket) as wild:
        wild.say(wild.packed(type="resume"))
        wild.ask(type="cancel", all=True)
        eventually(lambda: not any(counts(wild, "active", "queued")))
        (queued,) = [wild.ask(type="speak", text="x", sink="pcm")["id"]]
        wild.ask(type="cancel")
        assert sum(counts(wild, "finished", "cancelled", "failed")) == queued


def counts(wild: Wild, *keys: str) -> list[int]:
    utterances = wild.ask(type="status")["status"]["utterances"]
    return [utterances[key] for key in keys]


def each_ended_once(wild: Wild) -> None:
    """Each ``queued`` on this connection is followed by exactly one ``finished`` with its number."""
    wild.until(lambda _: set(wild.ids("queued")) <= set(wild.ids("finished")))
    assert not wild.over
    assert len(wild.ids("finished")) == len(set(wild.ids("finished")))


@FRAMINGS
@pytest.mark.parametrize("seed", range(8))
def test_slightly_wrong_requests(daemon: Daemon, json: bool, seed: int) -> None:
    """The framing is correct, so the connection stays open; each utterance has one end."""
    mutants = Mutants(seed)
    with Wild(daemon.socket) as follower:
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
        with Wild(daemon.socket, json=json) as wild:
            assert wild.ask(type="hello")["type"] == "welcome"
            for _ in range(50):
                body = mutants.request(json)
                wild.say(wild.framed(body))
                mutants.last = max([mutants.last, *wild.ids("queued")])
            assert wild.ask(type="hello")["type"] == "welcome"
            if mutants.random.random() < 0.8:
                wild.say(wild.packed(type="subscribe", on=False) + wild.packed(type="resume"))
                wild.ask(type="cancel", all=True)
                each_ended_once(wild)


@pytest.mark.parametrize("seed", range(4))
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
            wild = Wild(daemon.socket, json=chance.random() < 0.5)
            left_open.callback(wild.close)
            whole = wild.framed(mutants.request(wild.json))
            wild.say(malformed(whole))
            if chance.random() < 0.5:
                wild.close()
            elif chance.random() < 0.3:
                wild.socket.shutdown(1)
                wild.until(lambda _: False)
        assert daemon.status()["ready"]


def test_hundreds_of_connections(daemon: Daemon) -> None:
    """Each connection sends nothing, half a message, or a request, and never reads the reply."""
    parts = [b"", b"{", b"\x10\0", b"\x10\0\0\0\x81", b'{"type":"status"}\n', b'{"type":"speak","text":"Never."}\n']
    for count in range(1200):
        with Wild(daemon.socket) as wild:
            wild.say(parts[count % len(parts)])
    assert daemon.status()["ready"]
    with ExitStack() as care:
        for count in range(150):
            care.enter_context(Wild(daemon.socket)).say(parts[count % len(parts)])
        assert daemon.status()["ready"]


@FRAMINGS
def test_interleaved_fragments_of_many_clients(daemon: Daemon, json: bool) -> None:
    """The connections send a few bytes in turn; each client receives the replies to its own requests."""
    chance = Mutants(5).random
    with ExitStack() as care:
        clients = [care.enter_context(Wild(daemon.socket, json=json)) for _ in range(30)]
        left = [b"".join(c.packed(type="hello", ref=n * 100 + i) for i in range(20)) for n, c in enumerate(clients)]
        while any(left):
            for number, client in enumerate(clients):
                size = chance.randrange(8)
                client.say(left[number][:size])
                left[number] = left[number][size:]
        for number, client in enumerate(clients):
            client.until(lambda events: len(events) == 20)
            assert [event["ref"] for event in client.events] == [number * 100 + i for i in range(20)]


def test_unsolicited_descriptors_are_closed(daemon: Daemon) -> None:
    """The client sends 250 file descriptors within each request, then urgent data; the daemon keeps none of them."""
    with Wild(daemon.socket) as wild, open("/dev/null") as null:
        for ref in range(200):
            data = wild.packed(type="hello", ref=ref)
            socket.send_fds(wild.socket, [data[:5]], [null.fileno()] * 250)
            wild.say(data[5:])
        wild.until(lambda events: len(events) == 200)
        assert descriptors_of(daemon.process.pid) < 200
        with contextlib.suppress(OSError):  # kernels before 5.15 have no urgent bytes here
            wild.socket.send(b"!", socket.MSG_OOB)
    with Wild(daemon.socket) as wild:
        assert wild.ask(type="hello")["type"] == "welcome"


@FRAMINGS
def test_thousands_of_pipelined_requests(daemon: Daemon, json: bool) -> None:
    """All replies arrive in order, although the client reads only after sending the last request."""
    with Wild(daemon.socket, json=json) as wild:
        kinds = {"status": "status", "hello": "welcome", "voices": "voices", "nonsense": "error"}
        asked = [list(kinds)[max(0, ref % 9 - 5)] for ref in range(6000)]
        wild.say(b"".join(wild.packed(type=kind, ref=ref) for ref, kind in enumerate(asked)))
        wild.until(lambda events: len(events) == 6000)
        assert [event["type"] for event in wild.events] == [kinds[kind] for kind in asked]
        refs = [ref for ref, kind in enumerate(asked) if kind != "nonsense"]
        assert [event["ref"] for event in wild.events if event["type"] != "error"] == refs


def test_memory_of_long_messages_is_released(daemon: Daemon) -> None:
    """A hundred clients disconnect within a long message; _unharmed checks the memory."""
    with ExitStack() as care:
        for _ in range(100):
            care.enter_context(Wild(daemon.socket)).say((4 << 20).to_bytes(4, "little") + b"x" * (1 << 20))
        assert daemon.status()["ready"]


def test_a_subscriber_that_never_reads_is_disconnected(daemon: Daemon) -> None:
    """At 1 MiB of unread events. A reading subscriber misses no event, and the speaking client is not delayed."""
    with Wild(daemon.socket, json=True) as deaf, Wild(daemon.socket) as follower, Wild(daemon.socket) as wild:
        follower.ask(type="subscribe")
        deaf.ask(type="subscribe")
        again = b"".join(
            wild.packed(type="speak", open=True, sink="pcm") + wild.packed(type="cancel") for _ in range(500)
        )
        for _ in range(40):
            wild.say(again)
            wild.ask(type="hello")
            follower.ask(type="hello")
            if "does not read" in daemon.log:
                break
        assert "does not read its events; cut off" in daemon.log
        deaf.until(lambda _: False)
        assert deaf.ids("finished")
        each_ended_once(follower)
        assert set(wild.ids("finished")) <= set(follower.ids("finished"))


@FRAMINGS
@pytest.mark.parametrize("field", ["type", "voice", "tekst"])
def test_a_huge_wrong_value_has_a_short_answer(daemon: Daemon, json: bool, field: str) -> None:
    with Wild(daemon.socket, json=json) as wild:
        huge = "\x1b\n" + "x" * (4 << 20 >> 1)
        request = {"type": "speak", "text": "a", field: huge} if field != "tekst" else {"type": "hello", huge: 1}
        wild.say(wild.packed(**request))
        (error,) = wild.until(bool).events
        assert error["code"] == ("unknown_voice" if field == "voice" else "bad_message")
        assert len(error["message"]) < 2000
        assert error["message"].isprintable()
        assert wild.ask(type="status")["status"]["ready"]


@pytest.mark.parametrize("ref", [2**63, 2**64, -(2**63) - 1, 10**40])
def test_a_ref_beyond_64_bits_is_refused(daemon: Daemon, ref: int) -> None:
    with Wild(daemon.socket, json=True) as wild:
        wild.say(b'{"type":"status","ref":%d}\n' % ref)
        (error,) = wild.until(bool).events
        assert (error["code"], error["ref"]) == ("bad_message", 0)
        assert "ref" in error["message"]
        assert wild.ask(type="status")["status"]["ready"]


def test_client_text_in_the_log_is_escaped(daemon: Daemon) -> None:
    """The engine ``paced`` quotes the invalid text in its error, and the error becomes a log line."""
    evil = "\x1b[2J\rsvd: ready\n\u2028fake/\x07/1"
    with Wild(daemon.socket) as wild:
        wild.ask(type="speak", voice="paced", text=f"1/{evil}", sink="pcm")
        wild.until(lambda _: bool(wild.ids("finished")))
    (line,) = [line for line in daemon.log.splitlines() if "utterance" in line and "ValueError" in line]
    assert line.isprintable()
