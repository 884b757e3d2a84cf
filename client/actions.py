"""What ``svctl``'s commands do, but for ``speak``: one request, one reply."""

import json
import sys
from typing import Final

from steadyvoice.client.console import print_json
from steadyvoice.client.grammar import Target
from steadyvoice.client.lines import ANSWER_S, DaemonUnreachable, Event, Lines, refused
from steadyvoice.ipc.paths import socket_name

_BOOT_S: Final = 60.0
"""The voices are known when the stages have started."""


def stop(target: Target, ids: tuple[int, ...] = (), as_json: bool = False) -> None:
    _show(_ask(target, "cancel", ids=ids, all=not ids), as_json)


def pause(target: Target, as_json: bool = False) -> None:
    _show(_ask(target, "pause"), as_json)


def resume(target: Target, as_json: bool = False) -> None:
    _show(_ask(target, "resume"), as_json)


def skip(target: Target, sentence: bool = False, as_json: bool = False) -> None:
    _show(_ask(target, "skip", to="sentence" if sentence else "utterance"), as_json)


def status(target: Target, as_json: bool) -> None:
    from steadyvoice.client.render import status_text

    found = _ask(target, "status")["status"]
    print_json(found) if as_json else print(status_text(found))


def voices(target: Target, as_json: bool = False) -> None:
    from steadyvoice.client.render import voices_text

    found = _ask(target, "voices", _BOOT_S)["voices"]
    print_json(found) if as_json else print(voices_text(found))


def converters(target: Target, as_json: bool = False) -> None:
    from steadyvoice.client.render import converters_text

    found = _ask(target, "converters", _BOOT_S)["converters"]
    if as_json or found:
        print_json(found) if as_json else print(converters_text(found))
    else:
        print("svctl: no converters are loaded; see converters in docs/config.md", file=sys.stderr)


def quick(target: Target, command: str, reply: bytes) -> None:
    """Say why a request of ``cli`` was not carried out. reply: what came instead, empty where nobody answered."""
    if reply:
        refused(json.loads(reply))
    Lines(socket_name(target.socket)).close()  # nobody listens there: says so
    raise DaemonUnreachable(f"the daemon has not carried out {command}; see svctl doctor")


def _ask(target: Target, kind: str, timeout: float = ANSWER_S, **fields: object) -> Event:
    with Lines(socket_name(target.socket)) as daemon:
        return daemon.ask(kind, timeout, **fields)


def _show(reply: Event, as_json: bool) -> None:
    if as_json:
        print_json({key: value for key, value in reply.items() if key not in ("type", "ref")})
