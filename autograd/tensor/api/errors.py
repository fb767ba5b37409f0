"""Error messages, in PyTorch's words where it has some, with the operation and the shapes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.tensor.core.hooks import hooks


def explained(error: Exception, op: str, inputs: Sequence[Any]) -> Exception:
    """Return an error that says what NumPy's error says, with the names of the operation and the shapes."""
    shapes = [tuple(x.shape) for x in inputs if hasattr(x, "shape")]
    if isinstance(error, np.exceptions.AxisError) and error.ndim is not None:
        low, high = -max(error.ndim, 1), max(error.ndim, 1) - 1
        words = f"Dimension out of range (expected to be in range of [{low}, {high}], but got {error.axis})"
        return IndexError(f"{op}: {words}")
    if isinstance(error, IndexError):
        return IndexError(f"{op}: {error}; shapes {', '.join(map(str, shapes))}")
    if isinstance(error, TypeError):
        return TypeError(f"{op}: {error}")
    words = mismatch(shapes) if len(shapes) == 2 and "broadcast" in str(error) else str(error)
    return RuntimeError(f"{op}: shapes {' and '.join(map(str, shapes))}: {words}")


def mismatch(shapes: Sequence[tuple[int, ...]]) -> str:
    a, b = shapes
    for back in range(1, min(len(a), len(b)) + 1):
        if a[-back] != b[-back] and 1 not in (a[-back], b[-back]):
            dim = max(len(a), len(b)) - back
            return (
                f"The size of tensor a ({a[-back]}) must match the size of tensor b ({b[-back]}) "
                f"at non-singleton dimension {dim}"
            )
    return "the shapes do not fit together"


def check_finite(array: Any, op: str, sources: Sequence[Any], direction: str = "forward") -> None:
    """Raise RuntimeError if an operation made a nan although no input had one, or an infinity out of finite numbers.

    So a nan that an operation makes of infinities is found too, such as the softmax of a row of -inf.
    """
    found, *given = [getattr(x, "_data", getattr(x, "values", x)) for x in (array, *sources)]
    arrays = np.ndarray | np.generic | float
    if not isinstance(found, arrays) or np.isfinite(found).all():
        return
    kind, harmless = ("nan", lambda x: ~np.isnan(x)) if np.isnan(found).any() else ("inf", np.isfinite)
    if not all(harmless(x).all() for x in given if isinstance(x, arrays)):
        return
    made = "returned" if direction == "forward" else "returned in its backward pass"
    raise RuntimeError(f"detect_anomaly: function {op!r} {made} {kind} values, shape {np.shape(found)}")


hooks.replace(explain=explained, check=check_finite)
