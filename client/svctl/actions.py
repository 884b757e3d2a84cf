"""The actions of ``svctl``'s commands except ``speak``: one request and its reply each."""

import json
from typing import Any, Final

from steadyvoice.client.svctl.console import UNREACHABLE, note, print_json
from steadyvoice.client.svctl.grammar import Target
from steadyvoice.client.svctl.json_connection import ANSWER_S, DaemonUnreachable, Event, JsonConnection, refused
from steadyvoice.ipc.errors import one_line
from steadyvoice.ipc.paths import socket_name

_BOOT_S: Final = 60.0
"""The daemon lists voices only after its stages have started."""


def stop(target: Target, ids: tuple[int, ...] = (), as_json: bool = False) -> None:
    _show(_ask(target, "cancel", ids=ids, all=not ids), as_json)


def pause(target: Target, as_json: bool = False) -> None:
    _show(_ask(target, "pause"), as_json)


def resume(target: Target, as_json: bool = False) -> None:
    _show(_ask(target, "resume"), as_json)


def skip(target: Target, sentence: bool = False, as_json: bool = False) -> None:
    _show(_ask(target, "skip", to="sentence" if sentence else "utterance"), as_json)


def status(target: Target, as_json: bool) -> int:
    """Print the daemon's status. Exit status 0, or UNREACHABLE if no daemon runs."""
    from steadyvoice.client.svctl.render import status_text

    try:
        with connected(target) as daemon:
            found = daemon.ask("status")["status"]
    except NoDaemon as error:
        why = one_line(str(error))
        print_json({"running": False, "ready": False, "problem": why}) if as_json else print(why)
        return UNREACHABLE
    print_json({"running": True, **found}) if as_json else print(status_text(found))
    return 0


def metrics(target: Target, as_json: bool) -> None:
    """Print what the daemon measures of itself."""
    found = _ask(target, "metrics")["families"]
    if as_json:
        print_json(found)
        return
    import msgspec

    from steadyvoice.ipc import exposition
    from steadyvoice.ipc.metric_families import MetricFamily

    print(exposition.text(msgspec.convert(found, list[MetricFamily])), end="")


def voices(target: Target, as_json: bool = False) -> None:
    from steadyvoice.client.svctl.render import voices_text

    found = _known(target, "voices")
    print_json(found) if as_json else print(voices_text(found))


def converters(target: Target, as_json: bool = False) -> None:
    from steadyvoice.client.svctl.render import converters_text

    found = _known(target, "converters")
    if as_json or found:
        print_json(found) if as_json else print(converters_text(found))
    else:
        note("no converters are loaded; see converters in docs/config.md")


def quick(target: Target, command: str, reply: bytes) -> None:
    """Report why a request of ``cli`` failed. reply: what was received instead, empty for nothing."""
    if reply:
        refused(json.loads(reply))
    connected(target).close()  # reports a missing daemon
    raise DaemonUnreachable(f"the daemon did not reply to {command}; see svctl doctor")


class NoDaemon(DaemonUnreachable):
    """No process accepts connections at the socket; ``__cause__`` is the OSError."""


def read(target: Target, text: str, voice: str, as_json: bool, **options: object) -> None:
    """Print how a text would be read; nothing is spoken. options: fields of the request."""
    from steadyvoice.client.svctl.render import reading_text

    with connected_or_started(target) as daemon:
        reply = daemon.ask("read", _BOOT_S, text=text, voice=voice, **options)
    found = {name: reply[name] for name in ("words", "phonemes", "segments")}
    print_json(found) if as_json else print(reading_text(found))


def _ask(target: Target, kind: str, timeout: float = ANSWER_S, **fields: object) -> Event:
    with connected(target) as daemon:
        return daemon.ask(kind, timeout, **fields)


def _known(target: Target, kind: str) -> list[dict[str, Any]]:
    """Return the daemon's list; start a daemon for it if none runs."""
    with connected_or_started(target) as daemon:
        found: list[dict[str, Any]] = daemon.ask(kind, _BOOT_S)[kind]
        return found


def connected_or_started(target: Target) -> JsonConnection:
    """Connect to the running daemon; start one if none runs, unless the target says not to."""
    try:
        return connected(target)
    except NoDaemon:
        if not target.autostart:
            raise
        from steadyvoice.client.svctl import autostart

        return autostart.connect(socket_name(target.socket))


def connected(target: Target) -> JsonConnection:
    """Connect to the running daemon. NoDaemon if none runs."""
    path = socket_name(target.socket)
    try:
        return JsonConnection(path)
    except DaemonUnreachable as error:
        from steadyvoice.client.svctl.refusals import unreachable
        from steadyvoice.ipc.control_socket import why_not_runtime

        cause = error.__cause__
        why = unreachable(path, cause if isinstance(cause, OSError) else None, why_not_runtime(path))
        raise NoDaemon(why) from (cause or error)


def _show(reply: Event, as_json: bool) -> None:
    if as_json:
        print_json({key: value for key, value in reply.items() if key not in ("type", "ref")})
