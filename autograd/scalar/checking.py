"""What the gradient checker asks of the scalar engine."""

import random
from collections.abc import Sequence
from typing import Any

from autograd.scalar.engine import Value, grad


class ScalarEngine:
    """Values at points that are floats."""

    kind = Value

    def __init__(self, seed: int) -> None:
        self.weights = random.Random(seed).choices([-1.0, -0.5, 0.5, 1.0], k=seed)

    def point(self, x: Any) -> float:
        return float(getattr(x, "data", x))

    def leaf(self, point: float) -> Value:
        return Value(point)

    constant = leaf

    def moves(self, x: Any) -> bool:
        return True

    def size(self, point: float) -> float:
        return abs(point)

    def direction(self, like: Any) -> float:
        return 1.0  # of one number there is one slope

    def inner(self, weights: float, result: Any) -> float:
        return weights * float(getattr(result, "data", result))

    def routes(self, y: Value, leaves: list[Value], weights: float) -> dict[str, Sequence[Any]]:
        y.backward()
        return {
            "backward()": [leaf.grad for leaf in leaves],
            "grad()": list_of(grad(y, leaves)),
            "grad(create_graph=True)": list_of(grad(y, leaves, create_graph=True)),
        }

    def projected(self, y: Value, leaves: list[Value], weights: float, directions: list[float]) -> Value:
        gradient = list_of(grad(y, leaves, create_graph=True))
        return Value.sum(weight * slope for weight, slope in zip(self.weights, gradient, strict=True))

    def describe(self, point: float) -> str:
        return f"at {point:.6g}"


def list_of(gradients: Value | list[Value]) -> list[Value]:
    """Return the gradients with respect to a list of leaves, which are a list."""
    return gradients if isinstance(gradients, list) else [gradients]
