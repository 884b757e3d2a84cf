"""What clients ask before they speak: models and voices. None of them chooses a model: there is one for each voice."""

from typing import Any, Final

import msgspec
from aiohttp import web

from steadyvoice.gateways.http.context import CONTEXT
from steadyvoice.gateways.http.voice_names import OPENAI_VOICES

MODELS: Final = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts")
"""OpenAI's names, from which clients choose; each speaks with the daemon's voices."""


def _json(content: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(content), content_type="application/json")


async def root(request: web.Request) -> web.Response:
    """LiveKit asks for it to open its connection in time."""
    return _json({"object": "api", "version": "v1"})


async def models(request: web.Request) -> web.Response:
    listed = [{"id": name, "object": "model", "created": 0, "owned_by": "steadyvoice"} for name in MODELS]
    return _json({"object": "list", "data": listed})


async def model(request: web.Request) -> web.Response:
    """Any name is accepted, as in a request to speak."""
    name = request.match_info["name"]
    return _json({"id": name, "object": "model", "created": 0, "owned_by": "steadyvoice"})


async def audio_models(request: web.Request) -> web.Response:
    return _json({"models": [{"id": name, "name": name} for name in MODELS]})


async def audio_voices(request: web.Request) -> web.Response:
    """The installed voices, then the aliases and OpenAI's names."""
    context = request.app[CONTEXT]
    installed = [voice for voice in await context.voices.all() if voice.installed]
    listed = {
        voice.name.casefold(): {"id": voice.name, "name": voice.name, "language": voice.language} for voice in installed
    }
    for alias in (*context.settings.voices, *OPENAI_VOICES):
        found = await context.voices.voice(alias)
        if found is not None:
            listed.setdefault(
                alias.casefold(), {"id": alias, "name": f"{alias} ({found.name})", "language": found.language}
            )
    return _json({"voices": list(listed.values())})


ROUTES = [
    web.get("/v1", root),
    web.get("/v1/", root),
    *(
        web.get(f"{prefix}{path}", handler)
        for prefix in ("/v1", "")
        for path, handler in (
            ("/models", models),
            ("/models/{name}", model),
            ("/audio/models", audio_models),
            ("/audio/voices", audio_voices),
        )
    ),
]
