"""A real daemon sends every event and every error code of docs/protocol.md, and no others."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from support.daemon import Daemon, eventually, user_env
from support.unvalidated_client import Message, UnvalidatedClient

from steadyvoice.client.errors import RequestRefused
from steadyvoice.ipc import wire
from steadyvoice.ipc.daemon_status import DaemonStatus
from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.messages import Event

BROKEN = "half-of-it"
"""A converter that lacks a file."""
LONG = "One two three four five six seven. " * 20
LIMITS = "text_chars = 2000\nutterances = 3\nclients = 2\n"
CONFIG = 'engines = {}\naudio.device = "{}"\n{}\n[limits]\n' + LIMITS
OF_A_MICROPHONE = {"speech_started", "speech_ended"}
"""Events that need one: tests/process/test_listening.py."""
IN_A_FILE = {"profiled"}
"""Events with a descriptor, from a stage with torch: tests/process/test_lines.py."""
FULL = 'models.pinned = ["paced"]\nmodels.resident_cap = 2\n'
"""There is no room for a third model."""


@pytest.fixture
def user(tmp_path: Path, cache: Path) -> dict[str, str]:
    return user_env(tmp_path, cache)


def started(user: dict[str, str], device: str, *engines: str, models: str = "") -> Daemon:
    broken = Path(user["HOME"]) / ".local/share/steadyvoice/converters" / BROKEN
    broken.mkdir(parents=True, exist_ok=True)
    (broken / "model.pth").touch()
    file = Path(user["HOME"]) / "config.toml"
    own = f'live.plugins = ["{user["HOME"]}/raises.py"]\n{models}'
    file.write_text(CONFIG.format(list(engines or ("hibari", "paced")), device, own))
    daemon = Daemon(user, ["--config", str(file)]).start()
    return daemon if engines else daemon.ready()


@pytest.fixture
def daemon(user: dict[str, str]) -> Iterator[Daemon]:
    daemon = started(user, "null", models=FULL)
    yield daemon
    assert daemon.stop() == 0, daemon.log


def code(said: Message) -> Code:
    assert said["type"] == "error"
    assert msgspec.json.decode(json.dumps(said).encode(), type=dict)["message"]
    found: Code = said["code"]
    return found


def finish(peer: UnvalidatedClient, number: int) -> Message:
    peer.until(lambda _: number in peer.ids("finished"))
    return next(event for event in peer.events if event["type"] == "finished" and event["id"] == number)


def session(daemon: Daemon) -> tuple[list[Message], set[Code]]:
    """Send each kind of request; return the received events, and the error codes of refused requests."""
    with UnvalidatedClient(daemon.socket, json=True) as peer:
        peer.ask(type="hello")
        peer.ask(type="subscribe")
        voices = peer.ask(type="voices")["voices"]
        peer.ask(type="converters")
        peer.ask(type="status")
        peer.ask(type="trace", seconds=60)
        peer.ask(type="metrics")
        peer.ask(type="models")
        peer.ask(type="load", model="paced")
        peer.ask(type="hold", stage="generator paced", seconds=1)
        peer.ask(type="read", text="shift_a", say="key")
        inline = peer.ask(type="speak", text="Hello there.", sink="pcm")["id"]
        assert finish(peer, inline)["reason"] == "done"
        device = peer.ask(type="speak", open=True, priority="text")["id"]
        peer.send(peer.packed(type="append", id=device, text=LONG) + peer.packed(type="finish", id=device))
        peer.until(lambda _: device in peer.ids("mark"))
        peer.ask(type="pause")
        peer.ask(type="resume")
        peer.ask(type="skip", to="sentence")
        peer.ask(type="cancel", ids=[device])
        refused = {
            code(peer.ask(type="speak", text="Hello.", inline=True)),
            code(peer.ask(type="speak", text="...")),
            code(peer.ask(type="speak", text="x" * 2001)),
            code(peer.ask(type="speak", text="Hello.", voice="nobody")),
            code(peer.ask(type="speak", text="Hello.", rate=9.0)),
            code(peer.ask(type="speak", text="Hello.", volume=9.0)),
            code(peer.ask(type="speak", text="Hello.", pitch=99.0)),
            code(peer.ask(type="speak", text="Hello.", formant=99.0)),
            code(peer.ask(type="speak", text="Hello.", converter="nobody")),
            code(peer.ask(type="speak", text="Hello.", converter=BROKEN)),
            code(peer.ask(type="speak", text="Hello.", sink="pcm", sample_rate=1)),
            code(peer.ask(type="append", id=999, text="Hello.")),
            code(peer.ask(type="skip")),
            code(peer.ask(type="load", model="rvc")),
            code(peer.ask(type="load", model="nothing")),
            code(peer.ask(type="unload", model="paced")),
            code(peer.ask(type="hold", stage="nothing")),
        }
        refused |= {code(peer.ask(type="speak", text="Hello.", voice=v["name"])) for v in voices if not v["installed"]}
        refused |= live(peer, Path(daemon.env["HOME"]))
        for _ in range(3):
            peer.ask(type="speak", text=LONG)
        refused.add(code(peer.ask(type="speak", text=LONG)))
        peer.ask(type="cancel")
        unsupported_text = finish(peer, peer.ask(type="speak", text="\u02c0", sink="pcm")["id"])
        with UnvalidatedClient(daemon.socket) as second, UnvalidatedClient(daemon.socket) as third:
            refused.add(code(second.ask(type="profile", stage="output")))
            third.until(lambda _: third.closed)
            refused_connection = third.events
        events = peer.events + refused_connection
    return events, refused | {unsupported_text["code"]} | {code(event) for event in refused_connection}


def live(peer: UnvalidatedClient, home: Path) -> set[Code]:
    """A live session; the error codes of requests that are refused."""
    (home / "raises.py").write_text("class Plugin:\n    def process(self, block): raise ValueError\n")
    refused = {
        code(peer.ask(type="live", source="tone:none")),
        code(peer.ask(type="live", source="silence", through="nothing")),
        code(peer.ask(type="live", source="silence", through="gain:db=999")),
        code(peer.ask(type="live", source="silence", through=f"{home}/other.py")),
        code(peer.ask(type="live", source="silence", through=f"{home}/raises.py")),
    }
    number = peer.ask(type="live", source="silence")["id"]
    refused.add(code(peer.ask(type="live", source="tone")))
    peer.ask(type="change", id=number, through="gain")
    peer.ask(type="cancel", ids=[number])
    return refused


def has_a_ring(daemon: Daemon) -> bool:
    with daemon.client() as client, suppress(RequestRefused):  # clients that have disconnected may still be counted
        return client.stream("Hello there.").sample_rate > 0
    return False


def test_the_status_has_every_key_and_no_other(daemon: Daemon) -> None:
    status = daemon.status()
    assert msgspec.convert(status, DaemonStatus) == status


def test_every_event_and_error_code_occurs_and_no_other(daemon: Daemon, user: dict[str, str]) -> None:
    events, codes = session(daemon)
    eventually(lambda: has_a_ring(daemon))  # which a JSON connection cannot have
    assert daemon.stop() == 0
    mute = started(user, "null", "nothing")
    eventually(mute.socket.exists)
    with UnvalidatedClient(mute.socket, json=True) as peer:
        codes.add(code(peer.ask(type="speak", text="Hello.")))
    assert mute.stop() == 0
    silent = started(user, "no such device")
    with UnvalidatedClient(silent.socket, json=True) as peer:
        codes.add(finish(peer, peer.ask(type="speak", text="Hello.")["id"])["code"])
        finish(peer, peer.ask(type="speak", text="1/1/1", voice="paced", sink="pcm")["id"])
        events += peer.events
    assert silent.stop() == 0
    assert codes == set(get_args(Code))
    kinds = {kind.__struct_config__.tag for kind in get_args(Event)}
    assert {event["type"] for event in events} == kinds - OF_A_MICROPHONE - IN_A_FILE
    for event in events:
        decoded = wire.decode_event(msgspec.msgpack.encode(event | ({"data": b""} if "data" in event else {})))
        known = {field.name for field in msgspec.structs.fields(type(decoded))}
        assert set(event) <= {"type", *known}, event
    daemon.start().ready()
    eventually(lambda: daemon.status()["utterances"]["active"] == 0)
