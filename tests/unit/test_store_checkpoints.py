"""Published directories of Chatterbox, CosyVoice2 and XTTS-v2 as voices of the store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import tiny_lines

pytest.importorskip("torch")

from steadyvoice.workers.store import voices
from steadyvoice.workers.store.place import Refusal

pytestmark = pytest.mark.usefixtures("one_processor")


@pytest.fixture(scope="module")
def small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        tiny_lines.shrink(patch)
        yield


@pytest.fixture
def published(small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STEADYVOICE_DATA", str(tmp_path / "data"))
    tiny_lines.make_voices(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "what"), [("chatterbox", "Chatterbox nano"), ("cosyvoice", "CosyVoice2"), ("xtts", "XTTS-v2")]
)
def test_a_directory_is_copied_and_checked(published: Path, name: str, what: str) -> None:
    (published / name / "README.md").touch()
    done = voices.add(str(published / name), "ann", replace=False)
    assert done["what"].startswith(what)
    copied, given = (
        {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
        for folder in (published / "data" / "voices" / "ann", published / name)
    )
    assert copied == given - {"README.md"}


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("chatterbox/conds.pt", "has no file conds.pt; Chatterbox nano is t3_nano_v1.safetensors"),
        ("cosyvoice/hift.pt", "has no file hift.pt; CosyVoice2 is llm.pt"),
        ("xtts/vocab.json", "has no file vocab.json; XTTS-v2 is model.pth"),
    ],
)
def test_a_missing_file_is_named(published: Path, damage: str, said: str) -> None:
    (published / damage).unlink()
    with pytest.raises(Refusal, match=said):
        voices.add(str((published / damage).parent), "ann", replace=False)
    assert not (published / "data" / "voices" / "ann").exists()


@pytest.mark.parametrize(
    ("file", "other"),
    [
        ("chatterbox/s3gen_meanflow.safetensors", "chatterbox/t3_nano_v1.safetensors"),
        ("cosyvoice/flow.pt", "cosyvoice/hift.pt"),
    ],
)
def test_a_flow_of_another_model_is_refused(published: Path, file: str, other: str) -> None:
    (published / file).write_bytes((published / other).read_bytes())
    with pytest.raises(Refusal, match=f"{published / file} does not fit the flow"):
        voices.add(str((published / file).parent), "ann", replace=False)


@pytest.mark.parametrize(
    ("file", "model"),
    [
        ("chatterbox/t3_nano_v1.safetensors", "Chatterbox"),
        ("chatterbox/s3gen_meanflow.safetensors", "Chatterbox"),
        ("cosyvoice/llm.pt", "CosyVoice2"),
        ("cosyvoice/flow.pt", "CosyVoice2"),
        ("xtts/model.pth", "XTTS-v2"),
    ],
)
def test_one_file_of_a_directory_is_not_enough(published: Path, file: str, model: str) -> None:
    with pytest.raises(Refusal, match=f"is one file of {model}; add its directory: svctl voices add {published}"):
        voices.add(str(published / file), "ann", replace=False)
