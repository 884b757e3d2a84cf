"""The body of an HTTP answer of unknown length, as its bytes arrive (RFC 9112, section 7.1). Pure."""

from typing import Final

_LINE_END: Final = b"\r\n"
_MAX_LINE: Final = 1 << 16


class BadBody(ValueError):
    """The bytes are no chunked body."""


class ChunkedBody:
    """The standard library's reader drops the trailer, which says whether the content is whole."""

    def __init__(self) -> None:
        self.has_ended = False
        """The last chunk came, and the trailer."""
        self.trailer: dict[str, str] = {}
        """By the field's name in lower case."""
        self._waiting = b""
        self._left = 0
        """Bytes of the current chunk, with its line end, that have not come."""
        self._in_trailer = False

    def feed(self, data: bytes) -> bytes:
        """The content of the next bytes. BadBody."""
        self._waiting += data
        content = []
        while not self.has_ended and self._waiting:
            if self._left:
                part, self._waiting = self._waiting[: self._left], self._waiting[self._left :]
                content.append(part[: max(0, self._left - len(_LINE_END))])
                self._left -= len(part)
                continue
            line, end, rest = self._waiting.partition(_LINE_END)
            if not end:
                if len(line) > _MAX_LINE:
                    raise BadBody("a line of a chunked body is too long")
                break
            self._waiting = rest
            self._take_line(line)
        return b"".join(content)

    def _take_line(self, line: bytes) -> None:
        if self._in_trailer:
            name, _, value = line.decode("latin-1").partition(":")
            self.has_ended = not line
            if line:
                self.trailer[name.strip().lower()] = value.strip()
            return
        try:
            size = int(line.partition(b";")[0], 16)
        except ValueError as error:
            raise BadBody(f"not a chunk's size: {line[:20]!r}") from error
        self._in_trailer = size == 0
        self._left = size + len(_LINE_END) if size else 0
