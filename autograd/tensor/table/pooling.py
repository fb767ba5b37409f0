"""Pooling: one number for each window of an image, the largest or the mean."""

import math
from typing import Any

import numpy as np

from autograd.tensor.core.forms import primitive
from autograd.tensor.core.tensor import Tensor
from autograd.tensor.table.convolution import output_size, patches, windows
from autograd.tensor.table.forms import fused
from autograd.tensor.table.indexing import gathered
from autograd.tensor.table.kernels import INTEGER_OF_SIZE, masked_array
from autograd.tensor.table.shapes import reshape


def combined(ufunc: np.ufunc, x: np.ndarray, kernel: Any, stride: Any, dilation: Any = (1, 1)) -> np.ndarray:
    """Return for each window the sum of its numbers, or the largest, or what else a function of two makes of them."""
    views = [view for _, _, view in windows(x, kernel, stride, dilation)]
    y = ufunc(views[0], views[1]) if len(views) > 1 else views[0].copy()
    for view in views[2:]:
        ufunc(y, view, out=y)
    return y


def max_of_windows(x: np.ndarray, kernel: Any, stride: Any, dilation: Any) -> tuple[np.ndarray, None]:
    window = kernel, stride, dilation
    in_columns = combined(np.maximum, x, *((down, 1) for down, _ in window))
    return combined(np.maximum, in_columns, *((1, right) for _, right in window)), None


def max_of_windows_backward(
    g: np.ndarray, y: np.ndarray, x: np.ndarray, kernel: Any, stride: Any, dilation: Any
) -> tuple[np.ndarray]:
    """Return the gradient of x: in each window the first number that is as large as y takes all."""
    slope, rest = np.zeros_like(x), np.empty_like(y)
    rest[...] = g  # what the windows have not yet taken, in the order of y
    bits = rest.view(INTEGER_OF_SIZE[rest.itemsize])
    apart = all(d * (k - 1) < s for k, s, d in zip(kernel, stride, dilation, strict=True))
    sources, targets = (windows(a, kernel, stride, dilation) for a in (x, slope))
    for (_, _, source), (_, _, target) in zip(sources, targets, strict=True):
        part = rest if source is sources[-1][2] else masked_array(rest, source == y)
        if apart:
            target[...] = part
        else:
            target += part
        if part is not rest:
            bits ^= part.view(bits.dtype)  # exact, where `rest -= part` would make nan of inf
    return (slope,)


def max_of_windows_definition(x: Tensor, kernel: Any, stride: Any, dilation: Any) -> Tensor:
    *batch, height, width = x.shape
    images, window = reshape(x, shape=(math.prod(batch), 1, height, width)), (kernel, stride, dilation)
    rows = patches(images, kernel=kernel, stride=stride, dilation=dilation, frame=(0, 0, 0, 0))
    best = gathered(rows, index=np.argmax(rows._data, axis=1)[:, None], axis=1)
    return reshape(best, shape=(*batch, *output_size((height, width), *window)))


largest = fused(max_of_windows, max_of_windows_backward, max_of_windows_definition, name="max_pool2d")


def spread_over_windows(x: np.ndarray, size: Any, kernel: Any, stride: Any) -> np.ndarray:
    y = np.zeros((*x.shape[:-2], *size), x.dtype)
    for _, _, view in windows(y, kernel, stride, (1, 1)):
        view += x
    return y


window_sums: Any = primitive(
    lambda x, kernel, stride: combined(np.add, x, kernel, stride),
    x=lambda g, like_x, kernel, stride: window_spread(g, size=like_x.shape[-2:], kernel=kernel, stride=stride),
    name="avg_pool2d",
)
window_spread: Any = primitive(
    spread_over_windows,
    x=lambda g, kernel, stride: window_sums(g, kernel=kernel, stride=stride),
    name="avg_pool2d_spread",
)
