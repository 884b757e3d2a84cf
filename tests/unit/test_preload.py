"""What the forkserver loads before stages are forked from it."""

from typing import Any

import pytest

from steadyvoice.daemon.config import Config, Models
from steadyvoice.daemon.supervision.forkserver import preload_of
from steadyvoice.ipc.stage_start import Preload
from steadyvoice.workers.engines.engine import Voice
from steadyvoice.workers.forkserver import is_due


@pytest.mark.parametrize(
    ("models", "loaded"),
    [
        (Models(), ("hibari",)),
        (Models(preload=("kokoro", "rvc")), ("kokoro", "rvc")),
        (Models(pinned=("kokoro",)), ("kokoro",)),
        (Models(preload=("hibari",), pinned=("kokoro",)), ("hibari", "kokoro")),
    ],
)
def test_models_loaded_from_the_start(models: Models, loaded: tuple[str, ...]) -> None:
    config = Config(models=models)
    assert models.at_start(config.engines) == preload_of(config).models == loaded


@pytest.mark.parametrize(
    ("config", "voices"), [(Config(voice="nova"), ("nova",)), (Config(fallback_voice="heart"), ("heart", "heart"))]
)
def test_voices_loaded_from_the_start(config: Config, voices: tuple[str, ...]) -> None:
    assert preload_of(config).voices == voices


class Engine:
    def __init__(self, preloads_models: bool | None) -> None:
        if preloads_models is not None:
            self.preloads_models = preloads_models

    def voices(self) -> list[Voice]:
        return [Voice("nova", "en-US", 24000, "MIT")]


@pytest.mark.parametrize(
    ("preloads_models", "wanted", "due"),
    [
        (None, {}, True),
        (False, {}, True),
        (True, {}, False),
        (True, {"models": ("hibari", "large")}, True),
        (True, {"voices": ("heart", "nova")}, True),
        (True, {"models": ("hibari",), "voices": ("heart",)}, False),
    ],
)
def test_models_that_may_never_speak_are_not_loaded(
    preloads_models: bool | None, wanted: dict[str, Any], due: bool
) -> None:
    assert is_due(Preload((), (), (), **wanted), "large", Engine(preloads_models)) is due
