"""Distributions of real numbers."""

import math

from autograd.tensor.api.creation import rand, randn
from autograd.tensor.api.elementwise import where
from autograd.tensor.core.tensor import Tensor
from autograd.tensor.distributions.distribution import (
    POSITIVE,
    REAL,
    Constraint,
    Distribution,
    Number,
    Shape,
    as_tensors,
)


class Normal(Distribution):
    """The normal distribution with mean `loc` and standard deviation `scale`, numbers or tensors.

    p(x) = exp(−(x − loc)² / 2 scale²) / (scale √2π). Raises ValueError unless scale > 0.
    """

    has_rsample = True
    arg_constraints = {"loc": REAL, "scale": POSITIVE}
    support = REAL
    loc: Tensor
    scale: Tensor

    def __init__(self, loc: Number, scale: Number, validate_args: bool | None = None) -> None:
        loc, scale = as_tensors(loc, scale)
        super().__init__({"loc": loc, "scale": scale}, loc.shape, validate_args)

    @property
    def mean(self) -> Tensor:
        return self.loc

    mode = mean

    @property
    def stddev(self) -> Tensor:
        return self.scale

    @property
    def variance(self) -> Tensor:
        return self.scale**2

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        return self.loc + randn(self.sampled_shape(sample_shape), dtype=self.loc.dtype) * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        self.check_sample(value)
        return -((value - self.loc) ** 2) / (2 * self.variance) - self.scale.log() - math.log(math.sqrt(2 * math.pi))

    def cdf(self, value: Tensor) -> Tensor:
        """Return the probability that a random number is at most `value`."""
        self.check_sample(value)
        return 0.5 * (1 + ((value - self.loc) / (self.scale * math.sqrt(2))).erf())

    def entropy(self) -> Tensor:
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log()

    def divergence_from(self, other: "Normal") -> Tensor:
        ratio = (self.scale / other.scale) ** 2
        return 0.5 * (ratio + ((self.loc - other.loc) / other.scale) ** 2 - 1 - ratio.log())


class Uniform(Distribution):
    """The distribution with the same density everywhere in [low, high), numbers or tensors.

    p(x) = 1 / (high − low). Raises ValueError unless low < high.
    """

    has_rsample = True
    low: Tensor
    high: Tensor

    def __init__(self, low: Number, high: Number, validate_args: bool | None = None) -> None:
        low, high = as_tensors(low, high)
        super().__init__({"low": low, "high": high}, low.shape, validate_args)

    @property
    def arg_constraints(self) -> dict[str, Constraint]:
        return {
            "low": Constraint(f"LessThan(upper_bound={self.high})", lambda x: x < self.high),
            "high": Constraint(f"GreaterThan(lower_bound={self.low})", lambda x: x > self.low),
        }

    @property
    def support(self) -> Constraint:
        text = f"Interval(lower_bound={self.low}, upper_bound={self.high})"
        return Constraint(text, lambda x: (x >= self.low) & (x <= self.high))

    @property
    def mean(self) -> Tensor:
        return (self.low + self.high) / 2

    @property
    def variance(self) -> Tensor:
        return (self.high - self.low) ** 2 / 12

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        drawn = rand(self.sampled_shape(sample_shape), dtype=self.low.dtype)
        return self.low + drawn * (self.high - self.low)

    def log_prob(self, value: Tensor) -> Tensor:
        self.check_sample(value)
        inside = ((value >= self.low) & (value < self.high)).to(self.low.dtype)
        return inside.log() - (self.high - self.low).log()

    def cdf(self, value: Tensor) -> Tensor:
        """Return the probability that a random number is at most `value`."""
        self.check_sample(value)
        return ((value - self.low) / (self.high - self.low)).clamp(0, 1)

    def icdf(self, value: Tensor) -> Tensor:
        """Return the number that what is drawn is at most with a probability."""
        return value * (self.high - self.low) + self.low

    def entropy(self) -> Tensor:
        return (self.high - self.low).log()

    def divergence_from(self, other: "Uniform") -> Tensor:
        outside = (other.low > self.low) | (other.high < self.high)
        return where(outside, math.inf, ((other.high - other.low) / (self.high - self.low)).log())
