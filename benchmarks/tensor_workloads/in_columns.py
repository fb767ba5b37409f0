"""The step of the CNN by hand in NumPy, with images as everyone stores them: (n, channels, height, width).

What the windows of an image see are the columns of a matrix, and a convolution is one product for each image. These
kernels serve any network; `in_numpy.py` is faster, since it knows this one: what comes after what, in which order.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tensor_workloads.in_numpy import steps
from tensor_workloads.workloads import Arrays, Workload


def build(workload: Workload, arrays: Arrays, x: Any, y: Any) -> Callable[[], Any]:
    """Return a function that does one training step and returns its loss."""
    if workload.kind != "cnn":
        raise NotImplementedError("without images this is tuned NumPy")
    return steps([np.array(array) for array in arrays], x, y, layer, layer_backward)


def columns_of(x: np.ndarray) -> np.ndarray:
    """Return (n, channels * 9, places): what windows of 3 × 3 see of images in a frame of zeros."""
    n, c, height, width = x.shape
    framed = np.zeros((n, c, height + 2, width + 2), np.float32)
    framed[:, :, 1:-1, 1:-1] = x
    return sliding_window_view(framed, (3, 3), axis=(2, 3)).transpose(0, 1, 4, 5, 2, 3).reshape(n, c * 9, -1)


def pool(x: np.ndarray) -> np.ndarray:
    y = np.maximum(x[:, :, ::2], x[:, :, 1::2])
    return np.maximum(y[..., ::2], y[..., 1::2])


def pool_backward(g: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the gradient through the pool: in each window the first number that is as large as y takes it."""
    slope, free = np.empty_like(x), np.ones_like(y, bool)
    for i, j in ((0, 0), (0, 1), (1, 0)):
        hit = x[:, :, i::2, j::2] == y
        hit &= free
        free ^= hit
        np.multiply(g, hit, out=slope[:, :, i::2, j::2])
    np.multiply(g, free, out=slope[:, :, 1::2, 1::2])
    return slope


def layer(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, tuple[Any, ...]]:
    """Return conv, relu, pool of images, and what the backward pass needs; w is (out, channels, 3, 3)."""
    columns = columns_of(x)
    y = np.matmul(w.reshape(len(w), -1), columns)
    y += b[:, None]
    np.maximum(y, 0, out=y)
    y = y.reshape(len(x), len(w), *x.shape[2:])
    pooled = pool(y)
    return pooled, (columns, y, pooled, x.shape)


def layer_backward(g: np.ndarray, saved: tuple[Any, ...], w: np.ndarray, wanted: bool) -> tuple[Any, ...]:
    """Return the gradients of the images (if wanted), of the weights and of the bias."""
    columns, y, pooled, (n, c, height, width) = saved
    slope = pool_backward(g, pooled, y)
    slope *= y > 0
    slope = slope.reshape(n, len(w), height * width)
    w_slope = np.matmul(slope, columns.swapaxes(1, 2)).sum(0).reshape(w.shape)
    b_slope = np.einsum("noi->o", slope)
    if not wanted:
        return None, w_slope, b_slope
    x_slope = np.zeros((n, c, height + 2, width + 2), np.float32)
    for i in range(3):
        for j in range(3):
            part = np.matmul(w[:, :, i, j].T, slope)
            x_slope[:, :, i : i + height, j : j + width] += part.reshape(n, c, height, width)
    return x_slope[:, :, 1:-1, 1:-1], w_slope, b_slope
