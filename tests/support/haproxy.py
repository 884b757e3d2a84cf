"""HAProxy with ops/haproxy.cfg, at ports of a test's own."""

import csv
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from support.daemon import eventually
from support.prometheus import free_port

CONFIGURATION: Final = Path(__file__).parents[2] / "ops" / "haproxy.cfg"
DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "fleet.md"
_ADMIN: Final = "/run/haproxy/admin.sock"
_FRONT: Final = "127.0.0.1:8870"
_SERVERS: Final = {"one": "127.0.0.1:8880", "two": "127.0.0.1:8881"}


@dataclass
class Balancer:
    port: int
    admin: Path
    process: "subprocess.Popen[bytes]"

    def does(self, command: str) -> str:
        """Run a line of docs/fleet.md that speaks to HAProxy, as it is printed there but for the path."""
        assert command in DOCUMENT.read_text(), command
        shell = command.replace("sudo ", "").replace(_ADMIN, str(self.admin))
        return subprocess.run(["sh", "-c", shell], check=True, capture_output=True, text=True, timeout=10).stdout

    def states(self) -> dict[str, str]:
        """UP, DOWN or DRAIN, by the name of the server."""
        found = self.does(f'echo "show stat" | sudo socat stdio {_ADMIN}').lstrip("# ")
        rows = csv.DictReader(found.splitlines())
        return {
            row["svname"]: row["status"].split()[0]
            for row in rows
            if row["pxname"] == "gateways" and row["svname"] != "BACKEND"
        }


def configuration(ports: Sequence[int], front: int, admin: Path) -> str:
    """The file with these ports; as an ordinary user, HAProxy cannot change to its own."""
    text = CONFIGURATION.read_text()
    pairs = [(_ADMIN, str(admin)), (_FRONT, f"127.0.0.1:{front}")]
    pairs += [(name, f"127.0.0.1:{port}") for name, port in zip(_SERVERS.values(), ports, strict=True)]
    for printed, own in pairs:
        assert text.count(printed) == 1, printed
        text = text.replace(printed, own)
    return text if os.geteuid() == 0 else re.sub(r"^    (user|group) .*\n", "", text, flags=re.M)


@contextmanager
def balancer(program: str, folder: Path, ports: Sequence[int]) -> Iterator[Balancer]:
    """HAProxy before the gateways at these two ports, once both are up. At its end nothing of it is left."""
    front, file = free_port(), folder / "haproxy.cfg"
    admin = folder / "admin.sock"
    file.write_text(configuration(ports, front, admin))
    check = subprocess.run([program, "-c", "-f", file], capture_output=True, text=True, timeout=30)
    assert check.returncode == 0, check.stderr
    assert "WARNING" not in check.stderr, check.stderr
    with open(folder / "haproxy.log", "w") as log:
        process = subprocess.Popen([program, "-db", "-f", file], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        made = Balancer(front, admin, process)
        eventually(lambda: admin.exists() or process.poll() is not None)
        assert process.poll() is None, (folder / "haproxy.log").read_text()
        eventually(lambda: set(made.states().values()) == {"UP"})
        yield made
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder)
