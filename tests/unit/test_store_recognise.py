"""Identification of files by their contents."""

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from support.foreign import FOREIGN, torched

pytest.importorskip("torch")

from steadyvoice.workers.store import converters, voices
from steadyvoice.workers.store.look import look
from steadyvoice.workers.store.place import Refusal
from steadyvoice.workers.store.recognise import recognise

FILES = Path(__file__).parents[1] / "fixtures"


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_another_kind(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path / "data"))
    file, write, words = FOREIGN[name]
    write(tmp_path / file)
    assert recognise(look(tmp_path / file)).key not in ("", "voice", "contentvec", "rmvpe")
    adds: list[Callable[[], object]] = [
        lambda: converters.add(str(tmp_path / file), "ann", None, False),
        lambda: voices.add(str(tmp_path / file), "ann", False),
    ]
    for add in adds:
        with pytest.raises(Refusal) as refused:
            add()
        said = str(refused.value)
        assert said.startswith(f"{tmp_path / file} is ")
        assert "; " in said, "what to do"
        assert "\n" not in said
        assert len(said) < 400
        for word in words:
            assert word in said
    assert not (tmp_path / "data").exists()


def test_supported_files_are_recognised(tmp_path: Path) -> None:
    assert recognise(look(FILES / "rvc_tiny.pth")).key == "voice"
    assert recognise(look(FILES / "rvc_tiny.safetensors")).key == "contentvec"
    from steadyvoice.workers.converters.rvc.rmvpe import Rmvpe

    torched(Rmvpe().state_dict())(tmp_path / "rmvpe.pt")
    assert recognise(look(tmp_path / "rmvpe.pt")).key == "rmvpe"
    torched(Rmvpe().state_dict(), legacy=True)(tmp_path / "old.pt")
    assert recognise(look(tmp_path / "old.pt")).key == "rmvpe"


class Thief:
    def __reduce__(self) -> tuple[object, ...]:
        return exec, ("raise SystemExit('it ran')",)


@pytest.mark.parametrize(
    "content",
    [
        b"PK\3\4" + bytes(1000),
        b"\x80\2" + bytes(1000),
        b"\x80\2X\xff\xff\xff\x7fshort",
        b"\xff" * 5000,
        bytes(5000),
        (100).to_bytes(8, "little") + b"{" + b"x" * 99,
        (1 << 40).to_bytes(8, "little") + b"{",
        pickle.dumps(Thief()),
    ],
)
def test_damaged_or_hostile_bytes_are_left_to_the_check_and_run_no_code(tmp_path: Path, content: bytes) -> None:
    """The check refuses them later."""
    (tmp_path / "ann.pth").write_bytes(content)
    assert recognise(look(tmp_path / "ann.pth")).key == ""
    whole = FILES.joinpath("rvc_tiny.pth").read_bytes()
    for cut in (5, 100, len(whole) // 2, len(whole) - 30):
        (tmp_path / "cut.pth").write_bytes(whole[:cut])
        assert recognise(look(tmp_path / "cut.pth")).key in ("", "foreign", "text")
