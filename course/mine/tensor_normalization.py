"""What chapter 16 adds to the engine of arrays: a start that keeps activations in size, and layers that do so."""

from typing import Any

import numpy as np

from course.mine.tensor_engine import Tensor
from course.mine.tensor_modules import Module

GAINS = {"": 1.0, "relu": 2**0.5, "tanh": 5 / 3}  # what makes up for the size that a bend takes


# Exercise 16.1
def kaiming(fan_in: int, fan_out: int, rng: np.random.Generator, bend: str = "relu") -> np.ndarray:
    """Return normal weights (fan_out, fan_in) with which a layer keeps the size of what goes in; `bend` follows it.

    The standard deviation is gain / sqrt(fan_in), with the gain 1 for "", sqrt(2) for "relu", 5/3 for "tanh"; raises
    ValueError for another bend. Source: He et al. 2015, "Delving deep into rectifiers".
    """
    if bend not in GAINS:
        raise ValueError(f"kaiming knows the bends {', '.join(map(repr, GAINS))}, not {bend!r}")
    return rng.normal(0.0, GAINS[bend] / fan_in**0.5, (fan_out, fan_in))


# Exercise 16.2
class BatchNorm(Module):
    """Gives each feature of x (rows, features) mean 0 and variance 1 over the rows, times weight plus bias.

    In training mean and variance are the batch's, and the running ones move towards them by `momentum`, the variance
    with rows - 1; in eval mode the running ones are used. Raises ValueError for other shapes, and for one row in
    training. Source: Ioffe & Szegedy 2015, "Batch normalization".
    """

    def __init__(self, features: int, momentum: float = 0.1, eps: float = 1e-5) -> None:
        self.momentum, self.eps = momentum, eps
        self.weight = Tensor(np.ones(features), requires_grad=True)
        self.bias = Tensor(np.zeros(features), requires_grad=True)
        self.running_mean, self.running_var = Tensor(np.zeros(features)), Tensor(np.ones(features))

    def forward(self, x: Tensor) -> Tensor:
        if len(x.shape) != 2 or x.shape[1:] != self.weight.shape:
            raise ValueError(f"BatchNorm needs the shape (rows, {self.weight.shape[0]}), not {x.shape}")
        if not self.training:
            return self.scaled(x - self.running_mean, self.running_var)
        rows = x.shape[0]
        if rows == 1:
            raise ValueError("BatchNorm: one row has no variance. Train with two or more, or call eval() first")
        mean = x.mean(axis=0)
        centered = x - mean
        variance = (centered * centered).mean(axis=0)
        self.move(self.running_mean, mean.data)
        self.move(self.running_var, variance.data * (rows / (rows - 1)))
        return self.scaled(centered, variance)

    def move(self, running: Tensor, batch: np.ndarray) -> None:
        running.data = (1 - self.momentum) * running.data + self.momentum * batch

    def scaled(self, centered: Tensor, variance: Any) -> Tensor:
        return centered / (variance + self.eps) ** 0.5 * self.weight + self.bias


# Exercise 16.3
class LayerNorm(Module):
    """Gives each row of x (..., features) mean 0 and variance 1 over its features, times weight plus bias.

    Source: Ba, Kiros & Hinton 2016, "Layer normalization".
    """

    def __init__(self, features: int, eps: float = 1e-5) -> None:
        self.eps = eps
        self.weight = Tensor(np.ones(features), requires_grad=True)
        self.bias = Tensor(np.zeros(features), requires_grad=True)

    def forward(self, x: Tensor) -> Tensor:
        centered = x - x.mean(axis=-1, keepdims=True)
        variance = (centered * centered).mean(axis=-1, keepdims=True)
        return centered / (variance + self.eps) ** 0.5 * self.weight + self.bias


# Exercise 16.4
class Dropout(Module):
    """In training, puts 0 in each place with probability p and divides the others by 1 - p; otherwise changes nothing.

    Raises ValueError for a p that is not from 0 to below 1. Source: Srivastava et al. 2014, "Dropout".
    """

    def __init__(self, p: float, rng: np.random.Generator | None = None) -> None:
        if not 0 <= p < 1:
            raise ValueError(f"Dropout: p is a probability from 0 to below 1, not {p}")
        self.p, self.rng = p, rng or np.random.default_rng()

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        kept = self.rng.random(x.shape) >= self.p
        return x * (kept.astype(x.data.dtype) / (1 - self.p))
