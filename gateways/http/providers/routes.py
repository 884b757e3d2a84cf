"""The routes of the providers."""

from typing import Final

from aiohttp import web

from steadyvoice.gateways.http import response
from steadyvoice.gateways.http.providers import cartesia, deepgram, elevenlabs

ROUTES: Final = web.RouteTableDef()


@ROUTES.post("/tts/bytes")
async def cartesia_bytes(request: web.Request) -> web.StreamResponse:
    return await response.speak(request, cartesia.wanted(await request.read()))


@ROUTES.post("/v1/text-to-speech/{voice}")
@ROUTES.post("/v1/text-to-speech/{voice}/stream")
async def elevenlabs_stream(request: web.Request) -> web.StreamResponse:
    return await _elevenlabs(request, timestamps=False)


@ROUTES.post("/v1/text-to-speech/{voice}/stream/with-timestamps")
async def elevenlabs_timestamps(request: web.Request) -> web.StreamResponse:
    return await _elevenlabs(request, timestamps=True)


@ROUTES.post("/v1/speak")
async def deepgram_speak(request: web.Request) -> web.StreamResponse:
    return await response.speak(request, deepgram.wanted(await request.read(), request.query))


async def _elevenlabs(request: web.Request, *, timestamps: bool) -> web.StreamResponse:
    voice = request.match_info["voice"]
    wanted = elevenlabs.wanted(await request.read(), voice, request.query, timestamps=timestamps)
    return await response.speak(request, wanted)
