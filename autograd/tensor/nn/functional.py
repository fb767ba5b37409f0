"""The functions of networks, under the names of `torch.nn.functional`; most are entries of the derivative table."""

import math
import warnings
from collections.abc import Callable, Sequence
from functools import wraps
from inspect import Signature, signature
from typing import Any

import numpy as np

from autograd.tensor.api import convolution, elementwise, indexing, losses, networks, pooling, products, shapes
from autograd.tensor.api.creation import ones, rng_of
from autograd.tensor.api.elementwise import clamp, div, where
from autograd.tensor.api.indexing import index_select
from autograd.tensor.api.inplace import in_place
from autograd.tensor.api.losses import reduce
from autograd.tensor.api.products import matmul
from autograd.tensor.api.reductions import log_softmax, norm, softmax, sum
from autograd.tensor.api.refusals import missing
from autograd.tensor.api.shapes import transpose
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.table import elementwise as table
from autograd.tensor.table.elementwise import abs, masked, minus, mul, plus, square
from autograd.tensor.table.losses import log_loss

TABLE = {
    convolution: "conv1d conv2d conv_transpose2d unfold",
    elementwise: "logsigmoid softplus",
    table: "sigmoid tanh",
    indexing: "embedding one_hot",
    products: "linear",
    losses: "binary_cross_entropy_with_logits cross_entropy nll_loss",
    networks: "batch_norm gelu group_norm layer_norm rms_norm scaled_dot_product_attention",
    pooling: "adaptive_avg_pool2d avg_pool1d avg_pool2d max_pool1d max_pool2d",
}
HERE = (
    "binary_cross_entropy cosine_similarity dropout dropout2d elu hardtanh huber_loss interpolate kl_div l1_loss "
    "leaky_relu log_softmax mish mse_loss normalize pad pixel_shuffle prelu relu relu6 silu smooth_l1_loss softmax"
)
for _module, _names in TABLE.items():
    globals().update({_name: getattr(_module, _name) for _name in _names.split()})
__getattr__ = missing("autograd.tensor.nn.functional")
__all__ = " ".join([*TABLE.values(), HERE]).split()


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """Return x where x > 0, else 0; at 0 the slope is 0."""
    return input.relu_() if inplace else table.relu(input)


def in_place_too(function: Callable[..., Tensor], doc: str | None = None) -> Callable[..., Tensor]:
    """Give an activation a last setting, `inplace`, with which it writes its result into its input."""
    change, parameters = in_place(function, f"{function.__name__}_"), [*signature(function).parameters.values()]

    @wraps(function)
    def apply(input: Tensor, *settings: Any, inplace: bool = False, **named: Any) -> Tensor:
        if len(settings) == len(parameters):
            *settings, inplace = settings
        return (change if inplace else function)(input, *settings, **named)

    apply.__signature__ = Signature([*parameters, signature(relu).parameters["inplace"]])
    apply.__doc__ = doc or function.__doc__
    return apply


elu, hardtanh = in_place_too(elementwise.elu), in_place_too(elementwise.hardtanh)
leaky_relu, relu6 = in_place_too(elementwise.leaky_relu), in_place_too(elementwise.relu6)
silu = in_place_too(table.silu, "Return x * sigmoid(x).")
mish = in_place_too(table.mish, "Return x * tanh(softplus(x)).")


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """Return x where x > 0, else weight * x; one weight, or one for each channel of (n, channels, …).

    Source: He et al. 2015, "Delving deep into rectifiers", eq. 1.
    """
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.numel() not in (1, channels):
        raise RuntimeError(
            "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
            f"{weight.numel()} and channel size = {channels}."
        )
    slope, above = weight.reshape((-1, *[1] * (input.ndim - 2)) if weight.numel() > 1 else ()), input._data > 0
    return plus(masked(input, above), mul(masked(input, ~above), slope))


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Return input with each number set to 0 with chance p, and the others divided by 1 - p; input if not training."""
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0:
        return input
    kept = rng_of(None).random(input.shape, np.float32) >= p
    kept = wrap((kept / (1 - p) if p < 1 else kept).astype(input.dtype))
    return input.mul_(kept) if inplace else mul(input, kept)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Return dropout of whole channels of (n, channels, …).

    Source: Tompson et al. 2015, "Efficient object localization using convolutional networks".
    """
    if not training:
        return input
    kept = dropout(ones(*input.shape[:2], *[1] * (input.ndim - 2), dtype=input.dtype), p)
    return input.mul_(kept) if inplace else mul(input, kept)


def normalize(input: Tensor, p: float = 2.0, dim: int | Sequence[int] = 1, eps: float = 1e-12) -> Any:
    """Return input divided by its p-norm along `dim`, or by eps where that is larger."""
    return div(input, clamp(norm(input, p, dim, keepdim=True), min=eps))


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """Return the cosine of the angle between x1 and x2 along `dim`: x1 · x2 / (max(|x1|, eps) max(|x2|, eps))."""
    shape = np.broadcast_shapes(x1.shape, x2.shape)
    return sum(mul(*(normalize(x.expand(shape), 2, dim, eps) for x in (x1, x2))), dim)


def implicit_dim(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Return a softmax that guesses `dim` where there is none, as PyTorch does, with its warning."""

    @wraps(function)
    def apply(input: Tensor, dim: int | None = None, **named: Any) -> Tensor:
        if dim is None:
            warnings.warn(
                f"Implicit dimension choice for {function.__name__} has been deprecated. Change the call to include "
                "dim=X as an argument.",
                stacklevel=2,
            )
            dim = 0 if input.ndim in (0, 1, 3) else 1
        return function(input, dim, **named)

    return apply


softmax, log_softmax = implicit_dim(softmax), implicit_dim(log_softmax)


# --- losses of two tensors of one shape; `reduction` is "mean", "sum" or "none" ---


def differences(input: Tensor, target: Tensor) -> Tensor:
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will "
            "likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
            stacklevel=3,
        )
    return minus(input, target)


def mse_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """Return (input - target)²."""
    return reduce(square(differences(input, target)), reduction)


def l1_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """Return |input - target|."""
    return reduce(abs(differences(input, target)), reduction)


def huber_loss(input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """Return d² / 2 where |d| < delta, else delta (|d| - delta / 2); d = input - target.

    Source: Huber 1964, "Robust estimation of a location parameter".
    """
    if delta <= 0:
        raise ValueError("huber_loss does not support non-positive values for delta.")
    return reduce(rounded_corner(differences(input, target), delta), reduction)


def smooth_l1_loss(input: Tensor, target: Tensor, *, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """Return huber_loss with delta = beta, divided by beta; l1_loss for beta = 0."""
    if beta < 0:
        raise ValueError("smooth_l1_loss does not support negative values for beta")
    d = differences(input, target)
    return reduce(div(rounded_corner(d, beta), beta) if beta else abs(d), reduction)


def rounded_corner(d: Tensor, delta: float) -> Tensor:
    far = abs(d)
    return where(far < delta, mul(square(d), 0.5), mul(minus(far, 0.5 * delta), delta))


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, *, reduction: str = "mean"
) -> Tensor:
    """Return -t log p - (1 - t) log(1 - p) for probabilities p = input and t = target; logarithms end at -100."""
    if target.shape != input.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. "
            "Please ensure they have the same size."
        )
    for x, name in ((input, "input"), (target, "target")):
        if x.numel() and not (0 <= x._data.min() and x._data.max() <= 1):
            raise RuntimeError(f"all elements of {name} should be between 0 and 1")
    losses = log_loss(input, target)
    return reduce(losses if weight is None else mul(losses, weight), reduction)


def kl_div(input: Tensor, target: Tensor, *, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """Return t (log t - input), input being log-probabilities and t = target, or exp(target) if `log_target`.

    "batchmean" divides the sum by the length of dimension 0, which makes it the divergence of Kullback and Leibler.
    """
    if log_target:
        losses = mul(target.exp(), minus(target, input))
    else:
        known = where(target > 0, target, 1.0)  # 0 log 0 = 0
        losses = minus(masked(mul(target, known.log()), target._data > 0), mul(target, input))
    return sum(losses) / (input.shape or (1,))[0] if reduction == "batchmean" else reduce(losses, reduction)


# --- images of another size ---

FRAMES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}  # what is around images, and NumPy's name


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Return the tensor with `value` (0) around it; `pad` is (before, after) for the last dimension, then for others.

    Negative numbers cut off. Other modes put the tensor's own numbers there: "reflect" those behind the border, as in a
    mirror, "replicate" that at the border, "circular" those from the other end.
    """
    if mode not in FRAMES:
        return shapes.pad(input, pad, mode, value)
    for i in range(len(pad) // 2):
        before, after, n = pad[2 * i], pad[2 * i + 1], input.shape[-1 - i]
        if mode != "replicate" and max(before, after) > n - (mode == "reflect"):
            raise RuntimeError(
                "Padding size should be less than the corresponding input dimension, but got: padding "
                f"({before}, {after}) at dimension {input.ndim - 1 - i} of input {list(input.shape)}, mode {mode!r}"
            )
        places = np.pad(np.arange(n), (before, after), FRAMES[mode])
        input = transpose(transpose(input, 0, -1 - i)[places], 0, -1 - i)  # rows are added up faster than columns
    return input


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Return images (…, c r², h, w) as (…, c, h r, w r): of r² channels, each gives a pixel of every r × r square.

    Source: Shi et al. 2016, "Real-time single image and video super-resolution using sub-pixel convolution".
    """
    (*batch, channels, height, width), r = input.shape, upscale_factor
    if channels % r**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={channels} is not divisible by {r**2}"
        )
    parts, n = input.reshape(*batch, channels // r**2, r, r, height, width), len(batch)
    return parts.permute(*range(n + 1), n + 3, n + 1, n + 4, n + 2).reshape(*batch, -1, height * r, width * r)


def interpolate(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Tensor:
    """Return images (n, channels, …) scaled to a size, or by a factor, along each dimension from the third on.

    Modes: "nearest", and "linear", "bilinear", "trilinear" for one, two and three such dimensions. With
    `align_corners` the first and last pixels keep their places, else the images' borders do.
    """
    dims = input.ndim - 2
    if mode not in ("nearest", ("linear", "bilinear", "trilinear")[dims - 1]):
        raise NotImplementedError(f"interpolate: mode {mode!r} is not implemented for a {input.ndim}D input")
    if (size is None) == (scale_factor is None):
        raise ValueError("only one of size or scale_factor should be defined, and one has to be")
    if mode == "nearest" and align_corners is not None:
        raise ValueError("align_corners option can only be set with the interpolating modes: linear | bilinear")
    wanted, factors = (x if isinstance(x, list | tuple) else [x] * dims for x in (size, scale_factor))
    for dim, (length, factor) in enumerate(zip(wanted, factors, strict=True), 2):
        old = input.shape[dim]
        new = length if factor is None else math.floor(old * factor)
        if new == old:
            continue
        step = old / new if factor is None else 1 / factor
        if mode == "nearest":
            places = np.minimum(np.floor(np.arange(new) * step).astype(np.int64), old - 1)
            input = index_select(input, dim, wrap(places))
        else:
            shares = wrap(interpolation_weights(old, new, step, align_corners, input.dtype))
            input = transpose(matmul(transpose(input, dim, -1), shares), dim, -1)
    return input


def interpolation_weights(old: int, new: int, step: float, align_corners: bool | None, dtype: np.dtype) -> np.ndarray:
    """Return the matrix (old, new) of how much of each old pixel there is in each new one."""
    if align_corners:
        centers = np.arange(new) * ((old - 1) / max(new - 1, 1))
    else:
        centers = np.clip((np.arange(new) + 0.5) * step - 0.5, 0, old - 1)
    return np.maximum(1 - np.abs(np.arange(old)[:, None] - centers), 0).astype(dtype)
