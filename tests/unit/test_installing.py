"""The command that installs an optional part, for each way in which the package can have been installed."""

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from steadyvoice.ipc.installing import command

NEEDS = ["torch>=2.4", "safetensors>=0.4"]


@pytest.mark.parametrize(
    ("origin", "by", "line"),
    [
        ({}, "pip", "/py -m pip install 'steadyvoice[rvc]'"),
        ({}, "", "/py -m pip install 'steadyvoice[rvc]'"),
        ({}, "uv", "uv pip install --python /py 'steadyvoice[rvc]'"),
        ({"url": "file:///src/sv", "dir_info": {"editable": True}}, "pip", "/py -m pip install -e '/src/sv[rvc]'"),
        ({"url": "file:///src/sv", "dir_info": {}}, "pip", "/py -m pip install '/src/sv[rvc]'"),
        ({"url": "file:///my%20src/it's", "dir_info": {}}, "pip", "/py -m pip install '/my src/it'\"'\"'s[rvc]'"),
        ({"url": "file:///d/sv-1.whl", "archive_info": {}}, "pip", "/py -m pip install '/d/sv-1.whl[rvc]'"),
        (
            {"url": "https://git/sv", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}},
            "pip",
            "/py -m pip install 'steadyvoice[rvc] @ git+https://git/sv@c0ffee'",
        ),
        (
            {"url": "https://host/sv-1.whl", "archive_info": {}},
            "pip",
            "/py -m pip install 'steadyvoice[rvc] @ https://host/sv-1.whl'",
        ),
        (None, "pip", "/py -m pip install 'torch>=2.4' 'safetensors>=0.4'"),
        (None, "uv", "uv pip install --python /py 'torch>=2.4' 'safetensors>=0.4'"),
    ],
)
def test_the_line(origin: dict[str, Any] | None, by: str, line: str) -> None:
    assert command("/py", origin, "rvc", NEEDS, by) == line


def test_a_folder_that_is_not_there_any_more_is_not_named(tmp_path: Path) -> None:
    """What the extra requires is named instead."""
    about = tmp_path / "steadyvoice-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: steadyvoice\nVersion: 1\nProvides-Extra: rvc\n"
        'Requires-Dist: click\nRequires-Dist: torch>=2.4; extra == "rvc"\nRequires-Dist: other; extra == "pull"\n'
    )
    (about / "direct_url.json").write_text(f'{{"url": "file://{tmp_path}/gone", "dir_info": {{}}}}')
    code = "import sys; sys.path.insert(0, sys.argv[1]); from steadyvoice.ipc.installing import install_command as i; "
    code += "print(i('rvc'))"
    said = subprocess.check_output([sys.executable, "-c", code, tmp_path], text=True).strip()
    assert shlex.split(said) == [sys.executable, "-m", "pip", "install", "torch>=2.4"]
