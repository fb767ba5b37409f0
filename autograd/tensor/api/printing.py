"""Prints tensors as PyTorch does: four digits, aligned columns, and the type and the graph where they matter."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.tensor.api import dtypes
from autograd.tensor.api.public import attach
from autograd.tensor.core.tensor import Tensor

START = "tensor("


@dataclass
class Options:
    """How tensors print; `set_printoptions` says what each means."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


options = Options()
PROFILES = {"default": Options(), "short": Options(precision=2, edgeitems=2), "full": Options(threshold=math.inf)}


def set_printoptions(
    precision: int | None = None, threshold: float | None = None, edgeitems: int | None = None,
    linewidth: int | None = None, profile: str | None = None, sci_mode: bool | None = None,
) -> None:  # fmt: skip
    """Set how tensors print from now on; None leaves a setting as it is, except for `sci_mode`.

    `precision`: digits after the point. `threshold`: of a tensor with more numbers only `edgeitems` show at either end
    of each dimension. `linewidth`: characters a line. `sci_mode`: whether numbers have an exponent; None: if that is
    needed. `profile`, "default", "short" or "full", sets all of them first; ValueError for another one.
    """
    if profile is not None and profile not in PROFILES:
        raise ValueError(f"set_printoptions: profile must be one of {', '.join(PROFILES)}, got {profile!r}")
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    chosen = {} if profile is None else vars(PROFILES[profile])
    vars(options).update(chosen | {name: x for name, x in given.items() if x is not None} | {"sci_mode": sci_mode})


def get_printoptions() -> dict[str, Any]:
    """Return how tensors print."""
    return dict(vars(options))


def text(tensor: Tensor) -> str:
    """Return what PyTorch would print: `tensor([1., 2.], requires_grad=True)`."""
    array, default = tensor._data, dtypes.get_default_dtype()
    edge = options.edgeitems
    cut = [array.size > options.threshold and n > 2 * edge for n in array.shape]  # these show parts at either end only
    places = [[*range(edge), *range(-edge, 0)] if c else range(n) for c, n in zip(cut, array.shape, strict=True)]
    shown = np.asarray(array[np.ix_(*places)])
    printed = START + (nested(shown, cut, *number_format(shown), len(START)) if array.size else "[]")
    notes = [f"size={tensor.shape}"] if not array.size and array.ndim > 1 else []
    if array.dtype != default and not (array.size and array.dtype in (dtypes.int64, dtypes.boolean)):
        notes.append(f"dtype={array.dtype}")
    if tensor.requires_grad:
        notes.append("requires_grad=True" if tensor.is_leaf else f"grad_fn={tensor.node!r}")
    for note in notes:
        line = printed[printed.rfind("\n") + 1 :]
        printed += (", " if len(line) + len(note) + 4 <= options.linewidth else ",\n" + " " * len(START)) + note
    return ("Parameter containing:\n" if type(tensor).__name__ == "Parameter" else "") + printed + ")"


def nested(array: np.ndarray, cut: list[bool], write: Callable[[Any], str], width: int, indent: int) -> str:
    """Return an array as nested lists, with "..." in the middle of the dimensions that are cut."""
    if not array.ndim:
        return write(array).rjust(width)
    parts = [nested(part, cut[1:], write, width, indent + 1) for part in array]
    if cut[0]:
        parts.insert(options.edgeitems, " ..." if array.ndim == 1 else "...")
    if array.ndim == 1:
        n = max((options.linewidth - indent) // (width + 2), 1)
        parts = [", ".join(parts[i : i + n]) for i in range(0, len(parts), n)]
    margin = "\n" * max(array.ndim - 1, 1) + " " * (indent + 1)
    return f"[{(',' + margin).join(parts)}]"


def number_format(array: np.ndarray) -> tuple[Callable[[Any], str], int]:
    """Return a function that writes one number, and the width of a column; 0, nan and inf do not decide the format."""
    if array.dtype.kind != "f":
        return str, max(len(str(x)) for x in array.flat)
    numbers = array[np.isfinite(array) & (array != 0)].astype(np.float64)
    largest, smallest = abs(numbers).max(initial=0), abs(numbers).min(initial=math.inf)
    digits, exponent = options.precision, largest / smallest > 1000 or largest > 1e8 or smallest < 1e-4
    write: Callable[[Any], str]
    if exponent if options.sci_mode is None else options.sci_mode:
        write = f"{{:.{digits}e}}".format
    else:
        write = whole if (numbers == np.floor(numbers)).all() else f"{{:.{digits}f}}".format
    return write, max((len(write(x)) for x in numbers), default=1)


def whole(x: float) -> str:
    return f"{x:.0f}." if math.isfinite(x) else f"{x:.0f}"


attach("__repr__", text)
