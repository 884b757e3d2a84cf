"""Log records for systemd's journal, with fields to search by (systemd.journal-fields(7))."""

import logging
import os
import socket
from typing import Final, TextIO

_SOCKET: Final = "/run/systemd/journal/socket"
_FIELDS: Final = ("utterance", "stage")
"""What ``extra=`` of a record may name; in the journal STEADYVOICE_UTTERANCE and so on."""
_PRIORITIES: Final = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.NOTSET, 7))  # syslog.h


def is_stderr() -> bool:
    """Whether what is written to standard error goes to the journal ($JOURNAL_STREAM in systemd.exec(5))."""
    try:
        stderr = os.fstat(2)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{stderr.st_dev}:{stderr.st_ino}"


class JournalHandler(logging.StreamHandler[TextIO]):
    """Sends records by the journal's own protocol; as lines to standard error where the journal does not take them.

    The formatter must make a line of every record: the protocol's short form of a field ends with it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)  # a journal that hangs is no reason to fall silent

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
