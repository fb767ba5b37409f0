"""Images of another size: frames around them, scaling, and channels turned into pixels."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.tensor.api import shapes
from autograd.tensor.api.indexing import index_select
from autograd.tensor.api.pooling import averages
from autograd.tensor.api.products import matmul
from autograd.tensor.api.shapes import transpose
from autograd.tensor.core.tensor import Tensor, wrap

LINEAR = ("linear", "bilinear", "trilinear")  # what the mode is called for one, two and three dimensions
CUBIC = -0.75  # PyTorch's parameter of cubic convolution: Keys 1981, "Cubic convolution interpolation", eq. 6


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Return the tensor with `value` (0) around it; `pad` is (before, after) for the last dimension, then for others.

    Negative numbers cut off. Other modes repeat numbers of the tensor: "reflect" mirrors those inside the border,
    "replicate" repeats the one at the border, and "circular" continues with those at the other end.
    """
    if mode not in ("reflect", "replicate", "circular"):
        for i, n in enumerate(input.shape[::-1][: len(pad) // 2]):
            if n + min(pad[2 * i], 0) + min(pad[2 * i + 1], 0) < 0:
                raise RuntimeError(f"pad: cannot cut off more than there is: padding {list(pad)} of {input.shape}")
        return shapes.pad(input, pad, mode, value)
    if value:
        raise ValueError(f"Padding mode {mode!r} doesn't take in value argument, got {value}")
    count = len(pad) // 2
    if len(pad) % 2 or input.ndim not in (count + 1, count + 2):
        raise NotImplementedError(
            f"pad: mode {mode!r} takes (before, after) for all dimensions of the input but the first one or two, got "
            f"{list(pad)} for input {list(input.shape)}"
        )
    for i in range(count):
        before, after, n = pad[2 * i], pad[2 * i + 1], input.shape[-1 - i]
        left = n + min(before, 0) + min(after, 0) - 1 if mode == "circular" else n + before + after
        if not n or left < 0 or (mode != "replicate" and max(before, after) > n - (mode == "reflect")):
            raise RuntimeError(
                "Padding size should be less than the corresponding input dimension, but got: padding "
                f"({before}, {after}) at dimension {input.ndim - 1 - i} of input {list(input.shape)}, mode {mode!r}"
            )
        if before or after:
            places = places_around(n, before, after, mode)
            input = transpose(transpose(input, 0, -1 - i)[places], 0, -1 - i)  # rows are added up faster than columns
    return input


def places_around(n: int, before: int, after: int, mode: str) -> np.ndarray:
    """Return for each place of a padded dimension which of its n numbers stands there."""
    places = np.arange(-before, n + after)
    if mode == "replicate":
        return np.array(np.clip(places, 0, n - 1))
    if mode == "reflect":
        return np.array((n - 1) - np.abs((n - 1) - np.abs(places)))
    first, last = max(-before, 0), n - max(-after, 0)  # what is cut off does not come back at the other end
    return np.array(first + (places - first) % max(last - first, 1))


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Return images (…, c r², h, w) as (…, c, h r, w r): of r² channels, each gives a pixel of every r × r square.

    Source: Shi et al. 2016, "Real-time single image and video super-resolution using sub-pixel convolution".
    """
    if input.ndim < 3:
        raise RuntimeError(f"pixel_shuffle expects input to have at least 3 dimensions, got shape {input.shape}")
    (*batch, channels, height, width), r = input.shape, upscale_factor
    if r < 1:
        raise RuntimeError(f"pixel_shuffle expects a positive upscale_factor, but got {r}")
    if channels % r**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={channels} is not divisible by {r**2}"
        )
    fewer, n = channels // r**2, len(batch)
    parts = input.reshape(*batch, fewer, r, r, height, width)
    return parts.permute(*range(n + 1), n + 3, n + 1, n + 4, n + 2).reshape(*batch, fewer, height * r, width * r)


def interpolate(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
    align_corners: bool | None = None, recompute_scale_factor: bool | None = None, antialias: bool = False,
) -> Tensor:  # fmt: skip
    """Return images (n, channels, …) scaled to a size, or by a factor, along each dimension from the third on.

    Modes: "nearest", "nearest-exact" (from the middle of a pixel, not its corner), "area" (means), and "linear",
    "bilinear", "trilinear" for one, two and three such dimensions, "bicubic" for two. With `align_corners` the first
    and last pixels keep their places, else the images' borders do. With `recompute_scale_factor` the factor is that of
    the sizes, which are whole numbers, instead of the one that was given.
    """
    dims = input.ndim - 2
    known = ["nearest", "nearest-exact", "area", *LINEAR[dims - 1 : dims], *["bicubic"] * (dims == 2)]
    if mode not in known or dims not in (1, 2, 3):
        raise NotImplementedError(
            f"interpolate: mode {mode!r} is not implemented for a {input.ndim}D input, whose modes are {known}"
        )
    if antialias:
        raise NotImplementedError("interpolate: antialias=True is not implemented")
    if (size is None) == (scale_factor is None):
        raise ValueError("only one of size or scale_factor should be defined, and one has to be")
    if recompute_scale_factor and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    if mode in ("nearest", "nearest-exact", "area") and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    wanted, factors = (x if isinstance(x, list | tuple) else [x] * dims for x in (size, scale_factor))
    if len(wanted) != dims or len(factors) != dims:
        raise ValueError(
            f"interpolate: input {list(input.shape)} has {dims} dimensions to scale, got size={size}, "
            f"scale_factor={scale_factor}"
        )
    for dim, (length, factor) in enumerate(zip(wanted, factors, strict=True), 2):
        old = input.shape[dim]
        new = length if factor is None else math.floor(old * factor)
        if old < 1 or new < 1:
            raise RuntimeError(
                f"Input and output sizes should be greater than 0, but got input {list(input.shape)} and output size "
                f"{new} at dimension {dim}"
            )
        step = old / new if factor is None or recompute_scale_factor or mode == "area" else 1 / factor
        if new == old and (step == 1 or mode in LINEAR or (mode == "nearest" and dims == 2)):
            continue  # in PyTorch the other modes follow a factor that is no whole number here too
        if mode.startswith("nearest"):
            start = 0.5 if mode == "nearest-exact" else 0
            places = np.minimum(np.floor((np.arange(new) + start) * step).astype(np.int64), old - 1)
            input = index_select(input, dim, wrap(places))
        else:
            shares = shares_of_pixels(old, new, step, mode, align_corners, input.dtype)
            input = transpose(matmul(transpose(input, dim, -1), shares), dim, -1)
    return input


def shares_of_pixels(old: int, new: int, step: float, mode: str, align_corners: bool | None, dtype: np.dtype) -> Tensor:
    """Return the matrix (old, new) of the weights with which old pixels add up to each new pixel."""
    if mode == "area":
        return averages(old, new, dtype).T
    centers = np.arange(new) * ((old - 1) / max(new - 1, 1)) if align_corners else (np.arange(new) + 0.5) * step - 0.5
    if mode != "bicubic":
        centers = np.clip(centers, 0, old - 1)
        return wrap(np.maximum(1 - np.abs(np.arange(old)[:, None] - centers), 0).astype(dtype))
    first, shares = np.floor(centers).astype(np.int64), np.zeros((old, new))
    for tap in range(-1, 3):  # four pixels; beyond the border it is the last one that counts again
        places = np.clip(first + tap, 0, old - 1)
        np.add.at(shares, (places, np.arange(new)), cubic(np.abs(centers - first - tap)))
    return wrap(shares.astype(dtype))


def cubic(x: np.ndarray) -> np.ndarray:
    """Return the weight of a pixel at a distance of 0 to 2 in cubic convolution."""
    near = ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1
    far = ((CUBIC * x - 5 * CUBIC) * x + 8 * CUBIC) * x - 4 * CUBIC
    return np.asarray(np.where(x <= 1, near, far))
