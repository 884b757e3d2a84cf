"""``svctl speak``: text from where it is, to the sound device or a file."""

import os
import sys
from typing import TYPE_CHECKING, Final

from steadyvoice.client.svctl.files.output_file import InputUnusable, open_output
from steadyvoice.client.svctl.grammar import LONG_CHARS, SpeakOptions, Target
from steadyvoice.client.svctl.json_connection import DaemonUnreachable, JsonConnection
from steadyvoice.client.svctl.speak_command import SpeakCommand
from steadyvoice.client.svctl.text_parts import Parts
from steadyvoice.ipc.errors import Refused
from steadyvoice.ipc.paths import socket_name

if TYPE_CHECKING:
    from steadyvoice.client.svctl.progress import Progress
    from steadyvoice.client.svctl.text_source import TextSource

_PART_CHARS: Final = 100_000
"""Of one utterance at the most: nearly two hours of speech. A longer text is sent as several."""


class _GivenUp(Refused):
    """The daemon cannot speak any more; nothing has been read or sent."""


def speak(target: Target, wanted: SpeakOptions, asked: int = -1, events: bytes = b"") -> int:
    """As `_speak`; where the daemon has given up and svctl had started it, once more with another daemon."""
    try:
        return _speak(target, wanted, asked, events)
    except Refused as error:
        nothing_lost = isinstance(error, _GivenUp) or (asked >= 0 and error.code == "stage_failed")
        if not nothing_lost:
            raise
        from steadyvoice.client.svctl import lifecycle

        if not lifecycle.replace_given_up(target):
            raise
    return _speak(target, wanted)


def _speak(target: Target, wanted: SpeakOptions, asked: int = -1, events: bytes = b"") -> int:
    """Return the exit status; errors that the user can mend come as SteadyvoiceError.

    asked: the descriptor of a connection on which the request has been sent, -1 where there is none. events: what has
    been received on it.
    """
    if wanted.from_stdin and wanted.file is None and not wanted.words and sys.stdin.isatty():
        raise InputUnusable("no text: give it as an argument, with -f FILE, or on standard input")
    source = _source(wanted)
    try:
        with open_output(wanted) as output, _connect(target, asked, events) as daemon:
            if output is not None:
                wanted.sample_rate = output.sample_rate
            parts = Parts(_PART_CHARS if asked >= 0 else _part_chars(daemon))
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
    """None where the text is in the words."""
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

            return connected(target)  # which says more
    from steadyvoice.client.svctl import autostart

    return autostart.connect(path)


def _part_chars(daemon: JsonConnection) -> int:
    """As many as the daemon takes for one utterance, where that is less. _GivenUp."""
    status = daemon.ask("status")["status"]
    if status.get("problem") and not status.get("ready"):
        raise _GivenUp("stage_failed", f"cannot speak: {status['problem']}")
    limits: dict[str, int] = status.get("limits", {})
    return min(_PART_CHARS, limits.get("text_chars", _PART_CHARS))


def _progress(wanted: SpeakOptions, source: "TextSource | None") -> "Progress | None":
    """A progress line for a long text, of known length, on a terminal that nothing else is written to."""
    size = len(wanted.text) if source is None else source.size
    if wanted.as_json or wanted.detach or wanted.output == "-" or size < LONG_CHARS:
        return None
    if not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return None
    from steadyvoice.client.svctl.progress import Progress

    return Progress(size, sys.stderr)
