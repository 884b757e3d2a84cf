"""Which requests the gateway answers at all: Host, Origin, token, type of the body. Pure."""

import hmac
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from steadyvoice.gateways.http.errors import Refused

HEALTH: Final = "/health"
"""The path that says only whether the gateway is ready: open to all."""


@dataclass(frozen=True)
class Seen:
    """What the rules need to know of a request."""

    hosts: tuple[str, ...]
    """Values of the Host headers, and the host of an absolute request target."""
    origins: tuple[str, ...] = ()
    """Values of the Origin headers."""
    keys: tuple[str, ...] = ()
    """Keys that the request carries, in any of the places where clients put them."""
    method: str = "GET"
    path: str = "/"
    content_type: str = ""
    content_encoding: str = ""
    upgrade: bool = False
    """Asks for a WebSocket."""
    from_loopback: bool = False
    """From this machine, through loopback or a Unix socket."""


@dataclass(frozen=True)
class Rules:
    hosts: frozenset[str] = frozenset()
    """Names, besides IP addresses and local names, by which the gateway may be addressed; in lower case."""
    origins: frozenset[str] = frozenset()
    """Origins of the web pages that may use the gateway, besides its own page; in lower case."""
    token: str = field(default="", repr=False)
    """Every request needs this key; empty: none does."""

    @classmethod
    def of(cls, hosts: Iterable[str], origins: Iterable[str], token: str) -> "Rules":
        return cls(
            frozenset(name.casefold().rstrip(".") for name in hosts),
            frozenset(origin.casefold().rstrip("/") for origin in origins),
            token,
        )

    def check(self, seen: Seen) -> None:
        """Refused if the request breaks a rule.

        The name in Host comes first: a page that has rebound its own name to this machine has an Origin equal to it.
        """
        if len(set(seen.hosts)) != 1 or not self.is_own_name(seen.hosts[0]):
            named = seen.hosts[0][:100] if seen.hosts else ""
            raise Refused(
                421, "misdirected_request", f"this gateway is not called {named!r}; see hosts in docs/config.md"
            )
        if any(not self.may_use(origin, seen.hosts[0]) for origin in seen.origins):
            raise Refused(403, "origin_not_allowed", f"web pages of {seen.origins[0][:100]!r} may not use this gateway")
        if seen.method == "OPTIONS" and seen.origins:
            return  # a preflight carries no key
        if self.token and not self._is_open(seen) and not self._knows(seen.keys):
            raise Refused(
                401, "invalid_api_key", "a key is needed: the token of this gateway, as Authorization: Bearer TOKEN"
            )
        if seen.method == "POST" and seen.content_type != "application/json":
            raise Refused(415, "unsupported_media_type", "send the request as Content-Type: application/json")
        if seen.content_encoding:
            raise Refused(415, "unsupported_media_type", "send the request without a Content-Encoding")

    def is_own_name(self, host: str) -> bool:
        """An IP address, localhost, a name that only the local network knows, or a configured one.

        Another name may belong to a web page that has its own name resolved to this machine.
        """
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if name == "localhost" or name.endswith((".localhost", ".local")) or name in self.hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def may_use(self, origin: str, host: str) -> bool:
        """The page comes from the gateway itself, or is on the list."""
        return origin.casefold() in self.origins or origin.casefold() == f"http://{host.casefold()}"

    def shared_with(self, origin: str) -> bool:
        """A page of another origin may read the answers."""
        return origin.casefold() in self.origins

    def _is_open(self, seen: Seen) -> bool:
        """Lists and the page are open on this machine, because Open WebUI asks for voices without its key."""
        is_open = seen.from_loopback or seen.path == HEALTH
        return is_open and seen.method in ("GET", "HEAD") and not seen.upgrade

    def _knows(self, keys: tuple[str, ...]) -> bool:
        wanted = self.token.encode()
        return any(hmac.compare_digest(key.encode(errors="surrogateescape"), wanted) for key in keys)
