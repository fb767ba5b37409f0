"""Two more forms of an entry: operations on a list, and operations that have all their gradients in one function."""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from inspect import signature
from typing import Any

from autograd.tensor.core.backward import gradients_at
from autograd.tensor.core.forms import Operation, perform, registered
from autograd.tensor.core.nodes import Node
from autograd.tensor.core.plans import Plan, Rule, check_rules, names_read, picker, settings_of
from autograd.tensor.core.tape import NOTHING, NUMBERS, saved_values


def nary(forward: Callable[..., Any], rule: Rule, name: str) -> Operation:
    """Return a function of a list of tensors with one rule, which gives the gradient of input number `i`.

    The rule reads what it names: `i`, `g`, `y`, the list of `inputs`, and settings.
    """
    check_rules(name, {"inputs": rule}, ["i", "g", "y", "inputs", *settings_of(forward, 1)])

    def joined(*arrays: Any, **settings: Any) -> Any:
        return forward(arrays, **settings)

    @lru_cache(100)
    def plan(mask: int, inputs: int) -> NaryPlan:
        return NaryPlan(name, rule, mask, inputs)

    def apply(inputs: Sequence[Any], **settings: Any) -> Any:
        return perform(joined, plan, name, tuple(inputs), settings)

    return registered(apply, forward, name)


class NaryPlan(Plan):
    """The plan of an operation on a list. All inputs have one rule, which also gets `i`, the place of its input."""

    __slots__ = ("wanted",)

    def __init__(self, op: str, rule: Rule, mask: int, inputs: int) -> None:
        self.op, self.rules, self.wanted = op, rule, [i for i in range(inputs) if mask >> i & 1]
        self.inputs, self.calls = ["inputs"] * inputs, names_read(rule)
        self.keep(set(self.calls), [NUMBERS if "inputs" in self.calls else NOTHING] * inputs)

    def gradients(self, node: Node, g: Any, as_tensors: bool, only: Sequence[bool] | None) -> list[Any]:
        _, y, *inputs = saved_values(node, g, as_tensors)
        known = {"g": g, "y": y, "inputs": inputs, **node.settings}
        asked = only or [True] * len(self.wanted)
        return [
            self.rules(*[i if name == "i" else known[name] for name in self.calls]) if a else None
            for i, a in zip(self.wanted, asked, strict=True)
        ]


def fused(
    forward: Callable[..., Any], backward: Callable[..., Any], definition: Callable[..., Any], name: str
) -> Operation:
    """Return a function with a fast first derivative, written for arrays only.

    `forward(*inputs, **settings)` gives the output and something to save; `backward` gives all gradients, from what it
    names: `g`, `y`, what was `saved`, the inputs, the settings, and `wanted`, which says for each input whether its
    gradient is; it may be None if not. `definition` says the same with entries of the table: higher derivatives are
    those of the definition.
    """
    check_rules(name, {"all": backward}, ["g", "y", "saved", "wanted", *signature(forward).parameters])

    @cache
    def plan(mask: int, inputs: int) -> FusedPlan:
        return FusedPlan(name, backward, definition, mask, inputs)

    def apply(*inputs: Any, **settings: Any) -> Any:
        return perform(forward, plan, name, inputs, settings, saves=True)

    operation = registered(apply, forward, name)
    operation.backward = backward  # for the tests: two entries may share a name
    return operation


class FusedPlan(Plan):
    """The plan of a fused operation: all gradients at once; for higher derivatives, those of the definition.

    All inputs are kept, since the definition computes with them, and of the output what `backward` names.
    """

    __slots__ = ("definition", "wanted")

    def __init__(self, op: str, backward: Rule, definition: Rule, mask: int, inputs: int) -> None:
        read, parameters = names_read(backward), settings_of(definition, 0)
        self.op, self.rules, self.definition, self.inputs = op, backward, definition, list(parameters)[:inputs]
        self.wanted = [bool(mask >> i & 1) for i in range(inputs)]
        self.settings = {name: x for name, x in parameters.items() if name in read and name not in self.inputs}
        known = ["g", "y", *self.inputs, "saved", "wanted", *self.settings]
        self.calls = picker([known.index(name) for name in read])
        self.keep(set(read), [NUMBERS] * inputs)

    def gradients(self, node: Node, g: Any, as_tensors: bool, only: Sequence[bool] | None) -> list[Any]:
        values, wanted, settings = saved_values(node, g, as_tensors), self.wanted, node.settings
        if only is not None:
            flags = iter(only)
            wanted = [want and next(flags) for want in wanted]
        if as_tensors:  # so the pass records
            # Copies, because one tensor may come twice.
            xs = [x.clone() if want else x for x, want in zip(values[2:], wanted, strict=True)]
            y = self.definition(*xs, **settings)
            asked = [x for x, want in zip(xs, wanted, strict=True) if want]
            given = iter(gradients_at(asked, {y.node: (g, False)}, None, True))
            return [next(given) if want else None for want, had in zip(wanted, self.wanted, strict=True) if had]
        values += [node.saved, wanted, *map(settings.get, self.settings, self.settings.values())]
        parts = self.rules(*self.calls(values))
        return [part for part, is_asked in zip(parts, self.wanted, strict=True) if is_asked]
