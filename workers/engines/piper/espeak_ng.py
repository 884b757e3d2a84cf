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
from collections.abc import Sequence
from contextlib import suppress
from signal import SIGKILL
from typing import IO, Final

from steadyvoice.ipc.errors import NotInstalled, SteadyvoiceError, one_line

PROGRAM: Final = "espeak-ng"
LIMIT_S: Final = 1.4
"""For an answer. A stage may be blocked twice as long, as where the program ends and another one is asked."""
_LIMITS: Final = {resource.RLIMIT_AS: 512 << 20, resource.RLIMIT_CORE: 0}
_MOST_BYTES: Final = 1 << 18
"""Of an answer: a hundred times that of the longest segment."""
_NO_SOUND: Final = {"PULSE_SERVER": "unix:/nonexistent"}
"""The program looks for PulseAudio even if it is to be quiet, and would start it."""
_SWITCH: Final = re.compile(r"\([a-z][\w-]*\)")
"""Around words that another language's rules read: (en) and (de)."""


class PhonemiserFailed(SteadyvoiceError):
    """The program ended, or did not answer. Fail the utterance; the next one starts the program again."""


def is_installed() -> bool:
    return shutil.which(PROGRAM) is not None


def check_installed() -> str:
    """The program's path. NotInstalled."""
    if (path := shutil.which(PROGRAM)) is None:
        raise NotInstalled(
            f"the program {PROGRAM}, which reads texts for voices of Piper, is not installed: "
            f"apt install {PROGRAM}, then svctl restart"
        )
    return path


class Program:
    """The program with one of its voices, which is a language's rules. Started at the first call; for one thread."""

    def __init__(self, voice: str) -> None:
        self._voice = voice
        self._process: subprocess.Popen[bytes] | None = None

    def __call__(self, texts: Sequence[str], limit_s: float = LIMIT_S) -> list[str]:
        """The phonemes of each text, with stress marks and spaces between words; "" where it has none.

        texts: without line breaks. Equal texts give equal phonemes. NotInstalled where the program or its voice is
        missing; PhonemiserFailed.
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
        if (process := self._process) is None:
            return
        self._process = None
        with suppress(ProcessLookupError):
            os.killpg(process.pid, SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()

    def __del__(self) -> None:
        self.close()

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [*_with_parent(), check_installed(), "-q", "--ipa", "-b", "1", "-v", self._voice]
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
            raise PhonemiserFailed(f"{PROGRAM} cannot be started: {error.strerror}") from error
        assert process.stderr is not None
        os.set_blocking(process.stderr.fileno(), False)
        for what, most in _LIMITS.items():
            with suppress(ProcessLookupError, PermissionError, ValueError):  # it has ended, or has a lower limit
                resource.prlimit(process.pid, what, (most, most))
        return process

    def _ask(self, process: "subprocess.Popen[bytes]", texts: Sequence[str], limit_s: float) -> list[str]:
        """An empty line, to which the answer is an empty line, follows each text. _Ended; PhonemiserFailed."""
        assert process.stdin is not None
        assert process.stdout is not None
        question = memoryview("".join(f"{text}\n\n" for text in texts).encode("utf-8", "replace"))
        answer = bytearray()
        given, taken = process.stdin.fileno(), process.stdout.fileno()
        os.set_blocking(given, False)
        deadline = time.monotonic() + limit_s
        try:
            while (lines := _answers(answer, len(texts))) is None:
                left_s = deadline - time.monotonic()
                ready, writable, _ = select.select([taken], [given] if question else [], [], max(0.0, left_s))
                if left_s <= 0 or not (ready or writable):
                    raise PhonemiserFailed(f"{PROGRAM} has not answered after {limit_s:g} s and was killed")
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
        return PhonemiserFailed(f"{PROGRAM} ended with status {ended.status}: {ended.why or 'it gave no reason'}")


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


def _with_parent() -> list[str]:
    """A prefix by which the program dies with this process: setpriv of util-linux, which becomes the program."""
    found = shutil.which("setpriv")
    return [found, "--pdeathsig", "KILL"] if found else []
