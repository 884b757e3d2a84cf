"""Where a trace comes from: the daemon, a file that it has kept, or a text that is spoken for it."""

import sys
import time
from typing import Any, Final

import msgspec

from steadyvoice.client.client import Client
from steadyvoice.client.errors import InputUnusable
from steadyvoice.client.svctl import actions
from steadyvoice.client.svctl.grammar import Target
from steadyvoice.client.svctl.text_source import TextSource
from steadyvoice.client.utterance import Stream
from steadyvoice.ipc.paths import socket_path
from steadyvoice.ipc.traces import Trace, TracedBlock

_SAMPLE_BYTES: Final = 2


def asked(target: Target, number: int, seconds: float) -> Trace:
    """Of the running daemon; see `requests.Trace`. RequestRefused, NoDaemon."""
    with actions.connected(target) as daemon:
        reply = daemon.ask("trace", id=number, seconds=seconds)
    return msgspec.convert(reply["trace"], Trace)


def kept(name: str) -> Trace:
    """InputUnusable where the file is no trace that a daemon has kept."""
    try:
        with open(name, "rb") as file:
            return msgspec.json.decode(file.read(), type=Trace)
    except OSError as error:
        raise InputUnusable(f"cannot read {name}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise InputUnusable(f"{name} is no trace that svd has kept: {error}") from error


def spoken(target: Target, text: str, *, device: bool, **options: Any) -> Trace:
    """Speak the text, ``-`` for standard input, and return its trace. UtteranceFailed, RequestRefused.

    device: on the sound device; otherwise to this program, which reads as fast as it can.
    """
    source = TextSource("-") if text == "-" else None
    if source is not None and sys.stdin.isatty():
        raise InputUnusable("no text: give it as an argument or on standard input")
    actions.connected_or_started(target).close()
    with Client(socket_path(target.socket)) as client:
        if device:
            return _on_device(client, text, source, options)
        options["format"] = "s16"
        stream = client.open_stream(**options) if source is not None else client.stream(text, **options)
        recording = _Recording(client, stream)
        recording.follow(source)
        return recording.trace()


def _on_device(client: Client, text: str, source: TextSource | None, options: dict[str, Any]) -> Trace:
    if source is None:
        utterance = client.speak(text, **options)
    else:
        utterance = client.open(**options)
        while not source.at_end:
            utterance.append(source.read())
        utterance.finish()
    utterance.wait()
    return client.trace(utterance.id)


class _Recording:
    """The blocks of a stream, as this program takes them."""

    def __init__(self, client: Client, stream: Stream) -> None:
        self._client, self._stream = client, stream
        self._blocks: list[tuple[list[int], int, int]] = []
        """History, time at which it was taken, number of samples."""
        self._texts: list[int] = []

    def follow(self, source: TextSource | None) -> None:
        """Send the text as it arrives, and take all blocks. UtteranceFailed."""
        stream = self._stream
        while True:
            if (block := stream.take_bytes()) is not None:
                self._blocks.append((stream.history, time.monotonic_ns(), len(block) // _SAMPLE_BYTES))
            elif stream.finished is not None:
                stream.checked(stream.finished)
                return
            else:
                may_read = source is not None and not source.at_end
                also = [source.fd] if source is not None and may_read else []
                self._client.receive(None, *stream.waits_on, *also)
                if source is not None and may_read and source.is_ready():
                    self._send(source)

    def _send(self, source: TextSource) -> None:
        if text := source.read():
            self._texts.append(time.monotonic_ns())
            self._stream.append(text)
        if source.at_end:
            self._stream.finish()

    def trace(self) -> Trace:
        """The daemon's, with all blocks, and ``client`` as the last stage."""
        trace = self._client.trace(self._stream.id)
        [utterance] = trace.utterances
        if not any(any(history) for history, _, _ in self._blocks):
            return trace  # samples came over the socket, without their history
        stages = len(utterance.stages)
        blocks, index = [], 0
        for history, taken_ns, samples in self._blocks:
            times = [*history[: 2 * stages], taken_ns, taken_ns]
            us = [max(0, (ns - trace.origin_ns) // 1000) for ns in times]
            blocks.append(TracedBlock(utterance.id, 0, index, samples, us))
            index += samples
        whole = msgspec.structs.replace(
            utterance,
            stages=[*utterance.stages, "client"],
            blocks="all",
            texts=[(ns - trace.origin_ns) // 1000 for ns in self._texts],
        )
        return msgspec.structs.replace(trace, utterances=[whole], blocks=blocks)
