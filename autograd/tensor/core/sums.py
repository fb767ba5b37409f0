"""Sums that keep their digits: the order of the additions depends on the shape alone, not on how numbers lie in memory.

NumPy adds in the order of the memory: pairwise along the dimension whose numbers lie side by side, and one after the
other along every other, so that the rounding errors grow with the number of rows.
"""

import math
from typing import Any

import numpy as np

ROWS = 256  # so many are added in one product, and their sums in another


def summed(x: Any, axis: Any = None, keepdims: bool = False, times: Any = None) -> Any:
    """Return the sum over some axes (None: all) of an array, or of its product with `times`, of the same shape."""
    if x.dtype.char == "e":  # float16 ends at 65504
        return summed(x.astype(np.float32), axis, keepdims, times).astype(x.dtype)
    n = x.ndim
    is_last = axis == -1 or axis == n - 1
    if x.size <= (1000 if is_last else 256) or axis is None or (axis == 0 and len(x) <= 64) or x.dtype.kind != "f":
        x = x if times is None else x * times
        return np.add.reduce(x if x.flags.c_contiguous else np.ascontiguousarray(x), axis=axis, keepdims=keepdims)
    if (is_last or axis == (n - 1,)) and x.shape[-1] <= 1000 and x.flags.c_contiguous:
        y = row_sums(x.reshape(-1, x.shape[-1]), times)
        return y.reshape(*x.shape[:-1], 1) if keepdims else y.reshape(x.shape[:-1])
    axes = (axis % n,) if isinstance(axis, int) else sorted(a % n for a in axis)
    shape = [1 if i in axes else m for i, m in enumerate(x.shape)] if keepdims else None
    first, last = (axes[0], axes[-1]) if axes else (0, -1)
    if last - first >= len(axes):  # numbers between them stay, as the channels of images: numbers of any order in
        while x.shape[first] > 1:  # memory are added with one operation for many
            x, times = folded(x, first, times), None
        y = summed(x if times is None else x * times, tuple(a for a in axes if a != first), True)
        return y.reshape([m for i, m in enumerate(x.shape) if i not in axes] if shape is None else shape)
    count, inside = math.prod(x.shape[first : last + 1]), math.prod(x.shape[last + 1 :])
    if shape is None:
        shape = x.shape[:first] + x.shape[last + 1 :]
    if times is not None and not (inside == 1 and count <= 1000):
        x, times = x * times, None
    x = np.ascontiguousarray(x).reshape(-1, count, inside)
    if inside == 1:
        return row_sums(x[:, :, 0], times).reshape(shape)
    return column_sums(x if len(x) > 1 else x[0]).reshape(shape)


def row_sums(x: np.ndarray, times: Any) -> Any:
    if times is not None:
        return np.einsum("ij,ij->i", x, np.ascontiguousarray(times).reshape(x.shape))
    # Short rows are summed by a product with ones: np.sum sets up a loop for each, and is 3 to 9 times slower.
    return x.dot(np.ones(x.shape[1], x.dtype)) if x.shape[1] <= 1000 < x.size else np.add.reduce(x, axis=1)


def column_sums(x: np.ndarray) -> Any:
    """Return the sum of the rows of a matrix by products with ones, several times as fast as np.sum; or of matrices."""
    n, rows = x.shape[-2], ROWS if x.ndim == 2 else ROWS // 4  # a product adds four rows at a time
    if n <= rows:
        return np.ones(n, x.dtype).dot(x) if x.ndim == 2 else np.add.reduce(x, axis=1)
    whole, matrices, columns = n // rows * rows, x.shape[:-2], x.shape[-1]
    sums = column_sums(x[..., :whole, :].reshape(*matrices, rows, -1))
    sums = column_sums(sums.reshape(*matrices, -1, columns))
    return sums if n == whole else sums + column_sums(x[..., whole:, :])


def folded(x: np.ndarray, axis: int, times: Any) -> np.ndarray:
    """Return the sum of eighths of an array, or of its product with `times`, that lie behind each other on an axis."""
    n, at = x.shape[axis], (slice(None),) * axis
    size = max(n // 8, 1)
    parts = [(*at, slice(start, start + size)) for start in range(0, n, size)]
    y = np.array(x[parts[0]]) if times is None else x[parts[0]] * times[parts[0]]
    product = None if times is None else np.empty_like(y)
    for part in parts[1:]:
        values, m = x[part], min(size, n - part[-1].start)
        into = y if m == size else y[(*at, slice(m))]
        if times is not None:
            values = np.multiply(values, times[part], out=product if m == size else product[(*at, slice(m))])
        np.add(into, values, out=into)
    return y
