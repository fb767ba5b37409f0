"""Windows that slide over images, and the convolutions that weigh what lies in them.

An image is cut into columns, one for each place of the window, and a convolution is then a matrix product. Cutting
into columns and adding columns back into an image are each other's derivative.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.tensor.derivatives.linalg import require_one_type, transposed
from autograd.tensor.derivatives.shapes import pad, reshape, unsqueeze
from autograd.tensor.engine import Tensor
from autograd.tensor.primitives import primitive

Pair = int | Sequence[int]


def pair(n: Pair) -> tuple[int, int]:
    return (n, n) if isinstance(n, int) else tuple(n) if len(n) > 1 else (n[0], n[0])


def places(
    size: Sequence[int], kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> tuple[int, int]:
    """Return how many places the window has along each of the last two dimensions."""
    return tuple((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(size, kernel, stride, dilation, strict=True))


def windows(x: np.ndarray, kernel: Any, stride: Any, dilation: Any) -> list[tuple[int, int, np.ndarray]]:
    """Return for each place in the window the view of what lies there, for all places of the window."""
    (kh, kw), (sh, sw), (dh, dw) = kernel, stride, dilation
    rows, columns = places(x.shape[-2:], kernel, stride, dilation)
    return [
        (i, j, x[..., i * dh : i * dh + sh * (rows - 1) + 1 : sh, j * dw : j * dw + sw * (columns - 1) + 1 : sw])
        for i in range(kh)
        for j in range(kw)
    ]


def cut(x: np.ndarray, kernel: Any, stride: Any, dilation: Any) -> np.ndarray:
    """Return the columns (n, channels * kh * kw, places) of images (n, channels, height, width)."""
    n, c, *size = x.shape
    rows, columns = places(size, kernel, stride, dilation)
    a, b, down, right = x.strides
    view = np.lib.stride_tricks.as_strided(
        x,
        (n, c, *kernel, rows, columns),
        (a, b, down * dilation[0], right * dilation[1], down * stride[0], right * stride[1]),
        writeable=False,
    )
    return view.reshape(n, c * math.prod(kernel), rows * columns)


def add_back(x: np.ndarray, size: Any, kernel: Any, stride: Any, dilation: Any) -> np.ndarray:
    """Return images (n, channels, *size) in which each number is the sum of what the columns hold for it."""
    rows, columns = places(size, kernel, stride, dilation)
    x = x.reshape(len(x), x.shape[1] // math.prod(kernel), *kernel, rows, columns)
    y = np.zeros((*x.shape[:2], *size), x.dtype)
    for i, j, view in windows(y, kernel, stride, dilation):
        view += x[:, :, i, j]
    return y


unfolded = primitive(
    cut,
    lambda g, y, x, kernel, stride, dilation: folded(
        g, size=x.shape[2:], kernel=kernel, stride=stride, dilation=dilation
    ),
    name="unfold",
)
folded = primitive(
    add_back,
    lambda g, y, x, size, kernel, stride, dilation: unfolded(g, kernel=kernel, stride=stride, dilation=dilation),
    name="fold",
)


# With stride 1 the rows of the columns may run on over the frame: each column is then one flat piece of the image, and
# what was computed at places where the window hangs over the edge is left out at the end. Long pieces are fast.


def shifted_pieces(x: np.ndarray, offsets: Sequence[int], length: int) -> np.ndarray:
    """Return the pieces (n, channels * pieces, length) of flat images that start at each offset."""
    y = np.empty((*x.shape[:2], len(offsets), length), x.dtype)
    for k, offset in enumerate(offsets):
        y[:, :, k] = x[:, :, offset : offset + length]
    return y.reshape(len(x), x.shape[1] * len(offsets), length)


def added_pieces(x: np.ndarray, offsets: Sequence[int], size: int) -> np.ndarray:
    x = x.reshape(len(x), x.shape[1] // len(offsets), len(offsets), x.shape[2])
    y = np.zeros((*x.shape[:2], size), x.dtype)
    for k, offset in enumerate(offsets):
        y[:, :, offset : offset + x.shape[3]] += x[:, :, k]
    return y


def on_grid(x: np.ndarray, rows: int, columns: int, width: int) -> np.ndarray:
    step = x.strides[-1]
    strides = (*x.strides[:-1], width * step, step)
    return np.lib.stride_tricks.as_strided(x, (*x.shape[:-1], rows, columns), strides)


def off_grid(x: np.ndarray, width: int) -> np.ndarray:
    rows, columns = x.shape[-2:]
    y = np.zeros((*x.shape[:-2], (rows - 1) * width + columns), x.dtype)
    on_grid(y, rows, columns, width)[...] = x
    return y


pieces = primitive(
    shifted_pieces,
    lambda g, y, x, offsets, length: pieces_back(g, offsets=offsets, size=x.shape[2]),
    name="unfold",
)
pieces_back = primitive(
    added_pieces,
    lambda g, y, x, offsets, size: pieces(g, offsets=offsets, length=x.shape[2]),
    name="fold",
)
narrowed = primitive(
    lambda x, rows, columns, width: on_grid(x, rows, columns, width).copy(),
    lambda g, y, x, rows, columns, width: widened(g, width=width),
    name="narrow",
)
widened = primitive(
    off_grid,
    lambda g, y, x, width: narrowed(g, rows=x.shape[-2], columns=x.shape[-1], width=width),
    name="widen",
)


def weighted_columns(x: np.ndarray, w: np.ndarray, b: np.ndarray | None) -> np.ndarray:
    require_one_type(x, w)
    y = np.matmul(w, x)
    if b is not None:
        y += b
    return y


# columns (n, groups, k, places), weights (groups, out, k), bias (groups, out, 1) give (n, groups, out, places)
weighted = primitive(
    weighted_columns,
    lambda g, y, x, w, b: transposed(w) @ g,
    lambda g, y, x, w, b: g @ transposed(x),
    lambda g, y, x, w, b: np.sum(g, axis=-1, keepdims=True),
    name="convolution",
)


def grouped(x: Any, groups: int) -> Any:
    return np.reshape(x, (x.shape[0], groups, x.shape[1] // groups, x.shape[2]))


def ungrouped(x: Any) -> Any:
    return np.reshape(x, (x.shape[0], x.shape[1] * x.shape[2], x.shape[3]))


# The same from flat images (n, channels, numbers). The columns are k times as large as the images: they are cut again
# for the gradient, not kept.
convolved = primitive(
    lambda x, w, b, offsets, length: weighted_columns(grouped(shifted_pieces(x, offsets, length), len(w)), w, b),
    lambda g, y, x, w, b, offsets, length: pieces_back(ungrouped(transposed(w) @ g), offsets=offsets, size=x.shape[2]),
    lambda g, y, x, w, b, offsets, length: (
        g @ transposed(grouped(pieces(x, offsets=offsets, length=length), w.shape[0]))
    ),
    lambda g, y, x, w, b, offsets, length: np.sum(g, axis=-1, keepdims=True),
    name="convolution",
)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair | str = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """Return the sums of products of windows of images with weights.

    Shapes: input (n, channels, height, width) or without n, weight (out, channels / groups, kh, kw), bias (out,) give
    (n, out, rows, columns), rows = (height + 2 padding - dilation (kh - 1) - 1) // stride + 1. `padding` may be
    "same" or "valid".
    """
    if input.ndim == 3:
        return conv2d(unsqueeze(input, 0), weight, bias, stride, padding, dilation, groups).squeeze(0)
    check_channels("conv2d", input, weight.shape[1] * groups, weight.shape[0], groups, 4)
    kernel, stride, dilation = weight.shape[2:], pair(stride), pair(dilation)
    input = pad(input, around(padding, kernel, dilation))
    size = places(input.shape[2:], kernel, stride, dilation)
    if min(size) < 1:
        raise RuntimeError(
            f"conv2d: Calculated padded input size {input.shape[2:]}. Kernel size: {kernel}. "
            "Kernel size can't be greater than actual input size"
        )
    (n, channels, height, width), (rows, columns), k = input.shape, size, weight.shape[1] * math.prod(kernel)
    weights = reshape(weight, (groups, weight.shape[0] // groups, k))
    bias = None if bias is None else reshape(bias, (groups, weight.shape[0] // groups, 1))
    if stride == (1, 1):
        offsets = [i * dilation[0] * width + j * dilation[1] for i in range(kernel[0]) for j in range(kernel[1])]
        x = reshape(input, (n, channels, height * width))
        y = convolved(x, weights, bias, offsets=offsets, length=(rows - 1) * width + columns)
        y = narrowed(y, rows=rows, columns=columns, width=width)
    else:
        x = unfolded(input, kernel=kernel, stride=stride, dilation=dilation)
        y = weighted(reshape(x, (n, groups, k, rows * columns)), weights, bias)
    return reshape(y, (n, weight.shape[0], rows, columns))


def around(padding: Any, kernel: Sequence[int], dilation: Sequence[int]) -> list[int]:
    """Return how much to add before and after, for the last dimension first, as `pad` takes it."""
    if padding == "same":
        total = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        return [side for t in reversed(total) for side in (t // 2, t - t // 2)]
    down, right = (0, 0) if padding == "valid" else pair(padding)
    return [right, right, down, down]


def check_channels(op: str, input: Tensor, expected: int, divided: int, groups: int, ndim: int) -> None:
    if input.ndim != ndim:
        raise RuntimeError(f"Expected {ndim - 1}D (unbatched) or {ndim}D (batched) input to {op}, got {input.shape}")
    if input.shape[1] != expected or divided % groups:
        raise RuntimeError(
            f"{op}: given groups={groups}, expected input {input.shape} to have {expected} channels, but got "
            f"{input.shape[1]} channels instead; groups has to divide {divided}"
        )


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Return conv2d of sequences: input (n, channels, length) or without n, weight (out, channels / groups, k)."""
    if input.ndim == 2:
        return conv1d(unsqueeze(input, 0), weight, bias, stride, padding, dilation, groups).squeeze(0)
    check_channels("conv1d", input, weight.shape[1] * groups, weight.shape[0], groups, 3)
    stride, dilation = (n if isinstance(n, int) else n[0] for n in (stride, dilation))
    padding = padding if isinstance(padding, str) else (0, padding if isinstance(padding, int) else padding[0])
    y = conv2d(unsqueeze(input, 2), unsqueeze(weight, 2), bias, (1, stride), padding, (1, dilation), groups)
    return y.squeeze(2)


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    output_padding: Pair = 0,
    groups: int = 1,
    dilation: Pair = 1,
) -> Tensor:
    """Return what conv2d's derivative makes of its output: each number spreads the weights around its place.

    Shapes: input (n, channels, h, w) or without n, weight (channels, out / groups, kh, kw), bias (out,) give
    (n, out, rows, columns), rows = (h - 1) stride - 2 padding + dilation (kh - 1) + output_padding + 1.
    """
    if input.ndim == 3:
        args = (weight, bias, stride, padding, output_padding, groups, dilation)
        return conv_transpose2d(unsqueeze(input, 0), *args).squeeze(0)
    check_channels("conv_transpose2d", input, weight.shape[0], weight.shape[0], groups, 4)
    kernel, stride, dilation, extra, padding = weight.shape[2:], *map(pair, (stride, dilation, output_padding, padding))
    full = [(n - 1) * s + d * (k - 1) + 1 for n, k, s, d in zip(input.shape[2:], kernel, stride, dilation, strict=True)]
    n, c = input.shape[:2]
    weights = transposed_weights(weight, groups)
    columns = weighted(reshape(input, (n, groups, c // groups, math.prod(input.shape[2:]))), weights, None)
    columns = reshape(columns, (n, weight.shape[1] * groups * math.prod(kernel), math.prod(input.shape[2:])))
    y = folded(columns, size=tuple(full), kernel=kernel, stride=stride, dilation=dilation)
    (down, right), (more_down, more_right) = padding, extra
    y = pad(y, [-right, more_right - right, -down, more_down - down])
    return y if bias is None else y + reshape(bias, (-1, 1, 1))


def transposed_weights(weight: Tensor, groups: int) -> Tensor:
    return reshape(weight, (groups, weight.shape[0] // groups, -1)).mT


def unfold(input: Tensor, kernel_size: Pair, dilation: Pair = 1, padding: Pair = 0, stride: Pair = 1) -> Tensor:
    """Return the columns (n, channels * kh * kw, places) of images (n, channels, height, width)."""
    input = pad(input, around(pair(padding), (1, 1), (1, 1)))
    return unfolded(input, kernel=pair(kernel_size), stride=pair(stride), dilation=pair(dilation))
