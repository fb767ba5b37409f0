"""Multi-head attention, as a module with weights. The layers of transformers, in `transformer.py`, are made of it.

Source: Vaswani et al. 2017, "Attention is all you need".
"""

import math
from typing import Any

import numpy as np

from autograd.tensor.api.shapes import cat
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.nn import functional as F
from autograd.tensor.nn import init
from autograd.tensor.nn.layers import Linear, parameter
from autograd.tensor.nn.module import Module


class MultiheadAttention(Module):
    """Multi-head attention: `num_heads` attentions to projections of the inputs, whose results are projected again.

    Shapes: query (l, n, embed_dim), key (s, n, kdim) and value (s, n, vdim), or with the batch n first if
    `batch_first`, or without n; kdim and vdim are embed_dim if not given. The output has query's shape. With
    `add_bias_kv` a learned key and value are added to every sequence, with `add_zero_attn` a key and value of zeros.
    """

    def __init__(
        self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True, add_bias_kv: bool = False,
        add_zero_attn: bool = False, kdim: int | None = None, vdim: int | None = None, batch_first: bool = False,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        if embed_dim <= 0 or num_heads <= 0 or embed_dim % num_heads:
            raise ValueError(
                "embed_dim must be divisible by num_heads, and both must be greater than 0, got "
                f"{embed_dim=} and {num_heads=}"
            )
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.kdim, self.vdim = embed_dim if kdim is None else kdim, embed_dim if vdim is None else vdim
        self.dropout, self.batch_first, self.add_zero_attn = dropout, batch_first, add_zero_attn
        one_weight = self.kdim == self.vdim == embed_dim
        self.in_proj_weight = parameter(3 * embed_dim, embed_dim, dtype=dtype) if one_weight else None
        sizes = {"q_proj_weight": embed_dim, "k_proj_weight": self.kdim, "v_proj_weight": self.vdim}
        for name, size in sizes.items():
            setattr(self, name, None if one_weight else parameter(embed_dim, size, dtype=dtype))
        self.in_proj_bias = parameter(3 * embed_dim, dtype=dtype) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, dtype=dtype)
        self.bias_k, self.bias_v = (parameter(1, 1, embed_dim, dtype=dtype) if add_bias_kv else None for _ in range(2))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the projections of the inputs anew, and set the biases to 0."""
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.out_proj.bias is not None:
            init.zeros_(self.out_proj.bias)
        for extra in (self.bias_k, self.bias_v):
            if extra is not None:
                init.xavier_normal_(extra)

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None = None,
        need_weights: bool = True, attn_mask: Tensor | None = None, average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:  # fmt: skip
        """Return the output and, if wanted, the weights (n, l, s), or (n, heads, l, s) if not averaged.

        Masks are True where a key takes no part, or are added to the scores: key_padding_mask (n, s) for keys of each
        sample, attn_mask (l, s) or (n · heads, l, s) for pairs. `is_causal` only says that attn_mask is causal.
        """
        if is_causal and attn_mask is None:
            raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
        if query.ndim == 2:
            batch = 0 if self.batch_first else 1
            padding = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
            inputs = [x.unsqueeze(batch) for x in (query, key, value)]
            if key is query and value is key:
                inputs = [inputs[0]] * 3
            q, k, v = inputs
            x, p = self.forward(q, k, v, padding, need_weights, attn_mask, average_attn_weights)
            return x.squeeze(batch), None if p is None else p.squeeze(0)
        if query.shape[-1] != self.embed_dim:
            raise ValueError(
                f"was expecting embedding dimension of {self.embed_dim}, but got {query.shape[-1]} in {query.shape}"
            )
        q, k, v = self._projected(query, key, value)
        masks = self._masks(attn_mask, key_padding_mask, q, k)
        k, v, masks = self._with_extra_keys(k, v, masks)
        q, k, v = map(self._split_heads, (q, k, v))
        pairs, keys = masks
        mask = keys if pairs is None else pairs if keys is None else pairs + keys
        p, dropout = None, self.dropout if self.training else 0.0
        if need_weights:
            scores = (q * (1 / math.sqrt(self.head_dim))) @ k.mT
            p = F.dropout(F.softmax(scores if mask is None else scores + mask, -1), dropout)
            x = p @ v
            p = p.mean(1) if average_attn_weights else p
        else:
            x = F.scaled_dot_product_attention(q, k, v, mask, dropout)
        x = self.out_proj(x.transpose(1, 2).flatten(2))
        return x if self.batch_first else x.transpose(0, 1), p

    def _projected(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, ...]:
        weight, bias = self.in_proj_weight, self.in_proj_bias
        if weight is not None and query is key and key is value:
            return F.linear(query, weight, bias).chunk(3, -1)
        biases = (None,) * 3 if bias is None else bias.chunk(3)
        weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight) if weight is None else weight.chunk(3)
        return tuple(F.linear(*parts) for parts in zip((query, key, value), weights, biases, strict=True))

    def _split_heads(self, x: Tensor) -> Tensor:
        x = x.unflatten(-1, (self.num_heads, self.head_dim))
        return x.transpose(1, 2) if self.batch_first else x.permute(1, 2, 0, 3)

    def _masks(self, pairs: Tensor | None, padding: Tensor | None, q: Tensor, k: Tensor) -> tuple[Tensor | None, ...]:
        """Return what is added to the scores (n, heads, l, s): for pairs of query and key, and for keys."""
        time, batch = (1, 0) if self.batch_first else (0, 1)
        n, length, keys = q.shape[batch], q.shape[time], k.shape[time]
        if k.shape[batch] != n:
            raise RuntimeError(f"MultiheadAttention: query has a batch of {n}, but key and value of {k.shape[batch]}")
        if pairs is not None:
            if pairs.shape not in ((length, keys), (n * self.num_heads, length, keys)):
                raise RuntimeError(
                    f"The shape of the {pairs.ndim}D attn_mask is {pairs.shape}, but should be {(length, keys)} or "
                    f"{(n * self.num_heads, length, keys)}."
                )
            pairs = added(pairs, q.dtype)
            pairs = pairs if pairs.ndim == 2 else pairs.unflatten(0, (n, self.num_heads))
        if padding is not None:
            if padding.shape != (n, keys):
                raise RuntimeError(f"The shape of key_padding_mask is {padding.shape}, but should be {(n, keys)}.")
            padding = added(padding, q.dtype)[:, None, None, :]
        return pairs, padding

    def _with_extra_keys(
        self, k: Tensor, v: Tensor, masks: tuple[Tensor | None, ...]
    ) -> tuple[Tensor, Tensor, tuple[Tensor | None, ...]]:
        """Return keys, values and masks with the learned key and value, and those of zeros, at their ends."""
        time, batch = (1, 0) if self.batch_first else (0, 1)
        extras: list[tuple[Any, Any]] = [] if self.bias_k is None else [(self.bias_k, self.bias_v)]
        if self.add_zero_attn:
            extras.append((wrap(np.zeros((1, 1, self.embed_dim), k.dtype)),) * 2)
        for more_k, more_v in extras:
            size = [1, 1, self.embed_dim]
            size[batch] = k.shape[batch]
            k, v = cat([k, more_k.expand(size)], time), cat([v, more_v.expand(size)], time)
            masks = tuple(None if mask is None else F.pad(mask, (0, 1)) for mask in masks)
        return k, v, masks


def added(mask: Tensor, dtype: np.dtype) -> Tensor:
    """Return what a mask adds to the scores: -inf where it is True; a mask of numbers is added as it is."""
    if mask.dtype.kind not in "bf":
        raise TypeError(f"only bool and floating types of masks are supported, got {mask.dtype}")
    return wrap(np.where(mask._data, -np.inf, 0).astype(dtype)) if mask.dtype.kind == "b" else mask
