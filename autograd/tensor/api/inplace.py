"""Changes in place: `x += y`, `x[i] = y`, names that end in _. Each writes into memory that others may look at.

A change is an operation like any other: the tensor gets the node of what was written. What a derivative will still read
is kept before it is overwritten, or the version counter tells that it is gone; and a tensor whose numbers were changed
through another one, a view or what it is a view of, takes up the new graph when it is next used. Step by step:

    y = x * 1        # version: none, nobody else sees y's memory
    v = y[0]         # y and v share a Version: count 0, owner y; both have seen 0
    v += w           # count 1, recorded 1; v has the node of v + w and has seen 1; pending: [(v's memory, that node)]
    y.sum()          # y has seen 0 of 1: `refresh` gives it the node of y with v + w put at [0]; y has seen 1
    z = y * y        # the node keeps y, and the count 1
    y *= w           # count 2; the new node needs the old y, and gets a copy. z.backward() finds 2 for 1, and raises
"""

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.tensor.api import dtypes
from autograd.tensor.api.arguments import named
from autograd.tensor.api.indexing import numpy_index, plain_index
from autograd.tensor.api.shapes import expand, reshape
from autograd.tensor.core.hooks import hooks
from autograd.tensor.core.modes import mode
from autograd.tensor.core.nodes import Leaf, Node
from autograd.tensor.core.tape import record
from autograd.tensor.core.tensor import Tensor, make_contiguous, wrap
from autograd.tensor.core.versions import update_graph, version_of
from autograd.tensor.table.forms import FusedPlan
from autograd.tensor.table.indexing import pick, put


def in_place(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return the form of an operation that writes its result into the memory of its first argument."""

    def apply(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        prepare(self)
        if self.version is not None:
            update_graph(self)
        old = alias(self)
        y = function(old, *(old if x is self else x for x in args), **kwargs)
        if y.shape != self.shape:
            raise RuntimeError(
                f"output with shape {list(self.shape)} doesn't match the broadcast shape {list(y.shape)} (in {name})"
            )
        if dtypes.RANKS[y.dtype.kind] > dtypes.RANKS[self.dtype.kind]:
            names = dtypes.NAMES[y.dtype.name], dtypes.NAMES[self.dtype.name]
            raise RuntimeError(
                f"result type {names[0]} can't be cast to the desired output type {names[1]} (in {name})"
            )
        y = y.to(self.dtype)
        held = weakref.ref(old)
        del old
        if (old := held()) is not None:  # a derivative will read what this tensor was
            old._data, old.version = old._data.copy(), None
        self._data[...] = y._data
        record_change(self, y.node)
        return self

    return named(apply, name, f"Write the result of `{name[:-1]}` into this tensor and return it.")


def prepare(x: Tensor) -> None:
    """Raise RuntimeError if a tensor must not be changed in place; else do what has to be done before the change."""
    if x.node is not None and mode.recording:
        if type(x.node) is Leaf:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
        if x.version is not None and x.version.of_leaf:
            raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")
    if not x._data.flags.writeable:
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
            "Please clone() the tensor before performing the operation."
        )
    make_contiguous(x)
    node = x.node
    if type(node) is Node and type(node.plan) is FusedPlan and node.output is x._data:
        node.output, node.output_counter = node.output.copy(), None  # only we say that the derivative reads the result


def record_change(x: Tensor, node: Any) -> None:
    """Count a change in place; if it belongs to a graph, give the tensor the node that it has after the change."""
    version = version_of(x)
    version.counter.count += 1
    if node is not None:
        move_to(x, node)
        version.recorded = version.counter.count
        if version.owner() is not x:
            version.pending.append((x._data, node))
    x._seen = version.counter.count if mode.recording else x._seen


def move_to(x: Tensor, node: Any) -> None:
    """Give a tensor another node, and move a request of `retain_grad` from the old node to it."""
    before, x.node = x.node, node
    if isinstance(before, Node) and before.retained is not None and before.retained() is x:
        node.retained, before.retained = before.retained, None


def node_of_put(x: Tensor, value: Any, index: Any) -> Any:
    """Return the node of x after a value was written to it at an index; None if no gradient flows to either."""
    parents, mask = [], 0
    for i, part in enumerate((x, value)):
        if isinstance(part, Tensor) and part.node is not None and mode.recording and x._data.dtype.kind == "f":
            parents.append(part.node)
            mask |= 1 << i
    return record(put.plan(mask, 2), (x, value), tuple(parents), x._data, {"index": index}) if mask else None


def setitem(self: Tensor, index: Any, value: Any) -> None:
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


def alias(x: Tensor) -> Tensor:
    """Return a tensor of the same memory at the same place of the graph, for a change that is to come."""
    old = wrap(x._data)
    old.node, old.version = x.node, x.version
    if x.version is not None:
        old._seen = x.version.counter.count
    return old


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


hooks.refresh = refresh


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


def of_another_shape(name: str) -> Callable[..., Tensor]:
    """Return the form of a method that gives the tensor itself another shape."""

    def method(self: Tensor, *dims: int) -> Tensor:
        prepare(self)
        y = getattr(alias(self), name)(*dims)
        self.data = y._data
        self.node = self.node if y.node is None else y.node
        return self

    method.__name__, method.__doc__ = f"{name}_", f"Give the tensor the shape that `{name}` returns, and return it."
    return method
