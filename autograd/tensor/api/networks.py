"""Activations, normalizations and attention under PyTorch's names and with its arguments."""

import math
from collections.abc import Sequence

import numpy as np

from autograd.tensor.api.creation import rng_of
from autograd.tensor.api.elementwise import masked_fill
from autograd.tensor.api.grad_mode import no_grad
from autograd.tensor.api.indexing import repeat_interleave
from autograd.tensor.api.shapes import reshape
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.table.elementwise import mul, plus, rsqrt
from autograd.tensor.table.networks import attention, normal_gelu, normalized, scaled, tanh_gelu


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """Return x Φ(x), Φ the normal distribution's chance of less than x; with "tanh", an approximation of it."""
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    return (normal_gelu if approximate == "none" else tanh_gelu)(input)


def last_axes(input: Tensor, shape: Sequence[int], op: str) -> tuple[int, ...]:
    if tuple(input.shape[input.ndim - len(shape) :]) != tuple(shape):
        raise RuntimeError(
            f"{op}: Given normalized_shape={list(shape)}, expected input to end in it, got {input.shape}"
        )
    return tuple(range(input.ndim - len(shape), input.ndim))


def layer_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Return input with mean 0 and variance 1 over its last dimensions, which are `normalized_shape`, times w plus b.

    Source: Ba et al. 2016, "Layer normalization".
    """
    axes = last_axes(input, normalized_shape, "layer_norm")
    return normalized(input, weight, bias, axes=axes, eps=eps, center=True)


def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Return input divided by the root of its mean square over the last dimensions, times w.

    Source: Zhang & Sennrich 2019, "Root mean square layer normalization".
    """
    axes = last_axes(input, normalized_shape, "rms_norm")
    eps = float(np.finfo(input.dtype).eps) if eps is None else eps
    return normalized(input, weight, None, axes=axes, eps=eps, center=False)


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Return input (n, channels, …) normalized over each group of channels, then times w plus b for each channel.

    Source: Wu & He 2018, "Group normalization".
    """
    n, channels = input.shape[:2]
    if channels % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape {input.shape} "
            f"and num_groups={num_groups}"
        )
    each = channels // num_groups * math.prod(input.shape[2:])
    y = normalized(reshape(input, (n, num_groups, each)), None, None, axes=(2,), eps=eps, center=True)
    return scaled(reshape(y, input.shape), *(per_channel(p, input.ndim) for p in (weight, bias)))


def per_channel(parameter: Tensor | None, ndim: int) -> Tensor | None:
    return None if parameter is None else reshape(parameter, (1, -1, *[1] * (ndim - 2)))


def batch_norm(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | None = None,
    bias: Tensor | None = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Return input (n, channels, …) with mean 0 and variance 1 for each channel, times w plus b.

    In training mean and variance are those of the batch, and move the running ones by `momentum`; else they are the
    running ones. Source: Ioffe & Szegedy 2015, "Batch normalization".
    """
    w, b = (per_channel(p, input.ndim) for p in (weight, bias))
    if not training and (running_mean is None or running_var is None):
        raise RuntimeError("batch_norm: expected running_mean and running_var to be tensors when training=False")
    if not training:
        scale = rsqrt(plus(per_channel(running_var, input.ndim), eps))
        return scaled(mul(plus(input, mul(per_channel(running_mean, input.ndim), -1)), scale), w, b)
    axes = (0, *range(2, input.ndim))
    n = math.prod(input.shape[a] for a in axes)
    if n <= 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.shape}")
    if running_mean is not None:
        with no_grad():
            running_mean.copy_(running_mean * (1 - momentum) + input.mean(axes) * momentum)
            running_var.copy_(running_var * (1 - momentum) + input.var(axes) * momentum)
    return normalized(input, w, b, axes=axes, eps=eps, center=True)


def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: float = 0.0,
    is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    """Return softmax(q kᵀ scale + mask) v: each query's mean of the values, weighted by how well the keys fit.

    Shapes: query (…, l, d), key (…, s, d), value (…, s, e) give (…, l, e); scale is 1 / √d if not given. A mask
    (…, l, s) is True where a key takes part, or is added to the scores; `is_causal` lets query i see the keys 0 … i.
    A query that may see no key gets 0. With `enable_gqa` several heads (dimension -3) of queries share one of keys.
    Source: Vaswani et al. 2017, "Attention is all you need", eq. 1.
    """
    if enable_gqa:
        if query.shape[-3] % key.shape[-3]:
            raise RuntimeError("Number of heads in key and value must divide the number of heads in query")
        key, value = (repeat_interleave(x, query.shape[-3] // x.shape[-3], -3) for x in (key, value))
    scale = 1 / math.sqrt(query.shape[-1] or 1) if scale is None else scale
    length, keys = query.shape[-2], key.shape[-2]
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    mask, kept = attn_mask, None
    if is_causal:
        mask = wrap(np.triu(np.full((length, keys), -np.inf, query.dtype), 1))
    elif mask is not None:
        if mask.dtype.kind == "b":
            mask = wrap(np.where(mask._data, 0, -np.inf).astype(query.dtype))
        blind = np.maximum.reduce(mask._data, -1, keepdims=True, initial=-np.inf) == -np.inf
        if blind.any():
            mask, kept = masked_fill(mask, wrap(blind), 0), (~blind).astype(query.dtype)
    if dropout_p:
        shape = (*np.broadcast_shapes(query.shape[:-2], key.shape[:-2]), length, keys)
        drawn = ((rng_of(None).random(shape) >= dropout_p) / (1 - dropout_p)).astype(query.dtype)
        kept = drawn if kept is None else drawn * kept
    return attention(query, key, value, mask, scale=scale, kept=kept)
