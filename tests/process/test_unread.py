"""Text in a language that the voice does not read: named, left out, and reported once."""

import pytest
from support.clients import NULL
from support.daemon import Daemon

CONFIGURATION = NULL
SPANISH = "Mañana iremos al mercado porque no hay nada en la nevera. "
TEXT = f"He said this. {SPANISH}{SPANISH}Then he left."


def test_it_is_left_out_and_reported(daemon: Daemon) -> None:
    with daemon.client() as client:
        english, mixed = (client.stream(text) for text in ("He said this. Spanish text. Then he left.", TEXT))
        samples = [sum(map(len, stream)) for stream in (english, mixed)]
        finished = [stream.wait() for stream in (english, mixed)]
    assert samples[0] == samples[1]
    assert [each.unread_languages for each in finished] == [[], ["es"]]
    assert finished[1].heard_chars == len(TEXT)


def test_words_of_it_come_from_the_first_sentence(daemon: Daemon) -> None:
    with daemon.client() as client:
        reading = client.read(TEXT)
    assert reading.words == "He said this. Spanish text. Then he left."
    assert [segment.language for segment in reading.segments] == ["en-US", "es", "es", "en-US"]


@pytest.mark.parametrize(
    ("text", "name"), [(TEXT, "Spanish"), ("Мы сегодня гуляем.", "Russian"), ("你好世界", "Chinese")]
)
def test_svctl_says_what_was_left_out(daemon: Daemon, text: str, name: str) -> None:
    done = daemon.svctl("speak", "-o", "/dev/null", "--", text)
    assert done.returncode == 0
    assert done.stderr == f"svctl: text in {name} was left out: the voice does not read it\n"


def test_a_foreign_phrase_is_spoken(daemon: Daemon) -> None:
    done = daemon.svctl("speak", "-o", "/dev/null", "--", "He had a certain je ne sais quoi, as they say in France.")
    assert (done.returncode, done.stderr) == (0, "")
