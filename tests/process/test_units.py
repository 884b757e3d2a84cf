"""The systemd units, checked by ``systemd-analyze``; test_systemd.py runs them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "systemd"
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    ("name", "manager", "placed", "exposure"),
    [
        ("steadyvoice", "--user", "%h/.local/bin/svd", 70),
        ("steadyvoice-system", "--system", "/usr/local/bin/svd", 15),
    ],
)
def test_systemd_analyze_reports_no_problem(
    name: str, manager: str, placed: str, exposure: int, tmp_path: Path
) -> None:
    """exposure: highest allowed security score in tenths: that of docs/systemd.md, and a margin for later versions."""
    service = (UNITS / f"{name}.service").read_text()
    assert f"\nExecStart={placed}" in service
    assert f"\nExecReload={placed}" in service
    units = [tmp_path / f"{name}.service", tmp_path / f"{name}.socket"]
    units[0].write_text(service.replace(f"={placed}", f"={BIN / 'svd'}"))
    units[1].write_text((UNITS / f"{name}.socket").read_text())
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    env = os.environ | {"XDG_RUNTIME_DIR": str(runtime), "SYSTEMD_LOG_LEVEL": "warning"}

    def analyze(*args: str | Path) -> "subprocess.CompletedProcess[str]":
        command = ["systemd-analyze", manager, *args]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)

    verify = analyze("--man=no", "--recursive-errors=no", "verify", *units)
    assert (verify.returncode, verify.stdout, verify.stderr) == (0, "", "")
    security = analyze("--offline=yes", f"--threshold={exposure}", "--no-pager", "security", units[0])
    assert security.returncode == 0, security.stdout
