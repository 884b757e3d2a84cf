"""OpenAI's endpoint for speech."""

from aiohttp import web

from steadyvoice.gateways.http import response
from steadyvoice.gateways.http.requests import SpeechRequest, decode


async def speech(request: web.Request) -> web.StreamResponse:
    return await response.speak(request, decode(await request.read(), SpeechRequest).wanted())


ROUTES = [web.post(f"{prefix}/audio/speech", speech) for prefix in ("/v1", "")]
