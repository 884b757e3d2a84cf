"""A Hugging Face hub of the tests' own: it speaks what huggingface_hub needs of the real one."""

import contextlib
import hashlib
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "c0ffee" * 6 + "beef"
REPOSITORY = "ekwek/Soprano-1.1-80M"
BIG = "decoder.pth"


@dataclass
class Hub:
    """Serves one repository, as its fields say; large files come from another host, as with the real hub."""

    files: dict[str, bytes]
    repository: str = REPOSITORY
    breaks: list[int] = field(default_factory=list)
    """After how many bytes the next connections for BIG are cut; 0: at once."""
    changed: set[str] = field(default_factory=set)
    """Files of which other bytes are sent than were promised."""
    ranges: list[str] = field(default_factory=list)
    """What was asked for of BIG: ``Range`` headers, or nothing."""
    says: str = ""
    """An error that it answers everything with."""
    plain: bool = False
    """It is a web server and no hub: it tells no checksums."""
    stalls: int | None = None
    """Of BIG it sends so many bytes, and no more until the test is over."""
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        hub = self

        class Answer(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                hub.answer(self)

            do_GET = do_HEAD

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.elsewhere = f"http://localhost:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        if self.says:
            return self._head(request, 401 if self.says == "RepoNotFound" else 403, {"X-Error-Code": self.says})
        if blob := re.fullmatch(r"/blobs/(.*)", request.path):
            return self._send(request, blob[1])
        found = re.fullmatch(rf"/{self.repository}/resolve/(main|{COMMIT})/(.*)", request.path)
        if not found:
            return self._head(request, 401, {"X-Error-Code": "RepoNotFound"})
        if found[2] not in self.files:
            return self._head(request, 404, {"X-Error-Code": "EntryNotFound"})
        data, headers = self.files[found[2]], {"X-Repo-Commit": COMMIT}
        if self.plain:
            return self._send(request, found[2])
        if len(data) < 10_000:
            return self._send(request, found[2], headers | {"ETag": f'"{git_name(data)}"'})
        checksum = hashlib.sha256(data).hexdigest()
        linked = {"X-Linked-Etag": f'"{checksum}"', "X-Linked-Size": str(len(data))}
        return self._head(request, 302, headers | linked | {"Location": f"{self.elsewhere}/blobs/{found[2]}"})

    def _send(self, request: BaseHTTPRequestHandler, name: str, headers: dict[str, str] | None = None) -> None:
        data, wanted = self.files[name], request.headers.get("Range", "")
        if name in self.changed:
            data = data[:-1] + bytes([data[-1] ^ 1])
        begin = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        about = {"Content-Range": f"bytes {begin}-{len(data) - 1}/{len(data)}"} if wanted else {}
        about |= {"Content-Length": str(len(data) - begin)} | (headers or {})
        self._head(request, 206 if wanted else 200, about)
        if request.command == "HEAD":
            return
        most = len(data)
        if name == BIG:
            self.ranges.append(wanted)
            most = self.breaks.pop(0) if self.breaks else self.stalls if self.stalls is not None else most
        with contextlib.suppress(ConnectionError):  # it has had enough
            request.wfile.write(data[begin : begin + most])
        if name == BIG and self.stalls is not None:
            request.wfile.flush()
            self.over.wait()

    def _head(self, request: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
        request.send_response(status)
        for name, value in {"Content-Length": "0", **headers, "Connection": "close"}.items():
            request.send_header(name, value)
        request.end_headers()


def git_name(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
