"""The scalar engine: expressions of single numbers, differentiated; and networks made of them."""

from autograd.scalar.derivatives import (
    cos,
    exp,
    leaky_relu,
    log,
    relu,
    sigmoid,
    sin,
    softplus,
    sqrt,
    tanh,
)
from autograd.scalar.engine import Value, grad, no_grad

__all__ = [
    "Value",
    "cos",
    "exp",
    "grad",
    "leaky_relu",
    "log",
    "no_grad",
    "relu",
    "sigmoid",
    "sin",
    "softplus",
    "sqrt",
    "tanh",
]
