"""A kernel that refuses system calls: a seccomp filter (seccomp(2)), as a container has one, and then the program.

    python seccomp.py RULE... -- PROGRAM ARGUMENT...

A rule is CALL=ERRNO, or CALL:N:VALUE=ERRNO where argument N, from 0, must have that value. ERRNO may be KILL: the
filter ends the process.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from pathlib import Path

# asm/unistd_64.h of x86, and asm-generic/unistd.h
_NUMBERS = {
    "clone3": (435, 435),
    "close_range": (436, 436),
    "epoll_create1": (291, 20),
    "eventfd2": (290, 19),
    "fallocate": (285, 47),
    "fcntl": (72, 25),
    "flock": (73, 32),
    "getrandom": (318, 278),
    "getsockopt": (55, 209),
    "io_uring_setup": (425, 425),
    "link": (86, None),
    "linkat": (265, 37),
    "madvise": (28, 233),
    "memfd_create": (319, 279),
    "mlockall": (151, 230),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "prctl": (157, 167),
    "prlimit64": (302, 261),
    "recvmsg": (47, 212),
    "rseq": (334, 293),
    "sched_getaffinity": (204, 123),
    "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "sendmsg": (46, 211),
    "set_robust_list": (273, 99),
    "statx": (332, 291),
    "waitid": (247, 95),
}
RULES = {
    "clone3": ["clone3"],
    "epoll_create1": ["epoll_create1"],
    "eventfd2": ["eventfd2"],
    "fallocate": ["fallocate"],
    "fcntl(F_ADD_SEALS)": ["fcntl:1:1033"],
    "flock": ["flock"],
    "getsockopt(SO_PEERCRED)": ["getsockopt:2:17"],
    "memfd_create": ["memfd_create"],
    "mlockall": ["mlockall"],
    "pidfd_open": ["pidfd_open"],
    "prctl(PR_SET_CHILD_SUBREAPER)": ["prctl:0:36"],
    "prctl(PR_SET_PDEATHSIG)": ["prctl:0:1"],
    "prlimit64(RLIMIT_DATA)": ["prlimit64:1:2"],
    "prlimit64(RLIMIT_NOFILE)": ["prlimit64:1:7"],
    "prlimit64(RLIMIT_RTTIME)": ["prlimit64:1:15"],
    "recvmsg(SCM_RIGHTS)": ["recvmsg"],
    "sched_getaffinity": ["sched_getaffinity"],
    "sched_getscheduler": ["sched_getscheduler"],
    "sched_setaffinity": ["sched_setaffinity"],
    "sched_setscheduler": ["sched_setscheduler"],
    "sem_open": ["link", "linkat"],  # one of the two, as libc and machine have it
    "sendmsg(SCM_RIGHTS)": ["sendmsg"],
}
"""What to refuse for each call that Steadyvoice names (ipc/refusals.py)."""
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # linux/audit.h
_COLUMN, _ARCHITECTURE = _ARCHITECTURES.get(platform.machine(), (-1, 0))
IS_KNOWN = _COLUMN >= 0
"""Whether the numbers of this machine's calls are."""

_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # linux/bpf_common.h: BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_RET
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16  # struct seccomp_data
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2


def refusing(*rules: str) -> list[str]:
    """What to put before a command."""
    return [sys.executable, "-I", __file__, *rules, "--"]


def rules(call: str, why: str) -> list[str]:
    return [f"{rule}={why}" for rule in RULES[call]]


def _instruction(code: int, k: int, on_true: int = 0, on_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, on_true, on_false, k)


def _program(rules: list[str]) -> bytes:
    steps = [
        _instruction(_LOAD, _ARCHITECTURE_AT),
        _instruction(_EQUAL, _ARCHITECTURE, on_true=1),
        _instruction(_RETURN, _ALLOW),
    ]
    for rule in rules:
        what, _, why = rule.partition("=")
        call, *argument = what.split(":")
        number = _NUMBERS[call][_COLUMN]
        if number is None:  # this machine has another call for it
            continue
        refuse = _instruction(_RETURN, _KILL if why == "KILL" else _ERRNO | getattr(errno, why))
        if argument:
            at, value = map(int, argument)
            low = _ARGUMENTS_AT + 8 * at  # both kinds of machines have the low half first
            refuse = _instruction(_LOAD, low) + _instruction(_EQUAL, value, on_false=1) + refuse
        beyond = len(refuse) // 8
        steps += [_instruction(_LOAD, _NUMBER_AT), _instruction(_EQUAL, number, on_false=beyond), refuse]
    return b"".join(steps) + _instruction(_RETURN, _ALLOW)


def _install(program: bytes) -> None:
    class Filter(ctypes.Structure):  # struct sock_fprog
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))

    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    wanted = Filter(len(program) // 8, program)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(wanted), 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def main() -> None:
    at = sys.argv.index("--")
    _install(_program(sys.argv[1:at]))
    command = sys.argv[at + 1 :]
    os.execvp(command[0], command)


if __name__ == "__main__":
    assert IS_KNOWN, f"{Path(__file__).name} has no numbers for {platform.machine()}"
    main()
