"""Computes gradients and returns them, without a change of any tensor's `grad`."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from autograd.tensor.core.backward import first_gradient, gradients_at
from autograd.tensor.core.tensor import Tensor, wrap

Tensors = Tensor | Sequence[Tensor]


def grad(
    outputs: Tensors, inputs: Tensors, grad_outputs: Any = None, retain_graph: bool | None = None,
    create_graph: bool = False, only_inputs: bool = True, allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """Return the gradients of the sum of `outputs` with respect to `inputs`, without a change of any `grad`.

    `grad_outputs` weights the outputs; None stands for 1 and needs an output of one number. An input that no output
    depends on raises an error, or has the gradient None with `allow_unused`, or zeros with `materialize_grads`.
    """
    outputs, wanted = as_list(outputs), as_list(inputs)
    weights = [None] * len(outputs) if grad_outputs is None else as_list(grad_outputs)
    if len(weights) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(weights)} gradients")
    if not all(x.requires_grad for x in wanted):
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    start: dict[Any, Any] = {}
    g: Any
    for i, (output, weight) in enumerate(zip(outputs, weights, strict=True)):
        g = first_gradient(output, weight, create_graph, f"[{i}]")
        start[output.node] = (start[output.node][0] + g if output.node in start else g, False)
    results: list[Tensor | None] = []
    for x, g in zip(wanted, gradients_at(wanted, start, retain_graph, create_graph), strict=True):
        if g is None and not (allow_unused or materialize_grads):
            raise RuntimeError(
                "One of the differentiated Tensors appears to not have been used in the graph. "
                "Set allow_unused=True if this is the desired behavior."
            )
        if g is None:
            results.append(wrap(np.zeros_like(x._data)) if materialize_grads else None)
        else:
            results.append(g if isinstance(g, Tensor) else wrap(np.array(g)))
    return tuple(results)


def set_gradient(self: Tensor, gradient: Tensor | None) -> None:
    """Set the `grad` of a tensor; raise an error for what cannot be its gradient: another shape or type, no tensor."""
    if gradient is not None:
        if not isinstance(gradient, Tensor):
            raise TypeError(
                f"assigned grad expected to be a Tensor or None but got grad of type {type(gradient).__name__}"
            )
        if gradient is self:
            raise RuntimeError("can't assign Variable as its own grad")
        if gradient.dtype != self.dtype:
            raise RuntimeError(f"assigned grad has data of a different type: {gradient.dtype}, expected {self.dtype}")
        if gradient.shape != self.shape:
            raise RuntimeError(f"assigned grad has data of a different size: {gradient.shape}, expected {self.shape}")
    self._grad = gradient


def delete_gradient(self: Tensor) -> None:
    """Set the `grad` of a tensor to None, for `del x.grad`."""
    self._grad = None


DOC = "The gradient that backward passes have accumulated: a tensor of the same shape and type, or None."
Tensor.grad = property(attrgetter("_grad"), set_gradient, delete_gradient, DOC)  # type: ignore[assignment]


def as_list(x: Tensors) -> list[Any]:
    """Return one tensor, or several, as a list."""
    return [x] if isinstance(x, Tensor) else list(x)
