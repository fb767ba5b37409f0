"""Functions of the gradients, or of the numbers, of many parameters together."""

import math
from collections.abc import Iterable

import numpy as np

from autograd.tensor.api.shapes import cat, reshape
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.core.versions import count_change
from autograd.tensor.nn.utils import rnn
from autograd.tensor.nn.utils.weight_norm import remove_weight_norm, weight_norm

Tensors = Tensor | Iterable[Tensor]
__all__ = ["clip_grad_norm_", "clip_grad_value_", "parameters_to_vector", "remove_weight_norm", "rnn"]
__all__ += ["vector_to_parameters", "weight_norm"]


def gradients(parameters: Tensors) -> list[Tensor]:
    """Return the gradients of those parameters that have one."""
    found = [parameters] if isinstance(parameters, Tensor) else parameters
    return [p.grad for p in found if p.grad is not None]


def clip_grad_norm_(
    parameters: Tensors, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Tensor:
    """Scale the gradients so that the norm of them all together is at most max_norm; return what it was.

    Source: Pascanu et al. 2013, "On the difficulty of training recurrent neural networks", algorithm 1.
    """
    grads, p = gradients(parameters), float(norm_type)
    norms = np.array([np.linalg.norm(g._data.reshape(-1), p) for g in grads], grads[0].dtype if grads else np.float32)
    total = np.linalg.norm(norms, p) if grads else norms.sum()
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(
            f"The total norm of order {p} for gradients from `parameters` is non-finite, so it cannot be clipped. "
            "To scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
        )
    scale = np.minimum(max_norm / (total + 1e-6), 1)
    for g in grads if scale != 1 else ():
        g._data *= scale.astype(g.dtype)
        count_change(g)
    return wrap(total)


def clip_grad_value_(parameters: Tensors, clip_value: float) -> None:
    """Cut every number of the gradients off at -clip_value and clip_value."""
    for g in gradients(parameters):
        np.clip(g._data, -clip_value, clip_value, out=g._data)
        count_change(g)


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """Return all parameters as one vector, through which gradients flow back to them."""
    return cat([reshape(p, -1) for p in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Write the numbers of one vector into the parameters, in order."""
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected Tensor, but got: {type(vec).__name__}")
    start = 0
    for p in parameters:
        p._data[...] = vec._data[start : start + p.numel()].reshape(p.shape)
        count_change(p)
        start += p.numel()
