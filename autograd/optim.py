"""Optimizers: rules that move parameters against their gradients, so that a loss falls.

A parameter is anything with `data` and `grad`: a Value with its floats, a Tensor with its arrays. The rules are
written with operators only, so one text serves both. They are PyTorch's, with its defaults.

In the formulas θ is a parameter, g its gradient, t counts the steps from 1, and products are elementwise.
"""

from collections.abc import Iterable
from numbers import Real
from typing import Any


class Optimizer:
    """What all optimizers share: the list of parameters, the learning rate, and one state for each parameter.

    A subclass says in `update` how one parameter moves. `lr` may be set between steps, as a schedule does.
    With `weight_decay` λ the gradient is g + λ θ, the slope of the loss plus λ/2 θ².
    """

    def __init__(self, params: Iterable[Any], lr: float, weight_decay: float = 0.0) -> None:
        self.parameters = listed(params)
        self.lr = at_least_zero("lr", lr)
        self.weight_decay = at_least_zero("weight_decay", weight_decay)
        self.states: list[dict[str, Any]] = [{} for _ in self.parameters]

    def step(self) -> None:
        """Move every parameter once; one whose `grad` is None stays where it is."""
        for parameter, state in zip(self.parameters, self.states, strict=True):
            if parameter.grad is not None:
                self.update(parameter, self.decayed(parameter), state)

    def decayed(self, parameter: Any) -> Any:
        """Return the gradient of the loss, plus that of the weight decay."""
        decay = self.weight_decay
        return parameter.grad + decay * parameter.data if decay else parameter.grad

    def update(self, parameter: Any, gradient: Any, state: dict[str, Any]) -> None:
        """Move one parameter; `state` is an empty dict at its first step and is kept for the next."""
        raise NotImplementedError(f"{type(self).__name__} has to define update(parameter, gradient, state)")

    def zero_grad(self) -> None:
        """Forget the gradients: 0.0 where the parameter is a number, None where it is an array."""
        for parameter in self.parameters:
            parameter.grad = 0.0 if isinstance(parameter.data, Real) else None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.parameters)} parameters, lr={self.lr:g})"


class SGD(Optimizer):
    """Gradient descent, with momentum if wanted.

    θ ← θ − lr · g; with momentum μ and dampening d a velocity v (at first g) takes the place of g:
    v ← μ v + (1 − d) g. Nesterov's variant looks one step ahead: g + μ v takes the place of g.

    Sources: Polyak 1964; Sutskever et al. 2013, "On the importance of initialization and momentum in deep
    learning", eq. 1–4 (PyTorch multiplies by lr after the velocity, not before).
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(params, lr, weight_decay)
        self.momentum = at_least_zero("momentum", momentum)
        self.dampening, self.nesterov = dampening, nesterov
        if nesterov and (momentum == 0 or dampening != 0):
            raise ValueError(f"SGD: nesterov needs momentum > 0, dampening 0; got {momentum=}, {dampening=}")

    def update(self, parameter: Any, gradient: Any, state: dict[str, Any]) -> None:
        if self.momentum:
            if "velocity" in state:
                velocity = self.momentum * state["velocity"] + (1 - self.dampening) * gradient
            else:
                velocity = +gradient  # of an array, + makes the copy that is needed: engines reuse theirs
            state["velocity"] = velocity
            gradient = gradient + self.momentum * velocity if self.nesterov else velocity
        parameter.data -= self.lr * gradient


class RMSProp(Optimizer):
    """Gradient descent in which each parameter's step is divided by the recent size of its gradients.

    v ← α v + (1 − α) g²; θ ← θ − lr · g / (√v + eps). With `centered`, the variance v − m² takes the place of v,
    where m ← α m + (1 − α) g. With momentum μ the quotient is collected, b ← μ b + g / (√v + eps), and θ ← θ − lr · b.

    Sources: Tieleman & Hinton 2012, Coursera lecture 6.5; centered: Graves 2013, "Generating sequences with recurrent
    neural networks", eq. 38–41 (with eps inside the root there).
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ) -> None:
        super().__init__(params, lr, weight_decay)
        self.alpha, self.eps = at_least_zero("alpha", alpha), at_least_zero("eps", eps)
        self.momentum, self.centered = at_least_zero("momentum", momentum), centered

    def update(self, parameter: Any, gradient: Any, state: dict[str, Any]) -> None:
        keep, take = self.alpha, 1 - self.alpha
        square = state["square"] = keep * state.get("square", 0.0) + take * (gradient * gradient)
        if self.centered:
            mean = state["mean"] = keep * state.get("mean", 0.0) + take * gradient
            square = abs(square - mean * mean)  # never below 0, except by rounding
        step = gradient / (square**0.5 + self.eps)
        if self.momentum:
            step = state["velocity"] = self.momentum * state.get("velocity", 0.0) + step
        parameter.data -= self.lr * step


class Adam(Optimizer):
    """Momentum and RMSProp together, both corrected for starting at zero.

    m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; θ ← θ − lr · m̂ / (√v̂ + eps), where m̂ = m / (1 − β₁ᵗ) and
    v̂ = v / (1 − β₂ᵗ).

    Source: Kingma & Ba 2015, "Adam: a method for stochastic optimization", algorithm 1.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr, weight_decay)
        if len(betas) != 2 or not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"{type(self).__name__}: betas must be two numbers in [0, 1), got {betas!r}")
        self.betas, self.eps = tuple(betas), at_least_zero("eps", eps)

    def update(self, parameter: Any, gradient: Any, state: dict[str, Any]) -> None:
        beta1, beta2 = self.betas
        t = state["t"] = state.get("t", 0) + 1
        mean = state["mean"] = beta1 * state.get("mean", 0.0) + (1 - beta1) * gradient
        square = state["square"] = beta2 * state.get("square", 0.0) + (1 - beta2) * (gradient * gradient)
        spread = (square / (1 - beta2**t)) ** 0.5 + self.eps
        parameter.data -= self.lr / (1 - beta1**t) * (mean / spread)


class AdamW(Adam):
    """Adam with decoupled weight decay: first θ ← (1 − lr · λ) θ, then Adam's step with the loss's own gradient.

    In Adam the decay is part of g, and so divided by √v̂: weights with large gradients hardly decay.

    Source: Loshchilov & Hutter 2019, "Decoupled weight decay regularization", algorithm 2.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay)

    def decayed(self, parameter: Any) -> Any:
        return parameter.grad

    def update(self, parameter: Any, gradient: Any, state: dict[str, Any]) -> None:
        parameter.data *= 1 - self.lr * self.weight_decay
        super().update(parameter, gradient, state)


def listed(params: Iterable[Any]) -> list[Any]:
    """Return the parameters as a list; raise an error if there are none, or one is no parameter or there twice."""
    try:
        parameters = list(params)
    except TypeError:
        raise TypeError(f"params must be a list, such as model.parameters(), got {params!r}") from None
    if not parameters:
        raise ValueError("an optimizer needs at least one parameter, got an empty list")
    for position, parameter in enumerate(parameters):
        if not (hasattr(parameter, "data") and hasattr(parameter, "grad")):
            raise TypeError(f"parameter {position} has no .data and .grad: {parameter!r}")
    if len(set(map(id, parameters))) < len(parameters):
        raise ValueError("a parameter is in the list more than once and would move more than once in a step")
    return parameters


def at_least_zero(name: str, number: float) -> float:
    if not number >= 0:  # nan too
        raise ValueError(f"{name} must be 0 or more, got {number!r}")
    return number
