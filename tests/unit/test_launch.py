"""Which program started a daemon, from its control group and environment."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from steadyvoice.daemon import launch
from steadyvoice.daemon.launch import Launch


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("0::/user.slice/user-1000.slice/user@1000.service/session.slice/steadyvoice.service\n", "steadyvoice.service"),
        ("0::/system.slice/steadyvoice-system.service\n", "steadyvoice-system.service"),
        ("0::/system.slice/own@name.service/child\n", "own@name.service"),
        ("12:cpu:/x\n1:name=systemd:/y\n0::/a.slice/b.service\n", "b.service"),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", ""),
        ("0::/\n", ""),
        ("", ""),
    ],
)
def test_the_service_of_a_control_group(tmp_path: Path, text: str, unit: str) -> None:
    (tmp_path / "cgroup").write_text(text)
    assert launch.service(tmp_path / "cgroup") == unit


def test_without_control_groups(tmp_path: Path) -> None:
    assert launch.service(tmp_path / "none") == ""


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("STEADYVOICE_STARTED_BY", "NOTIFY_SOCKET", "MANAGERPID"):
        monkeypatch.delenv(name, raising=False)
    launch.launch.cache_clear()
    yield
    launch.launch.cache_clear()


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("variables", "unit", "wanted"),
    [
        ({}, "ssh.service", Launch("")),
        ({"STEADYVOICE_STARTED_BY": "svctl"}, "ssh.service", Launch("svctl")),
        ({"STEADYVOICE_STARTED_BY": "me"}, "", Launch("")),
        ({"NOTIFY_SOCKET": "/n", "MANAGERPID": "7"}, "sv.service", Launch("systemd", "sv.service", "user")),
        ({"NOTIFY_SOCKET": "/n"}, "sv.service", Launch("systemd", "sv.service", "system")),
        ({"NOTIFY_SOCKET": "/n"}, "", Launch("")),
    ],
)
def test_which_program_started_it(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], unit: str, wanted: Launch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(launch, "service", lambda _: unit)
    assert launch.launch() == wanted
    assert "STEADYVOICE_STARTED_BY" not in os.environ, "child processes must not inherit it"
