"""docs/protocol.md against the code: every example is a message, every message and code has its place."""

import json
import os
import re
import string
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from steadyvoice.ipc import ring, shm, slot, wire
from steadyvoice.ipc.daemon_status import DaemonStatus
from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.messages import Event, Request, StatusReply
from steadyvoice.workers.text.english.characters_by_name import cluster_name

DOC = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text()
EXAMPLES = re.findall(r"^```json\n(.*?)\n```$", DOC, re.M | re.S)


def decode(example: str) -> Request | Event:
    """A request has no unknown field; what an event's decoder would skip, the comparison below finds."""
    data = example.encode()
    try:
        return wire.decode_request(data, json=True)
    except msgspec.ValidationError:
        event: Event = msgspec.json.decode(data, type=Event)
        return event


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_example_is_a_message_as_it_is_sent(example: str) -> None:
    assert "\n" not in example
    sent = wire.encode(decode(example), json=True)
    assert json.loads(sent) == json.loads(example)
    frames = wire.MessageReader(1 << 20)
    frames.feed(example.encode() + b"\n")
    assert frames.next() == example.encode()


def test_the_example_of_a_status_has_every_key_and_no_other() -> None:
    (reply,) = (message for message in map(decode, EXAMPLES) if isinstance(message, StatusReply))
    assert msgspec.convert(reply.status, DaemonStatus) == reply.status


def test_every_message_has_an_example() -> None:
    shown = {type(decode(example)) for example in EXAMPLES}
    assert shown == {*get_args(Request), *get_args(Event)}


def test_every_code_and_no_other_has_its_row() -> None:
    codes = DOC.partition("\n## Codes\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", codes, re.M) == list(get_args(Code))


def test_every_field_is_explained() -> None:
    for kind in (*get_args(Request), *get_args(Event)):
        for field in msgspec.structs.fields(kind):
            assert f"`{field.name}`" in DOC, f"{kind.__name__}.{field.name}"


def test_every_ascii_sign_has_its_documented_name() -> None:
    table = DOC.partition("\n| sign | name |")[2].partition("\n\n")[0]
    documented = {
        (written.replace("\\|", "|")): name for written, name in re.findall(r"`+ ?(\S+?) ?`+ \| ([a-z ]+) \|", table)
    }
    assert documented == {sign: cluster_name(sign) for sign in string.punctuation}


def test_the_ring_is_laid_out_as_documented() -> None:
    rows = dict(re.findall(r"^\| (\d+) \| (\w+)", DOC.partition("A slot is a header")[2], re.M))
    words = {"seq": slot.SEQ, "utterance": slot.UTTERANCE, "kind": slot.KIND}
    words |= {"count": slot.COUNT, "index": slot.INDEX, "bytes": slot.BYTES}
    assert rows == {str(8 * word): name for name, word in words.items()}
    assert f"{slot.PCM}: PCM; {slot.END}: END" in DOC
    assert f"a header of {slot.HEADER_BYTES} bytes" in DOC
    assert f"magic, `0x{ring.MAGIC:016X}`" in DOC
    assert f"version of the layout, {ring.VERSION} |" in DOC


def test_a_reader_made_from_the_document_reads_a_ring() -> None:
    """The offsets of the first table, in plain arithmetic."""
    made = ring.create("test", 4, 64)

    class Silent:
        def notify(self) -> None: ...

        def wait(self, timeout: float) -> bool:
            return False

    ring.Ring(made).fence_producer()
    producer = ring.Producer(made, Silent())
    for number in range(3):
        written = producer.reserve()
        assert written is not None
        written.words[slot.KIND] = slot.PCM
        written.words[slot.COUNT] = number
        written.payload[:4] = bytes([number] * 4)
        producer.publish()
    memory = shm.attach(made)
    words = memory.cast("Q")
    magic, version, slots, stride, ready = words[:5]
    assert (magic, version, slots, ready) == (0x535652494E470001, 2, 4, 1)
    generation = words[128 // 8]
    assert words[256 // 8 + generation % 16] == 3
    for tail in range(3):
        at = 1536 + (tail % slots) * stride
        assert words[at // 8] == tail + 1
        assert (words[(at + 32) // 8], words[(at + 48) // 8]) == (4, tail)
        assert memory[at + 256 : at + 260] == bytes([tail] * 4)
        words[392 // 8] = 100 * tail
        words[384 // 8] = tail + 1
    assert (producer.tail, producer.position) == (3, 200)
    os.close(made)
