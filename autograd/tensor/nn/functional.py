"""The functions of networks, under the names of `torch.nn.functional`; most of them are those of `api`."""

import warnings
from collections.abc import Sequence

import numpy as np

from autograd.tensor.api import elementwise, reductions
from autograd.tensor.api.convolution import conv1d, conv2d, conv_transpose2d, unfold
from autograd.tensor.api.creation import ones, rng_of
from autograd.tensor.api.elementwise import clamp, div, logsigmoid, softplus
from autograd.tensor.api.images import interpolate, pad, pixel_shuffle
from autograd.tensor.api.indexing import embedding, one_hot
from autograd.tensor.api.inplace import in_place
from autograd.tensor.api.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    nll_loss,
    smooth_l1_loss,
)
from autograd.tensor.api.networks import (
    batch_norm,
    gelu,
    group_norm,
    instance_norm,
    layer_norm,
    rms_norm,
    scaled_dot_product_attention,
)
from autograd.tensor.api.pointwise import sigmoid, tanh
from autograd.tensor.api.pooling import adaptive_avg_pool2d, avg_pool1d, avg_pool2d, max_pool1d, max_pool2d
from autograd.tensor.api.products import linear
from autograd.tensor.api.reductions import norm, sum
from autograd.tensor.api.refusals import missing
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.table import elementwise as table
from autograd.tensor.table.elementwise import masked, minus, mul, plus

# fmt: off
__all__ = [
    "adaptive_avg_pool2d", "avg_pool1d", "avg_pool2d", "batch_norm", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "conv1d", "conv2d", "conv_transpose2d", "cosine_similarity",
    "cross_entropy", "dropout", "dropout2d", "elu", "embedding", "gelu", "group_norm", "hardtanh", "huber_loss",
    "instance_norm", "interpolate", "kl_div", "l1_loss", "layer_norm", "leaky_relu", "linear", "log_softmax",
    "logsigmoid", "max_pool1d", "max_pool2d", "mish", "mse_loss", "nll_loss", "normalize", "one_hot", "pad",
    "pixel_shuffle", "prelu", "relu", "relu6", "rms_norm", "scaled_dot_product_attention", "sigmoid", "silu",
    "smooth_l1_loss", "softmax", "softplus", "softshrink", "tanh", "tanhshrink", "unfold",
]
# fmt: on
__getattr__ = missing("autograd.tensor.nn.functional")


# --- activations; with `inplace` an activation writes its result into its input ---

elu_in_place, hardtanh_in_place = in_place(elementwise.elu, "elu_"), in_place(elementwise.hardtanh, "hardtanh_")
leaky_relu_in_place = in_place(elementwise.leaky_relu, "leaky_relu_")
silu_in_place, mish_in_place = in_place(table.silu, "silu_"), in_place(table.mish, "mish_")


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """Return x where x > 0, else 0; at 0 the slope is 0."""
    return input.relu_() if inplace else table.relu(input)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Return x where x > 0, else alpha * (exp(x) - 1).

    Source: Clevert et al. 2016, "Fast and accurate deep network learning by exponential linear units".
    """
    return (elu_in_place if inplace else elementwise.elu)(input, alpha)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """Return x clipped to [min_val, max_val]; at the bounds the slope is 0."""
    if min_val > max_val:
        raise ValueError(f"hardtanh: min_val cannot be greater than max_val, got {min_val=} and {max_val=}")
    return (hardtanh_in_place if inplace else elementwise.hardtanh)(input, min_val, max_val)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """Return x clipped to [0, 6]; at the bounds the slope is 0."""
    return hardtanh(input, 0.0, 6.0, inplace)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """Return x where x > 0, else negative_slope * x; at 0 the slope is negative_slope."""
    return (leaky_relu_in_place if inplace else elementwise.leaky_relu)(input, negative_slope)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """Return x * sigmoid(x). Source: Elfwing et al. 2018, "Sigmoid-weighted linear units"."""
    return (silu_in_place if inplace else table.silu)(input)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """Return x * tanh(softplus(x)). Source: Misra 2020, "Mish: a self regularized non-monotonic activation"."""
    return (mish_in_place if inplace else table.mish)(input)


def tanhshrink(input: Tensor) -> Tensor:
    """Return x - tanh(x)."""
    return minus(input, tanh(input))


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Return x moved towards 0 by lambd, 0 where |x| <= lambd, with slope 0; RuntimeError unless 0 <= lambd < inf."""
    if not 0 <= lambd < np.inf:
        raise RuntimeError(f"softshrink: lambda must be in range [0, inf), but found {lambd}")
    return minus(input, clamp(input, -lambd, lambd))


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """Return x where x > 0, else weight * x; one weight, or one for each channel of (n, channels, …).

    Source: He et al. 2015, "Delving deep into rectifiers", eq. 1.
    """
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got shape {weight.shape}")
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.numel() not in (1, channels):
        raise RuntimeError(
            "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
            f"{weight.numel()} and channel size = {channels}."
        )
    slope, above = weight.reshape((-1, *[1] * (input.ndim - 2)) if weight.numel() > 1 else ()), input._data > 0
    return plus(masked(input, above), mul(masked(input, ~above), slope))


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: np.dtype | None = None) -> Tensor:
    """Return exp(x) / sum(exp(x)) along `dim`; without one, along that which PyTorch guesses, with its warning."""
    return reductions.softmax(input, implicit_dim("softmax", input, dim, _stacklevel), dtype=dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: np.dtype | None = None) -> Tensor:
    """Return x - log(sum(exp(x))) along `dim`; without one, along that which PyTorch guesses, with its warning."""
    return reductions.log_softmax(input, implicit_dim("log_softmax", input, dim, _stacklevel), dtype=dtype)


def implicit_dim(op: str, input: Tensor, dim: int | None, stacklevel: int) -> int:
    """Return the dimension, or where none is given, with a warning, the one that PyTorch guesses."""
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {op} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=stacklevel,
    )
    return 0 if input.ndim in (0, 1, 3) else 1


# --- dropout, and lengths of vectors ---


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Return input with numbers set to 0 with probability p, and the others divided by 1 - p; input if not training."""
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0:
        return input
    drawn = rng_of(None).random(input.shape, np.float32) >= p
    kept = wrap((drawn / (1 - p) if p < 1 else drawn).astype(input.dtype))
    return input.mul_(kept) if inplace else mul(input, kept)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Return dropout of whole channels of (n, channels, …).

    Source: Tompson et al. 2015, "Efficient object localization using convolutional networks".
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training:
        return input
    if input.ndim < 2:
        raise RuntimeError(f"dropout2d: Feature dropout requires at least 2 dimensions in the input, got {input.shape}")
    kept = dropout(ones(*input.shape[:2], *[1] * (input.ndim - 2), dtype=input.dtype), p)
    return input.mul_(kept) if inplace else mul(input, kept)


def normalize(input: Tensor, p: float = 2.0, dim: int | Sequence[int] = 1, eps: float = 1e-12) -> Tensor:
    """Return input divided by its p-norm along `dim`, or by eps where that is larger."""
    return div(input, clamp(norm(input, p, dim, keepdim=True), min=eps))


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """Return the cosine of the angle between x1 and x2 along `dim`: x1 · x2 / (max(|x1|, eps) max(|x2|, eps))."""
    shape = np.broadcast_shapes(x1.shape, x2.shape)
    return sum(mul(*(normalize(x.expand(shape), 2, dim, eps) for x in (x1, x2))), dim)
