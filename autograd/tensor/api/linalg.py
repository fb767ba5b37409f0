"""Solving, decomposing and measuring matrices, under the names of `torch.linalg`."""

import math
from typing import Any

import numpy as np

from autograd.tensor.api import reductions
from autograd.tensor.api.arguments import Dims, in_float_dtype
from autograd.tensor.api.pointwise import abs
from autograd.tensor.api.public import public
from autograd.tensor.api.reductions import amax, amin, sum
from autograd.tensor.api.refusals import missing
from autograd.tensor.api.shapes import movedim, reshape, transpose, unsqueeze
from autograd.tensor.core.tensor import Tensor
from autograd.tensor.table import linalg as table

__getattr__ = missing("autograd.tensor.linalg")


def inv(A: Tensor) -> Tensor:
    """Return the inverse of square matrices (..., n, n)."""
    return table.inv(A)


@public(method=True)
def inverse(input: Tensor) -> Tensor:
    """Return the inverse of a square matrix, as `inv` does."""
    return inv(input)


@public(method=True)
def det(A: Tensor) -> Tensor:
    """Return the determinants of square matrices (..., n, n)."""
    return table.det(A)


def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """Return X with A X = B, or X A = B if not `left`; B holds vectors (n,), (batch, n) or matrices (..., n, k)."""
    if not left:
        return transpose(table.solved(transpose(A, -2, -1), transpose(B, -2, -1)), -2, -1)
    if B.ndim == 1 or (B.ndim == A.ndim - 1 and B.shape == A.shape[:-1]):
        return reshape(table.solved(A, unsqueeze(B, -1)), (*A.shape[:-2], A.shape[-1]))
    return table.solved(A, B)


def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """Return the lower triangular L with L Lᵀ = A, or Lᵀ if `upper`; A (..., n, n) symmetric positive definite."""
    return transpose(table.cholesky(A), -2, -1) if upper else table.cholesky(A)


def norm(A: Tensor, ord: Any = None, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """Return a vector norm (`dim` an integer, or one dimension) or matrix norm ("fro", "nuc", ±1, ±2, ±inf)."""
    A = in_float_dtype(A, dtype, "linalg.norm")
    if ord is None:
        return reductions.norm(A, 2, dim, keepdim)
    dims = (dim,) if isinstance(dim, int) else tuple(range(A.ndim)) if dim is None else tuple(dim)
    if len(dims) == 1:
        return reductions.norm(A, ord, dim, keepdim)
    if ord in ("fro", "nuc"):
        return reductions.norm(A, ord, dims, keepdim)
    if ord in (2, -2):
        y = (amax if ord > 0 else amin)(table.svdvals(movedim(A, dims, (-2, -1))), -1)
        return reshape(y, [1 if i in np.mod(dims, A.ndim) else n for i, n in enumerate(A.shape)]) if keepdim else y
    if ord not in (1, -1, math.inf, -math.inf):
        raise NotImplementedError(f"linalg.norm: the matrix norm {ord!r} is not implemented")
    across, along = (dims[0], dims[1]) if math.fabs(ord) == 1 else (dims[1], dims[0])
    sums = sum(abs(A), across, keepdim=True)
    y = (amax if ord > 0 else amin)(sums, along, keepdim=True)
    return y if keepdim else y.squeeze(dims)


def vector_norm(x: Tensor, ord: Any = 2, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Return (sum |x|**ord)**(1/ord) over `dim`, or over all numbers."""
    return reductions.norm(x, ord, dim, keepdim)
