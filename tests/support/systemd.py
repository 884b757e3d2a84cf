"""A real systemd for a test, as user or system manager, with the units of Steadyvoice installed."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

from steadyvoice.client import Client
from steadyvoice.ipc.daemon_status import DaemonStatus
from support.daemon import BIN, alive, eventually, user_env

Scope = Literal["user", "system"]
REPOSITORY = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_suffix(".sh")


def _keep() -> list[str]:
    """Folders of Python, its packages and the project, except those of the distribution."""
    paths = {Path(path) for path in (str(REPOSITORY), sys.prefix, sys.base_prefix, *sys.path) if os.path.isdir(path)}
    own = [path for path in paths if path.parts[1] not in ("usr", "lib", "etc")]
    return sorted(str(path) for path in own if not paths & set(path.parents))


class Systemd:
    """A systemd in its own namespaces. It ends, with all processes that it started, when this process ends."""

    def __init__(self, scope: Scope, home: Path, cache: Path) -> None:
        self.scope, self.home = scope, home
        self.env = user_env(home, cache, KEEP=" ".join(_keep()))
        for name in ("XDG_CONFIG_HOME", "DBUS_SESSION_BUS_ADDRESS"):
            self.env.pop(name, None)
        self._first = ""
        """Pid, outside the namespace, of the namespace's first process."""

    def boot(self) -> None:
        (self.home / "cgroup").mkdir()
        command: list[str | Path] = [
            "setpriv",
            "--pdeathsig=KILL",
            "unshare",
            "--mount",
            SCRIPT,
            "enter",
            self.scope,
            self.home,
        ]
        with open(self.home / "systemd.log", "w") as log:
            self._process = subprocess.Popen(command, env=self.env, stdout=log, stderr=log)
        target = "default.target" if self.scope == "user" else "multi-user.target"
        eventually(self._find_first)
        eventually(lambda: self.systemctl("is-active", target).returncode == 0)

    def _find_first(self) -> str:
        assert self._process.poll() is None, self.log
        for pid in Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                if f"\nNSpid:\t{pid}\t1\n" in Path(f"/proc/{pid}/status").read_text():
                    self._first = pid
        return self._first

    def end(self) -> None:
        """Kill the first process; the kernel then ends all others of its namespace."""
        self._process.kill()
        self._process.wait(10)
        eventually(lambda: not self._first or not alive(int(self._first)))
        group = f"steadyvoice-test-{self._process.pid}"
        leave: list[str | Path] = ["unshare", "--mount", SCRIPT, "leave", self.home, group]
        eventually(lambda: subprocess.run(leave, capture_output=True).returncode == 0)

    @property
    def log(self) -> str:
        return (self.home / "systemd.log").read_text()

    @property
    def root(self) -> Path:
        """The file system as processes in the namespace see it."""
        return Path(f"/proc/{self._first}/root")

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command in the namespace."""
        entered = ["nsenter", f"--target={self._first}", "--mount", "--pid", *command]
        return subprocess.run(entered, env=self.env, capture_output=True, text=True, timeout=60, cwd="/")

    def systemctl(self, *args: str) -> "subprocess.CompletedProcess[str]":
        return self.run("systemctl", f"--{self.scope}", *args)

    def manage(self, *args: str) -> None:
        """Run systemctl, which must succeed."""
        done = self.systemctl(*args)
        assert done.returncode == 0, (args, done.stderr, self.log)

    def show(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.systemctl("show", unit, "--value", f"--property={name}").stdout.strip()

    def kill(self, number: str, pid: int | str) -> None:
        """pid: in the namespace."""
        self.run("kill", f"-{number}", str(pid)).check_returncode()

    def is_running(self, pid: int) -> bool:
        """pid: in the namespace."""
        return (self.root / f"proc/{pid}/stat").exists()

    def journal(self, **fields: object) -> list[dict[str, Any]]:
        """The entries of the journal with these fields."""
        matches = [f"{name}={value}" for name, value in fields.items()]
        done = self.run("journalctl", "--output=json", "--quiet", *matches)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def has_logged(self, words: str, **fields: object) -> bool:
        return any(words in entry["MESSAGE"] for entry in self.journal(**fields))


class Service:
    """The unit of Steadyvoice in a booted Systemd."""

    def __init__(self, systemd: Systemd) -> None:
        self.systemd, self.scope, self._home = systemd, systemd.scope, systemd.home
        self._name = "steadyvoice" if self.scope == "user" else "steadyvoice-system"
        self.unit = f"{self._name}.service"

    @property
    def units(self) -> Path:
        """Folder of the unit files."""
        return self._home / ".config/systemd/user" if self.scope == "user" else self.systemd.root / "etc/systemd/system"

    @property
    def configuration(self) -> Path:
        base = self._home / ".config" if self.scope == "user" else self.systemd.root / "etc"
        return base / "steadyvoice" / "config.toml"

    @property
    def socket(self) -> Path:
        base = Path(self.systemd.env["XDG_RUNTIME_DIR"]) if self.scope == "user" else self.systemd.root / "run"
        return base / "steadyvoice" / "control.sock"

    def install(self) -> None:
        """Follow the instructions in the first lines of the units."""
        self.units.mkdir(parents=True, exist_ok=True)
        for kind in ("service", "socket"):
            shutil.copy(REPOSITORY / "systemd" / f"{self._name}.{kind}", self.units)
        if self.scope == "user":
            (self._home / ".local/bin").mkdir(parents=True)
            (self._home / ".local/bin/svd").symlink_to(BIN / "svd")
        else:
            self.edit(
                "place",
                f"ExecStart=\nExecStart={BIN}/svd --socket %t/steadyvoice/svd/control.sock\n"
                f"ExecReload=\nExecReload={BIN}/svd --check\nExecReload=kill -HUP $MAINPID\n"
                f"BindReadOnlyPaths={' '.join(_keep())}",  # the project may be in /tmp, which the unit hides
            )
        self.configure()
        self.systemd.manage("daemon-reload")
        self.systemd.manage("enable", "--now", f"{self._name}.socket")

    def install_gateway(self, name: str, address: str) -> None:
        """Follow the instructions in the first lines of a gateway's units; systemd listens at this address."""
        for kind in ("service", "socket"):
            shutil.copy(REPOSITORY / "systemd" / f"steadyvoice-{name}.{kind}", self.units)
        svgate = self._home / ".local/bin/svgate"
        if not svgate.exists():
            svgate.symlink_to(BIN / "svgate")
        folder = self.units / f"steadyvoice-{name}.socket.d"
        folder.mkdir(exist_ok=True)
        (folder / "address.conf").write_text(f"[Socket]\nListenStream=\nListenStream={address}\n")
        self.systemd.manage("daemon-reload")
        self.systemd.manage("start", f"steadyvoice-{name}.socket")

    def configure(self, more: str = "") -> None:
        self.configuration.parent.mkdir(parents=True, exist_ok=True)
        self.configuration.write_text(f'audio.device = "null"\n{more}')

    def edit(self, name: str, lines: str) -> None:
        """Add lines to the unit's [Service] section, in a drop-in file of this name."""
        folder = self.units / f"{self.unit}.d"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.conf").write_text(f"[Service]\n{lines}\n")

    def manage(self, verb: str) -> None:
        """Run systemctl for the unit; it must succeed."""
        self.systemd.manage(verb, self.unit)

    def show(self, name: str) -> str:
        """A property of the unit."""
        return self.systemd.show(self.unit, name)

    def client(self) -> Client:
        return Client(self.socket)

    def status(self) -> DaemonStatus:
        with self.client() as client:
            return client.status()

    def pids(self) -> dict[str, int]:
        return {stage["name"]: stage["pid"] for stage in self.status()["stages"]}

    def svctl(self, *args: str) -> "subprocess.CompletedProcess[str]":
        """Run svctl outside the namespace."""
        command: list[str | Path] = [BIN / "svctl", "--no-autostart", "--socket", self.socket, *args]
        return subprocess.run(command, env=self.systemd.env, capture_output=True, text=True, timeout=60)
