"""The systemd units, checked by ``systemd-analyze``; test_systemd.py runs them."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "systemd"
BIN = Path(sys.executable).parent

Analyze = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def analyze(tmp_path: Path) -> Analyze:
    """Run systemd-analyze as a user's or the system's manager would be asked."""
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    env = os.environ | {"XDG_RUNTIME_DIR": str(runtime), "SYSTEMD_LOG_LEVEL": "warning"}

    def run(*args: str | Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(["systemd-analyze", *args], env=env, capture_output=True, text=True, timeout=60)

    return run


@pytest.mark.parametrize(
    ("name", "manager", "placed", "exposure"),
    [
        ("steadyvoice", "--user", "%h/.local/bin/svd", 70),
        ("steadyvoice-system", "--system", "/usr/local/bin/svd", 15),
        ("steadyvoice-http", "--user", "%h/.local/bin/svgate", 70),
        ("steadyvoice-wyoming", "--user", "%h/.local/bin/svgate", 70),
        ("steadyvoice-mpris", "--user", "%h/.local/bin/svgate", 70),
        ("steadyvoice-spiel", "--user", "%h/.local/bin/svgate", 70),
    ],
)
def test_systemd_analyze_reports_no_problem(
    analyze: Analyze, name: str, manager: str, placed: str, exposure: int, tmp_path: Path
) -> None:
    """exposure: highest allowed security score in tenths: that of docs/systemd.md, and a margin for later versions."""
    program = Path(placed).name
    service = (UNITS / f"{name}.service").read_text()
    assert f"\nExecStart={placed}" in service
    assert (f"\nExecReload={placed}" in service) is (program == "svd")
    units = [tmp_path / path.name for path in UNITS.glob("*.s*") if path.stem in (name, "steadyvoice")]
    for unit in units:
        text = (UNITS / unit.name).read_text()
        unit.write_text(re.sub(r"^(Exec\w+)=\S*/(svd|svgate)\b", rf"\1={BIN}/\2", text, flags=re.M))
    verified = [unit for unit in units if unit.stem == name]
    verify = analyze(manager, "--man=no", "--recursive-errors=no", "verify", *verified)
    assert (verify.returncode, verify.stdout, verify.stderr) == (0, "", "")
    service_file = tmp_path / f"{name}.service"
    security = analyze(manager, "--offline=yes", f"--threshold={exposure}", "--no-pager", "security", service_file)
    assert security.returncode == 0, security.stdout
