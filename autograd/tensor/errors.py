"""What mistakes are told: in PyTorch's words where it has some, with the operation and the shapes."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def explained(error: Exception, op: str, inputs: Sequence[Any]) -> Exception:
    """Return an error that names the operation and its shapes, for one that NumPy raised."""
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
    if is_finite(array) or not all(map(is_finite, sources)):
        return
    kind = "nan" if np.isnan(getattr(array, "_data", array)).any() else "inf"
    made = "returned" if direction == "forward" else "returned in its backward pass"
    raise RuntimeError(f"detect_anomaly: function {op!r} {made} {kind} values, shape {tuple(array.shape)}")


def is_finite(x: Any) -> bool:
    x = getattr(x, "_data", x)
    return not isinstance(x, np.ndarray | np.generic | float) or bool(np.isfinite(x).all())


def missing(where: str) -> Callable[[str], Any]:
    """Return what a module answers when asked for a name that it does not have."""

    def answer(name: str) -> Any:
        raise AttributeError(
            f"{where} has no {name!r}: it is not part of this engine. Write it with the operations there are "
            "(dir() lists them), or use PyTorch for it."
        )

    return answer


def refused(name: str, way_out: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"{name} is not part of this engine: {way_out}")

    method.__doc__ = f"Raise NotImplementedError: {way_out}"
    return method
