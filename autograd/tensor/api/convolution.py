"""Convolutions under PyTorch's names and with its arguments."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.tensor.api.dtypes import require_one_dtype
from autograd.tensor.api.products import matmul
from autograd.tensor.api.shapes import contiguous, pad, permute, reshape, squeeze, transpose, unsqueeze
from autograd.tensor.core.tensor import Tensor, make_contiguous
from autograd.tensor.table.convolution import (
    assembled,
    convolve_definition,
    convolved,
    convolved_size,
    output_size,
    patches,
)  # fmt: skip
from autograd.tensor.table.elementwise import plus

Pair = int | Sequence[int]


def pair(n: Pair) -> tuple[int, int]:
    """Return a setting of two dimensions, which may be given as one number or as a list of one."""
    first, *more = (n, n) if isinstance(n, int) else n
    return first, more[0] if more else first


def window_settings(op: str, **settings: Any) -> list[tuple[int, int]]:
    """Return settings of a window as pairs; RuntimeError unless paddings are at least 0, and all others at least 1."""
    for name, x in settings.items():
        first, second = x if type(x) is tuple and len(x) == 2 else (x, x)
        if type(first) is type(second) is int and first > 0 and second > 0:
            continue  # nearly always, and fast
        numbers = x if isinstance(x, list | tuple) else [x]
        if len(numbers) not in (1, 2) or not all(isinstance(n, int | np.integer) for n in numbers):
            raise RuntimeError(f"{op}: {name} must either be a single int, or a tuple of two ints, but got {x}")
        if min(numbers) < (0 if "padding" in name else 1):
            least = "non-negative" if "padding" in name else "greater than zero"
            raise RuntimeError(f"{op}: {name} must be {least}, but got {name} {x}")
    return [x if type(x) is tuple and len(x) == 2 else pair(x) for x in settings.values()]


def conv2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Pair = 1, padding: Pair | str = 0,
    dilation: Pair = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """Return the convolution of images: for each place of a window, the sum of the numbers in it times the weights.

    Shapes: input (n, channels, height, width) or without n, weight (out, channels / groups, kh, kw), bias (out,) give
    (n, out, rows, columns), rows = (height + 2 padding - dilation (kh - 1) - 1) // stride + 1. `padding` may be "same"
    or "valid".
    """
    if input.ndim == 3:
        return only_image(conv2d(unsqueeze(input, 0), weight, bias, stride, padding, dilation, groups))
    y: Tensor = convolution("conv2d", input, weight, bias, stride, padding, dilation, groups)
    return y


def only_image(batch: Tensor) -> Tensor:
    """Return the only image of a batch, stored row after row: the layout of a view could not be changed later."""
    make_contiguous(batch)
    return squeeze(batch, 0)


def convolution(
    op: str, input: Tensor, weight: Tensor, bias: Tensor | None, stride: Pair, padding: Pair | str, dilation: Pair,
    groups: int,
) -> Any:  # fmt: skip
    """Return what `conv2d` describes, of a batch of images."""
    require_one_dtype(op, input, weight)
    check_channels(op, input, weight, 0, bias, groups)
    stride, dilation = window_settings(op, stride=stride, dilation=dilation)
    if not isinstance(padding, str):
        window_settings(op, padding=padding)
    elif padding not in ("same", "valid"):
        raise RuntimeError(f"{op}: padding must be numbers, 'same' or 'valid', but got {padding!r}")
    if padding == "same" and max(stride) > 1:
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    frame = around(padding, weight.shape[2:], dilation)
    if min(convolved_size(input, weight, stride, dilation, frame)) < 1:
        size = (input.shape[2] + frame[2] + frame[3], input.shape[3] + frame[0] + frame[1])
        raise RuntimeError(
            f"{op}: Calculated padded input size {size}. Kernel size: {weight.shape[2:]}. "
            "Kernel size can't be greater than actual input size"
        )
    if groups > 1:
        return contiguous(convolve_definition(input, weight, bias, stride, dilation, frame, groups))
    return convolved(input, weight, bias, stride=stride, dilation=dilation, frame=frame)


def around(padding: Pair | str, kernel: Sequence[int], dilation: Sequence[int]) -> list[int]:
    """Return the padding as `pad` takes it: (before, after) of the last dimension, then of the one before it."""
    if padding == "same":
        total = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        return [side for t in reversed(total) for side in (t // 2, t - t // 2)]
    down, right = (0, 0) if isinstance(padding, str) else pair(padding)
    return [right, right, down, down]


def check_channels(
    op: str, input: Tensor, weight: Tensor, axis: int, bias: Tensor | None, groups: int, dims: int = 2
) -> None:
    """Raise RuntimeError unless input is (n, channels, …) or (channels, …), and weight and bias fit it.

    `dims` is the number of dimensions of an image. The channels that come out lie along dimension `axis` of the weight.
    """
    if input.ndim not in (dims + 1, dims + 2) or weight.ndim != dims + 2:
        raise RuntimeError(
            f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {op}, and a {dims + 2}D weight, got "
            f"{input.shape} and {weight.shape}"
        )
    if groups < 1:
        raise RuntimeError(f"{op}: non-positive groups is not supported, got {groups=}")
    channels, expected = input.shape[-dims - 1], weight.shape[1 - axis] * (groups if axis == 0 else 1)
    if channels != expected or weight.shape[0] % groups:
        raise RuntimeError(
            f"{op}: given groups={groups}, expected input {input.shape} to have {expected} channels, but got "
            f"{channels} channels instead; groups has to divide {weight.shape[0]}"
        )
    if 0 in input.shape[-dims:] or 0 in (weight.shape[0], *weight.shape[2:]):
        raise RuntimeError(f"{op}: images and windows must not be empty, got {input.shape} and {weight.shape}")
    out = weight.shape[axis] * (groups if axis == 1 else 1)
    if bias is not None and bias.shape != (out,):
        raise RuntimeError(
            f"{op}: given weight of size {list(weight.shape)}, expected bias to be 1-dimensional with {out} elements, "
            f"but got bias of size {list(bias.shape)}"
        )


def conv1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Pair = 1, padding: Pair | str = 0,
    dilation: Pair = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """Return conv2d of sequences: input (n, channels, length) or without n, weight (out, channels / groups, k)."""
    check_channels("conv1d", input, weight, 0, bias, groups, 1)
    if input.ndim == 2:
        return squeeze(conv1d(unsqueeze(input, 0), weight, bias, stride, padding, dilation, groups), 0)
    frame = padding if isinstance(padding, str) else (0, one(padding))
    images, windows = unsqueeze(input, -2), unsqueeze(weight, 2)
    y = convolution("conv1d", images, windows, bias, (1, one(stride)), frame, (1, one(dilation)), groups)
    make_contiguous(y)
    return squeeze(y, -2)


def one(n: Any) -> Any:
    """Return a setting of one dimension, which may be given as a list of one."""
    return n[0] if isinstance(n, list | tuple) and len(n) == 1 else n


def conv_transpose2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Pair = 1, padding: Pair = 0,
    output_padding: Pair = 0, groups: int = 1, dilation: Pair = 1,
) -> Tensor:  # fmt: skip
    """Return the transposed convolution: each number of input adds its product with the weights around its place.

    This is how the gradient of conv2d's input is computed.

    Shapes: input (n, channels, h, w) or without n, weight (channels, out / groups, kh, kw), bias (out,) give (n, out,
    rows, columns), rows = (h - 1) stride - 2 padding + dilation (kh - 1) + output_padding + 1.
    """
    if input.ndim == 3:
        args = (weight, bias, stride, padding, output_padding, groups, dilation)
        return only_image(conv_transpose2d(unsqueeze(input, 0), *args))
    op = "conv_transpose2d"
    check_channels(op, input, weight, 1, bias, groups)
    stride, dilation = window_settings(op, stride=stride, dilation=dilation)
    padding, extra = window_settings(op, padding=padding, output_padding=output_padding)
    kernel = weight.shape[2:]
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise RuntimeError(
            f"output padding must be smaller than either stride or dilation, but got output_padding {extra}, "
            f"stride {stride} and dilation {dilation}"
        )
    full = [(n - 1) * s + d * (k - 1) + 1 for n, k, s, d in zip(input.shape[2:], kernel, stride, dilation, strict=True)]
    size = [m - 2 * p + e for m, p, e in zip(full, padding, extra, strict=True)]
    if min(size) < 1:
        raise RuntimeError(
            f"{op}: Given input size {input.shape}, kernel_size {tuple(kernel)}, {stride=} and {padding=}, the "
            f"calculated output size is {tuple(size)}. Output size is too small"
        )
    (n, c), out = input.shape[:2], weight.shape[1] * groups
    places, each = n * math.prod(input.shape[2:]), math.prod(kernel)
    rows = transpose(reshape(permute(input, (1, 0, 2, 3)), (groups, c // groups, places)), -1, -2)
    weights = reshape(permute(weight, (0, 2, 3, 1)), (groups, c // groups, each * weight.shape[1]))
    parts = reshape(matmul(rows, weights), (groups, places, each, weight.shape[1]))
    parts = reshape(permute(parts, (1, 2, 0, 3)), (places, each * out))
    y = assembled(parts, shape=(n, out, *full), kernel=kernel, stride=stride, dilation=dilation, frame=(0, 0, 0, 0))
    (down, right), (more_down, more_right) = padding, extra
    y = pad(y, [-right, more_right - right, -down, more_down - down])
    return y if bias is None else plus(y, reshape(bias, (-1, 1, 1)))


def unfold(input: Tensor, kernel_size: Pair, dilation: Pair = 1, padding: Pair = 0, stride: Pair = 1) -> Tensor:
    """Return the columns (n, channels * kh * kw, places) of images (n, channels, height, width), or without n."""
    if input.ndim == 3:
        return squeeze(unfold(unsqueeze(input, 0), kernel_size, dilation, padding, stride), 0)
    if input.ndim != 4 or 0 in input.shape[1:]:
        raise RuntimeError(
            f"unfold: Expected 3D or 4D (batch mode) tensor with possibly 0 batch size, but got {input.shape}"
        )
    settings = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation}
    kernel, stride, padding, dilation = window_settings("unfold", **settings)
    frame = around(padding, (1, 1), (1, 1))
    size = checked_output_size("unfold", input, kernel, stride, padding, dilation)
    rows = patches(input, kernel=kernel, stride=stride, dilation=dilation, frame=frame)
    (n, c), places = input.shape[:2], math.prod(size)
    rows = permute(reshape(rows, (n, places, math.prod(kernel), c)), (0, 3, 2, 1))
    return reshape(rows, (n, c * math.prod(kernel), places))


def checked_output_size(
    op: str, input: Tensor, kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int],
    dilation: Sequence[int] = (1, 1),
) -> tuple[int, int]:  # fmt: skip
    """Return how many windows lie below and beside each other; raise RuntimeError if there is none."""
    framed = [n + 2 * p for n, p in zip(input.shape[-2:], padding, strict=True)]
    size = output_size(framed, kernel, stride, dilation)
    if min(size) < 1:
        raise RuntimeError(
            f"{op}: Given input size {input.shape}, kernel_size {tuple(kernel)} and padding {tuple(padding)}, the "
            f"calculated output size is {size}. Output size is too small"
        )
    return size
