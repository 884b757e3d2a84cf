"""``python -m steadyvoice.workers NAME FD``: run a stage, or the forkserver; FD is the socket to the supervisor."""

import importlib
import os
import sys

from steadyvoice.ipc.stage_channel import SupervisorChannel
from steadyvoice.workers.runtime import realtime, stage


def main() -> None:
    realtime.die_with_parent()
    name, fd = sys.argv[1], int(sys.argv[2])
    if name == "forkserver":
        forked = importlib.import_module("steadyvoice.workers.forkserver").serve(fd)
        if forked is None:
            return
        name, fd = forked
    module = importlib.import_module(f"steadyvoice.workers.stages.{name}")
    stage.run(module.make, SupervisorChannel(fd))
    sys.stderr.flush()
    os._exit(0)  # unloading the libraries takes longer than the daemon's whole shutdown


main()
