"""Who shares memory with whom, and who has changed it.

Tensors that share memory share a Version. It counts changes in place, so that a backward pass notices when a number it
needs was overwritten, and it remembers changes that belong to a graph, so that the others can update their graphs.
"""

import weakref
from typing import Any

from autograd.tensor.core.hooks import hooks
from autograd.tensor.core.modes import mode
from autograd.tensor.core.nodes import Leaf


class Counter:
    """Counts the changes in place of one piece of memory."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


class Version:
    """What a tensor, the `owner`, and all its views know of the changes of their memory.

    Detached tensors have a Version of their own with the same counter, because they have another graph.

    `recorded` is the count at the last change that belongs to a graph; a tensor that has seen less shows the new
    numbers but has the old graph. `pending` holds the changes that were made through views and are not yet part of the
    owner's graph, as pairs (array, node). `of_leaf` says that the memory is that of a leaf.
    """

    __slots__ = ("counter", "recorded", "of_leaf", "owner", "pending")

    def __init__(self, owner: Any, counter: Counter) -> None:
        self.counter, self.recorded, self.of_leaf = counter, 0, type(owner.node) is Leaf
        self.owner = weakref.ref(owner)
        self.pending: list[tuple[Any, Any]] = []


def version_of(tensor: Any) -> Version:
    """Return the version of a tensor's memory; it is made when first asked for."""
    version: Version | None = tensor.version
    if version is None:
        version = tensor.version = Version(tensor, Counter())
        tensor._seen = 0
        node = tensor.node
        if node is not None and node.output is tensor._data:
            node.output_counter = version.counter
    return version


def share_version(view: Any, base: Any) -> None:
    """Note that a tensor is a view of another one."""
    version = view.version = version_of(base)
    view._seen = version.counter.count
    view._base = version.owner()  # keeps the base alive: the graph of a view may be made again from the base's


def share_memory(tensor: Any, other: Any) -> None:
    """Note that a tensor has the memory of another one, and a graph of its own."""
    tensor.version = Version(tensor, version_of(other).counter)
    tensor._seen = tensor.version.counter.count


def count_change(tensor: Any) -> None:
    """Note that a tensor's numbers were changed in place."""
    version_of(tensor).counter.count += 1


def graph_of(tensor: Any) -> Any:
    """Return the tensor's node, brought up to date if its numbers were changed through another tensor."""
    if tensor.version is not None:
        update_graph(tensor)
    return tensor.node


def update_graph(tensor: Any) -> None:
    """Bring the graph of a tensor that has a version up to date."""
    if tensor.version.recorded > tensor._seen and mode.recording:
        hooks.refresh(tensor)
