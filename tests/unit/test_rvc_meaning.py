"""The meaning of the keys in a voice's file other than its weights."""

from typing import Any

import pytest

from steadyvoice.workers.converters.rvc.meaning import hertz, judge, speakers

PLAIN: dict[str, Any] = {"version": "v2", "f0": 1, "sr": "40k", "config": [1, 40000]}
APPLIO: dict[str, Any] = PLAIN | {
    "sr": 40000, "epoch": 200, "step": 3000, "creation_date": "2025-01-01T00:00:00", "model_hash": "ab", "author": None,
    "overtrain_info": "", "dataset_length": "00:10:00", "model_name": "ann", "speakers_id": 1, "vocoder": "HiFi-GAN",
    "embedder_model": "contentvec", "f0": True,
}  # fmt: skip


@pytest.mark.parametrize(
    "keys",
    [
        PLAIN,
        APPLIO,
        PLAIN | {"info": "200epoch", "name": "ann", "timestamp": 1, "hash": "ab", "id": "cd"},
        PLAIN | {"embedder_name": "contentvec", "embedder_output_layer": 12, "params": None},
        APPLIO | {"embedder_model": None, "vocoder": None, "architecture": "RVC", "energy": False},
        APPLIO | {"embedder_model": "ContentVec", "vocoder": "Default"},
        APPLIO | {"embedder_model": "hubert_base", "text_enc_hidden_dim": 768},
        PLAIN | {"f0": "1", "sr": 40000.0, "new_thing": None, "quantized": False},
    ],
)
def test_a_voice_of_rvc_or_of_a_fork(keys: dict[str, Any]) -> None:
    assert judge(keys, 40000, 109) == ("", ())


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        *(
            ({"embedder_model": name}, ["content encoder", name, "contentvec"])
            for name in (
                *("spin", "spin-v2", "japanese-hubert-base", "chinese-hubert-base", "korean-hubert-base", "custom"),
                *("vietnamese_hubert_base", "whisper-base", "mhubert-147", "japanese-hubert-large"),
            )
        ),
        ({"embedder_name": "hubert-base-japanese"}, ["content encoder"]),
        ({"embedder": "wavlm"}, ["content encoder"]),
        ({"embedder_output_layer": 9}, ["layer"]),
        ({"text_enc_hidden_dim": 1024}, ["1024"]),
        ({"emb_channels": 256}, ["256"]),
        *(
            ({"vocoder": name}, ["vocoder", name, "HiFi-GAN"])
            for name in ("MRF HiFi-GAN", "RefineGAN", "BigVGAN", "RingFormer", "PCPH-GAN", "MRF-HiFi-GAN")
        ),
        ({"architecture": "SVC"}, ["SVC"]),
        ({"version": "v1"}, ["v1", "v2"]),
        ({"version": None}, ["v1"]),
        ({"version": "v3"}, ["v3"]),
        ({"version": "voras_beta"}, ["voras_beta"]),
        ({"f0": 0}, ["without pitch"]),
        ({"f0": False}, ["without pitch"]),
        ({"f0": "0"}, ["without pitch"]),
        ({"f0": None}, ["without pitch"]),
        ({"energy": True}, ["energy"]),
        ({"quantization": "int8"}, ["quantization", "int8"]),
        ({"new_encoder": "x"}, ["new_encoder"]),
        ({"vocoder_config": {"a": 1}}, ["vocoder_config"]),
        ({"architecture_id": "x"}, ["architecture_id"]),
        ({"hop_length": 512}, ["hop_length"]),
        ({"vocoderType": "x"}, ["vocoderType"]),
        ({"textEncoder": "x"}, ["textEncoder"]),
        ({"n-fft": 2048}, ["n-fft"]),
        ({"embedder_model": "spin\nspin" * 100}, ["spin"]),
    ],
)
def test_a_voice_of_another_meaning(keys: dict[str, Any], words: list[str]) -> None:
    fault, notes = judge(PLAIN | keys, 40000, 1)
    assert notes == ()
    assert ";" in fault, "what to do"
    assert "\n" not in fault
    assert len(fault) < 300
    for word in words:
        assert word in fault


@pytest.mark.parametrize(
    ("keys", "rows", "words"),
    [
        ({"mood": "glad", 7: "x"}, 1, ["'mood'", "7", "left out"]),
        ({"research_by": "ann", "melody": "x", "dimensions": "x"}, 1, ["research_by", "melody", "left out"]),
        ({"sr": "48k"}, 1, ["48 kHz", "40 kHz"]),
        ({"speakers_id": 3}, 109, ["3 speakers", "first"]),
        ({"speaker_info": {"0": "ann", "1": "bob"}}, 109, ["2 speakers"]),
        ({}, 4, ["4 speakers"]),
    ],
)
def test_remarks_for_the_user(keys: dict[Any, Any], rows: int, words: list[str]) -> None:
    fault, (note,) = judge(PLAIN | keys, 40000, rows)
    assert fault == ""
    for word in words:
        assert word in note


def test_speakers() -> None:
    assert [speakers({}, rows) for rows in (1, 2, 109)] == [1, 2, 1]
    assert speakers({"speakers_id": 500}, 109) == 1, "more than there are rows"
    assert speakers({"speakers_id": "many", "speaker_info": None}, 109) == 1


@pytest.mark.parametrize(
    ("said", "number"),
    [("40k", 40000), (40000, 40000), ("40000", 40000), ("44.1k", 44100), ("40 kHz", 40000), ("", 0), (None, 0),
     ("high", 0), (-1, 0), ("inf", 0), ("nan", 0)],
)  # fmt: skip
def test_hertz(said: Any, number: int) -> None:
    assert hertz(said) == number
