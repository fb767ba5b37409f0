"""The tensor: an array that remembers how it was computed.

A Tensor holds a NumPy array and, if a gradient can reach it, a node of the graph. Operations and most methods are given
to it from outside: by `forms.py`, `backward.py` and `autograd.tensor.api`.
"""

from typing import Any

import numpy as np

from autograd.tensor.core.hooks import hooks
from autograd.tensor.core.nodes import Leaf
from autograd.tensor.core.versions import graph_of, share_memory, version_of

new = object.__new__


class Tensor:
    """An array of numbers in an expression graph.

    `Tensor(data, dtype=..., requires_grad=True)` takes a float, nested lists or an array and makes them float32,
    without a copy of a float32 array; whole numbers are a size, as in `Tensor(3, 4)`. `grad` is the
    gradient that backward passes have accumulated, None at first.
    """

    __slots__ = ("_data", "_grad", "node", "version", "_seen", "_base", "__weakref__")

    def __init__(self, *data: Any, dtype: Any = None, requires_grad: bool = False) -> None:
        self._data = hooks.initial(data, dtype)
        self._grad = self.node = self.version = None
        if requires_grad:
            self.requires_grad = True
        if data and self._data is data[0] and not self._data.flags.c_contiguous:
            version_of(self)  # others see this memory, and `make_contiguous` must leave it

    @property
    def data(self) -> "Tensor":
        """The numbers, as a tensor of the same memory without a graph; changes of it in place are counted."""
        return self.detach()

    @data.setter
    def data(self, value: Any) -> None:
        if value is not self._data and (array := hooks.convert(value)) is not self._data:
            self._data = array
            if type(self.node) is Leaf:
                self.node = Leaf(self)
        (self.version or version_of(self)).counter.count += 1  # `count_change`, without a call in an optimizer's step

    @property
    def requires_grad(self) -> bool:
        """Whether backward passes compute a gradient for this tensor."""
        return graph_of(self) is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not self.is_leaf:
            if not value:
                raise RuntimeError(
                    "you can only change requires_grad flags of leaf variables. If you want to use a computed variable "
                    "in a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
                )
        elif value and self._data.dtype.kind != "f":
            raise RuntimeError(
                f"only Tensors of floating point dtype can require gradients; this one has {self._data.dtype}"
            )
        else:
            self.node = (self.node or Leaf(self)) if value else None
            if self.version is not None and self.version.owner() is self:
                self.version.of_leaf = bool(value)

    @property
    def is_leaf(self) -> bool:
        """Whether no graph leads to this tensor: it was not computed, or computed without recording."""
        return graph_of(self) is None or type(self.node) is Leaf

    grad_fn = property(lambda self: None if self.is_leaf else self.node, doc="The node that made it; None for a leaf.")
    op = property(lambda self: "" if graph_of(self) is None else self.node.op, doc="The operation that made it.")
    parents = property(lambda self: () if graph_of(self) is None else self.node.parents, doc="Where gradients flow on.")
    grad = property(lambda self: self._grad, lambda self, g: setattr(self, "_grad", g), doc="The gradient so far.")
    shape = property(lambda self: self._data.shape, doc="The length of every dimension.")
    dtype = property(lambda self: self._data.dtype, doc="The type of the numbers.")
    ndim = property(lambda self: self._data.ndim, doc="The number of dimensions.")

    def item(self) -> Any:
        """Return the only number of a tensor as a Python number."""
        if self._data.size != 1:
            raise RuntimeError(f"a Tensor with {self._data.size} elements cannot be converted to Scalar")
        return self._data.item()

    def detach(self) -> "Tensor":
        """Return a tensor of the same memory that belongs to no graph."""
        make_contiguous(self)
        detached = wrap(self._data)
        share_memory(detached, self)
        return detached

    def __repr__(self) -> str:
        return f"tensor({self._data}, requires_grad={self.requires_grad})"

    __hash__ = object.__hash__  # whatever == means: a tensor is looked up as itself


def wrap(array: Any) -> Tensor:
    """Return a tensor without a graph around an array or a NumPy number."""
    tensor = new(Tensor)
    tensor._data = array if type(array) is np.ndarray else np.asarray(array)
    tensor._grad = tensor.node = tensor.version = None
    return tensor


def make_contiguous(tensor: Tensor) -> None:
    """Lay the numbers row after row, as PyTorch does, unless other tensors see them too."""
    if tensor.version is None and not tensor._data.flags.c_contiguous:
        tensor._data = np.ascontiguousarray(tensor._data)
