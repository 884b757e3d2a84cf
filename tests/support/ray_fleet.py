"""A Ray cluster in a network namespace of its own, and what a test does to it."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from support.daemon import BIN, alive, eventually, user_env
from support.resumed import Heard

HERE: Final = Path(__file__).parent
URL: Final = "http://127.0.0.1:8000"


def descendants(pid: int) -> list[int]:
    """Of this process, with itself, at this moment."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def inside(namespace: str, env: dict[str, str], *command: str | Path, **options: Any) -> "subprocess.Popen[str]":
    """Start a program in the namespace."""
    line = ["ip", "netns", "exec", namespace, *command]
    return subprocess.Popen(line, env=env, stdout=subprocess.PIPE, text=True, **options)


@dataclass
class Cluster:
    namespace: str
    env: dict[str, str]
    folder: Path
    process: "subprocess.Popen[str]"

    def ask(self, question: str) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def curl(self, *arguments: str) -> bytes:
        line = ["ip", "netns", "exec", self.namespace, "curl", "-s", *arguments]
        return subprocess.run(line, env=self.env, check=True, capture_output=True, timeout=60).stdout

    @contextmanager
    def listeners(self, texts: list[str], speed: float) -> Iterator[list[Heard]]:
        """All have begun at the beginning of the block; at its end the list has what each has heard."""
        given = json.dumps({"url": URL, "texts": texts, "speed": speed})
        process = inside(self.namespace, self.env, BIN / "python", "-P", HERE / "resumed.py", given)
        heard: list[Heard] = []
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            yield heard
            heard += [Heard(**each) for each in json.loads(process.stdout.readline())]
        finally:
            process.kill()
            process.communicate(timeout=10)

    def outside(self) -> list[str]:
        """TCP addresses that are listened on and are not loopback."""
        line = ["ip", "netns", "exec", self.namespace, "ss", "-Hltn"]
        found = subprocess.run(line, check=True, capture_output=True, text=True, timeout=20).stdout
        return [
            each.split()[3]
            for each in found.splitlines()
            if not each.split()[3].startswith(("127.", "[::1]", "[::ffff:127."))
        ]


@contextmanager
def cluster(
    python: str, home: Path, cache: Path, config: Path, nodes: int, deployment: dict[str, Any]
) -> Iterator[Cluster]:
    """Ready to speak. At the end no process and no file of it is left. Needs root."""
    namespace = f"steadyvoice-{os.getpid()}"
    folder = Path(tempfile.mkdtemp(prefix="sv-ray-"))  # short: Ray makes Unix sockets deep below it
    haproxy = {"CONFIG_FILE_LOC": "haproxy.cfg", "SOCKET_PATH": "admin.sock", "SERVER_STATE_FILE": "state"}
    env = user_env(
        home,
        cache,
        RAY_SERVE_ENABLE_HA_PROXY="1",
        RAY_AUTH_MODE="token",
        RAY_AUTH_TOKEN="s3cret-of-this-test-only-0123456789",
        RAY_SERVE_HAPROXY_SERVER_STATE_BASE=str(folder / "haproxy"),
        TMPDIR=str(folder),
        **{f"RAY_SERVE_HAPROXY_{name}": str(folder / "haproxy" / value) for name, value in haproxy.items()},
    )
    given = {"nodes": nodes, "config": str(config), "folder": str(folder / "ray"), "deployment": deployment}
    subprocess.run(["ip", "netns", "add", namespace], check=True)
    try:
        subprocess.run(["ip", "-n", namespace, "link", "set", "lo", "up"], check=True)
        with open(folder / "cluster.log", "w") as log:
            command = python, "-P", HERE / "ray_cluster.py", json.dumps(given)
            process = inside(namespace, env, *command, stdin=subprocess.PIPE, stderr=log)
        made = Cluster(namespace, env, folder, process)
        try:
            assert made.process.stdout is not None
            assert made.process.stdout.readline() == '"ready"\n', (folder / "cluster.log").read_text()[-4000:]
            yield made
            made.process.communicate(timeout=60)
            assert made.process.returncode == 0, (folder / "cluster.log").read_text()[-4000:]
            eventually(lambda: not in_namespace(namespace))
        finally:
            left = in_namespace(namespace)
            send(left, signal.SIGKILL)
            eventually(lambda: not in_namespace(namespace))
            made.process.communicate(timeout=10)
    finally:
        subprocess.run(["ip", "netns", "delete", namespace], check=True)
        shutil.rmtree(folder)


def in_namespace(namespace: str) -> list[int]:
    found = subprocess.run(["ip", "netns", "pids", namespace], check=True, capture_output=True, text=True)
    return [pid for pid in map(int, found.stdout.split()) if alive(pid)]
