"""``python -m steadyvoice.workers STAGE FD``: run one stage; FD is its socket to the supervisor."""

import importlib
import sys

from steadyvoice.ipc.mailbox import StageMail
from steadyvoice.workers import realtime, stage


def main() -> None:
    realtime.die_with_parent()
    name, fd = sys.argv[1], int(sys.argv[2])
    module = importlib.import_module(f"steadyvoice.workers.{name}")
    stage.run(module.make, StageMail(fd))


main()
