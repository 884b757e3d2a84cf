"""What ``svctl live --monitor`` and ``svctl status`` show of a live session."""

from typing import Final

from steadyvoice.ipc.daemon_status import LiveStatus

_WIDTH: Final = 30
_LOWEST_DB: Final = -60.0


def meter(level_db: float) -> str:
    """A bar of _WIDTH characters, from -60 dB to full scale."""
    full = round(_WIDTH * min(1.0, max(0.0, 1 - level_db / _LOWEST_DB)))
    return "#" * full + "-" * (_WIDTH - full)


def monitor_text(live: LiveStatus) -> list[str]:
    """Levels, latency by part, and a line for each plugin."""
    levels, latency = live["level_db"], live["latency_ms"]
    lines = [f"{name:6} {meter(db)} {_db(db)}" for name, db in (("in", levels["input"]), ("out", levels["output"]))]
    lines.append(
        f"latency {latency['total']:.1f} ms, of that plugins {latency['plugins']:.1f}; "
        f"clock {live['ppm']:+.1f} ppm{' resampled' if live['resampled'] else ''}; {faults_text(live)}"
    )
    if live["problem"]:
        lines.append(f"no sound from {live['source']}: {live['problem']}")
    for each in live["through"]:
        cost = f"{each['p50_us']:.0f} us, p99 {each['p99_us']:.0f} of {each['budget_us']:.0f}"
        lines.append(f"  {each['name']}: {each['problem'] or cost}")
    return lines


def faults_text(live: LiveStatus) -> str:
    faults = [
        f"{count} {kind}"
        for kind, count in (
            ("underruns", live["underruns"]),
            ("lost", live["lost"]),
            ("inserted", live["inserted"]),
            ("times without the plugins", live["times_dry"]),
        )
        if count
    ]
    return ", ".join(faults) or "no faults"


def _db(level_db: float) -> str:
    return "silent" if level_db <= -120 else f"{level_db:6.1f} dB"


def session_text(live: LiveStatus) -> str:
    """One line for ``svctl status``."""
    problems = {each["name"]: f" ({each['problem']})" if each["problem"] else "" for each in live["through"]}
    chain = ", ".join(name + problem for name, problem in problems.items())
    way = " -> ".join(filter(None, (live["device"] or live["source"], chain, live["sink"])))
    return f"live {live['id']}: {way}; latency {live['latency_ms']['total']:.1f} ms; {faults_text(live)}"
