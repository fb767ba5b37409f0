"""Pooling under PyTorch's names and with its arguments."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.tensor.api.convolution import Pair, one, window_settings
from autograd.tensor.api.elementwise import div
from autograd.tensor.api.products import matmul
from autograd.tensor.api.reductions import mean
from autograd.tensor.api.shapes import pad, reshape, squeeze, unsqueeze
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.table.convolution import windows
from autograd.tensor.table.indexing import gathered
from autograd.tensor.table.pooling import largest, window_sums

Window = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]


def max_pool2d(
    input: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, dilation: Pair = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """Return the largest number of each window of images (n, channels, height, width), or without n.

    If several are equally large, the first gets the gradient. `stride` is the window's size if not given. With
    `ceil_mode` the last window may reach beyond the padding. With `return_indices` there is a second result: the place
    of each largest number in its image, row · width + column.
    """
    return max_of("max_pool2d", input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool1d(
    input: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, dilation: Pair = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """Return the largest number of each window of sequences (n, channels, length), or without n; see `max_pool2d`."""
    check_sequences("max_pool1d", input)
    kernel, stride = (1, one(kernel_size)), (1, one(stride if given(stride) else kernel_size))
    settings = kernel, stride, (0, one(padding)), (1, one(dilation)), ceil_mode, return_indices
    y = max_of("max_pool1d", unsqueeze(input, -2), *settings)
    return tuple(squeeze(part, -2) for part in y) if return_indices else squeeze(y, -2)


def max_of(
    op: str, input: Tensor, kernel_size: Pair, stride: Pair | None, padding: Pair, dilation: Pair, ceil_mode: bool,
    return_indices: bool,
) -> Any:  # fmt: skip
    """Return what `max_pool2d` describes."""
    window = kernel, stride, padding, dilation = window_of(op, input, kernel_size, stride, padding, dilation)
    frame = frame_of(op, input, window, ceil_mode)
    if return_indices:
        height, width = input.shape[-2:]
        places = places_of_largest(input._data, frame, kernel, stride, dilation)
        flat = reshape(input, (*input.shape[:-2], height * width))
        found = gathered(flat, index=places.reshape(*places.shape[:-2], -1), axis=input.ndim - 2)
        return reshape(found, places.shape), wrap(places)
    if any(frame):
        lowest = -math.inf if input.dtype.kind == "f" else int(np.iinfo(input.dtype).min)
        input = pad(input, frame, value=lowest)
    return largest(input, kernel=kernel, stride=stride, dilation=dilation)


def places_of_largest(x: np.ndarray, frame: Any, kernel: Any, stride: Any, dilation: Any) -> np.ndarray:
    """Return where the first largest number of each window lies in its image: row * width + column.

    `frame` (left, right, top, bottom) is the padding around the images, which never counts as the largest.
    """
    (height, width), (left, right, top, bottom) = x.shape[-2:], frame
    sides = [*[(0, 0)] * (x.ndim - 2), (top, bottom), (left, right)]
    where = np.pad(np.arange(height * width).reshape(height, width), sides[-2:], constant_values=-1)
    views = (windows(a, kernel, stride, dilation) for a in (np.pad(x, sides), where))
    (_, _, best), *others = next(views)
    (_, _, places), *their_places = next(views)
    best, places = best.copy(), np.broadcast_to(places, best.shape).copy()
    for (_, _, values), (_, _, here) in zip(others, their_places, strict=True):
        better = (here >= 0) & ((values > best) | (values != values) | (places < 0))
        best[better], places[better] = values[better], np.broadcast_to(here, values.shape)[better]
    return places


def avg_pool2d(
    input: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Tensor:  # fmt: skip
    """Return the mean of each window of images (n, channels, height, width), or without n.

    Zeros of the padding count as numbers unless `count_include_pad` is False; sums are divided by `divisor_override`
    instead if it is given. With `ceil_mode` the last window may reach beyond the padding, where nothing counts.
    """
    window = window_of("avg_pool2d", input, kernel_size, stride, padding, 1)
    return mean_of("avg_pool2d", input, window, ceil_mode, count_include_pad, divisor_override)


def avg_pool1d(
    input: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:  # fmt: skip
    """Return the mean of each window of sequences (n, channels, length), or without n; see `avg_pool2d`."""
    check_sequences("avg_pool1d", input)
    kernel, stride = (1, one(kernel_size)), (1, one(stride if given(stride) else kernel_size))
    images = unsqueeze(input, -2)
    window = window_of("avg_pool1d", images, kernel, stride, (0, one(padding)), 1)
    return squeeze(mean_of("avg_pool1d", images, window, ceil_mode, count_include_pad, None), -2)


def mean_of(
    op: str, input: Tensor, window: Window, ceil_mode: bool, count_include_pad: bool, divisor: int | None
) -> Tensor:
    """Return what `avg_pool2d` describes."""
    if divisor == 0:
        raise RuntimeError(f"{op}: divisor must be not zero, but got divisor_override={divisor}")
    kernel, stride, padding, _ = window
    frame = frame_of(op, input, window, ceil_mode)
    count: Any = divisor or math.prod(kernel)
    if divisor is None and any(frame):
        size = input.shape[-2:]
        ends = [(p, p) if count_include_pad else (0, 0) for p in padding]
        counts = [counted(*part) for part in zip(size, kernel, stride, padding, ends, pairs(frame), strict=True)]
        count = wrap(np.multiply.outer(*counts).astype(input.dtype))
    if any(frame):
        input = pad(input, frame)
    sums = window_sums(input, kernel=kernel, stride=stride)
    return div(sums, count, rounding_mode=None if input.dtype.kind == "f" else "trunc")


def counted(
    n: int, kernel: int, stride: int, padding: int, ends: tuple[int, int], frame: tuple[int, int]
) -> np.ndarray:
    """Return how many places of each window along a dimension count: those from -ends[0] to n + ends[1]."""
    starts = np.arange(0, n + sum(frame) - kernel + 1, stride) - padding
    return np.minimum(starts + kernel, n + ends[1]) - np.maximum(starts, -ends[0])


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """Return the means of the parts of images (…, height, width), divided into `output_size` as evenly as can be."""
    if input.ndim not in (3, 4):
        raise ValueError(
            f"adaptive_avg_pool2d: Input dimension should be at least 3 and at most 4, got shape {input.shape}; it has "
            "to be (n, channels, height, width) or without n"
        )
    wanted = output_size if isinstance(output_size, list | tuple) else (output_size, output_size)
    height, width = (n if m is None else m for n, m in zip(input.shape[-2:], wanted, strict=True))
    if (height, width) == (1, 1):
        return mean(input, (-2, -1), keepdim=True)
    if 0 in input.shape[-2:]:
        raise RuntimeError(f"adaptive_avg_pool2d: images must not be empty, got shape {input.shape}")
    down, right = (averages(n, m, input.dtype) for n, m in zip(input.shape[-2:], (height, width), strict=True))
    return matmul(matmul(down, input), right.mT)


def averages(n: int, parts: int, dtype: np.dtype) -> Tensor:
    """Return the matrix (parts, n) whose product with n numbers is the mean of each part."""
    matrix = np.zeros((parts, n), dtype)
    for i in range(parts):
        start, end = i * n // parts, -(-(i + 1) * n // parts)
        matrix[i, start:end] = 1 / (end - start)
    return wrap(matrix)


# --- the window ---


def given(stride: Any) -> bool:
    """Return whether a stride was given; an empty tuple stands for none, as in PyTorch."""
    return stride is not None and not (isinstance(stride, list | tuple) and not stride)


def check_sequences(op: str, input: Tensor) -> None:
    """Raise RuntimeError unless input is (n, channels, length) or (channels, length); only n may be 0."""
    if input.ndim not in (2, 3) or 0 in input.shape[-2:]:
        raise RuntimeError(
            f"{op}: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got "
            f"{list(input.shape)}"
        )


def window_of(op: str, input: Tensor, kernel: Any, stride: Any, padding: Any, dilation: Any) -> Window:
    """Return kernel, stride, padding and dilation as pairs; raise RuntimeError for values that are not allowed."""
    settings = {"kernel_size": kernel, "stride": stride if given(stride) else kernel}
    settings |= {"padding": padding, "dilation": dilation}
    kernel, stride, padding, dilation = window_settings(op, **settings)
    if input.ndim not in (3, 4) or 0 in input.shape[-3:]:
        raise RuntimeError(
            f"{op}: expected input (n, channels, height, width) or without n, of which only n may be 0, got "
            f"{input.shape}"
        )
    if any(2 * p > d * (k - 1) + 1 for p, k, d in zip(padding, kernel, dilation, strict=True)):
        raise RuntimeError(
            f"{op}: pad should be at most half of effective kernel size, but got padding {padding}, kernel_size "
            f"{kernel} and dilation {dilation}"
        )
    return kernel, stride, padding, dilation


def frame_of(op: str, input: Tensor, window: Window, ceil_mode: bool) -> list[int]:
    """Return the padding around the images, as `pad` takes it; raise RuntimeError if no window fits.

    With `ceil_mode` there is more at the ends, for a last window that starts in the image or before it and reaches
    beyond.
    """
    frame, size = list[int](), list[int]()
    for n, k, s, p, d in zip(input.shape[-2:], *window, strict=True):
        reach = d * (k - 1) + 1
        places = (n + 2 * p - reach + (s - 1 if ceil_mode else 0)) // s + 1
        if ceil_mode and (places - 1) * s >= n + p:
            places -= 1
        size.append(places)
        missing = (places - 1) * s + reach - (n + 2 * p)
        frame = [p, p + max(missing, 0), *frame]
    if min(size) < 1:
        kernel, _, padding, _ = window
        raise RuntimeError(
            f"{op}: Given input size {input.shape}, kernel_size {kernel} and padding {padding}, the calculated output "
            f"size is {tuple(size)}. Output size is too small"
        )
    return frame


def pairs(frame: Sequence[int]) -> list[tuple[int, int]]:
    """Return (before, after) of the rows and of the columns."""
    left, right, top, bottom = frame
    return [(top, bottom), (left, right)]
