"""From many numbers to one: sums, means, extrema, norms, and what is computed along a dimension."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.tensor import dtypes
from autograd.tensor.derivatives.elementwise import abs, masked, sign
from autograd.tensor.derivatives.shapes import cast, squeezed
from autograd.tensor.engine import Tensor, wrap
from autograd.tensor.primitives import primitive

Dims = int | Sequence[int] | None


def restored(g: Any, shape: tuple[int, ...], axis: Any, keepdims: bool) -> Any:
    """Return the gradient of a reduced result with the reduced dimensions back, of length 1."""
    if keepdims:
        return g
    dims = range(len(shape)) if axis is None else [a % len(shape) for a in np.atleast_1d(axis)] if shape else []
    return np.reshape(g, tuple(1 if i in dims else n for i, n in enumerate(shape)))


def spread(g: Any, shape: tuple[int, ...], axis: Any, keepdims: bool) -> Any:
    """Return the gradient of a reduced result, repeated over what was reduced."""
    return np.broadcast_to(restored(g, shape, axis, keepdims), shape)


def summed(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    # Short rows are summed by a product with ones: np.sum sets up a loop for each, and is 3 to 9 times slower.
    if axis == -1 and x.ndim > 1 and x.size > 1000 > x.shape[-1] and x.dtype.char in "fd" and x.flags.c_contiguous:
        y = x.reshape(-1, x.shape[-1]).dot(np.ones(x.shape[-1], x.dtype))
        return y.reshape(*x.shape[:-1], 1) if keepdims else y.reshape(x.shape[:-1])
    return np.add.reduce(x, axis=axis, keepdims=keepdims)


def inner(a: Any, b: Any, axis: int) -> Any:
    """Return the sum of a * b along an axis, which is kept with length 1."""
    if axis == -1 and isinstance(a, np.ndarray):
        return np.einsum("...i,...i->...", a, b)[..., None]
    return np.sum(a * b, axis=axis, keepdims=True)


def shifted(x: np.ndarray, axis: int) -> np.ndarray:
    """Return x minus its largest number along an axis, which changes no softmax and keeps exp from overflowing."""
    return x - np.maximum.reduce(x, axis=axis, keepdims=True) if x.size else x


def softmax_of(x: np.ndarray, axis: int, out: np.ndarray | None = None) -> np.ndarray:
    y = np.subtract(x, np.maximum.reduce(x, axis=axis, keepdims=True), out=out) if x.size else x.copy()
    np.exp(y, out=y)
    y /= summed(y, axis, True)
    return y


def log_softmax_of(x: np.ndarray, axis: int) -> np.ndarray:
    y = shifted(x, axis)
    return y - np.log(summed(np.exp(y), axis, True))


def logsumexp_of(x: np.ndarray, axis: Any, keepdims: bool) -> np.ndarray:
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    y = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return y if keepdims else np.squeeze(y, axis=axis)


total = primitive(
    summed,
    lambda g, y, x, axis=None, keepdims=False: spread(g, x.shape, axis, keepdims),
    name="sum",
    numpy=np.sum,
)
average = primitive(
    np.mean,
    lambda g, y, x, axis=None, keepdims=False: spread(g / ratio(x.shape, g.shape), x.shape, axis, keepdims),
    name="mean",
)
extremum = {
    name: primitive(
        function,
        lambda g, y, x, axis=None, keepdims=False: shared(
            restored(g, x.shape, axis, keepdims), x == restored(y, x.shape, axis, keepdims), axis
        ),
        name=name,
    )
    for name, function in (("amax", np.max), ("amin", np.min))
}
middle = primitive(
    lambda x: x.max() if np.isnan(x).any() else np.sort(x, axis=None)[(x.size - 1) // 2],
    lambda g, y, x: shared(g, (x == y) | ((x != x) & (y != y)), None),  # nan is not equal to itself
    name="median",
)
product = primitive(
    np.prod,
    lambda g, y, x, axis=None, keepdims=False: restored(g, x.shape, axis, keepdims) * others(x, axis),
    name="prod",
)
log_total = primitive(
    logsumexp_of,
    lambda g, y, x, axis, keepdims: (
        restored(g, x.shape, axis, keepdims) * np.exp(x - restored(y, x.shape, axis, keepdims))
    ),
    name="logsumexp",
)
soften = primitive(softmax_of, lambda g, y, x, axis: y * (g - inner(g, y, axis)), name="softmax")
log_soften = primitive(
    log_softmax_of, lambda g, y, x, axis: g - np.exp(y) * np.sum(g, axis=axis, keepdims=True), name="log_softmax"
)
running_sum = primitive(
    np.cumsum, lambda g, y, x, axis: np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis), name="cumsum"
)


def ratio(shape: tuple[int, ...], reduced: tuple[int, ...]) -> float:
    return math.prod(shape) / max(math.prod(reduced), 1)


def shared(g: Any, winners: Any, axis: Any) -> Any:
    """Return g divided equally among the numbers that reached the extremum."""
    count = np.sum(winners, axis=axis, keepdims=True)
    return masked(np.broadcast_to(g / cast(count, dtype=g.dtype), winners.shape), winners)


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


def running_product_slope(g: Any, y: Any, x: Any, axis: int) -> Any:
    """The product of what came before, times s, where s_k = g_k + x_(k+1) s_(k+1) adds up what comes after."""
    g, y, x = (np.moveaxis(a, axis, 0) for a in (g, y, x))
    if not len(x):
        return np.moveaxis(g, 0, axis)
    sums = [g[-1]]
    for k in range(len(x) - 2, -1, -1):
        sums.append(g[k] + x[k + 1] * sums[-1])
    return np.moveaxis(before(y, 0) * np.stack(sums[::-1]), 0, axis)


def over(y: Any) -> Any:
    """Return 1 / y, and 0 where y is 0: there the slope of a root of squares is taken as 0."""
    return masked(1 / y, y != 0)


def spread_about_mean(g: Any, x: Any, axis: Any, correction: float) -> Any:
    n = math.prod(x.shape) if axis is None else math.prod(x.shape[a] for a in np.atleast_1d(axis))
    return g * (x - np.mean(x, axis=axis, keepdims=True)) * (1 / (n - correction) if n > correction else math.nan)


running_product = primitive(np.cumprod, running_product_slope, name="cumprod")
variance = primitive(
    lambda x, axis, correction: np.var(x, axis=axis, ddof=correction, keepdims=True),
    lambda g, y, x, axis, correction: 2 * spread_about_mean(g, x, axis, correction),
    name="var",
)
deviation = primitive(
    lambda x, axis, correction: np.std(x, axis=axis, ddof=correction, keepdims=True),
    lambda g, y, x, axis, correction: spread_about_mean(g * over(y), x, axis, correction),
    name="std",
)
length = primitive(
    lambda x, axis: np.sqrt(np.sum(x * x, axis=axis, keepdims=True)), lambda g, y, x, axis: g * over(y) * x, name="norm"
)
power_length = primitive(
    lambda x, axis, p: np.sum(np.abs(x) ** p, axis=axis, keepdims=True) ** (1 / p),
    lambda g, y, x, axis, p: g * over(y ** (p - 1)) * (np.sign(x) * masked(np.abs(x) ** (p - 1), x != 0)),
    name="norm",
)


# --- under PyTorch's names ---


def axes(input: Tensor, dim: Dims, op: str) -> Any:
    """Return NumPy's axis for PyTorch's dim: None or () for all dimensions, each checked and given once."""
    if dim is None or isinstance(dim, list | tuple) and not len(dim):
        return None
    ndim = max(input.ndim, 1)
    dims = [int(d) for d in (dim if isinstance(dim, list | tuple) else [dim])]
    for d in dims:
        if not -ndim <= d < ndim:
            raise IndexError(
                f"{op}: Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but got {d})"
            )
    if len({d % ndim for d in dims}) < len(dims):
        raise RuntimeError(f"{op}: dim {dims[0]} appears multiple times in the list of dims")
    if input.ndim == 0:
        return None
    return dims[0] - ndim if not isinstance(dim, list | tuple) and dims[0] == ndim - 1 else (
        dims[0] if len(dims) == 1 else tuple(dims)
    )  # fmt: skip


def floating(input: Tensor, op: str) -> Tensor:
    if input.dtype.kind != "f":
        raise RuntimeError(
            f"{op}(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {dtypes.NAMES[input.dtype.name]}"
        )
    return input


def sum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the sum over `dim` (all dimensions if None); booleans and integers are added as int64."""
    if dtype is None and input.dtype.kind != "f":
        dtype = dtypes.int64
    return total(input if dtype is None else input.to(dtype), axis=axes(input, dim, "sum"), keepdims=keepdim)


def mean(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the mean over `dim` of floating point numbers."""
    input = floating(input if dtype is None else input.to(dtype), "mean")
    return average(input, axis=axes(input, dim, "mean"), keepdims=keepdim)


def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the product over one dimension, or of all numbers."""
    if dtype is None and input.dtype.kind != "f":
        dtype = dtypes.int64
    return product(input if dtype is None else input.to(dtype), axis=axes(input, dim, "prod"), keepdims=keepdim)


def amax(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Return the largest numbers over `dim`; the gradient is shared equally among ties."""
    return extremum["amax"](input, axis=axes(input, dim, "amax"), keepdims=keepdim)


def amin(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Return the smallest numbers over `dim`; the gradient is shared equally among ties."""
    return extremum["amin"](input, axis=axes(input, dim, "amin"), keepdims=keepdim)


def reduced(y: Tensor, input: Tensor, axis: Any, keepdim: bool) -> Tensor:
    """Return a result that kept its dimensions without them, unless they are wanted."""
    if keepdim:
        return y
    return squeezed(y, axis=tuple(range(input.ndim)) if axis is None else axis) if input.ndim else y


def var(
    input: Tensor, dim: Dims = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
) -> Tensor:
    """Return the mean squared distance from the mean, divided by n - correction (1, or 0 if not `unbiased`)."""
    return about_mean(variance, input, dim, unbiased, keepdim, correction)


def std(
    input: Tensor, dim: Dims = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
) -> Tensor:
    """Return the square root of the variance; where that is 0 the slope is 0."""
    return about_mean(deviation, input, dim, unbiased, keepdim, correction)


def about_mean(
    function: Any, input: Tensor, dim: Dims, unbiased: bool, keepdim: bool, correction: float | None
) -> Tensor:
    if isinstance(dim, bool):  # var(input, unbiased)
        dim, unbiased = None, dim
    axis = axes(floating(input, function.__name__), dim, function.__name__)
    y = function(input, axis=axis, correction=int(unbiased) if correction is None else correction)
    return reduced(y, input, axis, keepdim)


def norm(input: Tensor, p: Any = 2, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Return (sum |x|**p)**(1/p) over `dim`; the largest |x| for p = inf. At 0 the slope is 0."""
    axis = axes(floating(input, "norm"), dim, "norm")
    if p in (None, "fro", 2):
        y = length(input, axis=axis)
    elif p == 1:
        y = total(abs(input), axis=axis, keepdims=True)
    elif p in (math.inf, -math.inf):
        y = extremum["amax" if p > 0 else "amin"](abs(input), axis=axis, keepdims=True)
    elif p == 0:
        y = total(sign(abs(input)), axis=axis, keepdims=True)
    else:
        y = power_length(input, axis=axis, p=float(p))
    return reduced(y, input, axis, keepdim)


def logsumexp(input: Tensor, dim: Dims, keepdim: bool = False) -> Tensor:
    """Return log(sum(exp(x))) over `dim`, for x of any size."""
    return log_total(input, axis=axes(input, dim, "logsumexp"), keepdims=keepdim)


def softmax(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """Return exp(x) / sum(exp(x)) along `dim`, for x of any size."""
    return along(soften, input, dim, dtype)


def log_softmax(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """Return x - log(sum(exp(x))) along `dim`, for x of any size."""
    return along(log_soften, input, dim, dtype)


def along(function: Any, input: Tensor, dim: int | None, dtype: Any) -> Tensor:
    name = function.__name__
    if dim is None:
        raise TypeError(f"{name}() missing the argument dim: the dimension along which numbers belong together")
    input = input if dtype is None else input.to(dtype)
    if not input.ndim:
        return function(input.reshape(1), axis=axes(input.reshape(1), dim, name)).reshape(())
    return function(floating(input, name), axis=axes(input, dim, name))


def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """Return the running sum along `dim`."""
    return running(running_sum, input, dim, dtype)


def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """Return the running product along `dim`."""
    return running(running_product, input, dim, dtype)


def running(function: Any, input: Tensor, dim: int, dtype: Any) -> Tensor:
    dtype = dtypes.int64 if dtype is None and input.dtype.kind != "f" else dtype
    input = input if dtype is None else input.to(dtype)
    axis = axes(input, dim, function.__name__)
    return function(input, axis=axis) if input.ndim else input.clone()


def any(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Return whether any number is not 0."""
    return wrap(np.any(input._data, axis=axes(input, dim, "any"), keepdims=keepdim))


def all(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Return whether no number is 0."""
    return wrap(np.all(input._data, axis=axes(input, dim, "all"), keepdims=keepdim))
