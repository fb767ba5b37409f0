"""Activations, normalizations and attention under PyTorch's names and with its arguments."""

import math
from collections.abc import Sequence

import numpy as np

from autograd.tensor.api.creation import rng_of
from autograd.tensor.api.elementwise import masked_fill
from autograd.tensor.api.grad_mode import no_grad
from autograd.tensor.api.indexing import repeat_interleave
from autograd.tensor.api.shapes import reshape
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.table.elementwise import mul, plus, rsqrt
from autograd.tensor.table.networks import attention, normal_gelu, normalized, scaled, tanh_gelu


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """Return x Φ(x), where Φ(x) is the probability that a normal number is below x; "tanh" approximates it."""
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    return (normal_gelu if approximate == "none" else tanh_gelu)(input)


def last_axes(input: Tensor, shape: Sequence[int], op: str, *parameters: Tensor | None) -> tuple[int, ...]:
    """Return the last dimensions; raise RuntimeError unless input ends in this shape and the parameters have it."""
    for p in parameters:
        if p is not None and p.shape != tuple(shape):
            raise RuntimeError(
                f"{op}: Expected weight and bias to be of same shape as normalized_shape, but got {p.shape} and "
                f"normalized_shape = {list(shape)}"
            )
    if not len(shape):
        raise RuntimeError(f"{op}: Expected normalized_shape to be at least 1-dimensional, but got {tuple(shape)}")
    if tuple(input.shape[input.ndim - len(shape) :]) != tuple(shape):
        raise RuntimeError(
            f"{op}: Given normalized_shape={list(shape)}, expected input to end in it, got {input.shape}"
        )
    return tuple(range(input.ndim - len(shape), input.ndim))


def layer_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Return input with mean 0 and variance 1 over its last dimensions, which are `normalized_shape`, times w plus b.

    Source: Ba et al. 2016, "Layer normalization".
    """
    axes = last_axes(input, normalized_shape, "layer_norm", weight, bias)
    return normalized(input, weight, bias, axes=axes, eps=eps, center=True)


def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Return input divided by the root of its mean square over the last dimensions, times w.

    Source: Zhang & Sennrich 2019, "Root mean square layer normalization".
    """
    axes = last_axes(input, normalized_shape, "rms_norm", weight)
    eps = float(np.finfo(input.dtype).eps) if eps is None else eps
    return normalized(input, weight, None, axes=axes, eps=eps, center=False)


def check_count(numbers: int, what: str, input: Tensor) -> None:
    """Raise ValueError if only one number is to be normalized, since the result would always be 0."""
    if numbers == 1:
        raise ValueError(f"Expected more than 1 {what} when training, got input size {input.shape}")


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Return input (n, channels, …) normalized over each group of channels, then times w plus b for each channel.

    Raises ValueError if there is one sample and its groups consist of one number each.
    Source: Wu & He 2018, "Group normalization".
    """
    if input.ndim < 2:
        raise RuntimeError(f"group_norm: Expected at least 2 dimensions for input tensor but received {input.ndim}")
    n, channels = input.shape[:2]
    if num_groups < 1 or channels % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape {input.shape} "
            f"and num_groups={num_groups}"
        )
    check_channel_parameters("group_norm", input, weight=weight, bias=bias)
    each = channels // num_groups * math.prod(input.shape[2:])
    check_count(n * each, "value per channel", input)
    y = normalized(reshape(input, (n, num_groups, each)), None, None, axes=(2,), eps=eps, center=True)
    return scaled(reshape(y, input.shape), *(per_channel(p, input.ndim) for p in (weight, bias)))


def instance_norm(
    input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None,
    weight: Tensor | None = None, bias: Tensor | None = None, use_input_stats: bool = True, momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Return input (n, channels, …) with mean 0 and variance 1 for each channel of each sample, times w plus b.

    The running mean and variance move by `momentum` towards the averages of these means and variances over the batch;
    without `use_input_stats` they are used instead. Raises ValueError if a channel of a sample has one number only.
    Source: Ulyanov et al. 2016, "Instance normalization: the missing ingredient for fast stylization".
    """
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise RuntimeError("instance_norm: Expected running_mean and running_var with use_input_stats=False")
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    check_channel_parameters("instance_norm", input, running_mean, running_var, weight, bias)
    numbers = math.prod(input.shape[2:])
    check_count(numbers, "spatial element", input)
    axes = tuple(range(2, input.ndim))
    with no_grad():
        if running_mean is not None and running_var is not None:
            move(running_mean, input.mean(axes).mean(0), momentum)
            move(running_var, input.var(axes).mean(0), momentum)
    w, b = (per_channel(p, input.ndim) for p in (weight, bias))
    return scaled(normalized(input, None, None, axes=axes, eps=eps, center=True), w, b)


def check_channel_parameters(
    op: str, input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None,
    weight: Tensor | None = None, bias: Tensor | None = None,
) -> None:  # fmt: skip
    """Raise an error for a parameter without one number for each channel, or for one running value alone."""
    channels = input.shape[1] if input.ndim > 1 else 0
    for name, p in (("running_mean", running_mean), ("running_var", running_var), ("weight", weight), ("bias", bias)):
        if p is not None and p.shape != (channels,):
            raise RuntimeError(
                f"{op}: {name} should contain {channels} elements, one for each channel of input {input.shape}, but "
                f"has shape {p.shape}"
            )
    if (running_mean is None) != (running_var is None):
        raise ValueError(f"{op}: running_mean and running_var must either both be None or neither be None")


def move(running: Tensor, batch: Tensor, momentum: float) -> None:
    """Move a running mean towards that of a batch."""
    running.copy_(running * (1 - momentum) + batch * momentum)


def per_channel(parameter: Tensor | None, ndim: int) -> Tensor | None:
    """Return a parameter (channels,) in the shape in which it broadcasts over (n, channels, …)."""
    return None if parameter is None else reshape(parameter, (1, -1, *[1] * (ndim - 2))[: max(ndim, 1)])


def batch_norm(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | None = None,
    bias: Tensor | None = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Return input (n, channels, …) with mean 0 and variance 1 for each channel, times w plus b.

    In training, mean and variance are those of the batch, and the running ones move towards them by `momentum`;
    otherwise the running ones are used. Raises ValueError if a channel has one number only, or if eps is not above 0 in
    training.
    Source: Ioffe & Szegedy 2015, "Batch normalization".
    """
    check_channel_parameters("batch_norm", input, running_mean, running_var, weight, bias)
    if eps < 0:
        raise ValueError(f"batch_norm eps must be non-negative, but got {eps}")
    axes = (0, *range(2, input.ndim))
    if training:
        check_count(math.prod(input.shape[a] for a in axes), "value per channel", input)
        if eps <= 0:
            raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    elif running_mean is None or running_var is None:
        raise RuntimeError("batch_norm: expected running_mean and running_var to be tensors when training=False")
    if not input.numel():
        return mul(input, 1)
    w, b = (per_channel(p, input.ndim) for p in (weight, bias))
    if not training:
        scale = rsqrt(plus(per_channel(running_var, input.ndim), eps))
        return scaled(mul(plus(input, mul(per_channel(running_mean, input.ndim), -1)), scale), w, b)
    with no_grad():
        if running_mean is not None and running_var is not None:
            move(running_mean, input.mean(axes), momentum)
            move(running_var, input.var(axes), momentum)
    return normalized(input, w, b, axes=axes, eps=eps, center=True)


def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: float = 0.0,
    is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    """Return softmax(q kᵀ scale + mask) v: each query's mean of the values, weighted by how well the keys fit.

    Shapes: query (…, l, d), key (…, s, d), value (…, s, e) give (…, l, e); scale is 1 / √d if not given. A mask
    (…, l, s) is True where a key takes part, or is added to the scores; `is_causal` lets query i see the keys 0 … i.
    A query that may see no key gets 0. With `enable_gqa` several heads (dimension -3) of queries share one of keys.
    Source: Vaswani et al. 2017, "Attention is all you need", eq. 1.
    """
    if not 0 <= dropout_p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p}")
    if enable_gqa:
        if query.shape[-3] % key.shape[-3]:
            raise RuntimeError("Number of heads in key and value must divide the number of heads in query")
        key, value = (repeat_interleave(x, query.shape[-3] // x.shape[-3], -3) for x in (key, value))
    scale = 1 / math.sqrt(query.shape[-1] or 1) if scale is None else scale
    length, keys = query.shape[-2], key.shape[-2]
    if is_causal and attn_mask is not None:
        raise RuntimeError("scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    mask, kept = attn_mask, None
    if is_causal:
        mask = wrap(np.triu(np.full((length, keys), -np.inf, query.dtype), 1))
    elif mask is not None:
        if mask.dtype.kind == "b":
            mask = wrap(np.where(mask._data, 0, -np.inf).astype(query.dtype))
        blind = np.maximum.reduce(mask._data, -1, keepdims=True, initial=-np.inf) == -np.inf
        if blind.any():
            mask, kept = masked_fill(mask, wrap(blind), 0), (~blind).astype(query.dtype)
    if dropout_p:
        shape = (*np.broadcast_shapes(query.shape[:-2], key.shape[:-2]), length, keys)
        drawn = ((rng_of(None).random(shape) >= dropout_p) / ((1 - dropout_p) or 1)).astype(query.dtype)
        kept = drawn if kept is None else drawn * kept
    return attention(query, key, value, mask, scale=scale, kept=kept)
