"""What all routes of the HTTP gateway share."""

from dataclasses import dataclass, field

from aiohttp import web

from steadyvoice.client.async_client import AsyncClient
from steadyvoice.gateways.http.encoding.encoders import Encoders
from steadyvoice.gateways.http.limits import Peers
from steadyvoice.gateways.http.rules import Rules
from steadyvoice.gateways.http.voice_names import Catalogue
from steadyvoice.ipc.gateway_settings import Http


@dataclass(frozen=True)
class Context:
    """The connection to the daemon, the settings, and what is counted. Handlers get it by ``request.app[CONTEXT]``."""

    daemon: AsyncClient
    settings: Http
    rules: Rules
    voices: Catalogue
    encoders: Encoders = field(default_factory=Encoders)
    peers: Peers = field(default_factory=Peers)

    @classmethod
    def of(cls, daemon: AsyncClient, settings: Http, token: str) -> "Context":
        """token: that each request must carry; empty: none."""
        rules = Rules.of(settings.hosts, settings.origins, token)
        return cls(daemon, settings, rules, Catalogue(daemon.voices, settings.voices))


CONTEXT = web.AppKey("context", Context)
