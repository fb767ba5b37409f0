"""Differentiation itself, under the names of `torch.autograd`."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from autograd.finite_differences import GradientError, check
from autograd.tensor.api import functional
from autograd.tensor.api.checking import TensorEngine
from autograd.tensor.api.function import Function
from autograd.tensor.api.grad_mode import detect_anomaly, enable_grad, no_grad, set_detect_anomaly, set_grad_enabled
from autograd.tensor.api.gradients import as_list, grad
from autograd.tensor.core.tensor import Tensor

__all__ = ["Function", "Variable", "backward", "detect_anomaly", "enable_grad", "functional", "grad", "gradcheck"]
__all__ += ["no_grad", "set_detect_anomaly", "set_grad_enabled"]


def backward(
    tensors: Tensor | Sequence[Tensor], grad_tensors: Any = None, retain_graph: bool | None = None,
    create_graph: bool = False,
) -> None:  # fmt: skip
    """Add the gradients of the sum of some tensors, weighted by `grad_tensors`, to the `grad` of their leaves."""
    roots = as_list(tensors)
    weights = [None] * len(roots) if grad_tensors is None else as_list(grad_tensors)
    for y, weight in zip(roots, weights, strict=True):
        y.backward(weight, retain_graph if y is roots[-1] else True, create_graph)


def gradcheck(
    func: Callable[..., Any], inputs: Any, *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:  # fmt: skip
    """Return whether the gradients of a function of float64 tensors are those that finite differences give.

    Only inputs that require a gradient are checked; ValueError if none does. The function returns one tensor or
    several, of which those of floating point numbers are checked. A wrong gradient raises RuntimeError, or gives False
    without `raise_exception`.
    """
    inputs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    try:
        for place in places_of_results(func, inputs):
            check(TensorEngine(len(inputs)), partial(result_at, func, place), inputs, 1, rtol, atol, eps)
        return True
    except GradientError as error:
        if raise_exception:
            raise RuntimeError(str(error)) from None
        return False


def places_of_results(func: Callable[..., Any], inputs: Sequence[Any]) -> list[int | None]:
    """Return the places of a function's results that can have a gradient; None for the place of a single one."""
    with no_grad():
        results = func(*inputs)
    if not isinstance(results, tuple | list):
        return [None]
    return [i for i, y in enumerate(results) if not isinstance(y, Tensor) or y.is_floating_point()]


def result_at(func: Callable[..., Any], place: int | None, *inputs: Any) -> Any:
    """Return one of a function's results."""
    results = func(*inputs)
    return results if place is None else results[place]


def Variable(data: Tensor, requires_grad: bool = False, **_: Any) -> Tensor:  # noqa: N802
    """Return the tensor; in old versions of PyTorch only a Variable could have a gradient."""
    return data.detach().requires_grad_() if requires_grad else data
