"""``svctl doctor``: what keeps the daemon from speaking, or from speaking in time, and how to mend it."""

import errno
import json
import os
import re
import resource
import stat
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import msgspec

from steadyvoice.client import doctor_models
from steadyvoice.client.client import Client
from steadyvoice.client.errors import DaemonUnreachable
from steadyvoice.client.render import layout_text
from steadyvoice.ipc import child
from steadyvoice.ipc.errors import Refused

_ANSWER_S: Final = 3.0
_PROBE_S: Final = 10.0
_PRIORITY: Final = 40
"""The highest SCHED_FIFO priority that a stage asks for."""
_MEMLOCK_BYTES: Final = 1 << 30
"""The kernel counts all that a stage has mapped."""
_SHM_BYTES: Final = 1 << 16
"""A handful of semaphores; the rings are no files."""
_CAP_IPC_LOCK: Final = 14
_DISTRIBUTIONS: Final = ("onnxruntime", "sounddevice")
_LIMITS: Final = "/etc/security/limits.d/95-steadyvoice.conf"


class Check(msgspec.Struct, frozen=True):
    name: str
    ok: bool
    """False only for what keeps it from speaking."""
    detail: str
    mend: str = ""
    """What to do; also set where it speaks, but less well than it could."""


def examine(path: Path) -> list[Check]:
    """All checks, for the daemon whose socket is at ``path``. Starts no daemon, changes nothing, makes no sound."""
    daemon, status = _daemon(path)
    return [
        daemon,
        _sound(status),
        _realtime(status),
        _memory_lock(status),
        _semaphores(Path("/dev/shm")),
        _directory(path.parent, served=status is not None),
        _cores(),
        _versions(),
        Check("models", True, *doctor_models.examine()),
    ]


def text(checks: list[Check]) -> str:
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        lines.append(f"{'ok' if check.ok else '!!'}  {check.name:{width}}  {check.detail}")
        if check.mend:
            lines.append(f"{'':{width + 6}}{check.mend}")
    return "\n".join(lines)


def _daemon(path: Path) -> tuple[Check, dict[str, Any] | None]:
    """The check, and the daemon's status where one answers."""
    try:
        is_socket = stat.S_ISSOCK(path.stat().st_mode)
    except FileNotFoundError:
        return Check("daemon", True, "none running; svctl speak starts one"), None
    except OSError as error:
        mend = "pass --socket PATH, or set XDG_RUNTIME_DIR to a directory of your own"
        return Check("daemon", False, f"cannot look at {path}: {error.strerror}", mend), None
    if not is_socket:
        return Check("daemon", False, f"{path} is not a socket", "pass another --socket, or move that file away"), None
    try:
        status = _status(path)
    except DaemonUnreachable as error:
        return _unreachable(path, error), None
    except Refused as error:
        return Check("daemon", False, f"it refuses this client: {error}"), None
    if status is None:
        mend = "svctl restart"
        return Check("daemon", False, f"accepts at {path}, but has not answered in {_ANSWER_S:g} s", mend), None
    return _state(status), status


def _unreachable(path: Path, error: DaemonUnreachable) -> Check:
    number = getattr(error.__cause__, "errno", 0)
    if number == errno.ECONNREFUSED:
        return Check("daemon", True, f"none running; {path} is a stale file, which the next start replaces")
    if number == errno.EACCES:
        mend = f"join the group of the socket (ls -l {path}), or pass --socket"
        return Check("daemon", False, f"not allowed to connect to {path}", mend)
    return Check("daemon", False, str(error), f"its log says why: {path}.log, or journalctl --user -u steadyvoice")


def _status(path: Path) -> dict[str, Any] | None:
    """None where the daemon accepts the connection and then says nothing."""
    try:
        with Client(path, timeout=_ANSWER_S) as client:
            return client.status()
    except DaemonUnreachable as error:
        if isinstance(error.__cause__, TimeoutError):
            return None
        raise


def _state(status: dict[str, Any]) -> Check:
    who = f"svd {status['version']}, pid {status['pid']}"
    failed = [stage["name"] for stage in status["stages"] if stage["state"] == "failed"]
    if status["problem"] or failed:
        why = status["problem"] or f"failed: {', '.join(failed)}"
        mend = "mend what it names, then svctl restart"
        return Check("daemon", False, f"{who}, cannot speak: {why}", mend)
    restarts = ", ".join(f"{stage['name']} {stage['restarts']}" for stage in status["stages"] if stage["restarts"])
    state = "ready" if status["ready"] else "starting"
    return Check("daemon", True, f"{who}, {state}{f'; restarts: {restarts}' if restarts else ''}")


def _sound(status: dict[str, Any] | None) -> Check:
    """What a daemon that is ready has found, else what its output stage would find now."""
    if status is not None and status["ready"]:
        audio = status["audio"]
    else:
        try:
            probe = subprocess.run(
                child.command("steadyvoice.workers.probe"),
                env=child.environment(),
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=_PROBE_S,
            )
            audio = json.loads(probe.stdout.splitlines()[-1] if probe.stdout else "")
        except subprocess.TimeoutExpired:
            mend = "restart it: systemctl --user restart pipewire pipewire-pulse, or pulseaudio -k"
            return Check("sound", False, f"the sound system has not answered in {_PROBE_S:g} s", mend)
        except ValueError:
            said = probe.stderr.decode(errors="replace").strip().splitlines()
            why = said[-1] if said else f"status {probe.returncode}"
            mend = "install the package anew: pip install --force-reinstall steadyvoice"
            return Check("sound", False, f"the probe of the sound device failed: {why}", mend)
    if audio["device"]:
        return Check("sound", True, f"{audio['device']}, {layout_text(audio)}, {audio['latency_ms']:.0f} ms")
    problem = str(audio["problem"])
    if "libportaudio2" in problem:
        return Check("sound", False, "the PortAudio library is missing", "apt install libportaudio2")
    if problem.startswith("no sound device"):
        mend = (
            "start a sound server (systemctl --user start pipewire-pulse, or pulseaudio --start), "
            "or use the card itself: usermod -aG audio $USER, log in again; until then svctl speak -o FILE.wav"
        )
        return Check("sound", False, "no sound device", mend)
    return Check(
        "sound", False, problem, "name one of them in the configuration: [audio] device = ... (docs/config.md)"
    )


def _realtime(status: dict[str, Any] | None) -> Check:
    """From the stages of a ready daemon, else by trying it in a process of its own."""
    missing = "not allowed: runs on without, and may stutter while other programs compute"
    mend = (
        f"add '@audio - rtprio 95' to {_LIMITS}, usermod -aG audio $USER, log in again; "
        "for the service: LimitRTPRIO=95 in /etc/systemd/system/user@.service.d/steadyvoice.conf"
    )
    if status is not None and status["ready"]:
        stages = [f"{stage['name']} {stage['priority']}" for stage in status["stages"] if stage["policy"] == "fifo"]
        if stages:
            return Check("real time", True, f"SCHED_FIFO: {', '.join(stages)}")
        if _may_fifo():
            again = f"kill {status['pid']} and speak again, unless [realtime] mode is off"
            return Check("real time", True, "allowed here; the running daemon does without", again)
        return Check("real time", True, missing, mend)
    if _may_fifo():
        return Check("real time", True, f"allowed up to SCHED_FIFO {_PRIORITY} and more")
    return Check("real time", True, missing, mend)


def _may_fifo() -> bool:
    # Trying is the only sure way: a kernel with RT_GROUP_SCHED or a container may refuse whoever has every right.
    attempt = f"import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param({_PRIORITY}))"
    return subprocess.run([sys.executable, "-ISc", attempt], stderr=subprocess.DEVNULL).returncode == 0


def _memory_lock(status: dict[str, Any] | None) -> Check:
    """From the stages of a ready daemon, else what a daemon would inherit from this process."""
    name = "memory lock"
    missing = "not allowed: runs on without, and may be swapped out"
    mend = (
        f"add '@audio - memlock unlimited' to {_LIMITS}, log in again; "
        "for the service: LimitMEMLOCK=infinity in /etc/systemd/system/user@.service.d/steadyvoice.conf"
    )
    if status is not None and status["ready"]:
        loose = [stage["name"] for stage in status["stages"] if not stage["locked"]]
        return Check(name, True, f"{missing} ({', '.join(loose)})", mend) if loose else Check(name, True, "every stage")
    soft = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    capable = re.search(r"^CapEff:\s*(\w+)", Path("/proc/self/status").read_text(), re.M)
    if soft == resource.RLIM_INFINITY or (capable and int(capable[1], 16) >> _CAP_IPC_LOCK & 1):
        return Check(name, True, "any amount")
    if soft >= _MEMLOCK_BYTES:
        return Check(name, True, f"{soft >> 20} MiB")
    return Check(name, True, f"{soft / 2**20:.4g} MiB of {_MEMLOCK_BYTES >> 20} MiB a stage; {missing}", mend)


def _semaphores(shm: Path) -> Check:
    name = "semaphores"
    mount = f"mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs {shm}"
    if not shm.is_dir():
        return Check(name, False, f"{shm} is missing", f"mkdir {shm}; {mount}")
    if not os.access(shm, os.W_OK | os.X_OK):
        return Check(name, False, f"{shm} cannot be written", f"as root: chmod 1777 {shm}, or {mount}")
    space = os.statvfs(shm)
    free = space.f_bavail * space.f_frsize
    if free < _SHM_BYTES:
        return Check(
            name, False, f"{shm} is full", f"see what fills it: ls -lS {shm}; or mount -o remount,size=50% {shm}"
        )
    return Check(name, True, f"{shm} writable, {free >> 20} MiB free")


def _directory(folder: Path, *, served: bool) -> Check:
    """Whether the socket can be made in ``folder``, and by nobody else."""
    name = "socket directory"
    own = "pass --socket PATH in a directory of your own, or set XDG_RUNTIME_DIR"
    try:
        info = folder.stat()
    except FileNotFoundError:
        above = next(parent for parent in folder.parents if parent.exists())
        if os.access(above, os.W_OK | os.X_OK):
            return Check(name, True, f"{folder} is made with the first start")
        return Check(name, False, f"{folder} is missing, and {above} cannot be written", own)
    except OSError as error:
        return Check(name, False, f"{folder}: {error.strerror}", own)
    mode = f"{stat.S_IMODE(info.st_mode):04o}"
    if info.st_uid != os.getuid():
        if served:
            return Check(name, True, f"{folder}, of user {info.st_uid}, mode {mode}: another user's daemon")
        if not os.access(folder, os.W_OK | os.X_OK):
            return Check(name, False, f"{folder} belongs to user {info.st_uid} and cannot be written", own)
        return Check(name, True, f"{folder} belongs to user {info.st_uid}, who may put another socket there", own)
    if not os.access(folder, os.W_OK | os.X_OK):
        return Check(name, False, f"{folder} cannot be written (mode {mode})", f"chmod 700 {folder}")
    if info.st_mode & 0o022:
        mend = f"chmod 700 {folder}" if folder.name == "steadyvoice" else own  # never for /tmp or a home
        return Check(name, True, f"{folder} may be written by others (mode {mode})", mend)
    return Check(name, True, f"{folder}, mode {mode}")


def _cores() -> Check:
    cores = sorted(os.sched_getaffinity(0))
    listed = f"{len(cores)} available: {', '.join(map(str, cores))}"
    if len(cores) > 1:
        return Check("cores", True, listed)
    mend = "give it a second one (AllowedCPUs=, taskset, the container's cpuset)"
    return Check("cores", True, f"{listed}; models and sound share it", mend)


def _versions() -> Check:
    found = [f"python {sys.version.split()[0]}"]
    for name in _DISTRIBUTIONS:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            mend = f"{sys.executable} -m pip install {name}"
            return Check("versions", False, f"{', '.join(found)}; {name} is missing", mend)
    return Check("versions", True, ", ".join(found))
