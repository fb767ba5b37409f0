"""Number types: names as in PyTorch, objects of NumPy; and which type an operation on two types has."""

from typing import Any

import numpy as np

float16, float32, float64 = np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.float64)
uint8, int8, int16, int32, int64 = map(np.dtype, (np.uint8, np.int8, np.int16, np.int32, np.int64))
boolean = np.dtype(np.bool_)
finfo, iinfo = np.finfo, np.iinfo

NAMES = {"bool": "Bool", "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long"}
NAMES |= {"float16": "Half", "float32": "Float", "float64": "Double"}
RANKS = {"b": 0, "i": 1, "u": 1, "f": 2}  # bool < integer < floating point
default = [float32]


class device(str):
    """The device "cpu", the only one there is; raises RuntimeError for another."""

    type, index = "cpu", None

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
    return default[0]


def set_default_dtype(dtype: Any) -> None:
    """Set the type of tensors made from Python floats; raises TypeError unless it is a floating point type."""
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise TypeError(f"only floating-point types are supported as the default type, got {dtype}")
    default[0] = dtype


def checked(dtype: Any) -> np.dtype:
    """Return a dtype object; raise TypeError for types that tensors do not have (complex, text, objects)."""
    dtype = np.dtype(dtype)
    if dtype.kind not in RANKS:
        raise TypeError(f"a tensor holds booleans, integers or floating point numbers, not {dtype}")
    return dtype


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
    found: list[np.dtype | None] = [None, None, None]
    for operand in operands:
        if hasattr(operand, "dtype") and not isinstance(operand, np.generic):
            place, dtype = (0 if operand.ndim else 1), operand.dtype
        else:
            place, dtype = 2, number_type(operand)
        found[place] = dtype if found[place] is None else promote_types(found[place], dtype)
    result = None
    for dtype in found:
        if dtype is not None and (result is None or RANKS[dtype.kind] > RANKS[result.kind]):
            result = dtype
    return result


def number_type(number: Any) -> np.dtype:
    return boolean if isinstance(number, bool | np.bool_) else int64 if hasattr(number, "__index__") else default[0]
