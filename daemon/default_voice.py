"""The voice of an utterance that names none, and why it is not the configured one. Pure functions."""

from collections.abc import Sequence

from steadyvoice.ipc.stage_protocol import VoiceMeta


def default_voice(wanted: str, voices: Sequence[VoiceMeta]) -> VoiceMeta | None:
    """The configured voice, else the first that is installed; None if none is installed."""
    installed = [voice for voice in voices if voice.installed]
    return next((voice for voice in installed if voice.name == wanted), installed[0] if installed else None)


def absence(wanted: str, voices: Sequence[VoiceMeta]) -> str:
    """Why the configured voice cannot be used and what to do, in one line; empty if it is installed."""
    voice = next((voice for voice in voices if voice.name == wanted), None)
    if voice is None:
        return "no engine has it; see svctl voices"
    if voice.installed:
        return ""
    return f"not installed: svctl voices pull {wanted}" if voice.engine == "hibari" else "not usable; see svctl voices"
