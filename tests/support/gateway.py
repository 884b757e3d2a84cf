"""A gateway process of a test's own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.daemon import BIN, Daemon, eventually


def real_client(name: str) -> str:
    """Install a real client of a gateway (``scripts/clients NAME``); return where it is."""
    command: list[str | Path] = [Path(__file__).parents[2] / "scripts" / "clients", name]
    env = os.environ | {"PYTHON": sys.executable}
    return subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


class Gateway:
    """``svgate NAME`` with the environment of a daemon, which it does not start. configuration: lines of TOML."""

    def __init__(self, name: str, env: dict[str, str], *args: str, configuration: str = "") -> None:
        self._home = Path(env["HOME"])
        self._log = self._home / f"svgate-{name}-{len(list(self._home.glob('svgate-*.log')))}.log"
        file = self._log.with_suffix(".toml")
        file.write_text(configuration)
        command: list[str | Path] = [BIN / "svgate", name, "--no-autostart", "--config", file, *args]
        with open(self._log, "w") as log:
            self.process = subprocess.Popen(command, env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    @property
    def log(self) -> str:
        return self._log.read_text()

    def ready(self) -> "Gateway":
        eventually(lambda: "serving" in self.log or self.process.poll() is not None)
        assert self.process.poll() is None, self.log
        return self

    @property
    def port(self) -> int:
        """The TCP port that it listens on."""
        found = re.search(r"(?:\d|\]):(\d+)", self.log)
        assert found is not None, self.log
        return int(found[1])

    def rss_bytes(self) -> int:
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def switches(self) -> int:
        """How often its threads have waited so far: wake-ups."""
        texts = [each.read_text() for each in Path(f"/proc/{self.process.pid}/task").glob("*/status")]
        return sum(
            int(count) for text in texts for count in re.findall(r"^voluntary_ctxt_switches:\s*(\d+)", text, re.M)
        )

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@contextmanager
def started(name: str, env: dict[str, str], *args: str, configuration: str = "") -> Iterator[Gateway]:
    """A gateway that may end before the block does, in any way."""
    gateway = Gateway(name, env, *args, configuration=configuration)
    try:
        yield gateway
    finally:
        gateway.process.kill()
        gateway.process.wait(10)


@contextmanager
def running(name: str, daemon: Daemon, *args: str, configuration: str = "", **env: str) -> Iterator[Gateway]:
    """A gateway that serves; at the end it must stop cleanly."""
    with started(name, daemon.env | env, *args, configuration=configuration) as gateway:
        yield gateway.ready()
        assert gateway.stop() == 0, gateway.log
    assert "Traceback" not in gateway.log


def refusal(name: str, env: dict[str, str], *args: str, configuration: str = "") -> str:
    """What a gateway says that does not start."""
    with started(name, env, *args, configuration=configuration) as gateway:
        assert gateway.process.wait(60) == 1, gateway.log
        return gateway.log
