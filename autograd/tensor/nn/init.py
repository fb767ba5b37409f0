"""Starting values of weights: each function writes into a tensor, without recording, and returns it.

`fan_in` is how many numbers one output sees, `fan_out` how many outputs one input reaches.
"""

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from autograd.tensor.api.creation import Generator, rng_of
from autograd.tensor.core.tensor import Tensor
from autograd.tensor.core.versions import count_change

PLAIN = ("linear", "sigmoid", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
GAINS = {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4, **dict.fromkeys(PLAIN, 1)}


def written(tensor: Tensor, values: object) -> Tensor:
    tensor._data[...] = values
    count_change(tensor)
    return tensor


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Draw from the uniform distribution on [a, b)."""
    return written(tensor, rng_of(generator).uniform(a, b, tensor.shape))


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Draw from the normal distribution."""
    return written(tensor, rng_of(generator).normal(mean, std, tensor.shape))


def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:  # fmt: skip
    """Draw from the normal distribution cut off at a and b, by the inverse of its distribution function."""
    normal = NormalDist(mean, std)
    low, high = normal.cdf(a), normal.cdf(b)
    draws = np.clip(rng_of(generator).uniform(low, high, tensor.numel()), 1e-300, 1 - 1e-16)
    values = np.fromiter(map(normal.inv_cdf, draws.tolist()), np.float64, draws.size)
    return written(tensor, np.clip(values, a, b).reshape(tensor.shape))


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Set every number to val."""
    return written(tensor, val)


def zeros_(tensor: Tensor) -> Tensor:
    """Set every number to 0."""
    return written(tensor, 0)


def ones_(tensor: Tensor) -> Tensor:
    """Set every number to 1."""
    return written(tensor, 1)


def eye_(tensor: Tensor) -> Tensor:
    """Make a matrix the identity."""
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    return written(tensor, np.eye(tensor.shape[0], tensor.shape[1]))


def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Make the rows, or where there are more rows than columns the columns, orthonormal, times gain.

    Source: Saxe et al. 2013, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks".
    """
    if tensor.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    rows = tensor.shape[0]
    draws = rng_of(generator).normal(size=(rows, tensor.numel() // max(rows, 1)))
    q, r = np.linalg.qr(draws if draws.shape[0] >= draws.shape[1] else draws.T)
    q = q * np.sign(np.diagonal(r))  # else not all such matrices are as likely
    return written(tensor, gain * (q if q.shape == draws.shape else q.T).reshape(tensor.shape))


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return the factor for weights that makes up for what an activation takes; param: leaky_relu's slope."""
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in GAINS:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return GAINS[nonlinearity]


def fans(tensor: Tensor) -> tuple[int, int]:
    """Return fan_in and fan_out of weights (out, in, *window)."""
    if tensor.ndim < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    window = math.prod(tensor.shape[2:])
    return tensor.shape[1] * window, tensor.shape[0] * window


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Draw uniformly with standard deviation gain √(2 / (fan_in + fan_out)).

    Source: Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks", eq. 16.
    """
    return spread(uniform_, tensor, gain * math.sqrt(2 / sum(fans(tensor))), generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Draw normally with the standard deviation of `xavier_uniform_`."""
    return spread(normal_, tensor, gain * math.sqrt(2 / sum(fans(tensor))), generator)


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:  # fmt: skip
    """Draw uniformly with standard deviation gain / √fan; a is leaky_relu's slope.

    Source: He et al. 2015, "Delving deep into rectifiers", eq. 10 and 14.
    """
    return spread(uniform_, tensor, kaiming_std(tensor, a, mode, nonlinearity), generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:  # fmt: skip
    """Draw normally with the standard deviation of `kaiming_uniform_`."""
    return spread(normal_, tensor, kaiming_std(tensor, a, mode, nonlinearity), generator)


def kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    return calculate_gain(nonlinearity, a) / math.sqrt(fans(tensor)[mode == "fan_out"])


def spread(draw: Callable[..., Tensor], tensor: Tensor, std: float, generator: Generator | None) -> Tensor:
    """Draw around 0 with a standard deviation; that of a uniform distribution is its bound / √3."""
    low, high = (-math.sqrt(3) * std, math.sqrt(3) * std) if draw is uniform_ else (0.0, std)
    return draw(tensor, low, high, generator)


for (
    _name
) in "uniform normal constant eye orthogonal xavier_uniform xavier_normal kaiming_uniform kaiming_normal".split():
    globals()[_name] = globals()[f"{_name}_"]  # PyTorch's names of old
