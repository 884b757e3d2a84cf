"""Carries out which models are loaded and unloaded (residency.py): a loaded model is the processes of its stages."""

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Mapping
from typing import Protocol

from steadyvoice.daemon.config import Config
from steadyvoice.daemon.supervision import residency
from steadyvoice.daemon.supervision.residency import Limits, Load, Model, Unload
from steadyvoice.daemon.supervision.stage_slot import StageSlot
from steadyvoice.ipc.errors import RequestRefused
from steadyvoice.ipc.messages import ModelInfo

log = logging.getLogger("svd")


class Owner(Protocol):
    """What is needed of the supervisor."""

    config: Config

    def slots_of(self, model: str) -> list[StageSlot]:
        """The stages that have this engine or family."""

    def users(self) -> Mapping[str, int]:
        """Utterances that wait for each model or are spoken with it."""

    def end_stages(self, slots: Iterable[StageSlot]) -> Awaitable[None]:
        """End the processes; awaited, wait until the kernel has their memory back."""


class ModelManager:
    """The only writer of the models' states. To be used in the event loop's thread."""

    def __init__(self, names: Iterable[str], owner: Owner) -> None:
        """names: engines and families of converters that run models."""
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._models = {name: Model(name, is_pinned=name in owner.config.models.pinned) for name in names}
        self._waiting: dict[str, list[asyncio.Future[None]]] = {}
        """Requests that wait until a model is resident, or cold again."""
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def _limits(self) -> Limits:
        wanted = self._owner.config.models
        return Limits(wanted.ttl_s, wanted.min_residency_s, wanted.resident_mib, wanted.resident_cap)

    def begin(self, name: str) -> None:
        """The model's stages are being started with the daemon."""
        self._models[name].enter("loading", self._loop.time())

    def is_cold(self, name: str) -> bool:
        """An utterance of this model would wait for it."""
        model = self._models.get(name)
        return model is not None and model.state != "resident"

    def pin(self, name: str) -> None:
        self._models[name].is_pinned = True

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
        users, now = self._owner.users(), self._loop.time()
        for name, count in users.items():
            if count and name in self._models:
                self._models[name].last_used = now
        for action in residency.plan(self._models.values(), users, self._limits, now):
            match action:
                case Load(name):
                    self._load(self._models[name])
                case Unload(name):
                    self._unload(self._models[name])
        self._review_later(users, now)

    def _review_later(self, users: Mapping[str, int], now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        wait_s = residency.next_review_s(self._models.values(), users, self._limits, now)
        self._timer = None if wait_s is None else self._loop.call_later(wait_s, self.review)

    def _load(self, model: Model) -> None:
        log.info("loading %s", model.name)
        model.enter("loading", self._loop.time())
        for slot in self._owner.slots_of(model.name):
            slot.turn_on("background")

    def _unload(self, model: Model) -> None:
        log.info("unloading %s", model.name)
        model.enter("unloading", self._loop.time())
        model.is_wanted = False
        self._remember(self._loop.create_task(self._end(model)))

    async def _end(self, model: Model) -> None:
        await self._owner.end_stages(self._owner.slots_of(model.name))
        model.enter("cold", self._loop.time())
        self._settle(model)
        self.review()

    def _remember(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stage_ready(self, name: str) -> None:
        """A stage of the model is warm."""
        model = self._models.get(name)
        if model is None or model.state != "loading":
            return
        processes = [slot.process for slot in self._owner.slots_of(name)]
        if all(process is not None and process.ready for process in processes):
            model.load_s = self._loop.time() - model.since
            model.enter("resident", self._loop.time())
            model.bytes = sum(process.pss_bytes() for process in processes if process is not None)
            self._settle(model)
            self.review()

    def stage_lost(self, name: str) -> None:
        """The model cannot be used: its stages were ended."""
        model = self._models[name]
        model.is_wanted = False
        model.enter("cold", self._loop.time())
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
                bytes=model.bytes if model.state != "cold" else 0,
                since=round(now - model.since, 3),
                users=users.get(model.name, 0),
                pinned=model.is_pinned,
            )
            for model in self._models.values()
        ]

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
