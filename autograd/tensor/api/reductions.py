"""Sums, means, extrema and norms under PyTorch's names and with its arguments."""

import math
from typing import Any

import numpy as np

from autograd.tensor.api.arguments import (
    Dims,
    accept_axis,
    in_float_dtype,
    in_sum_dtype,
    named,
    reduced_dims,
    required_dim,
)
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.table import reductions as table
from autograd.tensor.table.elementwise import abs, sign


@accept_axis
def sum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the sum over `dim` (all dimensions if None); booleans and integers are added as int64."""
    return table.sum(in_sum_dtype(input, dtype), dim=reduced_dims(input, dim, "sum"), keepdim=keepdim)


@accept_axis
def mean(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the mean over `dim` of floating point numbers."""
    return table.mean(in_float_dtype(input, dtype, "mean"), dim=reduced_dims(input, dim, "mean"), keepdim=keepdim)


@accept_axis
def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the product over one dimension, or of all numbers."""
    if isinstance(dim, list | tuple):
        raise TypeError(f"prod(): argument 'dim' must be int, not {type(dim).__name__}")
    return table.prod(in_sum_dtype(input, dtype), dim=reduced_dims(input, dim, "prod"), keepdim=keepdim)


@accept_axis
def amax(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Return the largest numbers over `dim`; the gradient is shared equally among ties."""
    return table.amax(input, dim=reduced_dims(input, dim, "amax"), keepdim=keepdim)


@accept_axis
def amin(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Return the smallest numbers over `dim`; the gradient is shared equally among ties."""
    return table.amin(input, dim=reduced_dims(input, dim, "amin"), keepdim=keepdim)


@accept_axis
def logsumexp(input: Tensor, dim: Dims, keepdim: bool = False) -> Tensor:
    """Return log(sum(exp(x))) over `dim`, for x of any size."""
    return table.logsumexp(input, dim=reduced_dims(input, dim, "logsumexp"), keepdim=keepdim)


@accept_axis
def softmax(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """Return exp(x) / sum(exp(x)) along `dim`, for x of any size."""
    return table.softmax(in_float_dtype(input, dtype, "softmax"), axis=required_dim(input, dim, "softmax"))


@accept_axis
def log_softmax(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """Return x - log(sum(exp(x))) along `dim`, for x of any size."""
    return table.log_softmax(in_float_dtype(input, dtype, "log_softmax"), dim=required_dim(input, dim, "log_softmax"))


@accept_axis
def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """Return the running sum along `dim`."""
    return table.cumsum(in_sum_dtype(input, dtype), dim=required_dim(input, dim, "cumsum"))


@accept_axis
def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """Return the running product along `dim`."""
    return table.cumprod(in_sum_dtype(input, dtype), dim=required_dim(input, dim, "cumprod"))


def about_mean(entry: Any, what: str) -> Any:
    """Return var or std."""

    def function(
        input: Tensor, dim: Dims = None, unbiased: bool = True, keepdim: bool = False, *,
        correction: float | None = None,
    ) -> Tensor:  # fmt: skip
        if isinstance(dim, bool):  # var(input, unbiased)
            dim, unbiased = None, dim
        correction = int(unbiased) if correction is None else correction
        input, dims = in_float_dtype(input, None, entry.__name__), reduced_dims(input, dim, entry.__name__)
        return entry(input, dim=dims, keepdim=keepdim, correction=correction)

    return accept_axis(named(function, entry.__name__, f"Return {what}"))


var = about_mean(
    table.variance, "the mean squared distance from the mean: over n - correction (1; 0 if not `unbiased`)."
)
std = about_mean(table.deviation, "the square root of the variance; where that is 0 the slope is 0.")


@accept_axis
def norm(input: Tensor, p: Any = 2, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return (sum |x|**p)**(1/p) over `dim`; the largest |x| for p = inf. At 0 the slope is 0."""
    input = in_float_dtype(input, dtype, "norm")
    dims = reduced_dims(input, dim, "norm")
    if p in (None, "fro", 2):
        return table.euclidean_norm(input, dim=dims, keepdim=keepdim)
    if p in (math.inf, -math.inf):
        return (amax if p > 0 else amin)(abs(input), dim, keepdim)
    if p in (0, 1):
        return sum(abs(input) if p else sign(abs(input)), dim, keepdim)
    return table.power_norm(input, dim=dims, keepdim=keepdim, p=float(p))


@accept_axis
def any(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Return whether any number is not 0."""
    return wrap(np.any(input._data, axis=reduced_dims(input, dim, "any"), keepdims=keepdim))


@accept_axis
def all(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Return whether no number is 0."""
    return wrap(np.all(input._data, axis=reduced_dims(input, dim, "all"), keepdims=keepdim))


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0) -> Tensor:
    """Return the p-norm of the difference of all pairs of rows: (…, n, d) and (…, m, d) give (…, n, m)."""
    return norm(x1.unsqueeze(-2) - x2.unsqueeze(-3), p, -1)
