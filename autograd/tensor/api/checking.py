"""What the gradient checker asks of the tensor engine."""

from typing import Any

import numpy as np

from autograd.tensor.api.gradients import grad
from autograd.tensor.core.tensor import Tensor


class TensorEngine:
    """Tensors at points that are float64 arrays; arrays of whole numbers are passed on as they are."""

    kind = Tensor

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def point(self, x: Any) -> np.ndarray:
        array = x._data if isinstance(x, Tensor) else np.asarray(x)
        return array.astype(np.float64) if array.dtype.kind == "f" else array

    def leaf(self, point: np.ndarray) -> Tensor:
        return Tensor(point, dtype=point.dtype, requires_grad=self.moves(point))

    def moves(self, point: np.ndarray) -> bool:
        return point.dtype.kind == "f"

    def direction(self, like: Any) -> np.ndarray:
        return self.rng.uniform(0.5, 1.5, like.shape) * self.rng.choice([-1, 1], like.shape)

    def size(self, point: np.ndarray) -> float:
        return float(np.abs(point).max(initial=0))

    def inner(self, weights: np.ndarray, result: Tensor | None) -> float:
        return 0.0 if result is None else float(np.sum(weights * result._data))

    def routes(self, y: Tensor, leaves: list[Tensor], weights: np.ndarray) -> dict[str, list[Any]]:
        y.backward(weights, retain_graph=True)
        w = Tensor(weights, dtype=float)
        return {
            "backward()": [leaf.grad for leaf in leaves],
            "grad()": grad(y, leaves, w, retain_graph=True, allow_unused=True),
            "grad(create_graph=True)": grad(y, leaves, w, create_graph=True, allow_unused=True),
        }

    def projected(self, y: Tensor, leaves: list[Tensor], weights: np.ndarray, directions: list[np.ndarray]) -> Tensor:
        gradients = grad(y, leaves, Tensor(weights, dtype=float), create_graph=True, allow_unused=True)
        pairs = zip(gradients, directions, strict=True)
        parts = [(g * Tensor(w, dtype=float)).sum() for g, w in pairs if g is not None]
        return sum(parts + [0 * x.sum() for x in leaves])  # so that a constant gradient has a slope too: 0

    def describe(self, point: np.ndarray) -> str:
        return f"of shape {point.shape}"
