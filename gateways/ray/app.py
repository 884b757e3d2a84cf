"""The Serve application: ``serve run ops/serve.yaml``, which names ``build``."""

from typing import Any

import ray
from ray import serve

from steadyvoice.gateways.ray.forward import Gateway
from steadyvoice.gateways.ray.own_daemon import OwnDaemon, busiest
from steadyvoice.gateways.ray.policy import BUSY
from steadyvoice.ipc.daemon_status import DaemonStatus


class Speech:
    """A replica: a daemon and its gateway. It takes requests once the voice is warm, and Serve replaces it when the
    daemon is not ready any more.
    """

    def __init__(self, config: str = "") -> None:
        """config: the daemon's configuration file, on each machine at the same path; empty: the user's.

        The daemon has as many cores of its own as the replica has CPUs in ``ray_actor_options``; with less than one it
        shares all.
        """
        cpus = ray.get_runtime_context().get_assigned_resources().get("CPU", 0)
        self._own = OwnDaemon(config, int(cpus))
        self._seen: DaemonStatus | None = None
        self._gateway = Gateway(self._own.sockets.http)

    async def __serve_build_asgi_app__(self) -> Gateway:
        """What Serve sends requests to."""
        return self._gateway

    async def check_health(self) -> None:
        await self._own.check()

    async def record_autoscaling_stats(self) -> dict[str, float]:
        before, self._seen = self._seen, await self._own.status()
        return {BUSY: busiest(before, self._seen) if before is not None else 0.0}

    async def __del__(self) -> None:
        """Serve waits for it, after the last request or ``graceful_shutdown_timeout_s``."""
        await self._gateway.close()
        await self._own.close()
        self._own.end()


def build(arguments: dict[str, Any]) -> Any:
    """The application. arguments: those of ``Speech``."""
    return serve.deployment(serve.ingress()(Speech)).bind(**arguments)
