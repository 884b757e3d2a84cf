"""A stream by way of HTTP gateways that outlives one of them, or its daemon (docs/gateways.md)."""

import http.client
import json
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from steadyvoice.client.chunked import BadBody, ChunkedBody
from steadyvoice.client.errors import DaemonUnreachable
from steadyvoice.client.resumption import GIVE_UP_S, SILENCE_S, Resumption
from steadyvoice.ipc.errors import SteadyvoiceError

FIRST_S: Final = 10.0
"""A gateway answers with the first sample."""
SAMPLE_RATE: Final = 24_000
_SAMPLE_BYTES: Final = 2
_READ_BYTES: Final = 1 << 16
_PATH: Final = "/v1/audio/speech"
_ERROR_FIELD: Final = "steadyvoice-error"


class ResumingHttpStream:
    """The samples of a text, from the first of several gateways that can give them: iterate over it, in one thread.

    Yields bytes: whole samples of 16 bits, little-endian, mono, of SAMPLE_RATE. If a gateway or its daemon goes away,
    or nothing comes for ``silence_s``, the next gateway is asked for the samples from ``sample`` on. The address of a
    balancer is enough. Raises DaemonUnreachable, which names the sample, if for ``give_up_s`` none goes on, and
    SteadyvoiceError if one refuses what another would refuse.
    """

    def __init__(
        self,
        urls: Sequence[str],
        text: str,
        *,
        token: str = "",
        silence_s: float = SILENCE_S,
        first_s: float = FIRST_S,
        give_up_s: float = GIVE_UP_S,
        **fields: Any,
    ) -> None:
        """urls: such as http://localhost:8880. first_s: seconds to wait for the first sample of an answer; the samples
        before ``sample`` are computed in this time. fields: of the request, such as ``voice`` and ``speed``."""
        self._urls, self._token = urls, token
        self._silence_s, self._first_s = silence_s, first_s
        self._fields: dict[str, Any] = {"from_sample": 0, **fields, "input": text, "response_format": "pcm"}
        self._resumption = Resumption(len(urls), self._fields["from_sample"], give_up_s)

    @property
    def sample(self) -> int:
        """Samples of the whole stream up to the end of the last block."""
        return self._resumption.sample

    @property
    def resumed(self) -> int:
        """How often a gateway went on with it."""
        return self._resumption.times

    def __iter__(self) -> Iterator[bytes]:
        """Yield the samples that follow, as they come."""
        while True:
            url = self._urls[self._resumption.daemon]
            try:
                for block in self._part(url):
                    self._resumption.received(len(block) // _SAMPLE_BYTES)
                    yield block
                return
            except (OSError, http.client.HTTPException, BadBody) as error:
                failure: SteadyvoiceError = DaemonUnreachable(f"{url}: {_reason(error)}")
            except SteadyvoiceError as error:
                failure = error
            time.sleep(self._resumption.failed(failure, time.monotonic()))

    def _part(self, url: str) -> Iterator[bytes]:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self._silence_s)
        try:
            connection.connect()
            sock: socket.socket = connection.sock  # the connection may forget it with the head
            connection.request("POST", _PATH, json.dumps({**self._fields, "from_sample": self.sample}), self._headers)
            sock.settimeout(self._first_s)
            response = connection.getresponse()
            if response.status != http.client.OK:
                raise _refusal(url, response)
            sock.settimeout(self._silence_s)
            yield from _samples(url, response)
        finally:
            connection.close()

    @property
    def _headers(self) -> dict[str, str]:
        own = {"Content-Type": "application/json", "TE": "trailers", "Connection": "TE"}
        return own | ({"Authorization": f"Bearer {self._token}"} if self._token else {})


def _samples(url: str, response: http.client.HTTPResponse) -> Iterator[bytes]:
    """Whole samples of the body, to its end."""
    if not response.chunked:
        raise SteadyvoiceError(f"{url} answers without chunks, so that an early end could not be seen; see its proxy")
    body, part = ChunkedBody(), b""
    while not body.has_ended:
        data = response.fp.read1(_READ_BYTES)  # below the library's decoder, which drops the trailer
        if not data:
            raise ConnectionResetError("the answer was cut off")
        part += body.feed(data)
        if whole := len(part) // _SAMPLE_BYTES * _SAMPLE_BYTES:
            yield part[:whole]
            part = part[whole:]
    if _ERROR_FIELD in body.trailer:
        raise _failure(url, body.trailer[_ERROR_FIELD], "the speech failed", retry=False)


def _refusal(url: str, response: http.client.HTTPResponse) -> SteadyvoiceError:
    """What an answer without speech means."""
    retry = response.getheader("x-should-retry") == "true" or response.status >= http.client.BAD_GATEWAY
    return _failure(url, response.read().decode(errors="replace"), f"{response.status} {response.reason}", retry=retry)


def _failure(url: str, said: str, otherwise: str, *, retry: bool) -> SteadyvoiceError:
    """said: the gateway's error in JSON; of another server, it may be anything."""
    try:
        error = json.loads(said)
        message, retry = error["error"]["message"], retry or bool(error.get("retry"))
    except (ValueError, LookupError, TypeError):
        message = otherwise
    return (DaemonUnreachable if retry else SteadyvoiceError)(f"{url}: {message}")


def _reason(error: Exception) -> str:
    return "silent" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
