"""The voices that a stage loads and warms up at its start, and those that wait until an utterance needs them."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from steadyvoice.workers import optional
from steadyvoice.workers.engines import engine as engines
from steadyvoice.workers.engines.abilities import OnDemand
from steadyvoice.workers.runtime.context import Context


def warm_generator(context: Context, name: str, engine: engines.Engine, generator: engines.Generator) -> None:
    if engines.loads_on_demand(engine):
        assert isinstance(generator, OnDemand)
        warm_voices(context, name, engine, generator.warm)
    else:
        generator.warmup()


def warm_voices(context: Context, name: str, engine: engines.Engine, warm: Callable[[str], object]) -> None:
    """Warm up one of the installed voices of each model. A voice that fails is left out.

    Of an engine that loads on demand, one voice; the others when they are needed (`Context.ensure_voice`).
    """
    voices = [voice for _, voice in engines.voices({name: engine}) if voice.installed]
    first = one_of_each_model(voices)
    if engines.loads_on_demand(engine):
        first, later = divided(first, context.settings.voice)
        for voice in later:
            context.on_demand[engines.voice_of(name, voice)] = partial(_attempt, name, voice, warm)
    for voice in first:
        _attempt(name, voice, warm)


def _attempt(engine: str, voice: str, warm: Callable[[str], object]) -> None:
    optional.attempt(engines.voice_of(engine, voice), partial(warm, voice))


def one_of_each_model(voices: Iterable[engines.Voice]) -> list[str]:
    """Names."""
    by_model = {voice.model or (voice.name,): voice.name for voice in reversed(list(voices))}
    return list(reversed(by_model.values()))


def divided(voices: Sequence[str], configured: str) -> tuple[list[str], list[str]]:
    """The voice that is loaded at the start, the configured one or else the first; and the others."""
    first = configured if configured in voices else next(iter(voices), "")
    return [voice for voice in voices if voice == first], [voice for voice in voices if voice != first]
