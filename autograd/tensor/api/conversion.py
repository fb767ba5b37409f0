"""Numbers of any form as arrays."""

from typing import Any

import numpy as np

from autograd.tensor.core.hooks import hooks
from autograd.tensor.core.modes import mode
from autograd.tensor.core.tensor import Tensor, wrap

KINDS = "biuf"  # NumPy's letters for what a tensor can hold: booleans, integers, floating point numbers


def checked_dtype(dtype: Any) -> np.dtype:
    """Return a dtype object; raise TypeError for types that tensors do not have (complex, text, objects)."""
    checked: np.dtype = np.dtype(dtype)
    if checked.kind not in KINDS:
        raise TypeError(f"a tensor holds booleans, integers or floating point numbers, not {checked}")
    return checked


def as_array(data: Any, dtype: Any = None) -> np.ndarray:
    """Return numbers of any form as an array; Python floats get the default type, arrays keep theirs."""
    if dtype is not None:
        dtype = checked_dtype(dtype)
    if isinstance(data, Tensor):
        array = data._data
    elif isinstance(data, np.ndarray | np.generic):
        array = np.asarray(data)
    else:
        data = without_tensors(data)
        try:
            array = np.array(data)
        except ValueError as error:
            raise ValueError(f"cannot make a tensor of lists of different lengths: {error}") from None
        if array.dtype == np.float64 and dtype is None and not isinstance(first_number(data), np.generic | np.ndarray):
            dtype = mode.default_dtype
    if dtype is None or array.dtype == dtype:
        if array.dtype.kind not in KINDS:
            shown = repr(data) if len(repr(data)) < 60 else type(data).__name__
            raise TypeError(f"cannot make a tensor of {array.dtype}, got {shown}")
        return array
    return array.astype(dtype)


def without_tensors(data: Any) -> Any:
    """Return nested lists with each tensor replaced by its array, because NumPy would go through tensors slowly."""
    if isinstance(data, Tensor):
        return data._data
    if isinstance(data, list | tuple):
        return [part if isinstance(part, float) else without_tensors(part) for part in data]
    return data


def first_number(data: Any) -> Any:
    """Return the first number of nested lists."""
    while isinstance(data, list | tuple) and data:
        data = data[0]
    return data


def initial_array(data: tuple[Any, ...], dtype: Any) -> np.ndarray:
    """Return the array that `Tensor(*data, dtype=dtype)` starts with."""
    if all(type(n) is int for n in data):  # PyTorch's old way to give a size
        data = (np.zeros(data or 0),)
    if len(data) != 1:
        raise TypeError(f"Tensor() takes one list or array, or whole numbers as a size, got {data!r}")
    if dtype is None and not isinstance(data[0], Tensor):
        dtype = mode.default_dtype
    return as_array(data[0], dtype)


def operand(x: Any, op: str) -> Any:
    """Return an argument as a Tensor or a Python number; raise TypeError for anything else."""
    if isinstance(x, Tensor | bool | int | float):
        return float(x) if isinstance(x, np.generic) else x  # numpy.float64 is a float, but would widen float32
    if isinstance(x, np.generic) and x.dtype.kind in KINDS:
        return x.item()
    if isinstance(x, np.ndarray):
        return wrap(as_array(x))
    raise TypeError(f"{op}: expected a Tensor or a number, got {x!r} ({type(x).__name__})")


hooks.replace(convert=as_array, initial=initial_array, operand=operand)
