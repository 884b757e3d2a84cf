"""Inline samples: clients that read slowly, stop, die or cancel affect no other client and leave nothing behind."""

import fcntl
import os
import re
import resource
import signal
import struct
import subprocess
import termios
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from support.daemon import Daemon, eventually
from support.matrix import quick
from support.plain_client import PlainClient

TALE = "The keeper of the lighthouse, an old man, climbs the stairs every evening. He lights the lamp; ships pass. "
HOURS = TALE * 1000
PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"

both_kinds = pytest.mark.parametrize("json", [False, True], ids=["msgpack", "json"])
msgpack = pytest.mark.parametrize("json", quick(1, [False, True]), ids=["msgpack", "json"])
"""Where what is sent is not compared, or compared in another test in both encodings."""


def alone(daemon: Daemon, text: str = TALE) -> bytes:
    with PlainClient(daemon.socket, json=False) as client:
        return client.speak_and_read(text).data


def unread(client: PlainClient) -> int:
    """Unread bytes in the client's socket."""
    return int(struct.unpack("i", fcntl.ioctl(client.socket, termios.FIONREAD, b"\0" * 4))[0])


def stall(client: PlainClient, text: str = HOURS, **how: Any) -> int:
    """Speak, then stop reading; return when the socket is full."""
    number = client.speak(text, inline=True, **how)
    client.until("audio", number)
    looks: list[int] = []

    def is_full() -> bool:
        looks.append(unread(client))
        return looks[-1] > 65_536 and len(looks) > 20 and len(set(looks[-20:])) == 1

    eventually(is_full)
    return number


def descriptors(daemon: Daemon) -> Counter[str]:
    """The daemon's open files by kind, without inode numbers, which differ between connections."""
    links = []
    for number in os.listdir(f"/proc/{daemon.process.pid}/fd"):
        with suppress(FileNotFoundError):
            links.append(os.readlink(f"/proc/{daemon.process.pid}/fd/{number}"))
    return Counter(link.split(":")[0].split(" ")[0] for link in links)


def segments(daemon: Daemon) -> int:
    """Number of client rings that the daemon has mapped."""
    return Path(f"/proc/{daemon.process.pid}/maps").read_text().count("memfd:steadyvoice-client")


def rss(daemon: Daemon) -> int:
    return int(Path(f"/proc/{daemon.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture(autouse=True)
def _nothing_is_left(daemon: Daemon) -> Iterator[None]:
    """After each test no utterance is active, and no descriptor or ring has leaked."""
    alone(daemon)
    eventually(lambda: segments(daemon) == 0)
    before = descriptors(daemon)
    yield
    eventually(lambda: daemon.status()["utterances"]["active"] == 0)
    eventually(lambda: descriptors(daemon) - before == Counter())
    assert segments(daemon) == 0


@msgpack
def test_a_stalled_reader_delays_no_other_client_and_loses_no_sample(daemon: Daemon, json: bool) -> None:
    """The audio is far larger than the 1 MiB of unread events that disconnects a client."""
    text = TALE * 9
    whole, other = alone(daemon, text), alone(daemon)
    with PlainClient(daemon.socket, json=json) as client:
        number = stall(client, text)
        size = rss(daemon)
        for _ in range(5):
            assert alone(daemon) == other
        assert rss(daemon) - size < 2 << 20
        client.until("finished", number)
        assert client.received[number].data == whole
        assert len(whole) > 4 << 20


@msgpack
def test_many_stalled_readers_use_little_memory_and_delay_no_other_client(daemon: Daemon, json: bool) -> None:
    other = alone(daemon)
    with ExitStack() as stack:
        for rate in (8_000, 16_000, 44_100, 192_000) * 4:
            client = stack.enter_context(PlainClient(daemon.socket, json=json))
            stall(client, "Ships pass. " * 2000, sample_rate=rate)
        size = rss(daemon)
        for _ in range(3):
            assert alone(daemon) == other
        assert rss(daemon) - size < 4 << 20
        assert all(ring["fill"] == 0 for ring in daemon.status()["rings"])


@both_kinds
def test_a_disconnect_during_speech_leaks_nothing(daemon: Daemon, json: bool) -> None:
    """One client disconnects while stalled with full buffers, another one while reading."""
    for _ in range(10):
        stalled, reader = PlainClient(daemon.socket, json=json), PlainClient(daemon.socket, json=json)
        stall(stalled)
        reader.until("audio", reader.speak(HOURS, inline=True))
        stalled.close()
        reader.close()


@both_kinds
def test_no_audio_follows_a_cancel(daemon: Daemon, json: bool) -> None:
    """Both for a reading client and for a stalled one; the connection stays usable."""
    other = alone(daemon)
    with PlainClient(daemon.socket, json=json) as client:
        for speak in (stall, lambda client: client.until("audio", client.speak(HOURS, inline=True))["id"]):
            number = speak(client)
            client.send(type="cancel", ref=5, ids=[number])
            cancelled = client.until("cancelled")
            heard = client.received[number]
            assert heard.finished["reason"] == "cancelled"
            assert [each["id"] for each in cancelled["utterances"]] == [number]
            blocks = len(heard.blocks)
            assert client.speak_and_read(TALE, inline=True).data == other
            assert len(heard.blocks) == blocks
            frame = 4 * heard.started["sample_rate"]
            assert len(heard.data) / frame == pytest.approx(heard.finished["duration_s"], abs=0.1)


@msgpack
def test_twenty_clients_at_once(daemon: Daemon, json: bool) -> None:
    other = alone(daemon)

    def read_tale(client: PlainClient) -> bytes:
        return client.speak_and_read(TALE, inline=True).data

    with ExitStack() as stack, ThreadPoolExecutor(20) as pool:
        clients = [stack.enter_context(PlainClient(daemon.socket, json=json)) for _ in range(20)]
        assert set(pool.map(read_tale, clients)) == {other}


@both_kinds
def test_streams_of_one_connection_take_turns(daemon: Daemon, json: bool) -> None:
    """The first stream fills the socket at first; then all the others arrive completely."""
    other = alone(daemon)
    with PlainClient(daemon.socket, json=json) as client:
        hours = stall(client)
        numbers = [client.speak(TALE, inline=True) for _ in range(4)]
        while not all(client.received[number].events[-1]["type"] == "finished" for number in numbers):
            client.event()
        assert all(client.received[number].data == other for number in numbers)
        assert client.received[hours].events[-1]["type"] != "finished"


@msgpack
def test_requests_of_a_stalled_reader_buffer_no_audio(daemon: Daemon, json: bool) -> None:
    with PlainClient(daemon.socket, json=json) as client:
        before = daemon.status()["utterances"]["cancelled"]
        stall(client)
        for _ in range(100):
            client.send(type="speak", text=HOURS, sink="pcm", inline=True)
            client.send(type="cancel")
        eventually(lambda: daemon.status()["utterances"]["cancelled"] == before + 101)
        eventually(lambda: daemon.status()["utterances"]["active"] == 0 == segments(daemon))
        for _ in range(100):
            client.until("cancelled")
        assert sum(len(heard.blocks) > 0 for heard in client.received.values()) == 1


@pytest.mark.parametrize("inline", [False, True])
def test_without_free_descriptors_the_utterance_fails_and_nothing_leaks(daemon: Daemon, inline: bool) -> None:
    """Whichever descriptor is the one that cannot be opened; when some are free again, speech works."""
    other = alone(daemon)
    with PlainClient(daemon.socket, json=False) as client:
        client.speak_and_read("Hello.", inline=inline)
        client.send(type="status")
        client.until("status")  # the daemon releases its ring after the finished event
        before, reasons = descriptors(daemon), []
        for spare in range(12):
            with few_descriptors(daemon, spare):
                finished = client.speak_and_read("Hello.", inline=inline).finished
            reasons.append(finished["reason"])
            assert finished.get("code", "too_many_utterances") == "too_many_utterances"
            eventually(lambda: descriptors(daemon) == before)
        assert reasons[0] == "error"
        assert reasons[-1] == "done"
        assert client.speak_and_read(TALE, inline=inline).data == other


@contextmanager
def few_descriptors(daemon: Daemon, spare: int) -> Iterator[None]:
    """Limit the daemon to ``spare`` more open descriptors."""
    pid = daemon.process.pid
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    taken = set(map(int, os.listdir(f"/proc/{pid}/fd")))
    free = (number for number in range(limits[1]) if number not in taken)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (next(islice(free, spare, None)), limits[1]))
    yield
    resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)


@both_kinds
def test_killed_stages_change_no_sample(daemon: Daemon, json: bool) -> None:
    with PlainClient(daemon.socket, json=json) as client:
        number = client.speak(TALE, inline=True)
        client.until("audio", number)
        for stage in ("generator", "vocoder", "converter"):
            os.kill(daemon.pids()[stage], signal.SIGKILL)
        client.until("finished", number)
        assert client.received[number].finished["reason"] == "done"
        assert client.received[number].data == alone(daemon)


def test_the_shell_example(daemon: Daemon, tmp_path: Path) -> None:
    """The example of docs/protocol.md, with a file in the place of aplay."""
    (example,) = (
        each for each in re.findall(r"^```sh\n(.*?)^```", PROTOCOL.read_text(), re.M | re.S) if "aplay" in each
    )
    script = re.sub(r"\|\n  aplay.*", "> hello.raw", example)
    assert script != example
    subprocess.run(["bash", "-euc", script], env=daemon.env, cwd=tmp_path, check=True, timeout=60)
    with PlainClient(daemon.socket, json=True) as client:
        assert (tmp_path / "hello.raw").read_bytes() == client.speak_and_read("Hello there.", format="s16").data
