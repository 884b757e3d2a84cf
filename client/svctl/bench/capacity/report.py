"""The result of ``svctl bench capacity`` as text."""

from typing import Any

from steadyvoice.client.svctl.render import table


def text(result: dict[str, Any]) -> str:
    """The result as text."""
    predicted, herd = result["predicted"], result["herd"]
    error = "-" if result["error_percent"] is None else f"{result['error_percent']:+.1f} %"
    rows = [["", "predicted", "measured"]]
    rows.append(["streams without an underrun", f"{predicted['streams']:g}", f"{result['streams']:g}"])
    for title, model, real in (
        ("first audio with so many, ms", predicted["first"], result["first"]),
        (f"first audio of {herd['streams']} at once, ms", herd["predicted"], herd["measured"]),
    ):
        rows.append([title, *(f"p50 {_ms(each['p50'])}, p95 {_ms(each['p95'])}" for each in (model, real))])
    stages = [["stage", "first block, ms", "a character, µs", "a further block, ms, with so many", "busy"]]
    for name, stage in result["costs"]["stages"].items():
        further = ", ".join(f"{cost * 1e3:.2f} ({count:g})" for count, cost in stage["block_s"])
        costs = (f"{stage['first_s'] * 1e3:.2f}", f"{stage['char_s'] * 1e6:.0f}", further)
        stages.append([name, *costs, f"{predicted['busy'][name]:.2f}"])
    steps = [["streams", "held", "underruns until seen, refused (load) of each try"]]
    for step in result["steps"]:
        tries = "; ".join(f"{each['underruns']}, {each['refused']} ({each['load']:.1f})" for each in step["tries"])
        steps.append([f"{step['streams']:g}", "yes" if step["held"] else "no", tries])
    machines = [["streams", "machines", "one may fail", "a zone of three may fail", "gateway cores"]]
    for one in result["fleet"]:
        cores = "-" if one["gateway_cores"] is None else f"{one['gateway_cores']:g}"
        machines.append([f"{one['peak']:,}", *(f"{one[key]:,}" for key in _MACHINES), cores])
    lookahead = ", ".join(f"{each['unheard']:.0%} with {each['lookahead_s']:g} s" for each in result["lookahead"])
    mix = result["mix"]
    return "\n".join([
        f"{result['engine']}: texts of {mix['characters']} characters, {mix['cancels']:.0%} interrupted, "
        f"{result['seconds']:g} s a step, seed {mix['seed']}",
        "",
        table(rows),
        f"error {error}; the limit is the {predicted['limit']}",
        "",
        table(stages),
        f"fitted in {result['fitted_s']:g} s, load {result['fitted_load']:.1f}; a request takes "
        f"{result['costs']['ask_s'] * 1e3:.1f} ms before that",
        "",
        table(steps),
        "",
        f"lookahead_s, if 60 % interrupt: made and not heard {lookahead or '-'}",
        "",
        table(machines),
    ])  # fmt: skip


_MACHINES = ("machines", "one_lost", "zone_lost")


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
