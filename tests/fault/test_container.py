"""Containers and limits: no /proc, /sys or /dev/shm, a read-only root; few cores, files and processes."""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import ordinary
from support.daemon import BIN, Daemon, alive, eventually, user_env
from support.matrix import only, quick
from support.seccomp import IS_KNOWN, refusing, rules
from support.svctl import SVCTL, User

from steadyvoice.ipc.daemon_status import DaemonStatus
from steadyvoice.ipc.refusals import EFFECTS

IN_A_NAMESPACE = subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL).returncode == 0
needs_root = pytest.mark.skipif(not IN_A_NAMESPACE, reason="needs root, for mounts in a private namespace")

Start = Callable[..., Daemon]
TEXT = "Good morning."
CORE = max(os.sched_getaffinity(0))


def mounted(*lines: str) -> list[str]:
    """Prefix of a command: run it in a mount namespace after these shell lines."""
    return ["unshare", "-m", "sh", "-c", "; ".join(["set -e", *lines, 'exec "$@"']), "sh"]


def in_a_pid_namespace(*lines: str, proc: bool) -> list[str]:
    """Prefix of a command: run it as the first process of a PID namespace. proc: with the namespace's own /proc."""
    mount = ["--mount-proc"] if proc else []
    return ["unshare", "-mpf", *mount, "--kill-child=TERM", "sh", "-c", "; ".join([*lines, 'exec "$@"']), "sh"]


NO_SHM = [
    "mount -t tmpfs -o mode=755 tmpfs /mnt",
    "cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /mnt",
    "mount --move /mnt /dev",
]
NO_PROC, NO_SYS = ["umount -l /proc"], ["mount -t tmpfs tmpfs /sys"]
MOUNTS = {
    "no /proc": NO_PROC,
    "no /sys": NO_SYS,
    "no /dev/shm": NO_SHM,
    "none of these": [*NO_SYS, *NO_PROC, *NO_SHM],
    "/dev/shm read-only": ["mount -t tmpfs -o ro tmpfs /dev/shm"],
    "/dev/shm of a few kilobytes": ["mount -t tmpfs -o size=16k tmpfs /dev/shm"],
    "read-only root": [
        "mount --make-rprivate /",
        'mount --bind "$XDG_RUNTIME_DIR" "$XDG_RUNTIME_DIR"',
        "mount -t tmpfs -o size=64k tmpfs /dev/shm",
        "mount -o remount,bind,ro /",
    ],
}
SEM_OPEN = {"no /dev/shm", "none of these", "/dev/shm read-only"}
"""In these, status must report sem_open as refused."""
LIMITS = {
    "64 files": ["prlimit", "--nofile=64:64"],
    "no locked memory": ["prlimit", "--memlock=0:0", "setpriv", "--bounding-set=-ipc_lock", "--inh-caps=-all"],
    "0.2 s of real time": ["prlimit", "--rttime=100000:200000"],
    "less memory than stage_mib": ["prlimit", "--data=2000000000:2000000000"],
    "one core, not the first": ["taskset", "-c", str(CORE)],
}


@pytest.fixture
def start(tmp_path: Path, cache: Path) -> Iterator[Start]:
    daemons: list[Daemon] = []

    def start(prefix: list[str]) -> Daemon:
        env = user_env(tmp_path / "user", cache)
        (tmp_path / "user/config.toml").write_text('audio.device = "null"\nlimits.stage_mib = 3000\n')
        daemon = Daemon(env, ["--config", str(tmp_path / "user/config.toml")])
        daemon.command = [*prefix, *daemon.command]
        daemons.append(daemon)
        return daemon.start()

    yield start
    for daemon in daemons:
        daemon.stop()
        assert "Traceback" not in daemon.log


def speaks(daemon: Daemon) -> DaemonStatus:
    """Speak to a client and on the device; return the status."""
    with daemon.client() as client:
        assert sum(map(len, client.stream(TEXT))) > 6000
        assert client.speak("Yes.").wait().reason == "done"
        return client.status()


@needs_root
@pytest.mark.parametrize("mounts", only(lambda mounts: not mounts.startswith("no "), MOUNTS))
def test_the_daemon_speaks_with_mounts(start: Start, mounts: str) -> None:
    daemon = start(mounted(*MOUNTS[mounts])).ready()
    status = speaks(daemon)
    assert ("sem_open" in {each["call"] for each in status["refused"]}) == (mounts in SEM_OPEN)
    assert daemon.stop() == 0, daemon.log


COVERED_PROC = ["mount -t tmpfs -o ro none /proc"]


@needs_root
@pytest.mark.parametrize("hidden", [NO_PROC, COVERED_PROC], ids=["no /proc", "an empty /proc"])
def test_svctl_ends_and_restarts_a_daemon_with(user: User, light: None, hidden: list[str]) -> None:
    """The kernel reports the pid of the socket's creator; /proc is needed only to check which program it runs."""

    def svctl(*words: str) -> str:
        command: list[str | Path] = [*mounted(*hidden), SVCTL, *words, "--json"]
        done = subprocess.run(command, env=user.env, capture_output=True, text=True, timeout=100)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    first = json.loads(svctl("restart"))["pid"]
    second = json.loads(svctl("restart"))
    assert (second["ended"], alive(first)) == (first, False)
    assert json.loads(svctl("quit"))["pid"] == second["pid"]
    assert not alive(second["pid"])


@needs_root
@pytest.mark.skipif(not IS_KNOWN, reason="this machine's numbers of system calls are not known")
def test_the_daemon_speaks_without_proc_sys_shm_and_all_optional_system_calls(start: Start) -> None:
    prefix = [
        *mounted(*MOUNTS["none of these"]),
        *refusing(*(rule for call in EFFECTS for rule in rules(call, "EPERM"))),
    ]
    daemon = start(prefix).ready()
    assert {"memfd_create", "sem_open", "pidfd_open"} <= {each["call"] for each in speaks(daemon)["refused"]}
    assert daemon.stop() == 0, daemon.log


@needs_root
@pytest.mark.long
def test_a_hung_stage_is_replaced_without_proc(start: Start) -> None:
    """Detected by the heartbeat alone, which takes longer, because without /proc the stage may be computing."""
    daemon = start(mounted(*NO_PROC)).ready()
    speaks(daemon)
    pid = daemon.pids()["vocoder"]
    with daemon.client() as client:
        stream = client.stream(TEXT * 40)
        next(iter(stream))
        os.kill(pid, signal.SIGSTOP)
        assert sum(map(len, stream)) > 6000
    assert daemon.pids()["vocoder"] != pid
    assert not alive(pid)
    assert daemon.stop() == 0, daemon.log


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to set the limits")
@pytest.mark.parametrize("limit", quick(1, ["all of these", *LIMITS]))
def test_the_daemon_speaks_with_limit(start: Start, limit: str) -> None:
    limits = list(LIMITS) if limit == "all of these" else [limit]
    daemon = start([word for each in limits for word in LIMITS[each]]).ready()
    status = speaks(daemon)
    if "one core, not the first" in limits:
        assert {tuple(stage["cpus"]) for stage in status["stages"]} == {(CORE,)}
    if "no locked memory" in limits:
        assert [(each["call"], each["why"]) for each in status["refused"]] == [("mlockall", "EPERM")]
    assert daemon.stop() == 0, daemon.log


@needs_root
@pytest.mark.parametrize("proc", [True, False], ids=["its own /proc", "another's /proc"])
def test_the_daemon_speaks_as_process_1_of_a_container(start: Start, proc: bool) -> None:
    """/proc of another namespace has other processes under the same pids, so it must not be used."""
    daemon = start(in_a_pid_namespace(proc=proc)).ready()
    status = speaks(daemon)
    assert status["pid"] == 1
    assert all((stage["rss_bytes"] > 0) == proc for stage in status["stages"])
    daemon.process.kill()  # kills unshare, which ends svd with SIGTERM
    eventually(lambda: not daemon.socket.exists())


@needs_root
def test_the_daemon_speaks_where_memory_must_not_be_executable(start: Start) -> None:
    """vm.memfd_noexec = 2 refuses every memfd without MFD_NOEXEC_SEAL."""
    if not Path("/proc/sys/vm/memfd_noexec").exists():
        pytest.skip("needs Linux 6.3")
    daemon = start(in_a_pid_namespace("echo 2 > /proc/sys/vm/memfd_noexec", proc=True)).ready()
    assert "memfd_create" not in {each["call"] for each in speaks(daemon)["refused"]}
    daemon.process.kill()
    eventually(lambda: not daemon.socket.exists())


@needs_root
def test_a_limit_of_processes_is_reported(cache: Path) -> None:
    """As an ordinary user, because the limit does not apply to root; as one without any other process."""
    uid = 100_000 + os.getpid()
    with tempfile.TemporaryDirectory(prefix="sv-") as name:
        env = user_env(Path(name), cache)
        ordinary.give(Path(name), uid=uid)
        few = ["prlimit", "--nproc=1:1", *map(str, ordinary.command(uid=uid))]
        daemon = Daemon(env, command=[*few, BIN / "svd"]).start()
        eventually(lambda: "[Errno 11] no more processes are allowed: raise ulimit -u" in daemon.log)
        assert daemon.stop() == 0, daemon.log
        assert "Traceback" not in daemon.log
