"""Sums that keep their digits: the order of the additions depends on the shape alone, not on how numbers lie in memory.

NumPy adds in the order of the memory: pairwise along the dimension whose numbers lie side by side, and one after the
other along every other, so that the rounding errors grow with the number of rows.
"""

import math
from functools import lru_cache
from typing import Any

import numpy as np

from autograd.tensor.core.hooks import hooks

add_up: Any = np.add.reduce
ROWS = 256  # so many are added in one product, and their sums in another
ones: Any = lru_cache(100)(np.ones)  # short, made once, and never changed


def summed(x: Any, axis: Any = None, keepdims: bool = False, times: Any = None) -> Any:
    """Return the sum over some axes (None: all) of an array, or of its product with `times`, of the same shape."""
    if x.ndim == 2 and axis == 0 and times is None and x.dtype.char in "fd":  # the gradient of a bias
        x = x if x.flags.c_contiguous else x.copy("C")
        y = ones(len(x), x.dtype).dot(x) if len(x) <= ROWS else column_sums(x)
        return y[None] if keepdims else y
    if x.dtype.char == "e":  # float16 ends at 65504
        return summed(x.astype(np.float32), axis, keepdims, times).astype(x.dtype)
    n, is_last = x.ndim, axis in (-1, x.ndim - 1)
    if x.size <= (1000 if is_last else 256) or axis is None or x.dtype.kind != "f":
        values = x if times is None else x * times
        return add_up(values if values.flags.c_contiguous else values.copy("C"), axis=axis, keepdims=keepdims)
    axes = (axis % n,) if isinstance(axis, int) else sorted(a % n for a in axis)
    first, end = (axes[0], axes[-1] + 1) if axes else (0, 0)
    shape = x.shape[:first] + ((1,) * len(axes) if keepdims else ()) + x.shape[end:]
    if end - first > len(axes):  # numbers between them stay, as the channels of images: numbers of any order in
        while x.shape[first] > 1:  # memory are added with one operation for many
            x, times = folded(x, first, times), None
        y = summed(x if times is None else x * times, tuple(axes[1:]), True)
        return y if keepdims else np.squeeze(y, tuple(axes))
    count, inside = math.prod(x.shape[first:end]), math.prod(x.shape[end:])
    if times is not None and (inside > 1 or count > 1000):
        x, times = x * times, None
    x = x if x.flags.c_contiguous else np.ascontiguousarray(x)
    if inside > 1:
        return column_sums(x.reshape((-1, count, inside) if first else (count, inside))).reshape(shape)
    x = x.reshape(-1, count)
    if times is not None:
        return np.einsum("ij,ij->i", x, np.ascontiguousarray(times).reshape(x.shape)).reshape(shape)
    # Short rows are summed by a product with ones: np.sum sets up a loop for each, and is 3 to 9 times slower.
    return (x.dot(ones(count, x.dtype)) if count <= 1000 else np.add.reduce(x, axis=1)).reshape(shape)


def column_sums(x: np.ndarray) -> Any:
    """Return the sum of the rows of a matrix by products with ones, several times as fast as np.sum; or of matrices."""
    n, rows = x.shape[-2], ROWS if x.ndim == 2 else ROWS // 4  # a product adds four rows at a time
    if n <= rows:
        return ones(n, x.dtype).dot(x) if x.ndim == 2 else np.add.reduce(x, axis=1)
    whole, matrices, columns = n // rows * rows, x.shape[:-2], x.shape[-1]
    sums = column_sums(x[..., :whole, :].reshape(*matrices, rows, -1))
    sums = column_sums(sums.reshape(*matrices, -1, columns))
    return sums if n == whole else sums + column_sums(x[..., whole:, :])


def folded(x: np.ndarray, axis: int, times: Any) -> Any:
    """Return the sum of eighths of an array, or of its product with `times`, that lie behind each other on an axis."""
    n, at, y = x.shape[axis], (slice(None),) * axis, None
    if n > 8 and n % 8 == 0:  # the same additions in one call
        x = x if times is None else x * times
        return add_up(x.reshape(*x.shape[:axis], 8, n // 8, *x.shape[axis + 1 :]), axis=axis)
    for start in range(0, n, max(n // 8, 1)):
        part = (*at, slice(start, start + max(n // 8, 1)))
        values = x[part] if times is None else x[part] * times[part]
        if y is None:
            y = np.array(values)
        else:
            y[(*at, slice(values.shape[axis]))] += values
    return y


hooks.sum = summed  # type: ignore[method-assign]
