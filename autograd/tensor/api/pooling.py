"""Pools under PyTorch's names and with its arguments."""

import math
from typing import Any

import numpy as np

from autograd.tensor.api.convolution import Pair, around, checked_output_size, pair
from autograd.tensor.api.products import matmul
from autograd.tensor.api.reductions import mean
from autograd.tensor.api.shapes import pad, squeeze, unsqueeze
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.table.elementwise import quotient
from autograd.tensor.table.pooling import combined, largest, window_sums


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
