"""The systemd units, as systemd itself reads them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "systemd"
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    ("name", "manager", "placed"),
    [("steadyvoice", "--user", "%h/.local/bin/svd"), ("steadyvoice-system", "--system", "/usr/local/bin/svd")],
)
def test_systemd_has_no_complaint(name: str, manager: str, placed: str, tmp_path: Path) -> None:
    service = (UNITS / f"{name}.service").read_text()
    assert f"\nExecStart={placed}" in service
    assert f"\nExecReload={placed}" in service
    units = [tmp_path / f"{name}.service", tmp_path / f"{name}.socket"]
    units[0].write_text(service.replace(f"={placed}", f"={BIN / 'svd'}"))
    units[1].write_text((UNITS / f"{name}.socket").read_text())
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    verify = subprocess.run(
        ["systemd-analyze", manager, "--man=no", "--recursive-errors=no", "verify", *units],
        env=os.environ | {"XDG_RUNTIME_DIR": str(runtime), "SYSTEMD_LOG_LEVEL": "warning"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (verify.returncode, verify.stdout, verify.stderr) == (0, "", "")
