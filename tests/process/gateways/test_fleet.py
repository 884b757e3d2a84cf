"""ops/haproxy.cfg with the commands of docs/fleet.md: two daemons, each with its gateway, behind a real HAProxy."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.daemon import BIN, eventually, idle, user_env
from support.gateway import real_client
from support.haproxy import DOCUMENT, LONG_BYTES, LONG_TEXT, SHORT, SPEECH, UP, Fleet, configuration, started
from support.http import Http
from support.prometheus import free_port
from support.streaming import connected, run
from support.svctl import LIGHT, WORD

pytestmark = pytest.mark.long

STREAMS = 6
CONFIGURATION = f"{LIGHT}[limits]\nstreams = {STREAMS}\n"
DRAIN = 'echo "set server gateways/one state drain" | sudo socat stdio /run/haproxy/admin.sock'
READY = 'echo "set server gateways/one state ready" | sudo socat stdio /run/haproxy/admin.sock'


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Fleet]:
    with started(tmp_path_factory.mktemp, cache, CONFIGURATION) as fleet:
        yield fleet
        eventually(lambda: fleet.balancer.states() == UP)


@pytest.fixture(autouse=True)
def _all_is_as_before(fleet: Fleet) -> Iterator[None]:
    yield
    eventually(lambda: all(idle(daemon.status()) for daemon in fleet.daemons.values()))
    eventually(lambda: fleet.balancer.states() == UP)


def test_streams_go_to_the_daemon_with_the_fewest(fleet: Fleet) -> None:
    with fleet.stalled(4):
        assert fleet.count("active") == {"one": 2, "two": 2}


def test_a_conversation_stays_with_the_daemon_on_which_it_began(fleet: Fleet) -> None:
    async def main() -> None:
        path, began = "/tts/websocket", fleet.count("finished")
        async with connected(fleet.balancer.port, path) as ann, connected(fleet.balancer.port, path) as bob:
            for turn in range(3):
                for part, agent in enumerate((ann, bob, ann)):
                    voice = {"mode": "id", "id": "paced"}
                    await agent.send(voice=voice, context_id=f"{turn}-{part}", transcript=WORD)
                    await agent.until(lambda message: message["type"] == "done")
        assert sorted(count - began[name] for name, count in fleet.count("finished").items()) == [3, 6]

    run(main())


def test_a_killed_daemon_is_taken_out_of_service_and_put_back(fleet: Fleet) -> None:
    """Its streams are cut, as a client must see. Every request after it is answered, by the other daemon."""
    one = fleet.daemons["one"]
    with fleet.stalled(2) as streams:
        one.process.kill()
        one.process.wait(10)
        for _ in range(5):
            with Http(fleet.balancer.port) as http:
                answer = http.ask("POST", SPEECH, SHORT)
                assert (answer.status, answer.complete) == (200, True), answer
        eventually(lambda: fleet.balancer.states() == {"one": "DOWN", "two": "UP"})
        answers = [stream.answer() for stream in streams]
        assert sorted((each.complete, len(each.body) == LONG_BYTES) for each in answers) == [
            (False, False),
            (True, True),
        ]
    one.start().ready()
    eventually(lambda: fleet.balancer.states() == UP)
    with fleet.stalled(2):
        assert fleet.count("active") == {"one": 1, "two": 1}


def test_a_daemon_that_is_stopped_is_taken_out_of_service(fleet: Fleet) -> None:
    one = fleet.daemons["one"]
    one.process.send_signal(signal.SIGSTOP)
    try:
        eventually(lambda: fleet.balancer.states() == {"one": "DOWN", "two": "UP"})
        with Http(fleet.balancer.port) as http:
            assert http.ask("POST", SPEECH, SHORT).complete
    finally:
        one.process.send_signal(signal.SIGCONT)


def test_a_daemon_that_drains_ends_its_streams_and_gets_no_other(fleet: Fleet) -> None:
    with fleet.stalled(2) as streams:
        fleet.balancer.does(DRAIN)
        assert fleet.balancer.states() == {"one": "DRAIN", "two": "UP"}
        assert fleet.speak(3) == {"one": 0, "two": 3}
        answers = [stream.answer() for stream in streams]
        assert [(each.complete, len(each.body)) for each in answers] == [(True, LONG_BYTES)] * 2
        eventually(lambda: fleet.count("active") == {"one": 0, "two": 0})
    fleet.balancer.does(READY)
    eventually(lambda: fleet.balancer.states() == UP)
    assert set(fleet.speak(4).values()) == {2}


def test_a_daemon_without_a_free_stream_gets_no_request(fleet: Fleet) -> None:
    with fleet.daemons["one"].client() as client:
        streams = [client.stream(LONG_TEXT) for _ in range(STREAMS)]
        eventually(lambda: fleet.balancer.states() == {"one": "DOWN", "two": "UP"})
        assert fleet.speak(3) == {"one": 0, "two": 3}
        for stream in streams:
            stream.close()
    eventually(lambda: fleet.balancer.states() == UP)


def test_the_commands_of_the_document_work_as_printed(tmp_path: Path, cache: Path) -> None:
    real_client("load_balancer")
    section = DOCUMENT.read_text().split("\n### On one machine\n")[1].split("\n### ")[0]
    file, ports = tmp_path / "haproxy.cfg", [free_port() for _ in range(3)]
    file.write_text(configuration(ports[:2], ports[2], tmp_path / "admin.sock"))
    script = "".join(re.findall(r"^```sh\n(.*?)^```", section, re.M | re.S)).replace("sudo ", "")
    for printed, own in (("8880", ports[0]), ("8881", ports[1]), ("8870", ports[2]), ("ops/haproxy.cfg", file)):
        assert printed in script
        script = script.replace(printed, str(own))
    env = user_env(tmp_path / "home", cache)
    env["PATH"] = os.pathsep.join([str(BIN), env["PATH"], "/usr/sbin"])
    done = subprocess.run(
        ["bash", "-ec", f"{script}kill $(jobs -p); wait || true"],
        env=env, cwd=tmp_path, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "dinner.wav").read_bytes()[:4] == b"RIFF"
