"""Number types: PyTorch's names for NumPy's dtypes, and the type that a result of two types has."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.tensor.api.conversion import checked_dtype
from autograd.tensor.core.hooks import hooks
from autograd.tensor.core.modes import mode
from autograd.tensor.core.tensor import Tensor

float16, float32, float64 = np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.float64)
uint8, int8, int16, int32, int64 = map(np.dtype, (np.uint8, np.int8, np.int16, np.int32, np.int64))
boolean = np.dtype(np.bool_)
finfo, iinfo = np.finfo, np.iinfo

checked = checked_dtype
# what PyTorch calls the types in its messages
NAMES = {"bool": "Bool", "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long"}
NAMES |= {"float16": "Half", "float32": "Float", "float64": "Double"}
RANKS = {"b": 0, "i": 1, "u": 1, "f": 2}  # bool < integer < floating point


class device(str):
    """The device "cpu", the only one there is; raises RuntimeError for another."""

    type = "cpu"
    index = None  # type: ignore[assignment] # which of several: hides the method of str

    def __new__(cls, type: str, index: int | None = None) -> "device":
        if str(type).split(":")[0] != "cpu":
            raise RuntimeError(
                f"the only device is 'cpu', got {type!r}: leave it out, or ask cuda.is_available() first"
            )
        return super().__new__(cls, "cpu")

    def __repr__(self) -> str:
        return "device(type='cpu')"


cpu = device("cpu")


def get_default_dtype() -> np.dtype:
    """Return the type of tensors made from Python floats."""
    return mode.default_dtype


def set_default_dtype(dtype: Any) -> None:
    """Set the type of tensors made from Python floats; raises TypeError unless it is a floating point type."""
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise TypeError(f"only floating-point types are supported as the default type, got {dtype}")
    mode.default_dtype = dtype


def promote_types(a: np.dtype, b: np.dtype) -> np.dtype:
    """Return the type of a result of types a and b; an integer never widens a floating point type."""
    if RANKS[a.kind] == RANKS[b.kind]:
        return np.promote_types(a, b)
    return max(a, b, key=lambda dtype: RANKS[dtype.kind])


def result_type(*operands: Any) -> np.dtype:
    """Return the type that tensors, arrays and Python numbers have together.

    As in PyTorch, tensors with dimensions count first; tensors without, and after them Python numbers, only decide
    if they are of a higher kind: bool < integer < floating point.
    """
    highest: list[np.dtype | None] = [None, None, None]
    for operand in operands:
        if hasattr(operand, "dtype") and not isinstance(operand, np.generic):
            place, dtype = (0 if operand.ndim else 1), operand.dtype
        else:
            place, dtype = 2, number_type(operand)
        before = highest[place]
        highest[place] = dtype if before is None else promote_types(before, dtype)
    result: np.dtype | None = None
    for dtype in highest:
        if dtype is not None and (result is None or RANKS[dtype.kind] > RANKS[result.kind]):
            result = dtype
    if result is None:
        raise TypeError("result_type() takes at least one tensor or number")
    return result


def number_type(number: Any) -> np.dtype:
    return (
        boolean
        if isinstance(number, bool | np.bool_)
        else int64
        if hasattr(number, "__index__")
        else mode.default_dtype
    )


def promoted(operands: Sequence[Any], floating: bool = False) -> list[Any]:
    """Return the operands with tensors cast to the type they have together, by operations that are recorded."""
    dtype = result_type(*operands)
    if floating and dtype.kind != "f":
        dtype = mode.default_dtype
    return [x.to(dtype) if isinstance(x, Tensor) else x for x in operands]


def promotion(operands: Sequence[Any], floating: bool) -> list[Any]:
    """Return what `promoted` does, and an empty list if it changes nothing."""
    cast = promoted(operands, floating)
    return cast if any(x is not operand for x, operand in zip(cast, operands, strict=True)) else []


def require_one_dtype(op: str, a: Any, b: Any) -> None:
    """Raise TypeError unless a and b are tensors, and RuntimeError unless they have the same dtype."""
    if not (isinstance(a, Tensor) and isinstance(b, Tensor)):
        raise TypeError(f"{op}: expected Tensors, got {type(a).__name__} and {type(b).__name__}")
    if a._data.dtype is not b._data.dtype and a._data.dtype != b._data.dtype:
        first, second = (NAMES[x.dtype.name].lower() for x in (a, b))
        raise RuntimeError(f"{op}: expected m1 and m2 to have the same dtype, but got: {first} != {second}")


hooks.replace(promote=promotion)
