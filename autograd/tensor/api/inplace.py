"""Changes in place: `x += y`, `x[i] = y`, names that end in _. Each writes into memory that other tensors may share.

A change in place is recorded like any other operation: the tensor gets a new node. Numbers that a backward pass will
need are copied before they are overwritten, or the version counter shows that they are lost. If memory was changed
through another tensor (a view, or the tensor that it is a view of), a tensor's graph is updated when it is next used.
Step by step:

    y = x * 1        # version: none, no other tensor shares y's memory
    v = y[0]         # y and v share a Version: count 0, owner y; both have seen 0
    v += w           # count 1, recorded 1; v has the node of v + w and has seen 1; pending: [(v's memory, that node)]
    y.sum()          # y has seen 0 of 1: `refresh` gives it the node of y with v + w put at [0]; y has seen 1
    z = y * y        # the node keeps y, and the count 1
    y *= w           # count 2; the new node needs the old y, and gets a copy. z.backward() finds 2 for 1, and raises
"""

import weakref
from collections.abc import Callable
from functools import wraps
from typing import Any

from autograd.tensor.api import dtypes
from autograd.tensor.api.arguments import named
from autograd.tensor.core.modes import mode
from autograd.tensor.core.nodes import Leaf, Node
from autograd.tensor.core.tensor import Tensor, make_contiguous, wrap
from autograd.tensor.core.versions import update_graph, version_of
from autograd.tensor.table.forms import FusedPlan


def in_place(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return the form of an operation that writes its result into the memory of its first argument."""

    @wraps(function)
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
        if (kept := held()) is not None:  # a derivative will read what this tensor was
            kept._data, kept.version = kept._data.copy(), None
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


def alias(x: Tensor) -> Tensor:
    """Return a tensor with x's memory, version and node, to be kept while x is changed."""
    old = wrap(x._data)
    old.node, old.version = x.node, x.version
    if x.version is not None:
        old._seen = x.version.counter.count
    return old
