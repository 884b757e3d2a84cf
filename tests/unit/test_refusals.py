"""One-line descriptions of system errors."""

import errno
import os
from pathlib import Path

import pytest

from steadyvoice.client.svctl import refusals


def refused(number: int, *names: str) -> OSError:
    return OSError(number, os.strerror(number), *names)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (refused(errno.EACCES, "/some/file"), "cannot use /some/file: Permission denied"),
        (refused(errno.ENOSPC, "/x"), "cannot use /x: No space left on device; free some space: df -h"),
        (OSError("no number"), "the system refuses (unknown): no number"),
        (OSError(), "the system refuses (unknown): OSError"),
    ],
)
def test_description_of_an_error(error: OSError, says: str) -> None:
    assert refusals.describe(error) == says


def test_an_error_without_a_file_names_its_function() -> None:
    def opens() -> None:
        raise refused(errno.EMFILE)

    with pytest.raises(OSError, match="Too many") as caught:
        opens()
    line = refusals.describe(caught.value)
    assert ".opens): Too many open files; allow more open files: ulimit -n 1024" in line


def test_a_file_name_that_is_not_utf8() -> None:
    with pytest.raises(OSError, match="No such") as caught:
        os.stat(b"/\xff/x")
    assert refusals.describe(caught.value).startswith("cannot use /")


def test_reason_for_no_connection(tmp_path: Path) -> None:
    file, none = tmp_path / "file", tmp_path / "none"
    file.touch()
    table = {
        (str(none), errno.ENOENT): f"no daemon is running at {none} (aside); svctl speak starts one",
        (str(none), errno.ECONNREFUSED): f"no daemon is running at {none} (aside); svctl speak starts one",
        (str(file), errno.ECONNREFUSED): f"{file} (aside) is not a socket",
        (str(file), errno.EACCES): f"may not connect to {file} (aside)",
        (str(file), errno.EAGAIN): "svctl quit",
        (str(file), errno.EMFILE): f"no daemon can be reached at {file} (aside): Too many open files",
    }
    for (path, number), says in table.items():
        assert says in refusals.unreachable(path, refused(number), "aside")
    assert refusals.unreachable("/x", None) == "no daemon can be reached at /x: no answer"
