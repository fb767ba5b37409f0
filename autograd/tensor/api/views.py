"""Changes in place of a part of a tensor, and how the graphs of the tensors that share its memory are updated.

`inplace.py` describes how a change in place works.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.tensor.api.indexing import numpy_index, plain_index
from autograd.tensor.api.inplace import alias, move_to, prepare, record_change
from autograd.tensor.api.public import public
from autograd.tensor.api.shapes import expand, reshape, squeeze, t, transpose, unsqueeze
from autograd.tensor.core.hooks import hooks
from autograd.tensor.core.modes import mode
from autograd.tensor.core.tape import record
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.core.versions import update_graph, version_of
from autograd.tensor.table.indexing import pick, put


def node_of_put(x: Tensor, value: Any, index: Any) -> Any:
    """Return the node of x after a value was written to it at an index; None if no gradient flows to either."""
    parents, mask = [], 0
    for i, part in enumerate((x, value)):
        if isinstance(part, Tensor) and part.node is not None and mode.recording and x._data.dtype.kind == "f":
            parents.append(part.node)
            mask |= 1 << i
    return record(put.plan(mask, 2), (x, value), tuple(parents), x._data, {"index": index}) if mask else None


@public(method=True)
def __setitem__(self: Tensor, index: Any, value: Any) -> None:
    """Write a value into the tensor's memory at an index; gradients flow to the value and around the written place."""
    index = plain_index(numpy_index(index), self.shape)
    prepare(self)
    version = version_of(self)
    inner = isinstance(value, Tensor) and value.version is version and same_memory(self, index, value)
    if not inner:
        update_graph(self)
    if isinstance(value, Tensor) and value.ndim and value.shape[0] == 1:
        extra = value.ndim - np.ndim(self._data[index])
        value = value.reshape(value.shape[extra:]) if extra > 0 else value  # NumPy minds dimensions that say nothing
    source = value._data if isinstance(value, Tensor) else value
    old = alias(self)
    try:
        self._data[index] = source
    except ValueError as error:
        raise RuntimeError(f"setitem: shapes {self.shape} and {getattr(source, 'shape', ())}: {error}") from None
    if inner and version.pending:
        version.pending.pop()  # the change of self[index] that is noted now
    record_change(self, node_of_put(old, value, index))


def same_memory(self: Tensor, index: Any, value: Tensor) -> bool:
    """Return whether value is the view self[index], as it is after `x[i] += ...`."""
    region = self._data[index]
    return (
        isinstance(region, np.ndarray)
        and region.shape == value.shape
        and region.strides == value._data.strides
        and region.__array_interface__["data"] == value._data.__array_interface__["data"]
    ) or (not isinstance(region, np.ndarray) and value._data.ndim == 0)


def refresh(x: Tensor) -> None:
    """After a view was changed in place: rebuild the base tensor's graph from the pending writes, then x's from that.

    Raises RuntimeError if the base tensor is gone.
    """
    version = x.version
    owner = version.owner()
    if owner is None:
        raise RuntimeError(
            f"a tensor of shape {x.shape} was changed in place through another view of a tensor that is gone, by an "
            "operation that belongs to a graph: keep that tensor, or take the views anew"
        )
    pending, version.pending = version.pending, []
    for array, node in pending:
        part = wrap(array)
        part.node = node
        part = part if owner.ndim else reshape(part, ())
        move_to(owner, node_of_put(alias(owner), part, places_in(owner._data, array)))
    owner._seen = version.counter.count
    if x is not owner:
        part = pick(alias(owner), index=places_in(owner._data, x._data)) if owner.ndim else expand(owner, *x.shape)
        x.node, x._seen = part.node, version.counter.count


hooks.replace(refresh=refresh)


def places_in(x: np.ndarray, view: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return an index of x that picks the numbers of a view, for any two arrays that share memory."""
    if not x.ndim:
        return ()
    start, end = np.lib.array_utils.byte_bounds(x)
    memory = np.empty((end - start) // x.itemsize, np.int64)

    def memory_view(like: np.ndarray) -> np.ndarray:
        first = (like.__array_interface__["data"][0] - start) // x.itemsize
        strides = [stride // x.itemsize * 8 for stride in like.strides]
        return np.lib.stride_tricks.as_strided(memory[first:], like.shape, strides)

    memory_view(x)[...] = np.arange(x.size).reshape(x.shape)
    return np.unravel_index(memory_view(view).copy(), x.shape)


def take_shape(self: Tensor, change: Callable[[Tensor], Tensor]) -> Tensor:
    """Give a tensor the shape and the node that a function of it returns, in place."""
    prepare(self)
    y = change(alias(self))
    self.data = y._data
    self.node = self.node if y.node is None else y.node
    return self


@public(method=True)
def squeeze_(self: Tensor, *dim: Any) -> Tensor:
    """Give the tensor the shape that `squeeze` returns, and return it."""
    return take_shape(self, lambda x: squeeze(x, *dim))


@public(method=True)
def unsqueeze_(self: Tensor, dim: int) -> Tensor:
    """Give the tensor the shape that `unsqueeze` returns, and return it."""
    return take_shape(self, lambda x: unsqueeze(x, dim))


@public(method=True)
def transpose_(self: Tensor, dim0: int, dim1: int) -> Tensor:
    """Give the tensor the shape that `transpose` returns, and return it."""
    return take_shape(self, lambda x: transpose(x, dim0, dim1))


@public(method=True)
def t_(self: Tensor) -> Tensor:
    """Give the tensor the shape that `t` returns, and return it."""
    return take_shape(self, t)
