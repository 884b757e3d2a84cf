"""The documents against the repository: links, files, functions, the configuration's keys, commands."""

import ast
import re
import shlex
import tomllib
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import click
import msgspec
import pytest

from steadyvoice.client.svctl.bench.commands import bench
from steadyvoice.daemon.config import Config
from steadyvoice.ipc import config_file

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.(?:py|md|sh|service|socket|toml|lock)|[\w-]+(?:/[\w-]+)*/)`")
FOLDERS = ("", "daemon", "daemon/scheduling", "daemon/supervision", "daemon/control", "ipc", "client", "client/svctl",
           "gateways", "gateways/http", "gateways/speechd",
           "workers", "workers/playback", "workers/runtime", "workers/generation", "workers/stages",
           "workers/converters/rvc", "docs", "systemd")  # fmt: skip
"""Folders relative to which the documents name files."""
OUTSIDE = {"blocks/", "config.toml", "lexicon.toml", "setup.py", "pyproject.toml", "voices/NAME/", "converters/NAME/",
           "models/contentvec/", "infer/rmvpe.py", "infer/rtrvc.py"}  # fmt: skip
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


def functions() -> set[str]:
    """``Class.method`` and ``module.function`` of all packages, properties and nested names of a class among them."""
    found = set()
    for folder in ("daemon", "gateways", "ipc", "workers", "client"):
        for path in (ROOT / folder).rglob("*.py"):
            module = ast.parse(path.read_text())
            found |= {f"{path.stem}.{node.name}" for node in module.body if isinstance(node, ast.FunctionDef)}
            found |= {
                f"{node.name}.{member.name}"
                for node in module.body if isinstance(node, ast.ClassDef)
                for member in node.body if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef)
            }  # fmt: skip
    found |= {f"wire.{name}" for name in re.findall(r"^(\w+).* = ", (ROOT / "ipc" / "wire.py").read_text(), re.M)}
    return found


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "docs/decisions.md"])
def test_every_named_function_exists(name: str) -> None:
    named = set(re.findall(r"`(\w+\.[a-z_]\w+)(?:\(\))?`", prose(ROOT / name)))
    files = {each for each in named if each.endswith((".py", ".md", ".pth", ".pt", ".json", ".safetensors"))}
    keys = {f"{table}.{field.name}" for table in ("limits", "audio", "models", "realtime")
            for field in msgspec.structs.fields(type(getattr(Config(), table)))}  # fmt: skip
    assert named - files - keys <= functions()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_shell_and_python_block_is_run_or_marked(document: Path) -> None:
    """The comment ``<!-- run by FILE -->`` or ``<!-- not run: REASON -->`` holds for the blocks after it."""
    text = document.read_text()
    notes = [(note.start(), note[1]) for note in re.finditer(r"<!-- ((?:not )?run.*?) -->", text, re.S)]
    for block in re.finditer(r"^```(?:sh|python)$", text, re.M):
        before = [note for at, note in notes if at < block.start()]
        assert before, text[block.start() :][:80]
        assert all((ROOT / name).exists() for name in re.findall(r"tests/[\w/]+\.py", before[-1])), before[-1]


@pytest.mark.parametrize(
    "line", re.findall(r"^(?:\w+=\w+ )?(svctl bench .*)$", (ROOT / "docs" / "benchmarks.md").read_text(), re.M)
)
def test_the_commands_of_the_benchmarks_exist(line: str) -> None:
    _, _, name, *words = shlex.split(line)
    command = bench.commands[name]
    command.make_context(name, words, parent=click.Context(bench))


def test_the_examples_of_the_configuration_are_valid() -> None:
    examples = re.findall(r"^```toml\n(.*?)^```", (ROOT / "docs" / "config.md").read_text(), re.M | re.S)
    assert [config_file.parse(example, "example", Config) != Config() for example in examples] == [True]


def declared(struct: type[msgspec.Struct], table: str = "") -> dict[str, tuple[Any, Any]]:
    """Type and default of each key of the configuration, by ``table.key``."""
    keys: dict[str, tuple[Any, Any]] = {}
    hints = get_type_hints(struct, include_extras=True)
    for field in msgspec.structs.fields(struct):
        if isinstance(field.default, msgspec.Struct):
            keys |= declared(type(field.default), f"{table}{field.name}.")
        else:
            keys[table + field.name] = (hints[field.name], getattr(struct(), field.name))
    return keys


def documented() -> dict[str, tuple[str, str]]:
    """Default and range of each key in the tables of docs/config.md, by ``table.key``."""
    keys, table = {}, ""
    section = (ROOT / "docs" / "config.md").read_text().partition("\n## Keys\n")[2].partition("\n## ")[0]
    for line in section.splitlines():
        if heading := re.fullmatch(r"`\[([\w.]+)\]`", line):
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


def test_pre_commit_runs_what_the_check_runs() -> None:
    check = (ROOT / "scripts" / "check").read_text()
    entries = re.findall(r"entry: \.venv/bin/(.*)", (ROOT / ".pre-commit-config.yaml").read_text())
    assert len(entries) == 4
    assert all(f"$bin/{entry}" in check for entry in entries)
