"""Recorded prompts and songs, the built-in voice, and a simulated room between its loudspeaker and a microphone.

The prompts are of Debian's asterisk-core-sounds-en-g722, the songs of asterisk-moh-opsound-g722 (CC BY-SA 3.0).
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import av
import numpy as np
import soxr
from numpy.typing import NDArray

from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.engines.hibari import Hibari, HibariGenerator
from steadyvoice.workers.engines.hibari.dsp import RATE as VOICE_RATE
from steadyvoice.workers.engines.hibari.dsp import HibariVocoder

Sound = NDArray[np.float32]
"""Mono at 48 kHz."""

_SHARE: Final = Path("/usr/share/asterisk")
_PROMPT_BYTES: Final = range(14_000, 48_000)
"""G.722 has 8000 a second."""
_ROOT: Final = Path(__file__).parents[2]


def decoded(file: Path) -> Sound:
    with av.open(str(file), format="g722") as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    sound: Sound = soxr.resample(np.concatenate(frames).astype(np.float32) / 32768, 16_000, SINK_RATE)
    return sound


def prompts(count: int) -> list[Sound]:
    """Spoken by one woman, each of 2 to 6 seconds, at the same level."""
    files = sorted(_SHARE.glob("sounds/en_US_f_Allison/*.g722"))
    assert files, "apt install asterisk-core-sounds-en-g722"
    chosen = [file for file in files if file.stat().st_size in _PROMPT_BYTES]
    return [at_level(decoded(file), -26) for file in chosen[:: len(chosen) // count][:count]]


def songs() -> Iterator[Sound]:
    return (at_level(decoded(file), -26) for file in sorted(_SHARE.glob("moh/*.g722")))


def level(sound: Sound) -> float:
    """Decibels below full scale of the parts with sound, those of 20 ms within 30 dB of the loudest."""
    power = (sound[: len(sound) // 960 * 960].reshape(-1, 960) ** 2).mean(1)
    return float(10 * np.log10(power[power > power.max() / 1000].mean()))


def at_level(sound: Sound, decibels: float) -> Sound:
    return sound * np.float32(10 ** ((decibels - level(sound)) / 20))


def onset(sound: Sound) -> int:
    """The first sample of the first 5 ms that are within 40 dB of the speech level."""
    power = (sound[: len(sound) // 240 * 240].reshape(-1, 240) ** 2).mean(1)
    return int(np.argmax(10 * np.log10(power + 1e-12) > level(sound) - 40)) * 240


def own_voice(seconds: float, generator: HibariGenerator | None = None) -> Sound:
    """The built-in voice reads this project's documents."""
    generator = generator or Hibari().generator()
    vocoder = HibariVocoder()
    made = [np.zeros(VOICE_RATE // 2, np.float32)]
    for sentence in _sentences():
        parts = generator.generate(sentence, "heart", 1.0, more=False)
        made += [vocoder.push(part) for part in parts if isinstance(part, np.ndarray)]
        made += [vocoder.finish(), np.zeros(VOICE_RATE // 4, np.float32)]
        if sum(map(len, made)) > seconds * VOICE_RATE:
            break
    sound = soxr.resample(np.concatenate(made), VOICE_RATE, SINK_RATE)[: int(seconds * SINK_RATE)]
    return at_level(sound, -26)


@cache
def _sentences() -> list[str]:
    text = " ".join(file.read_text() for file in sorted((_ROOT / "docs").glob("*.md")))
    return re.findall(r"[A-Z][a-z ,']{40,200}\.", " ".join(text.split()))


def echo(far: Sound, delay_ms: float, decibels: float = -6.0) -> Sound:
    """What a microphone hears of the loudspeaker: delayed, with reflections that decay by 60 dB in 0.25 s.

    The direct sound is 3 dB above all reflections together: half a metre from the loudspeaker in a room of 40 m3.
    """
    at = np.arange(SINK_RATE // 4)
    response = np.random.default_rng(1).standard_normal(len(at)) * 10 ** (-3 * at / len(at))
    response[0] = 0
    response /= np.sqrt((response**2).sum())
    response[0] = 10 ** (3 / 20)
    response *= 10 ** (decibels / 20) / np.sqrt((response**2).sum())
    delay = round(delay_ms * SINK_RATE / 1000)
    size = 1 << (len(far) + len(at)).bit_length()
    heard = np.fft.irfft(np.fft.rfft(far, size) * np.fft.rfft(response, size), size)
    return np.concatenate([np.zeros(delay), heard])[: len(far)].astype(np.float32)


def noise(samples: int, decibels: float, seed: int = 2) -> Sound:
    """Pink, of a room."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(samples))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 20))
    pink: Sound = np.fft.irfft(spectrum, samples).astype(np.float32)
    return pink * np.float32(10 ** (decibels / 20) / pink.std())


def keyboard(seconds: float, decibels: float = -26.0) -> Sound:
    """Keys at six a second, each of two clicks of 12 ms."""
    random = np.random.default_rng(3)
    sound = np.zeros(int(seconds * SINK_RATE), np.float32)
    at = 0.5
    while at < seconds - 0.3:
        for offset, gain in ((0.0, 1.0), (random.uniform(0.06, 0.11), 0.5)):
            click = random.standard_normal(SINK_RATE * 12 // 1000) * np.exp(-np.arange(SINK_RATE * 12 // 1000) / 100)
            start = int((at + offset) * SINK_RATE)
            sound[start : start + len(click)] += (gain * click).astype(np.float32)
        at += random.gamma(4, 1 / 24)
    return at_level(sound, decibels)
