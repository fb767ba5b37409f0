"""From many numbers to one: sums, means, extrema, norms, and what is computed along a dimension."""

import math
from typing import Any

import numpy as np

from autograd.tensor import dtypes
from autograd.tensor.derivatives.elementwise import abs, masked, over, sign
from autograd.tensor.derivatives.forms import Dims, along, axes, axis_too, derivative, floating, widened
from autograd.tensor.derivatives.shapes import cast
from autograd.tensor.engine import Tensor, wrap
from autograd.tensor.primitives import primitive


def restored(g: Any, shape: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
    """Return the gradient of a reduced result with the reduced dimensions back, of length 1."""
    if keepdim:
        return g
    dims = range(len(shape)) if dim is None else dim if isinstance(dim, tuple) else (dim,)
    return np.reshape(g, tuple(1 if i in dims else n for i, n in enumerate(shape)))


def spread(g: Any, shape: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
    """Return the gradient of a reduced result, repeated over what was reduced."""
    return np.broadcast_to(restored(g, shape, dim, keepdim), shape)


def summed(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    # Short rows are summed by a product with ones: np.sum sets up a loop for each, and is 3 to 9 times slower.
    if x.size > 1000 > x.shape[-1] and axis in (-1, x.ndim - 1) and x.dtype.char in "fd" and x.flags.c_contiguous:
        y = x.reshape(-1, x.shape[-1]).dot(np.ones(x.shape[-1], x.dtype))
        return y.reshape(*x.shape[:-1], 1) if keepdims else y.reshape(x.shape[:-1])
    return np.add.reduce(x, axis=axis, keepdims=keepdims)


def inner(a: Any, b: Any, axis: int) -> Any:
    """Return the sum of a * b along an axis, which is kept with length 1."""
    if axis in (-1, a.ndim - 1) and isinstance(a, np.ndarray):
        return np.einsum("...i,...i->...", a, b)[..., None]
    return np.sum(a * b, axis=axis, keepdims=True)


def shifted(x: np.ndarray, axis: int) -> np.ndarray:
    """Return x minus its largest number along an axis, which changes no softmax and keeps exp from overflowing."""
    return x - np.maximum.reduce(x, axis=axis, keepdims=True) if x.size else x


def softmax_of(x: np.ndarray, axis: int, out: np.ndarray | None = None) -> np.ndarray:
    y = np.asarray(np.subtract(x, np.maximum.reduce(x, axis=axis, keepdims=True), out=out)) if x.size else x.copy()
    np.exp(y, out=y)
    y /= summed(y, axis, True)
    return y


def log_softmax_of(x: np.ndarray, axis: int) -> np.ndarray:
    y = shifted(x, axis)
    return y - np.log(summed(np.exp(y), axis, True))


def ratio(shape: tuple[int, ...], reduced: tuple[int, ...]) -> float:
    return math.prod(shape) / max(math.prod(reduced), 1)


def shared(g: Any, winners: Any, axis: Any) -> Any:
    """Return g divided equally among the numbers that reached the extremum."""
    count = np.sum(winners, axis=axis, keepdims=True)
    return masked(np.broadcast_to(g / cast(count, dtype=g.dtype), winners.shape), winners)


def slope_of_extremum(g: Any, y: Any, x: Any, dim: Any, keepdim: bool) -> Any:
    winners = (x == restored(y, x.shape, dim, keepdim)) | (x != x)  # nan wins, and is not equal to itself
    return shared(restored(g, x.shape, dim, keepdim), winners, dim)


def others(x: Any, axis: int | None) -> Any:
    """Return for each number the product of all the others, exact also where some are 0."""
    if axis is None:
        return np.reshape(others(np.reshape(x, -1), 0), x.shape)
    ahead = before(np.cumprod(x, axis=axis), axis)
    behind = np.flip(before(np.cumprod(np.flip(x, axis), axis=axis), axis), axis)
    return ahead * behind


def before(products: Any, axis: int) -> Any:
    """Return running products shifted by one: the first is the empty product, 1."""
    products = np.moveaxis(products, axis, 0)
    return np.moveaxis(np.concatenate([np.ones_like(products[:1]), products[:-1]]), 0, axis)


def slope_of_cumprod(g: Any, y: Any, x: Any, dim: int) -> Any:
    """The product of what came before, times s, where s_k = g_k + x_(k+1) s_(k+1) adds up what comes after."""
    if not x.shape or not x.shape[dim]:
        return g
    g, y, x = (np.moveaxis(a, dim, 0) for a in (g, y, x))
    sums = [g[-1]]
    for k in range(len(x) - 2, -1, -1):
        sums.append(g[k] + x[k + 1] * sums[-1])
    return np.moveaxis(before(y, 0) * np.stack(sums[::-1]), 0, dim)


def one_axis(input: Any, dim: int | None, op: str) -> int | None:
    if isinstance(dim, list | tuple):
        raise TypeError(f"{op}(): argument 'dim' must be int, not {type(dim).__name__}")
    return axes(input, dim, op)


def extremum(find: Any, dim: Dims, keepdim: bool) -> Any:
    try:
        return find(axis=dim, keepdims=keepdim)
    except ValueError:
        if dim is None:
            raise
        raise IndexError(f"Expected reduction dim {dim} to have non-zero size") from None


@derivative(lambda g, y, x, dim, keepdim: spread(g, x.shape, dim, keepdim), dim=axes, ready=widened)
def sum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the sum over `dim` (all dimensions if None); booleans and integers are added as int64."""
    return summed(input, dim, keepdim) if input.size > 1000 else np.add.reduce(input, axis=dim, keepdims=keepdim)


@derivative(
    lambda g, y, x, dim, keepdim: spread(g / ratio(x.shape, g.shape), x.shape, dim, keepdim), dim=axes, ready=floating
)
def mean(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the mean over `dim` of floating point numbers."""
    return input.mean(axis=dim, keepdims=keepdim)


@derivative(
    lambda g, y, x, dim, keepdim: restored(g, x.shape, dim, keepdim) * others(x, dim), dim=one_axis, ready=widened
)
def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the product over one dimension, or of all numbers."""
    return input.prod(axis=dim, keepdims=keepdim)


@derivative(slope_of_extremum, dim=axes)
def amax(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Return the largest numbers over `dim`; the gradient is shared equally among ties."""
    return extremum(input.max, dim, keepdim)


@derivative(slope_of_extremum, dim=axes)
def amin(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Return the smallest numbers over `dim`; the gradient is shared equally among ties."""
    return extremum(input.min, dim, keepdim)


@derivative(lambda g, y, x, dim, keepdim: (
    restored(g, x.shape, dim, keepdim) * np.exp(x - restored(y, x.shape, dim, keepdim))
), dim=axes)  # fmt: skip
def logsumexp(input: Tensor, dim: Dims, keepdim: bool = False) -> Tensor:
    """Return log(sum(exp(x))) over `dim`, for x of any size."""
    input = input if input.dtype.kind == "f" else input.astype(dtypes.get_default_dtype())
    top = np.max(input, axis=dim, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    y = np.log(np.sum(np.exp(input - top), axis=dim, keepdims=True)) + top
    return y if keepdim else np.squeeze(y, axis=dim)


@derivative(lambda g, y, x, dim: y * (g - inner(g, y, dim)), dim=along, ready=floating)
def softmax(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """Return exp(x) / sum(exp(x)) along `dim`, for x of any size."""
    return softmax_of(input, dim)


@derivative(lambda g, y, x, dim: g - np.exp(y) * np.sum(g, axis=dim, keepdims=True), dim=along, ready=floating)
def log_softmax(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """Return x - log(sum(exp(x))) along `dim`, for x of any size."""
    return log_softmax_of(input, dim)


@derivative(
    lambda g, y, x, dim: np.flip(np.cumsum(np.flip(g, dim), axis=dim), dim) if x.ndim else g, dim=along, ready=widened
)
def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """Return the running sum along `dim`."""
    return input.cumsum(axis=dim).reshape(input.shape)


@derivative(slope_of_cumprod, dim=along, ready=widened)
def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """Return the running product along `dim`."""
    return input.cumprod(axis=dim).reshape(input.shape)


median_of_all = primitive(
    lambda x: np.sort(x, axis=None)[(x.size - 1) // 2] if x.size and not np.isnan(x).any() else x.dtype.type(math.nan),
    lambda g, y, x: slope_of_extremum(g, y, x, None, False),
    name="median",
)
variance = primitive(
    lambda x, dim, keepdim, correction: x.var(axis=dim, ddof=correction, keepdims=keepdim),
    lambda g, y, x, dim, keepdim, correction: 2 * spread_about_mean(g, x, dim, keepdim, correction),
    name="var",
)
deviation = primitive(
    lambda x, dim, keepdim, correction: x.std(axis=dim, ddof=correction, keepdims=keepdim),
    lambda g, y, x, dim, keepdim, correction: spread_about_mean(g * over(y), x, dim, keepdim, correction),
    name="std",
)
power_norm = primitive(
    lambda x, dim, keepdim, p: np.sum(np.abs(x) ** p, axis=dim, keepdims=keepdim) ** (1 / p),
    lambda g, y, x, dim, keepdim, p: (
        restored(g * over(y ** (p - 1)), x.shape, dim, keepdim) * (np.sign(x) * masked(np.abs(x) ** (p - 1), x != 0))
    ),
    name="norm",
)
euclidean_norm = primitive(
    lambda x, dim, keepdim: np.sqrt(np.sum(x * x, axis=dim, keepdims=keepdim)),
    lambda g, y, x, dim, keepdim: restored(g * over(y), x.shape, dim, keepdim) * x,
    name="norm",
)


def spread_about_mean(g: Any, x: Any, dim: Any, keepdim: bool, correction: float) -> Any:
    n = math.prod(x.shape) if dim is None else math.prod(x.shape[d] for d in np.atleast_1d(dim))
    scale = 1 / (n - correction) if n > correction else math.nan
    return restored(g, x.shape, dim, keepdim) * (x - np.mean(x, axis=dim, keepdims=True)) * scale


@axis_too
def var(
    input: Tensor, dim: Dims = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
) -> Tensor:
    """Return the mean squared distance from the mean, divided by n - correction (1, or 0 if not `unbiased`)."""
    return about_mean(variance, input, dim, unbiased, keepdim, correction)


@axis_too
def std(
    input: Tensor, dim: Dims = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
) -> Tensor:
    """Return the square root of the variance; where that is 0 the slope is 0."""
    return about_mean(deviation, input, dim, unbiased, keepdim, correction)


def about_mean(entry: Any, input: Tensor, dim: Dims, unbiased: bool, keepdim: bool, correction: float | None) -> Tensor:
    if isinstance(dim, bool):  # var(input, unbiased)
        dim, unbiased = None, dim
    dim, correction = axes(input, dim, entry.__name__), int(unbiased) if correction is None else correction
    return entry(floating(input, None, entry.__name__), dim=dim, keepdim=keepdim, correction=correction)


@axis_too
def norm(input: Tensor, p: Any = 2, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return (sum |x|**p)**(1/p) over `dim`; the largest |x| for p = inf. At 0 the slope is 0."""
    input = floating(input, dtype, "norm")
    dims = axes(input, dim, "norm")
    if p in (None, "fro", 2):
        return euclidean_norm(input, dim=dims, keepdim=keepdim)
    if p in (math.inf, -math.inf):
        return (amax if p > 0 else amin)(abs(input), dim, keepdim)
    if p in (0, 1):
        return sum(abs(input) if p else sign(abs(input)), dim, keepdim)
    return power_norm(input, dim=dims, keepdim=keepdim, p=float(p))


@axis_too
def any(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Return whether any number is not 0."""
    return wrap(np.any(input._data, axis=axes(input, dim, "any"), keepdims=keepdim))


@axis_too
def all(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Return whether no number is 0."""
    return wrap(np.all(input._data, axis=axes(input, dim, "all"), keepdims=keepdim))
