"""``svctl profile``: where a stage spends its time, by samples from outside or by torch's own profiler."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from steadyvoice.client.svctl import py_spy
from steadyvoice.client.svctl.actions import connected
from steadyvoice.client.svctl.console import note, print_json
from steadyvoice.client.svctl.files.output_name import check_replaceable, is_regular
from steadyvoice.client.svctl.grammar import Target
from steadyvoice.client.svctl.stack_samples import functions, samples
from steadyvoice.client.svctl.stage_names import choose, label

_SHOWN: Final = 20
"""Functions."""


@dataclass(frozen=True)
class Wanted:
    stage: str
    """As the user wrote it."""
    seconds: int
    rate: int
    """Samples a second."""
    output: str | None
    blocks: int
    """Of torch's profiler; 0: py-spy."""
    force: bool
    as_json: bool


def profile(target: Target, wanted: Wanted) -> None:
    """Print the functions that a stage spent its time in, or write the file. SteadyvoiceError, OSError."""
    if wanted.output is not None and is_regular(wanted.output):
        check_replaceable(wanted.output, wanted.force)
    with connected(target) as daemon:
        stage = choose(daemon.ask("status")["status"]["stages"], wanted.stage)
    if wanted.blocks:
        _torch(target, wanted, label(stage))
        return
    about = {"stage": label(stage), "pid": stage["pid"], "seconds": wanted.seconds}
    if wanted.output is not None:
        kind = py_spy.FORMATS[os.path.splitext(wanted.output)[1]]
        failed = py_spy.record(stage["pid"], wanted.seconds, wanted.rate, kind, wanted.output)
        if wanted.as_json:
            print_json({**about, "file": wanted.output, "unread": failed})
        else:
            note(f"{wanted.output} has the samples of stage {label(stage)}; {failed} could not be read")
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "samples.txt")
        failed = py_spy.record(stage["pid"], wanted.seconds, wanted.rate, "raw", str(file))
        collapsed = file.read_text(errors="replace")
    if wanted.as_json:
        found = [{"function": each.name, "self": each.self_samples, "total": each.total_samples}
                 for each in functions(collapsed)]  # fmt: skip
        print_json({**about, "samples": samples(collapsed), "unread": failed, "functions": found})
    else:
        print(text(label(stage), collapsed, wanted.seconds * wanted.rate, failed))


def text(stage: str, collapsed: str, taken: int, failed: int) -> str:
    """taken, failed: samples in all, and those that could not be read; in the others without a stack, it slept."""
    count = samples(collapsed)
    lines = [f"stage {stage} computed in {count} of {taken} samples ({failed} could not be read)", " self  total"]
    lines += [
        f"{100 * each.self_samples / count:4.0f} % {100 * each.total_samples / count:4.0f} %  {each.name}"
        for each in functions(collapsed)[:_SHOWN]
    ]
    return "\n".join(lines)


def _torch(target: Target, wanted: Wanted, stage: str) -> None:
    from steadyvoice.client.client import Client

    assert wanted.output is not None
    with Client(target.socket) as client:
        trace = client.profile(stage, wanted.blocks, wanted.seconds)
    Path(wanted.output).write_bytes(trace)
    if wanted.as_json:
        print_json({"stage": stage, "blocks": wanted.blocks, "file": wanted.output, "bytes": len(trace)})
    else:
        note(f"{wanted.output} has {len(trace) >> 10} KiB of trace; Perfetto and chrome://tracing show it")
