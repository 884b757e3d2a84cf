"""A desktop without a screen: X, a window manager, D-Bus and accessibility, with a text field that has the focus."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from support.daemon import eventually
from support.speechd import system

ROOT = Path(__file__).parents[2]
_WINDOW = """
import gi
gi.require_version("Gtk", "3.0")
from gi.repository import Gtk
window, field = Gtk.Window(title="Letter"), Gtk.Entry()
window.add(field)
window.show_all()
field.grab_focus()
Gtk.main()
"""


class Desktop:
    """Its programs end with it; those that D-Bus has started are found by their home."""

    def __init__(self, env: Mapping[str, str], home: Path) -> None:
        self._home = home
        runtime = home / "desktop-run"
        runtime.mkdir(mode=0o700)
        self.env = system(env) | {"XDG_RUNTIME_DIR": str(runtime), "GSETTINGS_BACKEND": "keyfile", "NO_AT_BRIDGE": "0"}
        self.env |= {"GTK_MODULES": "gail:atk-bridge", "LANG": "C.UTF-8"}
        self._running: list[subprocess.Popen[str]] = []
        self._log = open(home / "desktop.log", "w")  # noqa: SIM115 - closed by stop

    def run(
        self, *command: str | Path, pass_fds: tuple[int, ...] = (), stdin: int = subprocess.DEVNULL
    ) -> "subprocess.Popen[str]":
        made = subprocess.Popen(
            command, env=self.env, stdin=stdin, stdout=subprocess.PIPE, stderr=self._log, text=True, pass_fds=pass_fds
        )
        self._running.append(made)
        return made

    def start(self) -> None:
        bus = self.run("dbus-daemon", "--session", "--nofork", "--print-address=1")
        assert bus.stdout is not None
        self.env["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
        screen = self.run("Xvfb", "-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp")
        assert screen.stdout is not None
        self.env["DISPLAY"] = f":{screen.stdout.readline().strip()}"
        self.run("/usr/libexec/at-spi-bus-launcher", "--launch-immediately")
        subprocess.run(
            ["gsettings", "set", "org.gnome.desktop.interface", "toolkit-accessibility", "true"],
            env=self.env,
            check=True,
        )
        self.run("openbox")

    def open_window(self) -> None:
        """A text field, once it has the focus."""
        self.run("/usr/bin/python3", "-c", _WINDOW)
        eventually(lambda: "Letter" in self._active_window())

    def _active_window(self) -> str:
        command = ["xdotool", "getactivewindow", "getwindowname"]
        return subprocess.run(command, env=self.env, capture_output=True, text=True).stdout

    @contextmanager
    def keyboard(self) -> Iterator["Keyboard"]:
        yield Keyboard(self.run("xdotool", "-", stdin=subprocess.PIPE))

    def stop(self) -> None:
        for program in reversed(self._running):
            program.terminate()
        for program in self._running:
            try:
                program.wait(10)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait(10)
            for pipe in (program.stdin, program.stdout):
                if pipe is not None:
                    pipe.close()
        self._log.close()
        for pid in self._left():
            os.kill(pid, signal.SIGKILL)

    def _left(self) -> list[int]:
        """Programs that D-Bus has started for this desktop."""
        wanted = f"XDG_RUNTIME_DIR={self.env['XDG_RUNTIME_DIR']}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if wanted in (entry / "environ").read_bytes().split(b"\0"):
                        found.append(int(entry.name))
                except OSError:
                    continue  # ended
        return found


class Keyboard:
    def __init__(self, xdotool: "subprocess.Popen[str]") -> None:
        self._xdotool = xdotool

    def press(self, key: str) -> int:
        """Monotonic nanoseconds just before the key was sent."""
        assert self._xdotool.stdin is not None
        now = time.monotonic_ns()
        self._xdotool.stdin.write(f"key {key}\n")
        self._xdotool.stdin.flush()
        return now


@contextmanager
def desktop(env: Mapping[str, str], home: Path) -> Iterator[Desktop]:
    made = Desktop(env, home)
    with ExitStack() as cleanup:
        cleanup.callback(made.stop)
        made.start()
        yield made
