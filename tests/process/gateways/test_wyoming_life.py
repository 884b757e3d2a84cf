"""Life of the Wyoming gateway: without a daemon, killed, refused at its start, announced."""

import asyncio
import re
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from support.daemon import Daemon, alive, eventually, idle, user_env
from support.gateway import refusal, running, started
from support.svctl import LIGHT, WORD
from support.wyoming_client import Heard, Synthesize, connected

CONFIGURATION = LIGHT
HOUR = "0/0/6000 " * 60


def say(uri: str, text: str) -> Heard:
    async def main() -> Heard:
        async with connected(uri) as client:
            return await client.say(text)

    return asyncio.run(main())


def voices(uri: str) -> list[str]:
    async def main() -> list[str]:
        async with connected(uri) as client:
            return [voice.name for voice in (await client.info()).tts[0].voices]

    return asyncio.run(main())


def test_a_daemon_that_comes_and_goes(tmp_path: Path) -> None:
    home = tmp_path / "user"
    daemon = Daemon(user_env(home, tmp_path / "cache"), ["--config", str(tmp_path / "config.toml")])
    (tmp_path / "config.toml").write_text(LIGHT)
    uri = f"unix://{home / 'socket'}"
    with running("wyoming", daemon, "--listen", f"unix:{home / 'socket'}"):
        assert voices(uri) == ["default"]
        refused = say(uri, WORD)
        assert [error["code"] for error in refused.errors] == ["daemon_unreachable"]
        assert refused.ends == "closed"
        for _ in range(2):
            before = voices(uri)
            daemon.start()
            assert voices(uri) in (before, ["paced"])  # at once, also while it starts
            eventually(lambda: say(uri, WORD).ends == "audio-stop")
            assert voices(uri) == ["paced"]
            assert len(say(uri, WORD).audio) == 2400
            stages = daemon.pids().values()
            daemon.process.kill()
            daemon.process.wait(10)
            assert voices(uri) == ["paced"]  # as last seen
            eventually(lambda stages=stages: not any(map(alive, stages)))  # type: ignore[misc]
    with running("wyoming", daemon, "--listen", f"unix:{home / 'socket'}"):
        assert voices(uri) == ["paced"]  # by the gateway before


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_gateway_that_ends_while_it_speaks(daemon: Daemon, tmp_path: Path, number: signal.Signals) -> None:
    """Its utterances are cancelled, its address is free, and its client's connection ends."""
    args = ("--listen", "127.0.0.1:0", "--listen", f"unix:{tmp_path / 'socket'}")
    with started("wyoming", daemon.env, *args) as gateway:
        port = gateway.ready().port

        async def main() -> None:
            async with connected(f"tcp://127.0.0.1:{port}") as client:
                await client.send(Synthesize(text=HOUR))
                await client.heard("audio-chunk")
                gateway.process.send_signal(number)
                assert (await client.heard("audio-stop")).ends == "closed"

        asyncio.run(main())
        assert gateway.process.wait(10) == (0 if number == signal.SIGTERM else -number)
    eventually(lambda: idle(daemon.status()))
    assert (tmp_path / "socket").exists() is (number == signal.SIGKILL)
    again = ("--listen", f"127.0.0.1:{port}", "--listen", f"unix:{tmp_path / 'socket'}")
    with running("wyoming", daemon, *again):
        assert say(f"unix://{tmp_path / 'socket'}", WORD).ends == "audio-stop"
    assert not (tmp_path / "socket").exists()


@pytest.mark.parametrize(
    ("listen", "configuration", "line"),
    [
        ("0.0.0.0:0", "", r"other machines can connect to 0\.0\.0\.0:\d+, and Wyoming has no passwords: name those .*"),
        ("localhost:0", 'clients = ["kitchen"]', r"\[gateways.wyoming\] clients: 'kitchen' is no address .*"),
        ("localhost:0", "zeroconf = true", r"\[gateways.wyoming\] zeroconf: no other machine can connect; listen .*"),
        ("kitchen:10200", "", r"'kitchen:10200' is no address; .*"),
    ],
)
def test_refused_at_the_start(daemon: Daemon, listen: str, configuration: str, line: str) -> None:
    configuration = f"[gateways.wyoming]\n{configuration}\n"
    said = refusal("wyoming", daemon.env, "--listen", listen, configuration=configuration)
    assert re.fullmatch(rf"(svgate wyoming: serving at .*\n)?svgate wyoming: {line}\n", said), said


def own_address() -> str:
    """This machine's on its network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])


@pytest.mark.parametrize("allowed", [True, False])
def test_only_the_named_machines_may_connect(daemon: Daemon, allowed: bool) -> None:
    address = own_address()
    clients = [address] if allowed else ["198.51.100.7"]
    configuration = f"[gateways.wyoming]\n{clients = }\n"
    with running("wyoming", daemon, "--listen", "0.0.0.0:0", configuration=configuration) as gateway:
        assert say(f"tcp://127.0.0.1:{gateway.port}", WORD).ends == "audio-stop"
        said = say(f"tcp://{address}:{gateway.port}", WORD)
        assert said.ends == ("audio-stop" if allowed else "closed")
        assert said.types == [] or allowed
    assert (f"refused a connection from {address}" in gateway.log) is not allowed


def test_home_assistant_finds_the_gateway(daemon: Daemon) -> None:
    """By zeroconf, until the gateway ends."""
    from zeroconf import ServiceBrowser, ServiceListener, Zeroconf

    class Listener(ServiceListener):
        found: dict[str, tuple[list[str], int | None]] = {}  # noqa: RUF012

        def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
            if (info := zc.get_service_info(type_, name)) is not None:
                self.found[name] = (info.parsed_addresses(), info.port)

        update_service = add_service

        def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
            self.found.pop(name, None)

    address = own_address()
    configuration = f'[gateways.wyoming]\nclients = ["{address}"]\nzeroconf = true\n'
    zeroconf, listener = Zeroconf(), Listener()
    ServiceBrowser(zeroconf, "_wyoming._tcp.local.", listener)
    look: Callable[[int], list[str]] = lambda port: [  # noqa: E731
        name for name, at in listener.found.items() if at == ([address], port)
    ]
    try:
        with running("wyoming", daemon, "--listen", "0.0.0.0:0", configuration=configuration) as gateway:
            (name,) = eventually(lambda: look(gateway.port))
            assert name.startswith("steadyvoice on ")
        eventually(lambda: not look(gateway.port))
    finally:
        zeroconf.close()


def test_without_the_package_one_line_says_what_to_install(daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "wyoming.py").write_text("raise ModuleNotFoundError('no module', name='wyoming')\n")
    path = f"{tmp_path}:{daemon.env.get('PYTHONPATH', '')}".rstrip(":")
    said = refusal("wyoming", daemon.env | {"PYTHONPATH": path}, "--listen", "localhost:0")
    assert re.fullmatch(
        r"svgate wyoming: the Python package 'wyoming' is missing; install it: .*\[wyoming\].*\n", said
    ), said


def test_idle(daemon: Daemon, tmp_path: Path) -> None:
    """At most 40 MB, and no wake-ups between requests."""
    with running("wyoming", daemon, "--listen", f"unix:{tmp_path / 'socket'}") as gateway:
        say(f"unix://{tmp_path / 'socket'}", WORD)
        seen = [gateway.switches()]

        def at_rest() -> bool:
            seen.append(gateway.switches())
            return len(seen) > 100 and seen[-1] == seen[-100]

        eventually(at_rest)
        assert gateway.rss_bytes() < 40 << 20
