"""Lexicons in a real daemon: files that change while it runs, a broken file, entries of one request."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clients import NULL
from support.daemon import Daemon, configured, eventually, idle

from steadyvoice.client import Client, RequestRefused

SENTENCE = "Ask nginx and then ask nginx again and then if nobody has stopped you yet ask nginx once more and leave."
"""One segment."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the daemon's user; the machine's files are in its "etc"."""
    return tmp_path_factory.mktemp("user")


@pytest.fixture(scope="module")
def daemon(home: Path, cache: Path) -> Iterator[Daemon]:
    with configured(home, cache, NULL, STEADYVOICE_ETC=str(home / "etc")) as daemon:
        yield daemon
    assert "Traceback" not in daemon.log


@pytest.fixture
def own(daemon: Daemon, home: Path) -> Iterator[tuple[Daemon, Path]]:
    """A daemon, and its user's lexicon, which exists neither before nor after the test."""
    file = home / ".config" / "steadyvoice" / "lexicon.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    yield daemon, file
    file.unlink(missing_ok=True)
    eventually(lambda: idle(daemon.status()) and all(each["state"] == "ready" for each in daemon.status()["stages"]))
    assert words(daemon, "nginx sudo") == "nginx sudo"


def write(file: Path, text: str) -> None:
    """At once: the daemon reads the file whenever it has time, and would find it empty between truncation and write."""
    new = file.with_suffix(".new")
    new.write_text(text)
    new.replace(file)


def words(daemon: Daemon, text: str) -> str:
    with daemon.client() as client:
        return client.read(text).words


def sound(client: Client, text: str, **lexicon: str) -> bytes:
    return b"".join(block.tobytes() for block in client.stream(text, lexicon=lexicon))


def test_a_file_is_read_as_it_changes(own: tuple[Daemon, Path]) -> None:
    daemon, file = own
    with daemon.client() as client:
        plain, engine, gif = (sound(client, text) for text in ("Ask nginx.", "Ask engine x.", "Ask gif."))
        assert plain != engine
        write(file, 'nginx = "engine x"\n')
        assert sound(client, "Ask nginx.") == engine
        assert words(daemon, "Nginx, nginx.org") == "Engine x, nginx dot org"
        write(file, 'nginx = "/ɡɪf/"\n[voice.heart]\nnginx = "/dʒɪf/"\n[voice.emma]\nnginx = "no"\n')
        (reading,) = client.read("Ask nginx.").segments
        assert reading.phonemes.endswith("ʤɪf.")
        assert sound(client, "Ask nginx.", gif="/dʒɪf/") == sound(client, "Ask gif.", gif="/dʒɪf/") != gif
        file.unlink()
        assert sound(client, "Ask nginx.") == plain


def test_the_file_of_the_machine_comes_after_that_of_the_user(own: tuple[Daemon, Path], home: Path) -> None:
    daemon, file = own
    (home / "etc").mkdir()
    machine = home / "etc" / "lexicon.toml"
    write(machine, 'nginx = "machine"\nsudo = "sue do"\n')
    assert words(daemon, "sudo nginx") == "sue do machine"
    write(file, 'nginx = "user"\n')
    assert words(daemon, "sudo nginx") == "sue do user"
    machine.unlink()


def test_a_broken_file_costs_only_its_change(own: tuple[Daemon, Path]) -> None:
    daemon, file = own

    def left_out() -> list[str]:
        return [each["what"] for each in daemon.status()["left_out"]]

    write(file, 'nginx = "engine x"\n')
    assert words(daemon, "nginx") == "engine x"
    for number in range(2):
        write(file, 'nginx = "broken\n')
        assert words(daemon, "nginx") == "engine x"
        eventually(lambda: left_out() == [str(file)])
        lines = [line for line in daemon.log.splitlines() if str(file) in line]
        assert len(lines) == number + 1
        assert "not TOML" in lines[-1]
        doctor = daemon.svctl("doctor").stdout
        assert doctor.count(str(file)) == 1
        assert "correct the file" in doctor
        write(file, 'nginx = "web server"\n')
        assert words(daemon, "nginx") == "web server"
        eventually(lambda: left_out() == [])
        write(file, 'nginx = "engine x"\n')
        assert words(daemon, "nginx") == "engine x"


def test_a_segment_is_said_again_as_it_was_by_another_process(own: tuple[Daemon, Path]) -> None:
    daemon, file = own
    write(file, 'nginx = "engine x"\n')
    with daemon.client() as client:
        whole = sound(client, SENTENCE)
        expected = sound(client, SENTENCE, nobody="/ˈnoʊbədi/")
        assert expected != whole
        stream = iter(client.stream(SENTENCE, lexicon={"nobody": "/ˈnoʊbədi/"}))
        heard = [next(stream).tobytes()]
        write(file, 'nginx = "something else"\n')
        before = daemon.pids()["generator"]
        os.kill(before, signal.SIGKILL)
        heard += [block.tobytes() for block in stream]
        assert daemon.pids()["generator"] != before
        assert sound(client, SENTENCE, nobody="/ˈnoʊbədi/") != expected
    assert b"".join(heard) == expected


def test_an_utterance_keeps_the_lexicon_with_which_it_began(own: tuple[Daemon, Path]) -> None:
    daemon, file = own
    write(file, 'nginx = "engine x"\n')
    text = " ".join([SENTENCE] * 4)
    with daemon.client() as client:
        expected = sound(client, text)
        stream = iter(client.stream(text))
        heard = [next(stream).tobytes()]
        write(file, 'nginx = "something else"\n')
        assert words(daemon, "nginx") == "something else"
        heard.append(next(stream).tobytes())
        os.kill(daemon.pids()["vocoder"], signal.SIGKILL)
        heard += [block.tobytes() for block in stream]
    assert b"".join(heard) == expected


def test_entries_of_a_request(own: tuple[Daemon, Path]) -> None:
    daemon, file = own
    write(file, 'nginx = "engine x"\n')
    with daemon.client() as client:
        expected = sound(client, "Ask a web server.")
        assert sound(client, "Ask nginx.", nginx="a web server") == expected
        many = {f"word{number}": "x" * 100 for number in range(999)} | {"nginx": "a web server"}
        assert sound(client, "Ask nginx.", **many) == expected
        for lexicon, said in (
            ({**many, "another": "x"}, "1001 entries and may have 1000"),
            ({"x" * 101: "y"}, "101 characters"),
            ({"x": "y" * 101}, "101 characters"),
            ({"x": "/y"}, "'x' in the lexicon: a pronunciation in IPA begins and ends with /"),
            ({"": "y"}, "the word is empty"),
        ):
            with pytest.raises(RequestRefused, match=said) as refused:
                client.stream("Hello.", lexicon=lexicon)
            assert (refused.value.code, refused.value.field) == ("out_of_range", "lexicon")
