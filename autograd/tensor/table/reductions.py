"""From many numbers to one: sums, means, extrema, norms, and what is computed along a dimension."""

import math
from inspect import Parameter, Signature
from typing import Any

import numpy as np

from autograd.tensor.core.forms import Operation, primitive
from autograd.tensor.core.plans import Rule, names_read, picker
from autograd.tensor.table.elementwise import inverse_or_0, masked
from autograd.tensor.table.shapes import cast
from autograd.tensor.table.sums import summed


def reduction(rule: Rule) -> Rule:
    """Return a rule that is given the gradient and the output as with keepdim=True, so that both broadcast with x."""
    names = tuple(dict.fromkeys(("g", "like_x", "dim", "keepdim", *names_read(rule))))
    read = picker([names.index(name) for name in names_read(rule)])
    output = names.index("y") if "y" in names else None

    def apply(*values: Any) -> Any:
        g, x, dim, keepdim = values[:4]
        if not keepdim:
            dims = range(x.ndim) if dim is None else dim if isinstance(dim, tuple) else (dim,)
            shape = [1 if i in dims else n for i, n in enumerate(x.shape)]
            values = (g.reshape(shape), *values[1:])
            if output is not None:
                values = (*values[:output], values[output].reshape(shape), *values[output + 1 :])
        return rule(*read(list(values)))

    parameters = [Parameter(name, Parameter.POSITIONAL_ONLY) for name in names]
    apply.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    return apply


def count(shape: tuple[int, ...], reduced: tuple[int, ...]) -> int:
    """Return how many numbers each number of a reduced result was made of."""
    return math.prod(shape) // max(math.prod(reduced), 1)


def inner(a: Any, b: Any, axis: int) -> Any:
    """Return the sum of a * b along an axis, which is kept with length 1."""
    return summed(a, axis, True, times=b) if isinstance(a, np.ndarray) else sum(a * b, dim=axis, keepdim=True)


def in_doubles(accumulate: Any, x: np.ndarray, **axis: Any) -> Any:
    """Return numbers added or multiplied one after the other; in float64, because the rounding errors add up."""
    if x.dtype.kind != "f" or x.dtype == np.float64:
        return accumulate(x, **axis)
    with np.errstate(over="ignore"):
        return accumulate(x, dtype=np.float64, **axis).astype(x.dtype)


def shifted(x: np.ndarray, axis: int, out: np.ndarray | None = None) -> np.ndarray:
    """Return x minus its largest number along an axis, which changes no softmax and keeps exp from overflowing."""
    return np.subtract(x, np.maximum.reduce(x, axis=axis, keepdims=True), out=out) if x.size else x.copy()


def softmax_of(x: np.ndarray, axis: int, out: np.ndarray | None = None) -> np.ndarray:
    y: np.ndarray = np.asarray(shifted(x, axis, out))
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
    x = cast(x, dtype=np.dtype(np.float64))  # the engine gives the gradient the type of x
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


def mean_of(x: np.ndarray, dim: Any, keepdim: bool) -> Any:
    if x.dtype == np.float16:  # a sum may be larger than its largest number
        return mean_of(x.astype(np.float32), dim, keepdim).astype(x.dtype)
    y = summed(x, dim, keepdim)
    return y / x.dtype.type(x.size / y.size if y.size else 1)


def variance_of(x: np.ndarray, dim: Any, keepdim: bool, correction: float) -> Any:
    if x.dtype == np.float16:
        return variance_of(x.astype(np.float32), dim, keepdim, correction).astype(x.dtype)
    mean = mean_of(x, dim, True)
    y = x - mean
    n = x.size / mean.size if mean.size else 1
    return summed(y, dim, keepdim, times=y) / x.dtype.type(max(n - correction, 0))


def length_of(x: np.ndarray, dim: Any, keepdim: bool) -> Any:
    if x.dtype == np.float16:
        return length_of(x.astype(np.float32), dim, keepdim).astype(x.dtype)
    return np.sqrt(summed(x, dim, keepdim, times=x))


def log_sum_exp(x: np.ndarray, dim: Any, keepdim: bool) -> Any:
    top = np.max(x, axis=dim, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    y = np.log(summed(np.exp(x - top), dim, True)) + top
    return y if keepdim else np.squeeze(y, axis=dim)


def log_softmax_of(x: np.ndarray, dim: int) -> Any:
    y = shifted(x, dim)
    return y - np.log(summed(np.exp(y), dim, True))


sum = primitive(
    lambda x, dim, keepdim: summed(x, dim, keepdim),
    x=reduction(lambda g, like_x: np.broadcast_to(g, like_x.shape)),
    name="sum",
)
mean = primitive(
    mean_of,
    x=reduction(lambda g, like_x: np.broadcast_to(g / count(like_x.shape, g.shape), like_x.shape)),
    name="mean",
)
prod = primitive(
    lambda x, dim, keepdim: in_doubles(np.prod, np.asarray(x, order="C"), axis=dim, keepdims=keepdim),
    x=reduction(lambda g, x, dim: g * product_of_others(x, dim)),
    name="prod",
)
amax = primitive(
    lambda x, dim, keepdim: x.max(axis=dim, keepdims=keepdim),
    x=reduction(lambda g, y, x, dim: divided_among(g, winners(x, y), dim)),
    name="amax",
)
amin = primitive(
    lambda x, dim, keepdim: x.min(axis=dim, keepdims=keepdim),
    x=reduction(lambda g, y, x, dim: divided_among(g, winners(x, y), dim)),
    name="amin",
)
logsumexp = primitive(log_sum_exp, x=reduction(lambda g, y, x: g * np.exp(x - y)), name="logsumexp")
softmax = primitive(softmax_of, x=lambda g, y, axis: y * (g - inner(g, y, axis)), name="softmax")
log_softmax = primitive(
    log_softmax_of, x=lambda g, y, dim: g - np.exp(y) * sum(g, dim=dim, keepdim=True), name="log_softmax"
)
cumsum: Operation = primitive(
    lambda x, dim: in_doubles(np.cumsum, x, axis=dim).reshape(x.shape),
    x=lambda g, dim: np.flip(cumsum(np.flip(g, dim), dim=dim), dim) if g.ndim else g,
    name="cumsum",
)
cumprod = primitive(lambda x, dim: x.cumprod(axis=dim).reshape(x.shape), x=slope_of_cumprod, name="cumprod")
median_of_all = primitive(
    lambda x: np.sort(x, axis=None)[(x.size - 1) // 2] if x.size and not np.isnan(x).any() else x.dtype.type(math.nan),
    x=lambda g, y, x: divided_among(g, winners(x, y), None),
    name="median",
)
variance = primitive(
    variance_of,
    x=reduction(lambda g, x, dim, correction: 2 * g * distance_from_mean(x, dim, correction)),
    name="var",
)
deviation = primitive(
    lambda x, dim, keepdim, correction: np.sqrt(variance_of(x, dim, keepdim, correction)),
    x=reduction(lambda g, y, x, dim, correction: g * inverse_or_0(y, True) * distance_from_mean(x, dim, correction)),
    name="std",
)
power_norm = primitive(
    lambda x, dim, keepdim, p: summed(np.abs(x) ** p, dim, keepdim) ** (1 / p),
    x=reduction(lambda g, y, x, p: (
        g * inverse_or_0(y ** (p - 1), True) * (np.sign(x) * masked(np.abs(x) ** (p - 1), x != 0))
    )),
    name="norm",
)  # fmt: skip
euclidean_norm = primitive(
    length_of,
    x=reduction(lambda g, y, x: g * inverse_or_0(y) * x),
    name="norm",
)


def distance_from_mean(x: Any, dim: Any, correction: float) -> Any:
    """Return (x - mean) / (n - correction), or nan where n is not larger than the correction."""
    means = mean(x, dim=dim, keepdim=True)
    n = count(x.shape, means.shape)
    return (x - means) * (1 / (n - correction) if n > correction else math.nan)
