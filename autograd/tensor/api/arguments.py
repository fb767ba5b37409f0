"""How arguments are given: PyTorch's ways to write sizes, dimensions and dtypes, and NumPy's names for them."""

from collections.abc import Callable, Sequence
from functools import wraps
from operator import index
from typing import Any, TypeVar

import numpy as np

from autograd.tensor.api import dtypes
from autograd.tensor.api.errors import explained
from autograd.tensor.core.tensor import Tensor

Dims = int | Sequence[int] | None
F = TypeVar("F", bound=Callable[..., Any])


def named(function: F, name: str, doc: str) -> F:
    """Set the name and the docstring that help() shows for a function made by another function, and return it."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def accept_axis(function: F) -> F:
    """Return a function that also takes NumPy's names of arguments: `axis` for `dim` and `keepdims` for `keepdim`.

    PyTorch's functions do so. Raises TypeError where an argument is given under both names.
    """

    @wraps(function)
    def apply(*args: Any, **named: Any) -> Any:
        for name, own in (("axis", "dim"), ("keepdims", "keepdim")) if named else ():
            if name in named:
                if own in named:
                    raise TypeError(f"{function.__name__}() got both {own!r} and {name!r}, which are the same argument")
                named[own] = named.pop(name)
        return function(*args, **named)

    return apply  # type: ignore[return-value] # it takes more names than its type says


def numbers(args: Sequence[Any]) -> tuple[int, ...]:
    """Return integers that were given one by one or as one list."""
    one: Any = args[0] if len(args) == 1 else None
    return tuple(map(index, one if isinstance(one, (tuple, list, Sequence, np.ndarray)) else args))


def checked_dim(dim: int, ndim: int, op: str = "") -> int:
    """Return a dimension counted from the front; raise IndexError for one that the tensor does not have.

    Without `op` the error is NumPy's; an entry of the table adds the name of the operation to it.
    """
    if not ndim:
        raise IndexError(f"{op}: Dimension specified as {dim} but tensor has no dimensions")
    if not -ndim <= dim < ndim:
        error = np.exceptions.AxisError(dim, ndim)
        raise explained(error, op, ()) if op else error
    return dim % ndim


def reduced_dims(input: Any, dim: Dims, op: str) -> Any:
    """Return NumPy's axis for PyTorch's dim, where None and () mean all dimensions.

    Raises IndexError for a dimension that the tensor does not have, and RuntimeError for one that is given twice.
    """
    if dim is None:
        return None
    if not isinstance(dim, Sequence):
        axis = checked_dim(index(dim), max(input.ndim, 1), op)
        return axis if input.ndim else None
    checked = tuple(checked_dim(index(d), max(input.ndim, 1), op) for d in dim)
    if len(set(checked)) < len(checked):
        raise RuntimeError(f"{op}: dim {dim[0]} appears multiple times in the list of dims")
    return checked if input.ndim and checked else None


def required_dim(input: Any, dim: int | None, op: str) -> int:
    """Return a dimension counted from the front; raise TypeError if none was given."""
    if dim is None:
        raise TypeError(f"{op}() missing the argument dim: the dimension along which numbers belong together")
    return checked_dim(dim, input.ndim or 1, op)


def in_sum_dtype(input: Tensor, dtype: Any) -> Tensor:
    """Return the tensor in the type that its numbers are added up in: int64 for booleans and integers."""
    if dtype is None and input._data.dtype.kind == "f":
        return input
    return input.to(dtypes.int64 if dtype is None else dtype)


def in_float_dtype(input: Tensor, dtype: Any, op: str) -> Tensor:
    """Return the tensor in a type of floating point numbers; raise RuntimeError if it has another."""
    input = input if dtype is None else input.to(dtype)
    if input._data.dtype.kind != "f":
        raise RuntimeError(
            f"{op}(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {dtypes.NAMES[input.dtype.name]}"
        )
    return input
