"""The HTTP gateway against requests that it must not answer, or not for long. One of each kind; the rules' cases are
in tests/unit/gateways.
"""

import contextlib
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.daemon import Daemon, eventually, idle
from support.gateway import Gateway, refusal, running
from support.http import Http
from support.svctl import LIGHT

CONFIGURATION = LIGHT
SPEECH = "/v1/audio/speech"
SHORT = {"input": "0/0/5", "response_format": "pcm"}
LONG = {"input": "0/0/5 " * 3_000, "response_format": "pcm"}
SETTINGS = '[gateways.http]\norigins = ["https://chat.example"]\nhosts = ["speech.example"]\n'


@pytest.fixture(scope="module")
def gateway(daemon: Daemon) -> Iterator[Gateway]:
    with running("http", daemon, "--listen", "127.0.0.1:0", configuration=SETTINGS) as gateway:
        yield gateway


@pytest.fixture(autouse=True)
def _nothing_is_left(daemon: Daemon, gateway: Gateway) -> Iterator[None]:
    """After each test nothing is spoken, the gateway answers, and it has no descriptor more."""
    with Http(gateway.port) as http:
        assert http.ask("POST", SPEECH, SHORT).status == 200
    eventually(lambda: idle(daemon.status()))
    before = gateway.descriptors()
    yield
    with Http(gateway.port) as http:
        assert http.ask("POST", SPEECH, SHORT).status == 200
    eventually(lambda: idle(daemon.status()))
    eventually(lambda: gateway.descriptors() <= before)


def test_a_rebound_name_a_foreign_page_and_a_form_are_refused_before_they_speak(
    daemon: Daemon, gateway: Gateway
) -> None:
    spoken = daemon.status()["utterances"]["finished"]
    own = f"http://127.0.0.1:{gateway.port}"
    with Http(gateway.port) as http:
        assert http.ask("POST", SPEECH, SHORT, Host="evil.example").status == 421
        assert http.ask("GET", "/nothing/here", Host="evil.example").status == 421  # before the path is looked at
        assert http.ask("POST", "http://evil.example" + SPEECH, SHORT).status == 421
        assert http.ask("POST", SPEECH, SHORT, Origin="https://evil.example").status == 403
        assert http.ask("POST", SPEECH, b"input=Hi", Content_Type="application/x-www-form-urlencoded").status == 415
        assert http.ask("POST", "/", b"Hi", Content_Type="text/plain").status == 415
        assert http.ask("GET", "/?text=Hi").headers["content-type"].startswith("text/html")  # the page, no speech
        assert daemon.status()["utterances"]["finished"] == spoken
        assert http.ask("POST", SPEECH, SHORT, Host=own.removeprefix("http://"), Origin=own).status == 200
        assert http.ask("POST", SPEECH, SHORT, Host="speech.example:80").status == 200


def test_a_websocket_of_a_foreign_page_is_refused(gateway: Gateway) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13",
               "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
    for path in ("/tts/websocket", "/v1/speak", "/nothing"):
        with Http(gateway.port) as http:
            assert http.ask("GET", path, Origin="https://evil.example", **upgrade).status == 403


def test_only_pages_of_configured_origins_may_read_the_answers(gateway: Gateway) -> None:
    def shared(answer_headers: dict[str, str]) -> str | None:
        return answer_headers.get("access-control-allow-origin")

    with Http(gateway.port) as http:
        assert shared(http.ask("GET", "/v1/models").headers) is None
        assert shared(http.ask("GET", "/v1/models", Origin="https://evil.example").headers) is None
        assert shared(http.ask("POST", SPEECH, SHORT, Origin="https://chat.example").headers) == "https://chat.example"
        asked = {"Origin": "https://chat.example", "Access_Control_Request_Method": "POST"}
        asked["Access_Control_Request_Headers"] = "content-type,x-stainless-lang"
        preflight = http.ask("OPTIONS", SPEECH, **asked)
        assert (preflight.status, shared(preflight.headers)) == (204, "https://chat.example")
        assert preflight.headers["access-control-allow-headers"] == "content-type,x-stainless-lang"
        assert http.ask("OPTIONS", SPEECH, **(asked | {"Origin": "https://evil.example"})).status == 403


def test_with_a_token_nobody_speaks_without_it_and_local_lists_stay_open(daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "credential").write_text("s3cret\n")
    settings = '[gateways.http]\ntoken_file = "credential"\n'
    where = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    with (
        running("http", daemon, "--listen", "127.0.0.1:0", configuration=settings, **where) as gateway,
        Http(gateway.port) as http,
    ):
        refused = http.ask("POST", SPEECH, SHORT)
        assert (refused.status, refused.code) == (401, "invalid_api_key")
        assert http.ask("POST", SPEECH, SHORT, Authorization="Bearer wrong").status == 401
        assert http.ask("GET", "/v1/audio/voices").status == 200
        for name, value in (
            ("Authorization", "Bearer s3cret"),
            ("Authorization", "Token s3cret"),
            ("xi-api-key", "s3cret"),
            ("X-API-Key", "s3cret"),
        ):
            assert http.ask("POST", SPEECH, SHORT, **{name: value}).status == 200


def test_an_address_that_other_machines_reach_needs_a_token(daemon: Daemon, tmp_path: Path) -> None:
    said = refusal("http", daemon.env, "--listen", "0.0.0.0:0")
    assert said.count("\n") == 1
    assert re.search(r"other machines can reach 0\.0\.0\.0:\d+.*token_file", said)
    (tmp_path / "token").write_text("s3cret")
    settings = f'[gateways.http]\ntoken_file = "{tmp_path}/token"\n'
    with (
        running("http", daemon, "--listen", "0.0.0.0:0", configuration=settings) as open_one,
        Http(open_one.port) as http,
    ):
        assert http.ask("POST", SPEECH, SHORT, Authorization="Bearer s3cret").status == 200


def test_a_unix_socket_is_served_too(daemon: Daemon, tmp_path: Path) -> None:
    path = tmp_path / "http.sock"
    with (
        running("http", daemon, "--listen", f"unix:{path}"),
        socket.socket(socket.AF_UNIX) as sock,
    ):
        sock.connect(str(path))
        sock.sendall(b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert sock.recv(1 << 16).startswith(b"HTTP/1.1 200")
        assert path.stat().st_mode & 0o077 == 0
    assert not path.exists()


def test_nothing_that_a_request_names_is_opened_or_fetched(gateway: Gateway) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, Http(gateway.port) as http:
        server.setblocking(False)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/voice.onnx"
        for place in (url, "/etc/passwd", "../../../etc/passwd", "file:///etc/passwd"):
            assert http.ask("POST", SPEECH, SHORT | {"voice": place}).code == "voice_not_found"
            assert http.ask("POST", SPEECH, SHORT | {"voice": {"id": place}}).code == "voice_not_found"
            assert http.ask("POST", "/", {"text": "0/0/5", "voice": place}).code == "voice_not_found"
            assert http.ask("POST", SPEECH, SHORT | {"model": place}).status == 200
            assert http.ask("GET", f"/v1/models/{url.partition('//')[2]}").status == 404
            assert http.ask("POST", SPEECH, SHORT | {"input": f"<speak><audio src='{place}'/>0/0/5</speak>"}).complete
        with pytest.raises(BlockingIOError):
            server.accept()


def test_errors_have_openais_shape_also_for_paths_methods_and_sizes(gateway: Gateway) -> None:
    with Http(gateway.port) as http:
        assert (answer := http.ask("GET", "/v1/nothing")).status == 404
        assert answer.code == "not_found"
        assert http.ask("DELETE", SPEECH).code == "method_not_allowed"
        assert http.ask("POST", SPEECH, b"{").code == "invalid_request"
    with Http(gateway.port) as http:
        large = http.ask("POST", SPEECH, {"input": "a" * (1 << 20)})
        assert (large.status, large.code) == (413, "request_too_large")
    with Http(gateway.port) as http:
        http.socket.sendall(b"\x16\x03\x01\x02\x00 is no HTTP\r\n\r\n")
        answer = http.answer()
        assert (answer.status, answer.code) == (400, "bad_request")
        assert http.is_closed()


def test_a_request_that_does_not_arrive_in_ten_seconds_is_dropped(gateway: Gateway) -> None:
    """A byte now and then does not prolong the time, whether the head or the body is missing."""
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 999\r\n"
    begun = {b"": b"", head + b"X: ": b"a", head + b"\r\n{": b" "}
    with contextlib.ExitStack() as stack:
        clients = [(stack.enter_context(Http(gateway.port)), part) for part in begun.values()]
        for (http, _), sent in zip(clients, begun, strict=True):
            http.socket.sendall(sent)
            http.socket.settimeout(0.2)
        eventually(lambda: all(dropped(http, part) for http, part in clients))


def dropped(http: Http, part: bytes) -> bool:
    """Send the part, and see whether the connection is there."""
    try:
        http.socket.sendall(part)
        return http.is_closed()
    except TimeoutError:
        return False
    except OSError:
        return True


def test_the_33rd_connection_is_told_to_come_back_unless_an_idle_one_can_give_way(gateway: Gateway) -> None:
    with contextlib.ExitStack() as stack:
        busy = [stack.enter_context(Http(gateway.port, receive_bytes=4096)) for _ in range(32)]
        for http in busy:
            http.request("POST", SPEECH, LONG)
            assert http.head()[0] == 200
        with Http(gateway.port) as late:
            answer = late.answer()
            assert (answer.status, answer.code) == (503, "too_many_connections")
            assert answer.headers["retry-after"]
            assert late.is_closed()
        busy[0].close()
        eventually(lambda: answered(gateway))  # the place of the one that has left
        idle_one = stack.enter_context(Http(gateway.port))
        assert idle_one.ask("GET", "/v1/models").status == 200
        assert answered(gateway)
        assert idle_one.is_closed()


def test_another_machine_has_eight_requests_at_once_and_this_one_is_not_limited(daemon: Daemon, tmp_path: Path) -> None:
    """A connection to this machine's address in its network comes from that address, as one of another machine does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("needs a network address besides loopback")
        here = str(probe.getsockname()[0])
    (tmp_path / "token").write_text("s3cret")
    settings = f'[gateways.http]\ntoken_file = "{tmp_path}/token"\n'
    key = {"Authorization": "Bearer s3cret"}
    with (
        running("http", daemon, "--listen", "0.0.0.0:0", configuration=settings) as gateway,
        contextlib.ExitStack() as stack,
    ):
        busy = [stack.enter_context(Http(gateway.port, here, receive_bytes=4096)) for _ in range(8)]
        for http in busy:
            http.request("POST", SPEECH, LONG, **key)
            assert http.head()[0] == 200
        ninth = stack.enter_context(Http(gateway.port, here))
        refused = ninth.ask("POST", SPEECH, SHORT, **key)
        assert (refused.status, refused.code) == (429, "too_many_requests")
        assert refused.headers["retry-after"]
        assert stack.enter_context(Http(gateway.port)).ask("POST", SPEECH, SHORT, **key).status == 200
        busy[0].close()
        eventually(lambda: ninth.ask("POST", SPEECH, SHORT, **key).status == 200)


def answered(gateway: Gateway) -> bool:
    with Http(gateway.port) as http:
        http.request("GET", "/v1/models")
        return http.answer().status == 200


@pytest.mark.long
def test_a_client_that_takes_no_byte_for_a_minute_is_disconnected(daemon: Daemon, gateway: Gateway) -> None:
    with Http(gateway.port, receive_bytes=4096) as http:
        http.request("POST", SPEECH, LONG)
        assert http.head()[0] == 200
        eventually(lambda: idle(daemon.status()), 100)
        while http.chunk():
            pass
        assert http.chunk() is None


@pytest.mark.parametrize("expected", ["100-continue", "100-Continue"])
def test_a_client_that_asks_before_it_sends_the_body_is_told_to(gateway: Gateway, expected: str) -> None:
    with Http(gateway.port) as http:
        http.request("POST", SPEECH, {"input": ""}, Expect=expected)
        assert http.head()[0] == 100
        assert http.answer().code == "text_empty"
