"""Lexicon files as they change; what an utterance keeps of them, and what travels with it."""

import os
from pathlib import Path

import msgspec
import pytest

from steadyvoice.daemon.scheduling.text_queue import TextQueue
from steadyvoice.daemon.supervision.optional import Optionals
from steadyvoice.ipc import paths, slot
from steadyvoice.ipc.stage_protocol import LeftOut, Loading
from steadyvoice.ipc.utterance_spec import UtteranceLexicon, UtteranceSpec
from steadyvoice.workers import optional
from steadyvoice.workers.engines.hibari.ipa import unknown
from steadyvoice.workers.generation.lexicon_files import LexiconFiles
from steadyvoice.workers.generation.pronouncing import Pronouncing
from steadyvoice.workers.text.lexicon.index import find_matches
from steadyvoice.workers.text.lexicon.lexicon import Lexicon
from steadyvoice.workers.text.lexicon.tables import Table

SPEC = UtteranceSpec("hibari", "heart", 1.0, 1.0, "device", 24_000, 48_000)


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch) -> list[LeftOut]:
    sent: list[LeftOut] = []

    def send(message: Loading | LeftOut) -> None:
        if isinstance(message, LeftOut) and (message.reason or message.what in {each.what for each in sent}):
            sent.append(message)

    monkeypatch.setattr(optional, "_send", send)
    return sent


def said(lexicon: Lexicon, text: str, language: str = "en-US", voice: str = "heart") -> list[str]:
    return [each.pronunciation for each in find_matches(text, [lexicon.index(language, voice)])]


def test_files_are_read_as_they_change(tmp_path: Path, reports: list[LeftOut]) -> None:
    user, machine = tmp_path / "user.toml", tmp_path / "machine.toml"
    files = LexiconFiles([user, machine])
    assert said(files.current(), "x y") == []
    machine.write_text('x = "machine"\ny = "why"\n')
    assert said(files.current(), "x y") == ["machine", "why"]
    user.write_text('x = "user"\n')
    assert said(files.current(), "x y") == ["user", "why"]
    before = files.current()
    assert files.current() is before
    user.write_text('x = "used"\n')
    assert (said(before, "x"), said(files.current(), "x")) == (["user"], ["used"])
    os.replace(machine, user)
    assert said(files.current(), "x y") == ["machine", "why"]
    user.unlink()
    assert said(files.current(), "x y") == []
    assert reports == []


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b"x = ", "not TOML"),
        (b"\xff", "not UTF-8: byte 1 is 0xff"),
        (b"x = 3", "no text in quotation marks"),
        (b"#" * (1 << 20) + b"#", "larger than 1 MiB"),
    ],
)
def test_a_broken_file_is_reported_and_its_last_content_stays(
    tmp_path: Path, reports: list[LeftOut], broken: bytes, reason: str
) -> None:
    file = tmp_path / "lexicon.toml"
    files = LexiconFiles([file])
    file.write_text('x = "good"\n')
    assert said(files.current(), "x") == ["good"]
    file.write_bytes(broken)
    for _ in range(2):
        assert said(files.current(), "x") == ["good"]
    assert [each.what for each in reports] == [str(file)]
    assert reason in reports[0].reason
    file.write_text('x = "better"\n')
    assert said(files.current(), "x") == ["better"]
    assert reports[1:] == [LeftOut(str(file), "")]


def test_a_file_that_a_process_died_of_is_not_read_until_it_changes(tmp_path: Path, reports: list[LeftOut]) -> None:
    file = tmp_path / "lexicon.toml"
    file.write_text('x = "a"\n')
    optional.exclude([str(file)])
    files = LexiconFiles([file])
    assert said(files.current(), "x") == []
    file.write_text('x = "b"\n')
    assert said(files.current(), "x") == ["b"]


def test_an_utterance_keeps_its_lexicon(tmp_path: Path) -> None:
    file = tmp_path / "lexicon.toml"
    file.write_text('x = "a"\n')
    files = LexiconFiles([file])
    assert said(files.of(1), "x") == ["a"]
    file.write_text('x = "b"\n')
    assert (said(files.of(1), "x"), said(files.of(2), "x")) == (["a"], ["b"])
    for number in range(3, 400):
        files.of(number)
    assert len(files._of_utterances) == 256


def slots(queue: TextQueue) -> Pronouncing:
    pronouncing = Pronouncing(Lexicon([[Table("en", "", {"x": "file", "z": "zed"})]]))
    for kind, data in queue.slots:
        if kind == slot.LEXICON:
            assert 0 < len(data) <= 4096
            pronouncing.feed(data)
    return pronouncing


def test_entries_of_a_request_travel_in_slots_before_the_text() -> None:
    entries = {f"word{number}": "é" * 100 for number in range(999)} | {"x": "request"}
    queue = TextQueue(SPEC, entries)
    queue.add("Text.")
    queue.close()
    kinds = [kind for kind, _ in queue.slots]
    assert kinds == [slot.BEGIN, *[slot.LEXICON] * kinds.count(slot.LEXICON), slot.TEXT, slot.END]
    assert kinds.count(slot.LEXICON) > 1
    matches = slots(queue).next_segment("x y z", "en-US", "heart")
    assert [tuple(each) for each in matches] == [(0, 1, "request"), (4, 5, "zed")]


def test_without_a_lexicon_there_is_no_slot() -> None:
    assert [kind for kind, _ in TextQueue(SPEC, {}).slots] == [slot.BEGIN]


def test_a_segment_that_is_sent_again_has_its_earlier_matches() -> None:
    queue = TextQueue(SPEC, {"y": "why"})
    queue.restart(SPEC, 0, [(0, 1, "before")])
    pronouncing = slots(queue)
    assert [tuple(each) for each in pronouncing.next_segment("x y", "en-US", "heart")] == [(0, 1, "before")]
    assert [tuple(each) for each in pronouncing.next_segment("x y", "en-US", "heart")] == [
        (0, 1, "file"),
        (2, 3, "why"),
    ]
    queue.restart(SPEC, 0, [])
    assert slots(queue).next_segment("x y", "en-US", "heart") == []


def test_the_message_is_small_where_little_is_said() -> None:
    assert len(msgspec.msgpack.encode(UtteranceLexicon({"a": "b"}))) < 32


def test_what_is_in_use_again_is_forgotten() -> None:
    optionals = Optionals()
    optionals.report(LeftOut("/x", "broken"))
    assert optionals.reasons == {"/x": "broken"}
    optionals.report(LeftOut("/x", ""))
    optionals.report(LeftOut("/y", ""))
    assert optionals.reasons == {}


def test_paths_of_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STEADYVOICE_ETC", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", "/home/ann/config")
    user, machine = Path("/home/ann/config/steadyvoice/lexicon.toml"), Path("/etc/steadyvoice/lexicon.toml")
    assert paths.lexicons() == {"user": user, "machine": machine}
    assert list(paths.lexicons()) == ["user", "machine"]
    monkeypatch.setenv("XDG_CONFIG_HOME", "/etc")
    assert paths.lexicons() == {"machine": machine}
    monkeypatch.setenv("STEADYVOICE_ETC", "/opt/sv")
    assert paths.lexicons()["machine"] == Path("/opt/sv/lexicon.toml")


def test_the_content_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    assert paths.content(file, 5) is None
    file.write_bytes(b"content")
    assert (paths.content(file, 5), paths.content(file, 50)) == (b"conte", b"content")
    with pytest.raises(OSError, match="folder"):
        paths.content(tmp_path, 5)
    (tmp_path / "link").symlink_to("nothing")
    with pytest.raises(FileNotFoundError):
        paths.content(tmp_path / "link", 5)


@pytest.mark.parametrize(
    ("ipa", "missing"), [("ˈkæt", ""), ("dʒɪf tʃeɪ r.g", ""), ("kɧæǃɧ", "ɧǃ"), ("nuː jɔːk", ""), ("a5", "5")]
)
def test_phonemes_that_the_embedded_voices_have_not(ipa: str, missing: str) -> None:
    assert unknown(ipa) == missing
