"""How a tensor prints: as in PyTorch, four digits, columns aligned, with what else there is to know."""

import math
from typing import Any

import numpy as np

from autograd.tensor import dtypes

LINE = 80


def text(tensor: Any) -> str:
    """Return what PyTorch would print: `tensor([1., 2.], requires_grad=True)`."""
    array, name = tensor._data, "Parameter containing:\ntensor" if type(tensor).__name__ == "Parameter" else "tensor"
    notes = []
    if array.size:
        write = number_format(array) if array.dtype.kind == "f" else str
        width = max(len(write(x)) for x in shown_numbers(array)) if array.ndim else 0
        body = nested(array, lambda x: f"{write(x):>{width}}", (LINE - len("tensor(")) // (width + 2), len("tensor("),
                      array.size > 1000)  # fmt: skip
    else:
        body, notes = "[]", [f"size={tensor.shape}"] if array.ndim > 1 else []
    usual = (dtypes.get_default_dtype(), dtypes.int64, dtypes.boolean) if array.size else (dtypes.get_default_dtype(),)
    if array.dtype not in usual:
        notes.append(f"dtype={array.dtype}")
    if tensor.requires_grad:
        notes.append("requires_grad=True" if tensor.is_leaf else f"grad_fn={tensor.node!r}")
    return f"{name}({', '.join([body, *notes])})"


def nested(array: np.ndarray, write: Any, per_line: int, indent: int, shortened: bool) -> str:
    """Return an array as nested lists; if shortened, with three parts at either end of each dimension."""
    if not array.ndim:
        return write(array.item() if array.dtype.kind != "f" else array[()])
    parts = [nested(part, write, per_line, indent + 1, shortened) for part in (ends(array) if shortened else array)]
    if shortened and len(array) > 6:
        parts.insert(3, " ..." if array.ndim == 1 else "...")
    margin = "\n" * max(array.ndim - 1, 1) + " " * (indent + 1)
    if array.ndim > 1:
        return f"[{(',' + margin).join(parts)}]"
    lines = [", ".join(parts[i : i + per_line]) for i in range(0, len(parts), max(per_line, 1))]
    return f"[{(',' + margin).join(lines)}]"


def ends(array: np.ndarray) -> np.ndarray:
    return array if len(array) <= 6 else np.concatenate([array[:3], array[-3:]])


def shown_numbers(array: np.ndarray) -> list[Any]:
    """Return the numbers that are printed: of more than 1000, three at either end of each dimension."""
    if array.size > 1000:
        for axis, n in enumerate(array.shape):
            if n > 6:
                array = np.take(array, [0, 1, 2, n - 3, n - 2, n - 1], axis=axis)
    return list(array.ravel())


def number_format(array: np.ndarray) -> Any:
    """Return how to write one float, so that all in the array have as many digits."""
    finite = [abs(float(x)) for x in shown_numbers(array) if math.isfinite(x) and x != 0]
    largest, smallest = max(finite, default=0.0), min(finite, default=0.0)
    if all(x == math.floor(x) for x in finite):
        return whole if largest < 1e8 else scientific
    return scientific if largest > 1e8 or smallest < 1e-4 or largest / smallest > 1000 else fixed


def whole(x: float) -> str:
    return f"{x:.0f}." if math.isfinite(x) else str(float(x))


def fixed(x: float) -> str:
    return f"{x:.4f}"


def scientific(x: float) -> str:
    return f"{x:.4e}"
