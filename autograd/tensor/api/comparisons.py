"""Comparisons and tests of numbers: their results are booleans, through which no gradient flows."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.tensor.api.arguments import named
from autograd.tensor.api.errors import explained
from autograd.tensor.api.pointwise import Operand
from autograd.tensor.api.public import public
from autograd.tensor.core.tensor import Tensor, wrap


def compared(function: np.ufunc, input: Any, other: Any, op: str) -> Tensor:
    """Return a function of NumPy of two tensors or numbers; raise RuntimeError if their shapes do not broadcast."""
    a, b = (x._data if isinstance(x, Tensor) else x for x in (input, other))
    try:
        return wrap(function(a, b))
    except ValueError as error:
        raise explained(error, op, (input, other)) from None


def constant(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a NumPy function that also takes tensors; its results have no gradient."""

    def apply(*args: Any, **kwargs: Any) -> Any:
        y = function(*(x._data if isinstance(x, Tensor) else x for x in args), **kwargs)
        return wrap(y) if isinstance(y, np.ndarray | np.generic) else y

    return named(apply, function.__name__, f"Return NumPy's {function.__name__} of the numbers; it has no gradient.")


@public(method=True, numpy=np.equal)
def eq(input: Operand, other: Operand) -> Tensor:
    """Return whether input == other, number by number."""
    return compared(np.equal, input, other, "eq")


@public(method=True, numpy=np.not_equal)
def ne(input: Operand, other: Operand) -> Tensor:
    """Return whether input != other, number by number."""
    return compared(np.not_equal, input, other, "ne")


@public(method=True, numpy=np.less)
def lt(input: Operand, other: Operand) -> Tensor:
    """Return whether input < other, number by number."""
    return compared(np.less, input, other, "lt")


@public(method=True, numpy=np.less_equal)
def le(input: Operand, other: Operand) -> Tensor:
    """Return whether input <= other, number by number."""
    return compared(np.less_equal, input, other, "le")


@public(method=True, numpy=np.greater)
def gt(input: Operand, other: Operand) -> Tensor:
    """Return whether input > other, number by number."""
    return compared(np.greater, input, other, "gt")


@public(method=True, numpy=np.greater_equal)
def ge(input: Operand, other: Operand) -> Tensor:
    """Return whether input >= other, number by number."""
    return compared(np.greater_equal, input, other, "ge")


@public(method=True, numpy=np.logical_and)
def logical_and(input: Operand, other: Operand) -> Tensor:
    """Return whether both numbers are not 0."""
    return compared(np.logical_and, input, other, "logical_and")


@public(method=True, numpy=np.logical_or)
def logical_or(input: Operand, other: Operand) -> Tensor:
    """Return whether at least one of two numbers is not 0."""
    return compared(np.logical_or, input, other, "logical_or")


@public(method=True, numpy=np.logical_xor)
def logical_xor(input: Operand, other: Operand) -> Tensor:
    """Return whether exactly one of two numbers is not 0."""
    return compared(np.logical_xor, input, other, "logical_xor")


@public(method=True, numpy=np.logical_not)
def logical_not(input: Tensor) -> Tensor:
    """Return whether each number is 0."""
    return wrap(np.logical_not(input._data))


@public(method=True, numpy=np.isnan)
def isnan(input: Tensor) -> Tensor:
    """Return whether each number is nan."""
    return wrap(np.isnan(input._data))


@public(method=True, numpy=np.isinf)
def isinf(input: Tensor) -> Tensor:
    """Return whether each number is inf or -inf."""
    return wrap(np.isinf(input._data))


@public(method=True, numpy=np.isfinite)
def isfinite(input: Tensor) -> Tensor:
    """Return whether each number is neither inf nor nan."""
    return wrap(np.isfinite(input._data))


def check_tolerances(rtol: float, atol: float) -> None:
    """Raise RuntimeError for a negative tolerance."""
    for name, value in (("rtol", rtol), ("atol", atol)):
        if not value >= 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value}")


def is_tensor(obj: object) -> bool:
    """Return whether an object is a Tensor."""
    return isinstance(obj, Tensor)


@public(method=True)
def allclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Return whether all |input - other| <= atol + rtol * |other|."""
    check_tolerances(rtol, atol)
    return bool(np.allclose(input._data, other._data, rtol, atol, equal_nan))


@public(method=True)
def numel(input: Tensor) -> int:
    """Return how many numbers the tensor holds."""
    return int(input._data.size)


@public(method=True)
def isclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Return where |input - other| <= atol + rtol * |other|."""
    check_tolerances(rtol, atol)
    return wrap(np.isclose(input._data, other._data, rtol, atol, equal_nan))


@public(method=True)
def equal(input: Tensor, other: Tensor) -> bool:
    """Return whether two tensors have the same shape and the same numbers."""
    return bool(np.array_equal(input._data, other._data))
