"""The protocol of speech-dispatcher's modules: commands from bytes, replies and events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steadyvoice.gateways.speechd import protocol
from steadyvoice.gateways.speechd.protocol import Closed, Command, Line, Opened, Reader, index_mark, voice_list


def commands(reader: Reader) -> list[Command]:
    found = []
    while (command := reader.next()) is not None:
        found.append(command)
    return found


def read(data: bytes) -> list[Command]:
    reader = Reader()
    reader.feed(data)
    return commands(reader)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"INIT\n", [Line(["INIT"])]),
        (b"LIST VOICES en  male1\nSTOP\n", [Line(["LIST", "VOICES", "en", "male1"]), Line(["STOP"])]),
        (b"DEBUG ON /tmp/a \n", [Line(["DEBUG", "ON", "/tmp/a"])]),
        (b"SPEAK\nHello\n.\n", [Opened("SPEAK"), Closed("SPEAK", ["Hello"])]),
        (b"SPEAK\n.. and\n...\n\n.\n", [Opened("SPEAK"), Closed("SPEAK", [". and", "..", ""])]),
        (b"SPEAK\nSTOP\n.\nSTOP\n", [Opened("SPEAK"), Closed("SPEAK", ["STOP"]), Line(["STOP"])]),
        (b"SET\nrate=3\n.\n", [Opened("SET"), Closed("SET", ["rate=3"])]),
        (b"KEY\n.\n", [Opened("KEY"), Closed("KEY", [])]),
        (b"CHAR\n\xff\xc3\xa9\n.\n", [Opened("CHAR"), Closed("CHAR", ["\ufffdé"])]),
        (b"SPEAK\nnot yet", [Opened("SPEAK")]),
        (b"\n", [Line([])]),
        (b"speak\n", [Line(["speak"])]),
        (b"SPEAK now\n", [Line(["SPEAK", "now"])]),
    ],
)
def test_commands_are_read(data: bytes, expected: list[Command]) -> None:
    assert read(data) == expected


@given(
    st.lists(st.sampled_from([b"SPEAK\n", b"SET\n", b".\n", b"..x\n", b"STOP\n", b"a=b\n", b"\xff", b"\n"])), st.data()
)
def test_commands_may_arrive_in_any_pieces(parts: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(parts)
    reader, found, at = Reader(), [], 0
    while at < len(whole):
        size = data.draw(st.integers(1, 5))
        reader.feed(whole[at : at + size])
        found += commands(reader)
        at += size
    assert found == read(whole)


def test_data_beyond_the_limit_is_dropped_and_its_end_is_found() -> None:
    reader = Reader()
    reader.feed(b"SPEAK\nbegin\n")
    for _ in range(40):
        reader.feed(b"x" * (protocol.DATA_BYTES // 8))
        assert commands(reader) in ([], [Opened("SPEAK")])
    reader.feed(b"\n.\nSTOP\n")
    closed, stop = commands(reader)
    assert isinstance(closed, Closed)
    assert closed.too_long
    assert len("".join(closed.lines)) <= protocol.DATA_BYTES
    assert stop == Line(["STOP"])
    reader.feed(b"SPEAK\nshort\n.\n")
    assert commands(reader) == [Opened("SPEAK"), Closed("SPEAK", ["short"])]


def test_a_line_without_end_is_not_kept() -> None:
    reader = Reader()
    for _ in range(40):
        reader.feed(b"x" * (protocol.DATA_BYTES // 8))
        assert reader.next() is None
    assert len(reader._buffer) <= protocol.DATA_BYTES
    reader.feed(b"\nSTOP\n")
    assert commands(reader)[-1] == Line(["STOP"])


def test_no_event_may_be_sent_while_data_is_received() -> None:
    reader = Reader()
    assert not reader.in_data
    reader.feed(b"SET\nrate=1\n")
    commands(reader)
    assert reader.in_data
    reader.feed(b".\n")
    commands(reader)
    assert not reader.in_data


def test_a_mark_is_one_line() -> None:
    assert index_mark("0:6") == b"700-0:6\n700 INDEX MARK\n"
    assert index_mark("a\nb\u2028c") == b"700-a b c\n700 INDEX MARK\n"


VOICES = [("heart", "en-US"), ("emma", "en-GB"), ("thorsten", "de")]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], ["heart", "emma", "thorsten"]),
        (["en"], ["heart", "emma"]),
        (["en-us"], ["heart"]),
        (["EN-GB", "none"], ["emma"]),
        (["de"], ["thorsten"]),
        (["en", "female"], []),
        (["fr"], []),
    ],
)
def test_voices_are_listed_by_language(words: list[str], names: list[str]) -> None:
    *listed, last = voice_list(VOICES, words).split("\n")
    assert last == ("200 OK VOICE LIST SENT" if names else "304 CANT LIST VOICES")
    assert [line.split("\t")[0].removeprefix("200-") for line in listed] == names
    assert all(len(line.split("\t")) == 3 for line in listed)


@given(st.binary().map(lambda data: data[: len(data) // 2 * 2]))
def test_samples_are_escaped_and_can_be_read_back(samples: bytes) -> None:
    event = protocol.audio_events(samples, 24000)
    head, _, rest = event.partition(b"705-AUDIO\0")
    data, newline, end = rest.partition(b"\n")
    assert (newline, end) == (b"\n", b"705 AUDIO\n")
    assert b"705-sample_rate=24000\n705-num_samples=%d\n" % (len(samples) // 2) in head
    decoded, at = bytearray(), 0
    while at < len(data):
        if data[at] == 0x7D:
            at += 1
            decoded.append(data[at] ^ 0x20)
        else:
            decoded.append(data[at])
        at += 1
    assert bytes(decoded) == samples
