"""Carries out which models are loaded and unloaded (residency.py): a loaded model is the processes of its stages."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from steadyvoice.daemon.config import Config
from steadyvoice.daemon.supervision import residency
from steadyvoice.daemon.supervision.lines import Lines
from steadyvoice.daemon.supervision.residency import Limits, Load, Model, Unload
from steadyvoice.daemon.supervision.stage_stats import StageStats
from steadyvoice.ipc import notifier
from steadyvoice.ipc.errors import RequestRefused
from steadyvoice.ipc.messages import ModelInfo
from steadyvoice.ipc.stage_protocol import ConverterMeta, VoiceMeta

log = logging.getLogger("svd")

_RETRY_S: Final = 1.0
"""Until a model is loaded once more that there was no memory for."""


class Owner(Protocol):
    """What is needed of the supervisor."""

    config: Config
    lines: Lines
    stats: StageStats

    def model_names(self) -> list[str]:
        """Engines and families of converters that run models, as configured."""

    def pinned(self) -> set[str]:
        """Models that are never unloaded."""

    @property
    def voices(self) -> list[VoiceMeta]: ...

    @property
    def converters(self) -> list[ConverterMeta]: ...

    def users(self) -> Mapping[str, int]:
        """Utterances that wait for each model or are spoken with it."""

    def load_stages(self, model: str) -> None:
        """Start the model's stages. OSError, notifier.Error, ValueError: there is no place for their rings."""

    async def unload_stages(self, model: str) -> None:
        """End them, and wait until the kernel has their memory back."""


class ModelManager:
    """The only writer of the models' states. To be used in the event loop's thread.

    More than 12 methods: requests, reports of stages and the decisions between them, each a few lines.
    """

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._models: dict[str, Model] = {}
        self._waiting: dict[str, list[asyncio.Future[None]]] = {}
        """Requests that wait for a change of a model's state."""
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Future[None]] = set()
        self._is_closed = False

    @property
    def _limits(self) -> Limits:
        wanted = self._owner.config.models
        return Limits(wanted.ttl_s, wanted.min_residency_s, wanted.resident_mib, wanted.resident_cap)

    def start(self) -> None:
        """Load what is to be there from the start; the pipeline exists, and no stage of a model."""
        config, self._is_closed = self._owner.config, False
        self._models = {name: Model(name) for name in self._owner.model_names()}
        for name in config.models.at_start(config.engines):
            if name in self._models:
                self._models[name].is_wanted = True
        self.review()

    def catalogue_known(self) -> None:
        """It is known which voices and converters are installed: without any, a model is of no use."""
        useful = {each.engine for each in self._owner.voices if each.installed}
        useful |= {each.family for each in self._owner.converters if each.installed}
        for model in self._models.values():
            if model.name not in useful and model.state in ("loading", "resident"):
                self._unload(model)
            model.is_wanted = model.is_wanted and model.name in useful
        self.pin()

    def pin(self) -> None:
        """Ask which models are pinned: when the voices or the configuration have changed."""
        pinned = self._owner.pinned()
        for name, model in self._models.items():
            model.is_pinned = name in pinned

    def is_cold(self, name: str) -> bool:
        """An utterance of this model would wait for it."""
        model = self._models.get(name)
        return model is not None and model.state != "resident"

    def absent(self) -> frozenset[str]:
        """Models without stages: an utterance that needs one cannot begin."""
        return frozenset(name for name, model in self._models.items() if model.state not in ("loading", "resident"))

    def want_all(self, names: Iterable[str]) -> dict[str, float]:
        """Load these models, where they are not there; return those, with the seconds that it may take (0: unknown).

        RequestRefused if there can never be room for one.
        """
        cold = [name for name in names if self.is_cold(name)]
        for name in cold:
            self.want(name)
        return {name: self._expected_s(self._models[name]) for name in cold}

    def _expected_s(self, model: Model) -> float:
        taken = self._loop.time() - model.since if model.state == "loading" else 0.0
        return round(max(0.0, model.load_s - taken), 3)

    def want(self, name: str) -> None:
        """Load the model, if it is not there. RequestRefused if there can never be room for it."""
        if residency.never_fits(name, self._models.values(), self._limits):
            limits = self._limits
            most = f"resident_mib = {limits.resident_mib}" if limits.resident_mib else f"{limits.resident_cap} models"
            raise RequestRefused(
                "model_too_large", f"{name} does not fit beside the pinned models ({most}); raise it in [models]"
            )
        self._models[name].is_wanted = True
        self.review()

    def review(self) -> None:
        """Load and unload what is due now: to be called when an utterance was queued or has ended."""
        if self._is_closed or all(self._stays(model) for model in self._models.values()):
            return  # the usual case, at every utterance
        users, now = self._owner.users(), self._loop.time()
        for name, model in self._models.items():
            if users.get(name) or self._is_held(name):
                model.last_used = now
        for action in residency.plan(self._models.values(), users, self._limits, now):
            match action:
                case Load(name):
                    self._load(self._models[name])
                case Unload(name):
                    self._unload(self._models[name])
        self._review_later(users, now)

    def _is_held(self, name: str) -> bool:
        """A debugger may be attached to a stage of the model."""
        return any(slot.process is not None and slot.process.held_s for slot in self._owner.lines.of(name))

    def _stays(self, model: Model) -> bool:
        """Neither an utterance nor time changes what is done with the model."""
        return not model.is_wanted if model.state == "cold" else model.is_pinned and model.state == "resident"

    def _review_later(self, users: Mapping[str, int], now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        wait_s = residency.next_review_s(self._models.values(), users, self._limits, now)
        self._timer = None if wait_s is None else self._loop.call_later(wait_s, self.review)

    def _load(self, model: Model) -> None:
        model.enter("loading", self._loop.time())
        try:
            self._owner.load_stages(model.name)
        except (OSError, notifier.Error, ValueError) as error:
            log.error("%s cannot be loaded now: %s", model.name, error)
            model.enter("cold", self._loop.time())
            self._loop.call_later(_RETRY_S, self.review)

    def _unload(self, model: Model) -> None:
        model.enter("unloading", self._loop.time())
        model.is_wanted = False
        self._remember(self._loop.create_task(self._end(model)))

    async def _end(self, model: Model) -> None:
        await self._owner.unload_stages(model.name)
        model.enter("cold", self._loop.time())
        self._settle(model)
        self.review()

    def _remember(self, task: "asyncio.Future[None]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stage_ready(self, name: str) -> bool:
        """A stage of the model is warm; return whether the whole model is, for the first time."""
        model = self._models.get(name)
        processes = [slot.process for slot in self._owner.lines.of(name)]
        if model is None or model.state != "loading" or not all(each is not None and each.ready for each in processes):
            return False
        model.load_s = self._loop.time() - model.since
        self._owner.stats.model_load.observe(int(model.load_s * 1e9))
        model.enter("resident", self._loop.time())
        model.bytes = sum(process.pss_bytes() for process in processes if process is not None)
        log.info("%s is loaded: %d MiB after %.1f s", name, model.bytes >> 20, model.load_s)
        self._settle(model)
        self.review()
        return True

    def stage_lost(self, name: str) -> None:
        """A stage of the model was given up."""
        model = self._models[name]
        model.is_wanted = False
        model.enter("failed", self._loop.time())
        self._remember(self._loop.create_task(self._owner.unload_stages(name)))
        self._settle(model)

    def _settle(self, model: Model) -> None:
        for future in self._waiting.pop(model.name, []):
            if not future.done():
                future.set_result(None)

    async def load(self, name: str) -> None:
        """Load the model and wait for it. RequestRefused."""
        model = self._known(name)
        self.want(name)
        while model.is_wanted and model.state != "resident":
            await self._change_of(model)
        if model.state == "cold":
            raise RequestRefused("stage_failed", f"{name} was unloaded meanwhile, or nothing of it is installed")
        if model.state != "resident":
            raise RequestRefused("stage_failed", f"{name} cannot be loaded; see svctl status")

    async def unload(self, name: str) -> None:
        """Unload the model and wait until its memory is back. RequestRefused while it is in use or pinned."""
        model = self._known(name)
        if model.is_pinned:
            raise RequestRefused("model_in_use", f"{name} is pinned, or has the configured voice; see [models] pinned")
        if count := self._owner.users().get(name, 0):
            raise RequestRefused(
                "model_in_use", f"{name} is in use by {count} utterances; wait, or cancel them", retryable=True
            )
        if model.state in ("resident", "loading"):
            self._unload(model)
        while model.state == "unloading":
            await self._change_of(model)

    def _known(self, name: str) -> Model:
        model = self._models.get(name)
        if model is None:
            raise RequestRefused("unknown_model", f"there is no model {name!r}; there are: {', '.join(self._models)}")
        return model

    async def _change_of(self, model: Model) -> None:
        future = self._loop.create_future()
        self._waiting.setdefault(model.name, []).append(future)
        await future

    def infos(self) -> list[ModelInfo]:
        users, now = self._owner.users(), self._loop.time()
        return [
            ModelInfo(
                name=model.name,
                state=model.state,
                bytes=model.bytes if model.state == "resident" else 0,
                since=round(now - model.since, 3),
                users=users.get(model.name, 0),
                pinned=model.is_pinned,
            )
            for model in self._models.values()
        ]

    async def close(self) -> None:
        """Load and unload nothing more; wait for processes that are being ended."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
