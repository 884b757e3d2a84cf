"""``svctl live``: starts a live session, follows it to its end, and shows what it does."""

import binascii
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from steadyvoice.client.svctl import actions
from steadyvoice.client.svctl.console import note, print_json
from steadyvoice.client.svctl.files.output_file import Output, open_output
from steadyvoice.client.svctl.grammar import SpeakOptions, Target
from steadyvoice.client.svctl.json_connection import Event, JsonConnection, refused
from steadyvoice.client.svctl.live_text import monitor_text
from steadyvoice.ipc.daemon_status import LiveStatus
from steadyvoice.ipc.errors import RequestRefused, SteadyvoiceError

_CHANGE_S: Final = 30.0
"""Longest wait for plugins to be opened."""
_MONITOR_S: Final = 0.25
_KINDS: Final = ("mic", "tone", "sweep", "noise", "silence", "null")


class NotPlayed(SteadyvoiceError):
    """The session was started, and ended before its source did."""


@dataclass(frozen=True)
class Wanted:
    source: str
    through: str
    output: str | None
    """File or -; None: the sound device."""
    force: bool
    monitor: bool
    detach: bool
    as_json: bool


def run(target: Target, wanted: Wanted) -> int:
    """Play until the source ends, or the user ends it by Ctrl-C or a signal. Return the exit status.

    A file has what came until the end, also where the session fails or the daemon ends.
    """
    status = 0
    options = SpeakOptions(output=wanted.output, force=wanted.force)
    with open_output(options) as output, actions.connected_or_started(target) as daemon:
        fields: dict[str, object] = {"source": _source(wanted.source), "through": wanted.through}
        if output is not None:
            fields |= {"sink": "pcm", "format": "s16"}
        elif wanted.detach:
            fields |= {"detach": True}
        session = _Session(daemon, daemon.send("live", **fields), output, wanted)
        try:
            session.follow()
        except (KeyboardInterrupt, SystemExit) as interrupt:  # Ctrl-C is the ordinary end
            if not session.has_begun:
                raise
            session.end()
            session.follow()
            if isinstance(interrupt, SystemExit):
                status = int(interrupt.code or 0)
        except SteadyvoiceError:
            if output is not None and session.has_recorded:
                output.keep()
                note(f"{wanted.output} has what came until then")
            raise
        if output is not None:
            output.keep()
    return status


def _source(name: str) -> str:
    """A file's name as the daemon can open it, which has another working directory."""
    if not name or (name.partition(":")[0] in _KINDS and not os.path.exists(name)):
        return name
    return str(Path(name).absolute())


class _Session:
    """One session, from the request to its end."""

    def __init__(self, daemon: JsonConnection, ref: int, output: Output | None, wanted: Wanted) -> None:
        """ref: of the request."""
        self._daemon, self._ref, self._output, self._wanted = daemon, ref, output, wanted
        self._number = 0
        """Of the session; 0: it has not begun."""
        self.has_recorded = False
        """The output has samples."""
        self._is_shown = wanted.monitor and (wanted.as_json or sys.stderr.isatty())

    @property
    def has_begun(self) -> bool:
        return self._number != 0

    def end(self) -> None:
        """Ask the daemon to end it."""
        self._daemon.send("cancel", ids=[self._number])

    def follow(self) -> None:
        """Until ``finished``; with --detach, until it has begun. NotPlayed, RequestRefused."""
        shown_at = time.monotonic() + _MONITOR_S
        try:
            while True:
                wait_s = max(0.0, shown_at - time.monotonic()) if self._is_shown else None
                if any(map(self._on_event, self._daemon.receive(wait_s))):
                    return
                if self._is_shown and time.monotonic() >= shown_at:
                    shown_at += _MONITOR_S
                    self._daemon.send("status")
        finally:
            if self._is_shown and not self._wanted.as_json:
                print("\r\x1b[J", end="", file=sys.stderr, flush=True)

    def _on_event(self, event: Event) -> bool:
        """Whether it is the last one."""
        if event.get("ref") == self._ref:
            refused(event)
        match event["type"]:
            case "queued":
                self._number = event["id"]
                if self._wanted.as_json:
                    print_json({"event": "started", "id": self._number})
                return self._wanted.detach
            case "audio" if self._output is not None:
                self._output.write(binascii.a2b_base64(event["data"]), 48000)
                self.has_recorded = True
            case "finished" if event["id"] == self._number:
                if event["reason"] == "error":
                    raise NotPlayed(event["message"])
                return True
            case "status":
                _show(event["status"].get("live", []), self._wanted.as_json)
        return False


def _show(sessions: list[LiveStatus], as_json: bool) -> None:
    for session in sessions:
        if as_json:
            print_json({"event": "monitor", **session})
        else:
            lines = [line[: _columns() - 1] for line in monitor_text(session)]  # a line that wraps would be two
            print("\r\x1b[J" + "\n".join(lines) + f"\x1b[{len(lines) - 1}A\r", end="", file=sys.stderr, flush=True)


def _columns() -> int:
    """Of the terminal; 80 where it has no width, or is gone."""
    try:
        return max(2, os.get_terminal_size(2).columns or 80)
    except OSError:
        return 80


def change(target: Target, through: str | None, as_json: bool) -> None:
    """Change the plugins of the session that runs; without ``through``, use those again that had failed."""
    with actions.connected(target) as daemon:
        number = _running(daemon)
        fields = {} if through is None else {"through": through}
        daemon.ask("change", _CHANGE_S, id=number, **fields)
    if as_json:
        print_json({"id": number})


def stop(target: Target, as_json: bool) -> None:
    with actions.connected(target) as daemon:
        number = _running(daemon)
        daemon.ask("cancel", ids=[number])
    if as_json:
        print_json({"id": number})
    else:
        note(f"live session {number} has ended")


def _running(daemon: JsonConnection) -> int:
    """Number of the session. RequestRefused if there is none."""
    sessions: list[LiveStatus] = daemon.ask("status")["status"].get("live", [])
    if not sessions:
        raise RequestRefused("nothing_playing", "no live session is running; start one: svctl live")
    return sessions[0]["id"]
