"""``python -m steadyvoice.workers.store REQUEST``: JSON in, one line of JSON out; progress goes to stderr.

REQUEST: {"kind": "voices", "converters" or "lexicon", "do": a function of that module, and its arguments}. Exit status
0; 1 with {"problem": why} where it cannot be done; 2 where it can never be.
"""

import json
import os
import sys
import warnings
from importlib import import_module

from steadyvoice.ipc.errors import one_line
from steadyvoice.ipc.installing import install_command
from steadyvoice.ipc.paths import NoHome, store
from steadyvoice.workers.runtime import realtime
from steadyvoice.workers.store.place import Refusal

_EXTRAS = {"huggingface_hub": "pull", "voices": "soprano", "converters": "rvc"}


def main() -> int:
    realtime.die_with_parent()
    warnings.simplefilter("ignore")  # torch's warnings about files that are refused anyway
    request = json.loads(sys.argv[1])
    kind, do = request.pop("kind"), request.pop("do")
    try:
        answer, status = getattr(import_module(f"steadyvoice.workers.store.{kind}"), do)(**request), 0
    except Refusal as error:
        answer, status = {"problem": str(error)}, error.status
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get(error.name or "", _EXTRAS[kind])
        answer, status = {"problem": f"that needs {error.name}: {install_command(extra)}"}, 1
    except NoHome as error:
        answer, status = {"problem": f"{error}, or STEADYVOICE_DATA"}, 1
    except OSError as error:
        where = error.filename2 or error.filename or store(kind)
        why = f"{os.fsdecode(where)}: {error.strerror or error}; nothing has changed"
        answer, status = {"problem": one_line(why)}, 1
    except Exception as error:  # a broken installation of a library may raise anything
        why = f"{do} failed: {type(error).__name__}: {str(error).strip().partition(chr(10))[0]}; nothing has changed"
        answer, status = {"problem": one_line(why)}, 1
    print(json.dumps(answer), flush=True)
    return status


sys.exit(main())
