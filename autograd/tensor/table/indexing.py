"""Picking numbers out by place, and putting them back: each is the derivative of the other."""

from typing import Any

import numpy as np

from autograd.tensor.core.forms import primitive
from autograd.tensor.core.nodes import SparseGradient


def add_at(g: np.ndarray, index: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return zeros of a shape with g added at an index, which may name a place more than once."""
    y = np.zeros(shape, g.dtype)
    if is_basic(index):
        y[index] = g
    elif isinstance(index, np.ndarray) and index.dtype.kind in "iu" and g.size > 1000:
        add_rows(y, index, g)
    else:
        np.add.at(y, index, g)
    return y


def add_rows(y: np.ndarray, rows: np.ndarray, g: np.ndarray) -> None:
    """Add g to rows of y; sorted, so that the parts of one row lie together and are added in one go."""
    rows, g = rows.reshape(-1) % len(y), g.reshape(rows.size, -1)
    order = np.argsort(rows, kind="stable")
    rows = rows[order]
    starts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]])
    y.reshape(len(y), -1)[rows[starts]] += np.add.reduceat(g[order], starts, axis=0)


def is_basic(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return all(part is None or part is Ellipsis or isinstance(part, int | slice) for part in parts)


def put_array(x: np.ndarray, value: Any, index: Any) -> np.ndarray:
    y = np.array(x)
    y[index] = value
    return y


def view_or_copy(x: np.ndarray, index: Any) -> Any:
    y = x[index]
    if type(y) is not np.ndarray and is_basic(index):  # a number would be a copy; with `...` it is a view
        y = x[(*index, ...) if isinstance(index, tuple) else (index, ...)]
    return y


def gradient_of_getitem(g: Any, like_x: Any, index: Any) -> Any:
    """Return what x[index] passes on: of an array and slices, a SparseGradient."""
    if type(g) is np.ndarray and is_basic(index):
        return SparseGradient(g, index)
    return scatter_into(g, index=index, shape=like_x.shape)


pick = primitive(view_or_copy, x=gradient_of_getitem, view=True, name="getitem")
scatter_into = primitive(add_at, x=lambda g, index: pick(g, index=index), name="index_put")
put: Any = primitive(
    put_array,
    x=lambda g, index: put(g, 0, index=index),
    value=lambda g, index: pick(g, index=index),
    name="setitem",
)


def index_along(index: np.ndarray, axis: int) -> tuple[Any, ...]:
    """Return the full index for places along one axis."""
    if not index.ndim:
        return ()
    grid = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    grid[axis] = index
    return tuple(grid)


gathered = primitive(
    lambda x, index, axis: x[index_along(index, axis)],
    x=lambda g, like_x, index, axis: scatter_into(g, index=index_along(index, axis), shape=like_x.shape),
    name="gather",
)
