"""Text from a file or a pipe: encodings, and input that is not text."""

import os
from pathlib import Path

import pytest

from steadyvoice.client.svctl.files.output_file import InputUnusable
from steadyvoice.client.svctl.text_source import TextSource

SHOWN = "Grüße, 世界.\r\n"


def read(file: Path) -> str:
    source, text = TextSource(str(file)), ""
    while not source.at_end:
        text += source.read()
    source.close()
    return text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_text_with_a_byte_order_mark(tmp_path: Path, encoding: str, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x").write_bytes(SHOWN.encode(encoding))
    assert read(tmp_path / "x") == SHOWN
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("order", ["le", "be"])
def test_utf16_of_either_byte_order(tmp_path: Path, order: str) -> None:
    (tmp_path / "x").write_bytes(("\ufeff" + SHOWN).encode(f"utf-16-{order}"))
    assert read(tmp_path / "x") == SHOWN


def test_invalid_utf8_is_reported_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x").write_bytes(b"caf\xe9. " * 20_000)
    assert read(tmp_path / "x").startswith("caf\ufffd. caf")
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert "iconv" in said


def test_a_character_split_across_two_pieces(tmp_path: Path) -> None:
    text = "x" * 65535 + "é" + "y"
    (tmp_path / "x").write_text(text)
    assert read(tmp_path / "x") == text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"%PDF-1.7 ...", "pdftotext"),
        (b"PK\x03\x04...", "pandoc"),
        (b"\n<!doctype HTML>\n<p>Hi.", "pandoc"),
        (b"<html lang=en>", "pandoc"),
        (b"{\\rtf1 ...", "pandoc"),
        (b"\x1f\x8b\x08...", "zcat"),
        (b"BZh91...", "bzcat"),
        (b"\xfd7zXZ\0", "xzcat"),
        (b"\x28\xb5\x2f\xfd...", "zstdcat"),
        (b"\xd0\xcf\x11\xe0\xa1", "antiword"),
        (b"\x7fELF\x02\x01\0\0", "binary"),
        (b"ID3\x04\0\0", "binary"),
        (b"\x89PNG\r\n\x1a\n\0", "binary"),
    ],
)
def test_non_text_is_reported_with_a_conversion(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(InputUnusable) as refused:
        read(tmp_path / "x")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["", "missing", "x" * 300, "a\0b", "folder"])
def test_unreadable_file_is_reported(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputUnusable, match="cannot read"):
        read(Path(f"{tmp_path}/{name}"))


def test_a_pipe_has_no_size_and_is_ready_with_data(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = os.open(tmp_path / "pipe", os.O_RDWR)
    source = TextSource(str(tmp_path / "pipe"))
    assert (source.size, source.is_ready()) == (0, False)
    os.write(writer, b"Hi.")
    assert source.is_ready()
    assert source.read() == "Hi."
    source.close()
    os.close(writer)
