"""``svctl voices|converters ...`` in a forked process that has torch loaded already: loading it is most of a command.

The code is svctl's and the store process's own. Only the start of the two interpreters is missing, which the tests of
interrupts, full disks and installations go through.
"""

import atexit
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from types import SimpleNamespace
from typing import TypedDict

from support.forker import Forker

_PRELOADED = (
    "torch",
    "safetensors.torch",
    "tokenizers",
    "steadyvoice.client.svctl.commands",
    "steadyvoice.workers.store.converters",
    "steadyvoice.workers.store.voices",
)
"""But not huggingface_hub, which reads its environment when it is imported."""


class Options(TypedDict, total=False):
    """Of ``subprocess.run``."""

    umask: int


def can_run(args: Sequence[str | Path], env: dict[str, str]) -> bool:
    """What the interpreter reads when it starts is as it is here, and the command ends by itself."""

    def read_at_the_start(values: dict[str, str]) -> dict[str, str]:
        kept = {key: value for key, value in values.items() if key.startswith(("PYTHON", "LC_", "LANG", "LD_"))}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        return kept

    changes = len(args) > 1 and args[0] in ("voices", "converters") and not str(args[1]).startswith("-")
    same = read_at_the_start(env) == read_at_the_start(dict(os.environ))
    return changes and same and find_spec("torch") is not None


@cache
def _forker() -> Forker:
    forker = Forker()
    atexit.register(forker.__exit__)
    forker.fork(_nothing, _Preload()).wait()
    return forker


class _Preload:
    """The forker's process imports the modules when it unpickles this: before it forks."""

    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        return _preload, ()


def _nothing(_: object) -> None:
    """What the first child runs."""


def _preload() -> None:
    for name in _PRELOADED:
        import_module(name)
    assert "huggingface_hub" not in sys.modules


def run(args: Sequence[str | Path], env: dict[str, str], options: Options) -> "subprocess.CompletedProcess[str]":
    words = [os.fspath(word) for word in args]
    with TemporaryFile() as out, TemporaryFile() as err:
        umask = options.get("umask", -1)
        child = _forker().fork(_svctl, words, env, os.getcwd(), umask, fds=(out.fileno(), err.fileno()))
        status = child.wait()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(words, status, out.read().decode(), err.read().decode())


def _svctl(words: list[str], env: dict[str, str], cwd: str, umask: int, out: int, err: int) -> int:
    from steadyvoice.client.svctl import cli, store

    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    if umask >= 0:
        os.umask(umask)
    for fd, target in ((os.open(os.devnull, os.O_RDONLY), 0), (out, 1), (err, 2)):
        os.dup2(fd, target)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["svctl", *words]
    replaced = SimpleNamespace(Popen=_StoreProcess, DEVNULL=subprocess.DEVNULL, PIPE=subprocess.PIPE)
    vars(store)["subprocess"] = replaced
    return _status_of(cli.main)


def _status_of(main: Callable[[], object]) -> int:
    try:
        main()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        status = 1 if isinstance(end.code, str) else end.code or 0
    else:
        status = 0
    sys.stdout.flush()
    sys.stderr.flush()
    return status


class _StoreProcess:
    """As much of ``Popen`` as ``steadyvoice.client.svctl.store`` uses."""

    returncode: int

    def __init__(
        self, command: list[str], *, env: dict[str, str], preexec_fn: Callable[[], None], stdin: int, stdout: int
    ) -> None:
        reading, writing = os.pipe()
        self._pid = os.fork()
        if not self._pid:
            status = 1
            try:
                preexec_fn()
                os.environ.clear()
                os.environ.update(env)
                os.dup2(writing, 1)
                sys.argv = command[-2:]
                status = _status_of(lambda: runpy.run_module("steadyvoice.workers.store", run_name="__main__"))
            finally:
                os._exit(status)
        os.close(writing)
        self._reading = reading

    def communicate(self) -> tuple[bytes, None]:
        with open(self._reading, "rb") as pipe:
            output = pipe.read()
        self.returncode = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return output, None

    def __enter__(self) -> "_StoreProcess":
        return self

    def __exit__(self, *_: object) -> None:
        """It has ended."""
