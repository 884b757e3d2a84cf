"""``sd_steadyvoice``: the output module that speech-dispatcher starts and talks to on standard input and output."""

import os
import select
import signal
import sys
import time
from typing import Final, NoReturn

from steadyvoice.gateways.speechd.daemon import Daemon
from steadyvoice.gateways.speechd.log import log
from steadyvoice.gateways.speechd.module import Module
from steadyvoice.ipc import config_file
from steadyvoice.ipc.errors import SteadyvoiceError
from steadyvoice.ipc.gateway_settings import ConfigurationFile, Speechd
from steadyvoice.ipc.paths import socket_name

_STDIN: Final = 0
_CHUNK: Final = 1 << 16
_BACKLOG_BYTES: Final = 1 << 20
"""While the server has not read so much, no further commands are read."""


def main() -> NoReturn:
    """Serve until standard input ends or QUIT. The argument, a configuration file of speech-dispatcher, is not read."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        daemon = Daemon(socket_name())
    except SteadyvoiceError as error:
        log(str(error))
        sys.exit(1)
    daemon.want()
    module = Module(daemon, _configuration())
    replies = os.dup(1)
    os.dup2(2, 1)  # whatever else prints must not be read by the server
    try:
        status = serve(module, replies)
    except BrokenPipeError:  # the server is gone
        status = 0
    daemon.close()
    os._exit(status)  # at once, also while a thread waits for the start of svd


def serve(module: Module, replies: int) -> int:
    """Carry messages between standard input, ``replies`` and svd. Returns the exit status."""
    while module.exit_status is None:
        poll = select.poll()
        for fd, events in module.interest.items():
            poll.register(fd, events)
        if len(module.output) < _BACKLOG_BYTES:
            poll.register(_STDIN, select.POLLIN)
        if module.output:
            poll.register(replies, select.POLLOUT)
        wait_s = module.timeout_s(time.monotonic())
        ready = poll.poll(None if wait_s is None else wait_s * 1000)
        if any(fd == _STDIN for fd, _ in ready):
            data = os.read(_STDIN, _CHUNK)
            if not data:
                return 0
            module.receive(data)
            _write(replies, module.output)  # the answer to STOP before anything else
        module.step(time.monotonic())
        _write(replies, module.output)
    _write(replies, module.output)
    return module.exit_status


def _write(replies: int, output: bytearray) -> None:
    """Write what the pipe takes without waiting: it may be shared, so it is not made non-blocking."""
    poll = select.poll()
    poll.register(replies, select.POLLOUT)
    while output and poll.poll(0):
        del output[: os.write(replies, output[: select.PIPE_BUF])]


def _configuration() -> Speechd:
    try:
        return config_file.load(None, ConfigurationFile).gateways.speechd
    except SteadyvoiceError as error:  # a screen reader must not fall silent for it
        log(f"{error}; the defaults are used")
        return Speechd()


if __name__ == "__main__":
    main()
