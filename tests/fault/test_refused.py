"""System calls that a kernel or container may refuse: here a seccomp filter refuses each of them to a real daemon.

Without an optional call the daemon speaks the same samples, and the status reports the refusal. Without a needed call
it ends, and one line names the call.
"""

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.daemon import Daemon, alive, configured, eventually, user_env
from support.matrix import quick
from support.seccomp import IS_KNOWN, RULES, refusing, rules

from steadyvoice.client import Client
from steadyvoice.ipc.errors import SteadyvoiceError
from steadyvoice.ipc.refusals import EFFECTS

pytestmark = pytest.mark.skipif(not IS_KNOWN, reason="this machine's numbers of system calls are not known")

Start = Callable[..., Daemon]
TEXT = "Nobody in the village knows when it was built, and nobody asks."
CONFIGURATION = 'audio.device = "null"\nlimits.stage_mib = 3000\n'
NEEDED = ["sendmsg(SCM_RIGHTS)", "recvmsg(SCM_RIGHTS)"]
WITHOUT_RING = {"memfd_create", "fcntl(F_ADD_SEALS)"}
"""Without these calls clients get no shared memory."""
FIRST = ["EPERM", "ENOSYS"]
ALSO = {
    "eventfd2": ["EINVAL"],
    "fcntl(F_ADD_SEALS)": ["EINVAL"],
    "flock": ["ENOLCK"],
    "memfd_create": ["EINVAL", "EACCES"],
    "mlockall": ["ENOMEM"],
    "pidfd_open": ["EINVAL"],
    "prctl(PR_SET_CHILD_SUBREAPER)": ["EINVAL"],
    "prctl(PR_SET_PDEATHSIG)": ["EINVAL"],
    "sched_setaffinity": ["EINVAL"],
    "sched_setscheduler": ["EINVAL"],
    "sem_open": ["EACCES"],
}
"""Further errors with which kernels, file systems and containers refuse these calls."""


MASKED = {"fcntl(F_ADD_SEALS)", "sched_setscheduler"}
"""Not called where other calls are refused: no memfd to seal, and no SCHED_FIFO without RLIMIT_RTTIME."""


def _cases() -> Iterator[object]:
    """Each call alone, with each error. Without --long only calls that the test of all calls together does not make."""
    for call in EFFECTS:
        for why in [*FIRST, *ALSO.get(call, [])]:
            if (call, why) != ("clone3", "ENOSYS"):  # then libc uses an older call, and there is no refusal
                marks = [] if call in MASKED and why == "EPERM" else [pytest.mark.long]
                yield pytest.param(call, why, marks=marks, id=f"{call}-{why}")


@pytest.fixture
def start(tmp_path: Path, cache: Path) -> Iterator[Start]:
    """Start a daemon under these rules; at the end it must leave no files, and no traceback in its log."""
    started: list[Daemon] = []

    def start(*refused: str) -> Daemon:
        home = tmp_path / f"user{len(started)}"
        env = user_env(home, cache)
        (home / "config.toml").write_text(CONFIGURATION)
        daemon = Daemon(env, ["--config", str(home / "config.toml")])
        daemon.command = [*refusing(*refused), *daemon.command]
        started.append(daemon)
        return daemon.start()

    yield start
    for daemon in started:
        daemon.stop()
        assert "Traceback" not in daemon.log
        assert daemon.names_in_shm() == []
        assert not daemon.socket.exists()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> NDArray[np.float32]:
    """Samples of TEXT from a daemon without a filter."""
    with configured(tmp_path_factory.mktemp("user"), cache, CONFIGURATION) as daemon:
        rights = {"sched_setscheduler", "mlockall", "prlimit64(RLIMIT_RTTIME)"}  # the tests' user may lack these rights
        assert {each["call"] for each in daemon.status()["refused"]} <= rights
        return spoken(daemon, ring=True)


def spoken(daemon: Daemon, *, ring: bool) -> NDArray[np.float32]:
    with daemon.client() as client:
        stream = client.stream(TEXT)
        samples = np.concatenate(list(stream))
        assert stream.started is not None
        assert stream.started.ring == ring
    return samples


def refused(daemon: Daemon) -> dict[str, str]:
    status = daemon.status()["refused"]
    assert all(each["effect"] == EFFECTS[each["call"]] for each in status)
    return {each["call"]: each["why"] for each in status}


def test_each_call_has_a_rule() -> None:
    assert set(RULES) == {*EFFECTS, *NEEDED}


@pytest.mark.parametrize(("call", "why"), list(_cases()))
def test_the_daemon_speaks_without(start: Start, whole: NDArray[np.float32], call: str, why: str) -> None:
    daemon = start(*rules(call, why)).ready()
    np.testing.assert_array_equal(spoken(daemon, ring=call not in WITHOUT_RING), whole)
    assert refused(daemon)[call] in (why, "EACCES")  # posix_ipc does not report the error's number
    assert daemon.stop() == 0, daemon.log


@pytest.mark.parametrize("why", quick(1, FIRST))
def test_the_daemon_speaks_without_all_optional_calls(start: Start, whole: NDArray[np.float32], why: str) -> None:
    daemon = start(*(rule for call in EFFECTS for rule in rules(call, why))).ready()
    np.testing.assert_array_equal(spoken(daemon, ring=False), whole)
    with daemon.client() as client:
        assert client.speak("On the device too.").wait().reason == "done"
    assert set(refused(daemon)) >= EFFECTS.keys() - MASKED - {"clone3"}
    text = daemon.svctl("status").stdout
    assert len([line for line in text.splitlines() if f"pidfd_open ({why})" in line]) == 1
    assert daemon.stop() == 0, daemon.log


@pytest.mark.parametrize("call", NEEDED)
@pytest.mark.parametrize("why", FIRST)
def test_a_missing_needed_call_is_reported_in_one_line(start: Start, call: str, why: str) -> None:
    daemon = start(*rules(call, why))
    assert daemon.process.wait(60) == 1
    assert daemon.log.count("\n") == 1
    assert daemon.log.startswith(f"svd: the kernel refuses {call} ({why})")


@pytest.mark.parametrize("call", quick(2, ["pidfd_open", "clone3", "prctl(PR_SET_CHILD_SUBREAPER)", "memfd_create"]))
def test_a_stage_is_replaced_without(start: Start, whole: NDArray[np.float32], call: str) -> None:
    daemon = start(*rules(call, "EPERM")).ready()
    pid = daemon.pids()["vocoder"]
    with daemon.client() as client:
        blocks = iter(client.stream(TEXT))
        heard = [next(blocks)]
        os.kill(pid, signal.SIGKILL)
        np.testing.assert_array_equal(np.concatenate([*heard, *blocks]), whole)
    assert eventually(lambda: daemon.pids()["vocoder"]) != pid
    assert daemon.stop() == 0, daemon.log


@pytest.mark.parametrize("call", quick(1, ["prctl(PR_SET_PDEATHSIG)", "prctl(PR_SET_CHILD_SUBREAPER)", "pidfd_open"]))
def test_stages_end_with_a_killed_daemon_without(start: Start, call: str) -> None:
    daemon = start(*rules(call, "EPERM")).ready()
    pids = daemon.pids().values()
    daemon.process.kill()
    daemon.process.wait()
    eventually(lambda: not any(alive(pid) for pid in pids))
    daemon.start().ready()  # removes the files of the killed daemon


def test_a_second_daemon_is_refused_without_flock(start: Start) -> None:
    daemon = start(*rules("flock", "ENOSYS")).ready()
    second = Daemon(daemon.env, daemon.args)
    second.command = daemon.command
    second.start()
    assert second.process.wait(60) == 1
    assert "another svd serves" in second.log
    assert len(spoken(daemon, ring=True))


def _forward(source: socket.socket, target: socket.socket) -> None:
    """Forward bytes, without the descriptors that come with them."""
    with contextlib.suppress(OSError):  # one end has hung up
        while data := source.recv(1 << 16):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def proxy(start: Start, tmp_path: Path) -> Iterator[Path]:
    """A socket that forwards two clients to the daemon, without descriptors."""
    daemon, path = start().ready(), tmp_path / "proxy.sock"
    with socket.socket(socket.AF_UNIX) as listening, contextlib.ExitStack() as ends:
        listening.bind(str(path))
        listening.listen()

        def serve() -> None:
            for _ in range(2):
                client, ours = (
                    ends.enter_context(listening.accept()[0]),
                    ends.enter_context(socket.socket(socket.AF_UNIX)),
                )
                ours.connect(str(daemon.socket))
                for pair in ((client, ours), (ours, client)):
                    threads.append(threading.Thread(target=_forward, args=pair))
                    threads[-1].start()

        threads = [threading.Thread(target=serve)]
        threads[0].start()
        yield path
        for thread in threads:
            thread.join(60)


def test_a_proxy_that_passes_no_descriptors_on_is_reported(proxy: Path, whole: NDArray[np.float32]) -> None:
    with Client(proxy) as client:
        stream = client.stream(TEXT)
        with pytest.raises(SteadyvoiceError, match=r"passes no descriptors on \(ask with inline=True\)"):
            list(stream)
    with Client(proxy) as client:
        np.testing.assert_array_equal(np.concatenate(list(client.stream(TEXT, inline=True))), whole)
