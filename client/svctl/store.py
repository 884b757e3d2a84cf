"""``svctl voices`` and ``svctl converters``: change the store in a child process, because only workers load models."""

import json
import os
import signal
import subprocess
from typing import Any

import click

from steadyvoice.client.svctl.console import fail, print_json
from steadyvoice.ipc import child
from steadyvoice.ipc.errors import SteadyvoiceError
from steadyvoice.ipc.paths import store


class StoreFailed(SteadyvoiceError):
    """The child process ended without a result."""


def change(as_json: bool, **request: Any) -> None:
    """Change the store and print where the files are."""
    answer, status = perform(**request)
    if status:
        fail(answer["problem"], status)
    if as_json:
        return print_json(answer)
    click.echo(_text(answer))
    for note in answer.get("note", "").splitlines():
        click.echo(f"svctl: {note}", err=True)


def _leave_interrupts() -> None:
    """In the child: ignore Ctrl-C, which this process handles, until the child has something to undo."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def perform(**request: Any) -> tuple[dict[str, Any], int]:
    """Change the store, or a lexicon. Returns the result and 0, or the ``problem`` and another status."""
    return ask_worker("steadyvoice.workers.store", request, f"{request['kind']} {request['do']}",
                      f"svctl {request['kind']}")  # fmt: skip


def ask_worker(module: str, request: dict[str, Any], what: str, see: str) -> tuple[dict[str, Any], int]:
    """The last line that ``python -m MODULE REQUEST`` prints, and its exit status.

    If this process ends, the child ends too. what: for the message of StoreFailed; see: a command that shows the state.
    """
    with subprocess.Popen(
        child.command(module, json.dumps(request)),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=child.environment(), preexec_fn=_leave_interrupts,
    ) as process:  # fmt: skip
        try:
            output, _ = process.communicate()
        except BaseException:
            process.terminate()
            process.wait()  # the child undoes what it has begun
            raise
    status = process.returncode
    try:
        answer: dict[str, Any] = json.loads(output.splitlines()[-1] if output else "")
    except ValueError:
        why = signal.Signals(-status).name if status < 0 else f"status {status}"
        raise StoreFailed(f"{what} ended without a result ({why}); see {see}") from None
    return answer, status


def _text(done: dict[str, str]) -> str:
    what = f"is in {done['path']} ({done['what']})" if done["path"] else "is removed"
    return f"{done['name']} {what}; a running daemon uses it after svctl restart"


def added(*kinds: str) -> list[str]:
    """Names of the installed voices or converters."""
    names: list[str] = []
    for kind in kinds:
        try:
            names += [name.removesuffix(".pt") for name in os.listdir(store(kind)) if not name.startswith(".")]
        except OSError:
            continue
    return sorted(names)
