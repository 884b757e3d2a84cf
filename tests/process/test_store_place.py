"""Changes of the store are atomic: a file is in it completely, or not at all."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec

import pytest

from steadyvoice.workers.store.place import Misuse, Place, Refusal, valid

P = ParamSpec("P")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "voices"


def put(name: str, text: str, *, replace: bool = False) -> None:
    with Place("voices") as place:
        new = place.new(name)
        new.mkdir()
        (new / "file").write_text(text)
        place.put(name, replace)


def read(folder: Path) -> dict[str, str]:
    """The content of each entry, hidden ones included."""
    return {name: (folder / name / "file").read_text() for name in os.listdir(folder)}


def test_entries_are_put_replaced_and_removed(folder: Path) -> None:
    put("a", "1")
    put("b", "1")
    with pytest.raises(Refusal, match="exists already"):
        put("a", "2")
    assert read(folder) == {"a": "1", "b": "1"}
    put("a", "2", replace=True)
    assert read(folder) == {"a": "2", "b": "1"}
    with Place("voices") as place:
        place.remove("b")
    with pytest.raises(FileNotFoundError), Place("voices") as place:
        place.remove("b")
    assert read(folder) == {"a": "2"}


def test_a_failed_put_leaves_nothing(folder: Path) -> None:
    with pytest.raises(FileNotFoundError), Place("voices") as place:
        (place.new("a") / "b" / "c").mkdir()
    assert os.listdir(folder) == []


@pytest.mark.parametrize("calls", range(8))
def test_a_replacement_killed_at_any_call_leaves_the_old_or_the_new_entry(folder: Path, calls: int) -> None:
    """The process is killed before its n-th mkdir or rename; the next put completes or undoes the replacement."""
    put("a", "old")
    if not (pid := os.fork()):
        rename, mkdir = os.rename, os.mkdir
        left = iter(range(calls))

        def counted(call: Callable[P, None]) -> Callable[P, None]:
            def run(*given: P.args, **more: P.kwargs) -> None:
                if next(left, None) is None:
                    os._exit(9)
                call(*given, **more)

            return run

        os.rename, os.mkdir = counted(rename), counted(mkdir)
        try:
            put("a", "new", replace=True)
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    killed = os.waitstatus_to_exitcode(status) == 9
    assert killed == (calls < 6), "a replacement has six such calls"
    put("b", "next")
    assert read(folder) in ({"a": "old", "b": "next"}, {"a": "new", "b": "next"})
    assert killed or read(folder)["a"] == "new"


def test_valid_and_invalid_names() -> None:
    for name in ("soprano", "a", "_", "0", "A.b-c_1"):
        assert valid(name) == name
    for name in ("", ".", "..", ".a", "-a", "a/b", "a b", "a\n", "é", "a" * 65):
        with pytest.raises(Misuse) as raised:
            valid(name)
        assert len(str(raised.value).splitlines()) == 1
