"""Losses that are one operation: the derivative is simpler, and more exact, than that of the parts."""

from typing import Any

import numpy as np

from autograd.tensor.core.forms import elementwise
from autograd.tensor.core.tensor import Tensor
from autograd.tensor.table.elementwise import neg, sigmoid
from autograd.tensor.table.forms import fused
from autograd.tensor.table.indexing import gathered
from autograd.tensor.table.reductions import log_softmax, mean, shifted
from autograd.tensor.table.sums import summed

# The common case of cross_entropy: logits (n, classes), targets (n,) and the mean of the losses.


def mean_cross_entropy(x: np.ndarray, targets: np.ndarray) -> tuple[Any, Any]:
    x, rows = shifted(x, -1), np.arange(len(x))
    picked = x[rows, targets]
    p = np.exp(x, out=x)
    total = summed(p, -1)
    return np.add.reduce(np.log(total) - picked) / len(x), (p, total, rows)


def mean_cross_entropy_backward(g: Any, saved: Any, targets: np.ndarray) -> tuple[Any, Any]:
    p, total, rows = saved
    scale = g / len(p)
    slope = p * (scale / total)[:, None]
    slope[rows, targets] -= scale
    return slope, None


def mean_cross_entropy_definition(x: Tensor, targets: Any) -> Tensor:
    return neg(mean(gathered(log_softmax(x, dim=-1), index=targets[:, None], axis=1), dim=None, keepdim=False))


hard_cross_entropy = fused(
    mean_cross_entropy, mean_cross_entropy_backward, mean_cross_entropy_definition, name="cross_entropy"
)

# x the logit, t the target: softplus(x) - t x, whose slope is sigmoid(x) - t
logistic = elementwise(
    lambda x, t: np.maximum(x, 0) - x * t + np.log1p(np.exp(-np.abs(x))),
    x=lambda g, x, t: g * (sigmoid(x) - t),
    t=lambda g, x: -g * x,
    name="binary_cross_entropy_with_logits",
)

# -t log p - (1 - t) log(1 - p); the logarithms end at -100, so that a sure error costs much but not everything
log_loss = elementwise(
    lambda p, t: -(t * np.maximum(np.log(p), -100) + (1 - t) * np.maximum(np.log1p(-p), -100)),
    p=lambda g, p, t: g * ((p - t) / np.maximum(p * (1 - p), 1e-12)),
    t=lambda g, p: g * (np.log1p(-p) - np.log(p)),
    name="binary_cross_entropy",
)
