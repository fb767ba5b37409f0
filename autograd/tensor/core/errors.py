"""What mistakes are told: in PyTorch's words where it has some, with the operation and the shapes."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def freed_error() -> RuntimeError:
    return RuntimeError(
        "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
        "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
        "Specify retain_graph=True if you need to backward through the graph a second time."
    )


def version_error(node: Any, shape: tuple[int, ...], now: int, then: int) -> RuntimeError:
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"the gradient of {node.op} needs a tensor of shape {shape}, which is at version {now}; expected version "
        f"{then} instead. Hint: detect_anomaly() finds where nan and inf come from; for this, look for +=, [...] =, "
        "names that end in _ and optimizer steps between forward and backward."
    )


def check_finite(array: Any, op: str, sources: Sequence[Any], direction: str = "forward") -> None:
    """Raise RuntimeError if an operation made a nan or an infinity out of finite numbers."""
    result, *given = [getattr(x, "_data", getattr(x, "values", x)) for x in (array, *sources)]
    arrays = np.ndarray | np.generic | float
    if not isinstance(result, arrays) or np.isfinite(result).all():
        return
    if not all(np.isfinite(x).all() for x in given if isinstance(x, arrays)):
        return
    kind = "nan" if np.isnan(result).any() else "inf"
    made = "returned" if direction == "forward" else "returned in its backward pass"
    raise RuntimeError(f"detect_anomaly: function {op!r} {made} {kind} values, shape {np.shape(result)}")
