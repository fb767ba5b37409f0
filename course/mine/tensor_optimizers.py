"""What chapter 14 adds to the engine of arrays: optimizers, and a schedule for their learning rate."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from course.mine.tensor_engine import Tensor


class Optimizer:
    """What all optimizers share. `update` says what becomes of an array, given its gradient.

    Each parameter has a `state`, a dict in which `update` keeps what it needs in the next step. A parameter without a
    gradient stays as it is. Raises ValueError where there are no parameters.
    """

    def __init__(self, parameters: Iterable[Tensor], lr: float) -> None:
        self.parameters, self.lr = list(parameters), lr
        if not self.parameters:
            raise ValueError(f"{type(self).__name__} got no parameters: are the layers attributes of a module?")
        self.state: list[dict[str, Any]] = [{} for _ in self.parameters]

    def update(self, x: np.ndarray, g: np.ndarray, state: dict[str, Any]) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} has no update")

    def step(self) -> None:
        for parameter, state in zip(self.parameters, self.state, strict=True):
            if parameter.grad is not None:
                parameter.data = self.update(parameter.data, parameter.grad, state)

    def zero_grad(self) -> None:
        for parameter in self.parameters:
            parameter.grad = None


# Exercise 14.1
class SGD(Optimizer):
    """Descent with momentum: v = momentum v + g, x = x - lr v; with nesterov, x = x - lr (g + momentum v)."""

    def __init__(self, parameters: Iterable[Tensor], lr: float, momentum: float = 0.0, nesterov: bool = False) -> None:
        super().__init__(parameters, lr)
        self.momentum, self.nesterov = momentum, nesterov

    def update(self, x: np.ndarray, g: np.ndarray, state: dict[str, Any]) -> np.ndarray:
        v = state["v"] = self.momentum * state.get("v", 0.0) + g
        return x - self.lr * (g + self.momentum * v if self.nesterov else v)


# Exercise 14.2
class Adam(Optimizer):
    """Steps of mean / (sqrt(mean square) + eps), with running means of g and g * g that are corrected for their start.

    m = b1 m + (1 - b1) g and s = b2 s + (1 - b2) g g, divided by 1 - b1**t and 1 - b2**t at step t (Kingma, Ba 2015).
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        super().__init__(parameters, lr)
        self.betas, self.eps = betas, eps

    def update(self, x: np.ndarray, g: np.ndarray, state: dict[str, Any]) -> np.ndarray:
        b1, b2 = self.betas
        t = state["t"] = state.get("t", 0) + 1
        m = state["m"] = b1 * state.get("m", 0.0) + (1 - b1) * g
        s = state["s"] = b2 * state.get("s", 0.0) + (1 - b2) * g * g
        return x - self.lr * (m / (1 - b1**t)) / (np.sqrt(s / (1 - b2**t)) + self.eps)


# Exercise 14.3
class AdamW(Adam):
    """Adam, and weights that shrink by lr * weight_decay each step, apart from the gradient (Loshchilov and Hutter)."""

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, lr, betas, eps)
        self.weight_decay = weight_decay

    def update(self, x: np.ndarray, g: np.ndarray, state: dict[str, Any]) -> np.ndarray:
        return super().update(x * (1 - self.lr * self.weight_decay), g, state)


# Exercise 14.4
def warmup_cosine(step: int, steps: int, warmup: int = 0) -> float:
    """Return the share of the learning rate at a step: it rises to 1 in `warmup` steps, then falls to 0 as a cosine.

    Step 0 has the share 1 / warmup, step warmup - 1 has 1; the falling part would reach 0 at `steps`.
    """
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))
