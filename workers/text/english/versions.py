"""Versions, and other numbers of parts that are counted on their own, such as a section's."""

import re
from typing import Final

from steadyvoice.workers.text.english.identifiers import text_before
from steadyvoice.workers.text.english.number_words import cardinal
from steadyvoice.workers.text.patterns import lazy
from steadyvoice.workers.text.rules import DIGIT, Rule

_VERSIONED: Final = (
    r"[Vv]ersions?|[Rr]eleases?|[Bb]uild|[Ff]irmware|[Kk]ernel|Python|Node(?:\.js)?|Java|JavaScript|Ruby|PHP|Perl|Rust|"
    r"Swift|Kotlin|Ubuntu|Debian|Fedora|Linux|macOS|iOS|iPadOS|Android|Windows|Django|Rails|Chrome|Firefox|Safari|GCC|"
    r"Clang|LLVM|CUDA|PyTorch|TensorFlow|NumPy|PostgreSQL|Postgres|MySQL|MariaDB|SQLite|Redis|Docker|Kubernetes|nginx|"
    r"OpenSSL|Git|USB|HDMI|Bluetooth|HTTP|TLS|SSL|PCIe|GPT|Claude|Llama|Qwen|Gemini|Unicode|Minecraft|"
    r"[Ss]ections?|[Cc]hapters?|[Ff]igures?|[Tt]ables?|[Aa]ppendix|[Ee]xercises?|[Cc]lauses?|[Ss]ec\.|[Ff]ig\.|[Cc]h\."
)
VERSIONED_BEFORE: Final = lazy(
    rf"(?<![\w.])(?:{_VERSIONED})[ -](?:v\.? ?)?"
    rf"(?:\d{{1,5}}(?:\.\d{{1,5}}){{0,3}}(?:,? (?:or|and|to|through) |, ?)){{0,2}}$"
)
_STAGES: Final = {
    "rc": "release candidate",
    "alpha": "alpha",
    "a": "alpha",
    "beta": "beta",
    "b": "beta",
    "dev": "dev",
    "post": "post",
    "pre": "pre",
    "preview": "preview",
    "patch": "patch",
}
_STAGE: Final = (
    rf"(?:[-.]?(?P<stage>{'|'.join(sorted(_STAGES, key=len, reverse=True))})[-.]?(?P<count>\d{{0,4}}))?(?!\w)"
)


def dotted(version: str) -> str:
    """3.10 as "three point ten", 22.04 as "twenty two point zero four"."""
    return " point ".join(map(cardinal, version.split(".")))


def _version(match: re.Match[str]) -> str | None:
    words = dotted(match["version"])
    if stage := match["stage"]:
        words += f" {_STAGES[stage]} {cardinal(match['count']) if match['count'] else ''}".rstrip()
    return words


def _marked_version(match: re.Match[str]) -> str | None:
    is_named = text_before(match).rstrip().lower().endswith(("version", "release"))
    words = _version(match)
    return words if is_named else f"version {words}"


def _long_version(match: re.Match[str]) -> str | None:
    """Two dots or more; a date has two, and a year."""
    parts = match["version"].split(".")
    is_date = len(parts) == 3 and len(parts[2]) == 4 and max(map(len, parts[:2])) < 3
    is_grouped_number = all(len(part) == 3 for part in parts[1:])
    return None if is_date or is_grouped_number else _version(match)


def _named_version(match: re.Match[str]) -> str | None:
    if not VERSIONED_BEFORE.search(text_before(match)):
        return None
    words = _version(match)
    return f"{words} to {dotted(match['last'])}" if words and match["last"] else words


RULES: tuple[Rule, ...] = (
    Rule(
        "version",
        "Vv",
        lazy(rf"(?<![\w.'’-])(?:v\.?|V(?=\d+\.\d))(?P<version>\d{{1,5}}(?:\.\d{{1,5}}){{0,4}})(?!\.\d){_STAGE}"),
        _marked_version,
    ),
    Rule(
        "version",
        DIGIT,
        lazy(rf"(?<![\w.,$€£-])(?P<version>\d{{1,5}}(?:\.\d{{1,5}}){{2,4}})(?!\.\d){_STAGE}"),
        _long_version,
    ),
    Rule(
        "version",
        DIGIT,
        lazy(
            rf"(?P<version>\d{{1,5}}\.\d{{1,5}})(?![.,]\d|%){_STAGE}"
            r"(?: ?[-–] ?(?P<last>\d{1,5}\.\d{1,5})(?![\w.]))?"
        ),
        _named_version,
    ),
)
