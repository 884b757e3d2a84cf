"""The loops of ``svctl top``: on a terminal until a key ends it, and in batch mode."""

import os
import sys
import time
from dataclasses import asdict
from typing import Any, Final

from steadyvoice.client.errors import DaemonUnreachable
from steadyvoice.client.svctl.console import print_json
from steadyvoice.client.svctl.foreground import run_in_foreground
from steadyvoice.client.svctl.grammar import Target
from steadyvoice.client.svctl.top import rows
from steadyvoice.client.svctl.top.history import History
from steadyvoice.client.svctl.top.screen import Line, plain, screen
from steadyvoice.client.svctl.top.source import Source, client_name
from steadyvoice.client.svctl.top.terminal import Terminal, opened
from steadyvoice.client.svctl.top.view import Action, View
from steadyvoice.ipc.paths import socket_name

_GONE_S: Final = 1.0
"""Least time between two looks for a daemon that has gone away."""


def batch(target: Target, delay_s: float, count: int, as_json: bool) -> None:
    """Print ``count`` readings, 0: until a signal. DaemonUnreachable where no daemon answers at the start."""
    source, history = Source(target.socket), History()
    history.add(source.read())
    shown = 0
    while not count or shown < count:
        time.sleep(delay_s)
        try:
            history.add(source.read())
        except DaemonUnreachable as error:
            history.clear()
            print_json({"running": False, "problem": str(error)}) if as_json else print(error, flush=True)
        else:
            print_json(as_object(history)) if as_json else print(_plain(history), flush=True)
        shown += 1


def as_object(history: History) -> dict[str, Any]:
    """For JSON: the header's fields, and lists of the tables' rows. Times are in seconds."""
    status = history.newest.status
    return {
        "running": True,
        "at": round(time.time(), 3),
        **_rounded(asdict(rows.header(history))),
        "stages": [_rounded(asdict(each)) for each in rows.stages(history)],
        "utterances": [_rounded(asdict(each)) for each in rows.utterances(status, client_name)],
    }


def _rounded(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in fields.items()}


def _plain(history: History) -> str:
    utterances = rows.utterances(history.newest.status, client_name)
    return time.strftime("%H:%M:%S ") + plain(rows.header(history), rows.stages(history), utterances)


def interactive(target: Target, delay_s: float, count: int) -> None:
    """Draw readings until the user ends it, or ``count`` of them. DaemonUnreachable as in ``batch``; InputUnusable."""
    source = Source(target.socket)
    with opened() as terminal:
        _Session(socket_name(target.socket), source, terminal, View(delay_s)).run(count)


class _Session:
    def __init__(self, socket: str, source: Source, terminal: Terminal, view: View) -> None:
        self._socket, self._source, self._terminal, self._view = socket, source, terminal, view
        self._history = History()
        self._problem = ""
        """Why there is no reading; empty while there is one."""
        self._due = 0.0
        """Monotonic seconds at which the next reading is taken."""

    def run(self, count: int) -> None:
        taken = 0
        while True:
            now = time.monotonic()
            if not self._view.paused and now >= self._due:
                self._read()
                taken += 1
            self._terminal.draw(self._lines())
            if count and taken >= count:
                return
            key = self._terminal.key(None if self._view.paused else max(0.0, self._due - time.monotonic()))
            action = self._view.key(key) if key not in ("", "RESIZE") else None
            if action is not None:
                if action.kind == "quit":
                    return
                self._act(action)

    def _read(self) -> None:
        self._due = time.monotonic() + self._view.delay_s
        try:
            self._history.add(self._source.read())
        except DaemonUnreachable as error:
            self._history.clear()
            self._problem = str(error)
            self._due = time.monotonic() + max(self._view.delay_s, _GONE_S)
        else:
            self._problem = ""

    def _lines(self) -> list[Line]:
        width, height = self._terminal.size
        if self._problem:
            lines = [Line(self._problem, "bad"), Line("waiting for it; q quits")]
            return [Line(line.text[:width], line.style) for line in lines[:height]]
        utterances = rows.utterances(self._history.newest.status, client_name)
        self._view.show([row.id for row in utterances])
        head, stages = rows.header(self._history), rows.stages(self._history)
        return screen(head, stages, utterances, self._view, width, height)

    def _act(self, action: Action) -> None:
        self._due = 0.0
        if action.kind == "cancel":
            try:
                self._view.message = self._source.cancel(action.id)
            except DaemonUnreachable as error:
                self._view.message = str(error)
        elif action.kind == "trace":
            with self._terminal.left():
                run_in_foreground(trace_command(self._socket, action.id))
                input("Enter: back to svctl top ")


def trace_command(socket: str, utterance: int) -> list[str]:
    """The program that runs now, with another command."""
    program = [sys.argv[0]] if os.access(sys.argv[0], os.X_OK) else [sys.executable, sys.argv[0]]
    return [*program, "--socket", socket, "trace", "--id", str(utterance)]
