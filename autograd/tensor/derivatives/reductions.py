"""From many numbers to one: sums, means, extrema, norms, and what is computed along a dimension."""

import math
from typing import Any

import numpy as np

from autograd.tensor import dtypes
from autograd.tensor.derivatives.elementwise import abs, inverse_or_0, masked, sign
from autograd.tensor.derivatives.forms import (
    Dims,
    along,
    axes,
    axis_too,
    derivative,
    floating,
    named,
    reduction,
    widened,
)
from autograd.tensor.derivatives.shapes import cast
from autograd.tensor.engine import Tensor, wrap
from autograd.tensor.primitives import primitive


def count(shape: tuple[int, ...], reduced: tuple[int, ...]) -> int:
    """Return how many numbers each number of a reduced result was made of."""
    return math.prod(shape) // max(math.prod(reduced), 1)


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


def divided_among(g: Any, mask: Any, axis: Any) -> Any:
    """Return g divided equally among the numbers that reached the extremum."""
    ties = np.sum(mask, axis=axis, keepdims=True)
    return masked(np.broadcast_to(g / cast(ties, dtype=g.dtype), mask.shape), mask)


def winners(x: Any, y: Any) -> Any:
    """Return where x reaches the extremum y; nan does, and is not equal to itself."""
    return (x == y) | (x != x)


def product_of_others(x: Any, axis: int | None) -> Any:
    """Return for each number the product of all the others, exact also where some are 0."""
    if axis is None:
        return np.reshape(product_of_others(np.reshape(x, -1), 0), x.shape)
    ahead = exclusive(np.cumprod(x, axis=axis), axis)
    behind = np.flip(exclusive(np.cumprod(np.flip(x, axis), axis=axis), axis), axis)
    return ahead * behind


def exclusive(products: Any, axis: int) -> Any:
    """Return running products without the number itself, as in an exclusive scan: the first is the empty product, 1."""
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
    return np.moveaxis(exclusive(y, 0) * np.stack(sums[::-1]), 0, dim)


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


# The VJPs of reductions get the gradient g and the output y as with keepdim=True: both broadcast with x.


@derivative(x=lambda g, like_x: np.broadcast_to(g, like_x.shape), dim=axes, ready=widened)
def sum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the sum over `dim` (all dimensions if None); booleans and integers are added as int64."""
    return summed(input, dim, keepdim)


@derivative(
    x=lambda g, like_x: np.broadcast_to(g / count(like_x.shape, g.shape), like_x.shape), dim=axes, ready=floating
)
def mean(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the mean over `dim` of floating point numbers."""
    return input.mean(axis=dim, keepdims=keepdim)


@derivative(x=lambda g, x, dim: g * product_of_others(x, dim), dim=one_axis, ready=widened)
def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the product over one dimension, or of all numbers."""
    return input.prod(axis=dim, keepdims=keepdim)


@derivative(x=lambda g, y, x, dim: divided_among(g, winners(x, y), dim), dim=axes)
def amax(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Return the largest numbers over `dim`; the gradient is shared equally among ties."""
    return extremum(input.max, dim, keepdim)


@derivative(x=lambda g, y, x, dim: divided_among(g, winners(x, y), dim), dim=axes)
def amin(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Return the smallest numbers over `dim`; the gradient is shared equally among ties."""
    return extremum(input.min, dim, keepdim)


@derivative(x=lambda g, y, x: g * np.exp(x - y), dim=axes)
def logsumexp(input: Tensor, dim: Dims, keepdim: bool = False) -> Tensor:
    """Return log(sum(exp(x))) over `dim`, for x of any size."""
    input = input if input.dtype.kind == "f" else input.astype(dtypes.get_default_dtype())
    top = np.max(input, axis=dim, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    y = np.log(np.sum(np.exp(input - top), axis=dim, keepdims=True)) + top
    return y if keepdim else np.squeeze(y, axis=dim)


@derivative(x=lambda g, y, dim: y * (g - inner(g, y, dim)), dim=along, ready=floating)
def softmax(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """Return exp(x) / sum(exp(x)) along `dim`, for x of any size."""
    return softmax_of(input, dim)


@derivative(x=lambda g, y, dim: g - np.exp(y) * np.sum(g, axis=dim, keepdims=True), dim=along, ready=floating)
def log_softmax(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """Return x - log(sum(exp(x))) along `dim`, for x of any size."""
    y = shifted(input, dim)
    return y - np.log(summed(np.exp(y), dim, True))


@derivative(
    x=lambda g, dim: np.flip(np.cumsum(np.flip(g, dim), axis=dim), dim) if g.ndim else g, dim=along, ready=widened
)
def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """Return the running sum along `dim`."""
    return input.cumsum(axis=dim).reshape(input.shape)


@derivative(x=slope_of_cumprod, dim=along, ready=widened)
def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """Return the running product along `dim`."""
    return input.cumprod(axis=dim).reshape(input.shape)


median_of_all = primitive(
    lambda x: np.sort(x, axis=None)[(x.size - 1) // 2] if x.size and not np.isnan(x).any() else x.dtype.type(math.nan),
    x=lambda g, y, x: divided_among(g, winners(x, y), None),
    name="median",
)
variance = primitive(
    lambda x, dim, keepdim, correction: x.var(axis=dim, ddof=correction, keepdims=keepdim),
    x=reduction(lambda g, x, dim, correction: 2 * g * distance_from_mean(x, dim, correction)),
    name="var",
)
deviation = primitive(
    lambda x, dim, keepdim, correction: x.std(axis=dim, ddof=correction, keepdims=keepdim),
    x=reduction(lambda g, y, x, dim, correction: g * inverse_or_0(y) * distance_from_mean(x, dim, correction)),
    name="std",
)
power_norm = primitive(
    lambda x, dim, keepdim, p: np.sum(np.abs(x) ** p, axis=dim, keepdims=keepdim) ** (1 / p),
    x=reduction(lambda g, y, x, p: (
        g * inverse_or_0(y ** (p - 1)) * (np.sign(x) * masked(np.abs(x) ** (p - 1), x != 0))
    )),
    name="norm",
)  # fmt: skip
euclidean_norm = primitive(
    lambda x, dim, keepdim: np.sqrt(np.sum(x * x, axis=dim, keepdims=keepdim)),
    x=reduction(lambda g, y, x: g * inverse_or_0(y) * x),
    name="norm",
)


def distance_from_mean(x: Any, dim: Any, correction: float) -> Any:
    """Return x minus its mean, over how many numbers there are, less the correction."""
    mean = np.mean(x, axis=dim, keepdims=True)
    n = count(x.shape, mean.shape)
    return (x - mean) * (1 / (n - correction) if n > correction else math.nan)


def about_mean(entry: Any, what: str) -> Any:
    """Return var or std."""

    def function(
        input: Tensor, dim: Dims = None, unbiased: bool = True, keepdim: bool = False, *,
        correction: float | None = None,
    ) -> Tensor:  # fmt: skip
        if isinstance(dim, bool):  # var(input, unbiased)
            dim, unbiased = None, dim
        correction = int(unbiased) if correction is None else correction
        input, dims = floating(input, None, entry.__name__), axes(input, dim, entry.__name__)
        return entry(input, dim=dims, keepdim=keepdim, correction=correction)

    return axis_too(named(function, entry.__name__, f"Return {what}"))


var = about_mean(variance, "the mean squared distance from the mean: over n - correction (1; 0 if not `unbiased`).")
std = about_mean(deviation, "the square root of the variance; where that is 0 the slope is 0.")


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


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0) -> Tensor:
    """Return the p-norm of the difference of all pairs of rows: (…, n, d) and (…, m, d) give (…, n, m)."""
    return norm(x1.unsqueeze(-2) - x2.unsqueeze(-3), p, -1)
