"""``svctl doctor``: finds what prevents or degrades speech, and how to fix it."""

import errno
import json
import os
import stat
import subprocess
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Final

from steadyvoice.client.client import Client
from steadyvoice.client.errors import DaemonUnreachable
from steadyvoice.client.svctl import configuration_check
from steadyvoice.client.svctl.daemon_process import configuration
from steadyvoice.client.svctl.doctor import gateways, kernel, lexicons, models
from steadyvoice.client.svctl.doctor.check import Check, text
from steadyvoice.client.svctl.render import layout_text
from steadyvoice.ipc import child
from steadyvoice.ipc.cores import available
from steadyvoice.ipc.daemon_status import DaemonStatus, LeftOut
from steadyvoice.ipc.errors import RequestRefused
from steadyvoice.ipc.paths import configuration as user_configuration
from steadyvoice.ipc.paths import present

_ANSWER_S: Final = 3.0
_PROBE_S: Final = 10.0
_DISTRIBUTIONS: Final = ("onnxruntime", "sounddevice")
__all__ = ["Check", "examine", "text"]


def examine(path: Path) -> list[Check]:
    """Run all checks for the daemon with the socket ``path``. Starts no daemon, changes nothing, plays nothing."""
    daemon, status = _daemon(path)
    probed = kernel.refused_calls()
    lexicon = lexicons.examine()
    file = configuration(status["pid"]) if status else ""
    return [
        daemon,
        _configuration(file),
        _sound(status),
        kernel.realtime(status, probed),
        kernel.memory_lock(status, probed),
        kernel.shared_memory(Path("/dev/shm")),
        _directory(path.parent, served=status is not None),
        _cores(),
        *kernel.calls(status, probed),
        _versions(),
        Check("models", True, *models.examine()),
        lexicon,
        *gateways.examine(file),
        *(
            Check("left out", True, f"{', '.join(what)}: {reason}", "fix this problem, then svctl restart")
            for reason, what in _by_reason(status.get("left_out", []) if status else []).items()
            if not all(each in lexicon.detail for each in what)
        ),
    ]


def _by_reason(left_out: list[LeftOut]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in left_out:
        found.setdefault(each["reason"], []).append(each["what"])
    return found


def _configuration(named: str) -> Check:
    """Whether svd accepts the configuration.

    named: the file of the running daemon; empty: the user's, if there is one.
    """
    file = named
    with suppress(OSError):  # svd reports that error itself
        if not named and present(default := user_configuration()):
            file = str(default)
    accepted, said = configuration_check.run(named)
    if accepted:
        return Check("configuration", True, "; ".join(filter(None, [file or "no file: the defaults", said])))
    line = said if not file or said.startswith(file) else f"{file}: {said}"
    return Check("configuration", False, line, "correct the file; docs/config.md lists the keys; svd --check tries it")


def _daemon(path: Path) -> tuple[Check, DaemonStatus | None]:
    """The check, and the status of the daemon if one answers."""
    try:
        is_socket = stat.S_ISSOCK(path.stat().st_mode)
    except FileNotFoundError:
        return Check("daemon", True, "none running; svctl speak starts one"), None
    except OSError as error:
        fix = "pass --socket PATH, or set XDG_RUNTIME_DIR to a directory of your own"
        return Check("daemon", False, f"cannot look at {path}: {error.strerror}", fix), None
    if not is_socket:
        return Check("daemon", False, f"{path} is not a socket", "pass another --socket, or move that file away"), None
    try:
        status = _status(path)
    except DaemonUnreachable as error:
        return _unreachable(path, error), None
    except RequestRefused as error:
        return Check("daemon", False, f"refuses this client: {error}"), None
    if status is None:
        fix = "svctl restart"
        return Check(
            "daemon", False, f"accepts connections at {path}, but did not reply within {_ANSWER_S:g} s", fix
        ), None
    return _state(status), status


def _unreachable(path: Path, error: DaemonUnreachable) -> Check:
    number = getattr(error.__cause__, "errno", 0)
    if number == errno.ECONNREFUSED:
        return Check("daemon", True, f"none running; {path} is a stale file, which the next start replaces")
    if number == errno.EACCES:
        fix = f"join the group of the socket (ls -l {path}), or pass --socket"
        return Check("daemon", False, f"not allowed to connect to {path}", fix)
    return Check("daemon", False, str(error), f"see its log: {path}.log, or journalctl --user -u steadyvoice")


def _status(path: Path) -> DaemonStatus | None:
    """The daemon's status; None if it accepts the connection but does not reply."""
    try:
        with Client(path, timeout=_ANSWER_S) as client:
            return client.status()
    except DaemonUnreachable as error:
        if isinstance(error.__cause__, TimeoutError):
            return None
        raise


def _state(status: DaemonStatus) -> Check:
    daemon = f"svd {status['version']}, pid {status['pid']}"
    failed = [stage["name"] for stage in status["stages"] if stage["state"] == "failed"]
    if status["problem"] or failed:
        why = status["problem"] or f"failed: {', '.join(failed)}"
        fix = "fix this problem, then svctl restart"
        return Check("daemon", False, f"{daemon}, cannot speak: {why}", fix)
    restarts = ", ".join(f"{stage['name']} {stage['restarts']}" for stage in status["stages"] if stage["restarts"])
    state = "ready" if status["ready"] else "starting"
    return Check("daemon", True, f"{daemon}, {state}{f'; restarts: {restarts}' if restarts else ''}")


def _sound(status: DaemonStatus | None) -> Check:
    """The device of a ready daemon; otherwise the device that a new output stage would use."""
    if status is not None and status["ready"]:
        audio = status["audio"]
    else:
        try:
            probe = subprocess.run(
                child.command("steadyvoice.workers.playback.probe"),
                env=child.environment(),
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=_PROBE_S,
            )
            audio = json.loads(probe.stdout.splitlines()[-1] if probe.stdout else "")
        except subprocess.TimeoutExpired:
            fix = "restart it: systemctl --user restart pipewire pipewire-pulse, or pulseaudio -k"
            return Check("sound", False, f"the sound server did not reply within {_PROBE_S:g} s", fix)
        except ValueError:
            said = probe.stderr.decode(errors="replace").strip().splitlines()
            why = said[-1] if said else f"status {probe.returncode}"
            fix = "reinstall the package: pip install --force-reinstall steadyvoice"
            return Check("sound", False, f"the probe of the sound device failed: {why}", fix)
    if audio["device"]:
        return Check("sound", True, f"{audio['device']}, {layout_text(audio)}, {audio['latency_ms']:.0f} ms")
    problem = str(audio["problem"])
    if "libportaudio2" in problem:
        return Check("sound", False, "the PortAudio library is missing", "apt install libportaudio2")
    if problem.startswith("no sound device"):
        fix = (
            "start a sound server (systemctl --user start pipewire-pulse, or pulseaudio --start), "
            "or use the sound card directly: usermod -aG audio $USER, then log in again; "
            "svctl speak -o FILE.wav works without a sound device"
        )
        return Check("sound", False, "no sound device", fix)
    return Check("sound", False, problem, _name_device(problem))


def _name_device(problem: str) -> str:
    """The fix for a configured device that cannot be used."""
    if problem.startswith("cannot write "):
        return 'name a file in a folder that you can write, [audio] device = "null:FILE", or no file: "null"'
    which = "one of them" if "there are: " in problem or " fits several " in problem else "a sound device"
    return f"name {which} in the configuration: [audio] device = ... (docs/config.md)"


def _directory(folder: Path, *, served: bool) -> Check:
    """Whether the daemon's user, and no other user, can create the socket in ``folder``."""
    name = "socket directory"
    own = "pass --socket PATH in a directory of your own, or set XDG_RUNTIME_DIR"
    try:
        info = folder.stat()
    except FileNotFoundError:
        above = next(parent for parent in folder.parents if parent.exists())
        if os.access(above, os.W_OK | os.X_OK):
            return Check(name, True, f"{folder} will be created at the first start")
        return Check(name, False, f"{folder} does not exist, and {above} is not writable", own)
    except OSError as error:
        return Check(name, False, f"{folder}: {error.strerror}", own)
    mode = f"{stat.S_IMODE(info.st_mode):04o}"
    if info.st_uid != os.getuid():
        if served:
            return Check(name, True, f"{folder}, of user {info.st_uid}, mode {mode}: another user's daemon")
        if not os.access(folder, os.W_OK | os.X_OK):
            return Check(name, False, f"{folder} belongs to user {info.st_uid} and is not writable", own)
        return Check(name, True, f"{folder} belongs to user {info.st_uid} and can be changed by that user", own)
    if not os.access(folder, os.W_OK | os.X_OK):
        return Check(name, False, f"{folder} is not writable (mode {mode})", f"chmod 700 {folder}")
    if info.st_mode & 0o022:
        fix = f"chmod 700 {folder}" if folder.name == "steadyvoice" else own  # not for /tmp or a home directory
        return Check(name, True, f"{folder} is writable by other users (mode {mode})", fix)
    return Check(name, True, f"{folder}, mode {mode}")


def _cores() -> Check:
    cores = available()
    listed = f"{len(cores)} available: {', '.join(map(str, cores))}"
    if len(cores) > 1:
        return Check("cores", True, listed)
    fix = "allow a second core (AllowedCPUs=, taskset, the container's cpuset)"
    return Check("cores", True, f"{listed}; models and audio output share it", fix)


def _versions() -> Check:
    found = [f"python {sys.version.split()[0]}"]
    for name in _DISTRIBUTIONS:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            fix = f"{sys.executable} -m pip install {name}"
            return Check("versions", False, f"{', '.join(found)}; {name} is missing", fix)
    return Check("versions", True, ", ".join(found))
