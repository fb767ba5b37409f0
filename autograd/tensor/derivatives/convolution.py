"""Windows that slide over images, and the convolutions that weigh what lies in them.

What the window sees at one place is a patch, a row of a matrix, and a convolution is a linear layer on these rows.
Cutting into patches and adding patches up to an image are each other's derivative.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.tensor.derivatives.elementwise import plus
from autograd.tensor.derivatives.linalg import matmul, require_one_type
from autograd.tensor.derivatives.shapes import contiguous, pad, permute, reshape, unsqueeze
from autograd.tensor.engine import Tensor, settle
from autograd.tensor.primitives import fused, primitive

Pair = int | Sequence[int]
SMALL = 2**20  # bytes


def pair(n: Pair) -> tuple[int, int]:
    return (n, n) if isinstance(n, int) else tuple(n) if len(n) > 1 else (n[0], n[0])


def output_size(size: Any, kernel: Any, stride: Any, dilation: Any) -> tuple[int, int]:
    """Return how many places the window has along each of the last two dimensions."""
    return tuple((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(size, kernel, stride, dilation, strict=True))


def windows(x: np.ndarray, kernel: Any, stride: Any, dilation: Any) -> list[tuple[int, int, np.ndarray]]:
    """Return for each place in the window the view of what lies there, for all places of the window."""
    (kh, kw), (sh, sw), (dh, dw) = kernel, stride, dilation
    rows, columns = output_size(x.shape[-2:], kernel, stride, dilation)
    return [
        (i, j, x[..., i * dh : i * dh + sh * (rows - 1) + 1 : sh, j * dw : j * dw + sw * (columns - 1) + 1 : sw])
        for i in range(kh)
        for j in range(kw)
    ]


# --- patches: what the window sees at each place, a row of a matrix. Images are held with the channels of a pixel side
# by side, as (n, height, width, channels), whatever their shape says: long pieces of memory are copied fast.


def framed(x: np.ndarray, frame: Sequence[int]) -> np.ndarray:
    """Return images with zeros around them, `frame` numbers before and after each row and column, channels last."""
    if not any(frame):
        return np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    y, inside = empty_frame(x.shape, frame, x.dtype)
    inside[...] = x
    return y.transpose(0, 2, 3, 1)


def patches_of(x: np.ndarray, kernel: Any, stride: Any, dilation: Any, frame: Any) -> np.ndarray:
    """Return the matrix (n * places, kh * kw * channels) of what lies in the window of images in a frame."""
    x = framed(x, frame)
    n, height, width, c = x.shape
    size, (a, down, right, step) = output_size((height, width), kernel, stride, dilation), x.strides
    y = np.empty((n, *size, *kernel, c), x.dtype)
    if c < 4:
        for i, j, view in windows(x.transpose(0, 3, 1, 2), kernel, stride, dilation):
            y[:, :, :, i, j] = view.transpose(0, 2, 3, 1)
    else:
        strides = (a, down * stride[0], right * stride[1], down * dilation[0], right * dilation[1], step)
        y[...] = np.lib.stride_tricks.as_strided(x, y.shape, strides, writeable=False)
    return y.reshape(-1, math.prod(kernel) * c)


def empty_frame(shape: Sequence[int], frame: Sequence[int], dtype: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return zeros of an images' shape with a frame, and the view of what lies inside it."""
    (n, c, height, width), (left, right, top, bottom) = shape, frame
    y = np.zeros((n, height + top + bottom, width + left + right, c), dtype).transpose(0, 3, 1, 2)
    return y, y[:, :, top : top + height, left : left + width]


def sum_of_patches(x: np.ndarray, shape: Any, kernel: Any, stride: Any, dilation: Any, frame: Any) -> np.ndarray:
    """Return images of this shape in which each number is the sum of what the patches hold for it."""
    y, inside = empty_frame(shape, frame, x.dtype)
    x = x.reshape(shape[0], *output_size(y.shape[2:], kernel, stride, dilation), *kernel, shape[1])
    for i, j, view in windows(y, kernel, stride, dilation):
        view += x[:, :, :, i, j].transpose(0, 3, 1, 2)
    return inside


patches = primitive(
    patches_of,
    x=lambda g, like_x, kernel, stride, dilation, frame: assembled(
        g, shape=like_x.shape, kernel=kernel, stride=stride, dilation=dilation, frame=frame
    ),
    name="patches",
)
assembled = primitive(
    sum_of_patches,
    x=lambda g, kernel, stride, dilation, frame: patches(
        g, kernel=kernel, stride=stride, dilation=dilation, frame=frame
    ),
    name="assembled",
)


# --- a convolution is a linear layer on the patches: weights (out, channels, kh, kw), bias (out,)


def placed(y: Any, n: int, size: Sequence[int]) -> Any:
    """Return the matrix (n * places, out) as images (n, out, rows, columns)."""
    return np.transpose(np.reshape(y, (n, *size, y.shape[-1])), (0, 3, 1, 2))


def convolved_size(x: Any, w: Any, stride: Any, dilation: Any, frame: Sequence[int]) -> tuple[int, int]:
    """Return the rows and columns of a convolution."""
    (height, width), (left, right, top, bottom) = x.shape[2:], frame
    return output_size((height + top + bottom, width + left + right), w.shape[2:], stride, dilation)


def convolve(x: np.ndarray, w: np.ndarray, b: Any, stride: Any, dilation: Any, frame: Any) -> tuple[np.ndarray, Any]:
    require_one_type(x, w)
    size = convolved_size(x, w, stride, dilation, frame)
    rows = patches_of(x, w.shape[2:], stride, dilation, frame)
    y = rows @ w.transpose(0, 2, 3, 1).reshape(len(w), -1).T
    if b is not None:
        lines = y.reshape(-1, size[1] * len(w))  # long ones: NumPy sets up a loop for each
        lines += np.tile(b, size[1])
    # Patches are many times as large as the images, and cut again rather than kept, unless they are small.
    return placed(y, len(x), size), rows if rows.nbytes <= max(y.nbytes, SMALL) else None


def convolve_backward(
    g: np.ndarray, saved: Any, wanted: Any, x: Any, w: Any, stride: Any, dilation: Any, frame: Any
) -> tuple[Any, Any, Any]:
    (out, c, *kernel), size, x_slope, w_slope = w.shape, g.shape[2:], None, None
    g = g.transpose(0, 2, 3, 1).reshape(-1, out)
    if wanted[1]:
        w_slope = g.T @ (patches_of(x, kernel, stride, dilation, frame) if saved is None else saved)
        w_slope = np.ascontiguousarray(w_slope.reshape(out, *kernel, c).transpose(0, 3, 1, 2))
    if wanted[0]:
        image, x_slope = empty_frame(x.shape, frame, g.dtype)
        parts = np.ascontiguousarray(w.transpose(2, 3, 0, 1))
        for i, j, view in windows(image, kernel, stride, dilation):
            view += placed(g @ parts[i, j], len(x), size)
    return x_slope, w_slope, g if wanted[2] else None


def convolve_definition(
    x: Tensor, w: Tensor, b: Any, stride: Any, dilation: Any, frame: Any, groups: int = 1
) -> Tensor:
    (out, c, *kernel), n = w.shape, x.shape[0]
    rows = patches(x, kernel=kernel, stride=stride, dilation=dilation, frame=frame)
    rows = permute(reshape(rows, (rows.shape[0], math.prod(kernel), groups, c)), (2, 0, 1, 3))
    weights = reshape(permute(w, (0, 2, 3, 1)), (groups, out // groups, -1))
    y = matmul(reshape(rows, (groups, -1, weights.shape[2])), weights.mT)
    y = reshape(permute(y, (1, 0, 2)), (-1, out))
    return placed(y if b is None else plus(y, b), n, convolved_size(x, w, stride, dilation, frame))


convolved = fused(convolve, convolve_backward, convolve_definition, name="convolution")


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
    settle(y)
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
