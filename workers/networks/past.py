"""What the layers of a network keep of a sequence that they compute in windows."""

import torch
from torch import Tensor, nn
from torch.nn.functional import linear


class Past:
    """Rows of earlier windows, by name. Time is the last dimension but one of every tensor.

    A window calls ``rows`` and ``tail``, once for each name, and then ``settle``. Without ``settle`` nothing changes: a
    window that was given up may be computed again. Tensors that were returned are never written to.
    """

    def __init__(self, limit: int | None = None) -> None:
        """limit: rows that ``settle`` keeps for ``rows``, besides those from before ``fork``; None: all."""
        self._limit = limit
        self._fixed: dict[str, Tensor] = {}
        self._kept: dict[str, Tensor] = {}
        self._tails: dict[str, Tensor] = {}
        self._new: dict[str, Tensor] = {}
        self._lines: dict[str, tuple[Tensor, int]] = {}
        self._is_padded = False

    def rows(self, name: str, new: Tensor) -> Tensor:
        """All rows that are kept, then the window's."""
        self._new[name] = new
        known = [rows[name] for rows in (self._fixed, self._kept) if name in rows]
        return torch.cat((*known, new), -2) if known else new

    def bias(self, window: Tensor) -> Tensor | None:
        """What attention adds to the scores of ``rows``: [1, m], -inf for rows that only fill up; None: nothing."""
        valid = self.rows("valid", window.new_ones(window.shape[-2], 1))
        return valid.T.log() if self._is_padded else None

    def tail(self, name: str, new: Tensor, reach: int) -> Tensor:
        """The ``reach`` rows before the window, zeros at the sequence's beginning, then the window's."""
        before = self._tails.get(name)
        if before is None:
            before = new.new_zeros(*new.shape[:-2], reach, new.shape[-1])
        line = torch.cat((before, new), -2)
        self._lines[name] = line, reach
        return line

    def settle(self, count: int) -> None:
        """End a window: the next one begins ``count`` rows after its beginning."""
        for name, new in self._new.items():
            known = self._kept.get(name, new[..., :0, :])
            begin = 0 if self._limit is None else max(0, known.shape[-2] + count - self._limit)
            skip = max(0, begin - known.shape[-2])
            self._kept[name] = torch.cat((known[..., begin:, :], new[..., skip:count, :]), -2)
        for name, (line, reach) in self._lines.items():
            self._tails[name] = line[..., count : count + reach, :].clone()
        self._new, self._lines = {}, {}

    def fork(self, limit: int | None, *, padded: bool = False) -> "Past":
        """A sequence that continues this one: it shares these rows and keeps them for good, before ``limit`` others.

        padded: rows that ``bias`` excludes fill up the limit, so that every window meets as many.
        """
        other = Past(limit)
        names = self._fixed.keys() | self._kept.keys()
        for name in sorted(names):
            parts = [rows[name] for rows in (self._fixed, self._kept) if name in rows]
            other._fixed[name] = rows = parts[0] if len(parts) == 1 else torch.cat(parts, -2)
            if padded and limit is not None:
                other._kept[name] = rows.new_zeros(*rows.shape[:-2], limit, rows.shape[-1])
        # A captured window writes to a padded past in place.
        other._tails = {name: tail.clone() if padded else tail for name, tail in self._tails.items()}
        other._is_padded = padded
        return other

    def tensors(self) -> list[Tensor]:
        """What ``settle`` changes, in an order that is the same for all forks of one past."""
        return [part[name] for part in (self._kept, self._tails) for name in sorted(part)]

    def replace(self, tensors: list[Tensor]) -> None:
        """Replace what ``tensors`` returns by the first of these, and remove them from the list."""
        for part in (self._kept, self._tails):
            for name in sorted(part):
                part[name] = tensors.pop(0)


def convolve(line: Tensor, conv: nn.Conv1d) -> Tensor:
    """Rows [batch, n, channels] to [batch, n - k + 1, out]: a convolution as one product, faster for few rows."""
    width = conv.kernel_size[0]
    return linear(line.unfold(1, width, 1).flatten(2), conv.weight.flatten(1), conv.bias)
