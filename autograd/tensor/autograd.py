"""Differentiation itself, under the names of `torch.autograd`."""

from typing import Any

from autograd.tensor import functional
from autograd.tensor.backward import grad
from autograd.tensor.engine import Tensor
from autograd.tensor.function import Function
from autograd.tensor.grad_mode import detect_anomaly, enable_grad, no_grad, set_grad_enabled

__all__ = ["Function", "Variable", "detect_anomaly", "enable_grad", "functional", "grad", "no_grad", "set_grad_enabled"]


def Variable(data: Tensor, requires_grad: bool = False, **_: Any) -> Tensor:  # noqa: N802
    """Return the tensor; a name from before tensors had gradients themselves."""
    return data.detach().requires_grad_() if requires_grad else data
