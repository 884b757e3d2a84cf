"""``svctl bench capacity``: how many listeners this machine holds, as a model predicts it and as it is.

1. Costs of one engine's stages are measured in about 20 s: single texts, crowds that read as fast as they can, a herd.
2. A model (model.py) predicts how many streams play without an underrun, with listeners that come at random.
3. The same listeners, from the same seed, are sent to the daemon, and the number is found by bisection.
4. A herd of as many listeners at the same moment: first audio predicted and measured.
5. How many machines carry a thousand to a million streams.

streams is the mean number of listeners that play at the same time: arrivals a second times the sound that each hears.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from os import getloadavg
from statistics import fmean
from typing import Any, Final

from steadyvoice.client.svctl.bench.capacity.costs import fit, with_asking
from steadyvoice.client.svctl.bench.capacity.fleet import PEAKS, fleet
from steadyvoice.client.svctl.bench.capacity.measuring import Measured
from steadyvoice.client.svctl.bench.capacity.model import Costs, Simulated, Wanted, simulate
from steadyvoice.client.svctl.bench.capacity.report import text as text
from steadyvoice.client.svctl.bench.capacity.search import largest
from steadyvoice.client.svctl.bench.daemon import BenchFailed, machine, private_daemon, workplace
from steadyvoice.client.svctl.bench.listeners import SENTENCES
from steadyvoice.client.svctl.bench.load import LIMITS, listening, schedule
from steadyvoice.client.svctl.bench.load.listening import Listener
from steadyvoice.client.svctl.bench.load.schedule import Arrival, Mix
from steadyvoice.client.svctl.bench.statistics import result, summary
from steadyvoice.client.svctl.bench.weights import line_weights

_ENGINE: Final = "hibari"
_LOOKAHEAD_S: Final = 2.0
"""Of the daemon's own configuration."""
_LOOKAHEADS: Final = (0.5, 1.0, 2.0, 4.0)
_INTERRUPTED: Final = 0.6
"""Share of the listeners in the table of lookaheads that interrupt."""
_MOST: Final = 200.0
"""The daemon makes at most 240 streams at the same time, and there are more than the mean now and then."""
_TRIES: Final = 3
"""Of a number of streams: other programs may disturb one."""
_PRECISION: Final = {"predicted": 1.01, "measured": 1.04}
_ERROR_PERCENT: Final = 15.0
_LEAST_TEXTS: Final = 3
"""Duration of a step, in texts of that length, at least: it takes one until as many play as are meant to."""
_TYPICAL: Final = 600
"""Arrivals of which the mean sound is taken."""

_SETTINGS: Final = 'engines = ["{engine}"]\nvoice = "{voice}"\n[audio]\ndevice = "null"\n' + LIMITS


def measure(engine: str, seconds: float, characters: int, cancels: float, seed: int) -> dict[str, Any]:
    """The object of ``bench capacity --json``. Its own keys:

    streams           that were held without an underrun; the common keys: jitter of their blocks, ms
    predicted         ``streams``, ``first`` (summary, ms), ``limit``: the stage with most work; ``busy`` of each
    error_percent     of the predicted number
    first             summary of the measured first audio with ``streams``, ms; ``predicted.first``: with as many
    herd              ``streams`` at the same moment, ``predicted`` and ``measured``: summaries of first audio, ms
    costs             what was fitted, seconds; ``fitted_s``, ``fitted_load``: how long that took, and the load after it
    steps             each number that was tried: ``streams``, ``tries`` with ``underruns`` (until one was
                      seen), ``refused`` and ``load``
    lookahead         if many interrupt: for each ``lookahead_s``, the share of the sound that was made for nobody
    fleet             machines for a number of streams; ``gateway_core``: share of a core for a stream over HTTP
    """
    mix = Mix(characters, cancels, seed)
    with _daemon(engine) as (measured, about, alone):
        began = time.monotonic()
        costs, guess = _fitted(measured, mix)
        fitted_s, fitted_load = time.monotonic() - began, getloadavg()[0]
        trial = Trial(costs, measured, mix, seconds)
        predicted = largest(lambda n: not trial.simulated(n).underruns, guess, _PRECISION["predicted"], _MOST)
        streams = largest(trial.holds, predicted or guess, _PRECISION["measured"], _MOST)
        herd = schedule.herd(max(1, round(streams or predicted or guess)), mix)
        herd_measured = [ms for _ in range(_TRIES) for ms in listening.first_ms(measured.listen(herd, is_paced=False))]
        gateway_core = measured.gateway_core(guess, mix)
    simulated = trial.simulated(streams or predicted or guess)
    herd_predicted = simulate(costs, trial.wanted(herd), _LOOKAHEAD_S, seed)
    found = result("capacity", "ms", trial.late_ms, "one stream alone", alone)
    return found | {
        "machine": about,
        "engine": engine,
        "seconds": round(trial.seconds, 1),
        "mix": mix._asdict(),
        "streams": round(streams, 2),
        "predicted": {
            "streams": round(predicted, 2),
            "first": summary(_first_ms(simulated)),
            "limit": simulated.limit,
            "busy": {name: round(work / simulated.ended_s, 3) for name, work in simulated.work_s.items()},
        },
        "error_percent": round(100 * (predicted / streams - 1), 1) if streams else None,
        "first": summary(trial.first_ms),
        "herd": {
            "streams": len(herd),
            "predicted": summary(_first_ms(herd_predicted)),
            "measured": summary(herd_measured),
        },
        "costs": _as_json(costs),
        "fitted_s": round(fitted_s, 1),
        "fitted_load": round(fitted_load, 2),
        "steps": trial.steps,
        "lookahead": _lookaheads(trial, predicted, mix),
        "fleet": [fleet(peak, streams, gateway_core)._asdict() for peak in PEAKS] if streams else [],
        "gateway_core": gateway_core and round(gateway_core, 5),
    }


def status(result: dict[str, Any]) -> int:
    """The exit status: 1 if the prediction is off by more than 15 %, or nothing was held."""
    error = result["error_percent"]
    return int(error is None or abs(error) > _ERROR_PERCENT)


@contextmanager
def _daemon(engine: str) -> Iterator[tuple[Measured, dict[str, Any], list[float]]]:
    """A daemon with one engine; what it is, and the jitter of one stream alone, ms."""
    with workplace() as place, line_weights(place, engine) as (engine, voice):
        settings = _SETTINGS.format(engine=engine, voice=voice or "heart")
        with private_daemon(place, settings) as client:
            about = dict(machine(client))
            voices = [each.name for each in client.voices() if each.installed and each.engine == engine]
            if not voices:
                raise BenchFailed(f"there is no voice of {engine!r} here; see svctl voices")
            measured = Measured(place, client, engine, voice or voices[0])
            alone = listening.late_ms(measured.listen([Arrival(0.0, schedule.text(0, 200))]))
            yield measured, about, alone


def _fitted(measured: Measured, mix: Mix) -> tuple[Costs, float]:
    """The costs, and how many streams a single text suggests."""
    singles = measured.singles()
    busiest = max(sum(one.busy_s[name] for one in singles) for name in singles[0].busy_s)
    guess = sum(one.sound_s for one in singles) / busiest
    texts = [measured.segments(schedule.text(number, mix.characters)) for number in range(len(SENTENCES))]
    costs = fit(singles, measured.crowds(guess, mix), texts)
    herd, first_s = measured.herd_first_s(guess, mix)
    wanted = [Wanted(each.at_s, measured.segments(each.text)) for each in herd]
    return with_asking(costs, wanted, first_s), guess


class Trial:
    """A number of streams, in the model and at the daemon: the same listeners."""

    def __init__(self, costs: Costs, measured: Measured, mix: Mix, seconds: float) -> None:
        self._costs, self._measured, self._mix = costs, measured, mix
        self._segments: dict[str, tuple[int, ...]] = {}
        typical = self.wanted(schedule.poisson(1.0, _TYPICAL, mix))
        self._heard_s = fmean(min(each.leaves_s, sum(map(costs.sound_s, each.segments))) for each in typical)
        """Sound that a listener hears, on average."""
        self.seconds = max(seconds, _LEAST_TEXTS * self._heard_s)
        self.steps: list[dict[str, Any]] = []
        self.late_ms: list[float] = []
        self.first_ms: list[float] = []
        """Of the largest number that was held."""
        self._best = 0.0

    def arrivals(self, streams: float, mix: Mix) -> list[Arrival]:
        return schedule.poisson(streams / self._heard_s, self.seconds, mix)

    def wanted(self, arrivals: list[Arrival]) -> list[Wanted]:
        for said in {each.text for each in arrivals} - self._segments.keys():
            self._segments[said] = self._measured.segments(said)
        return [Wanted(each.at_s, self._segments[each.text], each.leaves_s) for each in arrivals]

    def simulated(self, streams: float, lookahead_s: float = _LOOKAHEAD_S, mix: Mix | None = None) -> Simulated:
        arrivals = self.wanted(self.arrivals(streams, mix or self._mix))
        return simulate(self._costs, arrivals, lookahead_s, self._mix.seed)

    def holds(self, streams: float) -> bool:
        """Whether the daemon lets no listener wait, in one of several tries."""
        tries: list[dict[str, Any]] = []
        listeners: list[Listener] = []
        while len(tries) < _TRIES and not (tries and listening.held(listeners)):
            load = getloadavg()[0]
            listeners = self._measured.listen(self.arrivals(streams, self._mix), while_held=True)
            refused = listening.count(listeners, "refused")
            tries.append({"underruns": listening.underruns(listeners), "refused": refused, "load": round(load, 2)})
        self.steps.append({"streams": round(streams, 2), "held": listening.held(listeners), "tries": tries})
        if listening.held(listeners) and streams > self._best:
            self._best = streams
            self.late_ms, self.first_ms = listening.late_ms(listeners), listening.first_ms(listeners)
        return listening.held(listeners)


def _lookaheads(trial: Trial, streams: float, mix: Mix) -> list[dict[str, float]]:
    """What is made for nobody if many interrupt, at four fifths of the streams."""
    found = []
    for lookahead_s in _LOOKAHEADS:
        simulated = trial.simulated(0.8 * streams, lookahead_s, mix._replace(cancels=_INTERRUPTED)) if streams else None
        if simulated is not None and simulated.listeners:
            made = sum(each.playback.sound_s for each in simulated.listeners)
            heard = sum(each.heard_s for each in simulated.listeners)
            found.append({"lookahead_s": lookahead_s, "unheard": round(1 - heard / made, 3)})
    return found


def _first_ms(simulated: Simulated) -> list[float]:
    return [each.first_s * 1e3 for each in simulated.listeners if each.playback.has_begun]


def _as_json(costs: Costs) -> dict[str, Any]:
    return {**costs._asdict(), "stages": {stage.name: stage._asdict() for stage in costs.stages}}
