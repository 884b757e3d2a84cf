"""Trace events open in speedscope, a viewer of that format, in a headless browser; the page of a trace is one, too."""

import asyncio
import base64
import json
from pathlib import Path

import pytest
from support.browser import Page, firefox
from support.daemon import user_env
from support.gateway import real_client
from support.traces import STAGES, trace, usual, utterance

from steadyvoice.client.svctl.trace import chrome, page

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


async def shown(viewer: Page, *wanted: str) -> str:
    """The text of the page, once it has all of these."""
    async with asyncio.timeout(60):
        while True:
            text = str(await viewer.run("document.body.innerText"))
            assert "Something went wrong" not in text
            if all(each in text for each in wanted):
                return text
            await asyncio.sleep(0.1)


def test_trace_events_open_in_speedscope(tmp_path: Path, cache: Path) -> None:
    both = trace([utterance(), utterance(8, received=5000)], usual().blocks)
    events = base64.b64encode(json.dumps(chrome.document(both)).encode()).decode()
    script = tmp_path / "trace.js"
    script.write_text(f'speedscope.loadFileFromBase64("trace.json", "{events}")')
    folder, browser = real_client("speedscope"), real_client("firefox")

    async def main() -> None:
        (tmp_path / "profile").mkdir()
        async with firefox(browser, tmp_path / "profile", user_env(tmp_path, cache)) as viewer:
            await viewer.open(f"file://{folder}/index.html#localProfilePath={script}")
            text = await shown(viewer, "steadyvoice")
            assert any(stage in text for stage in STAGES), text

    asyncio.run(main())


def test_the_page_shows_the_times_of_the_block_under_the_pointer(tmp_path: Path, cache: Path) -> None:
    file = tmp_path / "trace.html"
    file.write_text(page.html(usual()))

    async def main() -> None:
        (tmp_path / "profile").mkdir()
        async with firefox(real_client("firefox"), tmp_path / "profile", user_env(tmp_path, cache)) as viewer:
            await viewer.open(f"file://{file}")
            point = "new MouseEvent('mouseover', {bubbles: true})"
            await viewer.run(f"document.querySelectorAll('.s1 rect')[3].dispatchEvent({point})")
            assert await viewer.run("document.querySelector('#under').textContent") == "vocoder 17.1: 1.9 ms, 7/0"

    asyncio.run(main())
