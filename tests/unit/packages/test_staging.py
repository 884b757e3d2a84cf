"""The files of the Debian package beside its Python packages: which there are, and what the units run."""

import gzip
import os
import re
from pathlib import Path

import pytest
import staging

from steadyvoice import __version__

COMMANDS = ("svctl", "svd", "svgate")
UNITS = {path.name for path in (staging.PROJECT / "systemd").iterdir()}
OF_THE_MACHINE = {"steadyvoice-system.service", "steadyvoice-system.socket"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("staged")
    staging.stage(root)
    return root


def test_the_files_are_those_that_are_meant(root: Path) -> None:
    documents = "usr/share/doc/steadyvoice/"
    found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_symlink() or path.is_file()}
    assert {name for name in found if not name.startswith(documents)} == {
        *(f"usr/bin/{name}" for name in COMMANDS),
        *(f"usr/lib/steadyvoice/bin/{name}" for name in ("svd", "svgate", "sd_steadyvoice")),
        "usr/lib/speech-dispatcher-modules/sd_steadyvoice",
        *(f"usr/lib/systemd/user/{name}" for name in UNITS - OF_THE_MACHINE),
        *(f"usr/lib/systemd/system/{name}" for name in OF_THE_MACHINE),
        *(f"usr/share/man/man1/{name}.1.gz" for name in COMMANDS),
        "usr/share/bash-completion/completions/svctl",
        "usr/share/zsh/vendor-completions/_svctl",
        "usr/share/fish/vendor_completions.d/svctl.fish",
        "usr/share/lintian/overrides/steadyvoice",
    }  # fmt: skip
    described = {name.removeprefix(documents) for name in found if name.startswith(documents)}
    assert {"README.md", "CHANGELOG.md", "copyright", "changelog.gz", "docs/config.md", "ops/alerts.yml"} <= described
    assert all(
        name.endswith((".md", ".svg", ".yml", ".yaml", ".cfg", ".json", ".gz", "copyright")) for name in described
    )


def test_links_lead_to_the_commands_of_the_virtual_environment(root: Path) -> None:
    for name in ("usr/bin/svctl", "usr/bin/svd", "usr/bin/svgate", "usr/lib/speech-dispatcher-modules/sd_steadyvoice"):
        target = (root / name).parent / os.readlink(root / name)
        assert Path(os.path.normpath(target)) == root / "usr/lib/steadyvoice/bin" / Path(name).name
    script = (root / "usr/lib/steadyvoice/bin/svd").read_text()
    assert script.startswith("#!/usr/lib/steadyvoice/bin/python3 -P\nfrom steadyvoice.daemon.__main__ import main\n")


def test_units_run_the_commands_of_the_package(root: Path) -> None:
    for unit in root.glob("usr/lib/systemd/*/*.service"):
        text = unit.read_text()
        runs = re.findall(r"^Exec\w+=(\S+)", text, re.M)
        assert set(runs) - {"kill"} in ({"/usr/bin/svd"}, {"/usr/bin/svgate"}), unit
        before = text.partition("[Unit]")[0]
        assert before.startswith("# ")
        assert "install" not in before


def test_completion_and_pages_are_of_svctl(root: Path) -> None:
    assert "_svctl_completion" in (root / "usr/share/bash-completion/completions/svctl").read_text()
    assert (root / "usr/share/zsh/vendor-completions/_svctl").read_text().startswith("#compdef svctl\n")
    assert gzip.decompress((root / "usr/share/man/man1/svctl.1.gz").read_bytes()).startswith(b".TH SVCTL 1 ")


def test_the_page_names_the_packages_of_this_version() -> None:
    named = re.findall(r"steadyvoice[-_](\d+\.\d+\.\d+)", (staging.PROJECT / "docs" / "install.md").read_text())
    assert set(named) == {__version__}
