"""All metrics as they are now. A counter of something that can happen is there with 0: Prometheus sees no increase to
the first value of a series."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, get_args

from steadyvoice import __version__
from steadyvoice.daemon.metrics.names import NAMES
from steadyvoice.daemon.pipeline import Pipeline
from steadyvoice.daemon.scheduling.service import UtteranceService
from steadyvoice.daemon.supervision.stage_stats import Cause
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.daemon.topology import LISTEN, LIVE, LinkSpec, StageSpec, Topology
from steadyvoice.ipc.errors import Code
from steadyvoice.ipc.histogram import Histogram
from steadyvoice.ipc.messages import Reason
from steadyvoice.ipc.metric_families import MetricFamily, MetricSample

_PREFIX: Final = "steadyvoice_"
_FIRST: Final = ("generator", "input")
"""Stages that take no block of another stage."""


class Samples:
    """Collects samples by the family's name, without the prefix."""

    def __init__(self) -> None:
        self._by_name: defaultdict[str, list[MetricSample]] = defaultdict(list)

    def add(self, name: str, value: float, **labels: str) -> None:
        self._by_name[name].append(MetricSample(labels, float(value)))

    def observed(self, name: str, found: Histogram, **labels: str) -> None:
        self._by_name[name].append(MetricSample(labels, found.sum_s, found.counts))

    def families(self) -> list[MetricFamily]:
        """Those that have samples, in the order of NAMES."""
        return [
            MetricFamily(_PREFIX + each.name, each.kind, each.help, self._by_name[each.name], each.octaves)
            for each in NAMES
            if each.name in self._by_name
        ]


def families(
    supervisor: Supervisor,
    utterances: UtteranceService,
    refused: Mapping[Code, int],
    memory: Mapping[str, Mapping[str, int]],
    started_at: float,
) -> list[MetricFamily]:
    """refused: requests, by code. memory: bytes by the stage's label and by kind. started_at: seconds of the epoch."""
    samples, pipeline = Samples(), supervisor.pipeline
    stages = [slot.stage for slot in supervisor.slots.values() if slot.is_on and slot.stage.name != "catalogue"]
    _add_utterances(samples, supervisor, utterances, stages)
    for code in get_args(Code):
        samples.add("refused_total", refused.get(code, 0), code=code)
    _add_restarts(samples, supervisor, stages)
    if pipeline is not None:
        _add_work(samples, pipeline, stages)
        _add_rings(samples, pipeline, stages, utterances.dispatcher.text_full)
    for model in supervisor.models.infos():
        samples.add("models_resident", model.state == "resident", engine=model.name)
    for stage, kinds in memory.items():
        for kind, size in kinds.items():
            samples.add("stage_memory_bytes", size, stage=stage, kind=kind)
    samples.add("ready", supervisor.ready.is_set() and not supervisor.given_up)
    samples.add("build_info", 1, version=__version__)
    samples.add("start_time_seconds", started_at)
    return samples.families()


def _add_utterances(
    samples: Samples, supervisor: Supervisor, utterances: UtteranceService, stages: Iterable[StageSpec]
) -> None:
    stats = utterances.lifecycle.stats
    for sink, found in stats.first_audio.items():
        samples.observed("first_audio_seconds", found, sink=sink)
        samples.observed("queue_seconds", stats.queued[sink], sink=sink)
    samples.observed("cancel_seconds", stats.silent, until="silent")
    samples.observed("cancel_seconds", stats.heard_silent, until="heard")
    samples.add("utterances_active", utterances.lifecycle.active)
    samples.add("utterances_queued", len(utterances.scheduler.waiting))
    samples.add("streams_limit", supervisor.config.limits.streams)
    samples.add("streams_at_limit_total", stats.waited_for_streams)
    for reason in get_args(Reason):
        samples.add("utterances_total", stats.reasons[reason], reason=reason)
    samples.add("heard_chars_total", stats.heard_chars)
    speaking = [stage.label for stage in stages if stage.of not in (LIVE, LISTEN)]
    for label in dict.fromkeys([*speaking, *stats.late]):
        late = stats.late[label]
        samples.add("underruns_total", sum(late.counts), stage=label)
        samples.observed("underrun_late_seconds", late, stage=label)


def _add_restarts(samples: Samples, supervisor: Supervisor, stages: Iterable[StageSpec]) -> None:
    stats = supervisor.stats
    known = [(stage.label, cause) for stage in stages for cause in get_args(Cause)]
    for stage, cause in dict.fromkeys([*known, *stats.restarts]):
        samples.add("stage_restarts_total", stats.restarts[stage, cause], stage=stage, cause=cause)
    samples.observed("stage_recovery_seconds", stats.recovery)
    samples.observed("model_load_seconds", stats.model_load)


def _add_work(samples: Samples, pipeline: Pipeline, stages: Iterable[StageSpec]) -> None:
    for stage in stages:
        if stage.of == LISTEN:
            continue  # it takes no blocks
        found, label = pipeline.metrics.stage(stage.number), stage.label
        samples.observed("stage_block_seconds", found.block, stage=label)
        samples.add("stage_busy_seconds_total", pipeline.shared.stage(stage.number).busy_s, stage=label)
        if stage.name == "output":
            samples.observed("jitter_seconds", found.jitter, sink="device")
            samples.observed("ahead_seconds", found.ahead, sink="device")
        elif stage.name not in _FIRST:
            samples.observed("hop_seconds", found.hop, stage=label)
        if stage == pipeline.topology.converter:
            samples.observed("ahead_seconds", found.ahead, sink="pcm")
        if stage.name == "vocoder":
            samples.add("speech_seconds_total", found.sound_s, engine=stage.of)


def _add_rings(samples: Samples, pipeline: Pipeline, stages: Iterable[StageSpec], text_full: Mapping[str, int]) -> None:
    used = {None, *(stage.number for stage in stages)}
    for link, ring in sorted(pipeline.rings.items(), key=lambda each: ring_name(each[0], pipeline.topology)):
        if link.source not in used or link.target not in used:
            continue
        name = ring_name(link, pipeline.topology)
        samples.add("ring_slots", ring.size, ring=name)
        samples.add("ring_used_slots", ring.fill, ring=name)
        if link.source is None:
            full = text_full.get(pipeline.topology.by_number[link.target].label, 0)
        else:
            full = pipeline.metrics.stage(link.source).times_full(link.target, link.device_lane)
        samples.add("ring_full_total", full, ring=name)


def ring_name(link: LinkSpec, topology: Topology) -> str:
    """The two stages; of a ring to the sound device also its lane."""
    source, target = ("svd" if link.source is None else topology.by_number[link.source].label), link.target
    lane = f" {link.device_lane}" if target == topology.output.number else ""
    return f"{source} to {topology.by_number[target].label}{lane}"
