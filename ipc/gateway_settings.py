"""The sections ``[gateways.NAME]`` of the configuration: svd checks them, each gateway reads its own."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from steadyvoice.ipc.config_file import Table

Addresses = Annotated[tuple[str, ...], Meta(min_length=1)]
"""``HOST:PORT``, where ``localhost`` is both loopback addresses, or ``unix:PATH``."""


class Http(Table, frozen=True):
    listen: Addresses = ("localhost:8880",)
    token_file: str = ""
    """File with the token that each request must carry; empty: none is asked for, and only loopback is listened on."""
    hosts: tuple[str, ...] = ()
    """Further names by which clients may address this gateway."""
    origins: tuple[str, ...] = ()
    """Origins of web pages that may use this gateway, such as ``https://chat.example``."""
    voices: dict[str, str] = msgspec.field(default_factory=dict)
    """Names that clients ask for, and the voices that they get."""
    connections: Annotated[int, Meta(ge=1, le=4096)] = 32
    """Connections at a time, those of load balancers and WebSockets among them."""
    proxies: tuple[str, ...] = ()
    """IP addresses of load balancers: their clients are not limited to 8 requests of one address."""


class Wyoming(Table, frozen=True):
    listen: Addresses = ("localhost:10200",)
    clients: tuple[str, ...] = ()
    """Addresses or networks that may connect where ``listen`` names one that is not loopback."""
    zeroconf: bool = False
    """Announce the gateway on the local network."""
    trailing_silence_ms: Annotated[int, Meta(ge=0, le=1000)] = 0
    """Silence after each text, for players that cut the end."""


class Speechd(Table, frozen=True):
    audio: Literal["own", "server"] = "own"
    """own: Steadyvoice plays. server: speech-dispatcher plays."""
    voices: dict[str, str] = msgspec.field(default_factory=dict)
    """speech-dispatcher's types (``male1``, ``female2``, …), and the voices that they get."""


class Gateways(Table, frozen=True):
    http: Http = Http()
    wyoming: Wyoming = Wyoming()
    speechd: Speechd = Speechd()


class ConfigurationFile(Table, frozen=True, forbid_unknown_fields=False):
    """The part of the configuration that gateways read; svd refuses unknown keys of the rest."""

    gateways: Gateways = Gateways()
