"""Every message and every code of docs/protocol.md is reached on a real daemon, which says nothing else."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from support.daemon import Daemon, eventually, user_env
from support.wild import Message, Wild

from steadyvoice.client.errors import RequestRefused
from steadyvoice.ipc import wire
from steadyvoice.ipc.daemon_status import DaemonStatus
from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.messages import Event

BROKEN = "half-of-it"
"""A converter of which a file is missing."""
LONG = "One two three four five six seven. " * 20
LIMITS = "text_chars = 2000\nutterances = 3\nclients = 2\n"
CONFIG = 'engines = {}\naudio.device = "{}"\n[limits]\n' + LIMITS


@pytest.fixture
def user(tmp_path: Path, cache: Path) -> dict[str, str]:
    return user_env(tmp_path, cache)


def started(user: dict[str, str], device: str, *engines: str) -> Daemon:
    broken = Path(user["HOME"]) / ".local/share/steadyvoice/converters" / BROKEN
    broken.mkdir(parents=True, exist_ok=True)
    (broken / "model.pth").touch()
    file = Path(user["HOME"]) / "config.toml"
    file.write_text(CONFIG.format(list(engines or ("hibari", "paced")), device))
    daemon = Daemon(user, ["--config", str(file)]).start()
    return daemon if engines else daemon.ready()


@pytest.fixture
def daemon(user: dict[str, str]) -> Iterator[Daemon]:
    daemon = started(user, "null")
    yield daemon
    assert daemon.stop() == 0, daemon.log


def code(said: Message) -> Code:
    assert said["type"] == "error"
    assert msgspec.json.decode(json.dumps(said).encode(), type=dict)["message"]
    found: Code = said["code"]
    return found


def finish(wild: Wild, number: int) -> Message:
    wild.until(lambda _: number in wild.ids("finished"))
    return next(event for event in wild.events if event["type"] == "finished" and event["id"] == number)


def a_session(daemon: Daemon) -> tuple[list[Message], set[Code]]:
    """One of each request; the events that came, and the codes of requests that were refused."""
    with Wild(daemon.socket, json=True) as wild:
        wild.ask(type="hello")
        wild.ask(type="subscribe")
        voices = wild.ask(type="voices")["voices"]
        wild.ask(type="converters")
        wild.ask(type="status")
        inline = wild.ask(type="speak", text="Hello there.", sink="pcm")["id"]
        assert finish(wild, inline)["reason"] == "done"
        device = wild.ask(type="speak", open=True, priority="text")["id"]
        wild.say(wild.packed(type="append", id=device, text=LONG) + wild.packed(type="finish", id=device))
        wild.until(lambda _: device in wild.ids("mark"))
        wild.ask(type="pause")
        wild.ask(type="resume")
        wild.ask(type="skip", to="sentence")
        wild.ask(type="cancel", ids=[device])
        refused = {
            code(wild.ask(type="speak", text="Hello.", inline=True)),
            code(wild.ask(type="speak", text="...")),
            code(wild.ask(type="speak", text="x" * 2001)),
            code(wild.ask(type="speak", text="Hello.", voice="nobody")),
            code(wild.ask(type="speak", text="Hello.", rate=9.0)),
            code(wild.ask(type="speak", text="Hello.", volume=9.0)),
            code(wild.ask(type="speak", text="Hello.", pitch=99.0)),
            code(wild.ask(type="speak", text="Hello.", formant=99.0)),
            code(wild.ask(type="speak", text="Hello.", converter="nobody")),
            code(wild.ask(type="speak", text="Hello.", converter=BROKEN)),
            code(wild.ask(type="speak", text="Hello.", sink="pcm", sample_rate=1)),
            code(wild.ask(type="append", id=999, text="Hello.")),
            code(wild.ask(type="skip")),
        }
        refused |= {code(wild.ask(type="speak", text="Hello.", voice=v["name"])) for v in voices if not v["installed"]}
        for _ in range(3):
            wild.ask(type="speak", text=LONG)
        refused.add(code(wild.ask(type="speak", text=LONG)))
        wild.ask(type="cancel")
        unsupported_text = finish(wild, wild.ask(type="speak", text="漢字", sink="pcm")["id"])
        with Wild(daemon.socket) as second, Wild(daemon.socket) as third:
            second.ask(type="status")
            third.until(lambda _: third.over)
            turned_away = third.events
        events = wild.events + turned_away
    return events, refused | {unsupported_text["code"]} | {code(event) for event in turned_away}


def has_a_ring(daemon: Daemon) -> bool:
    with daemon.client() as client, suppress(RequestRefused):  # clients that have disconnected may still be counted
        return client.stream("Hello there.").sample_rate > 0
    return False


def test_the_status_has_every_key_and_no_other(daemon: Daemon) -> None:
    status = daemon.status()
    assert msgspec.convert(status, DaemonStatus) == status


def test_every_message_and_every_code_and_nothing_else(daemon: Daemon, user: dict[str, str]) -> None:
    events, codes = a_session(daemon)
    eventually(lambda: has_a_ring(daemon))  # which a JSON connection cannot have
    assert daemon.stop() == 0
    mute = started(user, "null", "nothing")
    eventually(mute.socket.exists)
    with Wild(mute.socket, json=True) as wild:
        codes.add(code(wild.ask(type="speak", text="Hello.")))
    assert mute.stop() == 0
    silent = started(user, "no such device")
    with Wild(silent.socket, json=True) as wild:
        codes.add(finish(wild, wild.ask(type="speak", text="Hello.")["id"])["code"])
    assert silent.stop() == 0
    assert codes == set(get_args(Code))
    assert {event["type"] for event in events} == {kind.__struct_config__.tag for kind in get_args(Event)}
    for event in events:
        decoded = wire.decode_event(msgspec.msgpack.encode(event | ({"data": b""} if "data" in event else {})))
        known = {field.name for field in msgspec.structs.fields(type(decoded))}
        assert set(event) <= {"type", *known}, event
    daemon.start().ready()
    eventually(lambda: daemon.status()["utterances"]["active"] == 0)
