"""Convolutions over a stream of rows [n, channels]: a window's rows are computed from what the last window left.

A window has ``keep`` rows that no later window computes again, and rows after them, its lookahead. Each convolution
keeps the inputs to the left of the next window, so that the left context costs nothing and is exact. To the right,
each computes only the rows that later layers need of it (its margin), and pads with zeros where the window ends: that
is what the network does at the true end, and elsewhere an error of the lookahead that decays towards the kept rows.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import conv2d

State = list[Tensor]
"""Tensors that a stream keeps between windows; they change in place."""
Into = Callable[[Tensor, Tensor], object]
"""Writes a function of its first argument into the second one, of the same shape."""


def copied(x: Tensor, out: Tensor) -> None:
    out.copy_(x)


def leaky(slope: float) -> Into:
    """A rectifier, for a slope below 1."""
    return lambda x, out: torch.maximum(x, x * slope, out=out)


def pair(name: str, *shape: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a weight and its bias."""
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}


class Layout:
    """The tensors of a State, as the layers of a network ask for them."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._shapes: list[tuple[tuple[int, ...], torch.dtype]] = []

    def add(self, *shape: int, dtype: torch.dtype = torch.float32) -> int:
        """The place of a tensor in the State."""
        self._shapes.append((shape, dtype))
        return len(self._shapes) - 1

    def state(self) -> State:
        """That of a stream's beginning: zeros."""
        return [torch.zeros(shape, dtype=dtype, device=self.device) for shape, dtype in self._shapes]


class Conv:
    """A convolution of odd kernel size and stride 1 that keeps the length. weight: [out, in, kernel]."""

    def __init__(self, layout: Layout, weight: Tensor, bias: Tensor | None = None, dilation: int = 1) -> None:
        # Over [1, channels, 1, n] in channels-last order, which is rows: oneDNN then copies nothing but the weights.
        self._weight = weight[:, :, None].contiguous(memory_format=torch.channels_last)
        self._bias, self._dilation = bias, (1, dilation)
        self.half = dilation * (weight.shape[2] // 2)
        self.margin = 0
        """Rows after the kept ones that later layers need."""
        self._tail = layout.add(self.half, weight.shape[1], dtype=weight.dtype)

    def __call__(self, x: Tensor, keep: int, state: State, activation: Into = copied) -> Tensor:
        """Rows [n, in] to [min(n, keep + margin), out]. activation: of the input."""
        half, count = self.half, min(len(x), keep + self.margin)
        x = x[: count + half]
        line = x.new_empty(count + 2 * half, x.shape[1])
        line[:half] = state[self._tail]
        activation(x, line[half : half + len(x)])
        line[half + len(x) :] = 0
        state[self._tail].copy_(line[keep : keep + half])
        made: Tensor = conv2d(line.t()[None, :, None], self._weight, self._bias, dilation=self._dilation)
        return made[0, :, 0].t()


class Residual:
    """HiFi-GAN's residual block (Kong et al. 2020): pairs of convolutions, each added to its input.

    activations: before each convolution, in the order of ``convs``.
    """

    def __init__(self, convs: Sequence[Conv], activations: Sequence[Into]) -> None:
        pairs = list(zip(convs, activations, strict=True))
        self._pairs = list(zip(pairs[::2], pairs[1::2], strict=True))

    def plan(self, margin: int) -> int:
        """Give the layers their margins for the block's own; return the input's."""
        for (one, _), (two, _) in reversed(self._pairs):
            two.margin, one.margin = margin, margin + two.half
            margin = one.margin + one.half
        return margin

    def __call__(self, x: Tensor, keep: int, state: State) -> Tensor:
        """Rows [n, channels] to as many or fewer."""
        for (one, activate), (two, activate_again) in self._pairs:
            made = two(one(x, keep, state, activate), keep, state, activate_again)
            x = made.add_(x[: len(made)])
        return x


def mean(blocks: Sequence[Residual], x: Tensor, keep: int, state: State) -> Tensor:
    """The mean of the blocks' outputs."""
    total = blocks[0](x, keep, state)
    for block in blocks[1:]:
        total += block(x, keep, state)
    return total.div_(len(blocks))


def upsampling(weight: Tensor, stride: int) -> Tensor:
    """A transposed convolution [in, out, kernel] with padding (kernel - stride) // 2 as one without stride.

    [stride * out, in, 3]: its rows [n, stride * out], seen as [stride * n, out], are the output. kernel: up to
    2 stride + 1.
    """
    into, out, kernel = weight.shape
    plain = weight.new_zeros(stride, out, into, 3)
    for at in range(stride):
        for tap in range(3):
            place = at + (kernel - stride) // 2 - (tap - 1) * stride
            if 0 <= place < kernel:
                plain[at, :, :, tap] = weight[:, :, place].t()
    return plain.flatten(0, 1)


def downsampling(weight: Tensor, stride: int) -> Tensor:
    """A convolution [out, in, 2 stride] with that stride and padding stride // 2 as one over blocks of ``stride`` rows.

    [out, stride * in, 3], for rows [n, stride * in].
    """
    out, into, kernel = weight.shape
    plain = weight.new_zeros(out, 3 * stride, into)
    first = stride - stride // 2
    plain[:, first : first + kernel] = weight.transpose(1, 2)
    return plain.view(out, 3, stride * into).transpose(1, 2).contiguous()
