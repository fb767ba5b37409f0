"""What a computed tensor remembers: its node in the graph, and the plan by which a gradient flows on from there.

An entry of the table says, for each input, how a gradient of the output becomes one of that input (a vector-Jacobian
product, VJP). Of the inputs only those are kept that the VJPs to come will read, be it their numbers or their shape
alone. Which these are is read from the code of the VJPs.
"""

import dis
import math
from collections.abc import Callable, Sequence
from inspect import unwrap
from typing import Any

import numpy as np

from autograd.tensor.engine import Tensor, new, wrap
from autograd.tensor.errors import freed_error, version_error
from autograd.tensor.grad_mode import enable_grad

Rule = Callable[..., Any]
NOTHING, SHAPE, VALUE = 0, 1, 2  # what a VJP reads of an input
SHAPE_ATTRIBUTES = ("shape", "ndim", "dtype", "size")


class Node:
    """One computed result in a graph: where its gradient flows to, and what the VJPs need for that.

    `parents` are the nodes and leaves that require a gradient, `inputs` what was kept of the arguments. A node holds
    arrays and earlier tensors, never the tensor that holds it: a dropped graph leaves nothing to the collector.
    """

    __slots__ = (
        *("op", "parents", "shape", "dtype", "plan", "inputs", "versions", "settings"),
        *("output", "output_counter", "saved", "retained", "__weakref__"),
    )

    def __repr__(self) -> str:
        return f"<{''.join(part.capitalize() for part in self.op.split('_'))}Backward0>"


class Shape:
    """Stands for an input of which the VJPs read the shape only, so that its numbers need not be kept."""

    __slots__ = ("shape", "dtype")

    def __init__(self, array: np.ndarray) -> None:
        self.shape, self.dtype = array.shape, array.dtype

    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: math.prod(self.shape))


class Part:
    """The gradient of a piece x[index] of an input, which is added in its place.

    Many pieces of one tensor, such as the steps of a sequence, so share one array instead of filling one of zeros each.
    """

    __slots__ = ("g", "index")
    shape = None

    def __init__(self, g: np.ndarray, index: Any) -> None:
        self.g, self.index = g, index


def reads(rule: Rule | None) -> dict[str, int]:
    """Return for each argument of a VJP whether its code reads the VALUE or only the SHAPE; others are not read."""
    found: dict[str, int] = {}
    code = list(dis.get_instructions(unwrap(rule))) if rule is not None else []
    for instruction, after in zip(code, [*code[1:], None], strict=True):
        if "LOAD_FAST" in instruction.opname or instruction.opname in ("LOAD_DEREF", "LOAD_CLOSURE"):
            names = instruction.argval if isinstance(instruction.argval, tuple) else (instruction.argval,)
            only_shape = after is not None and after.opname == "LOAD_ATTR" and after.argval in SHAPE_ATTRIBUTES
            for name in names:
                kind = SHAPE if only_shape and name == names[-1] else VALUE
                found[name] = max(found.get(name, NOTHING), kind)
    return found


def arguments(rule: Rule) -> list[str]:
    code = unwrap(rule).__code__
    return list(code.co_varnames[: code.co_argcount])


class Plan:
    """What to keep and which VJPs to run when certain inputs of an operation require a gradient."""

    __slots__ = ("op", "rules", "kinds", "keeps_output", "keeps_inputs", "nothing", "frees")

    def __init__(self, op: str, rules: Sequence[Rule], wanted: Sequence[int], inputs: int) -> None:
        self.op, self.rules = op, tuple(rules[i] for i in wanted)
        self.keeps_output, kinds = False, [NOTHING] * inputs
        for i, rule in zip(wanted, self.rules, strict=True):
            if rule is None:
                raise RuntimeError(f"{op} has no derivative with respect to argument {i}; use detach() on it")
            read = reads(rule)
            names = arguments(rule)
            if len(names) < 2 + inputs:
                raise TypeError(f"{op}: a VJP names gradient, output and every input, as in (g, y, a, b); got {names}")
            self.keeps_output |= read.get(names[1]) is not None
            kinds = [max(kind, read.get(name, NOTHING)) for kind, name in zip(kinds, names[2:], strict=False)]
        self.kinds, self.keeps_inputs, self.nothing = tuple(kinds), any(kinds), (None,) * inputs
        self.frees = self.keeps_output or VALUE in kinds  # whether there are numbers to be let go after a backward pass

    def gradients(self, node: Node, g: Any, as_tensors: bool, only: Sequence[bool] | None) -> list[Any]:
        """Return the gradients of the node's parents, given its own; None for those that are not asked for."""
        y, inputs = saved_values(node, as_tensors)
        settings = node.settings
        if only is None:
            if not settings:  # Python calls faster without **
                return [rule(g, y, *inputs) for rule in self.rules]
            return [rule(g, y, *inputs, **settings) for rule in self.rules]
        return [
            rule(g, y, *inputs, **settings) if asked else None for rule, asked in zip(self.rules, only, strict=True)
        ]


class NaryPlan(Plan):
    """The plan of an operation on a list: all inputs have one VJP."""

    __slots__ = ("wanted",)

    def __init__(self, op: str, rule: Rule, mask: int, inputs: int) -> None:
        self.op, self.rules, self.wanted = op, rule, [i for i in range(inputs) if mask >> i & 1]
        names = rule.__code__.co_varnames
        read = reads(rule)
        self.keeps_output = names[2] in read
        self.kinds = (read.get(names[3], 0),) * inputs
        self.keeps_inputs, self.nothing = names[3] in read, (None,) * inputs
        self.frees = self.keeps_output or VALUE in self.kinds

    def gradients(self, node: Node, g: Any, as_tensors: bool, only: Sequence[bool] | None) -> list[Any]:
        y, inputs = saved_values(node, as_tensors)
        asked = only or [True] * len(self.wanted)
        rule, settings = self.rules, node.settings
        return [rule(i, g, y, inputs, **settings) if a else None for i, a in zip(self.wanted, asked, strict=True)]


class FusedPlan(Plan):
    """The plan of a fused operation: all gradients at once; for higher derivatives, those of the definition."""

    __slots__ = ("definition", "wanted")

    def __init__(self, op: str, backward: Rule, definition: Rule, mask: int, inputs: int) -> None:
        self.op, self.rules, self.definition = op, backward, definition
        self.wanted = [bool(mask >> i & 1) for i in range(inputs)]
        self.keeps_output = arguments(backward)[1] in reads(backward)  # else it may be changed in place
        self.keeps_inputs = self.frees = True
        self.kinds, self.nothing = (VALUE,) * inputs, ()

    def gradients(self, node: Node, g: Any, as_tensors: bool, only: Sequence[bool] | None) -> list[Any]:
        y, inputs = saved_values(node, as_tensors)
        wanted = list(self.wanted)
        if only is not None:
            asked = iter(only)
            wanted = [want and next(asked) for want in wanted]
        if not as_tensors:
            found = self.rules(g, y, node.saved, wanted, *inputs, **node.settings)
        else:
            found = gradients_of_definition(self.definition, g, inputs, wanted, node.settings)
        return [part for part, want in zip(found, self.wanted, strict=True) if want]


def gradients_of_definition(
    definition: Callable[..., Any], g: Any, inputs: list[Any], wanted: list[bool], settings: dict[str, Any]
) -> list[Any]:
    from autograd.tensor.backward import grad  # which stands above this file

    with enable_grad():
        apart = [x.clone() if want else x for x, want in zip(inputs, wanted, strict=True)]  # one tensor may come twice
        y = definition(*apart, **settings)
        found = iter(grad(y, [x for x, want in zip(apart, wanted, strict=True) if want], g, create_graph=True))
    return [next(found) if want else None for want in wanted]


def saved_values(node: Node, as_tensors: bool) -> tuple[Any, list[Any]]:
    """Return the output and the inputs that a node kept, after a look at their versions."""
    if node.inputs is None:
        raise freed_error()
    versions, values, i = node.versions, [], 0
    for x in node.inputs:
        if isinstance(x, Tensor):
            if x.version is not None:
                then = 0 if versions is None else versions[i]
                if x.version.counter.count != then:
                    raise version_error(node, x.shape, x.version.counter.count, then)
            values.append(x if as_tensors else x._data)
        else:
            values.append(x)
        i += 1
    y = node.output
    if y is not None:
        if node.output_counter is not None and node.output_counter.count:
            raise version_error(node, node.shape, node.output_counter.count, 0)
        if as_tensors:
            y = wrap(y)
            y.node = node
    return y, values


def record(plan: Any, inputs: tuple[Any, ...], parents: tuple[Any, ...], y: np.ndarray, settings: Any) -> Node:
    """Return the node of a result `y`, with what its plan keeps."""
    node = new(Node)
    node.op, node.parents, node.plan, node.settings = plan.op, parents, plan, settings
    node.shape, node.dtype = y.shape, y.dtype
    node.output = y if plan.keeps_output else None
    node.versions = node.output_counter = node.saved = node.retained = None
    if not plan.keeps_inputs:
        node.inputs = plan.nothing
        return node
    kept, i = [], 0
    for kind in plan.kinds:
        x = inputs[i]
        if not isinstance(x, Tensor):
            kept.append(x)
        elif kind == VALUE:
            kept.append(x)
            if x.version is not None:
                if node.versions is None:
                    node.versions = [0] * len(inputs)
                node.versions[i] = x.version.counter.count
        else:
            kept.append(Shape(x._data) if kind == SHAPE else None)
        i += 1
    node.inputs = kept
    return node
