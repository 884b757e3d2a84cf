"""What each stage gets of the configuration, and its cores."""

from pathlib import Path

from steadyvoice.daemon.config import Config
from steadyvoice.daemon.placement import loading_cpus, model_threads, place_stages, shared_cpus
from steadyvoice.daemon.topology import FIRST_AUDIO_PRIORITY, LIGHT_FAMILIES, LISTEN, LIVE, StageSpec, Topology
from steadyvoice.ipc import cores, paths
from steadyvoice.ipc.listening import Listen
from steadyvoice.ipc.stage_start import StageSettings


def settings_of(config: Config, topology: Topology) -> dict[int, StageSettings]:
    """By the stage's number."""
    available = cores.available()
    siblings = {cpu: _thread_siblings(cpu) for cpu in available}
    has_converters = bool(paths.added("converters"))
    placement = place_stages(config.realtime.mode, available, siblings, topology.stages, has_converters=has_converters)
    return {
        stage.number: StageSettings(
            engines=_engines(stage, config),
            families=_families(stage, config),
            label=stage.label,
            device=config.audio.device,
            block=config.audio.block,
            latency_ms=config.audio.latency_ms,
            device_timeout_s=config.audio.device_timeout_s,
            lookahead_s=config.lookahead_s,
            incomplete_sentence_timeout_s=config.incomplete_sentence_timeout_s,
            cpus=placement[stage.number],
            priority=stage.priority if config.realtime.mode == "auto" else 0,
            first_audio_priority=FIRST_AUDIO_PRIORITY if config.realtime.mode == "auto" else 0,
            memory_mib=config.limits.stage_mib,
            threads=model_threads(stage, topology.stages, placement),
            model_device=config.models.device,
            loading_cpus=tuple(loading_cpus(topology.stages, placement)),
            shared_cpus=shared_cpus(stage, topology.stages, placement),
            listen=config.listen if stage.of == LISTEN else Listen(),
            languages=config.languages if stage.name == "generator" else {},
        )
        for stage in topology.stages
    }


def _engines(stage: StageSpec, config: Config) -> list[str]:
    if stage.of in (LIVE, LISTEN):
        return []
    return list(config.engines) if stage.name == "catalogue" else [stage.of] if stage.name != "converter" else []


def _families(stage: StageSpec, config: Config) -> list[str]:
    if stage.of in (LIVE, LISTEN):
        return []
    light = [family for family in config.converters if family in LIGHT_FAMILIES]
    return list(config.converters) if stage.name == "catalogue" else [stage.of] if stage.of else light


def _thread_siblings(cpu: int) -> set[int]:
    """All logical CPUs of its physical core; the CPU alone where the kernel does not list them."""
    try:
        text = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").read_text()
    except OSError:
        return {cpu}
    ranges = [part.split("-") for part in text.strip().split(",")]  # such as 0,8 or 0-1
    return {number for ends in ranges for number in range(int(ends[0]), int(ends[-1]) + 1)}
