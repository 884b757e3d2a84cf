"""Nothing is imported from the working directory: not by svctl, not by svd, not by their child processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import click
import pytest
from support.daemon import BIN, Daemon, alive, eventually, user_env

from steadyvoice.client.svctl import commands
from steadyvoice.client.svctl.bench.commands import bench
from steadyvoice.ipc import child

FIXTURES = Path(__file__).parent.parent / "fixtures"
ARGUMENTS: dict[str, list[str]] = {
    "speak": ["Hello.", "-o", "hello.flac", "--force"],
    "completion": ["bash"],
    "voices add": ["no-such-folder"],
    "voices pull": ["no-such-voice"],
    "voices remove": ["no-such-voice"],
    "converters add": [str(FIXTURES / "rvc_tiny.pth")],
    "converters remove": ["no-such-converter"],
    "top": ["-b", "-n", "1"],
    "bench first-audio": ["--rounds=1", "--cold=0"],
}
"""Arguments of commands; a command without an entry is run without arguments."""
SLOW = {"random", *bench.commands} - {"first-audio"}
"""Not run: they start the same processes as ``add`` and ``first-audio`` (client/svctl/store.py, bench/daemon.py)."""
PLANTED = """import os
with open({marker!r}, "a") as marker:
    marker.write({name!r} + " in " + " ".join(open("/proc/self/cmdline").read().split(chr(0))) + chr(10))
raise ImportError("planted by a test")
"""


def leaves(group: click.Group, *above: str) -> Iterator[list[str]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            if command.invoke_without_command:
                yield [*above, name]
            yield from leaves(command, *above, name)
        elif name not in SLOW:
            yield [*above, name]


def use_everything(folder: Path, env: dict[str, str]) -> None:
    """Start svd by hand in the folder, run every command there, have svctl start a daemon."""
    daemon = Daemon(env)
    everything = sorted(leaves(commands.main), key=lambda command: command == ["quit"])  # which ends the daemon
    with (
        open(folder / "svd.log", "w") as log,
        subprocess.Popen([BIN / "svd"], env=env, cwd=folder, stderr=log) as svd,
    ):
        try:
            eventually(lambda: daemon.socket.exists(), 60)
            for command in everything:
                words = [*command, *ARGUMENTS.get(" ".join(command), [])]
                done = subprocess.run([BIN / "svctl", *words], env=env, cwd=folder, capture_output=True, text=True)
                assert done.returncode in (0, 1, 2), (words, done.stderr)
        finally:
            svd.terminate()
    assert svd.returncode == 0
    spoken = subprocess.run([BIN / "svctl", "speak", "-o", "-", "Hi."], env=env, cwd=folder, capture_output=True)
    assert spoken.stdout.startswith(b"RIFF"), spoken.stderr
    pid = daemon.status()["pid"]
    os.kill(pid, signal.SIGTERM)
    eventually(lambda: not alive(pid))


def importable() -> set[str]:
    """Top-level names of the standard library and of every installed package: more than any command imports."""
    names = sys.stdlib_module_names | metadata.packages_distributions().keys() | {"sitecustomize", "usercustomize"}
    assert {"json", "torch", "numpy", "onnxruntime", "soundfile", "soxr", "steadyvoice", "click", "msgspec"} <= names
    return {name for name in names if name.isidentifier()}


@pytest.mark.timeout(300)
def test_no_module_of_the_working_directory_is_imported(tmp_path: Path, cache: Path) -> None:
    env = user_env(tmp_path / "user", cache)
    planted, marker = tmp_path / "planted", tmp_path / "marker"
    planted.mkdir()
    for name in importable():
        (planted / f"{name}.py").write_text(PLANTED.format(marker=str(marker), name=name))
        (planted / name).mkdir()
        (planted / name / "__init__.py").write_text(PLANTED.format(marker=str(marker), name=f"{name}/"))
    subprocess.run([sys.executable, "-c", "import click"], env=env, cwd=planted, capture_output=True)
    assert marker.read_text().startswith("click/ in ")  # a Python that has no -P
    marker.unlink()
    use_everything(planted, env)
    assert not marker.exists(), marker.read_text()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", None),
        (":", None),
        (":/a", "/a"),
        ("/a:", "/a"),
        ("/a::/b", "/a:/b"),
        ("/a:/b", "/a:/b"),
    ],
)
def test_empty_entries_of_pythonpath_are_removed(given: str, kept: str | None) -> None:
    environment = child.environment({"PYTHONPATH": given, "NOTIFY_SOCKET": "/s", "X": "1"})
    assert environment.get("PYTHONPATH") == kept
    assert "NOTIFY_SOCKET" not in environment
    assert environment["X"] == "1"
