"""The program espeak-ng (GPL-3.0), which is found on the machine and never shipped: texts to phonemes in IPA.

A process stays, since its start takes 8 ms and a text of 100 characters 3. Options: espeak-ng(1) of 1.51. Without a
file it reads standard input by lines, and answers each at once, by a line for each clause that it finds, at least one.
"""

import os
import re
import resource
import select
import shutil
import subprocess
import time
import weakref
from collections.abc import Sequence
from contextlib import suppress
from signal import SIGKILL
from typing import IO, Final

from steadyvoice.ipc.errors import NotInstalled, SteadyvoiceError, UtteranceFailed, one_line
from steadyvoice.workers.phonemes.reading import TIE

PROGRAM: Final = "espeak-ng"
LIMIT_S: Final = 1.4
"""For an answer. A stage may be blocked twice as long, as where the program ends and another one is asked."""
_LIMITS: Final = {resource.RLIMIT_AS: 512 << 20, resource.RLIMIT_CORE: 0}
_MOST_BYTES: Final = 1 << 18
"""Of an answer: a hundred times that of the longest segment."""
_NO_SOUND: Final = {"PULSE_SERVER": "unix:/nonexistent"}
"""The program looks for PulseAudio even if it is to be quiet, and would start it."""
_VOICE: Final = re.compile(r"[a-zA-Z][\w-]*(?:\+[\w-]+)?")
_SWITCH: Final = re.compile(rf"\({TIE}?[a-z][\w{TIE}-]*\)")
"""Around words that another language's rules read: (en) and (de)."""
_HARMFUL: Final = str.maketrans({"’": "'", **dict.fromkeys("[]<>\\")})
"""What the program may take for phonemes or for markup; and its apostrophe."""


def is_installed() -> bool:
    return shutil.which(PROGRAM) is not None


def check_installed() -> str:
    """The program's path. NotInstalled."""
    if (path := shutil.which(PROGRAM)) is None:
        raise NotInstalled(
            f"the program {PROGRAM}, which makes phonemes of texts, is not installed: "
            f"apt install {PROGRAM}, then svctl restart"
        )
    return path


class Program:
    """The program with one of its voices, which is a language's rules. Started at the first call; for one thread."""

    def __init__(self, voice: str) -> None:
        """voice: a name of the program's, such as "es", "es-419", "pt-br"."""
        self._voice = voice
        self._process: subprocess.Popen[bytes] | None = None

    def __call__(self, texts: Sequence[str], limit_s: float = LIMIT_S) -> list[str]:
        """The phonemes of each text, with stress marks, U+0361 between the letters of one phoneme, and one space
        between words; "" where it has none.

        Equal texts give equal phonemes. NotInstalled where the program or its voice is missing; UtteranceFailed where
        it ends or does not answer, after which the next call starts it again.
        """
        if not texts:
            return []
        if self._process is not None:
            with suppress(_Ended):  # it may have been killed while it waited
                return self._ask(self._process, texts, limit_s)
        try:
            return self._ask(self._start(), texts, limit_s)
        except _Ended as ended:
            raise self._failure(ended) from None

    def close(self) -> None:
        """End the process, with what it may have started; the next call starts another."""
        if self._process is not None:
            self._process = None
            self._end()

    def _start(self) -> "subprocess.Popen[bytes]":
        if not _VOICE.fullmatch(self._voice):
            raise NotInstalled(f"{PROGRAM} has no voice {one_line(repr(self._voice), 40)}")
        options = ["-q", "--ipa", f"--tie={TIE}", "-b", "1", "-v", self._voice]
        command = [*_with_parent(), check_installed(), *options]
        try:
            self._process = process = subprocess.Popen(
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd="/",
                env=os.environ | _NO_SOUND,
                start_new_session=True,
            )
        except OSError as error:
            raise UtteranceFailed("stage_failed", f"{PROGRAM} cannot be started: {error.strerror}") from error
        self._end = weakref.finalize(self, _end, process)
        assert process.stderr is not None
        os.set_blocking(process.stderr.fileno(), False)
        for what, most in _LIMITS.items():
            with suppress(ProcessLookupError, PermissionError, ValueError):  # it has ended, or has a lower limit
                resource.prlimit(process.pid, what, (most, most))
        return process

    def _ask(self, process: "subprocess.Popen[bytes]", texts: Sequence[str], limit_s: float) -> list[str]:
        """An empty line, to which the answer is an empty line, follows each text. _Ended; UtteranceFailed."""
        assert process.stdin is not None
        assert process.stdout is not None
        question = memoryview("".join(f"{_harmless(text)}\n\n" for text in texts).encode("utf-8", "replace"))
        answer = bytearray()
        given, taken = process.stdin.fileno(), process.stdout.fileno()
        os.set_blocking(given, False)
        deadline = time.monotonic() + limit_s
        try:
            while (lines := _answers(answer, len(texts))) is None:
                left_s = deadline - time.monotonic()
                ready, writable, _ = select.select([taken], [given] if question else [], [], max(0.0, left_s))
                if left_s <= 0 or not (ready or writable):
                    raise UtteranceFailed(
                        "stage_failed", f"{PROGRAM} has not answered after {limit_s:g} s and was killed"
                    )
                if writable:
                    question = question[os.write(given, question[:4096]) :]
                if ready:
                    data = os.read(taken, 65536)
                    answer += data
                    if not data or len(answer) > _MOST_BYTES:
                        raise _Ended
        except (BrokenPipeError, _Ended):
            errors = _waiting(process.stderr)
            self.close()
            raise _Ended(process.returncode, errors) from None
        except BaseException:
            self.close()
            raise
        return lines

    def _failure(self, ended: "_Ended") -> SteadyvoiceError:
        if "voice" in ended.why:
            return NotInstalled(f"{PROGRAM} has no voice {self._voice!r}: {ended.why}")
        why = ended.why or "it gave no reason"
        return UtteranceFailed("stage_failed", f"{PROGRAM} ended with status {ended.status}: {why}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        assert pipe is not None
        pipe.close()


class _Ended(Exception):
    """The process has ended."""

    def __init__(self, status: int = 0, why: str = "") -> None:
        super().__init__(status, why)
        self.status, self.why = status, why


def _waiting(errors: IO[bytes] | None) -> str:
    """What the program has written to standard error, in one line."""
    assert errors is not None
    return one_line(" ".join((errors.read(1000) or b"").decode("utf-8", "replace").split()), 200)


def _answers(data: bytearray, count: int) -> list[str] | None:
    """The phonemes of each of so many texts; None where an answer is incomplete."""
    lines = bytes(data).split(b"\n")[:-1]
    answers: list[str] = []
    at = 0
    while len(answers) < count:
        try:
            end = lines.index(b"", at + 1)  # the first line is of the text, even if it is empty
        except ValueError:
            return None
        answers.append(_SWITCH.sub("", b" ".join(lines[at:end]).decode("utf-8", "replace")))
        at = end + 1
    return [" ".join(answer.split()) for answer in answers]


def _harmless(text: str) -> str:
    """One line without the program's commands, of which some are control characters."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "" for c in text).translate(_HARMFUL)


def _with_parent() -> list[str]:
    """A prefix by which the program dies with this process: setpriv of util-linux, which becomes the program."""
    found = shutil.which("setpriv")
    return [found, "--pdeathsig", "KILL"] if found else []
