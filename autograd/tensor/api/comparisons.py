"""Comparisons and tests of numbers: their results are booleans, through which no gradient flows."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.tensor.api.arguments import named
from autograd.tensor.api.errors import explained
from autograd.tensor.core.tensor import Tensor, wrap


def compared(function: np.ufunc, name: str) -> Callable[..., Any]:
    """Return a function of two tensors or numbers that has no gradient."""

    def apply(input: Any, other: Any) -> Tensor:
        a, b = (x._data if isinstance(x, Tensor) else x for x in (input, other))
        try:
            return wrap(function(a, b))
        except ValueError as error:
            raise explained(error, name, (input, other)) from None

    return named(apply, name, f"Return NumPy's {function.__name__} of input and other; it has no gradient.")


def constant(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of NumPy for tensors that gives numbers without a gradient, since it has none."""

    def apply(input: Any, *args: Any, **kwargs: Any) -> Any:
        y = function(*(x._data if isinstance(x, Tensor) else x for x in (input, *args)), **kwargs)
        return wrap(y) if isinstance(y, np.ndarray | np.generic) else y

    return named(apply, function.__name__, f"Return NumPy's {function.__name__} of the numbers; it has no gradient.")


def tested(function: np.ufunc, name: str) -> Callable[[Tensor], Tensor]:
    """Return a test of each number; only of its argument, since NumPy would take a second one as `out`."""
    return named(lambda input: wrap(function(input._data)), name, f"Return NumPy's {name} of the numbers.")


COMPARED = {"eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater}
COMPARED |= {"ge": np.greater_equal, "logical_and": np.logical_and, "logical_or": np.logical_or}
COMPARED |= {"logical_xor": np.logical_xor}
TESTED = {"logical_not": np.logical_not, "isnan": np.isnan, "isinf": np.isinf, "isfinite": np.isfinite}
globals().update({_name: compared(_function, _name) for _name, _function in COMPARED.items()})
globals().update({_name: tested(_function, _name) for _name, _function in TESTED.items()})


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Return whether all |input - other| <= atol + rtol * |other|."""
    return np.allclose(input._data, other._data, rtol, atol, equal_nan)


def numel(input: Tensor) -> int:
    """Return how many numbers the tensor holds."""
    return input.numel()


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Return where |input - other| <= atol + rtol * |other|."""
    return wrap(np.isclose(input._data, other._data, rtol, atol, equal_nan))


def equal(input: Tensor, other: Tensor) -> bool:
    """Return whether two tensors have the same shape and the same numbers."""
    return np.array_equal(input._data, other._data)
