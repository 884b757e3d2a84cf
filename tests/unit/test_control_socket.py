"""Where the control socket is, for every state of the environment that people have."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from steadyvoice.ipc import control_socket
from steadyvoice.ipc.control_socket import MAX_BYTES, make_folder, socket_name, why_not_runtime
from steadyvoice.ipc.errors import SteadyvoiceError, UnusableSocketPath

FOREIGN = 65534


class Machine:
    """Its directories, below one of this test's own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.runtime, self.own, self.tmp = root / "user" / "run", root / "run" / "user", root / "tmp"
        self.system = root / "run" / "steadyvoice" / "control.sock"

    def login(self) -> None:
        self.own.mkdir(parents=True, mode=0o700)

    def in_tmp(self) -> Path:
        return self.tmp / f"steadyvoice-{os.getuid()}"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """The machine of an ordinary user without a login session; the user's daemon does not run."""
    machine = Machine(tmp_path)
    machine.tmp.mkdir()
    machine.runtime.mkdir(parents=True)
    for name in ("XDG_RUNTIME_DIR", "STEADYVOICE_SOCKET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(control_socket, "SYSTEM", str(machine.system))
    monkeypatch.setattr(control_socket, "_runtime_directory", lambda: str(machine.own))
    monkeypatch.setattr(control_socket, "_in_tmp", lambda: str(machine.in_tmp()))
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != "/run" and access(path, mode))
    return machine


def test_the_option_comes_first_then_the_variable(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(machine.runtime))
    monkeypatch.setenv("STEADYVOICE_SOCKET", "named.sock")
    assert socket_name("/an/option") == "/an/option"
    assert socket_name() == socket_name("") == "named.sock"
    monkeypatch.setenv("STEADYVOICE_SOCKET", "")
    assert socket_name() == str(machine.runtime / "steadyvoice" / "control.sock")


def not_there(machine: Machine) -> str:
    return str(machine.root / "gone")


def a_file(machine: Machine) -> str:
    (machine.root / "file").touch()
    return str(machine.root / "file")


def below_a_file(machine: Machine) -> str:
    return f"{a_file(machine)}/run"


def of_somebody_else(machine: Machine) -> str:
    os.chown(machine.runtime, FOREIGN, FOREIGN)
    return str(machine.runtime)


def relative(machine: Machine) -> str:
    os.chdir(machine.root)
    return "user/run"


def a_loop(machine: Machine) -> str:
    (machine.root / "loop").symlink_to("loop")
    return str(machine.root / "loop")


UNUSABLE: list[tuple[Callable[[Machine], str], str]] = [
    (lambda machine: "", "XDG_RUNTIME_DIR is not set"),
    (not_there, "gone does not exist"),
    (a_file, "file is not a directory"),
    (below_a_file, "cannot be used: Not a directory"),
    (relative, "XDG_RUNTIME_DIR=user/run is not an absolute path"),
    (a_loop, "cannot be used: Too many levels of symbolic links"),
]
SOMEBODY_ELSES = pytest.param(
    of_somebody_else,
    f"belongs to user {FOREIGN}",
    marks=pytest.mark.skipif(os.getuid() != 0, reason="only root gives directories away"),
)


@pytest.mark.parametrize(("value", "reason"), [*UNUSABLE, SOMEBODY_ELSES])
def test_a_runtime_directory_that_is_not_this_users(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, value: Callable[[Machine], str], reason: str
) -> None:
    """As cron, su, sudo -E and containers leave the variable: the directory of the user's session, else one in /tmp."""
    monkeypatch.chdir(machine.root)
    monkeypatch.setenv("XDG_RUNTIME_DIR", value(machine))
    assert socket_name() == str(machine.in_tmp() / "control.sock")
    assert reason in why_not_runtime(socket_name())
    assert f"{machine.own} does not exist" in why_not_runtime(socket_name())
    machine.login()
    assert socket_name() == str(machine.own / "steadyvoice" / "control.sock")
    assert reason in why_not_runtime(socket_name())
    assert "does not exist" not in why_not_runtime(socket_name()).replace(reason, "")


def test_the_machines_daemon_serves_users_without_a_session(machine: Machine) -> None:
    machine.system.parent.mkdir(parents=True)
    assert socket_name() == str(machine.in_tmp() / "control.sock"), "it does not run"
    machine.system.touch()
    assert socket_name() == str(machine.system)
    machine.login()
    assert socket_name() == str(machine.own / "steadyvoice" / "control.sock")


def test_a_name_as_long_as_a_sockets_may_be(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    fits = "/" + "é" * ((MAX_BYTES - 1) // 2)
    assert socket_name(fits) == fits
    with pytest.raises(UnusableSocketPath, match=r"may have 107 bytes, this one has 109.*--socket"):
        socket_name(f"{fits}é")
    monkeypatch.setenv("STEADYVOICE_SOCKET", f"{fits}é")
    with pytest.raises(SteadyvoiceError, match="109"):
        socket_name()


def link(folder: Path) -> None:
    folder.symlink_to("/etc")


def dangling_link(folder: Path) -> None:
    folder.symlink_to("nowhere")


def link_to_own(folder: Path) -> None:
    """Whoever made the link may have it point elsewhere later."""
    (folder.parent / "own").mkdir(mode=0o700)
    folder.symlink_to("own")


def file(folder: Path) -> None:
    folder.touch()


def for_all(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)


def for_the_group(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o770)


def foreign(folder: Path) -> None:
    folder.mkdir()
    os.chown(folder, FOREIGN, FOREIGN)


@pytest.mark.parametrize("plant", [link, dangling_link, link_to_own, file, for_all, for_the_group, foreign])
def test_what_others_have_put_into_tmp(machine: Machine, plant: Callable[[Path], None]) -> None:
    if plant is foreign and os.getuid() != 0:
        pytest.skip("only root gives directories away")
    plant(machine.in_tmp())
    with pytest.raises(UnusableSocketPath, match="is not a directory that only user"):
        socket_name()


def test_what_is_made_in_tmp_is_this_users_alone(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.umask(0)
    try:
        make_folder(socket_name())
    finally:
        os.umask(before)
    assert machine.in_tmp().stat().st_mode & 0o7777 == 0o700
    make_folder(socket_name())
    path = socket_name()
    machine.in_tmp().chmod(0o777)
    with pytest.raises(UnusableSocketPath):
        make_folder(path)


def test_nothing_is_explained_where_the_path_was_named(machine: Machine) -> None:
    assert why_not_runtime("/some/where") == ""
