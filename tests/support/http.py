"""HTTP by hand, for what no well-behaved client sends or measures."""

import json
import socket
from dataclasses import dataclass
from typing import Any, Self


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    complete: bool
    """The body came to its announced end; false: the connection was cut before."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


class Http:
    """One connection. ``request`` sends, ``answer`` reads."""

    def __init__(self, port: int, host: str = "127.0.0.1", receive_bytes: int = 0) -> None:
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(60)
        self.socket.connect((host, port))
        self.received = b""

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> None:
        """body: JSON, or bytes as they are. A header of the value "" is left out."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"Host": "localhost"} | ({"Content-Type": "application/json"} if body is not None else {})
        sent |= {"Content-Length": str(len(data))} if data or method == "POST" else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items() if value), "", ""]
        self.socket.sendall("\r\n".join(lines).encode() + data)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        self.request(method, path, body, **headers)
        return self.answer()

    def head(self) -> tuple[int, dict[str, str]]:
        while b"\r\n\r\n" not in self.received:
            if not self._more():
                raise ConnectionResetError(f"closed after {self.received[:200]!r}")
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return int(first.split(" ", 2)[1]), {name.lower(): value.strip() for name, _, value in pairs}

    def answer(self) -> Answer:
        status, headers = self.head()
        if "content-length" in headers or status == 204:
            length = int(headers.get("content-length", 0))
            while len(self.received) < length and self._more():
                pass
            body, self.received = self.received[:length], self.received[length:]
            return Answer(status, headers, body, len(body) == length)
        parts = []
        while chunk := self.chunk():
            parts.append(chunk)
        return Answer(status, headers, b"".join(parts), chunk is not None)

    def chunk(self) -> bytes | None:
        """The next chunk of the body; b"" the last; None: the connection was cut."""
        while b"\r\n" not in self.received:
            if not self._more():
                return None
        size, _, self.received = self.received.partition(b"\r\n")
        length = int(size, 16)
        while len(self.received) < length + 2:
            if not self._more():
                return None
        chunk, self.received = self.received[:length], self.received[length + 2 :]
        return chunk

    def is_closed(self) -> bool:
        """Wait for the end of the connection; false if something else comes."""
        try:
            return not self.socket.recv(1)
        except ConnectionResetError:
            return True

    def _more(self) -> bool:
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionResetError:
            data = b""
        self.received += data
        return bool(data)

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
