"""``python -m steadyvoice.workers.probe [DEVICE]``: try the sound device; one JSON line says what came of it."""

import json
import sys

from steadyvoice.workers.device import RATE, Device, NoDevice, quieten


def probe(wanted: str) -> dict[str, object]:
    """Open the device as the output stage does (128 samples, 10 ms) and close it; nothing is heard."""
    device = Device(wanted, 128)
    try:
        device.open(10.0)
    except NoDevice as error:
        return {"device": "", "rate": RATE, "latency_ms": 0.0, "problem": str(error)}
    found = {"device": device.name, "rate": RATE, "latency_ms": round(device.latency_s * 1000, 1), "problem": ""}
    device.close()
    return found


if __name__ == "__main__":
    quieten()
    print(json.dumps(probe(sys.argv[1] if len(sys.argv) > 1 else "")), flush=True)
