"""Differentiation itself, under the names of `torch.autograd`."""

from autograd.tensor import functional
from autograd.tensor.backward import grad
from autograd.tensor.function import Function
from autograd.tensor.grad_mode import detect_anomaly, set_grad_enabled

__all__ = ["Function", "detect_anomaly", "functional", "grad", "set_grad_enabled"]
