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
from autograd.scalar.losses import binary_cross_entropy, cross_entropy, hinge, mse
from autograd.scalar.nn import MLP, Layer, Module, Neuron
from autograd.scalar.training import History

__all__ = [
    "MLP",
    "History",
    "Layer",
    "Module",
    "Neuron",
    "Value",
    "binary_cross_entropy",
    "cos",
    "cross_entropy",
    "exp",
    "grad",
    "hinge",
    "leaky_relu",
    "log",
    "mse",
    "no_grad",
    "relu",
    "sigmoid",
    "sin",
    "softplus",
    "sqrt",
    "tanh",
]
