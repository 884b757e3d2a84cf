"""The protocol between speech-dispatcher and its output modules, without input or output.

Lines end with LF. The server waits for the reply to each command, also to the first line of one with data; an event of
the message that is spoken may come at any other time. Facts: speech-dispatcher 0.11 and 0.12, src/modules and
src/server/output.c.
"""

from dataclasses import dataclass
from typing import Final

SPEAKING: Final = ("SPEAK", "CHAR", "KEY", "SOUND_ICON")
"""Commands with a message as their data."""
RECEIVING: Final = {
    **dict.fromkeys(SPEAKING, "202 OK RECEIVING MESSAGE"),
    "SET": "203 OK RECEIVING SETTINGS",
    "AUDIO": "207 OK RECEIVING AUDIO SETTINGS",
    "LOGLEVEL": "207 OK RECEIVING LOGLEVEL SETTINGS",
}
"""Commands with data, and the reply to their first line."""
CANT_SPEAK: Final = "301 ERROR CANT SPEAK"
BAD_SYNTAX: Final = "302 ERROR BAD SYNTAX"
ONE_LINE: Final = "305 DATA MORE THAN ONE LINE"
BEGIN: Final = b"701 BEGIN\n"
END: Final = b"702 END\n"
STOP: Final = b"703 STOP\n"
PAUSE: Final = b"704 PAUSE\n"
OWN_MARK: Final = "__spd_"
"""The names of the marks that the server adds after each sentence begin so."""
DATA_BYTES: Final = 4 << 20
"""Longest data of a command; svd accepts no longer request by default."""


@dataclass(frozen=True)
class Opened:
    """The first line of a command with data."""

    command: str


@dataclass(frozen=True)
class Closed:
    """The end of the data of a command."""

    command: str
    lines: list[str]
    too_long: bool = False
    """The data had more than DATA_BYTES: ``lines`` is only its beginning."""


@dataclass(frozen=True)
class Line:
    """A command of one line."""

    words: list[str]


Command = Opened | Closed | Line


class Reader:
    """Commands from bytes that arrive in any pieces. Holds at most DATA_BYTES and one piece."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        """Bytes at the beginning of the buffer that hold no end of a line."""
        self._open = ""
        """The command that data is being received for; empty: none."""
        self._lines: list[str] = []
        self._size = 0
        self._too_long = False
        """Of the data, or of a line without end."""

    @property
    def in_data(self) -> bool:
        """Whether the server is sending the data of a command, and has not had the last reply to it."""
        return bool(self._open)

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def next(self) -> Command | None:
        """The next command, or None if there is no complete one."""
        while (line := self._line()) is not None:
            if not self._open:
                name = line.rstrip("\r")
                if name in RECEIVING:
                    self._open, self._lines, self._size, self._too_long = name, [], 0, False
                    return Opened(name)
                self._too_long = False
                return Line(line.split())
            if line == ".":
                closed = Closed(self._open, self._lines, self._too_long)
                self._open, self._lines, self._too_long = "", [], False
                return closed
            self._size += len(line)
            if self._size > DATA_BYTES:
                self._too_long = True
            else:
                self._lines.append(line.removeprefix("."))
        return None

    def _line(self) -> str | None:
        end = self._buffer.find(b"\n", self._searched)
        if end < 0:
            if len(self._buffer) > DATA_BYTES:
                del self._buffer[DATA_BYTES:]
                self._too_long = True
            self._searched = len(self._buffer)
            return None
        line = self._buffer[:end].decode("utf-8", "replace")
        del self._buffer[: end + 1]
        self._searched = 0
        return line


def index_mark(name: str) -> bytes:
    return f"700-{' '.join(name.splitlines())}\n700 INDEX MARK\n".encode()


def voice_list(voices: list[tuple[str, str]], words: list[str]) -> str:
    """The reply to LIST VOICES, for name and language of each voice.

    words: of the command after LIST VOICES: a language, with or without its region, and a variant; all are optional.
    """
    language, variant = [*(word.casefold() for word in words[:2]), "", ""][:2]
    chosen = [
        f"200-{name}\t{spoken}\tnone"
        for name, spoken in voices
        if language in ("", spoken.casefold(), spoken.casefold().partition("-")[0]) and variant in ("", "none")
    ]
    return "\n".join([*chosen, "200 OK VOICE LIST SENT"]) if chosen else "304 CANT LIST VOICES"


def audio_events(samples: bytes, rate: int) -> bytes:
    """An event with these samples: 16 bits, mono, little-endian. For a server that plays the sound itself."""
    head = f"705-bits=16\n705-num_channels=1\n705-sample_rate={rate}\n705-num_samples={len(samples) // 2}\n"
    data = samples.replace(b"\x7d", b"\x7d\x5d").replace(b"\n", b"\x7d\x2a")  # the escape itself first
    return b"%b705-big_endian=0\n705-AUDIO\0%b\n705 AUDIO\n" % (head.encode(), data)
