"""The encoding process of the HTTP gateway: encodes many streams, until the gateway closes its socket (its stdin)."""

import contextlib
import gc
import signal
import socket
import sys

import msgspec

from steadyvoice.gateways.http.encoding import messages
from steadyvoice.gateways.http.encoding.codecs import CODECS, Codec
from steadyvoice.gateways.http.encoding.messages import Opening
from steadyvoice.ipc.errors import describe


class GatewayGone(Exception):
    """The gateway has closed the socket, or ended."""


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the gateway too, which ends this process
    gc.freeze()
    with socket.socket(fileno=sys.stdin.fileno()) as sock, contextlib.suppress(GatewayGone, OSError):
        serve(sock)


def serve(sock: socket.socket) -> None:
    """Answer requests. GatewayGone or OSError at the end."""
    streams: dict[int, Codec] = {}
    while True:
        stream, kind, length = messages.HEADER.unpack(_receive(sock, messages.HEADER.size))
        content = _receive(sock, length)
        if kind == messages.CLOSE:
            streams.pop(stream, None)
            continue
        try:
            reply = messages.message(stream, messages.DONE, _answer(streams, stream, kind, content))
        except Exception as error:  # of a library: this stream fails, the others go on
            streams.pop(stream, None)
            reply = messages.message(stream, messages.FAILED, describe(error).encode())
        sock.sendall(reply)


def _answer(streams: dict[int, Codec], stream: int, kind: int, content: bytes) -> bytes:
    if kind == messages.OPEN:
        opening = msgspec.json.decode(content, type=Opening)
        streams[stream] = CODECS[opening.format](opening)
        return b""
    if kind == messages.ENCODE:
        return streams[stream].encode(content)
    return streams.pop(stream).finish()


def _receive(sock: socket.socket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        part = sock.recv(length - len(data))
        if not part:
            raise GatewayGone
        data += part
    return bytes(data)


if __name__ == "__main__":
    main()
