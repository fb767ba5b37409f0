"""What a computed tensor remembers: its node in the graph, and the plan by which a gradient flows on from there.

An entry of the table says, for each input, how a gradient of the output becomes one of that input (a vector-Jacobian
product, VJP). Of the inputs only those are kept that the VJPs to come will read, be it their numbers or their shape
alone: which these are, a rule says by the names of its parameters.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from inspect import signature
from operator import itemgetter
from typing import Any

import numpy as np

from autograd.tensor.engine import Tensor, new, wrap
from autograd.tensor.errors import freed_error, version_error
from autograd.tensor.grad_mode import enable_grad

Rule = Callable[..., Any]
NOTHING, SHAPE, VALUE = 0, 1, 2  # what a VJP reads of an input


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


def names_read(rule: Rule) -> tuple[str, ...]:
    """Return the names of a rule's parameters: what it reads."""
    return tuple(signature(rule).parameters)


def check_names(op: str, rules: dict[str, Rule | None], known: Sequence[str]) -> None:
    """Raise TypeError for a rule that reads something it cannot be given."""
    for name, rule in rules.items():
        for read in () if rule is None else names_read(rule):
            if read not in known:
                raise TypeError(
                    f"{op}: the rule for {name!r} reads {read!r}, which is unknown; a rule can read {', '.join(known)}"
                )


def check_rules(op: str, rules: dict[str, Rule | None], settings: Iterable[str]) -> None:
    """Raise TypeError unless the rules of an entry, one for each input, read what there is and names differ."""
    known = ["g", "y", *rules, *(f"like_{name}" for name in rules), *settings]
    if len(set(known)) < len(known):
        twice = next(name for name in known if known.count(name) > 1)
        raise TypeError(f"{op}: {twice!r} names two things; the inputs are {', '.join(rules)}")
    check_names(op, rules, known)


def settings_of(forward: Callable[..., Any], inputs: int) -> dict[str, Any]:
    """Return the arguments of a forward function after its inputs, with their defaults (None where there is none)."""
    try:
        parameters = list(signature(forward).parameters.values())[inputs:]
    except ValueError:  # a function written in C
        return {}
    return {p.name: None if p.default is p.empty else p.default for p in parameters}


class Plan:
    """What to keep, and which rules to run, when certain inputs of an operation require a gradient.

    The parameters of a rule say what it reads: `g` the gradient of the output, `y` the output, the name of an input
    its numbers, `like_` before that name its shape and type, and the name of a setting that setting. `kinds` says for
    each input what is kept of it.
    """

    __slots__ = (
        *("op", "rules", "inputs", "calls", "settings"),
        *("kinds", "keeps_output", "keeps_inputs", "nothing", "frees"),
    )

    def __init__(self, op: str, rules: dict[str, Rule | None], wanted: Sequence[int], settings: dict[str, Any]) -> None:
        self.inputs = inputs = list(rules)
        for i in wanted:
            if rules[inputs[i]] is None:
                raise RuntimeError(f"{op} has no derivative with respect to {inputs[i]}; use detach() on it")
        self.op, self.rules = op, [rules[inputs[i]] for i in wanted]
        read = {name for rule in self.rules for name in names_read(rule)}
        self.settings = [(name, default) for name, default in settings.items() if name in read]
        # What a rule is called with is picked from one list: g, y, the inputs, the settings that are read.
        places = {"g": 0, "y": 1}
        for place, name in enumerate(inputs, 2):
            places[name] = places[f"like_{name}"] = place
        for place, (name, _) in enumerate(self.settings, 2 + len(inputs)):
            places[name] = place
        self.calls = [(rule, picker([places[name] for name in names_read(rule)])) for rule in self.rules]
        self.keep(read, [VALUE if x in read else SHAPE if f"like_{x}" in read else NOTHING for x in inputs])

    def keep(self, read: set[str], kinds: Sequence[int]) -> None:
        """Note what is kept of the output and of each input."""
        self.keeps_output, self.kinds, self.keeps_inputs = "y" in read, tuple(kinds), any(kinds)
        self.nothing = (None,) * len(kinds)
        self.frees = self.keeps_output or VALUE in kinds  # whether there are numbers to be let go after a backward pass

    def gradients(self, node: Node, g: Any, as_tensors: bool, only: Sequence[bool] | None) -> list[Any]:
        """Return the gradients of the node's parents, given its own; None for those that are not asked for."""
        values = saved_values(node, g, as_tensors)
        if self.settings:
            values += [node.settings.get(name, default) for name, default in self.settings]
        if only is None:
            return [rule(*pick(values)) for rule, pick in self.calls]
        return [rule(*pick(values)) if asked else None for (rule, pick), asked in zip(self.calls, only, strict=True)]


def picker(places: list[int]) -> Callable[[list[Any]], Sequence[Any]]:
    """Return a function that picks the items at some places from a list, as a sequence even if it is only one."""
    return itemgetter(*places) if len(places) > 1 else itemgetter(slice(places[0], places[0] + 1))


class NaryPlan(Plan):
    """The plan of an operation on a list. All inputs have one rule, which also gets `i`, the place of its input."""

    __slots__ = ("wanted",)

    def __init__(self, op: str, rule: Rule, mask: int, inputs: int) -> None:
        self.op, self.rules, self.wanted = op, rule, [i for i in range(inputs) if mask >> i & 1]
        self.inputs, self.calls = ["inputs"] * inputs, names_read(rule)
        self.keep(set(self.calls), [VALUE if "inputs" in self.calls else NOTHING] * inputs)

    def gradients(self, node: Node, g: Any, as_tensors: bool, only: Sequence[bool] | None) -> list[Any]:
        _, y, *inputs = saved_values(node, g, as_tensors)
        known = {"g": g, "y": y, "inputs": inputs, **node.settings}
        asked = only or [True] * len(self.wanted)
        return [
            self.rules(*[i if name == "i" else known[name] for name in self.calls]) if a else None
            for i, a in zip(self.wanted, asked, strict=True)
        ]


class FusedPlan(Plan):
    """The plan of a fused operation: all gradients at once; for higher derivatives, those of the definition.

    All inputs are kept, since the definition computes with them, and of the output what `backward` names.
    """

    __slots__ = ("definition", "wanted")

    def __init__(self, op: str, backward: Rule, definition: Rule, mask: int, inputs: int) -> None:
        read, parameters = names_read(backward), settings_of(definition, 0)
        self.op, self.rules, self.definition, self.inputs = op, backward, definition, list(parameters)[:inputs]
        self.wanted = [bool(mask >> i & 1) for i in range(inputs)]
        self.settings = [(name, x) for name, x in parameters.items() if name in read and name not in self.inputs]
        known = ["g", "y", *self.inputs, "saved", "wanted", *(name for name, _ in self.settings)]
        self.calls = picker([known.index(name) for name in read])
        self.keep(set(read), [VALUE] * inputs)

    def gradients(self, node: Node, g: Any, as_tensors: bool, only: Sequence[bool] | None) -> list[Any]:
        values, wanted, settings = saved_values(node, g, as_tensors), self.wanted, node.settings
        if only is not None:
            asked = iter(only)
            wanted = [want and next(asked) for want in wanted]
        if as_tensors:
            found = gradients_of_definition(self.definition, g, values[2:], wanted, settings)
        else:
            values += [node.saved, wanted, *[settings.get(name, default) for name, default in self.settings]]
            found = self.rules(*self.calls(values))
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


def saved_values(node: Node, g: Any, as_tensors: bool) -> list[Any]:
    """Return g, and the output and inputs that a node kept, after a look at their versions."""
    if node.inputs is None:
        raise freed_error()
    versions, values, i = node.versions, [g, node.output], 0
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
            values[1] = wrap(y)
            values[1].node = node
    return values


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
