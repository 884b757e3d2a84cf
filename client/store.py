"""How ``svctl voices`` and ``svctl converters`` change this machine's files: in a process that may load a model."""

import json
import os
import signal
import subprocess
import sys
from typing import Any

import click

from steadyvoice.client.console import fail, print_json
from steadyvoice.ipc.errors import SteadyvoiceError
from steadyvoice.ipc.paths import store


class StoreFailed(SteadyvoiceError):
    """The process that was to do it has ended without a word."""


def change(as_json: bool, **request: Any) -> None:
    """Do it, and say where the files are."""
    answer, status = perform(**request)
    if status:
        fail(answer["problem"], status)
    print_json(answer) if as_json else click.echo(_text(answer))


def perform(**request: Any) -> tuple[dict[str, str], int]:
    """Do it; what there is now, and 0; or the ``problem``, and another status.

    The end of this process, however it comes, is the other one's too.
    """
    command = [sys.executable, "-m", "steadyvoice.workers.store", json.dumps(request)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as child:
        try:
            told, _ = child.communicate()
        except BaseException:
            child.terminate()
            child.wait()  # it takes back what it has begun
            raise
    if not told:
        why = signal.Signals(-child.returncode).name if child.returncode < 0 else f"status {child.returncode}"
        raise StoreFailed(f"{request['kind']} {request['do']} ended without a result ({why}); nothing has changed")
    return json.loads(told), child.returncode


def _text(done: dict[str, str]) -> str:
    what = f"is in {done['path']} ({done['what']})" if done["path"] else "is removed"
    return (
        f"{done['name']} {what}; a daemon that runs sees it when it is restarted (systemctl --user restart steadyvoice)"
    )


def added(*kinds: str) -> list[str]:
    """The names of what is there."""
    names: list[str] = []
    for kind in kinds:
        try:
            names += [name.removesuffix(".pt") for name in os.listdir(store(kind)) if not name.startswith(".")]
        except OSError:
            continue
    return sorted(names)
