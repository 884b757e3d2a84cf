"""The formats that a client may ask for."""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Final

from steadyvoice.ipc.errors import NotInstalled
from steadyvoice.ipc.installing import install_command


@dataclass(frozen=True)
class Format:
    content_type: str
    package: str = ""
    """The Python package that encodes it; empty: none is needed."""
    extra: str = "http"
    """The extra of this project that installs the package."""


FORMATS: Final = {
    "mp3": Format("audio/mpeg", "lameenc"),
    "opus": Format("audio/ogg", "soundfile"),
    "aac": Format("audio/aac", "av", "aac"),
    "flac": Format("audio/flac", "soundfile"),
    "wav": Format("audio/wav"),
    "pcm": Format("audio/pcm"),
}
"""OpenAI's names. All are mono."""


@cache  # of what is there; an error is not remembered
def known(name: str) -> Format:
    """The format; NotInstalled, with the command that installs it, if its package is missing."""
    format = FORMATS[name]
    if format.package and find_spec(format.package) is None:
        raise NotInstalled(
            f"{name} needs the Python package {format.package!r}, which is not installed here: "
            f"{install_command(format.extra)}; or ask for mp3, wav or pcm"
        )
    return format
