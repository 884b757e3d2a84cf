"""Checks of what the kernel, a container or a service manager allows: scheduling, memory, system calls."""

import errno
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from steadyvoice.client.svctl.doctor import syscall_probe
from steadyvoice.client.svctl.doctor.check import Check
from steadyvoice.ipc import refusals
from steadyvoice.ipc.daemon_status import DaemonStatus

_PRIORITY: Final = 40
"""The highest SCHED_FIFO priority that a stage uses."""
_MEMLOCK_BYTES: Final = 1 << 30
"""Limit that suffices for a stage: the kernel counts all mapped memory."""
_SHM_BYTES: Final = 1 << 16
"""Space for the semaphores; the rings are memfds and need none."""
_CAP_IPC_LOCK: Final = 14
_LIMITS: Final = "/etc/security/limits.d/95-steadyvoice.conf"
_PROBE_S: Final = 10.0
_OWN_LINE: Final = {"sched_setscheduler": "real time", "mlockall": "memory lock"}
_NEEDED: Final = ("recvmsg(SCM_RIGHTS)", "sendmsg(SCM_RIGHTS)")
_ENDED: Final = "ends the program"
_SILENT: Final = "does not return"


def refused_calls(calls: Iterable[str] = syscall_probe.PROBES) -> dict[str, str]:
    """The refused calls with the name of the error. Each call is tried as the daemon makes it."""
    left, refused = list(calls), dict[str, str]()
    while left:
        command = [sys.executable, "-I", "-S", syscall_probe.__file__, *left]
        try:
            done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_PROBE_S)
            said, ended = done.stdout, _ENDED
        except subprocess.TimeoutExpired as error:
            said, ended = error.stdout or b"", _SILENT
        answers = [line.split(" ") for line in said.decode().splitlines()]
        for call, number in answers:
            if number and is_refusal(call, int(number)):
                refused[call] = refusals.name(int(number))
        answered = [call for call, number in answers if number]
        left = [call for call in left if call not in answered]
        if left:
            refused[left.pop(0)] = ended
    return refused


def is_refusal(call: str, number: int) -> bool:
    """Whether this error means that the kernel or a filter refuses the call. With other errors, such as no free
    descriptors, the call could not be tried.
    """
    also = (errno.ENOMEM, errno.EAGAIN) if call == "mlockall" else ()
    return refusals.is_refused(OSError(number, ""), errno.EINVAL, *also)


def calls(status: DaemonStatus | None, probed: dict[str, str]) -> list[Check]:
    """One check for each call without a check of its own; from the status of a ready daemon, otherwise as probed."""
    if status is not None and status["ready"]:
        probed = {each["call"]: each["why"] for each in status.get("refused", [])}
    names = [*syscall_probe.PROBES, *(call for call in probed if call not in syscall_probe.PROBES)]
    return [_call(call, probed.get(call, "")) for call in names if call not in (*_OWN_LINE, "sem_open")]


def _call(call: str, why: str) -> Check:
    if not why:
        return Check(call, True, "allowed", call=call)
    fix = _allow(call)
    if call in _NEEDED:
        return Check(call, False, f"refused ({why}): shared memory cannot be passed to the stages", fix, call)
    return Check(call, True, f"refused ({why}): {refusals.EFFECTS[call]}", fix, call)


def _allow(call: str) -> str:
    name = call.partition("(")[0]
    return f"docker: --security-opt seccomp=FILE that allows {name}; a systemd unit: SystemCallFilter={name}"


def realtime(status: DaemonStatus | None, probed: dict[str, str]) -> Check:
    """Whether stages may run under SCHED_FIFO: from a ready daemon, otherwise as probed."""
    why = probed.get("sched_setscheduler") or probed.get("prlimit64(RLIMIT_RTTIME)")
    missing = f"not allowed{f' ({why})' if why else ''}: audio may be interrupted when the machine is busy"
    rights = (
        f"add '@audio - rtprio 95' to {_LIMITS}, usermod -aG audio $USER, log in again; "
        "for the service: LimitRTPRIO=95 in /etc/systemd/system/user@.service.d/steadyvoice.conf; "
        "docker: --cap-add SYS_NICE --ulimit rtprio=95"
    )
    fix = _allow("sched_setscheduler") if why in ("ENOSYS", _ENDED) else rights
    if status is not None and status["ready"]:
        stages = [f"{stage['name']} {stage['priority']}" for stage in status["stages"] if stage["policy"] == "fifo"]
        if stages:
            return Check("real time", True, f"SCHED_FIFO: {', '.join(stages)}")
        if not why:
            again = f"kill {status['pid']} and speak again, unless [realtime] mode is off"
            return Check("real time", True, "allowed here, but not used by the running daemon", again)
        return Check("real time", True, missing, fix)
    if not why:
        return Check("real time", True, f"allowed up to SCHED_FIFO {_PRIORITY} and more")
    return Check("real time", True, missing, fix)


def memory_lock(status: DaemonStatus | None, probed: dict[str, str]) -> Check:
    """Whether stages may lock memory: from a ready daemon, otherwise by the limits of this process."""
    name = "memory lock"
    missing = "not allowed: memory may be swapped out"
    fix = (
        f"add '@audio - memlock unlimited' to {_LIMITS}, log in again; "
        "for the service: LimitMEMLOCK=infinity in /etc/systemd/system/user@.service.d/steadyvoice.conf; "
        "docker: --ulimit memlock=-1"
    )
    if status is not None and status["ready"]:
        loose = [stage["name"] for stage in status["stages"] if not stage["locked"]]
        return Check(name, True, f"{missing} ({', '.join(loose)})", fix) if loose else Check(name, True, "every stage")
    soft = 0
    with suppress(OSError):
        soft = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    unlimited = soft == resource.RLIM_INFINITY or _may_lock_memory()
    if not unlimited and soft < _MEMLOCK_BYTES:
        return Check(name, True, f"{soft / 2**20:.4g} MiB of {_MEMLOCK_BYTES >> 20} MiB a stage; {missing}", fix)
    if why := probed.get("mlockall"):
        return Check(name, True, f"mlockall is refused ({why}): {refusals.EFFECTS['mlockall']}", _allow("mlockall"))
    return Check(name, True, "any amount" if unlimited else f"{soft >> 20} MiB")


def _may_lock_memory() -> bool:
    with suppress(OSError):
        capable = re.search(r"^CapEff:\s*(\w+)", Path("/proc/self/status").read_text(), re.M)
        return capable is not None and bool(int(capable[1], 16) >> _CAP_IPC_LOCK & 1)
    return False


def shared_memory(shm: Path) -> Check:
    """Whether /dev/shm is usable for semaphores, which can also be created in memfds.

    Some sound libraries crash if it is full.
    """
    name = "semaphores"
    mount = f"mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs {shm}"
    instead = refusals.EFFECTS["sem_open"]
    if not shm.is_dir():
        return Check(name, True, f"{shm} is missing: {instead}", f"mkdir {shm}; {mount}")
    if not os.access(shm, os.W_OK | os.X_OK):
        return Check(name, True, f"{shm} is not writable: {instead}", f"as root: chmod 1777 {shm}, or {mount}")
    space = os.statvfs(shm)
    free = space.f_bavail * space.f_frsize
    if free < _SHM_BYTES:
        more = f"find large files: ls -lS {shm}; or mount -o remount,size=50% {shm}; docker: --shm-size 64m"
        return Check(name, False, f"{shm} is full: the sound device cannot be opened", more)
    return Check(name, True, f"{shm} writable, {free >> 20} MiB free")
