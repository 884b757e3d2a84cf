"""The page of the HTTP gateway in Firefox: it speaks, lights the words up as they are heard, and stops."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.browser import Page, firefox
from support.daemon import Daemon, eventually, idle
from support.gateway import Gateway, real_client, running
from support.http import Http
from support.sound import Recorder, SoundServer, expected, place

CONFIGURATION = 'audio.device = "null"\n'
TEXT = "Hello there. \U0001f600 Each word lights up, as it is heard."
LONG = "One two three four five six seven eight nine ten. " * 40
STATE = """({
    words: Array.from(document.querySelectorAll("#reading span"), (word) => word.textContent),
    heard: document.querySelectorAll("#reading .heard").length,
    now: Array.from(document.querySelectorAll("#reading .now"), (word) => word.textContent),
    text: document.querySelector("#reading").textContent,
    message: document.querySelector("#message").textContent,
    speaking: document.querySelector("#speak").disabled && !document.querySelector("#stop").disabled,
})"""


def test_the_page_is_served_and_may_only_run_its_own_script(gateway: Gateway) -> None:
    with Http(gateway.port) as http:
        answer = http.ask("GET", "/")
    assert answer.headers["content-type"].startswith("text/html")
    assert b"<script>" in answer.body
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "frame-ancestors 'none'" in policy


@pytest.fixture(scope="module")
def program() -> str:
    return real_client("firefox")


@asynccontextmanager
async def opened(program: str, gateway: Gateway, home: Path, env: dict[str, str]) -> AsyncIterator[Page]:
    async with firefox(program, home, env) as page:
        await page.open(f"http://127.0.0.1:{gateway.port}/")
        await reaches(page, "document.querySelector('#voice').options.length", lambda count: count > 13)
        yield page


async def reaches(page: Page, script: str, wanted: Callable[[Any], bool]) -> Any:
    async with asyncio.timeout(60):
        while not wanted(seen := await page.run(script)):  # noqa: ASYNC110 - the browser reports nothing by itself
            await asyncio.sleep(0.02)
    return seen


async def speak(page: Page, text: str) -> None:
    await page.run(f"(document.querySelector('#text').value = {text!r}, document.querySelector('#speak').click())")


@pytest.mark.long
@pytest.mark.realtime
def test_the_page_speaks_lights_up_each_word_and_stops(
    daemon: Daemon, gateway: Gateway, program: str, tmp_path: Path, sound: SoundServer, recorder: Recorder
) -> None:
    cancelled = daemon.status()["utterances"]["cancelled"]

    async def dialogue() -> None:
        async with opened(program, gateway, tmp_path, daemon.env | sound.env) as page:
            await speak(page, TEXT)
            lit: list[str] = []

            def is_over(state: dict[str, Any]) -> bool:
                assert state["message"] == ""
                assert len(state["now"]) <= 1
                lit.extend(word for word in state["now"] if word not in lit)
                return not state["speaking"]

            state = await reaches(page, STATE, is_over)
            assert state["text"] == TEXT
            assert [word.strip(".,") for word in state["words"]] == [word.strip(".,") for word in TEXT.split()]
            assert state["heard"] == len(state["words"])
            assert len(lit) > len(state["words"]) // 2  # one after the other, not all at the end
            assert lit == [word for word in state["words"] if word in lit]

            await speak(page, LONG)
            await reaches(page, STATE, lambda state: state["heard"] >= 2)
            await page.run("document.querySelector('#stop').click()")
            state = await page.run(STATE)
            assert not state["speaking"]
            assert state["heard"] < 40

    asyncio.run(dialogue())
    eventually(lambda: idle(daemon.status()))
    assert daemon.status()["utterances"]["cancelled"] == cancelled + 1
    spoken, heard = expected(daemon, TEXT), recorder.samples
    at = place(heard, spoken)
    assert np.corrcoef(heard[at : at + len(spoken)], spoken)[0, 1] > 0.9


@pytest.mark.long
@pytest.mark.realtime
def test_the_page_asks_for_the_token_and_says_where_there_is_no_sound(
    daemon: Daemon, program: str, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("s3cret")
    (tmp_path / "home").mkdir()
    settings = f'[gateways.http]\ntoken_file = "{tmp_path}/token"\n'

    async def dialogue(gateway: Gateway) -> None:
        async with opened(program, gateway, tmp_path / "home", daemon.env) as page:
            await speak(page, "Hello.")
            await reaches(page, STATE, lambda state: "key" in state["message"])
            assert await page.run("document.querySelector('#key-row').hidden") is False
            await page.run("(document.querySelector('#key').value = 's3cret', 1)")
            await speak(page, "Hello.")
            await reaches(page, STATE, lambda state: "sound device" in state["message"] and not state["speaking"])

    with running("http", daemon, "--listen", "127.0.0.1:0", configuration=settings) as gateway:
        asyncio.run(dialogue(gateway))
