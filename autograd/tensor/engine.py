"""The tensor: an array that remembers how it was computed.

A Tensor holds a NumPy array and, if a gradient can reach it, a node of the graph. `recording.py` makes the nodes,
`backward.py` walks them, `derivatives/` says what each operation's derivative is, and `methods.py` gives the
operations to Tensor as methods.
"""

import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.tensor import dtypes
from autograd.tensor.grad_mode import mode

new = object.__new__


class Leaf:
    """The node of a tensor that requires a gradient and was not computed: where gradients arrive."""

    __slots__ = ("shape", "dtype", "tensor")
    op = ""
    parents = ()
    output = None

    def __init__(self, tensor: "Tensor") -> None:
        self.shape, self.dtype = tensor._data.shape, tensor._data.dtype
        self.tensor = weakref.ref(tensor)  # a tensor holds its node; holding it too would make a cycle

    # What a drawing shows of a leaf.
    data = property(lambda self: getattr(self.tensor(), "_data", None))
    grad = property(lambda self: getattr(self.tensor(), "grad", None))
    label = property(lambda self: getattr(self.tensor(), "label", ""))


class Counter:
    """Counts the changes in place of one piece of memory."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


class Version:
    """What a tensor, the owner, and all its views know of the changes of their memory.

    Detached tensors have a Version of their own, with the same counter: their graph is another one.

    `recorded` is the count at the last change that belongs to a graph: a tensor that has not seen it shows the new
    numbers but has the old graph. After `y = x * 1; v = y[0]; y.mul_(2)` v shows the new number, but has the node of
    the old y[0]: recorded is 1, and v has seen 0. `pending` holds what was written to views, (array, node), and not
    yet to the owner's graph. `of_leaf` says that the memory is that of a leaf which requires a gradient.
    """

    __slots__ = ("counter", "recorded", "of_leaf", "owner", "pending")

    def __init__(self, owner: "Tensor", counter: Counter) -> None:
        self.counter, self.recorded, self.of_leaf = counter, 0, type(owner.node) is Leaf
        self.owner, self.pending = weakref.ref(owner), []


class Tensor:
    """An array of numbers in an expression graph.

    `Tensor(data, dtype=..., requires_grad=True)` takes a float, nested lists or an array and makes them float32,
    without a copy where an array is that already; `tensor(data)` keeps an array's type. Whole numbers are a size, as
    in `Tensor(3, 4)`. `grad` is the gradient that backward passes have accumulated (None at first); it is kept for
    leaves that require it, and for what `retain_grad()` was called on.
    """

    __slots__ = ("_data", "grad", "node", "version", "_seen", "_base", "__weakref__")

    def __init__(self, *data: Any, dtype: Any = None, requires_grad: bool = False) -> None:
        if all(type(n) is int for n in data):  # PyTorch's old way to give a size
            data = [np.zeros(data or 0)]
        if len(data) != 1:
            raise TypeError(f"Tensor() takes one list or array, or whole numbers as a size, got {data!r}")
        if dtype is None and not isinstance(data[0], Tensor):
            dtype = dtypes.get_default_dtype()
        self._data = as_array(data[0], dtype)
        self.grad = self.node = self.version = None
        if requires_grad:
            self.requires_grad = True
        if self._data is data[0] and not self._data.flags.c_contiguous:
            version_of(self)  # others see this memory, and `settle` must leave it

    @property
    def data(self) -> "Tensor":
        """The numbers, as a tensor of the same memory without a graph; what changes them in place is noticed."""
        return self.detach()

    @data.setter
    def data(self, value: Any) -> None:
        if value is not self._data and (array := as_array(value, None)) is not self._data:
            self._data = array
            if type(self.node) is Leaf:
                self.node = Leaf(self)
        (self.version or version_of(self)).counter.count += 1  # `changed`, without a call in every step of an optimizer

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

    def requires_grad_(self, requires_grad: bool = True) -> "Tensor":
        """Set `requires_grad` and return the tensor."""
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no graph leads to this tensor: it was not computed, or computed without recording."""
        return graph_of(self) is None or type(self.node) is Leaf

    # What it is, in one line each; a leaf has an empty `op` and no `parents`.
    grad_fn = property(lambda self: None if self.is_leaf else self.node, doc="The node that made it; None for a leaf.")
    op = property(lambda self: "" if graph_of(self) is None else self.node.op, doc="The operation that made it.")
    parents = property(lambda self: () if graph_of(self) is None else self.node.parents, doc="Where gradients flow on.")
    shape = property(lambda self: self._data.shape, doc="The length of every dimension.")
    dtype = property(lambda self: self._data.dtype, doc="The type of the numbers.")
    ndim = property(lambda self: self._data.ndim, doc="The number of dimensions.")
    device = property(lambda self: dtypes.cpu, doc='Always "cpu".')

    def dim(self) -> int:
        """Return the number of dimensions."""
        return self._data.ndim

    def size(self, dim: int | None = None) -> Any:
        """Return the shape, or the length of one dimension."""
        return self._data.shape if dim is None else self._data.shape[dim]

    def numel(self) -> int:
        """Return how many numbers the tensor holds."""
        return self._data.size

    def item(self) -> Any:
        """Return the only number of a tensor as a Python number."""
        if self._data.size != 1:
            raise RuntimeError(f"a Tensor with {self._data.size} elements cannot be converted to Scalar")
        return self._data.item()

    def tolist(self) -> Any:
        """Return the numbers as nested lists."""
        return self._data.tolist()

    def numpy(self) -> np.ndarray:
        """Return the array itself; raises RuntimeError for a tensor that requires a gradient."""
        settle(self)
        if mode.recording and graph_of(self) is not None:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        return self._data

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def detach(self) -> "Tensor":
        """Return a tensor of the same memory that belongs to no graph."""
        settle(self)
        detached = wrap(self._data)
        share_memory(detached, self)
        return detached

    def retain_grad(self) -> None:
        """Keep the gradient of this computed tensor in its `grad`, as that of a leaf is."""
        if graph_of(self) is None:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if not self.is_leaf:
            self.node.retained = weakref.ref(self)

    def is_floating_point(self) -> bool:
        """Return whether the numbers are of a floating point type."""
        return self._data.dtype.kind == "f"

    def is_contiguous(self) -> bool:
        """Return whether the numbers lie in memory row after row."""
        settle(self)
        return self._data.flags.c_contiguous

    def cpu(self) -> "Tensor":
        """Return the tensor itself."""
        return self

    def __len__(self) -> int:
        if not self._data.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self._data)

    def __iter__(self) -> Iterator["Tensor"]:
        if not self._data.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return (self[i] for i in range(len(self._data)))

    def __contains__(self, element: Any) -> bool:
        return bool((self._data == (element._data if isinstance(element, Tensor) else element)).any())

    def __bool__(self) -> bool:
        if self._data.size != 1:
            raise RuntimeError(
                f"Boolean value of Tensor with {self._data.size} values is ambiguous; use any() or all()"
            )
        return bool(self._data.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self._data.dtype.kind == "f" or self._data.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._data.item())

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if self._data.ndim == 0 else format(repr(self), spec)

    def __repr__(self) -> str:
        from autograd.tensor.printing import text  # when needed: most programs print few tensors

        return text(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Tensor":
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the "
                "moment; use detach() or clone() first"
            )
        copied = memo[id(self)] = new(type(self))
        copied._data, copied.version = self._data.copy(), None
        copied.node = None if self.node is None else Leaf(copied)
        copied.grad = None if self.grad is None else wrap(self.grad._data.copy())
        vars(copied).update(vars(self)) if hasattr(self, "__dict__") else None
        return copied


def wrap(array: Any) -> Tensor:
    """Return a tensor without a graph around an array or a NumPy number."""
    tensor = new(Tensor)
    tensor._data = array if type(array) is np.ndarray else np.asarray(array)
    tensor.grad = tensor.node = tensor.version = None
    return tensor


def as_array(data: Any, dtype: Any) -> np.ndarray:
    """Return numbers of any form as an array; Python floats get the default type, arrays keep theirs."""
    if dtype is not None:
        dtype = dtypes.checked(dtype)
    if isinstance(data, Tensor):
        array = data._data
    elif isinstance(data, np.ndarray | np.generic):
        array = np.asarray(data)
    else:
        data = without_tensors(data)
        try:
            array = np.array(data)
        except ValueError as error:
            raise ValueError(f"cannot make a tensor of lists of different lengths: {error}") from None
        if array.dtype == np.float64 and dtype is None and not isinstance(first_number(data), np.generic | np.ndarray):
            dtype = dtypes.get_default_dtype()
    if dtype is None or array.dtype == dtype:
        if array.dtype.kind not in dtypes.RANKS:
            shown = repr(data) if len(repr(data)) < 60 else type(data).__name__
            raise TypeError(f"cannot make a tensor of {array.dtype}, got {shown}")
        return array
    return array.astype(dtype)


def without_tensors(data: Any) -> Any:
    """Return nested lists with arrays in the place of tensors, so that NumPy need not iterate over these."""
    if isinstance(data, Tensor):
        return data._data
    if isinstance(data, list | tuple):
        return [part if isinstance(part, float) else without_tensors(part) for part in data]
    return data


def first_number(data: Any) -> Any:
    while isinstance(data, list | tuple) and data:
        data = data[0]
    return data


def settle(tensor: Tensor) -> None:
    """Lay numbers that only this tensor sees row after row, as PyTorch does; some operations leave another order."""
    if tensor.version is None and not tensor._data.flags.c_contiguous:
        tensor._data = np.ascontiguousarray(tensor._data)


def version_of(tensor: Tensor) -> Version:
    """Return the version of a tensor's memory, which is made when first asked for."""
    version = tensor.version
    if version is None:
        version = tensor.version = Version(tensor, Counter())
        tensor._seen = 0
        node = tensor.node
        if node is not None and node.output is tensor._data:
            node.output_counter = version.counter
    return version


def share_version(view: Tensor, base: Tensor) -> None:
    """Note that a tensor is a view of another one."""
    version = view.version = version_of(base)
    view._seen = version.counter.count
    view._base = version.owner()  # has to live: the graph of a view may have to be taken from its graph


def share_memory(tensor: Tensor, other: Tensor) -> None:
    """Note that a tensor has the memory of another one, and a graph of its own."""
    tensor.version = Version(tensor, version_of(other).counter)
    tensor._seen = tensor.version.counter.count


def changed(tensor: Tensor) -> None:
    """Note that a tensor's numbers were changed in place."""
    version_of(tensor).counter.count += 1


def graph_of(tensor: Tensor) -> Any:
    """Return the tensor's node, brought up to date if its numbers were changed through another tensor."""
    if tensor.version is not None:
        check_fresh(tensor)
    return tensor.node


def check_fresh(tensor: Tensor) -> None:
    """Bring the graph of a tensor up to date, if its numbers were changed through another tensor."""
    if tensor.version.recorded > tensor._seen and mode.recording:
        from autograd.tensor.inplace import refresh

        refresh(tensor)
