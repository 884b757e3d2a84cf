"""The token of the gateway, and the addresses that need one."""

import os
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from steadyvoice.ipc.addresses import Address
from steadyvoice.ipc.errors import SteadyvoiceError, describe


class NoToken(SteadyvoiceError):
    """The token cannot be read, or an address needs one. Correct ``token_file``."""


def read(file: str, environment: Mapping[str, str] = os.environ) -> str:
    """The token: the only line of the file; a name without a folder is that of a systemd credential. "": file is "".

    NoToken.
    """
    if not file:
        return ""
    path = Path(file).expanduser()
    if not path.is_absolute():
        folder = environment.get("CREDENTIALS_DIRECTORY", "")
        if not folder or path.name != file:
            raise NoToken(
                f"token_file {file!r} of [gateways.http] must be an absolute path, or the name of a credential of the "
                "systemd unit (LoadCredential=)"
            )
        path = Path(folder, file)
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NoToken(f"token_file of [gateways.http] cannot be read: {describe(error)}") from error
    if not token or not token.isprintable() or " " in token:
        raise NoToken(f"token_file of [gateways.http] must contain one line, without spaces: {path}")
    return token


def check(sockets: Iterable[socket.socket], token: str) -> None:
    """NoToken if other machines can reach a socket without a token."""
    for sock in sockets:
        if sock.family == socket.AF_UNIX or token:
            continue
        address = Address(*sock.getsockname()[:2])
        if not address.is_local:
            raise NoToken(
                f"other machines can reach {address}, so clients need a token: write one to a file and name it as "
                "token_file in [gateways.http], or listen on localhost only"
            )
