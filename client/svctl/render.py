"""Formats replies of the daemon as text."""

from typing import Any

from steadyvoice.client.svctl.live_text import session_text
from steadyvoice.client.svctl.stage_names import label
from steadyvoice.ipc.daemon_status import AudioStatus, DaemonStatus, Refused, StageStatus


def table(rows: list[list[str]]) -> str:
    """A table with columns of minimal width; the first row is the heading."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def status_text(status: DaemonStatus) -> str:
    head = f"svd {status['version']}, pid {status['pid']}, up {status['uptime_s']:.0f} s, voice {status['voice']}: "
    if status["problem"]:
        head += f"failed: {status['problem']}"
    else:
        head += "ready" if status["ready"] else "starting"
    stages = [["stage", "pid", "state", "restarts", "cpus", "scheduler", "blocks", "busy", "memory"]]
    for stage in status["stages"]:
        scheduler = f"{stage['policy']} {stage['priority']}" if stage["priority"] else stage["policy"]
        stages.append([
            label(stage), str(stage["pid"]), _state(stage), str(stage["restarts"]),
            ",".join(map(str, stage["cpus"])), scheduler, str(stage["blocks"]),
            f"{stage['busy_s']:.2f} s", f"{stage['rss_bytes'] / 2**20:.0f} MiB",
        ])  # fmt: skip
    counts, audio = status["utterances"], status["audio"]
    device = audio["device"] or f"none: {audio['problem']}"
    if audio["device"]:
        device += f", {layout_text(audio)}, blocks of {audio['block']}, {audio['latency_ms']:.0f} ms"
        device += ", paused" if audio.get("paused") else ""
    utterances = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    return "\n".join([
        head,
        "",
        table(stages),
        "",
        f"utterances: {utterances}; underruns: {status['underruns']}",
        f"sound device: {device}",
        *(session_text(each) for each in status.get("live", [])),
        *_refused_text(status.get("refused", [])),
        *(f"left out: {each['what']}: {each['reason']}" for each in status.get("left_out", [])),
    ])  # fmt: skip


def _state(stage: StageStatus) -> str:
    held_s = stage.get("held_s", 0.0)
    return f"{stage['state']}, held {held_s:.0f} s" if held_s else stage["state"]


def layout_text(audio: AudioStatus) -> str:
    """Rate, channels and format of the sound device. Older daemons do not report all of them."""
    channels = audio.get("channels")
    known = f", {channels} {'channel' if channels == 1 else 'channels'}, {audio['format']}" if channels else ""
    return f"{audio['rate']} Hz{known}"


def _refused_text(refused: list[Refused]) -> list[str]:
    calls = ", ".join(f"{each['call']} ({each['why']})" for each in refused)
    return [f"refused by the kernel: {calls}; see svctl doctor"] if calls else []


def reading_text(reading: dict[str, Any]) -> str:
    """Per segment: its characters in the text and its language, then what is written, said and pronounced."""
    lines: list[str] = []
    for segment in reading["segments"]:
        lines += [f"{segment['start']}-{segment['end']} {segment['language']}", f"  text      {segment['text']}"]
        lines += [f"  {name:9} {segment[name]}" for name in ("words", "phonemes") if segment[name]]
    return "\n".join(lines)


def voices_text(voices: list[dict[str, Any]]) -> str:
    rows = [["voice", "language", "rate", "licence", "engine", "installed"]]
    rows += [
        [
            f"{voice['name']} (default)" if voice["default"] else voice["name"],
            voice["language"],
            f"{voice['sample_rate']} Hz",
            voice["licence"],
            voice["engine"],
            "yes" if voice["installed"] else _how_to_get_voice(voice),
        ]
        for voice in voices
    ]
    return table(rows)


def converters_text(converters: list[dict[str, Any]]) -> str:
    rows = [["converter", "licence", "delay", "installed"]]
    rows += [
        [
            each["name"],
            each["licence"],
            f"{each['latency_ms']:g} ms",
            "yes" if each["installed"] else _how_to_get_converter(each),
        ]
        for each in converters
    ]
    return table(rows)


def _how_to_get_voice(voice: dict[str, Any]) -> str:
    if voice["engine"] == "hibari":
        return f"no: svctl voices pull {voice['name']}"
    return "no: its files are damaged, see svctl doctor"


def _how_to_get_converter(converter: dict[str, Any]) -> str:
    """An RVC voice is not installed without the content encoder, or if one of the two files is damaged."""
    if converter["family"] == "rvc":
        return "no: svctl converters pull contentvec, or see svctl doctor"
    return "no: see svctl doctor"
