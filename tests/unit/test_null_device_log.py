"""The null device's record, read while it is written."""

from pathlib import Path

from steadyvoice.ipc import null_device_log
from steadyvoice.ipc.null_device_log import Played


def test_half_a_record_is_not_counted_yet(tmp_path: Path) -> None:
    blocks = [Played(1, 2, 512 * k, 512, 0, 96, 512) for k in range(3)]
    data = b"".join(block.packed() for block in blocks)
    log = tmp_path / "play.log"
    whole = len(data) // 3
    for size in range(len(data) + 1):
        log.write_bytes(data[:size])
        assert null_device_log.read(log) == blocks[: size // whole]
