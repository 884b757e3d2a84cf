"""``svctl hold``: while it runs, a stage may be stopped by a debugger without being replaced."""

import os
import shlex
import time
from contextlib import suppress

from steadyvoice.client.svctl.actions import connected
from steadyvoice.client.svctl.console import note, print_json
from steadyvoice.client.svctl.foreground import run_in_foreground
from steadyvoice.client.svctl.grammar import Target
from steadyvoice.client.svctl.json_connection import JsonConnection
from steadyvoice.client.svctl.stage_names import choose, label


def hold(target: Target, wanted: str, seconds: float, command: str | None, as_json: bool) -> int:
    """Hold the stage until the time is over, its process ends, Ctrl-C, or the end of ``command``; return its status.

    command: for a shell's splitting of words, with ``{pid}`` for the stage's process.
    """
    with connected(target) as daemon:
        stage = label(choose(daemon.ask("status")["status"]["stages"], wanted))
        held = daemon.ask("hold", stage=stage, seconds=seconds)
        if as_json:
            print_json({name: held[name] for name in ("stage", "pid", "seconds")})
        else:
            end = "until the command ends" if command else "Ctrl-C ends that"
            note(f"stage {stage} (pid {held['pid']}) may be stopped for {seconds:g} s; {end}")
        if command is not None:
            return run_in_foreground([word.replace("{pid}", str(held["pid"])) for word in shlex.split(command)])
        with suppress(KeyboardInterrupt):
            _wait(daemon, held["pid"], seconds)
    return 0


def _wait(daemon: JsonConnection, pid: int, seconds: float) -> None:
    """Until the time is over or the process has ended. DaemonUnreachable where the daemon ends before that."""
    until = time.monotonic() + seconds
    try:
        pidfd = [os.pidfd_open(pid)]
    except OSError:  # it is in another PID namespace, or has just ended
        pidfd = []
    try:
        while (left_s := until - time.monotonic()) > 0:
            daemon.receive(left_s, *pidfd)
            if pidfd and _has_ended(pidfd[0]):
                note(f"process {pid} has ended; svctl status shows its replacement")
                return
    finally:
        for fd in pidfd:
            os.close(fd)


def _has_ended(pidfd: int) -> bool:
    import select

    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(0))
