"""``python -m steadyvoice.workers.plugins REQUEST``: JSON in, one line of JSON out.

REQUEST: {"do": "list"}, {"do": "new", "path": FILE} or {"do": "check", "plugin": SPEC}. Exit status 0; 1 with
{"problem": why} where it cannot be done, or where a check has found a breach of the contract.
"""

import json
import os
import sys

from steadyvoice.ipc.errors import SteadyvoiceError, describe
from steadyvoice.workers.runtime import realtime


def main() -> int:
    realtime.die_with_parent()
    request = json.loads(sys.argv[1])
    out = os.dup(1)
    os.dup2(2, 1)  # what a plugin prints while it is imported is no answer
    try:
        from steadyvoice.workers.plugins import commands  # imports numpy, which fails where memory is short

        answer, status = commands.perform(request)
    except SteadyvoiceError as error:
        answer, status = {"problem": str(error)}, 1
    except OSError as error:
        answer, status = {"problem": describe(error)}, 1
    except (ImportError, MemoryError):
        answer, status = {"problem": "its modules cannot be loaded; free some memory, or reinstall steadyvoice"}, 1
    os.write(out, json.dumps(answer).encode() + b"\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
