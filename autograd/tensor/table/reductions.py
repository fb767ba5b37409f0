"""From many numbers to one: sums, means, extrema, norms, and what is computed along a dimension."""

import math
from inspect import Parameter, Signature
from typing import Any

import numpy as np

from autograd.tensor.core.forms import primitive
from autograd.tensor.core.modes import mode
from autograd.tensor.core.plans import Rule, names_read, picker
from autograd.tensor.table.elementwise import inverse_or_0, masked
from autograd.tensor.table.shapes import cast


def reduction(rule: Rule) -> Rule:
    """Return a rule that is given the gradient and the output as with keepdim=True, so that both broadcast with x."""
    names = tuple(dict.fromkeys(("g", "like_x", "dim", "keepdim", *names_read(rule))))
    read = picker([names.index(name) for name in names_read(rule)])
    output = names.index("y") if "y" in names else None

    def apply(*values: Any) -> Any:
        values, (g, x, dim, keepdim) = list(values), values[:4]
        if not keepdim:
            dims = range(x.ndim) if dim is None else dim if isinstance(dim, tuple) else (dim,)
            shape = [1 if i in dims else n for i, n in enumerate(x.shape)]
            values[0] = g.reshape(shape)
            if output is not None:
                values[output] = values[output].reshape(shape)
        return rule(*read(values))

    apply.__signature__ = Signature([Parameter(name, Parameter.POSITIONAL_ONLY) for name in names])
    return apply


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


def extremum(find: Any, dim: Any, keepdim: bool) -> Any:
    try:
        return find(axis=dim, keepdims=keepdim)
    except ValueError:
        if dim is None:
            raise
        raise IndexError(f"Expected reduction dim {dim} to have non-zero size") from None


def log_sum_exp(x: np.ndarray, dim: Any, keepdim: bool) -> np.ndarray:
    x = x if x.dtype.kind == "f" else x.astype(mode.default_dtype)
    top = np.max(x, axis=dim, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    y = np.log(np.sum(np.exp(x - top), axis=dim, keepdims=True)) + top
    return y if keepdim else np.squeeze(y, axis=dim)


def log_softmax_of(x: np.ndarray, dim: int) -> np.ndarray:
    y = shifted(x, dim)
    return y - np.log(summed(np.exp(y), dim, True))


sum = primitive(
    lambda x, dim, keepdim: summed(x, dim, keepdim),
    x=reduction(lambda g, like_x: np.broadcast_to(g, like_x.shape)),
    name="sum",
)
mean = primitive(
    lambda x, dim, keepdim: x.mean(axis=dim, keepdims=keepdim),
    x=reduction(lambda g, like_x: np.broadcast_to(g / count(like_x.shape, g.shape), like_x.shape)),
    name="mean",
)
prod = primitive(
    lambda x, dim, keepdim: x.prod(axis=dim, keepdims=keepdim),
    x=reduction(lambda g, x, dim: g * product_of_others(x, dim)),
    name="prod",
)
amax = primitive(
    lambda x, dim, keepdim: extremum(x.max, dim, keepdim),
    x=reduction(lambda g, y, x, dim: divided_among(g, winners(x, y), dim)),
    name="amax",
)
amin = primitive(
    lambda x, dim, keepdim: extremum(x.min, dim, keepdim),
    x=reduction(lambda g, y, x, dim: divided_among(g, winners(x, y), dim)),
    name="amin",
)
logsumexp = primitive(log_sum_exp, x=reduction(lambda g, y, x: g * np.exp(x - y)), name="logsumexp")
softmax = primitive(softmax_of, x=lambda g, y, axis: y * (g - inner(g, y, axis)), name="softmax")
log_softmax = primitive(
    log_softmax_of, x=lambda g, y, dim: g - np.exp(y) * np.sum(g, axis=dim, keepdims=True), name="log_softmax"
)
cumsum = primitive(
    lambda x, dim: x.cumsum(axis=dim).reshape(x.shape),
    x=lambda g, dim: np.flip(np.cumsum(np.flip(g, dim), axis=dim), dim) if g.ndim else g,
    name="cumsum",
)
cumprod = primitive(lambda x, dim: x.cumprod(axis=dim).reshape(x.shape), x=slope_of_cumprod, name="cumprod")
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
