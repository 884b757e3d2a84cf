"""What each request passes before its handler: rules, limits, errors in the protocol's shape, headers of CORS."""

import asyncio
import hashlib
import ipaddress
import logging
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from steadyvoice import __version__
from steadyvoice.gateways.http.connection import Connection
from steadyvoice.gateways.http.context import CONTEXT
from steadyvoice.gateways.http.errors import Refused, refusal
from steadyvoice.gateways.http.rules import Seen
from steadyvoice.ipc.errors import SteadyvoiceError, describe
from steadyvoice.ipc.traces import is_traceparent

log = logging.getLogger("svgate")

_PREFLIGHT_S: Final = 600
_SERVER: Final = f"Steadyvoice/{__version__}"
_CODES: Final = {404: "not_found", 405: "method_not_allowed", 413: "request_too_large"}
_KEY_HEADERS: Final = ("xi-api-key", "X-API-Key")
_KEY_SCHEMES: Final = ("bearer", "token")


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what the rules forbid; otherwise read the body, which is limited in size and time, and call the handler.

    A SteadyvoiceError of the handler becomes a response, unless the response has begun: then the connection is cut, as
    only that tells a client that its audio is incomplete.
    """
    context = request.app[CONTEXT]
    connection = request.protocol
    assert isinstance(connection, Connection)
    connection.request_began()
    peer = "" if is_local(request) or request.remote in context.settings.proxies else request.remote or ""
    counted = False
    try:
        context.rules.check(_seen(request))
        if request.method == "OPTIONS" and "Origin" in request.headers:
            return _preflight(request)
        counted = context.peers.enter(peer)
        if not counted:
            raise Refused(429, "too_many_requests", "this client has 8 requests at once; let one finish", retry=True)
        await request.read()
        connection.request_arrived()
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        code = _CODES.get(error.status, "bad_request")
        return _answer(request, Refused(error.status, code, f"{request.method} {request.path[:100]}: {error.reason}"))
    except SteadyvoiceError as error:
        return _answer(request, refusal(error))
    except web.RequestPayloadError as error:
        return _answer(request, Refused(400, "bad_request", f"the body cannot be read: {describe(error)}"))
    except (ConnectionError, asyncio.CancelledError):
        raise
    except Exception as error:  # a fault of this program: the gateway goes on
        log.exception("%s %s", request.method, request.path[:100])
        return _answer(request, Refused(500, "internal_error", describe(error)))
    finally:
        if counted:
            context.peers.leave(peer)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Name the gateway, and let pages of the configured origins read the response. No other page ever can."""
    origin = request.headers.get("Origin", "")
    if origin and request.app[CONTEXT].rules.shared_with(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Vary"] = "Origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Server"] = _SERVER  # by which svctl doctor knows it


def user(request: web.Request) -> str:
    """The person that a request asks for, so that streams are shared fairly: by key, else by address."""
    keys = _keys(request)
    return hashlib.sha256(keys[0].encode(errors="replace")).hexdigest()[:32] if keys else request.remote or "unix"


def traceparent(request: web.Request) -> str:
    """The trace context that a request brings; one that is not valid is ignored, as W3C Trace Context asks for."""
    value = request.headers.get("traceparent", "").strip()
    return value if is_traceparent(value) else ""


def is_local(request: web.BaseRequest) -> bool:
    """Through a Unix socket or loopback."""
    try:
        return not request.remote or ipaddress.ip_address(request.remote).is_loopback
    except ValueError:  # the path of a Unix socket
        return True


def _preflight(request: web.Request) -> web.Response:
    """A page of a configured origin may send what it asks for: OpenAI's SDK has headers of its own."""
    headers = {
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": request.headers.get("Access-Control-Request-Headers", ""),
        "Access-Control-Max-Age": str(_PREFLIGHT_S),
    }
    return web.Response(status=204, headers=headers)


def _seen(request: web.Request) -> Seen:
    headers = request.headers
    return Seen(
        hosts=tuple({*headers.getall("Host", []), request.host}),
        origins=tuple(headers.getall("Origin", [])),
        keys=_keys(request),
        method=request.method,
        path=request.path,
        content_type=request.content_type if "Content-Type" in headers else "",
        content_encoding=headers.get("Content-Encoding", ""),
        upgrade="Upgrade" in headers,
        from_loopback=is_local(request),
    )


def _keys(request: web.Request) -> tuple[str, ...]:
    """The keys of a request: OpenAI's and Deepgram's header, ElevenLabs', Cartesia's, and its query of a WebSocket."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    found = [key.strip()] if scheme.casefold() in _KEY_SCHEMES else []
    found += [request.headers[name] for name in _KEY_HEADERS if name in request.headers]
    if "Upgrade" in request.headers:
        found += request.query.getall("api_key", [])
    return tuple(found)


def _answer(request: web.Request, refused: Refused) -> web.Response:
    if request.writer.output_size:
        log.info("%s %s cut off: %s", request.method, request.path[:100], refused)
        request.protocol.force_close()
        raise ConnectionResetError("cut off")
    response = web.Response(
        status=refused.status,
        body=refused.body(request.path),
        content_type="application/json",
        headers=refused.headers,
    )
    if request.can_read_body and not request.content.is_eof():
        response.force_close()  # rather than read what is left of the body
    return response
