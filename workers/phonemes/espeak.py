"""The program espeak-ng, which is found on the machine and not shipped: phonemes of a text in one of its languages.

One process for each call, about 10 ms: through a pipe the program answers only at the end of its input. Options as its
manual page (1.51) describes them.
"""

import functools
import re
import shutil
import subprocess
from typing import Final

from steadyvoice.ipc.errors import NotInstalled, UtteranceFailed, one_line
from steadyvoice.workers.phonemes.reading import TIE

PROGRAM: Final = "espeak-ng"
LIMIT_S: Final = 2.0
"""Seconds for one call, which takes some 10 ms; a stage that waits for 3 s is taken for hung."""

_VOICE: Final = re.compile(r"[a-z][\w-]*(?:\+[\w-]+)?")
_SWITCH: Final = re.compile(rf"\({TIE}?[a-z][\w{TIE}-]*\)")
"""Marks a part that is read by another voice, as "(en)" and "(es)" around an English word."""
_PHONEMES: Final = re.compile(r"\[(?=\[)")


def phonemes(text: str, voice: str, *, tied: bool = False, program: str = PROGRAM, limit_s: float = LIMIT_S) -> str:
    """The phonemes in IPA, with stress marks, words separated by one space; punctuation is not in them.

    voice: a name of the program's, such as "es", "es-419", "pt-br". tied: with U+0361 between the letters of one
    phoneme. Equal arguments give equal results.

    Raises NotInstalled where the program or its voice is missing, UtteranceFailed where it crashes or takes too long.
    """
    return " ".join(clauses(text, voice, tied=tied, program=program, limit_s=limit_s))


def clauses(
    text: str, voice: str, *, tied: bool = False, program: str = PROGRAM, limit_s: float = LIMIT_S
) -> list[str]:
    """As `phonemes`, one string for each clause as the program divides the text."""
    if not _VOICE.fullmatch(voice):
        raise NotInstalled(f"{PROGRAM} has no voice {one_line(repr(voice), 40)}; {PROGRAM} --voices lists them")
    command = [*_dying_with_this_process(), _path(program), "-q", "--ipa", "-b", "1", "--stdin", "-v", voice]
    try:
        done = subprocess.run(
            [*command, f"--tie={TIE}"] if tied else command,
            input=_harmless(text).encode("utf-8", "replace"),
            capture_output=True,
            timeout=limit_s,
        )
    except subprocess.TimeoutExpired:
        raise UtteranceFailed("stage_failed", f"{PROGRAM} took more than {limit_s:g} s and was ended") from None
    except OSError as error:
        raise NotInstalled(f"{PROGRAM} cannot be started: {error.strerror}; reinstall the package {PROGRAM}") from None
    if done.returncode:
        why = one_line(" ".join(done.stderr.decode("utf-8", "replace").split()), 200)
        if "voice" in why:
            raise NotInstalled(f"{PROGRAM} has no voice {voice!r}; {PROGRAM} --voices lists them")
        raise UtteranceFailed("stage_failed", f"{PROGRAM} ended with status {done.returncode}: {why or 'no message'}")
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    return [" ".join(line.split()) for line in map(functools.partial(_SWITCH.sub, ""), lines) if line.strip()]


def is_installed(program: str = PROGRAM) -> bool:
    return shutil.which(program) is not None


def _path(program: str) -> str:
    if (path := shutil.which(program)) is None:
        raise NotInstalled(f"the program {PROGRAM} is not installed; install the package {PROGRAM} (GPL-3.0)")
    return path


def _harmless(text: str) -> str:
    """One line, without what the program reads as phonemes: "[[" and "]]"."""
    return " ".join(_PHONEMES.sub("[ ", text.replace("\0", " ")).split()) + "\n"


def _dying_with_this_process() -> list[str]:
    """A prefix of the command line: a stage that is killed leaves no process behind.

    setpriv of util-linux replaces itself by the program, so no process of its own remains. Without it, the program
    still ends at the end of its input.
    """
    return [setpriv, "--pdeathsig", "KILL"] if (setpriv := shutil.which("setpriv")) else []
