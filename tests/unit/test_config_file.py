"""Which configuration file is read, and the message where it cannot be."""

from pathlib import Path

import pytest

from steadyvoice.daemon import config
from steadyvoice.daemon.config import Config
from steadyvoice.ipc import paths
from steadyvoice.ipc.config_file import ConfigError


def test_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes("voice = 'ä'".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"config.toml: cannot be read: .*utf-8"):
        config.load(tmp_path / "config.toml")


@pytest.mark.parametrize("name", [".", "missing.toml", "config.toml/x", "loop", "x" * 300])
def test_named_file_must_be_readable(tmp_path: Path, name: str) -> None:
    (tmp_path / "config.toml").touch()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(ConfigError) as caught:
        config.load(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: cannot be read: ")
    assert "\n" not in str(caught.value)


def test_the_users_own_file_is_optional(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert config.load(None) == Config()
    (tmp_path / "steadyvoice").mkdir()
    assert config.load(None) == Config()
    (tmp_path / "steadyvoice" / "config.toml").write_text("voice = 'nova'")
    assert config.load(None).voice == "nova"
    (tmp_path / "steadyvoice" / "config.toml").write_text("voise = 'nova'")
    with pytest.raises(ConfigError, match="did you mean 'voice'"):
        config.load(None)


def test_the_users_own_file_is_in_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for base in (None, ""):
        monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
        if base is not None:
            monkeypatch.setenv("XDG_CONFIG_HOME", base)
        assert paths.configuration() == tmp_path / ".config/steadyvoice/config.toml"
