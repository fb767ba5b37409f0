"""Operations that move numbers and change none: each is linear, and its derivative moves them back."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.tensor.core.forms import Operation, primitive
from autograd.tensor.table.forms import nary


def index_at(dim: int, index: Any) -> tuple[Any, ...]:
    """Return the full index that means `index` along a dimension and everything along the others."""
    return (*[slice(None)] * dim, index)


cast: Operation = primitive(
    lambda x, dtype: x.astype(dtype), x=lambda g, like_x: cast(g, dtype=like_x.dtype), name="to"
)
joined = nary(
    lambda arrays, axis, bounds: np.concatenate(arrays, axis=axis),
    lambda i, g, axis, bounds: g[index_at(axis, slice(bounds[i], bounds[i + 1]))],
    name="cat",
)
stacked = nary(
    lambda arrays, axis: np.stack(arrays, axis=axis),
    lambda i, g, axis: g[index_at(axis, i)],
    name="stack",
)


def diagonal_into(g: np.ndarray, shape: Any, offset: int, dim1: int, dim2: int) -> np.ndarray:
    y = np.zeros(shape, g.dtype)
    writable_diagonal(y, offset, dim1, dim2)[...] = g
    return y


def inside(widths: Sequence[tuple[int, int]], shape: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(low, low + n) for (low, _), n in zip(widths, shape, strict=True))


def with_frame(x: np.ndarray, widths: Sequence[tuple[int, int]], value: float) -> np.ndarray:
    y = np.full([n + low + high for n, (low, high) in zip(x.shape, widths, strict=True)], value, x.dtype)
    y[inside(widths, x.shape)] = x
    return y


padded = primitive(with_frame, x=lambda g, like_x, widths: g[inside(widths, like_x.shape)], name="pad")
from_diagonal = primitive(
    diagonal_into,
    x=lambda g, offset, dim1, dim2: np.diagonal(g, offset, dim1, dim2),
    name="diagonal_scatter",
)


def expanded(x: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    y = np.broadcast_to(x, shape)
    return y if y.size != x.size else x.reshape(shape)  # where nothing is repeated it may be written to


def writable_diagonal(x: np.ndarray, offset: int, dim1: int, dim2: int) -> np.ndarray:
    y = np.diagonal(x, offset, dim1, dim2)
    y.flags.writeable = x.flags.writeable  # not in NumPy
    return y


def inverse_order(order: Sequence[int]) -> list[int]:
    """Return the order of dimensions that undoes another."""
    return [int(place) for place in np.argsort([a % len(order) for a in order])]


clone = primitive(lambda x: x.copy(), x=lambda g: g, name="clone")
reshape = primitive(
    lambda x, shape: x.reshape(shape), x=lambda g, like_x: np.reshape(g, like_x.shape), view=True, name="reshape"
)
squeeze = primitive(
    lambda x, dims: np.squeeze(x, axis=dims), x=lambda g, like_x: np.reshape(g, like_x.shape), view=True, name="squeeze"
)
unsqueeze = primitive(
    lambda x, dim: x[index_at(dim, None)], x=lambda g, like_x: np.reshape(g, like_x.shape), view=True, name="unsqueeze"
)
expand = primitive(expanded, x=lambda g: g, view=True, name="expand")
permute = primitive(
    lambda x, dims: x.transpose(dims), x=lambda g, dims: np.transpose(g, inverse_order(dims)), view=True, name="permute"
)
transpose = primitive(
    lambda x, dim0, dim1: x.swapaxes(dim0, dim1) if x.ndim else x[...],
    x=lambda g, dim0, dim1: np.swapaxes(g, dim0, dim1) if g.ndim else g,
    view=True,
    name="transpose",
)
t = primitive(lambda x: x.T, x=lambda g: g.T, view=True, name="t")
movedim: Operation = primitive(
    lambda x, source, destination: np.moveaxis(x, source, destination) if x.ndim else x[...],
    x=lambda g, source, destination: movedim(g, source=destination, destination=source),
    view=True,
    name="movedim",
)
flip: Operation = primitive(lambda x, dims: np.flip(x, dims).copy(), x=lambda g, dims: flip(g, dims=dims), name="flip")
roll = primitive(
    lambda x, shifts, dims: np.roll(x, shifts, dims),
    x=lambda g, shifts, dims: np.roll(g, np.negative(shifts), dims),
    name="roll",
)
tril = primitive(lambda x, diagonal: np.tril(x, diagonal), x=lambda g, diagonal: np.tril(g, diagonal), name="tril")
triu = primitive(lambda x, diagonal: np.triu(x, diagonal), x=lambda g, diagonal: np.triu(g, diagonal), name="triu")
diagonal = primitive(
    writable_diagonal,
    x=lambda g, like_x, offset, dim1, dim2: from_diagonal(g, shape=like_x.shape, offset=offset, dim1=dim1, dim2=dim2),
    view=True,
    name="diagonal",
)
