"""What containers and limits leave: no /proc, /sys or /dev/shm, a read-only root; few cores, files and processes."""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support import ordinary
from support.daemon import BIN, Daemon, alive, eventually, user_env
from support.matrix import only, quick
from support.seccomp import IS_KNOWN, refusing, rules
from support.svctl import SVCTL, User

from steadyvoice.ipc.refusals import EFFECTS

IN_A_NAMESPACE = subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL).returncode == 0
needs_root = pytest.mark.skipif(not IN_A_NAMESPACE, reason="needs root's rights, for mounts of its own")

Start = Callable[..., Daemon]
TEXT = "Good morning."
CORE = max(os.sched_getaffinity(0))


def mounted(*lines: str) -> list[str]:
    """Run the command where these shell lines have changed what is mounted."""
    return ["unshare", "-m", "sh", "-c", "; ".join(["set -e", *lines, 'exec "$@"']), "sh"]


def in_pids_of_its_own(*lines: str, proc: bool) -> list[str]:
    """Likewise, in a PID namespace; proc: with a /proc that shows it."""
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
"""Where status says that sem_open is refused."""
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

    def start(room: list[str]) -> Daemon:
        env = user_env(tmp_path / "user", cache)
        (tmp_path / "user/config.toml").write_text('audio.device = "null"\nlimits.stage_mib = 3000\n')
        daemon = Daemon(env, ["--config", str(tmp_path / "user/config.toml")])
        daemon.command = [*room, *daemon.command]
        daemons.append(daemon)
        return daemon.start()

    yield start
    for daemon in daemons:
        daemon.stop()
        assert "Traceback" not in daemon.log


def speaks(daemon: Daemon) -> dict[str, Any]:
    """To a client and on the device; return the status."""
    with daemon.client() as client:
        assert sum(map(len, client.stream(TEXT))) > 6000
        assert client.speak("Yes.").wait().reason == "done"
        return client.status()


@needs_root
@pytest.mark.parametrize("room", only(lambda room: not room.startswith("no "), MOUNTS))
def test_it_speaks_where(start: Start, room: str) -> None:
    daemon = start(mounted(*MOUNTS[room])).ready()
    status = speaks(daemon)
    assert ("sem_open" in {each["call"] for each in status["refused"]}) == (room in SEM_OPEN)
    assert daemon.stop() == 0, daemon.log


COVERED_PROC = ["mount -t tmpfs -o ro none /proc"]


@needs_root
@pytest.mark.parametrize("hidden", [NO_PROC, COVERED_PROC], ids=["no /proc", "an empty /proc"])
def test_it_is_ended_and_replaced_where_there_is(user: User, hidden: list[str]) -> None:
    """The kernel tells which process made the socket; /proc would say only which program it runs."""

    def svctl(*words: str) -> str:
        command = [*mounted(*hidden), SVCTL, *words, "--json"]
        done = subprocess.run(command, env=user.env, capture_output=True, text=True, timeout=100)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    first = json.loads(svctl("restart"))["pid"]
    second = json.loads(svctl("restart"))
    assert (second["ended"], alive(first)) == (first, False)
    assert json.loads(svctl("quit"))["pid"] == second["pid"]
    assert not alive(second["pid"])


@needs_root
@pytest.mark.skipif(not IS_KNOWN, reason="the numbers of this machine's system calls are not known here")
def test_it_speaks_where_nothing_is_mounted_and_all_is_refused(start: Start) -> None:
    room = [*mounted(*MOUNTS["none of these"]), *refusing(*(rule for call in EFFECTS for rule in rules(call, "EPERM")))]
    daemon = start(room).ready()
    assert {"memfd_create", "sem_open", "pidfd_open"} <= {each["call"] for each in speaks(daemon)["refused"]}
    assert daemon.stop() == 0, daemon.log


@needs_root
@pytest.mark.long
def test_a_stage_that_hangs_is_replaced_without_proc(start: Start) -> None:
    """Its heartbeat alone tells: it takes longer, as it might as well compute."""
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


@pytest.mark.skipif(os.getuid() != 0, reason="needs root's rights, which it then takes away")
@pytest.mark.parametrize("room", quick(1, ["all of these", *LIMITS]))
def test_it_speaks_with(start: Start, room: str) -> None:
    rooms = list(LIMITS) if room == "all of these" else [room]
    daemon = start([word for each in rooms for word in LIMITS[each]]).ready()
    status = speaks(daemon)
    if "one core, not the first" in rooms:
        assert {tuple(stage["cpus"]) for stage in status["stages"]} == {(CORE,)}
    if "no locked memory" in rooms:
        assert [(each["call"], each["why"]) for each in status["refused"]] == [("mlockall", "EPERM")]
    assert daemon.stop() == 0, daemon.log


@needs_root
@pytest.mark.parametrize("proc", [True, False], ids=["its own /proc", "another's /proc"])
def test_it_speaks_as_the_first_process(start: Start, proc: bool) -> None:
    """The numbers in another namespace's /proc are of other processes: nothing is looked for there, or ended."""
    daemon = start(in_pids_of_its_own(proc=proc)).ready()
    status = speaks(daemon)
    assert status["pid"] == 1
    assert all((stage["rss_bytes"] > 0) == proc for stage in status["stages"])
    daemon.process.kill()  # which ends svd with SIGTERM
    eventually(lambda: not daemon.socket.exists())


@needs_root
def test_it_speaks_where_memory_must_not_be_executable(start: Start) -> None:
    """vm.memfd_noexec of 2 refuses every memfd that does not ask for that."""
    if not Path("/proc/sys/vm/memfd_noexec").exists():
        pytest.skip("a kernel before 6.3")
    daemon = start(in_pids_of_its_own("echo 2 > /proc/sys/vm/memfd_noexec", proc=True)).ready()
    assert "memfd_create" not in {each["call"] for each in speaks(daemon)["refused"]}
    daemon.process.kill()
    eventually(lambda: not daemon.socket.exists())


@needs_root
def test_too_few_processes_are_named(cache: Path) -> None:
    """Of an ordinary user, as root has no such limit."""
    with tempfile.TemporaryDirectory(prefix="sv-") as name:
        env = user_env(Path(name), cache)
        ordinary.give(Path(name))
        few = ["prlimit", "--nproc=1:1", *map(str, ordinary.command())]
        daemon = Daemon(env, command=[*few, BIN / "svd"]).start()
        eventually(lambda: "[Errno 11] no more processes are allowed: raise ulimit -u" in daemon.log)
        assert daemon.stop() == 0, daemon.log
        assert "Traceback" not in daemon.log
