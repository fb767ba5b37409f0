"""Pools: one number for each window of an image, the largest or the mean."""

import math
from typing import Any

import numpy as np

from autograd.tensor.derivatives.convolution import Pair, around, checked_output_size, pair, windows
from autograd.tensor.derivatives.elementwise import quotient
from autograd.tensor.derivatives.indexing import gathered
from autograd.tensor.derivatives.linalg import matmul
from autograd.tensor.derivatives.reductions import mean
from autograd.tensor.derivatives.shapes import pad, reshape, squeeze, unsqueeze
from autograd.tensor.derivatives.special import INTEGER_OF_SIZE, masked_array
from autograd.tensor.engine import Tensor, wrap
from autograd.tensor.primitives import fused, primitive


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
    (*batch, height, width), n = x.shape, x.ndim - 2
    flat = np.broadcast_to(np.arange(height * width).reshape(height, width), x.shape)
    values, where = (np.stack([view for _, _, view in windows(a, kernel, stride, dilation)]) for a in (x._data, flat))
    first = np.take_along_axis(where, np.argmax(values, axis=0)[None], axis=0)[0]
    flat_first = first.reshape(*batch, math.prod(first.shape[n:]))
    return reshape(gathered(reshape(x, (*batch, height * width)), index=flat_first, axis=n), first.shape)


largest = fused(max_of_windows, max_of_windows_backward, max_of_windows_definition, name="max_pool2d")


def spread_over_windows(x: np.ndarray, size: Any, kernel: Any, stride: Any) -> np.ndarray:
    y = np.zeros((*x.shape[:-2], *size), x.dtype)
    for _, _, view in windows(y, kernel, stride, (1, 1)):
        view += x
    return y


window_sums = primitive(
    lambda x, kernel, stride: combined(np.add, x, kernel, stride),
    x=lambda g, like_x, kernel, stride: window_spread(g, size=like_x.shape[-2:], kernel=kernel, stride=stride),
    name="avg_pool2d",
)
window_spread = primitive(
    spread_over_windows,
    x=lambda g, kernel, stride: window_sums(g, kernel=kernel, stride=stride),
    name="avg_pool2d_spread",
)


def max_pool2d(
    input: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, dilation: Pair = 1,
    ceil_mode: bool = False,
) -> Tensor:  # fmt: skip
    """Return the largest number of each window of images (n, channels, height, width), or without n.

    The first that is as large takes the gradient. `stride` is the window's size if not given.
    """
    kernel, padding = pair(kernel_size), pair(padding)
    stride = kernel if stride is None else pair(stride)
    check_windows("max_pool2d", input, kernel, stride, padding, pair(dilation), ceil_mode)
    if max(padding):
        input = pad(input, around(padding, kernel, (1, 1)), value=-math.inf)
    return largest(input, kernel=kernel, stride=stride, dilation=pair(dilation))


def avg_pool2d(
    input: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Tensor:  # fmt: skip
    """Return the mean of each window of images (n, channels, height, width), or without n."""
    kernel, padding = pair(kernel_size), pair(padding)
    stride, count = kernel if stride is None else pair(stride), divisor_override or math.prod(kernel)
    check_windows("avg_pool2d", input, kernel, stride, padding, (1, 1), ceil_mode)
    if not (count_include_pad or divisor_override):
        inside = np.pad(np.ones(input.shape[-2:], input.dtype), [(p, p) for p in padding])
        count = wrap(combined(np.add, inside, kernel, stride))
    if max(padding):
        input = pad(input, around(padding, kernel, (1, 1)))
    return quotient(window_sums(input, kernel=kernel, stride=stride), count)


def one(n: Pair) -> int:
    return n if isinstance(n, int) else n[0]


def max_pool1d(
    input: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, dilation: Pair = 1,
    ceil_mode: bool = False,
) -> Tensor:  # fmt: skip
    """Return the largest number of each window of sequences (n, channels, length), or without n."""
    kernel, stride, dilation = (1, one(kernel_size)), (1, one(stride or kernel_size)), (1, one(dilation))
    return squeeze(max_pool2d(unsqueeze(input, -2), kernel, stride, (0, one(padding)), dilation, ceil_mode), -2)


def avg_pool1d(
    input: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:  # fmt: skip
    """Return the mean of each window of sequences (n, channels, length), or without n."""
    kernel, stride, padding = (1, one(kernel_size)), (1, one(stride or kernel_size)), (0, one(padding))
    return squeeze(avg_pool2d(unsqueeze(input, -2), kernel, stride, padding, ceil_mode, count_include_pad), -2)


def check_windows(
    op: str, input: Tensor, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> None:
    if ceil_mode:
        raise NotImplementedError(f"{op}: ceil_mode=True is not implemented")
    if input.ndim not in (3, 4) or min(*kernel, *stride) < 1:
        raise RuntimeError(
            f"{op}: expected input (n, channels, height, width) or without n, and kernel_size and stride above 0, got "
            f"{input.shape}, kernel_size {kernel} and stride {stride}"
        )
    if any(2 * p > d * (k - 1) + 1 for p, k, d in zip(padding, kernel, dilation, strict=True)):
        raise RuntimeError(
            f"{op}: pad should be at most half of effective kernel size, but got padding {padding}, kernel_size "
            f"{kernel} and dilation {dilation}"
        )
    checked_output_size(op, input, kernel, stride, padding, dilation)


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """Return the means of the parts of images (…, height, width), divided into `output_size` as evenly as can be."""
    wanted = output_size if isinstance(output_size, list | tuple) else (output_size, output_size)
    height, width = (n if m is None else m for n, m in zip(input.shape[-2:], wanted, strict=True))
    if (height, width) == (1, 1):
        return mean(input, (-2, -1), keepdim=True)
    down, right = (averages(n, m, input.dtype) for n, m in zip(input.shape[-2:], (height, width), strict=True))
    return matmul(matmul(down, input), right.mT)


def averages(n: int, parts: int, dtype: Any) -> Tensor:
    """Return the matrix (parts, n) that takes the means of n numbers in parts."""
    matrix = np.zeros((parts, n), dtype)
    for i in range(parts):
        start, end = i * n // parts, -(-(i + 1) * n // parts)
        matrix[i, start:end] = 1 / (end - start)
    return wrap(matrix)
