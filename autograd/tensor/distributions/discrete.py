"""Distributions of events: one that happens or not, or one of several."""

import math

import numpy as np

from autograd.tensor.api.creation import arange, bernoulli, full, multinomial
from autograd.tensor.api.elementwise import where
from autograd.tensor.api.grad_mode import no_grad
from autograd.tensor.api.losses import binary_cross_entropy_with_logits
from autograd.tensor.api.shapes import broadcast_tensors
from autograd.tensor.core.tensor import Tensor
from autograd.tensor.distributions.distribution import (
    BOOLEAN,
    PROBABILITY,
    REAL,
    REALS,
    SIMPLEX,
    Constraint,
    Distribution,
    Number,
    Shape,
    as_tensors,
    given_once,
)


def clamped(probs: Tensor) -> Tensor:
    """Return probabilities that are neither 0 nor 1, so that their logarithms are finite."""
    eps = float(np.finfo(probs.dtype).eps)
    return probs.clamp(eps, 1 - eps)


class Bernoulli(Distribution):
    """1 with probability `probs` = sigmoid(`logits`), else 0; one of the two is given, a number or a tensor.

    Raises ValueError unless probs is in [0, 1].
    """

    arg_constraints = {"probs": PROBABILITY, "logits": REAL}
    support = BOOLEAN

    def __init__(
        self, probs: Number | None = None, logits: Number | None = None, validate_args: bool | None = None
    ) -> None:
        name, value = given_once(probs, logits)
        (x,) = as_tensors(value)
        super().__init__({name: x}, x.shape, validate_args)

    def __getattr__(self, name: str) -> Tensor:
        """Return probabilities from logits, or logits from probabilities: what was not given."""
        given: dict[str, Tensor] = vars(self).get("given", {})
        if name == "logits" and "probs" in given:
            p = clamped(given["probs"])
            return p.log() - (-p).log1p()
        if name == "probs" and "logits" in given:
            return given["logits"].sigmoid()
        raise AttributeError(f"Bernoulli has no attribute {name!r}")

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        """The more probable of 0 and 1; nan where both are equally probable."""
        likely = (self.probs >= 0.5).to(self.probs.dtype)
        return where(self.probs == 0.5, math.nan, likely)

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        with no_grad():
            return bernoulli(self.probs.expand(self.sampled_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self.check_sample(value)
        logits, value = broadcast_tensors(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value.to(logits.dtype), reduction="none")

    def entropy(self) -> Tensor:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """Return 0 and 1, along a new first dimension, for every distribution."""
        values = arange(2, dtype=self.probs.dtype).view(2, *[1] * len(self.batch_shape))
        return values.expand(2, *self.batch_shape) if expand else values

    def divergence_from(self, other: "Bernoulli") -> Tensor:
        p, q = self.probs, other.probs
        one = p * (log_sigmoid(self.logits) - log_sigmoid(other.logits))
        zero = (1 - p) * (log_sigmoid(-self.logits) - log_sigmoid(-other.logits))
        one = where(p == 0, 0.0, where(q == 0, math.inf, one))
        return one + where(p == 1, 0.0, where(q == 1, math.inf, zero))


def log_sigmoid(x: Tensor) -> Tensor:
    """Return log(sigmoid(x)), which does not overflow."""
    return x.clamp(max=0.0) - (-x.abs()).exp().log1p()


class Categorical(Distribution):
    """One of n events, 0 to n − 1, with probabilities `probs`, or softmax(`logits`), along the last dimension.

    Probabilities are divided by their sum. Raises ValueError for a single number and for negative probabilities.
    """

    arg_constraints = {"probs": SIMPLEX, "logits": REALS}

    def __init__(
        self, probs: Tensor | None = None, logits: Tensor | None = None, validate_args: bool | None = None
    ) -> None:
        name, value = given_once(probs, logits)
        (x,) = as_tensors(value)
        if x.ndim < 1:
            raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
        x = x / x.sum(-1, keepdim=True) if name == "probs" else x - x.logsumexp(-1, keepdim=True)
        super().__init__({name: x}, x.shape[:-1], validate_args)

    def __getattr__(self, name: str) -> Tensor:
        """Return probabilities from logits, or logits from probabilities: what was not given."""
        given: dict[str, Tensor] = vars(self).get("given", {})
        if name == "logits" and "probs" in given:
            return clamped(given["probs"]).log()
        if name == "probs" and "logits" in given:
            return given["logits"].softmax(-1)
        raise AttributeError(f"Categorical has no attribute {name!r}")

    @property
    def events(self) -> int:
        """How many events there are."""
        return next(iter(self.given.values())).shape[-1]

    @property
    def support(self) -> Constraint:
        last = self.events - 1
        text = f"IntegerInterval(lower_bound=0, upper_bound={last})"
        return Constraint(text, lambda x: (x == x.floor()) & (x >= 0) & (x <= last))

    @property
    def mean(self) -> Tensor:
        """nan: events are no numbers."""
        return full(self.batch_shape, math.nan, dtype=self.probs.dtype)

    variance = mean

    @property
    def mode(self) -> Tensor:
        """The most probable event."""
        return self.probs.argmax(-1)

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        with no_grad():
            rows = self.probs.reshape(-1, self.events)
            drawn = multinomial(rows, math.prod(sample_shape), replacement=True)
            return drawn.T.reshape(self.sampled_shape(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self.check_sample(value)
        places, logits = broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return logits.gather(-1, places[..., :1]).squeeze(-1)

    def entropy(self) -> Tensor:
        least = float(np.finfo(self.logits.dtype).min)
        return -(self.logits.clamp(least) * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """Return all events, along a new first dimension, for every distribution."""
        values = arange(self.events).view(-1, *[1] * len(self.batch_shape))
        return values.expand(self.events, *self.batch_shape) if expand else values

    def divergence_from(self, other: "Categorical") -> Tensor:
        p, q = self.probs, other.probs
        parts = p * (self.logits - other.logits)
        return where(p == 0, 0.0, where(q == 0, math.inf, parts)).sum(-1)
