"""``svctl bench gateways``: time to first audio through each gateway, beside the daemon's own socket in the same run.

native      from just before ``Client.stream`` to its first block
http        from the request on a connection that is kept open to the first byte of PCM in the answer; http mp3: of MP3
wyoming     from ``synthesize`` to the first ``audio-chunk``, on a connection of its own, as Home Assistant makes it
played      from just before ``Client.speak`` to the first sound of the null device
speechd     from SPEAK at the module to the first sound of the null device; key: from CHAR
peer        the same requests to a server that runs already: ``--http-peer`` (OpenAI's protocol), ``--wyoming-peer``
long        beside a peer: the same with 100 characters in place of "Hello there."

Each round makes each measurement once, in random order, and reads each answer to its end.
"""

import os
import random
import select
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from steadyvoice.client.client import Client
from steadyvoice.client.svctl.bench.daemon import (
    BenchFailed,
    default_voice,
    engine_of,
    machine,
    private_daemon,
    running,
    workplace,
)
from steadyvoice.client.svctl.bench.first_audio import TEXTS
from steadyvoice.client.svctl.bench.gateway import Address, gateway
from steadyvoice.client.svctl.bench.statistics import result, summary
from steadyvoice.client.svctl.render import table
from steadyvoice.ipc import null_device_log

_TEXT: Final = TEXTS["short"]
_LONG: Final = TEXTS["long"]
_KEY: Final = "a"
_ANSWER_S: Final = 30.0
_WARM_UP_ROUNDS: Final = 3


class _Http:
    """A connection that is kept open to a server with OpenAI's protocol."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._host = f"{address[0]}:{address[1]}"
        self._connect()

    def _connect(self) -> None:
        self._socket = socket.create_connection(self._address, _ANSWER_S)
        self._answer = self._socket.makefile("rb")

    def _is_closed(self) -> bool:
        """By the server: uvicorn closes a connection after five idle seconds."""
        return bool(select.select([self._socket], [], [], 0)[0])

    def speak(self, format: str, text: str = _TEXT) -> float:
        """Milliseconds to the first byte of audio. BenchFailed unless the server answers with 200.

        ``stream`` is no field of OpenAI's: Kokoro's servers need it to send before all is computed.
        """
        asked = {"model": "tts-1", "input": text, "voice": "alloy", "response_format": format, "stream": True}
        body = msgspec.json.encode(asked)
        if self._is_closed():
            self.close()
            self._connect()
        head = f"POST /v1/audio/speech HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n"
        began = time.perf_counter_ns()
        self._socket.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        status = self._answer.readline()
        length = 0
        while header := self._answer.readline().strip():
            name, _, value = header.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        if b" 200 " not in status:
            raise BenchFailed(f"the server at {self._host} answers {status.decode(errors='replace').strip()}")
        if length:
            self._answer.read(1)
            took = (time.perf_counter_ns() - began) / 1e6
            self._answer.read(length - 1)
            return took
        took = 0.0
        while size := int(self._answer.readline().split(b";")[0], 16):
            took = took or (time.perf_counter_ns() - began) / 1e6
            self._answer.read(size + 2)
        self._answer.readline()
        return took

    def close(self) -> None:
        self._answer.close()
        self._socket.close()


def _wyoming(address: Address, text: str = _TEXT) -> float:
    """Milliseconds from ``synthesize`` to the first ``audio-chunk``."""
    with socket.create_connection(address, _ANSWER_S) as connection, connection.makefile("rb") as events:
        request = msgspec.json.encode({"type": "synthesize", "data": {"text": text}})
        began = time.perf_counter_ns()
        connection.sendall(request + b"\n")
        took = 0.0
        while (kind := _event(events)) != "audio-stop":
            if kind == "audio-chunk":
                took = took or (time.perf_counter_ns() - began) / 1e6
        return took


def _event(events: IO[bytes]) -> str:
    """Read an event with its data and payload; return its type. BenchFailed at the end of the connection."""
    line = events.readline()
    if not line:
        raise BenchFailed("the Wyoming server has closed the connection")
    head = msgspec.json.decode(line, type=dict[str, Any])
    events.read((head.get("data_length") or 0) + (head.get("payload_length") or 0))
    return str(head["type"])


class _Speechd:
    """The module of speech-dispatcher, as its server talks to it; it plays on the null device."""

    def __init__(self, requests: IO[bytes], replies: IO[bytes], log: Path) -> None:
        self._requests, self._replies, self._log = requests, replies, log
        self._ask(b"INIT\n", b"299")
        self._ask(b"AUDIO\n", b"207")
        self._send(b"audio_output_method=pulse\n.\n", b"203")

    def speak(self, command: bytes, text: str) -> float:
        """Milliseconds from the message to its first sound. Returns when the module has reported the end."""
        self._log.write_bytes(b"")
        self._ask(command + b"\n", b"202")
        began = time.monotonic_ns()
        self._send(text.encode() + b"\n.\n", b"200")
        self._until(b"702")
        return (_first_sound(self._log) - began) / 1e6

    def _ask(self, message: bytes, code: bytes) -> None:
        self._send(message, code)

    def _send(self, message: bytes, code: bytes) -> None:
        self._requests.write(message)
        self._until(code + b" ")

    def _until(self, start: bytes) -> None:
        while not (line := self._replies.readline()).startswith(start):
            if not line:
                raise BenchFailed("the module of speech-dispatcher has ended")


def _first_sound(log: Path) -> float:
    """When the null device began to play the first sound that its log has, monotonic nanoseconds."""
    block = next(block for block in null_device_log.read(log) if block.sounding)
    return block.heard_at(block.position)


def measure(rounds: int, voice: str, http_peer: str, wyoming_peer: str) -> dict[str, Any]:
    """The object of ``bench gateways --json``; ``gateways``: the percentiles of each measurement, in ms."""
    values: dict[str, list[float]] = defaultdict(list)
    with workplace() as place, ExitStack() as cleanup:
        log = place / "play.log"
        settings = f'{default_voice(voice)}[audio]\ndevice = "null:{log}"\n'
        client = cleanup.enter_context(private_daemon(place, settings))
        about = machine(client)
        if voice:
            engine_of(client, voice)
        http = _Http(cleanup.enter_context(gateway(place, "http")).address)
        cleanup.callback(http.close)
        wyoming = cleanup.enter_context(gateway(place, "wyoming")).address
        speechd = cleanup.enter_context(_module(place, log))
        steps: dict[str, Callable[[], float]] = {
            "native": partial(_native, client),
            "http": partial(http.speak, "pcm"),
            "http mp3": partial(http.speak, "mp3"),
            "wyoming": partial(_wyoming, wyoming),
            "played": partial(_played, client, log),
            "speechd": partial(speechd.speak, b"SPEAK", _TEXT),
            "speechd key": partial(speechd.speak, b"CHAR", _KEY),
        }
        if http_peer:
            peer = _Http(_address(http_peer))
            cleanup.callback(peer.close)
            steps["http peer"] = partial(peer.speak, "pcm")
            steps["http long"] = partial(http.speak, "pcm", _LONG)
            steps["http peer long"] = partial(peer.speak, "pcm", _LONG)
        if wyoming_peer:
            steps["wyoming peer"] = partial(_wyoming, _address(wyoming_peer))
            steps["wyoming long"] = partial(_wyoming, wyoming, _LONG)
            steps["wyoming peer long"] = partial(_wyoming, _address(wyoming_peer), _LONG)
        for number in range(-_WARM_UP_ROUNDS, rounds):
            for name in random.sample(list(steps), len(steps)):
                took = steps[name]()
                if number >= 0:
                    values[name].append(took)
    found = result("gateways", "ms", values["http"], "Client.stream, its first block", values["native"])
    found["machine"] = about
    return found | {"gateways": {name: summary(values[name]) for name in steps}}


def _native(client: Client) -> float:
    began = time.perf_counter_ns()
    blocks = iter(client.stream(_TEXT))
    next(blocks)
    took = (time.perf_counter_ns() - began) / 1e6
    for _ in blocks:
        pass
    return took


def _played(client: Client, log: Path) -> float:
    log.write_bytes(b"")
    began = time.monotonic_ns()
    client.speak(_TEXT).wait()
    return (_first_sound(log) - began) / 1e6


@contextmanager
def _module(place: Path, log: Path) -> Iterator[_Speechd]:
    env = {"STEADYVOICE_SOCKET": str(place / "svd.sock")}
    with running(place / "speechd.log", "steadyvoice.gateways.speechd", with_pipes=True, env=env) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield _Speechd(process.stdin, process.stdout, log)


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    return host, int(port)


def text(result: dict[str, Any]) -> str:
    """The result as text."""
    rows = [["ms", "p50", "p95", "p99", "max"]]
    rows += [[name, *(f"{each:.1f}" for each in found.values())] for name, found in result["gateways"].items()]
    cores = os.cpu_count()
    return f"first audio through the gateways, {result['n']} rounds, {cores} cores\n\n{table(rows)}"
