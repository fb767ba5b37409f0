"""The functions of networks, under the names of `torch.nn.functional`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.tensor.creation import rng_of
from autograd.tensor.derivatives.convolution import (
    adaptive_avg_pool2d,
    avg_pool2d,
    conv1d,
    conv2d,
    conv_transpose2d,
    max_pool2d,
    unfold,
)
from autograd.tensor.derivatives.elementwise import (
    clamp,
    div,
    elu,
    hardtanh,
    leaky_relu,
    logsigmoid,
    mish,
    mul,
    relu6,
    sigmoid,
    softplus,
    tanh,
)
from autograd.tensor.derivatives.elementwise import relu as rectify
from autograd.tensor.derivatives.elementwise import silu as swish
from autograd.tensor.derivatives.indexing import embedding, one_hot
from autograd.tensor.derivatives.linalg import linear
from autograd.tensor.derivatives.losses import binary_cross_entropy_with_logits, cross_entropy, nll_loss
from autograd.tensor.derivatives.networks import (
    batch_norm,
    gelu,
    group_norm,
    layer_norm,
    rms_norm,
    scaled_dot_product_attention,
)
from autograd.tensor.derivatives.reductions import log_softmax, norm, softmax
from autograd.tensor.derivatives.shapes import pad
from autograd.tensor.engine import Tensor, wrap

__all__ = [
    *("adaptive_avg_pool2d", "avg_pool2d", "batch_norm", "binary_cross_entropy_with_logits", "conv1d", "conv2d"),
    *("conv_transpose2d", "cross_entropy", "dropout", "elu", "embedding", "gelu", "group_norm", "hardtanh"),
    *("layer_norm", "leaky_relu", "linear", "log_softmax", "logsigmoid", "max_pool2d", "mish", "nll_loss"),
    *("normalize", "one_hot", "pad", "relu", "relu6", "rms_norm", "scaled_dot_product_attention", "sigmoid"),
    *("silu", "softmax", "softplus", "tanh", "unfold"),
]


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """Return x where x > 0, else 0; at 0 the slope is 0."""
    return rectify(input)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """Return x * sigmoid(x)."""
    return swish(input)


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Return input with each number set to 0 with chance p, and the others divided by 1 - p; input if not training."""
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0:
        return input
    kept = rng_of(None).random(input.shape, np.float32) >= p
    return mul(input, wrap((kept / (1 - p) if p < 1 else kept).astype(input.dtype)))


def normalize(input: Tensor, p: float = 2.0, dim: int | Sequence[int] = 1, eps: float = 1e-12) -> Any:
    """Return input divided by its p-norm along `dim`, or by eps where that is larger."""
    return div(input, clamp(norm(input, p, dim, keepdim=True), min=eps))
