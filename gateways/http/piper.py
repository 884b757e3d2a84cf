"""Piper's HTTP: a text, and a WAV file of it. Only JSON is accepted: any web page may send a form or a plain text."""

import msgspec
from aiohttp import web

from steadyvoice.gateways.http import response
from steadyvoice.gateways.http.context import CONTEXT
from steadyvoice.gateways.http.encoding.formats import SAMPLE_RATE
from steadyvoice.gateways.http.requests import PiperText, decode


async def synthesize(request: web.Request) -> web.StreamResponse:
    return await response.speak(request, decode(await request.read(), PiperText).wanted())


async def voices(request: web.Request) -> web.Response:
    """The installed voices: by name, with the part of Piper's configuration that this program has."""
    listed = {
        voice.name: {
            "audio": {"sample_rate": SAMPLE_RATE},
            "language": {"code": voice.language.replace("-", "_")},
            "num_speakers": 1,
        }
        for voice in await request.app[CONTEXT].voices.all()
        if voice.installed
    }
    return web.Response(body=msgspec.json.encode(listed), content_type="application/json")


ROUTES = [web.post("/", synthesize), web.post("/synthesize", synthesize), web.get("/voices", voices)]
