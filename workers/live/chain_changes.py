"""The chain of a live session, as the supervisor wants it. New plugins are opened on a thread: the sound goes on."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal

from steadyvoice.ipc.errors import Code, NotInstalled
from steadyvoice.ipc.live_protocol import CHAIN_BUDGET_US, ChainReport, LiveChain, PluginStatus
from steadyvoice.workers.plugins import spec
from steadyvoice.workers.plugins.chain import Chain
from steadyvoice.workers.plugins.change import Change
from steadyvoice.workers.plugins.plugin import PluginRefused
from steadyvoice.workers.plugins.spec import Spec


class ChainChanges:
    """Used by the thread that processes the sound."""

    def __init__(self, running: "memoryview[int]") -> None:
        """running: see ``Chain``."""
        self._running = running
        self.chain = Chain(CHAIN_BUDGET_US, running=running)
        self.session = self.first = 0
        """The session's number, 0: none yet; and that of its first sample, -1: not known yet."""
        self.sink_format: Literal["f32", "s16"] = "f32"
        self._wanted: LiveChain | None = None
        """The change that is prepared."""
        self._prepared: Future[Change] | None = None
        self._specs: tuple[Spec, ...] = ()
        """Of the chain, with the plugins that are left out."""
        self._left_out: list[int] = []
        self._version = 0
        self._code: Code | None = None
        self._problem = ""
        self._pool = ThreadPoolExecutor(1)

    def begin(self, wanted: LiveChain) -> None:
        """Prepare this change."""
        self.session, self.first, self.sink_format = wanted.session, wanted.first, wanted.sink_format
        if not self._version:
            self.chain = Chain(CHAIN_BUDGET_US, allowed=wanted.permitted, running=self._running)
        self._forget_prepared()
        self._wanted = wanted
        self._prepared = self._pool.submit(self._prepare, wanted)

    def _forget_prepared(self) -> None:
        """Close the plugins of a change that is not used, when they are opened."""
        if self._prepared is not None:
            self._prepared.add_done_callback(_discard)
        self._wanted = self._prepared = None

    def close(self) -> None:
        """The session has ended."""
        self._forget_prepared()
        self._pool.shutdown(wait=False)
        self.chain.close()

    def _prepare(self, wanted: LiveChain) -> Change:
        specs = spec.parse(wanted.plugins)
        used = [each for place, each in enumerate(specs) if place not in wanted.left_out]
        failed = [each.name for each in self.chain.status() if each.problem]
        return self.chain.prepare(used, reopen=failed)

    def settle(self) -> bool:
        """Use a change that is prepared; return whether there is something to report."""
        wanted, prepared = self._wanted, self._prepared
        if wanted is None or prepared is None or not prepared.done():
            return False
        self._wanted = self._prepared = None
        self._version, self._code, self._problem = wanted.version, None, ""
        try:
            self.chain.apply(prepared.result())
        except PluginRefused as error:
            self._code, self._problem = error.code, str(error)
        except NotInstalled as error:
            self._code, self._problem = "plugin_failed", str(error)
        else:
            self._specs, self._left_out = spec.parse(wanted.plugins), wanted.left_out
        return True

    def tidy(self) -> None:
        """Close plugins that are not used any more: call it where no block is waited for."""
        self.chain.tidy()

    def report(self, level_db: float) -> ChainReport:
        used = iter(self.chain.status())
        plugins = [_left_out(each) if place in self._left_out else next(used) for place, each in enumerate(self._specs)]
        return ChainReport(
            self.session,
            self._version,
            self._code,
            self._problem,
            self.chain.latency,
            plugins,
            level_db,
        )


def _discard(prepared: "Future[Change]") -> None:
    if prepared.exception() is None:
        prepared.result().discard()


def _left_out(plugin: Spec) -> PluginStatus:
    return PluginStatus(
        name=plugin.reference,
        reference=str(plugin),
        parameters={},
        latency=0,
        p50_us=0.0,
        p99_us=0.0,
        budget_us=CHAIN_BUDGET_US,
        problem="left out",
        number=0,
    )
