"""The documents against the repository: links and anchors, the configuration's keys, the files that they name."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
import pytest

from steadyvoice.daemon.config import Config

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.(?:py|md|sh|service|socket|toml|lock)|[\w-]+(?:/[\w-]+)*/)`")
FOLDERS = ("", "daemon", "daemon/scheduling", "daemon/supervision", "daemon/control", "ipc", "client", "client/svctl",
           "workers", "workers/playback", "workers/runtime", "workers/generation", "workers/stages",
           "workers/converters/rvc", "docs", "systemd")  # fmt: skip
"""Folders relative to which the documents name files."""
OUTSIDE = {"config.toml", "setup.py", "pyproject.toml", "voices/NAME/", "converters/NAME/", "models/contentvec/",
           "infer/rmvpe.py", "infer/rtrvc.py"}  # fmt: skip
"""Names of files that are not in this repository: a user's, or another project's."""


def prose(document: Path) -> str:
    """The text without its code blocks."""
    return re.sub(r"^```.*?^```", "", document.read_text(), flags=re.M | re.S)


def anchors(document: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a document."""
    headings = re.findall(r"^#+ (.*)$", prose(document), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_relative_link_and_anchor_exists(document: Path) -> None:
    for link in LINK.findall(prose(document)):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = document.parent / name if name else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("document", [path for path in DOCUMENTS if path.name != "CHANGELOG.md"], ids=lambda p: p.name)
def test_every_named_file_exists(document: Path) -> None:
    for name in sorted(set(PATH.findall(prose(document))) - OUTSIDE):
        assert any((ROOT / folder / name).exists() for folder in FOLDERS), name


def declared(struct: type[msgspec.Struct], table: str = "") -> dict[str, tuple[Any, Any]]:
    """Type and default of each key of the configuration, by ``table.key``."""
    keys = {}
    hints = get_type_hints(struct, include_extras=True)
    for field in msgspec.structs.fields(struct):
        if isinstance(field.default, msgspec.Struct):
            keys |= declared(type(field.default), field.name + ".")
        else:
            keys[table + field.name] = (hints[field.name], field.default)
    return keys


def documented() -> dict[str, tuple[str, str]]:
    """Default and range of each key in the tables of docs/config.md, by ``table.key``."""
    keys, table = {}, ""
    section = (ROOT / "docs" / "config.md").read_text().partition("\n## Keys\n")[2].partition("\n## ")[0]
    for line in section.splitlines():
        if heading := re.fullmatch(r"`\[(\w+)\]`", line):
            table = heading[1] + "."
        elif row := re.match(r"\| `(\w+)` \| `(.*?)` \| (.*?) ?\|", line):
            keys[table + row[1]] = (row[2], row[3])
    return keys


def test_every_key_of_the_configuration_is_documented_and_no_other() -> None:
    assert documented().keys() == declared(Config).keys()


@pytest.mark.parametrize("key", declared(Config))
def test_default_and_range_of_a_key_are_those_of_the_declaration(key: str) -> None:
    kind, default = declared(Config)[key]
    shown, limits = documented()[key]
    assert msgspec.convert(tomllib.loads(f"key = {shown}")["key"], kind) == default
    if get_origin(kind) is Annotated:
        meta = get_args(kind)[1]
        if meta.le is not None:
            assert limits == f"{meta.ge} to {meta.le}"
        elif meta.ge is not None:
            assert limits == f"from {meta.ge}"
