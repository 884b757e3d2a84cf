"""The meaning of the keys in a voice's file other than its weights. Pure.

RVC-WebUI, Mangio and their forks write config, f0, version, sr, info, name, author, timestamp, hash and id; Applio and
its forks write embedder_model, vocoder, speakers_id, epoch, step and further ones; rvc-webui of ddPn08 writes
embedder_name, embedder_output_layer, speaker_info and params; Vietnamese-RVC writes energy and architecture. A key can
change the architecture while the shapes of the weights stay the same: the voice would load and speak nonsense.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple


class Judgement(NamedTuple):
    fault: str = ""
    """Why the voice cannot be used, and what to do; empty where it can."""
    notes: tuple[str, ...] = ()
    """Remarks for the user."""


_ENCODER: Final = frozenset({
    "contentvec", "contentvec_base", "contentvec-base", "contentvec768", "contentvec_base768", "contentvec768l12",
    "hubert", "hubert_base", "hubert-base", "hubert_base768", "vec768l12", "vec768-l12", "content-vec-best",
})  # fmt: skip
"""Names of ContentVec; RVC's own file of it is hubert_base.pt."""

_ALLOWED: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "embedder_model": ("content encoder", _ENCODER),
    "embedder_name": ("content encoder", _ENCODER),
    "embedder": ("content encoder", _ENCODER),
    "embedder_output_layer": ("layer of the content encoder", frozenset({"12"})),
    "text_enc_hidden_dim": ("width of the content", frozenset({"768"})),
    "embedder_dim": ("width of the content", frozenset({"768"})),
    "emb_channels": ("width of the content", frozenset({"768"})),
    "vocoder": (
        "vocoder",
        frozenset({"hifi-gan", "hifigan", "nsf-hifi-gan", "nsf-hifigan", "hifi-gan-nsf", "default"}),
    ),
    "architecture": ("architecture", frozenset({"rvc", "applio", "fork/applio", "fork"})),
    "version": ("version", frozenset({"v2"})),
}
"""By key: what its value describes, and the supported values in lower case."""

_REMEDY: Final = {
    "content encoder": "train it again on contentvec",
    "vocoder": "train it again with HiFi-GAN",
    "version": "train it again as v2",
}
_HARMLESS: Final = frozenset({
    "weight", "config", "sr", "f0", "params", "info", "name", "model_name", "author", "timestamp", "hash", "id",
    "model_hash", "epoch", "epochs", "step", "steps", "creation_date", "dataset_length", "dataset_lenght",
    "overtrain_info", "speakers_id", "speaker_info", "energy", "license", "licence", "description", "url", "tags",
    "language", "gender", "date", "credits", "creator", "sha256", "iteration", "learning_rate", "format",
})  # fmt: skip
"""Keys that are used elsewhere, or do not affect the sound."""

_USUAL_ROWS: Final = 109

_TELLING: Final = re.compile(
    r"(^|_)(embed|encod|hubert|contentvec|layer|vocod|generator|arch|quant|dtype|bits|pitch|energy|hop|snake|lora"
    r"|channel|config)|(^|_)(f0|fft|mel|mels|dim|norm)(_|$)"
)
"""An unknown key with one of these words in its name may change the meaning of the weights."""
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def judge(keys: Mapping[str, Any], rate: int, rows: int) -> Judgement:
    """keys: the file's, without ``weight``; rate: hertz by its config; rows: of its speaker table."""
    for key, (what, allowed) in _ALLOWED.items():
        value = keys.get(key)
        if key == "version" and value is None:
            value = "v1"  # RVC wrote no version before its second
        if value is not None and str(value).strip().lower() not in allowed | {"", "none"}:
            remedy = _REMEDY.get(what, "take a voice of RVC v2 as published")
            return Judgement(f"its {what} is {_short(value)} ({key}), which is not supported; {remedy}")
    if not _truth(keys.get("f0", 1)):
        return Judgement("it was trained without pitch (f0 = 0); only voices with pitch can be used")
    if _truth(keys.get("energy")):
        return Judgement(
            "it takes the energy of the sound too (energy), which is not supported; train it again without"
        )
    unknown = [
        str(key) for key, value in keys.items() if key not in _HARMLESS | _ALLOWED.keys() and not _is_empty(value)
    ]
    for key in unknown:
        if _TELLING.search(re.sub(r"\W+", "_", _HUMP.sub("_", key)).lower()):
            return Judgement(
                f"it has an unknown key that may change its meaning ({_short(key)} = {_short(keys.get(key))}); "
                "take a voice as RVC or Applio exports it"
            )
    notes = []
    if (count := speakers(keys, rows)) > 1:
        notes.append(f"it has {count} speakers; the first one is used")
    if (said := hertz(keys.get("sr"))) and said != rate:
        notes.append(f"it calls itself {said / 1000:g} kHz (sr); its config says {rate / 1000:g} kHz, which is used")
    if unknown:
        notes.append(
            f"it has keys that are not known here and are left out: {', '.join(map(_short, sorted(unknown)[:5]))}"
        )
    return Judgement("", tuple(notes))


def speakers(keys: Mapping[str, Any], rows: int) -> int:
    """Number of trained speakers. RVC makes a table of 109 rows for a single one."""
    for said in (keys.get("speakers_id"), len(keys.get("speaker_info") or ())):
        if isinstance(said, int) and 0 < said <= rows:
            return said
    return 1 if rows == _USUAL_ROWS else rows


def hertz(value: Any) -> int:
    """Hertz of a value of ``sr``: "40k", "40000" or 40000; 0 where it is none of these."""
    text = str(value).strip().lower().removesuffix("hz").strip()
    thousand = text.endswith("k")
    try:
        number = float(text.removesuffix("k"))
    except ValueError:
        return 0
    return round(number * 1000 if thousand else number) if 0 < number < 1e6 else 0


def _truth(value: Any) -> bool:
    """True for 1, True, "1" and "true", also as a tensor of one value."""
    return str(getattr(value, "item", lambda: value)()).strip().lower() not in ("0", "false", "none", "", "0.0", "no")


def _is_empty(value: Any) -> bool:
    return value is None or value is False or (isinstance(value, str | list | dict | tuple) and not value)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
