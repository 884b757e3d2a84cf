"""A blend of voices, such as ``heart+michael:0.3``, as a voice. Pure."""

from collections.abc import Sequence

import msgspec

from steadyvoice.ipc.blend import BadBlend, first_voice, full_name, weights
from steadyvoice.ipc.stage_protocol import VoiceMeta


def blended(name: str, voices: Sequence[VoiceMeta]) -> VoiceMeta:
    """The blend with its full name, and otherwise as its first voice. BadBlend."""
    usable = {voice.name: voice for voice in voices if voice.blends and voice.installed}
    if not usable:
        raise BadBlend("no installed voice can be blended")
    full = full_name(name, list(usable))
    parts = [usable[part] for part in weights(full)]
    if len({(part.engine, part.sample_rate) for part in parts}) > 1:
        raise BadBlend("its voices are of different engines")
    return msgspec.structs.replace(usable[first_voice(full)], name=full)
