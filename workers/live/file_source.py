"""Sound files and named pipes as sources of live sound."""

import os
from pathlib import Path
from typing import Any, Final

import numpy as np
import soxr

from steadyvoice.ipc.errors import NotInstalled, UnusableSource, describe, one_line
from steadyvoice.ipc.stage_protocol import SINK_RATE
from steadyvoice.workers.live.sources import Transfer
from steadyvoice.workers.playback.fade import Samples

_CHUNK: Final = 4096
"""Frames that are read and resampled at once."""
_NONE: Final = np.empty(0, np.float32)


class FileSource:
    """Any file that libsndfile reads, from its beginning to its end; several channels are averaged.

    A mono file at 48 kHz with samples of float32 or fewer bits is handed on bit for bit.
    """

    has_own_clock, overflows = False, 0

    def __init__(self, path: Path) -> None:
        self.name, self._path = str(path), path
        self.rate, self.channels = SINK_RATE, 1
        self.is_over = False
        self._file: Any = None
        self._resampler: Any = None
        self._waiting = _NONE
        self._is_read = False

    def open(self, index: int) -> None:
        try:
            import soundfile
        except (ImportError, OSError) as error:
            raise NotInstalled("sound files need soundfile: pip install soundfile") from error
        self.close()
        try:
            self._path.open("rb").close()  # soundfile would only say "System error"
            self._file = soundfile.SoundFile(str(self._path))
            self.rate, self.channels = self._file.samplerate, self._file.channels
            if index:
                self._file.seek(min(round(index * self.rate / SINK_RATE), self._file.frames))
        except (OSError, soundfile.SoundFileError) as error:
            raise _unusable(self._path, error) from error
        own = self.rate != SINK_RATE
        self._resampler = soxr.ResampleStream(self.rate, SINK_RATE, 1, dtype="float32") if own else None
        self._waiting, self._is_read, self.is_over = _NONE, False, False

    def poll(self, now_ns: int, due: int) -> Transfer:
        """Reads from the disk, which may wait for it."""
        while len(self._waiting) < due and not self._is_read:
            self._waiting = np.concatenate([self._waiting, self._read()])
        taken, self._waiting = self._waiting[:due], self._waiting[due:]
        self.is_over = self._is_read and not len(self._waiting)
        return Transfer(taken, now_ns)

    def _read(self) -> Samples:
        try:
            frames = self._file.read(_CHUNK, dtype="float32", always_2d=True)
        except (OSError, RuntimeError) as error:  # soundfile's own is a RuntimeError
            raise _unusable(self._path, error) from error
        self._is_read = len(frames) < _CHUNK
        samples: Samples = frames[:, 0] if self.channels == 1 else frames.mean(axis=1, dtype=np.float32)
        return samples if self._resampler is None else self._resampler.resample_chunk(samples, last=self._is_read)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class PipeSource:
    """A named pipe with raw float32 samples, little-endian, mono at 48 kHz; the writer waits for the sink's clock.

    Without a writer, and between two of them, it gives nothing.
    """

    has_own_clock, rate, channels, overflows, is_over = False, SINK_RATE, 1, 0, False

    def __init__(self, path: Path) -> None:
        self.name, self._path = str(path), path
        self._fd: int | None = None
        self._rest = b""
        """The first bytes of a sample; the others are still to come."""

    def open(self, index: int) -> None:
        self.close()
        try:
            self._fd = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise _unusable(self._path, error) from error

    def poll(self, now_ns: int, due: int) -> Transfer:
        assert self._fd is not None
        data = self._rest
        wanted = 4 * due
        while len(data) < wanted:
            try:
                more = os.read(self._fd, wanted - len(data))
            except BlockingIOError:
                break
            except OSError as error:
                raise _unusable(self._path, error) from error
            if not more:  # no writer; another one begins with a whole sample
                data = data[: len(data) // 4 * 4]
                break
            data += more
        whole = len(data) // 4 * 4
        self._rest = data[whole:]
        return Transfer(np.frombuffer(data[:whole], "<f4").astype(np.float32), now_ns)

    def close(self) -> None:
        self._rest = b""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _unusable(path: Path, error: Exception) -> UnusableSource:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else describe(error)
    return UnusableSource(f"cannot read {one_line(str(path), 200)} as sound: {reason}")
