"""Where a trace goes: the terminal, standard output as JSON, or a file in a format by its name."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict

import msgspec

from steadyvoice.client.errors import InputUnusable
from steadyvoice.client.svctl.console import print_json
from steadyvoice.client.svctl.files.output_name import check_replaceable, is_regular, shown
from steadyvoice.ipc.traces import Trace

Writer = Callable[[Trace], None]


def writer(name: str, *, force: bool) -> Writer:
    """Writes the file, which appears when it is complete. InputUnusable, at once, where that cannot be."""
    made = _format(name)
    try:
        if not is_regular(name):
            raise InputUnusable(f"{shown(name)} is no file; give the name of one")
        check_replaceable(name, force)
    except OSError as error:
        raise InputUnusable(f"cannot write {shown(name)}: {error.strerror}") from error

    def write(trace: Trace) -> None:
        part = f"{name}.{os.getpid()}.part"
        try:
            with open(part, "x", encoding="utf-8") as file:
                file.write(made(trace))
            os.replace(part, name)
        except OSError as error:
            if os.path.exists(part):
                os.unlink(part)
            raise InputUnusable(f"cannot write {shown(name)}: {error.strerror}; nothing was kept") from error

    return write


def _format(name: str) -> Callable[[Trace], str]:
    """By the extension. InputUnusable where there is none for it."""
    if name.endswith(".svg"):
        from steadyvoice.client.svctl.trace.svg import svg

        return svg
    if name.endswith((".html", ".htm")):
        from steadyvoice.client.svctl.trace.page import html

        return html
    if name.endswith(".otlp.json"):
        from steadyvoice.ipc import otlp

        return lambda trace: _line(otlp.document(trace))
    if name.endswith(".json"):
        from steadyvoice.client.svctl.trace import chrome

        return lambda trace: _line(chrome.document(trace))
    raise InputUnusable(f"{shown(name)}: a trace is written as .svg, .html, .json or .otlp.json")


def _line(document: dict[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"


def show(trace: Trace, write: Writer | None, *, as_json: bool) -> None:
    """Write the file, if there is one; print the trace as JSON, or as text where nothing else was asked for."""
    from steadyvoice.client.svctl.trace import spans, waterfall

    if write is not None:
        write(trace)
    if as_json:
        rows = spans.rows(trace)
        any_us, two_us = spans.at_work(rows)
        stages = [asdict(each) for each in spans.figures(rows, trace.utterances)]
        print_json({"stages": stages, "any_us": any_us, "two_us": two_us, "trace": msgspec.to_builtins(trace)})
    elif write is None:
        columns = shutil.get_terminal_size((100, 24)).columns
        is_ascii = "utf" not in (sys.stdout.encoding or "").lower()
        print(waterfall.text(trace, columns, ascii_only=is_ascii))
