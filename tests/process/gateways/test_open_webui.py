"""The server of Open WebUI speaks through the gateway, configured as its administrator does it."""

import io
import os
import socket
import subprocess
import wave
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from support.daemon import Daemon, eventually, idle
from support.gateway import Gateway, real_client
from support.http import Answer, Http

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
CONFIGURATION = 'audio.device = "null"\n'
TEXT = "Hello there. This is the end."
ALONE = {
    "USE_SLIM_DOCKER": "true",
    "OFFLINE_MODE": "true",
    "WEBUI_SECRET_KEY": "secret",
    "ENABLE_OLLAMA_API": "false",
    "ENABLE_OPENAI_API": "false",
}
"""Settings with which it imports no model and asks no other server."""


class OpenWebUI:
    def __init__(self, port: int) -> None:
        self._port = port
        self._token = ""
        account = {"name": "Ann", "email": "ann@example.org", "password": "correct horse battery"}
        self._token = self.ask("POST", "/api/v1/auths/signup", account).json["token"]

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        with Http(self._port) as http:
            return http.ask(method, path, body, Authorization=f"Bearer {self._token}" if self._token else "")

    def use(self, engine: str, gateway: Gateway) -> None:
        """Choose the gateway in the settings of its audio."""
        settings = self.ask("GET", "/api/v1/audio/config").json
        base = f"http://127.0.0.1:{gateway.port}/v1"
        settings["tts"] |= {"ENGINE": engine, "OPENAI_API_BASE_URL": base, "OPENAI_API_KEY": "any"}
        changed = self.ask("POST", "/api/v1/audio/config/update", {"tts": settings["tts"], "stt": settings["stt"]})
        assert changed.json["tts"]["ENGINE"] == engine

    def speak(self, text: str, voice: str) -> Answer:
        return self.ask("POST", "/api/v1/audio/speech", {"input": text, "voice": voice})


def serves(port: int) -> bool:
    with suppress(ConnectionError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


@pytest.fixture(scope="module")
def webui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenWebUI]:
    program = real_client("open_webui")
    home = tmp_path_factory.mktemp("webui")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [program, "serve", "--host", "127.0.0.1", "--port", str(port)]
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "DATA_DIR": str(home)} | ALONE
    log = home / "log"
    with open(log, "w") as out:
        process = subprocess.Popen(command, env=env, cwd=home, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        eventually(lambda: serves(port) or process.poll() is not None, 120)
        assert process.poll() is None, log.read_text()[-3000:]
        yield OpenWebUI(port)
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def spoken(daemon: Daemon) -> NDArray[np.int16]:
    """The samples by the daemon's own socket."""
    with daemon.client() as client:
        return np.concatenate(list(client.stream(TEXT, format="s16", sample_rate=24_000)))


def test_voices_and_models_are_listed(webui: OpenWebUI, gateway: Gateway) -> None:
    webui.use("openai", gateway)
    voices = {each["id"]: each["name"] for each in webui.ask("GET", "/api/v1/audio/voices").json["voices"]}
    assert voices["heart"] == "heart"
    assert voices["alloy"] == "alloy (heart)"
    models = [each["id"] for each in webui.ask("GET", "/api/v1/audio/models").json["models"]]
    assert models == ["tts-1", "tts-1-hd", "gpt-4o-mini-tts"]


@pytest.mark.parametrize("voice", ["heart", "alloy"])
def test_speech(webui: OpenWebUI, gateway: Gateway, spoken: NDArray[np.int16], voice: str) -> None:
    """As MP3, and the second time from the cache of Open WebUI."""
    webui.use("openai", gateway)
    answer = webui.speak(TEXT, voice)
    assert (answer.status, answer.headers["content-type"]) == (200, "audio/mpeg")
    with av.open(io.BytesIO(answer.body), "r") as container:
        frames = list(container.decode(audio=0))
    assert frames[0].sample_rate == 24_000
    assert len(spoken) < sum(frame.samples for frame in frames) < len(spoken) + 3_200
    assert webui.speak(TEXT, voice).body == answer.body


def test_realtime_speech(webui: OpenWebUI, gateway: Gateway, spoken: NDArray[np.int16]) -> None:
    webui.use("openai-realtime", gateway)
    answer = webui.speak(TEXT, "marin")
    assert (answer.status, answer.headers["content-type"]) == (200, "audio/wav")
    with wave.open(io.BytesIO(answer.body)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)
        assert file.readframes(file.getnframes()) == spoken.tobytes()


@pytest.mark.parametrize(("engine", "status"), [("openai", 400), ("openai-realtime", 502)])
def test_a_voice_that_there_is_not_is_refused(
    webui: OpenWebUI, gateway: Gateway, daemon: Daemon, engine: str, status: int
) -> None:
    webui.use(engine, gateway)
    assert webui.speak("Hello.", "nobody").status == status
    assert webui.speak("Hello again.", "heart").status == 200
    eventually(lambda: idle(daemon.status()))
