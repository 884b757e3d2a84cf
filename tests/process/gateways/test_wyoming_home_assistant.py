"""Home Assistant's own code for Wyoming. The modules of Home Assistant that it imports are replaced by the least."""

import asyncio
import importlib
import io
import sys
import wave
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import support.wyoming_client  # noqa: F401 - imports the package without its warning, before Home Assistant does
from support.clients import FOX, LONG, NULL, TALE
from support.daemon import Daemon, eventually, idle, user_env
from support.gateway import Gateway, real_client, running

CONFIGURATION = NULL

pytestmark = pytest.mark.long


@dataclass
class Voice:
    voice_id: str
    name: str


@dataclass
class Request:
    language: str
    options: dict[str, Any]
    message_gen: AsyncIterator[str]


@dataclass
class Response:
    extension: str
    data_gen: AsyncIterator[bytes]


class Entry:
    """The configuration entry, which runs the writer beside the reader."""

    entry_id = "1"

    def __init__(self) -> None:
        self.tasks: list[asyncio.Task[None]] = []

    def async_create_background_task(self, _: object, work: Coroutine[Any, Any, None], name: str) -> None:
        self.tasks.append(asyncio.create_task(work, name=name))


@pytest.fixture(scope="module")
def integration() -> Iterator[ModuleType]:
    """Home Assistant's ``components/wyoming``: its modules tts, data, models, error and const."""
    folder = Path(real_client("homeassistant"))
    tts = {
        "ATTR_AUDIO_OUTPUT": "audio_output",
        "ATTR_VOICE": "voice",
        "TextToSpeechEntity": type("TextToSpeechEntity", (), {"hass": None}),
        "TTSAudioRequest": Request,
        "TTSAudioResponse": Response,
        "Voice": Voice,
    }
    stand_ins: dict[str, dict[str, Any]] = {
        "homeassistant": {},
        "homeassistant.components": {},
        "homeassistant.components.tts": tts,
        "homeassistant.components.wyoming": {"__path__": [str(folder / "wyoming")]},
        "homeassistant.components.wyoming.devices": {"SatelliteDevice": object},
        "homeassistant.config_entries": {"ConfigEntry": Entry},
        "homeassistant.const": {"Platform": SimpleNamespace(STT=1, TTS=2, WAKE_WORD=3, CONVERSATION=4)},
        "homeassistant.core": {"HomeAssistant": object, "callback": lambda function: function},
        "homeassistant.exceptions": {"HomeAssistantError": type("HomeAssistantError", (Exception,), {})},
        "homeassistant.helpers": {},
        "homeassistant.helpers.entity_platform": {"AddConfigEntryEntitiesCallback": object},
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, content in stand_ins.items():
            module = ModuleType(name)
            vars(module).update(content)
            patch.setitem(sys.modules, name, module)
            parent, _, last = name.rpartition(".")
            if parent:
                setattr(sys.modules[parent], last, module)
        yield importlib.import_module("homeassistant.components.wyoming.tts")
        for name in [each for each in sys.modules if each.startswith("homeassistant")]:
            del sys.modules[name]


@pytest.fixture(scope="module")
def gateway(daemon: Daemon) -> Iterator[Gateway]:
    with running("wyoming", daemon, "--listen", "localhost:0") as gateway:
        yield gateway


async def provider(integration: ModuleType, port: int) -> Any:
    service = await integration.WyomingService.create("127.0.0.1", port)
    assert service is not None
    assert service.has_services()
    assert service.get_name() == "steadyvoice"
    return integration.WyomingTtsProvider(Entry(), service)


def pcm(data: bytes) -> bytes:
    """Of a WAV file. Its header may say nothing of its length."""
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (24000, 2, 1)
    return data[44:]


def native(daemon: Daemon, text: str) -> bytes:
    with daemon.client() as client:
        return np.concatenate(list(client.stream(text, format="s16"))).tobytes()


def test_a_start_without_a_daemon(integration: ModuleType, tmp_path: Path) -> None:
    """Home Assistant waits 1 s for the voices; it then speaks with the default voice, whatever that is."""
    absent = Daemon(user_env(tmp_path, tmp_path))
    with running("wyoming", absent, "--listen", "localhost:0") as gateway:
        entity = asyncio.run(provider(integration, gateway.port))
    assert entity.async_get_supported_voices("en_US") == [Voice("default", "default")]


@pytest.mark.parametrize("text", [FOX, TALE, LONG])
@pytest.mark.parametrize("options", [{}, {"voice": "heart"}])
def test_a_message(
    integration: ModuleType, daemon: Daemon, gateway: Gateway, text: str, options: dict[str, str]
) -> None:
    """To the last sample, however long."""

    async def main() -> None:
        entity = await provider(integration, gateway.port)
        assert entity._attr_supported_languages == ["en_US"]
        assert entity.async_get_supported_voices("en_US") == [Voice("heart", "heart")]
        kind, data = await entity.async_get_tts_audio(text, "en_US", options)
        assert kind == "wav"
        assert pcm(data) == native(daemon, text)

    asyncio.run(main())


def test_a_message_as_a_language_model_writes_it(integration: ModuleType, daemon: Daemon, gateway: Gateway) -> None:
    """Heard before it is complete."""
    heard = asyncio.Event()

    async def message() -> AsyncIterator[str]:
        yield "Hello there. "
        yield "How "
        await heard.wait()
        yield "are you?"

    async def main() -> None:
        entity = await provider(integration, gateway.port)
        assert entity.async_supports_streaming_input()
        response = await entity.async_stream_tts_audio(Request("en_US", {"voice": "heart"}, message()))
        data = b""
        async for piece in response.data_gen:
            data += piece
            if len(data) > 44:
                heard.set()
        assert response.extension == "wav"
        assert pcm(data) == native(daemon, "Hello there. How are you?")
        await asyncio.gather(*entity.config_entry.tasks)

    asyncio.run(main())


@pytest.mark.parametrize(("text", "options"), [(FOX, {"voice": "hart"}), ("a" * 200_001, {}), ("\u02c0", {})])
def test_a_failure_is_no_message(integration: ModuleType, gateway: Gateway, text: str, options: dict[str, str]) -> None:
    """It neither waits for ever nor keeps an empty file."""

    async def main() -> None:
        entity = await provider(integration, gateway.port)
        assert await entity.async_get_tts_audio(text, "en_US", options) == (None, None)

        async def message() -> AsyncIterator[str]:
            yield text

        response = await entity.async_stream_tts_audio(Request("en_US", options, message()))
        assert [piece async for piece in response.data_gen] == []
        await asyncio.gather(*entity.config_entry.tasks)

    asyncio.run(main())


def test_a_barge_in(integration: ModuleType, daemon: Daemon, gateway: Gateway) -> None:
    async def message() -> AsyncIterator[str]:
        yield LONG

    async def main() -> None:
        entity = await provider(integration, gateway.port)
        response = await entity.async_stream_tts_audio(Request("en_US", {}, message()))
        async for piece in response.data_gen:
            if len(piece) > 44:
                break
        await response.data_gen.aclose()
        await asyncio.gather(*entity.config_entry.tasks)

    asyncio.run(main())
    eventually(lambda: idle(daemon.status()))
