"""Operations that a user defines: a class with `forward` and `backward`, as in PyTorch."""

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.tensor.api.grad_mode import no_grad
from autograd.tensor.api.inplace import alias, move_to, prepare
from autograd.tensor.core.errors import freed_error, version_error
from autograd.tensor.core.modes import mode
from autograd.tensor.core.nodes import Node
from autograd.tensor.core.tape import record
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.core.versions import share_version, version_of


def no_node() -> None:
    """Return None, as a weak reference to a missing node does: the call of the Function was not recorded."""


class Context:
    """What `forward` leaves for `backward`: saved tensors, and any other attribute that is set on it."""

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad
        self.node: Callable[[], Any] = no_node
        self.kept: tuple[tuple[Tensor | None, int], ...] = ()
        self.constant: tuple[Tensor, ...] = ()
        self.dirty: tuple[Tensor, ...] = ()
        self.outputs: list[tuple[Any, int | None]] = []
        self.materialize = True

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep inputs or outputs of `forward`; if they change in place before the backward pass, it raises an error."""
        self.kept = tuple((x, changes_of(x)) for x in tensors)

    def mark_non_differentiable(self, *outputs: Tensor) -> None:
        """Say that these outputs have no gradient."""
        self.constant = outputs

    def mark_dirty(self, *inputs: Tensor) -> None:
        """Say that `forward` changed these inputs in place; it returns them among its results."""
        self.dirty = inputs

    def set_materialize_grads(self, value: bool) -> None:
        """Say whether `backward` gets zeros, as is usual, or None for an output that has no gradient."""
        self.materialize = value

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """The tensors that were saved, in the same order."""
        return tuple(self.checked(x, then) for x, then in self.kept)

    def checked(self, x: Tensor | None, then: int) -> Tensor | None:
        """Return a saved tensor at its place in the graph; raise RuntimeError if it was changed since."""
        if x is not None and changes_of(x) != then:
            raise version_error(self.node(), x.shape, changes_of(x), then)
        for i, (array, place) in enumerate(self.outputs):
            if x is not None and x._data is array and x.node is None:
                x = wrap(array)  # an output, which has its place in the graph only now
                x.node = self.node() if place is None else node_of_output(self.node(), i, array)
        return x


def changes_of(x: Tensor | None) -> int:
    """Return how often a tensor's memory has been changed in place."""
    return 0 if x is None or x.version is None else x.version.counter.count


class Function:
    """The base class of operations that a user defines.

    `forward(ctx, *args)` computes with tensors, unrecorded, and returns one or a tuple of them; `backward(ctx, *g)`
    gets the gradient of each output and returns one for each argument, None where there is none. Call `apply(*args)`.
    """

    @staticmethod
    def forward(ctx: Context, *args: Any) -> Any:
        """Return the result; `ctx.save_for_backward(...)` keeps what the derivative needs."""
        raise NotImplementedError("a Function has to define forward(ctx, *args)")

    @staticmethod
    def backward(ctx: Context, *gradients: Tensor) -> Any:
        """Return the gradients of the arguments, given those of the outputs."""
        raise NotImplementedError("a Function has to define backward(ctx, *gradients)")

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Compute the result and record it with this class's `backward`."""
        needs = tuple(isinstance(x, Tensor) and x.requires_grad for x in args)
        ctx = Context(needs)
        with no_grad():
            if hasattr(cls, "setup_context"):
                results = cls.forward(*args)
                cls.setup_context(ctx, args, results)
            else:
                results = cls.forward(ctx, *args)
        single = isinstance(results, Tensor)
        outputs = [results] if single else list(results)
        if not (any(needs) and mode.recording):
            return results
        parents = tuple(x.node for x, need in zip(args, needs, strict=True) if need)
        plan = FunctionPlan(cls, needs, [(x.shape, x.dtype) for x in outputs])
        node = record(plan, (), parents, outputs[0] if single else OutputGradients({}), {})
        node.saved, ctx.node = ctx, weakref.ref(node)
        ctx.outputs = [(x._data, None if single else i) for i, x in enumerate(outputs)]
        dirty = {id(x) for x in ctx.dirty}
        for x in ctx.dirty:
            prepare(x)  # raises for a leaf
        ctx.kept = tuple((unattached(x) if id(x) in dirty else x, then) for x, then in ctx.kept)
        ctx.dirty = ()  # they will hold the node, which holds the context
        made = [x if id(x) in dirty else shared(x) for x in outputs]
        for i, (x, y) in enumerate(zip(outputs, made, strict=True)):
            if x.dtype.kind == "f" and not any(x is c for c in ctx.constant):
                own = node if single else node_of_output(node, i, x._data)
                take_node(y, own) if id(y) in dirty else setattr(y, "node", own)
        return made[0] if single else tuple(made)


class FunctionPlan:
    """The plan of a Function's node: it calls `backward` to get the gradients."""

    keeps_numbers, keeps_output, keeps_inputs, no_inputs = True, False, False, ()

    def __init__(self, cls: type[Function], needs: tuple[bool, ...], outputs: list[Any]) -> None:
        self.op, self.cls, self.needs, self.outputs = cls.__name__, cls, needs, outputs  # of these, shapes and types

    def gradients(self, node: Node, g: Any, as_tensors: bool, only: Sequence[bool] | None) -> list[Any]:
        if node.inputs is None:
            raise freed_error()
        parts = g.parts if isinstance(g, OutputGradients) else {0: g}
        gradients = [parts.get(i) for i in range(len(self.outputs))]
        if node.saved.materialize:
            pairs = zip(gradients, self.outputs, strict=True)
            gradients = [np.zeros(*like) if x is None else x for x, like in pairs]
        tensors: list[Any] = [wrap(x) if isinstance(x, np.ndarray) else x for x in gradients]
        given = self.cls.backward(node.saved, *tensors)
        given = given if isinstance(given, tuple | list) else (given,)
        if len(given) != len(self.needs):
            raise RuntimeError(
                f"function {node.op}Backward returned an incorrect number of gradients (expected "
                f"{len(self.needs)}, got {len(given)})"
            )
        wanted = [x for x, need in zip(given, self.needs, strict=True) if need]
        return [x if x is None or as_tensors else np.array(x._data) for x in wanted]


class OutputGradients:
    """The gradients of several outputs of one node, by the places of the outputs."""

    shape, dtype, base = (), None, None

    def __init__(self, parts: dict[int, Any]) -> None:
        self.parts = parts

    def __add__(self, other: "OutputGradients") -> "OutputGradients":
        parts = dict(self.parts)
        for i, g in other.parts.items():
            parts[i] = parts[i] + g if i in parts else g
        return OutputGradients(parts)


class OutputPlan:
    """The plan of one of several outputs: it passes the gradient on to the node that made all of them."""

    keeps_numbers, keeps_output, keeps_inputs, no_inputs = False, False, False, ()

    def __init__(self, op: str, place: int) -> None:
        self.op, self.place = op, place

    def gradients(self, node: Node, g: Any, as_tensors: bool, only: Any) -> list[Any]:
        return [OutputGradients({self.place: g})]


def shared(x: Tensor) -> Tensor:
    """Return a tensor that shares memory and version with x, and can get another node."""
    y = wrap(x._data)
    share_version(y, x)
    if x.version.owner() is x:
        x.version.owner = weakref.ref(y)
    return y


def unattached(x: Tensor | None) -> Tensor | None:
    """Return a tensor that shares memory and version with x and has no node, since a node must not refer to itself."""
    if x is None:
        return None
    y = alias(x)
    y.node = None
    return y


def take_node(x: Tensor, node: Node) -> None:
    """Give a tensor that `forward` changed in place its new node, and mark its views to be updated."""
    move_to(x, node)
    version = version_of(x)
    version.recorded = x._seen = version.counter.count
    if version.owner() is not x:
        version.pending.append((x._data, node))


def node_of_output(parent: Node, place: int, array: np.ndarray) -> Node:
    """Return the node of one of several outputs of a Function."""
    return record(OutputPlan(parent.op, place), (), (parent,), array, {})
