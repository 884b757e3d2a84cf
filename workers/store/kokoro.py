"""Kokoro's voices in the store: all of one model in one directory; see workers/engines/kokoro/voice_files.py."""

import contextlib
import itertools
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from steadyvoice.ipc.errors import BadModelFile, one_line
from steadyvoice.workers.engines.kokoro.languages import language, missing
from steadyvoice.workers.store.copying import copy_file
from steadyvoice.workers.store.place import Refusal
from steadyvoice.workers.store.pull import Download, Missing
from steadyvoice.workers.store.registry import Done, module, needs, noted, register

NAME: Final = "kokoro"
_REPOSITORY: Final = "onnx-community/Kokoro-82M-v1.0-ONNX"
"""On the Hugging Face hub, as the package kokoro-js names it."""
_MODEL: Final = "onnx/model_quantized.onnx"
_VOICE: Final = re.compile(r"[a-z][fm]_[a-z]+\.bin")
_PUBLISHED: Final = (
    "af_alloy af_aoede af_bella af_heart af_jessica af_kore af_nicole af_nova af_river af_sarah af_sky am_adam am_echo "
    "am_eric am_fenrir am_liam am_michael am_onyx am_puck am_santa bf_alice bf_emma bf_isabella bf_lily bm_daniel "
    "bm_fable bm_george bm_lewis ef_dora em_alex em_santa ff_siwis hf_alpha hf_beta hm_omega hm_psi if_sara im_nicola "
    "jf_alpha jf_gongitsune jf_nezumi jf_tebukuro jm_kumo pf_dora pm_alex pm_santa zf_xiaobei zf_xiaoni zf_xiaoxiao "
    "zf_xiaoyi zm_yunjian zm_yunxi zm_yunxia zm_yunyang"
)


def is_kokoro(folder: Path) -> bool:
    """Whether it looks like a directory that ``add`` takes: a graph, and voices."""
    return folder.is_dir() and bool(_graphs(folder)) and bool(_voices(folder))


def add(folder: Path, name: str, replace: bool) -> Done:
    """Add a directory with one .onnx file, and voices as NAME.bin in it or in its folder ``voices``."""
    graphs, voices = _graphs(folder), _voices(folder)
    if len(graphs) > 1:
        raise Refusal(f"{one_line(str(folder))} has {len(graphs)} .onnx files; leave the one to use")
    usable = [file for file in voices if not missing(file.stem)]
    if not usable:
        raise Refusal(
            f"{one_line(str(folder))} has no voice that can be used; {_left_out(file.stem for file in voices)}"
        )

    def make(new: Path) -> str:
        taken = new / "given"
        taken.mkdir(parents=True)
        for file in usable:
            copy_file(file, taken / file.name)
        copy_file(graphs[0], taken / "model.onnx")
        return _install(taken, new, {str(taken / "model.onnx"): str(graphs[0]), str(taken): str(usable[0].parent)})

    return noted(register("voices", name, make, replace), _left_out(file.stem for file in voices))


def pull(name: str, replace: bool) -> Done:
    """Fetch the model, and all voices of languages that can be read here, from the Hugging Face hub."""
    needs("onnx", "huggingface_hub")
    download = Download("voices", _REPOSITORY)
    voices = [voice for voice in _PUBLISHED.split() if not missing(voice)]

    def make(new: Path) -> str:
        taken = new / "given"
        taken.mkdir(parents=True)
        with download:
            download.bring(_MODEL, taken / "model.onnx")
            for voice in voices:
                with contextlib.suppress(Missing):
                    download.bring(f"voices/{voice}.bin", taken / f"{voice}.bin")
            try:
                return _install(taken, new, {str(taken): _REPOSITORY})
            finally:
                download.discard()

    done = register("voices", name, make, replace) | {"from": download.origin}
    return noted(done, _left_out(_PUBLISHED.split()))


def _install(taken: Path, new: Path, names: dict[str, str]) -> str:
    """Make the parts of what was ``taken``, and remove that. names: of sources, by the path of their copies."""
    try:
        styles = sorted(taken.glob("*.bin"))
        if not styles:
            raise Refusal(f"{names[str(taken)]} has no voice of a language that can be read here")
        what: str = module("engines.kokoro.install").install(taken / "model.onnx", styles, new, _progress(len(styles)))
    except BadModelFile as error:
        why = str(error)
        for copy, source in names.items():
            why = why.replace(copy, source)
        raise Refusal(one_line(why)) from error
    for file in taken.iterdir():
        file.unlink()
    taken.rmdir()
    return what


def _progress(count: int) -> Callable[[str], None]:
    """A line on a terminal for each voice, which takes some seconds."""
    done = itertools.count(1)

    def show(voice: str) -> None:
        if sys.stderr.isatty():
            print(f"\r\x1b[K{voice}, {next(done)} of {count}", end="", file=sys.stderr, flush=True)

    return show


def _left_out(voices: Iterable[str]) -> str:
    """A remark on the voices of languages that cannot be read here; "" where there are none."""
    reasons = Counter(why for voice in voices if (why := missing(voice)))
    several = [f"{count} voice{'s are' if count > 1 else ' is'} left out: {why}" for why, count in reasons.items()]
    return "; ".join([*several, "after that, add Kokoro again with --replace"] if several else [])


def _graphs(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.onnx") if file.is_file())


def _voices(folder: Path) -> list[Path]:
    files = (file for place in (folder, folder / "voices") for file in sorted(place.glob("*.bin")))
    return [file for file in files if _VOICE.fullmatch(file.name) and file.is_file() and language(file.stem)]
