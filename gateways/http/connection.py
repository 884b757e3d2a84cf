"""One client's connection, with the limits that aiohttp does not have: their number, and the time of a request."""

import asyncio
from typing import Any, cast

from aiohttp import web

from steadyvoice.gateways.http import limits
from steadyvoice.gateways.http.errors import Refused
from steadyvoice.gateways.http.limits import Connections
from steadyvoice.ipc.errors import describe


class Connection(web.RequestHandler):
    """aiohttp's connection. A client that takes too long to send a request is disconnected."""

    def __init__(self, open_connections: "Connections[Connection]", manager: web.Server, **options: Any) -> None:
        super().__init__(manager, **options)
        self._connections = open_connections
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._connections.opened(self)
        self._expect_request()
        super().connection_made(transport)

    def connection_lost(self, error: BaseException | None) -> None:
        self.request_arrived()
        self._connections.closed(self)
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self._deadline is None and self._connections.is_idle(self):
            self._expect_request()
        super().data_received(data)

    def request_began(self) -> None:
        """The head of a request has arrived."""
        self._connections.began(self)

    def request_arrived(self) -> None:
        """The request has arrived to its end: its answer may take as long as it needs."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    async def finish_response(self, *arguments: Any) -> tuple[web.StreamResponse, bool]:
        try:
            return await super().finish_response(*arguments)
        finally:
            self.request_arrived()
            self._connections.ended(self)

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """The answer to what is no HTTP. Nothing is logged: any program can send it."""
        if request.writer.output_size:
            raise ConnectionResetError("cut off")
        why = message or (describe(exc) if exc is not None else "not understood")
        refused = Refused(status, "bad_request", " ".join(why.split())[:300])
        response = web.Response(
            status=status, body=refused.body(), content_type="application/json", headers=refused.headers
        )
        response.force_close()
        return response

    def _expect_request(self) -> None:
        self._deadline = asyncio.get_running_loop().call_later(limits.REQUEST_S, self.force_close)


class Full(asyncio.Protocol):
    """Answers a connection for which there is no room."""

    def __init__(self, most: int) -> None:
        """most: connections that the gateway takes."""
        self._most = most

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        writer = cast(asyncio.WriteTransport, transport)  # uvloop's are no subclasses
        message = f"the gateway has {self._most} connections; try again soon"
        refused = Refused(503, "too_many_connections", message, retry=True)
        body = refused.body()
        head = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
            **refused.headers,
        }
        lines = ["HTTP/1.1 503 Service Unavailable", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        writer.close()
