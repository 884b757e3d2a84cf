"""A check in a process of its own, which may hang or die: ``python -m steadyvoice.workers.plugins.checking``."""

import faulthandler
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from typing import Any, Final

import msgspec

from steadyvoice.ipc import child
from steadyvoice.ipc.errors import SteadyvoiceError, one_line
from steadyvoice.workers.plugins.check import check
from steadyvoice.workers.plugins.spec import Spec
from steadyvoice.workers.runtime import realtime

_LIMIT_S: Final = 20.0
"""For importing and opening, which may load a model; then for each sound."""
_FRAME: Final = re.compile(r'^  File "(.*)", line (\d+) in ', re.M)
_OWN: Final = os.path.dirname(__file__)


def checked(spec: Spec, allowed: tuple[str, ...], limit_s: float = _LIMIT_S) -> tuple[dict[str, Any], int]:
    """The report and 0, or 1 where the contract is broken or the plugin cannot be used: then with ``problem``."""
    with tempfile.TemporaryFile("w+") as result, tempfile.TemporaryFile("w+") as trace:
        request = json.dumps(
            {"reference": spec.reference, "values": spec.values, "allowed": allowed, "limit_s": limit_s,
             "result": result.fileno(), "trace": trace.fileno()}
        )  # fmt: skip
        with subprocess.Popen(
            child.command("steadyvoice.workers.plugins.checking", request),
            stdin=subprocess.DEVNULL, stdout=sys.stderr, env=child.environment(),
            pass_fds=(result.fileno(), trace.fileno()),
        ) as process:  # fmt: skip
            status = process.wait()
        result.seek(0)
        trace.seek(0)
        lines, where = result.read().splitlines(), _where(trace.read())
    answer: dict[str, Any] = json.loads(lines[-1]) if lines else {"phase": "start"}
    if "phase" not in answer:
        return answer, 1 if answer.get("problem") or answer["breaches"] else 0
    if status < 0:
        how = f"ended its process by {signal.Signals(-status).name}"
    elif status == 1 and where:
        how = f"did not return within {limit_s:g} s"
    else:
        how = f"ended its process with status {status}"
    problem = f"{one_line(spec.reference)} {how} in the phase {answer['phase']}{where}"
    return {"plugin": spec.reference, "breaches": [problem], "warnings": [], "problem": problem}, 1


def _where(trace: str) -> str:
    """The line of the plugin that has called what did not return, from a traceback by faulthandler: innermost first."""
    plugin = ""
    for file, line in _FRAME.findall(trace):
        if file.startswith(_OWN):
            break
        plugin = f" ({os.path.basename(file)}, line {line})"
    return plugin


def _main() -> int:
    realtime.die_with_parent()
    request = json.loads(sys.argv[1])
    with os.fdopen(request["result"], "w") as result, os.fdopen(request["trace"], "w") as trace:
        faulthandler.enable(trace, all_threads=False)

        def say(answer: dict[str, Any]) -> None:
            print(json.dumps(answer), file=result, flush=True)

        def begin(phase: str) -> None:
            say({"phase": phase})
            # It runs without the interpreter's lock, so that it ends a plugin that hangs in C, too.
            faulthandler.dump_traceback_later(request["limit_s"], exit=True, file=trace)

        spec = Spec(request["reference"], tuple((name, value) for name, value in request["values"]))
        try:
            report = check(spec, tuple(request["allowed"]), begin)
            say(msgspec.to_builtins(report))
            status = 1 if report.breaches else 0
        except SteadyvoiceError as error:
            problem = one_line(str(error), 1000)
            say({"plugin": spec.reference, "breaches": [problem], "warnings": [], "problem": problem})
            status = 1
        faulthandler.cancel_dump_traceback_later()
    os._exit(status)  # a plugin's threads and exit functions must not decide


if __name__ == "__main__":
    _main()
