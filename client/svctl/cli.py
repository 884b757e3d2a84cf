"""Entry point of ``svctl``. Time-critical commands are handled here with bytes on a socket; the rest loads click.

A quick command imports nothing that it does not need, because imports dominate its latency. So ``_socket``,
``_signal`` and ``_json`` replace the modules around them, which cost 7, 3 and 6 ms.
"""

import os
import sys

from steadyvoice.client.svctl import grammar

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket

INTERRUPTED = 130
_QUICK = {
    "stop": b'{"type":"cancel","ref":1,"all":true}\n',
    "pause": b'{"type":"pause","ref":1}\n',
    "resume": b'{"type":"resume","ref":1}\n',
    "skip": b'{"type":"skip","ref":1,"to":"utterance"}\n',
}
"""Requests of the commands without arguments."""
_DONE = (b'{"type":"cancelled"', b'{"type":"paused"', b'{"type":"skipped"')
_QUEUED, _MARK = b'{"type":"queued"', b'{"type":"mark"'
_ORDINARY = (_QUEUED, _MARK, b'{"type":"started"')
_FINISHED = b'{"type":"finished"'
_NO_MEMORY = b"svctl: there is not enough memory; free some, or raise the limit: ulimit -v\n"
"""Made beforehand: there may be no memory to make it when it is needed."""
_NO_MODULE = b"svctl: its modules cannot be loaded; free some memory, or reinstall steadyvoice\n"
_CHUNK = 1 << 16
_ANSWER_S = 10.0


def leave_at_once(*_: object) -> None:
    """SIGINT before anything has begun: exit without output."""
    os._exit(INTERRUPTED)


def main() -> None:
    try:
        _main()
    except (MemoryError, SystemError):  # SystemError: a failed allocation that CPython did not report
        _leave(_NO_MEMORY)
    except ImportError:
        _leave(_NO_MODULE)
    except OSError as error:  # of an import; a command's own are caught around it
        _leave(f"svctl: {error.strerror or error}\n".encode())


def _leave(line: bytes) -> None:
    try:
        os.write(2, line)
    finally:
        os._exit(1)  # an ordinary exit may fail in the same way


def _main() -> None:
    from _signal import SIGINT, default_int_handler, getsignal, signal  # type: ignore[import-not-found]

    if getsignal(SIGINT) is default_int_handler:  # otherwise the caller has it ignored
        signal(SIGINT, leave_at_once)
    _open_closed_streams()
    if "_SVCTL_COMPLETE" not in os.environ:
        try:
            target, words = grammar.global_words(sys.argv[1:])
            if words[:1] == ["speak"]:
                _speak(target, grammar.speak_words(words[1:]))
            elif len(words) == 1 and words[0] in _QUICK:
                _request(target, words[0])
        except grammar.UsageError:
            pass  # click reports the error
    from steadyvoice.client.svctl.commands import main

    main(prog_name="svctl")


def _request(target: grammar.Target, command: str) -> None:
    """Send the command's request. If the reply is not the expected one or no daemon listens, report why."""
    daemon, reply = _connected(target), b""
    if daemon is not None:
        daemon.settimeout(_ANSWER_S)
        try:
            daemon.sendall(_QUICK[command])
            while not reply.endswith(b"\n") and (data := daemon.recv(_CHUNK)):
                reply += data
        except OSError:
            pass
        if reply.startswith(_DONE):
            os._exit(0)  # nothing was printed, and a normal interpreter exit takes as long as the request
        daemon.close()
    from steadyvoice.client.svctl import actions
    from steadyvoice.client.svctl.console import guarded

    guarded(lambda: actions.quick(target, command, reply))


def _speak(target: grammar.Target, wanted: grammar.SpeakOptions) -> None:
    """Send the request at once if one message suffices, and follow it while there is nothing to print."""
    asked, events = -1, b""
    if not (wanted.from_stdin or wanted.file or wanted.output):
        request = grammar.speak_request(wanted)
        if len(request) < _CHUNK and (daemon := _connected(target)) is not None:
            try:
                daemon.sendall(request)
                events = _follow(daemon, wanted)
            except OSError:
                pass  # the daemon's last messages can still be read
            asked = daemon.detach()
    from steadyvoice.client.svctl.console import guarded
    from steadyvoice.client.svctl.speak import speak

    guarded(lambda: speak(target, wanted, asked, events))


def _follow(daemon: "_socket.socket", wanted: grammar.SpeakOptions) -> bytes:
    """Exit when the utterance has finished normally. Return the events so far if something must be printed."""
    begin = rest = b""
    if wanted.as_json or (len(wanted.text) >= grammar.LONG_CHARS and sys.stderr.isatty()):
        return begin
    while data := daemon.recv(_CHUNK):
        rest += data
        while b"\n" in rest:
            line, newline, behind = rest.partition(b"\n")
            if line.startswith(_FINISHED) and b'"reason":"done"' in line and b'"ssml":' not in line:
                os._exit(0)
            if not line.startswith(_ORDINARY) or b'"paused":true' in line:
                return begin + rest
            if wanted.detach and line.startswith(_QUEUED):
                os._exit(0)
            if not line.startswith(_MARK):
                begin += line + newline
            rest = behind
    return begin + rest


def _connected(target: grammar.Target) -> "_socket.socket | None":
    import _socket

    from steadyvoice.ipc.control_socket import socket_name

    daemon = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
    try:
        daemon.connect(socket_name(target.socket))
    except (OSError, _unusable_socket_path()):
        daemon.close()
        return None
    return daemon


def _unusable_socket_path() -> type[Exception]:
    from steadyvoice.ipc.errors import UnusableSocketPath  # only after a failure, because start-up time counts

    return UnusableSocketPath


def _open_closed_streams() -> None:
    """Open /dev/null for streams that a shell has closed (``<&-``), since Python would reuse their numbers."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - open until exit


if __name__ == "__main__":
    main()
