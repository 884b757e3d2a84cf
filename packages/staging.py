"""The files of the Debian package, beside what pip installs: ``staging.py ROOT`` puts them below ROOT.

It is run by a Python that has Steadyvoice installed, and reads the project's own files.
"""

import gzip
import os
import re
import sys
from email.utils import formatdate
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

import man_pages

from steadyvoice import __version__
from steadyvoice.client.svctl import completion
from steadyvoice.client.svctl.commands import main as svctl

PROJECT: Final = Path(__file__).parents[1]
_PLACE: Final = "usr/lib/steadyvoice"
"""Of the virtual environment."""
_COMMANDS: Final = ("svctl", "svd", "svgate")
_COMPLETIONS: Final = {
    "bash": "usr/share/bash-completion/completions/svctl",
    "zsh": "usr/share/zsh/vendor-completions/_svctl",
    "fish": "usr/share/fish/vendor_completions.d/svctl.fish",
}
_MODULE: Final = "usr/lib/speech-dispatcher-modules/sd_steadyvoice"
"""Where Debian's speech-dispatcher finds modules by itself."""
_DOCUMENTS: Final = "usr/share/doc/steadyvoice"
_IN_UNITS: Final = re.compile(r"^(Exec\w+=)\S*/(svd|svgate)\b", re.MULTILINE)
_CHANGES: Final = """\
steadyvoice ({version}) unstable; urgency=medium

  * CHANGELOG.md in this folder lists what is new.

 -- The Steadyvoice project <steadyvoice@localhost>  {date}
"""


def stage(root: Path) -> None:
    """Write the commands, units, completion, man pages, the module of speech-dispatcher, and documents."""
    for entry in distribution("steadyvoice").entry_points.select(group="console_scripts"):
        script = f"#!/{_PLACE}/bin/python3 -P\nfrom {entry.module} import {entry.attr}\n\n{entry.attr}()\n"
        _write(root / _PLACE / "bin" / entry.name, script)
        (root / _PLACE / "bin" / entry.name).chmod(0o755)
    for name in _COMMANDS:
        _link(root / "usr/bin" / name, f"../lib/steadyvoice/bin/{name}")
    _link(root / _MODULE, "../steadyvoice/bin/sd_steadyvoice")
    for file in sorted((PROJECT / "systemd").iterdir()):
        manager = "system" if file.stem == "steadyvoice-system" else "user"
        _write(root / "usr/lib/systemd" / manager / file.name, unit(file.name, file.read_text()))
    for shell, place in _COMPLETIONS.items():
        _write(root / place, completion.script(svctl, shell) + "\n")
    for name, text in man_pages.pages().items():
        _write_packed(root / f"usr/share/man/man1/{name}.gz", text)
    _write_documents(root / _DOCUMENTS)
    overrides = (PROJECT / "packages/debian/lintian-overrides").read_text()
    _write(root / "usr/share/lintian/overrides/steadyvoice", overrides)


def _write_documents(folder: Path) -> None:
    for pattern in ("README.md", "CHANGELOG.md", "docs/*.md", "docs/*/*.svg", "ops/*"):
        for file in PROJECT.glob(pattern):
            _write(folder / file.relative_to(PROJECT), file.read_text())
    _write(folder / "copyright", (PROJECT / "packages/debian/copyright").read_text())
    date = formatdate((PROJECT / "CHANGELOG.md").stat().st_mtime)
    _write_packed(folder / "changelog.gz", _CHANGES.format(version=__version__, date=date))


def unit(name: str, text: str) -> str:
    """A unit of the package: it runs the commands in /usr/bin, and its first lines do not say how to copy it."""
    comment, section, rest = text.partition("[Unit]\n")
    if name.endswith(".service"):
        comment = comment.splitlines()[0].partition(" To install")[0] + "\n"
    return comment + section + _IN_UNITS.sub(r"\1/usr/bin/\2", rest)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def _write_packed(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(text.encode(), mtime=0))


def _link(file: Path, target: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    os.symlink(target, file)


if __name__ == "__main__":
    stage(Path(sys.argv[1]))
