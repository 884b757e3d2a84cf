"""``svctl speak``: connects the text source, the daemon and the output."""

import os
import sys
from typing import TYPE_CHECKING, Final

from steadyvoice.client.svctl.files.output_file import InputUnusable, open_output
from steadyvoice.client.svctl.grammar import LONG_CHARS, SpeakOptions, Target
from steadyvoice.client.svctl.json_connection import DaemonUnreachable, JsonConnection
from steadyvoice.client.svctl.speak_command import SpeakCommand
from steadyvoice.client.svctl.text_parts import Parts
from steadyvoice.ipc.errors import RequestRefused
from steadyvoice.ipc.paths import socket_name

if TYPE_CHECKING:
    from steadyvoice.client.svctl.progress import Progress
    from steadyvoice.client.svctl.text_source import TextSource

_PART_CHARS: Final = 100_000
"""Maximum characters of one utterance: nearly two hours of speech. Longer text is split into several utterances."""


class _GivenUp(RequestRefused):
    """The daemon can no longer speak; nothing has been read or sent."""


def speak(target: Target, wanted: SpeakOptions, asked: int = -1, events: bytes = b"") -> int:
    """Speak. If a daemon that svctl had started can no longer speak, replace it and try once more."""
    try:
        return _speak(target, wanted, asked, events)
    except RequestRefused as error:
        nothing_lost = isinstance(error, _GivenUp) or (asked >= 0 and error.code == "stage_failed")
        if not nothing_lost:
            raise
        from steadyvoice.client.svctl import lifecycle

        if not lifecycle.replace_given_up(target):
            raise
    return _speak(target, wanted)


def _speak(target: Target, wanted: SpeakOptions, asked: int = -1, events: bytes = b"") -> int:
    """Return the exit status; errors that the user can fix are raised as SteadyvoiceError.

    asked: descriptor of a connection on which the request has been sent, else -1. events: bytes received on it.
    """
    if wanted.from_stdin and wanted.file is None and not wanted.words and sys.stdin.isatty():
        raise InputUnusable("no text: give it as an argument, with -f FILE, or on standard input")
    source = _source(wanted)
    try:
        with open_output(wanted) as output, _connect(target, asked, events) as daemon:
            if output is not None:
                wanted.sample_rate = output.sample_rate
            parts = Parts(_PART_CHARS if asked >= 0 else _part_chars(daemon, wanted))
            if source is None:
                parts.feed(wanted.text)
                parts.close()
            SpeakCommand(daemon, wanted, parts, source, output, _progress(wanted, source)).follow(asked >= 0)
            if output is not None:
                output.keep()
    finally:
        if source is not None:
            source.close()
    return 0


def _source(wanted: SpeakOptions) -> "TextSource | None":
    """The source of the text; None if it is given as arguments."""
    if not wanted.from_stdin and wanted.file is None:
        return None
    from steadyvoice.client.svctl.text_source import TextSource

    return TextSource("-" if wanted.from_stdin else str(wanted.file))


def _connect(target: Target, asked: int, events: bytes) -> JsonConnection:
    path = socket_name(target.socket)
    try:
        return JsonConnection(path, asked, events)
    except DaemonUnreachable:
        if not target.autostart:
            from steadyvoice.client.svctl.actions import connected

            return connected(target)  # its error message is more specific
    from steadyvoice.client.svctl import autostart

    return autostart.connect(path)


def _part_chars(daemon: JsonConnection, wanted: SpeakOptions) -> int:
    """Characters per utterance: _PART_CHARS, or the daemon's limit if lower, or if the text is SSML. _GivenUp."""
    status = daemon.ask("status")["status"]
    if status.get("problem") and not status.get("ready"):
        raise _GivenUp("stage_failed", f"cannot speak: {status['problem']}")
    limits: dict[str, int] = status.get("limits", {})
    most = limits.get("text_chars", _PART_CHARS)
    return most if wanted.ssml else min(_PART_CHARS, most)


def _progress(wanted: SpeakOptions, source: "TextSource | None") -> "Progress | None":
    """A progress line for a long text of known length, if nothing else is written to the terminal."""
    size = len(wanted.text) if source is None else source.size
    if wanted.as_json or wanted.detach or wanted.output == "-" or size < LONG_CHARS:
        return None
    if not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return None
    from steadyvoice.client.svctl.progress import Progress

    return Progress(size, sys.stderr)
