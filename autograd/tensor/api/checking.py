"""What the gradient checker asks of the tensor engine."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from autograd.tensor.api.gradients import grad
from autograd.tensor.core.tensor import Tensor, wrap

Array = np.ndarray[Any, np.dtype[Any]]


class TensorEngine:
    """The tensor engine as the gradient checker uses it: points are float64 arrays.

    Derivatives are checked with respect to arrays of floating point numbers and tensors that require a gradient. All
    other arguments are passed on unchanged.
    """

    kind = Tensor

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def point(self, x: Any) -> Any:
        if isinstance(x, Tensor):
            return x._data.astype(np.float64) if x.requires_grad else x
        if isinstance(x, np.ndarray):
            return x.astype(np.float64) if x.dtype.kind == "f" else x
        return x

    def leaf(self, point: Array) -> Tensor:
        return Tensor(point, dtype=point.dtype, requires_grad=True)

    def constant(self, point: Any) -> Any:
        return wrap(point) if isinstance(point, np.ndarray) else point

    def moves(self, x: Any) -> bool:
        return x.requires_grad if isinstance(x, Tensor) else isinstance(x, np.ndarray) and x.dtype.kind == "f"

    def direction(self, like: Any) -> Array:
        found: Array = self.rng.uniform(0.5, 1.5, like.shape) * self.rng.choice([-1, 1], like.shape)
        return found

    def size(self, point: Array) -> float:
        return float(np.abs(point).max(initial=0))

    def inner(self, weights: Array, result: Tensor | None) -> float:
        return 0.0 if result is None else float(np.sum(weights * result._data))

    def routes(self, y: Tensor, leaves: list[Tensor], weights: Array) -> dict[str, Sequence[Any]]:
        if not y.requires_grad:  # a constant
            return {"the graph, which does not lead to the input": [None] * len(leaves)}
        y.backward(weights, retain_graph=True)
        w = Tensor(weights, dtype=float)
        return {
            "backward()": [leaf.grad for leaf in leaves],
            "grad()": grad(y, leaves, w, retain_graph=True, allow_unused=True),
            "grad(create_graph=True)": grad(y, leaves, w, create_graph=True, allow_unused=True),
        }

    def projected(self, y: Tensor, leaves: list[Tensor], weights: Array, directions: list[Array]) -> Tensor:
        none = [None] * len(leaves)
        w = Tensor(weights, dtype=float)
        gradients = grad(y, leaves, w, create_graph=True, allow_unused=True) if y.requires_grad else none
        pairs = zip(gradients, directions, strict=True)
        parts = [(g * Tensor(w, dtype=float)).sum() for g, w in pairs if g is not None]
        return cast(
            Tensor, sum(parts + [0 * x.sum() for x in leaves])
        )  # so that a constant gradient has a slope too: 0

    def describe(self, point: Array) -> str:
        return f"of shape {point.shape}"
