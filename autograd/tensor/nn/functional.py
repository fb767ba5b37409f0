"""The functions of networks, under the names of `torch.nn.functional`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.tensor.creation import rng_of
from autograd.tensor.derivatives import (
    convolution,
    elementwise,
    indexing,
    linalg,
    losses,
    networks,
    pooling,
    reductions,
    shapes,
)
from autograd.tensor.derivatives.elementwise import clamp, div, mul
from autograd.tensor.derivatives.reductions import norm
from autograd.tensor.engine import Tensor, wrap

TABLE = {
    convolution: "conv1d conv2d conv_transpose2d unfold",
    elementwise: "elu hardtanh leaky_relu logsigmoid mish relu6 sigmoid softplus tanh",
    indexing: "embedding one_hot",
    linalg: "linear",
    losses: "binary_cross_entropy_with_logits cross_entropy nll_loss",
    networks: "batch_norm gelu group_norm layer_norm rms_norm scaled_dot_product_attention",
    pooling: "adaptive_avg_pool2d avg_pool2d max_pool2d",
    reductions: "log_softmax softmax",
    shapes: "pad",
}
for _module, _names in TABLE.items():
    globals().update({_name: getattr(_module, _name) for _name in _names.split()})

__all__ = ["dropout", "normalize", "relu", "silu"]
__all__ += [name for names in TABLE.values() for name in names.split()]


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """Return x where x > 0, else 0; at 0 the slope is 0."""
    return elementwise.relu(input)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """Return x * sigmoid(x)."""
    return elementwise.silu(input)


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
