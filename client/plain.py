"""``svctl`` in plain words: the commands that must be quick, read without click, which takes longer than they do.

What is read here is a part of what click reads, and means the same; a test holds one against the other.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

PRIORITIES: Final = ("important", "message", "text", "notification", "progress")


class Target(NamedTuple):
    """Which daemon, and whether one may be started."""

    socket: str | None = None
    autostart: bool = True


class Options(NamedTuple):
    """Of ``svctl speak``."""

    text: str | None = None
    file: str | None = None
    output: str | None = None
    sample_rate: int = 0
    """Hertz of the output; 0: the voice's own."""
    voice: str = ""
    rate: float = 1.0
    volume: float = 1.0
    converter: str = ""
    pitch: float = 0.0
    formant: float = 0.0
    priority: str = "message"
    detach: bool = False
    as_json: bool = False

    def conflict(self) -> str | None:
        """Why they do not go together."""
        if self.text is not None and self.file is not None:
            return "give TEXT or -f FILE, not both"
        if not all(abs(number) < float("inf") for number in (self.rate, self.volume, self.pitch, self.formant)):
            return "--rate, --volume, --pitch and --formant are numbers"
        if self.output is None:
            return "--sample-rate is for -o; the sound device has its own" if self.sample_rate else None
        if self.detach:
            return "--detach plays on the sound device; it cannot go with -o"
        if self.as_json and self.output == "-":
            return "--json and -o - would both write to standard output"
        return None


_NAMES: Final = {name: name[2:].replace("-", "_") for name in (
    "--file", "--output", "--sample-rate", "--voice", "--rate", "--volume", "--converter", "--pitch", "--formant",
    "--priority", "--detach",
)} | {"-f": "file", "-o": "output", "--json": "as_json"}  # fmt: skip


_KINDS: Final[dict[type, Callable[[str], Any]]] = {type(None): str, str: str, int: int, float: float}


def plain(arguments: list[str]) -> Callable[[], int | None] | None:
    """What to run, or None where click must look: at other commands, unusual spellings, mistakes."""
    words = iter(arguments)
    try:
        target, command = _target(words)
        if command == "speak":
            options = _options(words)
            return lambda: _speak(target, options)
        if command in ("stop", "pause", "resume", "skip", "voices", "converters") and not list(words):
            return lambda: _act(target, command)
    except ValueError:
        pass
    return None


def _speak(target: Target, options: Options) -> int:
    from steadyvoice.client.speak import speak

    return speak(target, options)


def _act(target: Target, command: str) -> None:
    from steadyvoice.client import actions

    getattr(actions, command)(target)


def _target(words: Iterator[str]) -> tuple[Target, str]:
    target = Target()
    for word in words:
        name, equals, value = word.partition("=")
        if name == "--socket":
            target = target._replace(socket=value if equals else _value(words))
        elif word == "--no-autostart":
            target = target._replace(autostart=False)
        else:
            return target, word
    raise ValueError("no command")


def _options(words: Iterator[str]) -> Options:
    chosen: dict[str, Any] = {}
    texts: list[str] = []
    for word in words:
        if word == "--":
            texts += words
        elif word == "-" or not word.startswith("-"):
            texts.append(word)
        else:
            name, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
            if name not in _NAMES:
                raise ValueError(word)
            default = Options._field_defaults[_NAMES[name]]
            if not isinstance(default, bool):
                chosen[_NAMES[name]] = _KINDS[type(default)](value if equals else _value(words))
            elif not equals:
                chosen[_NAMES[name]] = True
            else:
                raise ValueError(word)
    if len(texts) > 1:
        raise ValueError(texts[1])
    options = Options(text=texts[0] if texts else None, **chosen)
    if options.priority not in PRIORITIES or options.conflict() is not None:
        raise ValueError
    return options


def _value(words: Iterator[str]) -> str:
    value = next(words, "--")
    if value.startswith("-") and value != "-" and not value[1:2].isdigit():
        raise ValueError(value)
    return value
