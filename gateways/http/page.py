"""A page that speaks, for a person with a browser."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from aiohttp import web


async def page(request: web.Request) -> web.Response:
    text, policy = _content()
    return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": policy})


@cache
def _content() -> tuple[str, str]:
    """The page, and what its browser may do: run its own script and ask this gateway."""
    text = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
    sources = [f"{tag}-src {_hash(text, tag)}" for tag in ("script", "style")]
    rest = ("connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'")
    return text, "; ".join(["default-src 'none'", *sources, *rest])


def _hash(page: str, tag: str) -> str:
    found = re.search(rf"<{tag}>(.*)</{tag}>", page, re.DOTALL)
    assert found is not None
    return f"'sha256-{base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()}'"


ROUTES = [web.get("/", page)]
