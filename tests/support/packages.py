"""The files that the packages are to have, from those that git has or would add."""

import subprocess
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).parents[2]
_CODE: Final = ("client", "daemon", "gateways", "ipc", "workers")


def known() -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name]


def importable() -> set[str]:
    """Of the wheel's folder ``steadyvoice``: all that is in the folders of code, and the units."""
    found = {"__init__.py", "py.typed"}
    for name in known():
        folder, _, rest = name.partition("/")
        if folder in _CODE and "/bin/" not in name:
            found.add(name)
        elif folder == "systemd":
            found.add(f"units/{rest}")
    return found
