"""Check the files of a voice by loading and running them."""

from pathlib import Path

import numpy as np

from steadyvoice.ipc.errors import BadModelFile
from steadyvoice.workers.engines.hibari.acoustic import session
from steadyvoice.workers.engines.piper import graph
from steadyvoice.workers.engines.piper.added import ABOUT
from steadyvoice.workers.engines.piper.model import Decoder, Encoder, Scales
from steadyvoice.workers.engines.piper.published import Published, read


def check(folder: Path) -> str:
    """Describe the voice in the folder in one line. BadModelFile, which names the file; OSError."""
    described = next(file for file in folder.iterdir() if file.name.endswith(ABOUT))
    about, model = read(described), described.with_name(described.name.removesuffix(".json"))
    parts = graph.cut(model)
    try:
        encoder, decoder = Encoder(session(parts.generator)), Decoder(session(parts.vocoder))
        _run(about, encoder, decoder)
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
    frames, _ = encoder(ids, scales, speaker)
    samples = decoder(frames[: 2 * decoder.context + 1], speaker)
    if not (np.isfinite(frames).all() and np.isfinite(samples).all()):
        raise BadModelFile("it computes something that is no number")
