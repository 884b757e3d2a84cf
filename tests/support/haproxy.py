"""HAProxy with ops/haproxy.cfg, at ports of a test's own."""

import csv
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from support.daemon import Daemon, alive, configured, eventually
from support.gateway import real_client, running
from support.http import Http
from support.prometheus import free_port
from support.svctl import WORD

CONFIGURATION: Final = Path(__file__).parents[2] / "ops" / "haproxy.cfg"
DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "fleet.md"
_ADMIN: Final = "/run/haproxy/admin.sock"
_FRONT: Final = "127.0.0.1:8870"
_SERVERS: Final = {"one": "127.0.0.1:8880", "two": "127.0.0.1:8881"}
UP: Final = dict.fromkeys(_SERVERS, "UP")
SPEECH: Final = "/v1/audio/speech"
SHORT: Final = {"input": WORD, "response_format": "pcm"}
LONG_TEXT: Final = f"{WORD} " * 6_000
"""Five minutes of speech of the voice that hums."""
LONG_BYTES: Final = 6_000 * 2 * 24_000 // 20


@dataclass
class Balancer:
    port: int
    admin: Path
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

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


@dataclass
class Fleet:
    balancer: Balancer
    daemons: dict[str, Daemon]

    def count(self, what: str) -> dict[str, int]:
        """active or finished utterances of each daemon."""
        counts = {name: daemon.status()["utterances"] for name, daemon in self.daemons.items()}
        return {name: each["active"] if what == "active" else each["finished"] for name, each in counts.items()}

    def speak(self, times: int) -> dict[str, int]:
        """Speak a word so many times, one after the other; how many each daemon has spoken."""
        before = self.count("finished")
        for _ in range(times):
            with Http(self.balancer.port) as http:
                answer = http.ask("POST", SPEECH, SHORT)
                assert (answer.status, answer.complete) == (200, True), answer
        return {name: count - before[name] for name, count in self.count("finished").items()}

    def has_active(self, count: int) -> bool:
        return sum(self.count("active").values()) == count

    @contextmanager
    def stalled(self, count: int) -> Iterator[list[Http]]:
        """Long streams of clients that read nothing, each as soon as it is spoken."""
        with ExitStack() as stack:
            streams = []
            for number in range(count):
                streams.append(stack.enter_context(Http(self.balancer.port, receive_bytes=4096)))
                streams[-1].request("POST", SPEECH, {"input": LONG_TEXT, "response_format": "pcm"})
                eventually(partial(self.has_active, number + 1))
            yield streams


@contextmanager
def started(make_folder: Callable[[str], Path], cache: Path, configuration: str) -> Iterator[Fleet]:
    """Two daemons with this configuration. At the end nothing of them is left."""
    program, folder = real_client("load_balancer"), make_folder("haproxy")
    with ExitStack() as stack:
        daemons = {name: stack.enter_context(configured(make_folder(name), cache, configuration)) for name in _SERVERS}
        listen = "--listen", "127.0.0.1:0"
        gateways = [stack.enter_context(running("http", daemon, *listen)) for daemon in daemons.values()]
        before = stack.enter_context(balancer(program, folder, [gateway.port for gateway in gateways]))
        yield Fleet(before, daemons)
        pids = [pid for daemon in daemons.values() for pid in [daemon.process.pid, *daemon.pids().values()]]
    assert not any(alive(pid) for pid in [*pids, before.process.pid, *(gateway.process.pid for gateway in gateways)])
    assert not folder.exists()
    assert not any(daemon.socket.exists() or daemon.names_in_shm() for daemon in daemons.values())
