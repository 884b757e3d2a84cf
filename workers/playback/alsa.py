"""The channels and sample formats of ALSA devices, which PortAudio hides: of mono it uses the left channel only."""

import ctypes
import re
from typing import Final, Literal, NamedTuple

Format = Literal["f32", "s32", "s24", "s16"]

_PLAYBACK, _CAPTURE, _NONBLOCK = 0, 1, 1
_CODES: Final[dict[Format, int]] = {"f32": 14, "s32": 10, "s24": 32, "s16": 2}
"""SND_PCM_FORMAT_FLOAT_LE, S32_LE, S24_3LE, S16_LE (alsa/pcm.h), most precise first."""


class Layout(NamedTuple):
    """Channels and sample format of a device."""

    channels: int
    format: Format


FLOAT_MONO: Final = Layout(1, "f32")


def layout(device: str, *, captures: bool = False) -> Layout | None:
    """The smallest channel count and the most precise format of a device, by its name in PortAudio's ALSA backend.

    f32 if it has none of the formats above: PortAudio converts to others. None if the device cannot be opened now.
    """
    in_brackets = re.search(r"\((hw:\S+)\)$", device)
    name = in_brackets[1] if in_brackets else device
    try:
        lib = ctypes.CDLL("libasound.so.2")
    except OSError:
        return None
    pcm = ctypes.c_void_p()
    if lib.snd_pcm_open(ctypes.byref(pcm), name.encode(), _CAPTURE if captures else _PLAYBACK, _NONBLOCK) < 0:
        return None
    try:
        return _layout(lib, pcm)
    finally:
        lib.snd_pcm_close(pcm)


def _layout(lib: ctypes.CDLL, pcm: ctypes.c_void_p) -> Layout | None:
    params, channels = ctypes.create_string_buffer(lib.snd_pcm_hw_params_sizeof()), ctypes.c_uint()
    if lib.snd_pcm_hw_params_any(pcm, params) < 0:
        return None
    if lib.snd_pcm_hw_params_set_channels_first(pcm, params, ctypes.byref(channels)) < 0:
        return None
    for each, code in _CODES.items():
        if lib.snd_pcm_hw_params_test_format(pcm, params, code) == 0:
            return Layout(channels.value, each)
    return Layout(channels.value, "f32")
