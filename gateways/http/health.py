"""Whether the daemon can take another stream now, by the status of the answer: load balancers ask each second."""

import asyncio
from typing import Final

import msgspec
from aiohttp import web

from steadyvoice.gateways.http.context import CONTEXT
from steadyvoice.gateways.http.errors import Refused
from steadyvoice.gateways.http.rules import HEALTH
from steadyvoice.ipc.daemon_status import DaemonStatus

_ANSWER_S: Final = 1.0
"""Seconds after which a daemon that does not answer is not ready."""


def problem(status: DaemonStatus) -> Refused | None:
    """Why the daemon should get no further stream now; None: it can take one. Pure."""
    if not status["ready"]:
        return Refused(503, "not_ready", status["problem"] or "the speech engine is starting", retry=True)
    most = status["limits"]["streams"]
    if status["utterances"]["active"] >= most:
        return Refused(503, "full", f"the daemon has {most} streams, its limits.streams; try again soon", retry=True)
    return None


async def health(request: web.Request) -> web.Response:
    """200, or 503 with the reason. Nothing is spoken, and no stage is asked."""
    try:
        async with asyncio.timeout(_ANSWER_S):
            status = await request.app[CONTEXT].daemon.status()
    except TimeoutError as error:
        raise Refused(503, "not_ready", f"the daemon has not answered in {_ANSWER_S:g} s", retry=True) from error
    refused = problem(status)
    if refused is not None:
        raise refused
    return web.Response(body=msgspec.json.encode({"ready": True}), content_type="application/json")


ROUTES = [web.get(HEALTH, health)]
