"""Results in files: ``artifacts/bench/DATE/NAME-TIME.json`` below the current directory; of ``bench all``,
``artifacts/bench/DATE/all-TIME/NAME-TIME.json``.

A file has the object that ``--json`` prints and, beside it: of the ``machine`` also kernel, processor, memory and load;
``versions``; ``commit``; the ``options`` of the command; ``began``, UTC, and ``took_s``; and the measured ``values`` by
the path of their summary (values.py).
"""

import json
import os
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from itertools import count
from pathlib import Path
from typing import Any, Final

import steadyvoice
from steadyvoice.client.svctl.bench.kept.values import thinned

FOLDER: Final = Path("artifacts", "bench")
FORMAT: Final = 1
_PACKAGES: Final = ("steadyvoice", "numpy", "onnxruntime", "torch")


class Record:
    """Made just before a measurement, so that a folder that cannot be written is found before minutes have passed."""

    def __init__(self, options: dict[str, Any], folder: Path | None = None) -> None:
        """options: of the command. folder: None for that of this day. OSError if it cannot be made."""
        self._options = options
        self._began = time.time()
        self._folder = folder or today(self._began)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._load = load()

    def save(self, result: dict[str, Any], values: dict[str, list[float]]) -> Path:
        """Write a new file; no file is ever overwritten. OSError if it cannot be written."""
        about = {**result["machine"], **hardware(), "load": {"start": self._load, "end": load()}}
        kept = {
            **result,
            "machine": about,
            "format": FORMAT,
            "versions": versions(),
            "commit": commit(),
            "options": self._options,
            "began": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._began)),
            "took_s": round(time.time() - self._began, 1),
            "values": {path: thinned(measured) for path, measured in values.items() if measured},
        }
        text = json.dumps(kept, ensure_ascii=False, separators=(",", ":")) + "\n"
        stem = f"{result['name'].replace(' ', '-')}-{time.strftime('%H%M%S', time.localtime(self._began))}"
        for number in count(1):
            path = self._folder / (f"{stem}.json" if number == 1 else f"{stem}-{number}.json")
            try:
                with path.open("x", encoding="utf-8") as file:
                    file.write(text)
            except FileExistsError:
                continue
            return path
        raise AssertionError


def today(now: float) -> Path:
    """The folder of the results of this day, in local time."""
    return FOLDER / time.strftime("%Y-%m-%d", time.localtime(now))


def load() -> list[float]:
    """Mean number of processes that ran or waited for a core in the last 1, 5 and 15 minutes."""
    return [round(each, 2) for each in os.getloadavg()]


def hardware() -> dict[str, Any]:
    """Kernel, name of the processor ("" where the kernel gives none) and bytes of memory."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"kernel": os.uname().release, "cpu": cpu, "memory_bytes": memory}


def versions() -> dict[str, str]:
    """Of the packages that are installed. None is imported."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def commit() -> str:
    """``git describe`` of the checkout that this package runs from; without one, the package's version."""
    root = Path(steadyvoice.__file__).resolve().parents[2]
    if (root / ".git").exists():
        command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--tags"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=10)
        except (OSError, subprocess.TimeoutExpired):
            return steadyvoice.__version__
        if done.returncode == 0:
            return done.stdout.strip()
    return steadyvoice.__version__
