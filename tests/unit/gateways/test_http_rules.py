"""Which requests the HTTP gateway answers. Each rule is broken once, and each permission used once."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from steadyvoice.gateways.http import token
from steadyvoice.gateways.http.errors import Refused
from steadyvoice.gateways.http.rules import Rules, Seen

RULES = Rules.of(["Speech.Example."], ["https://Chat.example/"], "")
WITH_TOKEN = replace(RULES, token="s3cret")
LOCAL = Seen(hosts=("127.0.0.1:8880",), from_loopback=True)
REMOTE = replace(LOCAL, from_loopback=False)


def status(rules: Rules, seen: Seen, **changes: Any) -> int:
    """200 if the request may pass."""
    try:
        rules.check(replace(seen, **changes))
    except Refused as refused:
        return refused.status
    return 200


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8880", "192.168.1.5:80", "[::1]:8880", "[::1]", "localhost", "LOCALHOST:1",
     "app.localhost", "nas.local", "nas.local.", "speech.example", "speech.example.:8880", "SPEECH.example:1"],
)  # fmt: skip
def test_a_host_is_an_address_a_local_name_or_a_configured_one(host: str) -> None:
    assert status(RULES, LOCAL, hosts=(host,)) == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "speech.example.evil.com", "xlocalhost", "127.0.0.1.evil.example", "local", "", ":8880", "[::1",
     "user@127.0.0.1.evil", "127.1", "0x7f000001", "localhost.evil", "evil.example#localhost", "a b", "[v1.x]"],
)  # fmt: skip
def test_any_other_host_is_misdirected_because_its_owner_may_have_it_resolved_to_this_machine(host: str) -> None:
    assert status(RULES, LOCAL, hosts=(host,)) == 421


@pytest.mark.parametrize("hosts", [(), ("localhost", "evil.example"), ("localhost", "127.0.0.1")])
def test_a_request_has_exactly_one_host(hosts: tuple[str, ...]) -> None:
    assert status(RULES, LOCAL, hosts=hosts) == 421


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("http://127.0.0.1:8880", 200),  # the gateway's own page
        ("https://chat.example", 200),
        ("https://CHAT.example", 200),
        ("http://chat.example", 403),
        ("https://chat.example:8443", 403),
        ("https://chat.example.evil.com", 403),
        ("http://127.0.0.1", 403),
        ("http://127.0.0.1:8881", 403),
        ("http://localhost:8880", 403),
        ("https://127.0.0.1:8880", 403),
        ("null", 403),
        ("", 403),
    ],
)
@pytest.mark.parametrize("upgrade", [False, True], ids=["request", "websocket"])
def test_only_the_own_page_and_configured_origins_may_use_it(origin: str, expected: int, upgrade: bool) -> None:
    assert status(RULES, LOCAL, origins=(origin,), upgrade=upgrade) == expected


def test_one_forbidden_origin_among_several_is_enough() -> None:
    assert status(RULES, LOCAL, origins=("https://chat.example", "https://evil.example")) == 403


def test_the_host_is_judged_before_the_origin_which_a_rebound_name_makes_equal_to_it() -> None:
    assert status(RULES, LOCAL, hosts=("evil.example",), origins=("http://evil.example",)) == 421


def test_answers_are_shared_with_configured_origins_only() -> None:
    assert RULES.shared_with("https://chat.example")
    assert not RULES.shared_with("http://127.0.0.1:8880")
    assert not RULES.shared_with("https://evil.example")


@pytest.mark.parametrize(
    ("seen", "keys", "expected"),
    [
        (REMOTE, ("s3cret",), 200),
        (REMOTE, ("wrong", "s3cret"), 200),
        (REMOTE, (), 401),
        (REMOTE, ("",), 401),
        (REMOTE, ("s3cre",), 401),
        (REMOTE, ("s3crett",), 401),
        (REMOTE, ("\udcff\u00e9",), 401),
        (LOCAL, (), 200),  # Open WebUI lists voices without its key
        (replace(LOCAL, method="POST", content_type="application/json"), (), 401),
        (replace(LOCAL, upgrade=True), (), 401),
        (replace(LOCAL, method="DELETE"), (), 401),
        (replace(LOCAL, method="OPTIONS", origins=("https://chat.example",)), (), 200),
        (replace(REMOTE, method="OPTIONS"), (), 401),
    ],
)
def test_where_there_is_a_token_only_local_lists_and_preflights_go_without(
    seen: Seen, keys: tuple[str, ...], expected: int
) -> None:
    assert status(WITH_TOKEN, seen, keys=keys) == expected


def test_without_a_token_any_key_is_accepted() -> None:
    assert status(RULES, REMOTE, keys=("whatever",)) == 200


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "application/jsonp"]
)
def test_a_post_is_json_because_a_page_may_send_anything_else_unasked(content_type: str) -> None:
    assert status(RULES, LOCAL, method="POST", content_type=content_type) == 415
    assert status(RULES, LOCAL, method="POST", content_type="application/json") == 200
    assert status(RULES, LOCAL, method="POST", content_type="application/json", content_encoding="gzip") == 415


def test_the_token_is_the_line_of_its_file_or_a_credential(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("s3cret\n")
    assert token.read(str(file)) == "s3cret"
    assert token.read("token", {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == "s3cret"
    assert token.read("") == ""


@pytest.mark.parametrize("content", ["", "\n", "two words", "two\nlines", b"\xff"])
def test_a_token_that_cannot_be_sent_in_a_header_is_refused(tmp_path: Path, content: str | bytes) -> None:
    file = tmp_path / "token"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(token.NoToken, match="token_file"):
        token.read(str(file))


@pytest.mark.parametrize("name", ["../token", "sub/token", "token"])
def test_a_relative_name_is_a_credential_or_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(token.NoToken, match=r"absolute|cannot be read"):
        token.read(name, {"CREDENTIALS_DIRECTORY": str(tmp_path / "none")} if name == "token" else {})


def test_whether_the_gateway_is_ready_is_said_to_all_and_nothing_else() -> None:
    for seen, expected in ((LOCAL, 200), (REMOTE, 401)):
        assert status(WITH_TOKEN, seen, path="/v1/models") == expected
        assert status(WITH_TOKEN, seen, path="/health") == 200
        assert status(WITH_TOKEN, seen, path="/health", method="POST", content_type="application/json") == 401
        assert status(WITH_TOKEN, seen, path="/health", hosts=("evil.example",)) == 421
