"""Clients in other languages, made from docs/protocol.md alone: C with shared memory, a shell with JSON lines."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from support.daemon import Daemon, eventually

ROOT = Path(__file__).parents[2]
TEXT = "The keeper of the lighthouse, an old man, climbs the stairs every evening. He lights the lamp; ships pass. " * 3
TRY_IT = (ROOT / "docs" / "protocol.md").read_text().partition("\n## Try it\n")[2].partition("\n## ")[0]

CONFIGURATION = 'audio.device = "null"\n'


@pytest.fixture(scope="module")
def pcm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The C client, compiled."""
    made = tmp_path_factory.mktemp("foreign") / "pcm"
    subprocess.run(["tcc", "-Wall", "-Werror", "-o", made, ROOT / "tests" / "foreign" / "pcm.c"], check=True)
    return made


@pytest.mark.parametrize("text", ["Hello there.", "Grüße, Zoë — naïve café!", TEXT], ids=["short", "accents", "long"])
def test_c_and_python_clients_receive_the_same_samples(daemon: Daemon, pcm: Path, text: str) -> None:
    with daemon.client() as client:
        blocks = list(client.stream(text))
    done = subprocess.run([pcm, daemon.socket, text], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    np.testing.assert_array_equal(np.frombuffer(done.stdout, np.float32), np.concatenate(blocks))


def test_concurrent_c_readers(daemon: Daemon, pcm: Path) -> None:
    with daemon.client() as client:
        alone = np.concatenate(list(client.stream(TEXT))).tobytes()
    programs = [subprocess.Popen([pcm, daemon.socket, TEXT], stdout=subprocess.PIPE) for _ in range(8)]
    assert [program.communicate(timeout=60)[0] == alone for program in programs] == [True] * 8
    assert [program.returncode for program in programs] == [0] * 8


def test_c_client_reports_a_refusal(daemon: Daemon, pcm: Path) -> None:
    done = subprocess.run([pcm, daemon.socket, "?!"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "pcm: refused\n")


def shell(daemon: Daemon, script: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["bash", "-c", script], env=daemon.env, capture_output=True, text=True, timeout=60)


def scripts(*holding: str) -> list[str]:
    """The shell examples of docs/protocol.md that contain all these words."""
    found = re.findall(r"^```sh\n(.*?)^```$", TRY_IT, re.M | re.S)
    return [script for script in found if all(word in script for word in holding)]


def test_the_documented_one_liner_is_spoken_after_its_process_has_ended(daemon: Daemon) -> None:
    (script,) = scripts("socat", '"detach":true')
    before = daemon.status()["utterances"]["finished"]
    assert shell(daemon, script).returncode == 0
    eventually(lambda: daemon.status()["utterances"]["finished"] == before + 1)


def test_the_documented_script_reads_events_to_the_end(daemon: Daemon) -> None:
    (script,) = (script for script in scripts("coproc", "Hello there.") if "pcm" not in script)
    events = [json.loads(line) for line in shell(daemon, script).stdout.splitlines()]
    queued, started, finished = (event for event in events if event["type"] != "mark")
    assert (queued["type"], started["type"], finished["type"]) == ("queued", "started", "finished")
    assert queued["id"] == started["id"] == finished["id"]
    assert (finished["reason"], finished["heard_chars"]) == ("done", len("Hello there."))


def test_a_shell_script_with_two_utterances_and_a_status_request(daemon: Daemon) -> None:
    """A script that connects to the socket that svctl uses."""
    script = """
    coproc SV { socat - "UNIX-CONNECT:$XDG_RUNTIME_DIR/steadyvoice/control.sock"; }
    pid=$SV_PID
    printf '%s\\n' '{"type":"speak","ref":1,"text":"One."}' '{"type":"speak","ref":2,"text":"Two."}' >&"${SV[1]}"
    left=2
    while [ $left -gt 0 ] && read -r line <&"${SV[0]}"; do
        case $line in *'"type":"finished"'*'"reason":"done"'*) left=$((left - 1));; esac
    done
    echo '{"type":"status","ref":3}' >&"${SV[1]}"
    while read -r line <&"${SV[0]}"; do
        case $line in *'"type":"status"'*) echo "$line"; break;; esac
    done
    kill $pid
    """
    done = shell(daemon, script)
    assert json.loads(done.stdout)["status"]["ready"], done.stderr
