"""``svctl doctor``: each system call is tried in a separate process, as the daemon makes it."""

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.daemon import Daemon, configured, user_env
from support.matrix import quick
from support.seccomp import IS_KNOWN, RULES, refusing, rules
from support.status import STATUS
from support.svctl import LIGHT, NULL, User

from steadyvoice.client.svctl.doctor import check as doctor_check
from steadyvoice.client.svctl.doctor import doctor
from steadyvoice.client.svctl.doctor import kernel as doctor_kernel
from steadyvoice.client.svctl.doctor import syscall_probe as doctor_probe
from steadyvoice.ipc.daemon_status import LeftOut
from steadyvoice.ipc.refusals import EFFECTS

NEEDED = {"sendmsg(SCM_RIGHTS)", "recvmsg(SCM_RIGHTS)"}
UNPROBED = {"sem_open", "prlimit64(RLIMIT_DATA)"}
"""Not probed: the check of /dev/shm covers sem_open; prlimit64 is called only if a memory limit is configured."""
OWN_LINE = {"sched_setscheduler": "real time", "mlockall": "memory lock"}

with_filter = pytest.mark.skipif(not IS_KNOWN, reason="this machine's numbers of system calls are not known")


def probed(*refused: str) -> dict[str, str]:
    """The refused calls under this filter."""
    script = (
        "import json; from steadyvoice.client.svctl.doctor import kernel; print(json.dumps(kernel.refused_calls()))"
    )
    done = subprocess.run([*refusing(*refused), sys.executable, "-c", script], capture_output=True, timeout=60)
    assert done.stderr == b""
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def here() -> dict[str, str]:
    """The refused calls without a filter, because the tests' user may lack the right to real-time scheduling."""
    refused = probed()
    assert refused.keys() <= OWN_LINE.keys()
    return refused


def test_each_call_is_tried() -> None:
    assert set(doctor_probe.PROBES) == EFFECTS.keys() - UNPROBED | NEEDED


@with_filter
@pytest.mark.parametrize("call", sorted(set(RULES) - UNPROBED))
def test_only_refused_calls_are_reported(here: dict[str, str], call: str) -> None:
    why = "EPERM" if call == "clone3" else "ENOSYS"  # ENOSYS: libc then uses an older call
    assert probed(*rules(call, why)) == here | {call: why}


@with_filter
def test_a_call_that_kills_the_process_is_reported(here: dict[str, str]) -> None:
    assert probed("pidfd_open=KILL", "eventfd2=ENOSYS") == here | {
        "pidfd_open": "ends the program",
        "eventfd2": "ENOSYS",
    }


@pytest.mark.skipif(os.getuid() != 0, reason="needs root's rights, for mounts of its own")
def test_probing_needs_no_writable_folder(here: dict[str, str]) -> None:
    hide = (
        "for each in /tmp /var/tmp /usr/tmp; do case $1 in $each/*) ;; "  # a checkout there must stay visible
        "*) [ -d $each ] && mount -t tmpfs -o ro none $each;; esac; done"
    )
    read_only = "mount --make-rprivate /; mount -o remount,bind,ro /"
    script = (
        "import json; from steadyvoice.client.svctl.doctor import kernel; print(json.dumps(kernel.refused_calls()))"
    )
    command = ["unshare", "-m", "sh", "-c", f'{hide}; {read_only}; exec "$@"', "sh", sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, timeout=60, cwd="/")
    assert (dict(json.loads(done.stdout)), done.stderr) == (here, b"")


@pytest.mark.parametrize(
    ("call", "number", "refused"),
    [
        ("flock", 0, False),
        ("flock", errno.ENOSYS, True),
        ("flock", errno.EPERM, True),
        ("prctl(PR_SET_PDEATHSIG)", errno.EINVAL, True),
        ("fallocate", errno.ENOENT, False),
        ("fallocate", errno.EROFS, False),
        ("memfd_create", errno.EMFILE, False),
        ("eventfd2", errno.ENFILE, False),
        ("clone3", errno.EAGAIN, False),
        ("memfd_create", errno.ENOMEM, False),
        ("mlockall", errno.ENOMEM, True),
    ],
)
def test_unrelated_errors_are_no_refusal(call: str, number: int, refused: bool) -> None:
    assert doctor_kernel.is_refusal(call, number) == refused


@pytest.mark.parametrize("call", sorted(doctor_probe.PROBES))
def test_a_refused_call_is_reported_with_a_fix(call: str) -> None:
    refused = {call: "ENOSYS"}
    lines = [doctor_kernel.realtime(None, refused), *doctor_kernel.calls(None, refused)]
    if call == "mlockall":
        lines.append(doctor_kernel.memory_lock(None, refused))
    named = [check for check in lines if check.fix and (check.call or check.name in OWN_LINE.values())]
    assert {check.name for check in named} >= {OWN_LINE.get(call, call)}
    assert [check.ok for check in named if check.call] == [call not in NEEDED] * (call not in OWN_LINE)


def test_allowed_calls_share_one_line() -> None:
    checks = doctor_kernel.calls(None, {})
    assert len(checks) == len(doctor_probe.PROBES) - len(OWN_LINE)
    assert doctor_check.text(checks) == "ok  kernel  all system calls are allowed"
    refused = doctor_kernel.calls(None, {"pidfd_open": "EPERM"})
    assert (
        doctor_check.text(refused).splitlines()[0].split()
        == f"ok pidfd_open refused (EPERM): {EFFECTS['pidfd_open']}".split()
    )
    assert len(doctor_check.text(refused).splitlines()) == 3


@pytest.mark.parametrize(
    ("problem", "says"),
    [
        ("there is no sound device 'x'; there are: 0 a, 1 b", "name one of them in"),
        ("the name 'x' fits several sound devices: a, b", "name one of them in"),
        ("cannot write /none/log: No such file or directory; see [audio] device", "name a file in a folder"),
        ("the card is held by another program", "name a sound device in"),
    ],
)
def test_fix_for_a_device(problem: str, says: str) -> None:
    audio = STATUS["audio"] | {"device": "", "problem": problem}
    assert doctor._sound(STATUS | {"audio": audio}).fix.startswith(says)


@pytest.mark.parametrize(
    ("text", "ok", "says"),
    quick(
        4,
        [
            (None, True, "no file: the defaults"),
            ("voice = 'emma'", True, "{file}; voice is 'emma', which is not installed: svctl voices pull emma"),
            ("voise = 'x'", False, "{file}: unknown key 'voise'; did you mean 'voice'?"),
            ("engines = ['none']", False, "{file}: engines has 'none'"),
            (NULL, True, "{file}"),
            ("voice = ", False, "{file}: not TOML: "),
            ("voice = 'nobody'", False, "{file}: voice is 'nobody', which none of the engines has"),
        ],
    ),
)
def test_the_configuration(user: User, text: str | None, ok: bool, says: str) -> None:
    file = user.home / ".config/steadyvoice/config.toml"
    file.unlink() if text is None else user.configure(text)
    checks = {each["name"]: each for each in json.loads(user.svctl("doctor", "--json").stdout)}
    found = checks["configuration"]
    assert (found["ok"], found["detail"].startswith(says.format(file=file))) == (ok, True), found
    assert bool(found["fix"]) != ok


def test_the_configuration_that_the_daemon_was_started_with(tmp_path: Path, cache: Path) -> None:
    with configured(tmp_path, cache, LIGHT) as daemon:
        file = tmp_path / "config.toml"
        assert re.search(rf"^ok  configuration +{re.escape(str(file))}$", daemon.svctl("doctor").stdout, re.M)
        file.write_text("voise = 'x'")
        done = daemon.svctl("doctor")
        assert (done.returncode, f"{file}: unknown key 'voise'" in done.stdout) == (1, True)


def test_items_left_out_for_one_reason_share_a_line() -> None:
    left_out: list[LeftOut] = [
        {"what": "a", "reason": "no home"},
        {"what": "b", "reason": "no home"},
        {"what": "c", "reason": "x"},
    ]
    assert doctor._by_reason(left_out) == {"no home": ["a", "b"], "x": ["c"]}


@with_filter
def test_refusals_of_a_running_daemon_take_precedence(tmp_path: Path, cache: Path) -> None:
    """The daemon may run in another container than doctor."""
    (tmp_path / "config.toml").write_text('audio.device = "null"\n')
    daemon = Daemon(user_env(tmp_path, cache), ["--config", str(tmp_path / "config.toml")])
    daemon.command = [*refusing("pidfd_open=ENOSYS"), *daemon.command]
    daemon.start().ready()
    try:
        text = daemon.svctl("doctor").stdout
        assert f"pidfd_open        refused (ENOSYS): {EFFECTS['pidfd_open']}" in text
    finally:
        assert daemon.stop() == 0, daemon.log
