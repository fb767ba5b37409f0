"""What all distributions share: shapes, checks, and the divergence of two."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.tensor.api.conversion import as_array
from autograd.tensor.api.creation import tensor
from autograd.tensor.api.grad_mode import no_grad
from autograd.tensor.api.shapes import broadcast_tensors
from autograd.tensor.core.tensor import Tensor

Number = Tensor | float
Shape = Sequence[int]


@dataclass(frozen=True)
class Constraint:
    """A condition on numbers: its text, and a test that gives a boolean for each number."""

    text: str
    holds: Callable[[Tensor], Tensor]

    def __repr__(self) -> str:
        return self.text


REAL = Constraint("Real()", lambda x: x == x)
POSITIVE = Constraint("GreaterThan(lower_bound=0.0)", lambda x: x > 0)
PROBABILITY = Constraint("Interval(lower_bound=0.0, upper_bound=1.0)", lambda x: (x >= 0) & (x <= 1))
BOOLEAN = Constraint("Boolean()", lambda x: (x == 0) | (x == 1))
SIMPLEX = Constraint("Simplex()", lambda x: (x >= 0).all(-1) & ((x.sum(-1) - 1).abs() < 1e-6))
REALS = Constraint("IndependentConstraint(Real(), 1)", lambda x: (x == x).all(-1))


class Distribution:
    """The base class of all distributions, one for each entry of `batch_shape`.

    `given` holds the parameters that were given, under their names. Samples have the shape `sample_shape +
    batch_shape`.
    """

    has_rsample = False
    validates = True

    def __init__(self, given: dict[str, Tensor], batch_shape: Shape, validate_args: bool | None = None) -> None:
        self.given, self.batch_shape, self.event_shape = given, tuple(batch_shape), ()
        vars(self).update(given)
        self.validates = self.validates if validate_args is None else validate_args
        for name, x in given.items() if self.validates else ():
            if not (constraint := self.arg_constraints[name]).holds(x).all():
                raise ValueError(
                    f"Expected parameter {name} ({type(x).__name__} of shape {x.shape}) of distribution {self!r} "
                    f"to satisfy the constraint {constraint!r}, but found invalid values:\n{x}"
                )

    @property
    def arg_constraints(self) -> dict[str, Constraint]:
        """The condition that each parameter has to meet."""
        raise NotImplementedError(f"{type(self).__name__} has to define arg_constraints")

    @property
    def support(self) -> Constraint:
        """Which numbers can be drawn."""
        raise NotImplementedError(f"{type(self).__name__} has to define support")

    @property
    def mean(self) -> Tensor:
        """The mean of each distribution."""
        raise NotImplementedError(f"{type(self).__name__} has no mean")

    @property
    def variance(self) -> Tensor:
        """The variance of each distribution."""
        raise NotImplementedError(f"{type(self).__name__} has no variance")

    @property
    def stddev(self) -> Tensor:
        """The standard deviation of each distribution, √variance."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Shape = ()) -> Tensor:
        """Return random numbers of this distribution; no gradient flows to its parameters."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Shape = ()) -> Tensor:
        """Return random numbers through which gradients flow to the parameters, if the distribution can."""
        raise NotImplementedError(f"{type(self).__name__} has no rsample: use sample(), and log_prob() for gradients")

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the logarithm of the probability, or of the density, of a value."""
        raise NotImplementedError(f"{type(self).__name__} has to define log_prob(value)")

    def entropy(self) -> Tensor:
        """Return the entropy of each distribution, in nats."""
        raise NotImplementedError(f"{type(self).__name__} has no entropy")

    def perplexity(self) -> Tensor:
        """Return exp(entropy)."""
        return self.entropy().exp()

    def divergence_from(self, other: Any) -> Tensor:
        """Return the Kullback–Leibler divergence KL(self ‖ other) of two distributions of the same kind."""
        raise NotImplementedError(f"No KL(p || q) is implemented for {type(self).__name__}")

    def sampled_shape(self, sample_shape: Shape) -> tuple[int, ...]:
        """Return the shape of what is drawn."""
        return (*sample_shape, *self.batch_shape)

    def check_sample(self, value: Tensor) -> None:
        """Raise ValueError for a value that cannot be drawn."""
        if not self.validates:
            return
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        for i, j in zip(reversed(value.shape), reversed(self.batch_shape), strict=False):
            if i != 1 and j != 1 and i != j:
                raise ValueError(
                    "Value is not broadcastable with batch_shape+event_shape: "
                    f"{size_text(value.shape)} vs {size_text(self.batch_shape)}."
                )
        if not self.support.holds(value).all():
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {value.shape}) to be within the support "
                f"({self.support!r}) of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        shown = (f"{name}: {x if x.numel() == 1 else size_text(x.shape)}" for name, x in self.given.items())
        return f"{type(self).__name__}({', '.join(shown)})"


def size_text(shape: Shape) -> str:
    """Return a shape as PyTorch writes it."""
    return f"torch.Size({list(shape)})"


def as_tensors(*given: Number) -> list[Tensor]:
    """Return numbers and tensors as tensors of one shape; numbers take the type of the tensors."""
    if not all(isinstance(x, Tensor | int | float) for x in given):
        raise ValueError(f"Input arguments must all be instances of Number or Tensor, got {given!r}")
    dtype = next((x.dtype for x in given if isinstance(x, Tensor)), None)
    tensors = [x if isinstance(x, Tensor) else tensor(as_array(float(x), dtype)) for x in given]
    return list(broadcast_tensors(*tensors))


def given_once(probs: Number | None, logits: Number | None) -> tuple[str, Number]:
    """Return which of probabilities and logits is given, and its value; raise ValueError unless it is just one."""
    if probs is None and logits is not None:
        return "logits", logits
    if logits is None and probs is not None:
        return "probs", probs
    raise ValueError("Either `probs` or `logits` must be specified, but not both.")


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """Return the Kullback–Leibler divergence KL(p ‖ q) = E_p[log p − log q] of two distributions of the same kind.

    Raises NotImplementedError for different kinds. Source: Kullback & Leibler 1951, "On information and sufficiency".
    """
    if type(p) is not type(q):
        kinds = f"p type {type(p).__name__} and q type {type(q).__name__}"
        raise NotImplementedError(f"No KL(p || q) is implemented for {kinds}; both must be of the same kind")
    return p.divergence_from(q)
