"""``python -m steadyvoice.workers.playback.probe [DEVICE]``: try the sound device; print one JSON line."""

import json
import sys

from steadyvoice.workers.playback.naming import NoDevice
from steadyvoice.workers.playback.portaudio import Device
from steadyvoice.workers.playback.sound_library import silence_libraries


def probe(wanted: str) -> dict[str, object]:
    """Open and close the device as the output stage does (blocks of 128 samples, 10 ms), without playing.

    The result has the keys of ``audio`` in ``svctl status``.
    """
    device = Device(wanted, 128)
    problem = ""
    try:
        device.open(10.0)
    except NoDevice as error:
        problem = str(error)
    device.close()
    return {
        "device": device.name,
        "rate": device.rate,
        "channels": device.layout.channels if device.name else 0,
        "format": device.layout.format if device.name else "",
        "block": 128,
        "latency_ms": round(device.latency_s * 1000, 1),
        "problem": problem,
    }


if __name__ == "__main__":
    silence_libraries()
    print(json.dumps(probe(sys.argv[1] if len(sys.argv) > 1 else "")), flush=True)
