"""``svctl speak``: text from where it is, to the sound device or a WAV."""

import codecs
import os
import select
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from steadyvoice.client.autostart import connect
from steadyvoice.client.client import Client
from steadyvoice.client.output import InputUnusable, Output, open_output
from steadyvoice.client.utterance import Stream, Utterance
from steadyvoice.ipc import messages as m
from steadyvoice.ipc.errors import SteadyvoiceError
from steadyvoice.ipc.paths import socket_path

_PIPE_BYTES: Final = 1 << 16
_FILE_CHARS: Final = 10_000_000
"""Far more than a daemon takes; where a file has no end, reading it must."""


class Silenced(SteadyvoiceError):
    """Somebody else cancelled the utterance."""


@dataclass(frozen=True)
class Options:
    text: str | None
    file: str | None
    output: str | None
    voice: str
    rate: float
    volume: float
    detach: bool
    as_json: bool


def speak(socket: str | None, autostart: bool, options: Options) -> int:
    """Return the exit status; errors that the user can mend come as SteadyvoiceError."""
    pipe = options.file is None and options.text in (None, "-")
    if options.text is None and pipe and sys.stdin.isatty():
        raise InputUnusable("no text: give it as an argument, with -f FILE, or on standard input")
    text = "" if pipe else _read(options)
    with open_output(options.output) as output:
        client, pid = connect(socket_path(socket), autostart=autostart)
        if pid:
            print(f"svctl: started svd in the background (pid {pid}); it stays for the next call", file=sys.stderr)
        with client:
            utterance = _request(client, options, text, pipe)
            feed = _Feed(sys.stdin.fileno(), utterance) if pipe else None
            try:
                _follow(client, utterance, feed, output, _Teller(utterance, options.as_json), options.detach)
            except (KeyboardInterrupt, BrokenPipeError):
                with suppress(SteadyvoiceError):
                    utterance.cancel()
                raise
    return 0


def _read(options: Options) -> str:
    if options.file is None:
        return _clean(options.text or "")
    try:
        with open(options.file, encoding="utf-8", errors="replace") as file:
            text = file.read(_FILE_CHARS + 1)
    except OSError as error:
        raise InputUnusable(f"cannot read {options.file}: {error.strerror}") from error
    if len(text) > _FILE_CHARS:
        raise InputUnusable(f"{options.file} has more than {_FILE_CHARS} characters; speak it in parts")
    return text


def _clean(argument: str) -> str:
    """An argument that was no UTF-8, with a replacement character where it was not."""
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _request(client: Client, options: Options, text: str, pipe: bool) -> Utterance:
    how: dict[str, Any] = {"voice": _clean(options.voice), "rate": options.rate, "volume": options.volume}
    if options.output is not None:
        return client.open_stream(**how) if pipe else client.stream(text, **how)
    how["detach"] = options.detach
    return client.open(**how) if pipe else client.speak(text, **how)


class _Feed:
    """Standard input into an open utterance, as it arrives."""

    def __init__(self, fd: int, utterance: Utterance) -> None:
        self._fd, self._utterance = fd, utterance
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.over = False

    @property
    def waits_on(self) -> list[int]:
        return [] if self.over else [self._fd]

    def pump(self) -> None:
        """Pass on what is there; never waits."""
        if not self.over and select.select([self._fd], [], [], 0)[0]:
            try:
                data = os.read(self._fd, _PIPE_BYTES)
            except OSError as error:
                raise InputUnusable(f"cannot read standard input: {error.strerror}") from error
            if text := self._decoder.decode(data, final=not data):
                self._utterance.append(text)
            if not data:
                self._utterance.finish()
                self.over = True


class _Teller:
    """Prints an utterance's events, once each, as JSON lines."""

    def __init__(self, utterance: Utterance, enabled: bool) -> None:
        self._utterance, self._enabled = utterance, enabled
        self._told = 0
        self.tell()

    def tell(self) -> None:
        if self._enabled:
            utterance = self._utterance
            events: list[m.Event | None] = [m.Queued(0, utterance.id), utterance.started, utterance.finished]
            for number, event in enumerate(events):
                if number >= self._told and event is not None:
                    print(msgspec.json.encode(event).decode(), flush=True)
                    self._told = number + 1


def _follow(
    client: Client, utterance: Utterance, feed: _Feed | None, output: Output | None, teller: _Teller, detach: bool
) -> None:
    """Text in, samples out, events told, until the utterance is over. UtteranceFailed where it failed."""
    while utterance.finished is None:
        if feed is not None:
            feed.pump()
        if detach and (feed is None or feed.over):
            return
        block = utterance.take() if isinstance(utterance, Stream) else None
        if block is not None:
            assert output is not None
            output.write(block, utterance.sample_rate if isinstance(utterance, Stream) else 0)
        elif utterance.finished is None:
            fds = utterance.waits_on if isinstance(utterance, Stream) else []
            client.receive(None, *fds, *(feed.waits_on if feed else []))
        teller.tell()
    finished = utterance.checked(utterance.finished)
    if finished.reason != "done":
        raise Silenced("another program has silenced it" + ("; nothing was kept" if output is not None else ""))
    if output is not None:
        output.keep()
