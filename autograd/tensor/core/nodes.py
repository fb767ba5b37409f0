"""What a graph is made of: a node for each computed result, and a leaf for each tensor that requires a gradient.

Nodes hold arrays and earlier tensors, never the tensor that holds the node. So there are no cycles, and a graph that
nobody needs any more is freed at once.
"""

import math
import weakref
from typing import Any

import numpy as np


class Leaf:
    """The node of a tensor that requires a gradient and was not computed: where gradients arrive."""

    __slots__ = ("shape", "dtype", "tensor")
    op, parents, output = "", (), None

    def __init__(self, tensor: Any) -> None:
        self.shape, self.dtype = tensor._data.shape, tensor._data.dtype
        self.tensor = weakref.ref(tensor)  # the tensor holds its leaf: a cycle, if the leaf held the tensor

    data = property(lambda self: getattr(self.tensor(), "_data", None))  # drawings show these
    grad = property(lambda self: getattr(self.tensor(), "grad", None))
    label = property(lambda self: getattr(self.tensor(), "label", ""))


class Node:
    """One computed result in a graph.

    `plan` says how a gradient flows on; `inputs`, `output`, `saved` and `settings` are what it needs, and `versions`
    and `output_counter` tell whether that has changed since.
    """

    __slots__ = (
        *("op", "parents", "shape", "dtype", "plan", "inputs", "versions", "settings"),
        *("output", "output_counter", "saved", "retained", "__weakref__"),
    )
    op: str
    parents: tuple[Any, ...]  # the nodes of those inputs that require a gradient
    shape: tuple[int, ...]
    dtype: np.dtype
    plan: Any
    inputs: Any
    versions: list[int] | None
    settings: dict[str, Any]
    output: Any
    output_counter: Any
    saved: Any
    retained: weakref.ref[Any] | None  # the tensor that wants this node's gradient in its `grad`

    def __repr__(self) -> str:
        return f"<{''.join(word.capitalize() for word in self.op.split('_'))}Backward0>"


class Shape:
    """Stands for an input of which rules read only the shape and the dtype, so that its numbers need not be kept."""

    __slots__ = ("shape", "dtype")

    def __init__(self, array: np.ndarray) -> None:
        self.shape, self.dtype = array.shape, array.dtype

    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: math.prod(self.shape))


class SparseGradient:
    """A gradient that is `values` at an index and 0 elsewhere, so that many slices are added up in one array."""

    __slots__ = ("values", "index")
    shape = None  # differs from every shape, so that the backward pass sees that this is no array

    def __init__(self, values: np.ndarray, index: Any) -> None:
        self.values, self.index = values, index
