"""Hibari's vocoder as a stream: predicted spectra to a waveform, 24 kHz, one hop of 300 samples a frame.

    S = exp(lh) e^{i pi tanh(theta)} STFT(pulses(f0)) + exp(ln) Z + exp(lr) e^{i phi}

then an inverse STFT (1200/300, periodic Hann). The mathematics is that of hibari-tts (hibari/dsp.py, Apache-2.0),
which runs over a whole sentence; here all state that spans frames is kept from push to push.

A spectrum needs the F0 of the next two frames (its STFT window extends 600 samples, and F0 is interpolated), and a
hop needs the spectra of the next two frames: push() lags four frames, 50 ms.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from steadyvoice.workers.engines.engine import Frames, Samples

BINS, HOP, RATE = 601, 300, 24000
DIM = 5 * BINS + 1
"""Columns of a frame: lh, theta, ln, lr, phi (601 each), F0 in hertz."""

_SIZE, _HALF, _HOPS = 1200, 600, 4
_VOICED, _TOP = np.float32(40.0), np.float32(11000.0)
_WINDOW = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_SIZE) / _SIZE)).astype(np.float32)
_ANALYSIS = _WINDOW / np.float32(_SIZE / 4)  # so that a unit cosine has magnitude 1
_POWER = (_WINDOW * _WINDOW).reshape(_HOPS, HOP)
_SETTLED = 1 / _POWER.sum(axis=0)
_TOWARDS = ((np.arange(HOP) + 0.5) / HOP).astype(
    np.float32
)  # interpolation weights from one frame's centre to the next
_AWAY = np.float32(1) - _TOWARDS

Floats = NDArray[np.float32]


class Noise(Protocol):
    """Of numpy.random.Generator what the vocoder uses."""

    def standard_normal(self, size: tuple[int, int], dtype: type[np.float32]) -> Floats: ...


def _noise() -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(0))


class HibariVocoder:
    """One segment at a time. Chunked equals whole: noise, phase and edges do not depend on how the frames are cut.

    noise: makes a segment's source of normal random numbers, 1202 per frame (real and imaginary parts alternate). By
    default it is the same for each segment, so that computing a segment again gives the same samples.
    """

    def __init__(self, noise: Callable[[], Noise] = _noise) -> None:
        self._make_noise = noise
        self._reset()

    def push(self, frames: Frames) -> Samples:
        """[n, 3006] with n >= 0; the array is not kept. Returns [300 m] float32."""
        if not len(frames):
            return np.empty(0, np.float32)
        return self._advance(frames, end=False)

    def finish(self) -> Samples:
        """The remaining samples; in all, 300 per pushed frame. The next push begins a new segment."""
        rest = self._advance(np.empty((0, DIM), np.float32), end=True) if self._pushed else np.empty(0, np.float32)
        self._reset()
        return rest

    def _reset(self) -> None:
        self._noise = self._make_noise()
        self._pushed = 0  # frames
        self._done = 0  # frames with an overlap-added spectrum
        self._f0 = np.empty(0, np.float32)  # F0 of the last frame
        self._turns = 0.0  # phase: sum of F0 over all samples, float64 to stay exact for hours
        self._pulses = np.empty(0, np.float32)  # beginning at the window of the next spectrum
        self._waiting = np.empty((0, DIM), np.float32)
        self._overlap = np.zeros((_HOPS - 1, HOP), np.float32)

    def _advance(self, frames: Frames, *, end: bool) -> Samples:
        first = not self._pushed
        self._pushed += len(frames)
        self._extend_pulses(frames[:, -1], first=first, end=end)
        ready = self._pushed - self._done if end else max(0, self._pushed - 2 - self._done)
        if not ready:
            self._waiting = np.concatenate((self._waiting, frames))
            return np.empty(0, np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(self._pulses, _SIZE)[::HOP][:ready]
        spectra = self._spectra(np.concatenate((self._waiting, frames))[:ready], windows)
        self._waiting = np.concatenate((self._waiting, frames[-2:]))[-2:]
        self._pulses = self._pulses[ready * HOP :].copy()
        return self._overlap_add(spectra, end=end)

    def _extend_pulses(self, f0: Floats, *, first: bool, end: bool) -> None:
        """Append pulses up to the centre of the newest frame, or the segment's end; reflected at both edges."""
        edge = (f0[:1] if first else self._f0, f0, self._f0 if end else f0[:0])
        marks = np.concatenate(edge, dtype=np.float32)
        self._f0 = marks[-1:]
        curve = marks[:-1, None] * _AWAY
        curve += marks[1:, None] * _TOWARDS
        samples = curve.reshape(-1)
        samples = samples[HOP // 2 :] if first else samples[: HOP // 2] if end else samples
        before = len(self._pulses)
        self._pulses = np.concatenate((self._pulses, self._train(samples)))
        if before <= _HALF < len(self._pulses) and not self._done:
            self._pulses = np.pad(self._pulses, (_HALF, 0), mode="reflect")
        if end:
            tiny = self._pushed < 3  # too short for the left edge to be complete
            self._pulses = np.pad(self._pulses, (_HALF if tiny else 0, _HALF), mode="reflect")

    def _train(self, f: Floats) -> Floats:
        """F0 per sample to a band-limited pulse train: all harmonics below 11 kHz, each a unit cosine; unvoiced: 0.

        sum_{h=1..H} cos(h t) = sin((H + 1/2) t) / (2 sin(t/2)) - 1/2
        """
        unvoiced = f <= _VOICED
        f = np.maximum(f, _VOICED)
        turns = f.astype(np.float64)
        turns[0] += self._turns  # added first, so that rounding equals that of one sum over the segment
        np.cumsum(turns, out=turns)
        self._turns = float(turns[-1])
        turns *= 1.0 / RATE
        turns -= np.floor(turns)
        turns *= 2 * np.pi
        t = turns.astype(np.float32)
        order = np.floor(_TOP / f)
        order += np.float32(0.5)
        below = np.sin(t * np.float32(0.5))
        below *= 2
        peak = np.abs(below) <= 2e-3
        below[peak] = 1
        train: Floats = np.sin(order * t)
        train /= below
        train[peak] = order[peak]  # the limit where the quotient is 0/0
        train -= np.float32(0.5)
        train[unvoiced] = 0
        return train

    def _spectra(self, rows: Frames, windows: Floats) -> NDArray[np.complex64]:
        lh, theta, ln, lr, phi = (rows[:, i * BINS : (i + 1) * BINS] for i in range(5))
        spectra = np.fft.rfft(windows * _ANALYSIS, axis=1).astype(np.complex64, copy=False)
        angle = np.tanh(theta)
        angle *= np.float32(np.pi)
        spectra *= _polar(_level(lh), angle)
        spectra += _polar(_level(lr), phi)
        noise = self._noise.standard_normal((len(rows), 2 * BINS), dtype=np.float32).view(np.complex64)
        noise *= _level(ln)
        spectra += noise
        return spectra

    def _overlap_add(self, spectra: NDArray[np.complex64], *, end: bool) -> Samples:
        """Row r of the sum is output hop r - 2; it is final once frame r was added."""
        n, start = len(spectra), self._done
        blocks = np.fft.irfft(spectra, _SIZE, axis=1)
        blocks *= _WINDOW
        blocks = blocks.reshape(n, _HOPS, HOP)
        total = np.zeros((n + _HOPS - 1, HOP), np.float32)
        total[: _HOPS - 1] = self._overlap
        for i in range(_HOPS):
            total[i : i + n] += blocks[:, i]
        self._overlap = total[n:]
        self._done = start + n
        hops = total[max(0, 2 - start) : n + (2 if end else 0)]
        row = max(2, start)
        for i in range(len(hops)):
            oldest = max(0, row + i - self._done + 1) if end else 0
            newest = min(_HOPS - 1, row + i)
            if oldest == 0 and newest == _HOPS - 1:
                continue
            hops[i] /= _POWER[oldest : newest + 1].sum(axis=0)  # fewer windows overlap at an edge of the segment
            hops[i] /= _SETTLED
        hops *= _SETTLED
        return hops.reshape(-1)


def _level(log: Floats) -> Floats:
    out = np.minimum(log, np.float32(7.0))
    np.exp(out, out=out)
    return out


def _polar(magnitude: Floats, angle: Floats) -> NDArray[np.complex64]:
    out = np.empty(angle.shape, np.complex64)
    np.multiply(np.cos(angle), magnitude, out=out.real)
    np.multiply(np.sin(angle), magnitude, out=out.imag)
    return out
