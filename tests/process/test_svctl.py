"""``svctl`` as users and scripts run it: imports, completion, messages, autostart."""

import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from support.daemon import Daemon, alive, eventually, user_env
from support.svctl import SVCTL, TALE, events

CONFIGURATION = 'audio.device = "null"\nlimits.clients = 4\n'


@pytest.mark.parametrize(("module", "command"), [("click", "doctor"), ("json", "voices")])
def test_ctrl_c_during_the_start(tmp_path: Path, module: str, command: str) -> None:
    """Ctrl-C interrupts the import of this module."""
    (tmp_path / f"{module}.py").write_text(
        "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(9)"
    )
    env = user_env(tmp_path / "user", tmp_path)
    env["PYTHONPATH"] = f"{tmp_path}:{env.get('PYTHONPATH', '')}"
    done = subprocess.run([SVCTL, command], env=env, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


FORBIDDEN = {
    "asyncio", "click", "dataclasses", "inspect", "logging", "msgspec", "numpy", "pathlib", "posix_ipc", "subprocess",
    "tempfile", "unicodedata", "uuid", "uvloop",
}  # fmt: skip


QUICK = {
    "steadyvoice", "steadyvoice.client", "steadyvoice.client.svctl", "steadyvoice.client.svctl.cli",
    "steadyvoice.client.svctl.grammar", "steadyvoice.ipc",
    "steadyvoice.ipc.control_socket",
}  # fmt: skip
PYTHON = {"_json", "_socket"}
"""Modules of Python that quick commands import, beyond those that Python itself imports at its start."""


def imported(options: list[str], replies: list[bytes], folder: Path) -> tuple[set[str], int]:
    """The modules that svctl imports, beyond those of ``python -c pass``; and its exit status.

    A fake daemon sends the replies, one a request, and then closes the connection.
    """
    path = folder / "socket"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        command: list[str | Path] = [sys.executable, "-X", "importtime", SVCTL, f"--socket={path}", *options]
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        with listener.accept()[0] as daemon:
            for reply in replies:
                assert json.loads(daemon.recv(1 << 16))["ref"]
                daemon.sendall(reply)
        _, log = process.communicate(timeout=60)
    done = subprocess.run([sys.executable, "-X", "importtime", "-c", "pass"], capture_output=True, text=True)
    names, bare = (set(re.findall(r"\| +(\S+)$", text, re.MULTILINE)) for text in (log, done.stderr))
    return names - bare, process.returncode


@pytest.mark.parametrize(
    ("options", "reply"),
    [
        (["stop"], b'{"type":"cancelled","ref":1,"heard":[]}\n'),
        (["pause"], b'{"type":"paused","ref":1,"paused":true}\n'),
        (["resume"], b'{"type":"paused","ref":1,"paused":false}\n'),
        (["skip"], b'{"type":"skipped","ref":1,"id":7,"heard_chars":3}\n'),
        (["speak", "--detach", "Hello."], b'{"type":"queued","ref":1,"id":7}\n'),
        (["speak", "-v", "heart", "Hello", "there."], b'{"type":"queued","ref":1,"id":7}\n{"type":"started","id":7,'
         b'"sample_rate":48000}\n{"type":"mark","id":7,"start":0}\n{"type":"finished","id":7,"reason":"done"}\n'),
    ],
)  # fmt: skip
def test_quick_commands_import_only_what_they_use(tmp_path: Path, options: list[str], reply: bytes) -> None:
    names, status = imported(options, [reply], tmp_path)
    assert status == 0
    assert names <= QUICK | PYTHON
    assert names >= QUICK


@pytest.mark.parametrize(
    "options", [["Hello."], ["-"], ["Hello.", "-o", "x.wav", "--voice=heart"], ["-f", "/etc/hostname"]]
)
def test_speak_never_imports_heavy_modules(tmp_path: Path, options: list[str]) -> None:
    status = b'{"type":"status","ref":1,"status":{}}\n'
    names, code = imported(["speak", *options], [b"" if options == ["Hello."] else status], tmp_path)
    assert code == 3, "the daemon has closed the connection"
    assert not names & FORBIDDEN


def complete(*words: str, **env: str) -> list[str]:
    """Bash's completions of the last word."""
    script = f"""eval "$('{SVCTL}' completion bash)"; compopt() {{ :; }}
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _svctl_completion '{SVCTL}'; printf '%s\\n' "${{COMPREPLY[@]}}" """
    done = subprocess.run(["bash", "-c", script, "-", *words], env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_bash_completes(daemon: Daemon, tmp_path: Path, cache: Path) -> None:
    assert complete("svctl", "pa", **daemon.env) == ["pause"]
    assert complete("svctl", "speak", "--vo", **daemon.env) == ["--voice", "--volume"]
    assert complete("svctl", "speak", "--priority", "t", **daemon.env) == ["text"]
    assert complete("svctl", "speak", "--voice", "he", **daemon.env) == ["heart"]
    assert complete("svctl", "speak", "--voice", "em", **daemon.env) == [], (
        "a voice that is not installed must not be offered"
    )
    elsewhere = user_env(tmp_path / "user", cache)
    assert complete("svctl", "speak", "--voice", "he", **elsewhere) == []
    assert list((tmp_path / "user" / "run").iterdir()) == [], "a daemon was started"
    there = ["--socket", str(daemon.socket)]
    assert complete("svctl", *there, "speak", "--voice", "he", **elsewhere) == ["heart"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_scripts_for_other_shells(daemon: Daemon, shell: str) -> None:
    done = daemon.svctl("completion", shell)
    assert done.returncode == 0
    assert f"_SVCTL_COMPLETE={shell}_complete" in done.stdout


def test_usage_errors_suggest_the_intended_option(daemon: Daemon) -> None:
    done = daemon.svctl("speak", "--volum", "1", "Hi.")
    assert done.returncode == 2
    assert "No such option" in done.stderr
    assert "--volume" in done.stderr


@pytest.mark.usefixtures("silent")
def test_pause_resume_skip_and_stop(daemon: Daemon) -> None:
    with daemon.client() as client:
        utterances = [client.speak(TALE * 3) for _ in range(3)]
        eventually(lambda: daemon.status()["utterances"]["active"] > 0)
        assert json.loads(daemon.svctl("pause", "--json").stdout) == {"paused": True}
        assert "paused" in daemon.svctl("status").stdout
        assert json.loads(daemon.svctl("resume", "--json").stdout) == {"paused": False}
        for plain in ("pause", "resume"):
            assert daemon.svctl(plain).returncode == 0
        skipped = json.loads(daemon.svctl("skip", "--sentence", "--json").stdout)
        assert skipped["id"] == utterances[0].id
        assert daemon.svctl("skip").returncode == 0
        assert utterances[0].wait().reason == "skipped"
        assert daemon.svctl("stop", str(utterances[2].id)).returncode == 0
        assert utterances[2].wait().reason == "cancelled"
        assert daemon.svctl("stop").returncode == 0
        assert utterances[1].wait().reason == "cancelled"
    done = daemon.svctl("skip")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.usefixtures("silent")
def test_an_important_utterance_preempts(daemon: Daemon) -> None:
    command: list[str | Path] = [SVCTL, "speak", "--priority", "text", "--json", TALE * 3]
    with subprocess.Popen(command, env=daemon.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as text:
        assert text.stdout is not None
        assert [json.loads(text.stdout.readline())["type"] for _ in range(2)] == ["queued", "started"]
        assert daemon.svctl("speak", "--priority=important", "Look out!").returncode == 0
        output, says = text.communicate()
    assert text.returncode == 1
    assert says == "svctl: pre-empted by another utterance\n"
    assert events(output)[-1]["reason"] == "replaced"


def test_a_wav_at_another_rate(daemon: Daemon, tmp_path: Path) -> None:
    done = daemon.svctl("speak", "Hello there.", "-o", tmp_path / "x.wav", "--sample-rate", "8000")
    assert (done.returncode, done.stderr) == (0, "")
    assert int.from_bytes((tmp_path / "x.wav").read_bytes()[24:28], "little") == 8000
    done = daemon.svctl("speak", "Hello there.", "-o", tmp_path / "y.wav", "--sample-rate", "1")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert os.listdir(tmp_path) == ["x.wav"]


def test_converters(daemon: Daemon) -> None:
    done = daemon.svctl("converters", "--json")
    assert done.returncode == 0
    (shift,) = json.loads(done.stdout)
    assert set(shift) == {"name", "licence", "latency_ms", "formants", "installed", "family"}
    assert daemon.svctl("converters").returncode == 0


def test_one_client_too_many(daemon: Daemon) -> None:
    clients = [daemon.client() for _ in range(4)]
    for client in clients:
        client.status()
    done = daemon.svctl("status")
    for client in clients:
        client.close()
    assert done.returncode == 1
    assert done.stderr == "svctl: there are 4 clients already\n"
    eventually(lambda: daemon.svctl("status").returncode == 0)


def test_concurrent_commands_start_one_daemon(tmp_path: Path, cache: Path) -> None:
    daemon = Daemon(user_env(tmp_path / "user", cache))
    command: list[str | Path] = [SVCTL, "speak", "I start by myself.", "-o", "/dev/null"]
    started = [subprocess.Popen(command, env=daemon.env, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    says = [process.communicate(timeout=100)[1] for process in started]
    pid = daemon.status()["pid"]
    os.kill(pid, signal.SIGTERM)
    assert [process.returncode for process in started] == [0] * 4
    output = f"svctl: started svd in the background (pid {pid}); it keeps running for the next call\n"
    assert sorted(says) == ["", "", "", output]
    assert "another svd" not in Path(f"{daemon.socket}.log").read_text()
    eventually(lambda: not alive(pid))


def test_a_daemon_started_by_hand_at_the_same_time(tmp_path: Path, cache: Path) -> None:
    """It has its lock but not yet its socket: the one that svctl starts ends silently."""
    daemon = Daemon(user_env(tmp_path / "user", cache))
    daemon.socket.parent.mkdir(mode=0o700)
    with open(f"{daemon.socket}.lock", "w") as lock, socket.socket(socket.AF_UNIX) as listener:
        fcntl.flock(lock, fcntl.LOCK_EX)
        svctl = subprocess.Popen([SVCTL, "speak", "Hi."], env=daemon.env, stderr=subprocess.PIPE, text=True)
        log = Path(f"{daemon.socket}.log")
        eventually(lambda: log.exists() and "another svd serves" in log.read_text())
        eventually(lambda: not Path(f"/proc/{svctl.pid}/task/{svctl.pid}/children").read_text())
        listener.bind(str(daemon.socket))
        listener.listen()
        with listener.accept()[0] as connection:
            assert json.loads(connection.recv(1 << 16))["type"] == "status"
            connection.sendall(b'{"type":"status","ref":1,"status":{}}\n')
            assert json.loads(connection.recv(1 << 16))["text"] == "Hi."
            connection.sendall(b'{"type":"queued","ref":2,"id":7}\n')
            connection.sendall(b'{"type":"finished","id":7,"reason":"done","heard_chars":3}\n')
            _, says = svctl.communicate(timeout=60)
    assert (svctl.returncode, says) == (0, "")
