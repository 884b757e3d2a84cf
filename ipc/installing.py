"""The command that installs an extra of this package, in the way in which the package itself was installed."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

_NAME = "steadyvoice"


def install_command(extra: str) -> str:
    """Such as ``/usr/bin/python3 -m pip install 'steadyvoice[rvc]'``, in one line for a shell."""
    from importlib import metadata  # 2 MB, which a process that needs nothing installed does without

    try:
        found = metadata.distribution(_NAME)
    except metadata.PackageNotFoundError:  # running from the source tree
        return command(sys.executable, None, extra, [])
    origin = found.read_text("direct_url.json")
    needs = [each.partition(";")[0].strip() for each in found.requires or [] if f'extra == "{extra}"' in each]
    by = (found.read_text("INSTALLER") or "").strip()
    url: dict[str, Any] | None = json.loads(origin) if origin else {}
    path = _path(url or {})
    if path and not path.exists():
        url = None
    return command(sys.executable, url, extra, needs, by)


def command(python: str, origin: dict[str, Any] | None, extra: str, needs: list[str], by: str = "pip") -> str:
    """origin: the content of direct_url.json (PEP 610); {}: an index; None: a source that is gone, in which case
    ``needs``, the extra's requirements, are installed alone. by: the installer.
    """
    if origin is None:
        what = needs or [f"{_NAME}[{extra}]"]
    elif path := _path(origin):
        what = [f"{path}[{extra}]"]
        if origin.get("dir_info", {}).get("editable"):
            what = ["-e", *what]
    elif "vcs_info" in origin:
        vcs = origin["vcs_info"]
        what = [f"{_NAME}[{extra}] @ {vcs['vcs']}+{origin['url']}@{vcs['commit_id']}"]
    elif url := origin.get("url"):
        what = [f"{_NAME}[{extra}] @ {url}"]
    else:
        what = [f"{_NAME}[{extra}]"]
    tool = ["uv", "pip", "install", "--python", python] if by == "uv" else [python, "-m", "pip", "install"]
    return shlex.join([*tool, *what])


def _path(origin: dict[str, Any]) -> Path | None:
    """The local directory or archive of a file URL."""
    parts = urlsplit(origin.get("url", ""))
    return Path(unquote(parts.path)) if parts.scheme == "file" else None
