"""Ray nodes of this machine, each of processes of its own, with the application of ops/serve.yaml. Run by Ray's Python.

Its argument is JSON: ``nodes``, how many there are besides the head; ``config`` of the daemons; ``folder`` for Ray's
files; ``deployment``, which replaces keys of the file's. When all replicas are ready it writes a line; then it answers
each line that it reads with a line of JSON: ``replicas``, or ``nodes``, of each the process from which all others come.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import ray
import yaml
from ray import serve
from ray.cluster_utils import Cluster
from ray.serve.context import _get_global_client
from ray.serve.schema import ServeDeploySchema

FILE = Path(__file__).parents[2] / "ops" / "serve.yaml"
HEALTH = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 500,
    "health_check_timeout_ms": 500,
    "health_check_failure_threshold": 3,
}
LOCAL = {"node_ip_address": "127.0.0.1", "object_store_memory": 80 << 20}
BOOT_S = 180


def replicas() -> list[dict[str, Any]]:
    """Those that take requests."""
    details = ray.get(_get_global_client()._controller.get_serve_instance_details.remote())
    deployments = details["applications"]["speech"]["deployments"]
    found = deployments["Speech"]["replicas"] if deployments else []  # none yet
    return [{"pid": each["pid"], "node": each["node_id"]} for each in found if each["state"] == "RUNNING"]


def answer(cluster: Cluster, question: str) -> Any:
    if question == "replicas":
        return replicas()
    return {node.node_id: node.all_processes["raylet"][0].process.pid for node in cluster.worker_nodes}


def main() -> None:
    given = json.loads(sys.argv[1])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # Ray writes to standard output, too
    cluster = Cluster(
        initialize_head=True,
        head_node_args=LOCAL | {"num_cpus": 2, "_system_config": HEALTH, "temp_dir": given["folder"]},
    )
    for _ in range(given["nodes"]):
        cluster.add_node(**LOCAL, num_cpus=2, resources={"speech": 1})
    cluster.wait_for_nodes()
    ray.init(address=cluster.address, _node_ip_address="127.0.0.1", log_to_driver=False, logging_level="error")
    file = yaml.safe_load(FILE.read_text())
    serve.start(proxy_location="HeadOnly", http_options=file["http_options"])
    application = file["applications"][0]
    application["args"]["config"] = given["config"]
    [deployment] = application["deployments"]
    for key, value in given["deployment"].items():
        deployment[key] = value
        if value is None:
            del deployment[key]
    file["proxy_location"] = "HeadOnly"
    _get_global_client().deploy_apps(ServeDeploySchema(**file))
    deadline = time.monotonic() + BOOT_S
    while len(replicas()) < deployment.get("num_replicas", 1):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not ready after {BOOT_S} s: {serve.status()}")
        time.sleep(0.1)
    print(json.dumps("ready"), file=answers, flush=True)
    for line in sys.stdin:
        if line.strip() == "end":
            break
        print(json.dumps(answer(cluster, line.strip())), file=answers, flush=True)
    serve.shutdown()
    ray.shutdown()
    cluster.shutdown()


main()
