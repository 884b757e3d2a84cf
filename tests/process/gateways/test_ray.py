"""ops/serve.yaml on a Ray cluster of several nodes: 24 streams, while a replica, a node and a silent node are lost."""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from support.daemon import BIN, alive, eventually
from support.gateway import real_client
from support.ray_fleet import HERE, URL, Cluster, cluster, descendants, inside, send
from support.resumed import TEXTS, Heard, check

from steadyvoice.gateways.ray import place

FILE = Path(__file__).parents[3] / "ops" / "serve.yaml"
pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.geteuid() != 0 or shutil.which("ip") is None, reason="needs root, for a network namespace"),
]

DEPLOYMENT = {
    "num_replicas": 2,
    "ray_actor_options": {"num_cpus": 0.5, "resources": {"speech": 1}},
    "autoscaling_config": None,
}


@pytest.fixture(scope="module")
def ray(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Cluster]:
    home = tmp_path_factory.mktemp("home")
    config = home / "config.toml"
    config.write_text('audio.device = "null"\n[realtime]\nmode = "off"\n')
    with cluster(real_client("ray"), home, cache, config, 3, DEPLOYMENT) as made:
        yield made
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(home / "run"))
        with place.claimed(0):
            pass  # as the next replica, it removes what those of the killed nodes have left
    assert not list((home / "run" / "steadyvoice").glob("replica-*"))


@pytest.fixture(scope="module")
def expected(ray: Cluster) -> dict[str, Heard]:
    """Of each text, undisturbed."""
    texts = sorted(set(TEXTS))
    with ray.listeners(texts, 0) as heard:
        pass
    assert not any(each.problem or each.resumed for each in heard), heard
    return dict(zip(texts, heard, strict=True))


def replicas(ray: Cluster) -> list[dict[str, object]]:
    found: list[dict[str, object]] = ray.ask("replicas")
    return found


def test_a_request_is_answered_and_a_wrong_one_is_refused_as_by_the_gateway(ray: Cluster) -> None:
    speech = f"{URL}/v1/audio/speech"
    post = ("-H", "Content-Type: application/json", "-d")
    assert ray.curl(speech, *post, '{"input": "Hello there.", "response_format": "wav"}')[:4] == b"RIFF"
    assert b'"text_empty"' in ray.curl(speech, *post, '{"input": ""}')
    assert b"misdirected_request" in ray.curl(speech, *post, '{"input": "Hi"}', "-H", "Host: evil.example")


def test_a_killed_replica_loses_no_utterance_and_leaves_nothing(ray: Cluster, expected: dict[str, Heard]) -> None:
    with ray.listeners(TEXTS, 1.0) as heard:
        pid = int(str(replicas(ray)[0]["pid"]))
        own = descendants(pid)
        assert len(own) > 5  # the keeper, the daemon, its stages and its gateway
        os.kill(pid, signal.SIGKILL)
    check(heard, expected, "replica killed")
    eventually(lambda: not any(alive(pid) for pid in own))
    eventually(lambda: len(replicas(ray)) == 2, 60)


def test_a_killed_node_loses_no_utterance(ray: Cluster, expected: dict[str, Heard]) -> None:
    with ray.listeners(TEXTS, 1.0) as heard:
        raylet = ray.ask("nodes")[replicas(ray)[0]["node"]]
        send(descendants(raylet), signal.SIGKILL)
    check(heard, expected, "node killed")
    eventually(lambda: len(replicas(ray)) == 2, 60)


def test_a_silent_node_loses_no_utterance(ray: Cluster, expected: dict[str, Heard]) -> None:
    with ray.listeners(TEXTS, 1.0) as heard:
        stopped = descendants(ray.ask("nodes")[replicas(ray)[0]["node"]])
        send(stopped, signal.SIGSTOP)
    send(stopped, signal.SIGKILL)
    check(heard, expected, "node silent")


def test_what_it_opens_is_what_the_document_says(ray: Cluster) -> None:
    """Those of Ray's HAProxy, and one of each replica."""
    ports = {int(address.rpartition(":")[2]) for address in ray.outside()}
    assert {8404, 9101} <= ports
    assert len(ports) == 2 + len(replicas(ray))


def test_a_busy_stage_brings_another_replica(tmp_path: Path, cache: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('audio.device = "null"\n')
    scaling = yaml.safe_load(FILE.read_text())["applications"][0]["deployments"][0]["autoscaling_config"]
    deployment = DEPLOYMENT | {"num_replicas": None, "autoscaling_config": scaling}
    with cluster(real_client("ray"), tmp_path, cache, config, 2, deployment) as ray:
        assert len(replicas(ray)) == 1
        process = inside(ray.namespace, ray.env, BIN / "python", "-P", HERE / "resumed.py", hurried())
        try:
            eventually(lambda: len(replicas(ray)) == 2, 90)
        finally:
            process.kill()
            process.communicate(timeout=10)


def hurried() -> str:
    """As much speech as a daemon can make, for a minute."""
    return json.dumps({"url": URL, "texts": [text * 6 for text in TEXTS], "speed": 0})
