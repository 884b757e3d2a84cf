"""Causal attention over a cache of keys and values with a fixed number of rows."""

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention


class Span:
    """The positions of one call of a model: n tokens at ``at``, at + 1, …

    at: an int; or, for one token in a CUDA graph, a tensor [1] int64. Attention then covers all rows of the cache,
    masked, so that no shape depends on the position.
    """

    def __init__(self, at: int | Tensor, n: int, rows: Tensor) -> None:
        """rows: 0, 1, … up to the last row of the cache."""
        self.where: slice | Tensor
        self._mask: Tensor | None
        self._is_causal = False
        if isinstance(at, Tensor):
            self.where = at
            self._seen, self._mask = len(rows), (rows <= at)[None]
        else:
            self.where, self._seen = slice(at, at + n), at + n
            self._is_causal = at == 0 and n > 1
            self._mask = None if n == 1 or at == 0 else rows[: self._seen] <= rows[at : self._seen, None]

    def attend(self, q: Tensor, k: Tensor, v: Tensor, cache: Tensor) -> Tensor:
        """Store keys and values [batch, n, kv_heads, size] in a layer's cache [2, batch, kv_heads, rows, size].

        Queries [batch, n, heads, size] to outputs [batch, n, heads * size].
        """
        batch, n, heads, size = q.shape
        keys, values = cache[0], cache[1]
        keys[:, :, self.where] = k.transpose(1, 2)
        values[:, :, self.where] = v.transpose(1, 2)
        keys, values = keys[:, :, : self._seen], values[:, :, : self._seen]
        if n == 1:  # queries that share a key are rows of one product
            grouped = q.view(batch, keys.shape[1], -1, size)
            return scaled_dot_product_attention(grouped, keys, values, attn_mask=self._mask).reshape(batch, 1, -1)
        gathered = scaled_dot_product_attention(
            q.transpose(1, 2),
            keys,
            values,
            attn_mask=self._mask,
            is_causal=self._is_causal,
            enable_gqa=keys.shape[1] != heads,
        )
        return gathered.transpose(1, 2).reshape(batch, n, -1)


def new_cache(layers: int, batch: int, kv_heads: int, rows: int, size: int, like: Tensor) -> Tensor:
    """[layers, 2, batch, kv_heads, rows, size], zero, in the format and on the device of ``like``."""
    return torch.zeros(layers, 2, batch, kv_heads, rows, size, dtype=like.dtype, device=like.device)
