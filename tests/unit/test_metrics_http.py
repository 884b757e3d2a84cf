"""Which HTTP requests are answered with metrics."""

import socket

import pytest

from steadyvoice.daemon.metrics.http import status_of

OWN = socket.gethostname()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET /metrics HTTP/1.1\r\nHost: localhost:9464\r\n\r\n", 200),
        ("GET / HTTP/1.0\r\nhost:127.0.0.1\r\n\r\n", 200),
        ("GET /metrics?x=1 HTTP/1.1\r\nHost: [::1]:9464\r\n\r\n", 200),
        (f"GET /metrics HTTP/1.1\r\nHost: {OWN.upper()}:9464\r\n\r\n", 200),
        ("GET /metrics HTTP/1.1\r\nHost: 192.168.1.2\r\n\r\n", 200),
        ("GET /metrics HTTP/1.1\r\nHost: page.example:9464\r\n\r\n", 403),
        ("GET /metrics HTTP/1.1\r\nHost: localhost.page.example\r\n\r\n", 403),
        ("GET /metrics HTTP/1.1\r\n\r\n", 403),
        ("GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        ("POST /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        ("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        ("GET /metrics\r\n\r\n", 400),
        ("GET /metrics HTTP/1.1\r\nHost: localhost\r\n", 400),
        ("\r\n\r\n", 400),
        ("\xff\xfe\x00\r\n\r\n", 400),
    ],
)
def test_status(head: str, status: int) -> None:
    assert status_of(head.encode("latin-1"), check_host=True).startswith(f"{status} ")


def test_a_socket_of_this_user_has_no_name_to_check() -> None:
    assert status_of(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", check_host=False) == "200 OK"
