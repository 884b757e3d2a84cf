"""Sends log records to systemd's journal, with fields for searching (systemd.journal-fields(7))."""

import logging
import os
import socket
from typing import Final, TextIO

_SOCKET: Final = "/run/systemd/journal/socket"
_FIELDS: Final = ("utterance", "stage")
"""Keys of a record's ``extra=``; the journal's fields are STEADYVOICE_UTTERANCE and STEADYVOICE_STAGE."""
_PRIORITIES: Final = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.NOTSET, 7))  # syslog.h


def is_stderr() -> bool:
    """Whether standard error is connected to the journal ($JOURNAL_STREAM in systemd.exec(5))."""
    try:
        stderr = os.fstat(2)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{stderr.st_dev}:{stderr.st_ino}"


class JournalHandler(logging.StreamHandler[TextIO]):
    """Sends records by the journal's native protocol, or as lines to standard error if the journal refuses them.

    The formatter must not produce line feeds, because a line feed ends a field of the protocol.
    """

    def __init__(self) -> None:
        super().__init__()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)  # a journal that hangs must not block the event loop

    def emit(self, record: logging.LogRecord) -> None:
        priority = next(number for level, number in _PRIORITIES if record.levelno >= level)
        own = {f"STEADYVOICE_{name.upper()}": value for name in _FIELDS if (value := getattr(record, name, None))}
        fields = {"MESSAGE": self.format(record), "PRIORITY": priority, "SYSLOG_IDENTIFIER": "svd"} | own
        try:
            self._socket.sendto("".join(f"{name}={value}\n" for name, value in fields.items()).encode(), _SOCKET)
        except OSError:
            super().emit(record)

    def close(self) -> None:
        self._socket.close()
        super().close()
