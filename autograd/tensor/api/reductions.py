"""Sums, means, extrema and norms under PyTorch's names and with its arguments."""

import math
from typing import Any

import numpy as np

from autograd.tensor.api import dtypes
from autograd.tensor.api.arguments import (
    Dims,
    accept_axis,
    in_float_dtype,
    in_sum_dtype,
    reduced_dims,
    required_dim,
)
from autograd.tensor.api.public import public
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.table import reductions as table
from autograd.tensor.table.elementwise import abs, sign
from autograd.tensor.table.linalg import svdvals
from autograd.tensor.table.shapes import movedim, reshape


@public(method=True, numpy=np.sum)
@accept_axis
def sum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the sum over `dim` (all dimensions if None); booleans and integers are added as int64."""
    return table.sum(in_sum_dtype(input, dtype), dim=reduced_dims(input, dim, "sum"), keepdim=keepdim)


@public(method=True, numpy=np.mean)
@accept_axis
def mean(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the mean over `dim` of floating point numbers."""
    return table.mean(in_float_dtype(input, dtype, "mean"), dim=reduced_dims(input, dim, "mean"), keepdim=keepdim)


@public(method=True, numpy=np.prod)
@accept_axis
def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return the product over one dimension, or of all numbers."""
    if isinstance(dim, list | tuple):
        raise TypeError(f"prod(): argument 'dim' must be int, not {type(dim).__name__}")
    if dtype is not None and dtypes.checked(dtype) == dtypes.boolean:
        return all(input, dim, keepdim)
    return table.prod(in_sum_dtype(input, dtype), dim=reduced_dims(input, dim, "prod"), keepdim=keepdim)


@public(method=True, numpy=np.amax)
@accept_axis
def amax(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Return the largest numbers over `dim`; the gradient is shared equally among ties."""
    return table.amax(input, dim=nonempty_dims(input, dim, "amax"), keepdim=keepdim)


@public(method=True, numpy=np.amin)
@accept_axis
def amin(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Return the smallest numbers over `dim`; the gradient is shared equally among ties."""
    return table.amin(input, dim=nonempty_dims(input, dim, "amin"), keepdim=keepdim)


def nonempty_dims(input: Tensor, dim: Dims, op: str) -> Any:
    """Return NumPy's axis for PyTorch's dim; raise IndexError for a dimension of length 0."""
    axis = reduced_dims(input, dim, op)
    if axis is not None and 0 in [input.shape[d] for d in (axis if isinstance(axis, tuple) else (axis,))]:
        raise IndexError(f"{op}(): Expected reduction dim {dim} to have non-zero size, got shape {input.shape}")
    return axis


@public(method=True)
@accept_axis
def logsumexp(input: Tensor, dim: Dims, keepdim: bool = False) -> Tensor:
    """Return log(sum(exp(x))) over `dim`, for x of any size."""
    if input.dtype.kind != "f":
        input = input.to(dtypes.get_default_dtype())
    return table.logsumexp(input, dim=reduced_dims(input, dim, "logsumexp"), keepdim=keepdim)


@public(method=True)
@accept_axis
def softmax(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """Return exp(x) / sum(exp(x)) along `dim`, for x of any size."""
    return table.softmax(in_float_dtype(input, dtype, "softmax"), axis=required_dim(input, dim, "softmax"))


@public(method=True)
@accept_axis
def log_softmax(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """Return x - log(sum(exp(x))) along `dim`, for x of any size."""
    return table.log_softmax(in_float_dtype(input, dtype, "log_softmax"), dim=required_dim(input, dim, "log_softmax"))


@public(method=True, in_place=True)
@accept_axis
def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """Return the running sum along `dim`."""
    return table.cumsum(in_sum_dtype(input, dtype), dim=required_dim(input, dim, "cumsum"))


@public(method=True)
@accept_axis
def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """Return the running product along `dim`."""
    return table.cumprod(in_sum_dtype(input, dtype), dim=required_dim(input, dim, "cumprod"))


@public(method=True)
@accept_axis
def var(
    input: Tensor, dim: Dims = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
) -> Tensor:
    """Return the mean squared distance from the mean over `dim`: sum (x - mean)² / (n - correction).

    `correction` is 1, and 0 if not `unbiased`. var(input, False) is another form of var(input, unbiased=False).
    """
    input, settings = about_mean(input, dim, unbiased, correction, "var")
    return table.variance(input, **settings, keepdim=keepdim)


@public(method=True)
@accept_axis
def std(
    input: Tensor, dim: Dims = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
) -> Tensor:
    """Return the standard deviation, the square root of `var` with the same arguments; where it is 0 the slope is 0."""
    input, settings = about_mean(input, dim, unbiased, correction, "std")
    return table.deviation(input, **settings, keepdim=keepdim)


def about_mean(
    input: Tensor, dim: Dims, unbiased: bool, correction: float | None, op: str
) -> tuple[Tensor, dict[str, Any]]:
    """Return the tensor and the settings with which the table computes a variance."""
    dims: Dims = dim
    if isinstance(dim, bool):  # var(input, unbiased)
        dims, unbiased = None, dim
    input = in_float_dtype(input, None, op)
    return input, {
        "dim": reduced_dims(input, dims, op),
        "correction": int(unbiased) if correction is None else correction,
    }


@public(method=True)
@accept_axis
def norm(input: Tensor, p: Any = 2, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return (sum |x|**p)**(1/p) over `dim`; the largest |x| for p = inf. At 0 the slope is 0."""
    input = in_float_dtype(input, dtype, "norm")
    dims = reduced_dims(input, dim, "norm")
    if p == "nuc":
        return nuclear_norm(input, dims, keepdim)
    if isinstance(p, str) and p != "fro":
        raise RuntimeError(f"norm(): p is a number, 'fro' or 'nuc', got {p!r}")
    if p in (None, "fro", 2):
        return table.euclidean_norm(input, dim=dims, keepdim=keepdim)
    if p in (math.inf, -math.inf):
        return (amax if p > 0 else amin)(abs(input), dim, keepdim)
    if p in (0, 1):
        return sum(abs(input) if p else sign(abs(input)), dim, keepdim)
    return table.power_norm(input, dim=dims, keepdim=keepdim, p=float(p))


def nuclear_norm(input: Tensor, dims: Any, keepdim: bool) -> Tensor:
    """Return the sum of the singular values of a matrix, or of those that two dimensions make."""
    dims = tuple(range(input.ndim)) if dims is None else dims
    if not isinstance(dims, tuple) or len(dims) != 2:
        raise RuntimeError(f"norm(): the nuclear norm is that of two dimensions, got dim {dims}, shape {input.shape}")
    y = sum(svdvals(movedim(input, source=dims, destination=(-2, -1))), -1)
    return reshape(y, shape=[1 if i in dims else n for i, n in enumerate(input.shape)]) if keepdim else y


@public(method=True)
@accept_axis
def any(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Return whether any number is not 0."""
    how: dict[str, Any] = {"axis": reduced_dims(input, dim, "any"), "keepdims": keepdim}
    return wrap(np.any(input._data, **how))


@public(method=True)
@accept_axis
def all(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Return whether no number is 0."""
    how: dict[str, Any] = {"axis": reduced_dims(input, dim, "all"), "keepdims": keepdim}
    return wrap(np.all(input._data, **how))


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Tensor:
    """Return the p-norm of the difference of all pairs of rows: (…, n, d) and (…, m, d) give (…, n, m).

    `compute_mode` is checked, and changes nothing: the distances are always computed from differences.
    """
    modes = [f"{what}use_mm_for_euclid_dist{when}" for what, when in (("", "_if_necessary"), ("", ""), ("donot_", ""))]
    if compute_mode not in modes:
        raise ValueError(f"cdist: {compute_mode} is not a valid value for compute_mode, which is one of {modes}")
    if p < 0:
        raise RuntimeError(f"cdist only supports non-negative p values, got {p}")
    if x1.ndim < 2 or x2.ndim < 2 or x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(
            f"cdist: X1 and X2 must have at least two dimensions and the same number of columns: {x1.shape}, {x2.shape}"
        )
    return norm(x1.unsqueeze(-2) - x2.unsqueeze(-3), p, -1)
