"""An engine for derivatives of arrays.

A `Tensor` is an array that remembers how it was computed. `record` computes an operation of the `TABLE` and leaves a
node with what the rules of its gradients will read. `backward` goes through the nodes from the result to the leaves,
lets each rule multiply the gradient of a result by the slopes of its operation, and adds where edges meet.

Needs NumPy alone.
"""

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np


# Exercise 04.2
def topological_order(root: Any) -> list[Any]:
    """Return all nodes of a graph, each after its parents, `root` last."""
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, parents_are_done = stack.pop()
        if parents_are_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents if parent not in seen)
    return order


class Node:
    """What an operation leaves behind: the nodes of its inputs, the rules of their gradients, and what the rules read.

    An input that needs no gradient has no node, and no rule is kept for it. A leaf is a node without parents; its
    `tensor` is where the gradient goes.
    """

    def __init__(
        self,
        op: str,
        shape: tuple[int, ...],
        parents: Sequence["Node"] = (),
        rules: Sequence[Callable[..., Any]] = (),
        kept: dict[str, Any] | None = None,
    ) -> None:
        self.op, self.shape, self.parents, self.rules, self.kept = op, shape, tuple(parents), tuple(rules), kept or {}
        self.tensor: Tensor | None = None

    def __repr__(self) -> str:
        return f"<node of {self.op or 'a leaf'}, shape {self.shape}>"


class Tensor:
    """An array in a graph of computations.

    `data` is the array, `grad` what backward passes have added up (None at first). With `requires_grad` it is a leaf.
    Numbers and lists become arrays of float64; an array of floats keeps its type.
    """

    recording = True  # False inside `no_grad`
    __array_ufunc__ = None  # NumPy then leaves `array * tensor` to the methods below

    def __init__(self, data: Any, requires_grad: bool = False) -> None:
        data = np.asarray(data)
        self.data = data if data.dtype.kind == "f" else data.astype(float)
        self.grad: np.ndarray | None = None
        self.node: Node | None = None
        if requires_grad:
            self.node = Node("", self.data.shape)
            self.node.tensor = self

    def __repr__(self) -> str:
        return f"Tensor({np.array2string(self.data, precision=4, separator=', ')})"

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    def item(self) -> float:
        """Return the one number of a tensor that holds one."""
        return self.data.item()

    def detach(self) -> "Tensor":
        """Return the same numbers without their history."""
        return Tensor(self.data)

    def backward(self) -> None:
        """Add to every leaf's `grad` the gradient of this one number with respect to it; see `backward`."""
        backward(self)

    def __add__(self, other: Any) -> "Tensor":
        return record("add", self, other)

    def __radd__(self, other: Any) -> "Tensor":
        return record("add", other, self)

    def __sub__(self, other: Any) -> "Tensor":
        return record("sub", self, other)

    def __rsub__(self, other: Any) -> "Tensor":
        return record("sub", other, self)

    def __mul__(self, other: Any) -> "Tensor":
        return record("mul", self, other)

    def __rmul__(self, other: Any) -> "Tensor":
        return record("mul", other, self)

    def __truediv__(self, other: Any) -> "Tensor":
        return record("div", self, other)

    def __rtruediv__(self, other: Any) -> "Tensor":
        return record("div", other, self)

    def __neg__(self) -> "Tensor":
        return record("neg", self)

    def exp(self) -> "Tensor":
        return record("exp", self)

    def log(self) -> "Tensor":
        return record("log", self)

    def tanh(self) -> "Tensor":
        return record("tanh", self)

    def relu(self) -> "Tensor":
        return record("relu", self)

    def __pow__(self, exponent: float) -> "Tensor":
        return record("power", self, exponent=exponent)

    def __matmul__(self, other: Any) -> "Tensor":
        return product(self, other)

    def __rmatmul__(self, other: Any) -> "Tensor":
        return product(other, self)

    def sum(self, axis: Any = None, keepdims: bool = False) -> "Tensor":
        return record("sum", self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> "Tensor":
        return record("mean", self, axis=axis, keepdims=keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> "Tensor":
        return record("max", self, axis=axis, keepdims=keepdims)

    def reshape(self, *shape: int) -> "Tensor":
        return record("reshape", self, shape=shape)

    def transpose(self, *axes: int) -> "Tensor":
        """Return the tensor with its axes in the order that is named; without a name, all in reverse order."""
        return record("transpose", self, axes=axes or None)

    @property
    def T(self) -> "Tensor":
        return self.transpose()

    def __getitem__(self, index: Any) -> "Tensor":
        return record("getitem", self, index=index)


class no_grad:
    """Compute without nodes inside a `with` block."""

    def __enter__(self) -> None:
        self.before, Tensor.recording = Tensor.recording, False

    def __exit__(self, *_: Any) -> None:
        Tensor.recording = self.before


# An entry of the table: a function of arrays, and for each input the rule of its gradient. The names of a rule's
# parameters say what it reads: g is the gradient of the result, y the result, an input's name its array, like_ and an
# input's name an array of its shape that takes no memory, and any other name a setting, such as an exponent.
Entry = tuple[Callable[..., Any], dict[str, Callable[..., Any]]]

# Exercise 10.4
POINTWISE: dict[str, Entry] = {
    "add": (np.add, {"a": lambda g: g, "b": lambda g: g}),
    "neg": (np.negative, {"x": lambda g: -g}),
    "sub": (np.subtract, {"a": lambda g: g, "b": lambda g: -g}),
    "mul": (np.multiply, {"a": lambda g, b: g * b, "b": lambda g, a: g * a}),
    "div": (np.divide, {"a": lambda g, b: g / b, "b": lambda g, y, b: -g * y / b}),
    "exp": (np.exp, {"x": lambda g, y: g * y}),
    "log": (np.log, {"x": lambda g, x: g / x}),
    "tanh": (np.tanh, {"x": lambda g, y: g * (1 - y * y)}),
    "relu": (lambda x: np.maximum(x, 0), {"x": lambda g, y: g * (y > 0)}),
}

GIVEN: dict[str, Entry] = {
    "power": (
        lambda x, exponent: x**exponent,
        {"x": lambda g, x, exponent: g * exponent * x ** (exponent - 1) if exponent else 0 * g},  # 0 ** -1 is inf
    ),
}

# Exercise 11.1
PRODUCTS: dict[str, Entry] = {
    "matmul": (
        np.matmul,
        {"a": lambda g, b: g @ np.swapaxes(b, -1, -2), "b": lambda g, a: np.swapaxes(a, -1, -2) @ g},
    ),
}


def with_axis(g: Any, axis: Any, keepdims: bool) -> Any:
    """Return a reduced array with the axes that it lost, each of length 1, so that it fits the array before."""
    return g if keepdims or axis is None else np.expand_dims(g, axis)


def share(g: Any, x: np.ndarray, y: Any, axis: Any, keepdims: bool) -> np.ndarray:
    """Return the gradient of a maximum, divided equally among all places that hold it."""
    hits = x == with_axis(y, axis, keepdims)
    return with_axis(g, axis, keepdims) * hits / hits.sum(axis=axis, keepdims=True, dtype=x.dtype)


# Exercise 11.2
REDUCTIONS: dict[str, Entry] = {
    "sum": (
        np.sum,
        {"x": lambda g, like_x, axis, keepdims: np.broadcast_to(with_axis(g, axis, keepdims), like_x.shape)},
    ),
    "mean": (
        np.mean,
        {
            "x": lambda g, like_x, axis, keepdims: np.broadcast_to(
                with_axis(g, axis, keepdims) * (g.size / like_x.size), like_x.shape
            )
        },
    ),
    "max": (np.max, {"x": share}),
}


def scatter(g: Any, like_x: np.ndarray, index: Any) -> np.ndarray:
    """Return zeros with `g` added at `index`; a place that is named twice gets both numbers."""
    total = np.zeros(like_x.shape, g.dtype)
    np.add.at(total, index, g)
    return total


# Exercise 11.3
SHAPES: dict[str, Entry] = {
    "reshape": (lambda x, shape: x.reshape(shape), {"x": lambda g, like_x: g.reshape(like_x.shape)}),
    "transpose": (
        np.transpose,
        {"x": lambda g, axes: np.transpose(g, None if axes is None else np.argsort(np.mod(axes, g.ndim)))},
    ),
    "getitem": (lambda x, index: x[index], {"x": scatter}),
}

TABLE: dict[str, Entry] = POINTWISE | GIVEN | PRODUCTS | REDUCTIONS | SHAPES


@functools.cache
def reads(rule: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of what a rule reads: those of its parameters."""
    return tuple(inspect.signature(rule).parameters)


def call(rule: Callable[..., Any], g: np.ndarray, kept: dict[str, Any]) -> np.ndarray:
    """Return what a rule gives for the gradient `g` of a result, with what was kept for it."""
    return rule(**{name: g if name == "g" else kept[name] for name in reads(rule)})


def readable(names: Iterable[str], arrays: Sequence[Any], y: np.ndarray, settings: dict[str, Any]) -> dict[str, Any]:
    """Return all that a rule may read, by name, but for g; `names` are those of the inputs, `arrays` their arrays."""
    named = dict(zip(names, arrays, strict=True))
    likes = {f"like_{name}": np.broadcast_to(0.0, np.shape(x)) for name, x in named.items()}
    return named | likes | settings | {"y": y}


# Exercise 10.2
def record(op: str, *inputs: Any, **settings: Any) -> Tensor:
    """Compute an operation of the table, and leave a node with what the rules for the inputs that have nodes read.

    Inputs are Tensors, or numbers and arrays, which need no gradient. The function gets the settings, such as an
    exponent, too.
    """
    forward, rules = TABLE[op]
    arrays = [x.data if isinstance(x, Tensor) else x for x in inputs]
    nodes = [x.node if isinstance(x, Tensor) else None for x in inputs]
    result = Tensor(forward(*arrays, **settings))
    wanted = [(node, rule) for node, rule in zip(nodes, rules.values(), strict=True) if node is not None]
    if Tensor.recording and wanted:
        known = readable(rules, arrays, result.data, settings)
        kept = {name: known[name] for _, rule in wanted for name in reads(rule) if name != "g"}
        result.node = Node(op, result.shape, *zip(*wanted, strict=True), kept)
    return result


def product(a: Any, b: Any) -> Tensor:
    """Return `a @ b` for arrays of two or more axes; raises ValueError for fewer, and for lengths that do not fit."""
    shapes = [np.shape(x.data if isinstance(x, Tensor) else x) for x in (a, b)]
    if min(map(len, shapes)) < 2:
        raise ValueError(f"@ needs two axes on both sides, not the shapes {shapes[0]} and {shapes[1]}: put in an axis")
    if shapes[0][-1] != shapes[1][-2]:
        raise ValueError(f"@: the last length of {shapes[0]} is not the last but one of {shapes[1]}")
    return record("matmul", a, b)


# Exercise 10.1
def unbroadcast(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return `g` summed over the axes along which an array of `shape` was repeated."""
    longer = (1,) * (g.ndim - len(shape)) + tuple(shape)
    axes = tuple(i for i, n in enumerate(longer) if n == 1 and (g.shape[i] != 1 or i < g.ndim - len(shape)))
    return g.sum(axes, keepdims=True).reshape(shape) if axes else g


# Exercise 10.3
def backward(root: Tensor) -> None:
    """Add to every leaf's `grad` the gradient of `root`, a tensor of one number, with respect to that leaf.

    Raises ValueError if `root` has more numbers than one or no history.
    """
    if root.data.size != 1:
        raise ValueError(f"backward starts at one number, such as a loss; this tensor has shape {root.shape}")
    if root.node is None:
        raise ValueError("backward: this tensor was computed from nothing that requires a gradient")
    gradients = {root.node: np.ones_like(root.data)}
    for node in reversed(topological_order(root.node)):
        g = gradients.pop(node)
        if node.tensor is not None:
            node.tensor.grad = np.array(g) if node.tensor.grad is None else node.tensor.grad + g
        for parent, rule in zip(node.parents, node.rules, strict=True):
            part = unbroadcast(call(rule, g, node.kept), parent.shape)
            gradients[parent] = gradients[parent] + part if parent in gradients else part
