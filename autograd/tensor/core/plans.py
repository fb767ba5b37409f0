"""What a rule needs, as its parameters say.

An entry of the table has for each input a rule: how a gradient of the output becomes one of that input (a
vector-Jacobian product, VJP). A plan collects the rules of the inputs that require a gradient. From their parameters it
knows what to keep of the output and the inputs, and what to call each rule with.
"""

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from operator import itemgetter
from typing import Any

from autograd.tensor.core.nodes import Node
from autograd.tensor.core.tape import NOTHING, NUMBERS, SHAPE, saved_values

Rule = Callable[..., Any]
Rules = Mapping[str, Rule | None]


def names_read(rule: Rule) -> tuple[str, ...]:
    """Return the names of a rule's parameters: what it reads."""
    return tuple(signature(rule).parameters)


def check_rules(op: str, rules: Rules, known: Sequence[str]) -> None:
    """Raise TypeError for a rule that reads something it cannot be given, and for a name with two meanings."""
    if twice := [name for name in known if known.count(name) > 1]:
        raise TypeError(f"{op}: {twice[0]!r} names two things; the inputs are {', '.join(rules)}")
    for name, rule in rules.items():
        for read in () if rule is None else names_read(rule):
            if read not in known:
                raise TypeError(
                    f"{op}: the rule for {name!r} reads {read!r}, which is unknown; a rule can read {', '.join(known)}"
                )


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
    its numbers, `like_` before that name its shape and type, and the name of a setting that setting.
    """

    __slots__ = (
        *("op", "rules", "inputs", "calls", "settings", "needs_g_only"),
        *("kept", "keeps_output", "keeps_inputs", "no_inputs", "keeps_numbers"),
    )
    rules: Any  # a list; for other forms of an entry, one function

    def __init__(self, op: str, rules: Rules, wanted: Sequence[int], settings: dict[str, Any]) -> None:
        self.op, self.inputs = op, list(rules)
        inputs, self.rules = self.inputs, [rules[self.inputs[i]] for i in wanted]
        if None in self.rules:
            name = inputs[wanted[self.rules.index(None)]]
            raise RuntimeError(f"{op} has no derivative with respect to {name}; use detach() on it")
        read = {name for rule in self.rules for name in names_read(rule)}
        self.settings = {name: default for name, default in settings.items() if name in read}
        places = {"g": 0, "y": 1}  # in the list of values that rules are called with
        for place, name in enumerate(inputs, 2):
            places[name] = places[f"like_{name}"] = place
        for place, name in enumerate(self.settings, 2 + len(inputs)):
            places[name] = place
        self.calls: Any = [(rule, picker([places[name] for name in names_read(rule)])) for rule in self.rules]
        self.needs_g_only = read == {"g"}
        self.keep(read, [NUMBERS if x in read else SHAPE if f"like_{x}" in read else NOTHING for x in inputs])

    def keep(self, read: set[str], kept: Sequence[int]) -> None:
        """Note what is kept of the output and of each input."""
        self.keeps_output, self.kept, self.keeps_inputs = "y" in read, tuple(kept), any(kept)
        self.no_inputs = (None,) * len(kept)
        self.keeps_numbers = self.keeps_output or NUMBERS in kept  # which the backward pass then frees

    def gradients(self, node: Node, g: Any, as_tensors: bool, only: Sequence[bool] | None) -> list[Any]:
        """Return the gradients of the node's parents, given its own; None for those that are not asked for."""
        if self.needs_g_only and only is None:
            return [rule(g) for rule in self.rules]
        values = saved_values(node, g, as_tensors)
        if self.settings:
            values += map(node.settings.get, self.settings, self.settings.values())
        if only is None:
            return [rule(*pick(values)) for rule, pick in self.calls]
        return [rule(*pick(values)) if asked else None for (rule, pick), asked in zip(self.calls, only, strict=True)]


def picker(places: list[int]) -> Callable[[list[Any]], Sequence[Any]]:
    """Return a function that picks the items at some places from a list, always as a sequence."""
    return itemgetter(*places) if len(places) > 1 else itemgetter(slice(places[0], places[0] + 1))
