"""Speech tokens, 25 a second, to a mel spectrogram of 50 frames a second, window by window.

``CausalMaskedDiffWithXvec`` of chatterbox 5de7a54 and CosyVoice ace7c47 is a conformer and an estimator that follow a
prompt: the tokens and the mel spectrogram of a few seconds of the voice. The noise of a frame depends on its place
only, so what the layers keep of the prompt is a constant of the voice.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from steadyvoice.workers.networks.captured import CapturedWindow
from steadyvoice.workers.networks.conformer import AHEAD, UP, ConformerShape, UpsampleConformer
from steadyvoice.workers.networks.estimator import EstimatorShape, FlowEstimator
from steadyvoice.workers.networks.flow_state import FlowState
from steadyvoice.workers.networks.solver import CfmSolver, Schedule

TOKEN_S: Final = 0.04
"""Seconds of sound that a token stands for."""
Check = Callable[[], None]
"""Called between two steps; what it raises ends the work."""
Captured = Mapping[tuple[int, int], CapturedWindow]
"""By the tokens of the window, and those before the next one."""
_NOISE: Final = 15000
"""Frames of noise, five minutes; a longer sequence uses them again."""


def _go_on() -> None:
    pass


@dataclass(frozen=True)
class FlowShape:
    """Sizes, as published."""

    tokens: int = 6561
    speaker: int = 192
    encoder: ConformerShape = field(default_factory=ConformerShape)
    estimator: EstimatorShape = field(default_factory=EstimatorShape)


class _Decoder(nn.Module):
    def __init__(self, shape: EstimatorShape) -> None:
        super().__init__()
        self.estimator = FlowEstimator(shape)


class Flow(nn.Module):
    """The weights: ``state_dict`` is the published ``flow.pt``, or the ``flow.`` part of ``s3gen.safetensors``."""

    def __init__(self, shape: FlowShape) -> None:
        super().__init__()
        size, mel = shape.encoder.size, shape.estimator.mel
        # Uniform: drawing normal numbers on the meta device imports torch._dynamo, which takes 1.5 s.
        drawn = torch.empty(shape.tokens, size).uniform_(-1, 1)
        self.input_embedding = nn.Embedding(shape.tokens, size, _weight=drawn)
        self.spk_embed_affine_layer = nn.Linear(shape.speaker, mel)
        self.encoder, self.encoder_proj = UpsampleConformer(shape.encoder), nn.Linear(size, mel)
        self.decoder = _Decoder(shape.estimator)

    @staticmethod
    def of(shape: FlowShape, weights: Mapping[str, Tensor]) -> "Flow":
        """A flow that uses these tensors, without a copy where they are float32. RuntimeError: others are expected."""
        with torch.device("meta"):
            flow = Flow(shape)
        flow.load_state_dict({name: tensor.float() for name, tensor in weights.items()}, assign=True)
        return flow


@dataclass(frozen=True)
class Reference:
    """A voice: tokens [n] of a recording, its mel spectrogram [2 n, mel], and its speaker's embedding [speaker]."""

    tokens: Sequence[int]
    mel: Tensor
    speaker: Tensor

    def last(self, count: int) -> "Reference":
        """The same voice with a prompt of at most ``count`` tokens, the last."""
        begin = max(0, len(self.tokens) - count)
        return Reference(self.tokens[begin:], self.mel[UP * begin : UP * len(self.tokens)], self.speaker)


class FlowModel:
    """A flow with its solver, for inference. Nothing changes after the construction: threads may share it."""

    def __init__(self, flow: Flow, schedule: Schedule, dtype: torch.dtype = torch.float32) -> None:
        self.steps, self._flow = schedule.steps, flow.eval().requires_grad_(False)
        self.device, self.vocabulary = flow.encoder_proj.weight.device, flow.input_embedding.num_embeddings
        self._dtype, flow.encoder = dtype, flow.encoder.to(dtype)
        self._solver = CfmSolver(flow.decoder.estimator.to(dtype), schedule)
        # The seed and the shape of CosyVoice2's noise.
        mel = flow.encoder_proj.out_features
        noise = torch.randn(mel, _NOISE, generator=torch.Generator().manual_seed(0))
        self._noise = noise.T.contiguous().to(self.device)

    @torch.inference_mode()
    def speaker(self, reference: Reference) -> Tensor:
        """The condition [mel] of all frames."""
        embedding = F.normalize(reference.speaker.to(self.device, torch.float32), dim=0)
        condition: Tensor = self._flow.spk_embed_affine_layer(embedding)
        return condition

    @torch.inference_mode()
    def window(self, ids: Tensor, count: int, at: Tensor, voice: "FlowVoice", state: FlowState, check: Check) -> Tensor:
        """The mel spectrogram [2 n, mel] of ``count`` tokens at position ``at``; the caller settles the state.

        ids: those tokens and the next three, fewer where the sequence ends. at: [1]. check: called before each step of
        the solver; what it raises ends the work, and the state is as before.
        """
        rows = self._flow.input_embedding(ids)[None].to(self._dtype)
        encoded = self._flow.encoder(rows[:, :count], rows[:, count:], at, state.tokens, state.frames)
        mu = self._flow.encoder_proj(encoded.float())
        places = UP * at + torch.arange(UP * count, device=self.device)
        condition = voice.prompt[places.clamp(max=len(voice.prompt) - 1)][None]
        noise = self._noise[places % len(self._noise)][None]
        return self._solver.solve(noise, mu, voice.speaker, condition, state.steps, check)[0]


class FlowVoice:
    """A voice, with the state of the layers after the part of its prompt that no token of a text can change."""

    def __init__(self, model: FlowModel, reference: Reference, windows: Sequence[int]) -> None:
        """windows: tokens of each window of that part. At least three tokens of the prompt follow it."""
        self.model, self.speaker = model, model.speaker(reference)
        self.prompt = F.pad(reference.mel.to(self.speaker), (0, 0, 0, 1))
        """[m + 1, mel]: a row of zeros for all frames after it."""
        self.tokens = len(reference.tokens)
        self._captured: dict[tuple[int, int], CapturedWindow] = {}
        self._kept: int | None = None
        """By the captured windows."""
        beginning = MelStream(self, FlowState(model.steps), list(reference.tokens), {})
        for count in filter(None, windows):
            beginning.window(count, count)
        self._state, self._rest = beginning.state, beginning.waiting

    def capture(self, counts: Iterable[int], rerun: int, kept: int) -> None:
        """Capture windows of so many tokens, the last ``rerun`` of which the next window has again, for CUDA.

        A ``stream`` that keeps as many pads what it keeps, so that its windows have one shape for each count.
        """
        self._kept = kept
        for count in counts:
            settled = count - rerun

            def run(ids: Tensor, at: Tensor, state: FlowState, count: int = count, settled: int = settled) -> Tensor:
                mel = self.model.window(ids, count, at, self, state, _go_on)
                state.settle(settled)
                return mel

            self._captured[count, settled] = CapturedWindow(run, count, self._state.fork(kept, padded=True))

    def stream(self, kept: int | None) -> "MelStream":
        """A text after the prompt. kept: tokens that a window attends to, besides the prompt's; None: all."""
        captured = self._captured if kept == self._kept else {}
        return MelStream(self, self._state.fork(kept, padded=bool(captured)), list(self._rest), captured)


class MelStream:
    """A sequence of tokens."""

    def __init__(self, voice: FlowVoice, state: FlowState, waiting: list[int], captured: Captured) -> None:
        self.voice, self.state, self._captured = voice, state, captured
        self.waiting = waiting
        """Tokens from the next window's beginning on."""

    def append(self, tokens: NDArray[np.float32]) -> None:
        """Whole numbers [n, 1], as they come from a ring. ValueError: there is no such token."""
        ids = tokens[:, 0].astype(np.int64)
        if len(ids) and (ids.min() < 0 or ids.max() >= self.voice.model.vocabulary):
            raise ValueError(f"there are no speech tokens from {ids.min()} to {ids.max()}")
        self.waiting += ids.tolist()

    def window(self, count: int, settled: int, check: Check = _go_on) -> Tensor:
        """The mel spectrogram [2 n, mel] of the next ``count`` tokens; the next window begins ``settled`` tokens later.

        Three tokens must wait behind them, except where the sequence ends. check: see `FlowModel.window`.
        """
        device = self.voice.model.device
        ids, at = torch.tensor(self.waiting[: count + AHEAD]).to(device), torch.tensor([self.state.at]).to(device)
        captured = self._captured.get((count, settled)) if len(ids) == count + AHEAD else None
        if captured:
            check()
            mel = captured.replay(ids, at, self.state)
            self.state.at += settled
        else:
            mel = self.voice.model.window(ids, count, at, self.voice, self.state, check)
            self.state.settle(settled)
        del self.waiting[:settled]
        return mel
