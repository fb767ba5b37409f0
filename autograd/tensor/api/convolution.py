"""Convolutions under PyTorch's names and with its arguments."""

import math
from collections.abc import Sequence
from typing import Any

from autograd.tensor.api.products import matmul
from autograd.tensor.api.shapes import contiguous, pad, permute, reshape, unsqueeze
from autograd.tensor.core.tensor import Tensor, make_contiguous
from autograd.tensor.table.convolution import (
    assembled,
    convolve_definition,
    convolved,
    convolved_size,
    output_size,
    patches,
)  # fmt: skip

Pair = int | Sequence[int]


def pair(n: Pair) -> tuple[int, int]:
    return (n, n) if isinstance(n, int) else tuple(n) if len(n) > 1 else (n[0], n[0])


def conv2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Pair = 1, padding: Pair | str = 0,
    dilation: Pair = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """Return the sums of products of windows of images with weights.

    Shapes: input (n, channels, height, width) or without n, weight (out, channels / groups, kh, kw), bias (out,) give
    (n, out, rows, columns), rows = (height + 2 padding - dilation (kh - 1) - 1) // stride + 1. `padding` may be
    "same" or "valid".
    """
    if input.ndim == 3:
        return conv2d(unsqueeze(input, 0), weight, bias, stride, padding, dilation, groups)[0]
    check_channels("conv2d", input, weight.shape[1] * groups, weight.shape[0], groups)
    stride, dilation = pair(stride), pair(dilation)
    if padding == "same" and max(stride) > 1:
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    frame = around(padding, weight.shape[2:], dilation)
    if min(convolved_size(input, weight, stride, dilation, frame)) < 1:
        size = (input.shape[2] + frame[2] + frame[3], input.shape[3] + frame[0] + frame[1])
        raise RuntimeError(
            f"conv2d: Calculated padded input size {size}. Kernel size: {weight.shape[2:]}. "
            "Kernel size can't be greater than actual input size"
        )
    if groups > 1:
        return contiguous(convolve_definition(input, weight, bias, stride, dilation, frame, groups))
    return convolved(input, weight, bias, stride=stride, dilation=dilation, frame=frame)


def around(padding: Any, kernel: Sequence[int], dilation: Sequence[int]) -> list[int]:
    """Return how much to add before and after, for the last dimension first, as `pad` takes it."""
    if padding == "same":
        total = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        return [side for t in reversed(total) for side in (t // 2, t - t // 2)]
    down, right = (0, 0) if padding == "valid" else pair(padding)
    return [right, right, down, down]


def check_channels(op: str, input: Tensor, expected: int, divided: int, groups: int, dims: int = 2) -> None:
    """Raise an error unless input is (n, channels, …) or (channels, …), `dims` dimensions following."""
    if input.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {op}, got {input.shape}"
        )
    channels = input.shape[-dims - 1]
    if channels != expected or divided % groups:
        raise RuntimeError(
            f"{op}: given groups={groups}, expected input {input.shape} to have {expected} channels, but got "
            f"{channels} channels instead; groups has to divide {divided}"
        )


def conv1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
    groups: int = 1,
) -> Tensor:  # fmt: skip
    """Return conv2d of sequences: input (n, channels, length) or without n, weight (out, channels / groups, k)."""
    check_channels("conv1d", input, weight.shape[1] * groups, weight.shape[0], groups, 1)
    stride, dilation = (n if isinstance(n, int) else n[0] for n in (stride, dilation))
    padding = padding if isinstance(padding, str) else (0, padding if isinstance(padding, int) else padding[0])
    y = conv2d(unsqueeze(input, -2), unsqueeze(weight, 2), bias, (1, stride), padding, (1, dilation), groups)
    make_contiguous(y)
    return y.squeeze(-2)


def conv_transpose2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Pair = 1, padding: Pair = 0,
    output_padding: Pair = 0, groups: int = 1, dilation: Pair = 1,
) -> Tensor:  # fmt: skip
    """Return what conv2d's derivative makes of its output: each number spreads the weights around its place.

    Shapes: input (n, channels, h, w) or without n, weight (channels, out / groups, kh, kw), bias (out,) give
    (n, out, rows, columns), rows = (h - 1) stride - 2 padding + dilation (kh - 1) + output_padding + 1.
    """
    if input.ndim == 3:
        args = (weight, bias, stride, padding, output_padding, groups, dilation)
        return conv_transpose2d(unsqueeze(input, 0), *args).squeeze(0)
    check_channels("conv_transpose2d", input, weight.shape[0], weight.shape[0], groups)
    kernel, stride, dilation, extra, padding = weight.shape[2:], *map(pair, (stride, dilation, output_padding, padding))
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise RuntimeError(
            f"output padding must be smaller than either stride or dilation, but got output_padding {extra}, "
            f"stride {stride} and dilation {dilation}"
        )
    full = [(n - 1) * s + d * (k - 1) + 1 for n, k, s, d in zip(input.shape[2:], kernel, stride, dilation, strict=True)]
    (n, c), out = input.shape[:2], weight.shape[1] * groups
    places, each = n * math.prod(input.shape[2:]), math.prod(kernel)
    rows = reshape(permute(input, (1, 0, 2, 3)), (groups, c // groups, places)).mT
    weights = reshape(permute(weight, (0, 2, 3, 1)), (groups, c // groups, each * weight.shape[1]))
    parts = reshape(matmul(rows, weights), (groups, places, each, weight.shape[1]))
    parts = reshape(permute(parts, (1, 2, 0, 3)), (places, each * out))
    y = assembled(parts, shape=(n, out, *full), kernel=kernel, stride=stride, dilation=dilation, frame=(0, 0, 0, 0))
    (down, right), (more_down, more_right) = padding, extra
    y = pad(y, [-right, more_right - right, -down, more_down - down])
    return y if bias is None else y + reshape(bias, (-1, 1, 1))


def unfold(input: Tensor, kernel_size: Pair, dilation: Pair = 1, padding: Pair = 0, stride: Pair = 1) -> Tensor:
    """Return the columns (n, channels * kh * kw, places) of images (n, channels, height, width)."""
    kernel, frame = pair(kernel_size), around(padding, (1, 1), (1, 1))
    size = checked_output_size("unfold", input, kernel, pair(stride), pair(padding), pair(dilation))
    rows = patches(input, kernel=kernel, stride=pair(stride), dilation=pair(dilation), frame=frame)
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
