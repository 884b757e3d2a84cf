"""Owner and mode of added files."""

import os
import stat
from pathlib import Path

import pytest

from steadyvoice.workers.store import access


@pytest.mark.parametrize(
    ("parent", "umask", "folder", "file"),
    [
        (0o755, 0, 0o755, 0o644),
        (0o700, 0, 0o700, 0o600),
        (0o750, 0, 0o750, 0o640),
        (0o777, 0, 0o755, 0o644),
        (0o1777, 0, 0o755, 0o644),
        (0o2775, 0, 0o2775, 0o644),
        (0o2750, 0, 0o2750, 0o640),
        (0o775, 0, 0o755, 0o644),
        (0o755, 0o077, 0o700, 0o600),
        (0o755, 0o027, 0o750, 0o640),
        (0o755, 0o777, 0o700, 0o600),
        (0o000, 0, 0o700, 0o600),
    ],
)
def test_modes(parent: int, umask: int, folder: int, file: int) -> None:
    made = access.folder_mode(parent, umask)
    assert made == folder
    assert access.file_mode(made) == file


@pytest.mark.parametrize(
    ("modes", "closed"),
    [
        ([0o755, 0o755, 0o755], None),
        ([0o755, 0o700, 0o755], 1),
        ([0o755, 0o711, 0o755], None),
        ([0o755, 0o755, 0o711], 2),
        ([0o755, 0o750, 0o700], 1),
        ([0o1777, 0o755, 0o750], 2),
    ],
)
def test_the_first_closed_folder(modes: list[int], closed: int | None) -> None:
    paths = [Path("/"), Path("/a"), Path("/a/b")]
    chain = [(path, stat.S_IFDIR | mode) for path, mode in zip(paths, modes, strict=True)]
    assert access.first_closed(chain) == (None if closed is None else paths[closed])


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o777])
def test_missing_folders_are_made_like_the_one_that_exists(tmp_path: Path, umask: int) -> None:
    tmp_path.chmod(0o755)
    before = os.umask(umask)
    try:
        access.make_folders(tmp_path / "a" / "b")
        access.make_folders(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    mode = 0o755 if os.geteuid() == 0 else 0o700 | 0o755 & ~umask
    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a", tmp_path / "a" / "b")] == [mode, mode]


def test_no_link_is_followed(tmp_path: Path) -> None:
    """In a folder that another user can write to, root changes nothing outside the folder."""
    outside = tmp_path / "outside"
    outside.write_text("x")
    outside.chmod(0o600)
    (tmp_path / "store" / ".away").mkdir(parents=True)
    (tmp_path / "store").chmod(0o755)
    (tmp_path / "store" / ".away" / "link").symlink_to(outside)
    folder = os.open(tmp_path / "store", os.O_RDONLY)
    with pytest.raises(OSError, match="symbolic links"):
        access.settle(".away", folder)
    os.close(folder)
    assert stat.S_IMODE(outside.stat().st_mode) == 0o600
