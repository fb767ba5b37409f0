"""Windows that slide over images, and the convolutions that weigh what lies in them.

What the window sees at one place is a patch, a row of a matrix, and a convolution is a linear layer on these rows.
Cutting into patches and adding patches up to an image are each other's derivative.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.tensor.core.forms import primitive
from autograd.tensor.core.tensor import Tensor
from autograd.tensor.table.elementwise import plus
from autograd.tensor.table.forms import fused
from autograd.tensor.table.linalg import matrix_product
from autograd.tensor.table.shapes import permute, reshape

SMALL = 2**20  # bytes


def output_size(size: Any, kernel: Any, stride: Any, dilation: Any) -> tuple[int, int]:
    """Return how many places the window has along each of the last two dimensions."""
    (height, width), (kh, kw), (sh, sw), (dh, dw) = size, kernel, stride, dilation
    return (height - dh * (kh - 1) - 1) // sh + 1, (width - dw * (kw - 1) - 1) // sw + 1


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
    return y.reshape(n * math.prod(size), math.prod(kernel) * c)


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


patches: Any = primitive(
    patches_of,
    x=lambda g, like_x, kernel, stride, dilation, frame: assembled(
        g, shape=like_x.shape, kernel=kernel, stride=stride, dilation=dilation, frame=frame
    ),
    name="patches",
)
assembled: Any = primitive(
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
    size = convolved_size(x, w, stride, dilation, frame)
    rows = patches_of(x, w.shape[2:], stride, dilation, frame)
    y = rows @ w.transpose(0, 2, 3, 1).reshape(len(w), math.prod(w.shape[1:])).T
    if b is not None:
        lines = y.reshape(-1, size[1] * len(w))  # long ones: NumPy sets up a loop for each
        lines += b[None].repeat(size[1], 0).reshape(-1)
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


def convolve_definition(x: Tensor, w: Tensor, b: Any, stride: Any, dilation: Any, frame: Any, groups: int = 1) -> Any:
    (out, c, *kernel), n = w.shape, x.shape[0]
    rows = patches(x, kernel=kernel, stride=stride, dilation=dilation, frame=frame)
    places, each = rows.shape[0], math.prod(kernel) * c
    rows = permute(reshape(rows, shape=(places, math.prod(kernel), groups, c)), dims=(2, 0, 1, 3))
    weights = reshape(permute(w, dims=(0, 2, 3, 1)), shape=(groups, out // groups, each))
    y = matrix_product(reshape(rows, shape=(groups, places, each)), np.swapaxes(weights, -1, -2))
    y = reshape(permute(y, dims=(1, 0, 2)), shape=(places, out))
    return placed(y if b is None else plus(y, b), n, convolved_size(x, w, stride, dilation, frame))


convolved = fused(convolve, convolve_backward, convolve_definition, name="convolution")
