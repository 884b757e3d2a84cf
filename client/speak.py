"""``svctl speak``: text from where it is, to the sound device or a WAV."""

import binascii
import codecs
import contextlib
import os
import select
import sys
import time
from typing import TYPE_CHECKING, Final

from steadyvoice.client import grammar
from steadyvoice.client.console import print_json
from steadyvoice.client.grammar import Speak, Target
from steadyvoice.client.lines import DaemonUnreachable, Event, Lines, refused
from steadyvoice.client.output import InputUnusable, Output, open_output
from steadyvoice.ipc.errors import SteadyvoiceError
from steadyvoice.ipc.paths import socket_name

if TYPE_CHECKING:
    from steadyvoice.client.progress import Progress

_PIPE_BYTES: Final = 1 << 16
_FILE_CHARS: Final = 10_000_000
"""Far more than a daemon takes; where a file has no end, reading it must."""
_CANCEL_S: Final = 5.0
_UNHEARD: Final = {
    "cancelled": "another program has silenced it",
    "skipped": "it was skipped",
    "replaced": "something else was said in its place",
}


class Unspoken(SteadyvoiceError):
    """The utterance was accepted and has not been heard to its end."""


def speak(target: Target, wanted: Speak, asked: int = -1, events: bytes = b"") -> int:
    """Return the exit status; errors that the user can mend come as SteadyvoiceError.

    asked: the descriptor of a connection on which the request has been sent, -1 where there is none. events: what has
    been received on it.
    """
    if wanted.from_stdin and wanted.file is None and not wanted.words and sys.stdin.isatty():
        raise InputUnusable("no text: give it as an argument, with -f FILE, or on standard input")
    text = "" if wanted.from_stdin else _text(wanted)
    with open_output(wanted) as output, _connect(target, asked, events) as daemon:
        if output is not None:
            wanted.sample_rate = output.sample_rate
        feed = _Feed(sys.stdin.fileno(), daemon) if wanted.from_stdin else None
        if asked < 0:
            daemon.send("speak", **grammar.speak_fields(wanted), **({"open": True} if feed else {"text": text}))
        _Speech(daemon, wanted, text, feed, output).follow()
        if output is not None:
            output.keep()
    return 0


def _text(options: Speak) -> str:
    if options.file is None:
        return options.text
    try:
        with open(options.file, encoding="utf-8", errors="replace") as file:
            text = file.read(_FILE_CHARS + 1)
    except OSError as error:
        raise InputUnusable(f"cannot read {options.file}: {error.strerror}") from error
    if len(text) > _FILE_CHARS:
        raise InputUnusable(f"{options.file} has more than {_FILE_CHARS} characters; speak it in parts")
    return text


def _connect(target: Target, asked: int, events: bytes) -> Lines:
    path = socket_name(target.socket)
    try:
        return Lines(path, asked, events)
    except DaemonUnreachable:
        if not target.autostart:
            raise
    from steadyvoice.client import autostart

    daemon, pid = autostart.start(path)
    if pid:
        print(f"svctl: started svd in the background (pid {pid}); it stays for the next call", file=sys.stderr)
    return daemon


def _draws() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"


class _Feed:
    """Standard input into an open utterance, as it arrives."""

    def __init__(self, fd: int, daemon: Lines) -> None:
        self._fd, self._daemon = fd, daemon
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.over = False

    @property
    def waits_on(self) -> list[int]:
        return [] if self.over else [self._fd]

    def pump(self, number: int) -> None:
        """Pass on what is there; never waits."""
        if self.over or not select.select([self._fd], [], [], 0)[0]:
            return
        try:
            data = os.read(self._fd, _PIPE_BYTES)
        except OSError as error:
            raise InputUnusable(f"cannot read standard input: {error.strerror}") from error
        if text := self._decoder.decode(data, final=not data):
            self._daemon.send("append", id=number, text=text)
        if not data:
            self._daemon.send("finish", id=number)
            self.over = True


class _Speech:
    """One utterance, from its request to its end."""

    def __init__(self, daemon: Lines, options: Speak, text: str, feed: _Feed | None, output: Output | None) -> None:
        self._daemon, self._options, self._feed, self._output = daemon, options, feed, output
        self._number: int | None = None
        self._sample_rate = 0
        self._finished: Event | None = None
        self._progress: Progress | None = None
        quiet = options.as_json or options.detach or options.output == "-"  # whose reader may use the terminal
        if len(text) >= grammar.LONG_CHARS and not quiet and _draws():
            from steadyvoice.client import progress

            self._progress = progress.Progress(text, sys.stderr)

    def follow(self) -> None:
        """Text in, samples out, events told, until it is over. Unspoken where that is not the text's end."""
        try:
            while self._finished is None:
                waits_on: list[int] = []
                if self._number is not None:
                    if self._feed is not None:
                        self._feed.pump(self._number)
                        waits_on = self._feed.waits_on
                    if self._options.detach and not waits_on:
                        return
                wait = self._progress.draw() if self._progress else None
                self._hear(self._daemon.receive(wait, *waits_on))
        except (KeyboardInterrupt, BrokenPipeError):
            self._cancel()
            raise
        finally:
            if self._progress:
                self._progress.clear()
        if self._finished.get("code"):
            raise Unspoken(self._finished["message"])
        if self._finished["reason"] != "done":
            kept = "; nothing was kept" if self._output is not None else ""
            raise Unspoken(_UNHEARD.get(self._finished["reason"], "it was not said to its end") + kept)

    def _hear(self, events: list[Event]) -> None:
        for event in events:
            if self._finished is not None:
                return  # what is refused now came too late, and says less than the end does
            refused(event)
            match event["type"]:
                case "queued":
                    self._number = event["id"]
                case "started":
                    self._sample_rate = event["sample_rate"]
                case "audio":
                    assert self._output is not None
                    self._output.write(binascii.a2b_base64(event["data"]), self._sample_rate)
                    continue
                case "finished":
                    self._finished = event
            if self._progress:
                self._progress.hear(event)
            if self._options.as_json:
                print_json(event)

    def _cancel(self) -> None:
        """Silence it, and hear how much was heard. Before it has a number, leaving does that."""
        if self._number is None or self._finished is not None:
            return
        deadline = time.monotonic() + _CANCEL_S
        with contextlib.suppress(SteadyvoiceError, OSError, ValueError):  # Ctrl-C may have cut an event
            self._daemon.send("cancel", ids=[self._number])
            while self._finished is None and (left := deadline - time.monotonic()) > 0:
                self._hear([event for event in self._daemon.receive(left) if event["type"] in ("finished", "error")])
