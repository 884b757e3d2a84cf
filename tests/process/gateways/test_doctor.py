"""``svctl doctor`` knows the gateways that run."""

from pathlib import Path

from support.daemon import Daemon
from support.gateway import running
from support.svctl import LIGHT

from steadyvoice.client.svctl.doctor.gateways import examine

CONFIGURATION = LIGHT


def test_both_gateways_are_recognised(daemon: Daemon, tmp_path: Path) -> None:
    with (
        running("http", daemon, "--listen", "127.0.0.1:0") as http,
        running("wyoming", daemon, "--listen", "127.0.0.1:0") as wyoming,
    ):
        file = tmp_path / "config.toml"
        file.write_text(
            f'gateways.http.listen = ["127.0.0.1:{http.port}"]\n'
            f'gateways.wyoming.listen = ["127.0.0.1:{wyoming.port}"]\n'
        )
        (overview,) = examine(str(file))
    assert overview.detail == f"http serves at 127.0.0.1:{http.port}; wyoming serves at 127.0.0.1:{wyoming.port}"
