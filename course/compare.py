"""Compares a reader's result with the expected one: type first, then shape or length, then values.

What counts as what:

- expected float or int: an int, a float or a NumPy scalar of those kinds. Never a bool, a string, a complex number, an
  array or a Value, and never NaN unless NaN is expected; an infinity only for the same infinity.
- expected list or tuple: a list, a tuple or a NumPy array of the same length, item by item.
- expected dict: a dict with the same keys. Expected array: an array of the same shape.
- expected bool, string, set or None: the same type and equal.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Number
from typing import Any

from course.wording import count, kind_of, show


@dataclass
class Difference:
    """The first place where two results differ; `kind` is "type", "shape" or "value"."""

    kind: str
    yours: str
    expected: str
    where: str = ""
    hint: str = ""


def difference(got: Any, expected: Any, rtol: float, atol: float) -> Difference | None:
    """The first difference between a result and the expected one, or None.

    Numbers agree when |got - expected| ≤ max(rtol · |expected|, atol).
    """
    kind = type(expected)
    if kind in (float, int) and type(got) is kind and got == expected:
        return None
    if kind is bool or expected is None or kind in (str, set, frozenset):
        return _exact(got, expected)
    if _is_array(expected):
        return _arrays(got, expected, rtol, atol)
    if isinstance(expected, int | float) or _is_numpy_number(expected):
        return _numbers(got, expected, rtol, atol)
    if isinstance(expected, list | tuple):
        return _sequences(got, expected, rtol, atol)
    if isinstance(expected, dict):
        return _dicts(got, expected, rtol, atol)
    raise TypeError(f"no rule to compare with a {type(expected).__name__}")


def result_of(got: Any, mistakes: Mapping[str, Any], rtol: float = 1e-6, atol: float = 1e-9) -> str:
    """Name the one mistake whose result `got` is, as "This is the result …"; "" where none or several give it."""
    found = [name for name, result in mistakes.items() if difference(got, result, rtol, atol) is None]
    return f"This is the result {found[0]}." if len(found) == 1 else ""


def plain_number(value: Any) -> int | float | None:
    """The value as a plain int or float if it is a real number, else None; bools are not numbers here."""
    kind = type(value)
    if kind in (int, float):
        return value
    if issubclass(kind, bool):
        return None
    if _is_numpy_number(value):
        return value.item() if kind.__name__ != "longdouble" else float(value)
    if issubclass(kind, float):
        return float.__add__(value, 0.0)
    return int.__add__(value, 0) if issubclass(kind, int) else None


def _is_nan(number: float) -> bool:
    return isinstance(number, float) and math.isnan(number)


def _is_array(value: Any) -> bool:
    return type(value).__name__ == "ndarray" and type(value).__module__ == "numpy"


def _is_numpy_number(value: Any) -> bool:
    """Told by name, so that NumPy need not be imported, nor installed."""
    return any(base.__module__ == "numpy" and base.__name__ in ("floating", "integer") for base in type(value).__mro__)


def _exact(got: Any, expected: Any) -> Difference | None:
    if type(expected) is bool and type(got).__module__ == "numpy" and type(got).__name__ in ("bool", "bool_"):
        got = bool(got)
    if type(got) is not type(expected):
        return Difference("type", kind_of(got), kind_of(expected).split(" (")[0])
    return None if got == expected else Difference("value", show(got), show(expected))


def _numbers(got: Any, expected: Any, rtol: float, atol: float) -> Difference | None:
    number, wanted = plain_number(got), plain_number(expected)
    if number is None:
        kind = "a float" if isinstance(got, Number) else "a number"  # a Fraction is a number too
        return Difference("type", _with_kind(got), f"{kind} ({show(wanted)})")
    if number == wanted or (_is_nan(number) and _is_nan(wanted)):
        return None
    if _is_nan(number):
        return Difference("value", show(number), show(wanted), hint="NaN comes from inf - inf, 0 * inf and the like.")
    try:
        near = abs(number - wanted) <= max(rtol * abs(wanted), atol) and not math.isinf(wanted)
    except OverflowError:  # an int beyond every float
        near = False
    if near and not math.isinf(number):
        return None
    yours, right = show(number), show(wanted)
    return Difference("value", *((yours, right) if yours != right else (repr(number), repr(wanted))))


def _sequences(got: Any, expected: Any, rtol: float, atol: float) -> Difference | None:
    if _is_array(got):
        got = got.tolist()
    wanted = f"{'a list' if isinstance(expected, list) else 'a tuple'} of {len(expected)}"
    if not issubclass(type(got), list | tuple):
        return Difference("type", _with_kind(got), wanted)
    if len(got) != len(expected):
        yours, right = f"{count(got)}: {show(got)}", f"{count(expected)}: {show(expected)}"
        return Difference("shape", yours, right)
    for index, (one, other) in enumerate(zip(got, expected, strict=True)):
        if found := difference(one, other, rtol, atol):
            found.where = f"[{index}]{found.where}"
            return found
    return None


def _dicts(got: Any, expected: dict, rtol: float, atol: float) -> Difference | None:
    if not issubclass(type(got), dict):
        return Difference("type", _with_kind(got), "a dict")
    if got.keys() != expected.keys():
        return Difference("shape", f"keys {show(list(got))}", f"keys {show(list(expected))}")
    for key, value in expected.items():
        if found := difference(got[key], value, rtol, atol):
            found.where = f"[{show(key)}]{found.where}"
            return found
    return None


def _arrays(got: Any, expected: Any, rtol: float, atol: float) -> Difference | None:
    if not _is_array(got) and not (expected.shape == () and plain_number(got) is not None):
        return Difference("type", _with_kind(got), f"an array of shape {expected.shape}")
    if getattr(got, "shape", ()) != expected.shape:
        return Difference("shape", f"shape {got.shape}", f"shape {expected.shape}")
    if _is_array(got) and _agree(got, expected, rtol, atol):
        return None
    return difference(getattr(got, "tolist", lambda: got)(), expected.tolist(), rtol, atol)


def _agree(got: Any, expected: Any, rtol: float, atol: float) -> bool:
    """Whether all items of two arrays of floats of one shape are finite and agree, told at once for all of them."""
    if got.dtype.kind != "f" or expected.dtype.kind != "f":
        return False
    import numpy as np

    with np.errstate(all="ignore"):  # what is not finite, or overflows, is looked at item by item
        wanted = expected.astype(np.float64)
        apart = abs(got.astype(np.float64) - wanted)
        return bool(((apart <= np.maximum(rtol * abs(wanted), atol)) & (apart < np.inf)).all())


def _with_kind(value: Any) -> str:
    """The value beside what it is: `'3'`, a string."""
    kind, shown = kind_of(value), show(value)
    return kind if value is None or shown in kind or " object " in shown else f"{shown}, {kind}"
