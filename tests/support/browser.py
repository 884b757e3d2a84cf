"""A headless Firefox, by WebDriver BiDi."""

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

_PREFERENCES = 'user_pref("media.autoplay.default", 0);\n'
_PORT = re.compile(rb"WebDriver BiDi listening on ws://127.0.0.1:(\d+)")


class Page:
    """One page, on which scripts are run."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.context = ""

    async def command(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            answer = await self._socket.receive_json()
            if answer.get("id") == number:
                assert answer["type"] == "success", answer
                return answer["result"]

    async def open(self, url: str) -> None:
        await self.command("browsingContext.navigate", context=self.context, url=url, wait="complete")

    async def run(self, script: str) -> Any:
        """The value of an expression, or of its promise, as if a person had acted."""
        result = await self.command(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({script})))()",
            target={"context": self.context},
            awaitPromise=True,
            userActivation=True,
        )
        assert result["type"] == "success", result
        value = result["result"].get("value")
        return None if value is None else json.loads(value)


@asynccontextmanager
async def firefox(program: str, home: Path, env: dict[str, str]) -> AsyncIterator[Page]:
    """home: an empty folder for its profile."""
    (home / "user.js").write_text(_PREFERENCES)
    process = await asyncio.create_subprocess_exec(
        program, "--headless", "--no-remote", "--profile", str(home), "--remote-debugging-port", "0",
        env=env | {"HOME": str(home)}, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        async with asyncio.timeout(60):
            while (found := _PORT.search(line := await process.stderr.readline())) is None:
                assert line, "Firefox has ended"
        async with ClientSession() as session, session.ws_connect(f"ws://127.0.0.1:{int(found[1])}/session") as socket:
            page = Page(socket)
            await page.command("session.new", capabilities={})
            tree = await page.command("browsingContext.getTree")
            page.context = tree["contexts"][0]["context"]
            yield page
    finally:
        process.terminate()
        await process.communicate()
