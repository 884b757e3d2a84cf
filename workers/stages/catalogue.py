"""The catalogue: which voices and converters there are, and which engines have a flow.

It loads no model, reports once, and ends.
"""

from steadyvoice.ipc.stage_protocol import ConverterMeta, Ready, VoiceMeta
from steadyvoice.workers.converters import converter as converters
from steadyvoice.workers.engines import engine as engines
from steadyvoice.workers.runtime.context import Context


class Catalogue:
    def __init__(self, context: Context) -> None:
        self._settings = context.settings

    def warmup(self) -> Ready:
        """NotInstalled if no engine can be used."""
        loaded = engines.usable(self._settings.engines)
        voices = [
            VoiceMeta(
                voice.name, voice.language, voice.sample_rate, voice.licence,
                voice.installed and engines.is_usable(name, voice.name), name, voice.blends,
            )
            for name, voice in engines.voices(loaded)
        ]  # fmt: skip
        engines.check_any(self._settings.engines)
        known = [
            ConverterMeta(
                one.name, one.licence, one.latency_ms, one.formants,
                one.installed and converters.is_usable(family, one.name), family,
            )
            for family, one in converters.converters(converters.usable(self._settings.families))
        ]  # fmt: skip
        return Ready(voices, known, engines.with_flow(loaded))

    def step(self) -> float:
        raise AssertionError("the catalogue ends after its report")


def make(context: Context) -> Catalogue:
    return Catalogue(context)
