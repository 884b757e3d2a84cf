"""The voice and the converter that a request asks for, and why one cannot be had."""

import logging

from steadyvoice.daemon.default_voice import absence, default_voice
from steadyvoice.daemon.scheduling.blended_voice import blended
from steadyvoice.daemon.supervision.supervisor import Supervisor
from steadyvoice.ipc import requests
from steadyvoice.ipc.blend import BadBlend
from steadyvoice.ipc.errors import RequestRefused
from steadyvoice.ipc.needs import missing
from steadyvoice.ipc.stage_protocol import ConverterMeta, VoiceMeta

log = logging.getLogger("svd")


class Choices:
    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._missing: set[str] = set()
        """Configured voices of which the log has said that they cannot be had."""

    def _default_voice(self) -> VoiceMeta:
        """The configured one; the first that is installed where that one cannot be had, which the log says once."""
        wanted, voices = self._supervisor.config.voice, self._supervisor.voices
        voice = default_voice(wanted, voices)
        if voice is None:
            return self._voice(wanted)
        if voice.name != wanted and wanted not in self._missing:
            self._missing.add(wanted)
            why = self._supervisor.optionals.why_not(f"voice {wanted}") or absence(wanted, voices)
            log.warning("the configured voice %r is left out: %s; %r speaks in its place", wanted, why, voice.name)
        return voice

    def voice(self, name: str) -> VoiceMeta:
        """The voice of this name; empty: the default voice. RequestRefused."""
        return self._voice(name) if name else self._default_voice()

    def _voice(self, name: str) -> VoiceMeta:
        if self._supervisor.given_up:
            raise RequestRefused("stage_failed", f"cannot speak: {self._supervisor.given_up}")
        known = {voice.name: voice for voice in self._supervisor.voices}
        voice = known.get(name)
        if voice is None and "+" in name:
            try:
                return blended(name, self._supervisor.voices)
            except BadBlend as error:
                raise RequestRefused("unknown_voice", f"there is no blend {name!r}: {error}") from error
        if voice is None:
            raise RequestRefused("unknown_voice", f"there is no voice {name!r}; there are: {', '.join(known)}")
        if not voice.installed:
            here = ", ".join(v.name for v in known.values() if v.installed)
            why = self._supervisor.optionals.why_not(f"voice {name}", f"engine {voice.engine}")
            what = f"cannot be used: {why}" if why else "is not on this machine"
            raise RequestRefused("voice_not_installed", f"the voice {name!r} {what}; installed: {here}")
        return voice

    def converter(self, request: requests.Speak) -> ConverterMeta | None:
        """None where the request needs none. RequestRefused."""
        name = request.converter or ("shift" if request.pitch or request.formant else "")
        if not name:
            return None
        known = {converter.name: converter for converter in self._supervisor.converters}
        converter = known.get(name)
        if converter is None:
            names = ", ".join(known) or "none"
            raise RequestRefused("unknown_converter", f"there is no converter {name!r}; there are: {names}")
        if not converter.installed:
            why = self._supervisor.optionals.why_not(f"converter {name}", f"converters {converter.family}")
            if not why:  # else its folder may be one that does not answer
                lack = missing(converter.family)
                why = f"{lack.what} is missing: {lack.command}, then svctl restart" if lack else "see svctl doctor"
            raise RequestRefused("converter_not_installed", f"the converter {name!r} cannot be used: {why}")
        if request.formant and not converter.formants:
            why = f"the converter {name!r} cannot move formants; leave formant out"
            raise RequestRefused("out_of_range", why, field="formant")
        return converter

    def available(self, wanted: VoiceMeta) -> VoiceMeta:
        """The fallback voice while the model of the wanted voice is not loaded, if there is one and its model is."""
        name = self._supervisor.config.fallback_voice
        fallback = next((each for each in self._supervisor.voices if each.name == name), None) if name else None
        if fallback is None or not fallback.installed or self._supervisor.models.is_cold(fallback.engine):
            return wanted
        return fallback if self._supervisor.models.is_cold(wanted.engine) else wanted
