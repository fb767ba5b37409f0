"""Operations of networks that are worth a kernel of their own: gelu, normalization, attention.

Each has a definition in terms of the table, which serves higher derivatives and says what the kernel computes.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.tensor.creation import rng_of
from autograd.tensor.derivatives.elementwise import erf, masked_fill, mul, plus, rsqrt, square, tanh
from autograd.tensor.derivatives.indexing import repeat_interleave
from autograd.tensor.derivatives.linalg import matmul, transposed
from autograd.tensor.derivatives.reductions import mean, softmax, softmax_of, summed
from autograd.tensor.derivatives.shapes import reshape
from autograd.tensor.derivatives.special import erf_of
from autograd.tensor.engine import Tensor, wrap
from autograd.tensor.grad_mode import no_grad
from autograd.tensor.primitives import fused

ROOT_2, ROOT_2_PI = math.sqrt(2), math.sqrt(2 * math.pi)
CUBIC = 0.044715  # of the tanh form of gelu: Hendrycks & Gimpel 2016, "Gaussian error linear units"


def exact_gelu(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    below = erf_of(x * (1 / ROOT_2))  # twice the chance that a normal number is below x, minus 1
    below = np.asarray(below)
    below += 1
    below *= 0.5
    return x * below, below


def exact_gelu_backward(g: Any, saved: np.ndarray, x: np.ndarray) -> tuple[np.ndarray]:
    slope = np.asarray(np.exp(-0.5 * (x * x)))
    slope *= x
    slope *= 1 / ROOT_2_PI
    slope += saved
    slope *= g
    return (slope,)


normal_gelu = fused(
    exact_gelu, exact_gelu_backward, lambda x: mul(mul(x, 0.5), plus(erf(mul(x, 1 / ROOT_2)), 1)), name="gelu"
)


def tanh_gelu_of(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    t = np.asarray(x * x)
    t *= CUBIC
    t += 1
    t *= x
    t *= 2 / ROOT_2_PI
    np.tanh(t, out=t)
    y = np.asarray(t + 1)
    y *= x
    y *= 0.5
    return y, t


def tanh_gelu_backward(g: Any, saved: np.ndarray, x: np.ndarray) -> tuple[np.ndarray]:
    slope = np.asarray(x * x)
    slope *= 3 * CUBIC
    slope += 1
    slope *= x
    slope *= 2 / ROOT_2_PI
    slope *= 1 - saved * saved
    slope += saved
    slope += 1
    slope *= 0.5
    slope *= g
    return (slope,)


def tanh_gelu_definition(x: Tensor) -> Tensor:
    return mul(mul(x, 0.5), plus(tanh(mul(mul(x, 2 / ROOT_2_PI), plus(mul(square(x), CUBIC), 1))), 1))


tanh_gelu = fused(tanh_gelu_of, tanh_gelu_backward, tanh_gelu_definition, name="gelu")


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """Return x Φ(x), Φ the normal distribution's chance of less than x; with "tanh", an approximation of it."""
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    return (normal_gelu if approximate == "none" else tanh_gelu)(input)


# --- normalization: x̂ = (x - mean) / sqrt(variance + eps) over some axes, then w x̂ + b ---


def summed_over(axes: tuple[int, ...], *factors: np.ndarray) -> np.ndarray:
    """Return the sum of an array, or of a product, over axes, which are kept; einsum makes no product in between."""
    shape = factors[0].shape
    if len(factors) == 1 and axes == (len(shape) - 1,):
        return summed(factors[0], -1, True)
    letters = "abcdefgh"[: len(shape)]
    out = "".join(c for i, c in enumerate(letters) if i not in axes)
    y = np.einsum(f"{','.join([letters] * len(factors))}->{out}", *factors)
    return y.reshape([1 if i in axes else n for i, n in enumerate(shape)])


def normalize_axes(
    x: np.ndarray, w: Any, b: Any, axes: tuple[int, ...], eps: float, center: bool
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    n = math.prod(x.shape[a] for a in axes)
    standard = x - summed_over(axes, x) / n if center else x
    scale = 1 / np.sqrt(summed_over(axes, standard, standard) / n + eps)
    standard = np.multiply(standard, scale, out=standard if center else None)
    y = standard * w if w is not None else standard.copy() if b is None else standard  # `standard` is kept: no alias
    if b is not None:
        y = y + b if w is None else np.add(y, b, out=y)
    return y, (standard, scale)


def normalize_axes_backward(
    g: np.ndarray, saved: Any, wanted: Any, x: Any, w: Any, axes: Any, center: bool
) -> tuple[Any, Any, Any]:
    standard, scale = saved
    n = math.prod(x.shape[a] for a in axes)
    slope = None
    if wanted[0]:
        g_standard = g if w is None else g * w
        slope = standard * (summed_over(axes, g_standard, standard) / -n)
        slope += g_standard
        if center:
            slope -= summed_over(axes, g_standard) / n
        slope *= scale
    over = () if w is None else tuple(i for i in range(g.ndim) if i < g.ndim - w.ndim or w.shape[i - g.ndim] == 1)
    w_slope = summed_over(over, g, standard).reshape(w.shape) if wanted[1] else None
    return slope, w_slope, g if wanted[2] else None


def normalize_axes_definition(x: Tensor, w: Any, b: Any, axes: Any, eps: float, center: bool) -> Tensor:
    standard = plus(x, mul(mean(x, axes, keepdim=True), -1)) if center else x
    return scaled(mul(standard, rsqrt(plus(mean(square(standard), axes, keepdim=True), eps))), w, b)


def scaled(x: Tensor, w: Any, b: Any) -> Tensor:
    x = x if w is None else mul(x, w)
    return x if b is None else plus(x, b)


normalized = fused(normalize_axes, normalize_axes_backward, normalize_axes_definition, name="normalize")


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


# --- attention ---


def attend(
    q: np.ndarray, k: np.ndarray, v: np.ndarray, mask: Any, scale: float, kept: Any
) -> tuple[np.ndarray, np.ndarray]:
    scores = np.matmul(q * scale, transposed(k))
    if mask is not None:
        scores += mask
    p = softmax_of(scores, -1, out=scores)
    y = np.empty_like(q, shape=(*scores.shape[:-1], v.shape[-1]))  # in q's order, so that heads are joined for nothing
    return np.matmul(p if kept is None else p * kept, v, out=y), p


def attend_backward(
    g: np.ndarray, saved: np.ndarray, wanted: Any, q: Any, k: Any, v: Any, scale: float, kept: Any
) -> tuple[Any, Any, Any, Any]:
    p = saved
    g_p = np.matmul(g, transposed(v))
    if kept is not None:
        g_p *= kept
    g_v = np.matmul(transposed(p if kept is None else p * kept), g) if wanted[2] else None
    g_p -= np.einsum("...i,...i->...", g_p, p)[..., None]
    g_p *= p
    g_q = np.matmul(g_p, k, out=np.empty_like(q)) if wanted[0] else None
    g_k = np.matmul(transposed(g_p), q, out=np.empty_like(k)) if wanted[1] else None
    for part in (g_q, g_k):
        if part is not None:
            part *= scale
    return g_q, g_k, g_v, g_p if wanted[3] else None


def attend_definition(q: Tensor, k: Tensor, v: Tensor, mask: Any, scale: float, kept: Any) -> Tensor:
    scores = matmul(mul(q, scale), transposed(k))
    p = softmax(scores if mask is None else plus(scores, mask), -1)
    return matmul(p if kept is None else mul(p, wrap(kept)), v)


attention = fused(attend, attend_backward, attend_definition, name="scaled_dot_product_attention")


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
