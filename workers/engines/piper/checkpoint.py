"""Check the files of a voice by loading and running them."""

from pathlib import Path
from typing import Final

import numpy as np

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines.hibari.acoustic import session
from steadyvoice.workers.engines.piper import graph
from steadyvoice.workers.engines.piper.added import ABOUT
from steadyvoice.workers.engines.piper.model import Decoder, Encoder, Scales
from steadyvoice.workers.engines.piper.published import HOP, Published, read

_NEAR: Final = 1e-4
"""Of windows to the whole."""


def check(folder: Path) -> str:
    """Describe the voice in the folder in one line. BadModelFile, which names the file; OSError."""
    described = next(file for file in folder.iterdir() if file.name.endswith(ABOUT))
    about, model = read(described), described.with_name(described.name.removesuffix(".json"))
    parts = graph.cut(model)
    try:
        text, flow, vocoder = (session(part, plans_memory=False) if part else None for part in parts)
        _run(about, Encoder(text, flow), Decoder(vocoder))
    except BadModelFile as error:
        raise BadModelFile(f"{model}: {error}") from error
    except Exception as error:  # onnxruntime has its own exception classes
        why = " ".join(str(error).split())[:200]
        raise BadModelFile(f"{model} does not run with its description: {why}") from error
    several = f", {about.num_speakers} speakers" if about.num_speakers > 1 else ""
    return f"Piper, {about.bcp47}, {about.audio.sample_rate} Hz{several}"


def _run(about: Published, encoder: Encoder, decoder: Decoder) -> None:
    """Say every phoneme once, by the last speaker."""
    ids = sorted({each for numbers in about.phoneme_id_map.values() for each in numbers})
    scales = Scales(about.inference.noise_scale, about.inference.length_scale, about.inference.noise_w)
    speaker = about.num_speakers - 1
    latents = encoder(ids, scales, speaker)
    frames = latents.frames(0, latents.count)
    samples = decoder(frames, speaker)
    if not (np.isfinite(frames).all() and np.isfinite(samples).all()):
        raise BadModelFile("it computes something that is no number")
    middle, last = latents.count // 2, min(latents.count, latents.count // 2 + 8)
    if not np.allclose(latents.frames(middle, last), frames[middle:last], atol=_NEAR):
        raise BadModelFile("its flow cannot run on windows")
    window = frames[max(0, middle - decoder.context) : last + decoder.context]
    begin = min(middle, decoder.context) * HOP
    part = decoder(window, speaker)[begin : begin + (last - middle) * HOP]
    if not np.allclose(part, samples[middle * HOP : last * HOP], atol=_NEAR):
        raise BadModelFile("its decoder cannot run on windows")
