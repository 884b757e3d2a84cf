"""Chatterbox's flow as a stream: speech tokens to mel frames, at a cost that does not grow with the text.

Upstream's attention covers the whole text and its prompt, so it computes everything again for each new token. Here it
covers the prompt, the last KEPT tokens and the window. What the layers keep of the prompt is a constant of the voice,
because the prompt does not see the text; the KEPT tokens are kept as they were computed. A window begins with the last
RERUN tokens of the one before it, and the frames of both are blended where they meet. What this changes:
docs/models.md.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from steadyvoice.workers.chunk_size import ChunkSizer, Cost
from steadyvoice.workers.engines.engine import Downstream, Frames
from steadyvoice.workers.networks.conformer import AHEAD, UP
from steadyvoice.workers.networks.estimator import EstimatorShape
from steadyvoice.workers.networks.flow import TOKEN_S, Check, Flow, FlowModel, FlowShape, FlowVoice, Reference
from steadyvoice.workers.networks.solver import COSINE, MEANFLOW

HOPS: Final = (12, 18, 25, 50)
"""Tokens that a window may add. 18 is for the first: see `FlowSession`."""
PROMPT: Final = 75
"""Tokens of the prompt that are used, three seconds; a window costs more the longer it is."""
RERUN: Final = AHEAD
"""Tokens that a window computes again. As many of the prompt wait for the text, so that all windows are alike."""
KEPT: Final = 50
BLEND: Final = UP * RERUN
"""Frames that two windows share."""
_MIXER: Final = "decoder.estimator.time_embed_mixer.weight"


class ChatterboxFlow:
    """The weights, and the measured cost of a window."""

    def __init__(self, flow: Flow, dtype: torch.dtype = torch.float32) -> None:
        schedule = MEANFLOW if flow.decoder.estimator.shape.meanflow else COSINE
        self.model, self.cost = FlowModel(flow, schedule, dtype), Cost()

    def voice(self, reference: Reference) -> FlowVoice:
        """Computes what the layers keep of the prompt: a second or less in float32 with two steps."""
        reference = reference.last(PROMPT)
        voice = FlowVoice(self.model, reference, [max(0, len(reference.tokens) - RERUN)])
        if self.model.device.type == "cuda":
            voice.capture((RERUN + hop for hop in HOPS), RERUN, KEPT)
        return voice


def load(weights: Mapping[str, Tensor], device: str, dtype: torch.dtype) -> ChatterboxFlow:
    """The flow of ``s3gen.safetensors`` or ``s3gen_meanflow.safetensors``. RuntimeError: it has other tensors."""
    mine = {name.removeprefix("flow."): each for name, each in weights.items() if name.startswith("flow.")}
    shape = FlowShape(estimator=EstimatorShape(meanflow=_MIXER in mine))
    return ChatterboxFlow(Flow.of(shape, mine).to(device), dtype)


class FlowSession:
    """The flow for one utterance: `engine.Vocoder`, with mel frames [m, 80] for samples and tokens [n, 1] for frames.

    n tokens make 2 n frames. The frames before token t are final when the window that contains t has been computed,
    and that needs three tokens more. Of the first window, the listener gets later the frames that are blended with the
    second one, and those that the vocoder needs after its last frame: 0.36 s. On a CPU, the rest of 12 tokens plays for
    less long than the second window takes.
    """

    def __init__(
        self,
        flow: ChatterboxFlow,
        voice: FlowVoice,
        downstream: Downstream,
        check: Check = lambda: None,
        *,
        lookahead: int = 0,
    ) -> None:
        """check: called before each step of the solver. What it raises ends ``push`` or ``finish``, and the session.

        lookahead: of the vocoder, frames.
        """
        self._cost, self._voice, self._check, self._came_at = flow.cost, voice, check, downstream.came_at
        self._planned, self._chose = downstream.planned, downstream.chose
        sizes, withheld_s = tuple(hop * TOKEN_S for hop in HOPS), (BLEND + lookahead) * TOKEN_S / UP
        self._schedule = ChunkSizer(sizes, flow.cost, downstream.ahead, downstream.min_input_s, withheld_s=withheld_s)
        self._begin()

    def push(self, tokens: Frames) -> Frames:
        """Take the next tokens, whole numbers; return the frames that are final. ValueError: no such token."""
        return np.concatenate((self._nothing, *self.chunks(tokens)))

    def chunks(self, tokens: Frames) -> Iterator[Frames]:
        """See `engine.Vocoder`."""
        self._stream.append(tokens)
        if len(tokens):
            self._schedule.arrived(len(tokens) * TOKEN_S, self._came_at())
        while hop := self._next(max(0, self._unread - AHEAD)):
            yield self._window(hop)

    def finish(self) -> Frames:
        """Return the last frames of the segment, and reset for the next one."""
        made = []
        while self._unread:
            longest = HOPS[-1] if self._unread >= HOPS[-1] + AHEAD else self._unread
            hop = self._planned() or longest
            made.append(self._window(hop, end=hop == self._unread))
        self._begin()
        return np.concatenate((self._nothing, *made))

    def warmup(self) -> None:
        """See `Flow.warmup`: a window of each size, and one at the end of a segment."""
        for hop in HOPS:
            self._stream.append(np.zeros((hop + AHEAD, 1), np.float32))
            self._window(hop)
        self.finish()

    def _next(self, ready: int) -> int:
        """Tokens of the next window; 0: wait for more. ready: tokens that have all that they depend on."""
        if planned := self._planned():
            return planned if planned <= ready else 0
        return round(self._schedule.next(ready * TOKEN_S) / TOKEN_S)

    def _begin(self) -> None:
        self._stream = self._voice.stream(KEPT)
        self._lead = len(self._stream.waiting)
        """Tokens of the next window that are of the prompt, or of the window before it."""
        self._nothing: Frames = np.empty((0, self._voice.prompt.shape[1]), np.float32)
        self._held = self._nothing
        """Last frames of the window before, for the blend."""

    @property
    def _unread(self) -> int:
        """Tokens that no window has had."""
        return len(self._stream.waiting) - self._lead

    def _window(self, hop: int, *, end: bool = False) -> Frames:
        self._chose(hop)
        began, count = time.monotonic(), self._lead + hop
        settled = count if end else max(0, count - RERUN)
        frames: Frames = self._stream.window(count, settled, self._check).cpu().numpy()
        first = UP * self._lead
        meeting = frames[first - len(self._held) : first]
        made = np.concatenate((self._held + (meeting - self._held) * _rise(len(self._held)), frames[first:]))
        self._lead = count - settled
        keep = 0 if end else min(BLEND, UP * self._lead)
        made, self._held = made[: len(made) - keep], made[len(made) - keep :]
        self._cost.learn(hop * TOKEN_S, time.monotonic() - began)
        return made


def _rise(count: int) -> NDArray[np.float32]:
    """Weights [count, 1] of the later window."""
    return np.linspace(0, 1, count + 2, dtype=np.float32)[1:-1, None]
