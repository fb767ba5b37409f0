"""Operations of networks that have a kernel for speed: gelu, normalization, attention.

Each has a definition in terms of the table, which serves higher derivatives and says what the kernel computes.
"""

import math
from typing import Any

import numpy as np

from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.table.elementwise import erf, mul, plus, rsqrt, square, tanh
from autograd.tensor.table.forms import fused
from autograd.tensor.table.kernels import erf_of
from autograd.tensor.table.linalg import matrix_product, transposed
from autograd.tensor.table.reductions import mean, softmax, softmax_of
from autograd.tensor.table.sums import summed

ROOT_2, ROOT_2_PI = math.sqrt(2), math.sqrt(2 * math.pi)
CUBIC = 0.044715  # of the tanh form of gelu: Hendrycks & Gimpel 2016, "Gaussian error linear units"


def exact_gelu(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    below = np.asarray(erf_of(x * (1 / ROOT_2)))  # twice the chance that a normal number is below x, minus 1
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


# --- normalization: x̂ = (x - mean) / sqrt(variance + eps) over some axes, then w x̂ + b ---


def normalize_axes(
    x: np.ndarray, w: Any, b: Any, axes: tuple[int, ...], eps: float, center: bool
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    n = math.prod(x.shape[a] for a in axes)
    standard = x - summed(x, axes, True) / n if center else x
    scale = 1 / np.sqrt(summed(standard, axes, True, times=standard) / n + eps)
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
        slope = standard * (summed(g_standard, axes, True, times=standard) / -n)
        slope += g_standard
        if center:
            slope -= summed(g_standard, axes, True) / n
        slope *= scale
    over = () if w is None else tuple(i for i in range(g.ndim) if i < g.ndim - w.ndim or w.shape[i - g.ndim] == 1)
    w_slope = summed(g, over, True, times=standard).reshape(w.shape) if wanted[1] else None
    return slope, w_slope, g if wanted[2] else None


def normalize_axes_definition(x: Tensor, w: Any, b: Any, axes: Any, eps: float, center: bool) -> Tensor:
    standard = plus(x, mul(mean(x, dim=axes, keepdim=True), -1)) if center else x
    return scaled(mul(standard, rsqrt(plus(mean(square(standard), dim=axes, keepdim=True), eps))), w, b)


def scaled(x: Tensor, w: Any, b: Any) -> Tensor:
    x = x if w is None else mul(x, w)
    return x if b is None else plus(x, b)


normalized = fused(normalize_axes, normalize_axes_backward, normalize_axes_definition, name="normalize")


# --- attention ---


def attend(
    q: np.ndarray, k: np.ndarray, v: np.ndarray, mask: Any, scale: float, kept: Any
) -> tuple[np.ndarray, np.ndarray]:
    scores = np.matmul(q * scale, transposed(k))
    if mask is not None:
        scores = np.add(scores, mask, out=scores if mask.ndim <= scores.ndim else None)
    p = softmax_of(scores, -1, out=scores)
    y = None
    if v.shape[:-2] == scores.shape[:-2]:
        y = np.empty_like(q, shape=(*scores.shape[:-1], v.shape[-1]))  # in q's order: heads are joined for nothing
    return np.matmul(p if kept is None else p * kept, v, out=y), p


def like_or_none(x: np.ndarray, scores: np.ndarray) -> np.ndarray | None:
    """Return room for a gradient of x in the order of x's memory, if x was not broadcast to the scores."""
    return np.empty_like(x) if x.shape[:-2] == scores.shape[:-2] else None


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
    g_q = np.matmul(g_p, k, out=like_or_none(q, g_p)) if wanted[0] else None
    g_k = np.matmul(transposed(g_p), q, out=like_or_none(k, g_p)) if wanted[1] else None
    for part in (g_q, g_k):
        if part is not None:
            part *= scale
    return g_q, g_k, g_v, g_p if wanted[3] else None


def attend_definition(q: Tensor, k: Tensor, v: Tensor, mask: Any, scale: float, kept: Any) -> Tensor:
    scores = matrix_product(mul(q, scale), transposed(k))
    p = softmax(scores if mask is None else plus(scores, mask), axis=-1)
    return matrix_product(p if kept is None else mul(p, wrap(kept)), v)


attention = fused(attend, attend_backward, attend_definition, name="scaled_dot_product_attention")
