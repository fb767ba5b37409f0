"""Chapter 06, neurons: what the exercises ask.

Neurons and networks are built of the Values that the reader's class uses, whichever class of Values that is.
"""

import math
import operator
import random
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

from autograd import scalar
from course.compare import result_of
from course.specification import Answer, exercise
from course.wording import has_data, kind_of, show

BENDS: dict[str, Callable[[float], float]] = {"tanh": math.tanh, "relu": lambda x: max(x, 0.0), "": lambda x: x}
REFUSED = "refused"


def built(answer: Answer, *arguments: Any, shown: str) -> Any:
    """Call the reader's class."""
    cls = answer.value
    named = f"yours:    {kind_of(cls)}\nexpected: a class, by its name, without parentheses"
    answer.require(isinstance(cls, type), named)
    return answer.run(lambda: cls(*arguments), shown)


def kind(x: Any) -> str:
    return "a Value" if has_data(x) else kind_of(x)


def require_draws(answer: Answer, weights: Sequence[Any], rng: random.Random, seed: int, what: str) -> None:
    """Require weights that are `rng.uniform(-1, 1)` from Random(seed), and no further draws from rng."""
    twin = random.Random(seed)
    unused = rng.getstate() == twin.getstate()
    drawn = [twin.uniform(-1, 1) for _ in weights]
    mistake = "Draw one weight after the other by rng.uniform(-1, 1)."
    answer.close([weight.data for weight in weights], drawn, what=f"the numbers in {what}", mistake=mistake)
    answer.last_run = what
    answer.require(not unused, "nothing was drawn from the rng that was given.")
    more = f"more than {len(drawn)} numbers were drawn from rng: one is for each weight, none for a bias, which is 0."
    answer.require(rng.getstate() == twin.getstate(), more)


def require_value(answer: Answer, got: Any, what: str) -> Any:
    answer.last_run = what
    answer.require(has_data(got) and hasattr(got, "grad"), f"yours:    {kind(got)}\nexpected: a Value")
    return got


def require_values(answer: Answer, got: Any, count: int, what: str) -> list[Any]:
    """Require a list of `count` Values."""
    answer.last_run = what
    fits = isinstance(got, list | tuple) and len(got) == count
    answer.require(fits, f"yours:    {kind(got)}\nexpected: a list of {count}")
    return [require_value(answer, item, f"{what}, [{i}]") for i, item in enumerate(got)]


def require_same(answer: Answer, owner: Any, expected: list[Any], order: str, shown: str) -> None:
    """Require that `parameters()` gives these objects in this order, at each call."""
    for turn in ("", ", called again"):
        what = f"{shown}.parameters(){turn}"
        got = require_values(answer, answer.run(owner.parameters, what), len(expected), what)
        known, answer.last_run = {id(parameter) for parameter in expected}, what
        theirs = all(id(parameter) in known for parameter in got)
        answer.require(theirs, "give the Values themselves, not new ones with their numbers.")
        answer.require(all(map(operator.is_, got, expected)), f"the order is: {order}.")


# 06.1

# Weights, bias, inputs and bend of the neurons that are called.
NEURONS: tuple[tuple[list[float], float, list[float], str], ...] = (
    ([0.5, -1.0], -1.75, [2.0, 0.5], "tanh"),
    ([1.0, -1.0, 2.0], -0.5, [3.0, 4.0, 1.5], "relu"),
    ([4.0, 4.0], -3.0, [-1.0, 2.0], "relu"),
    ([-2.0], 1.0, [3.0], "relu"),
    ([-2.0, 3.0], 1.0, [3.0, 0.5], ""),
    ([0.3], -0.1, [2.0], "tanh"),
    ([1.0, 2.0, 3.0, 4.0, 5.0], 0.0, [0.1, -0.2, 0.3, -0.4, 0.5], "tanh"),
    ([1.0], -2.0, [2.0], "relu"),
)


@exercise("06.1", shows="One object owns its weights and its bias: any number of inputs, one weighted sum, one bend.")
def neuron(answer: Answer) -> None:
    for fan_in, seed, bend in ((2, 0, "tanh"), (3, 1, "relu"), (1, 2, "")):
        rng, shown = random.Random(seed), f'MyNeuron({fan_in}, Random({seed}), "{bend}")'
        one = built(answer, fan_in, rng, bend, shown=shown)
        weights = require_values(answer, answer.run(lambda one=one: one.weights, shown), fan_in, f"{shown}.weights")
        bias = require_value(answer, answer.run(lambda one=one: one.bias, shown), f"{shown}.bias")
        require_draws(answer, weights, rng, seed, f"{shown}.weights")
        answer.close(bias.data, 0.0, what=f"{shown}.bias.data", mistake="A bias starts at 0.")
        require_same(answer, one, [*weights, bias], "the weights as they stand in .weights, then the bias", shown)
    for numbers, b, xs, bend in NEURONS:
        require_output(answer, numbers, b, xs, bend, as_values=False)
        require_output(answer, numbers, b, xs, bend, as_values=True)
    rng = random.Random(0)
    first, second = (built(answer, 2, rng, "tanh", shown='MyNeuron(2, rng, "tanh")') for _ in range(2))
    shared = {id(p) for p in first.parameters()} & {id(p) for p in second.parameters()}
    answer.require(not shared, "two neurons share a weight or a bias: each makes its own in __init__.")
    for wrong in ([2.0], [2.0, -1.0, 0.5], []):
        require_length(answer, first, wrong)


def require_output(answer: Answer, numbers: list[float], b: float, xs: list[float], bend: str, as_values: bool) -> None:
    """Require the output of a neuron with these weights and this bias, and its gradients."""
    shown = f'MyNeuron({len(xs)}, rng, "{bend}")'
    one = built(answer, len(xs), random.Random(5), bend, shown=shown)
    answer.run(lambda: one([9.0] * len(xs)), f"{shown}({[9.0] * len(xs)})")  # an earlier call must leave nothing behind
    for weight, number in zip(one.weights, numbers, strict=True):
        weight.data = number
    one.bias.data = b
    inputs = [type(one.bias)(x) for x in xs] if as_values else list(xs)
    given = (
        f'a neuron with bend "{bend}", weights {numbers}, bias {b}, called with {xs}{", Values" if as_values else ""}'
    )
    got = answer.run(lambda: one(inputs), given)
    require_value(answer, got, given)
    products, bent = [w * x for w, x in zip(numbers, xs, strict=True)], BENDS[bend]
    total = sum(products) + b
    others = {
        "without the bias": bent(sum(products)),
        "if each product is bent, and not their sum": sum(map(bent, products)) + b,
        "without the bend": total,
        "with tanh, whatever bend says": math.tanh(total),
        "with relu, whatever bend says": max(total, 0.0),
        "if the bias is added for each input": bent(sum(products) + b * len(xs)),
    }
    right = bent(total)
    mistake = result_of(got.data, {name: wrong for name, wrong in others.items() if wrong != right})
    answer.close(got.data, right, what=f"the output's data, {given}", mistake=mistake)
    numbers_kept = [p.data for p in (*one.weights, one.bias)] == [*numbers, b]
    answer.require(numbers_kept, "the call changed the weights or the bias.")
    answer.run(got.backward, f"backward() from the output of {given}")
    slope = {"tanh": 1 - right * right, "relu": float(total > 0), "": 1.0}[bend]
    cut = "The output is right, but in its graph no path leads to this leaf: nothing arrives."
    groups = [("weights", list(one.weights), xs), ("bias", [one.bias], [1.0])]
    groups += [("inputs", inputs, numbers)] * as_values
    for name, leaves, factors in groups:
        grads, expected = [leaf.grad for leaf in leaves], [slope * factor for factor in factors]
        mistake = cut if any(expected) and not any(grads) else ""
        answer.close(grads, expected, what=f"the gradients of the {name}, {given}", mistake=mistake)


def require_length(answer: Answer, one: Any, inputs: list[float]) -> None:
    """Require that a neuron with two inputs refuses these."""
    got = answer.run(lambda: refused(one, inputs), f"a neuron with two inputs, called with {inputs}")
    wanted = "expected: a ValueError, because a weight or an input would be left over"
    answer.require(got == REFUSED, f"yours:    {kind(got)}\n{wanted}")


def refused(one: Any, inputs: list[float]) -> Any:
    """Return what the call gives, or REFUSED if it raises ValueError."""
    try:
        return one(inputs)
    except ValueError:
        return REFUSED


# 06.2

# Inputs, widths, bend and seed of the networks.
NETWORKS: tuple[tuple[int, list[int], str, int], ...] = (
    (2, [3, 1], "tanh", 0),
    (3, [4, 4, 1], "relu", 1),
    (1, [1], "tanh", 2),
    (2, [3, 2], "tanh", 3),
    (2, [2, 3, 4, 2], "relu", 4),
    (4, [2, 1], "", 5),
)


@exercise("06.2", shows="Layers fed one into the next, the last one straight: a network of any size.")
def network(answer: Answer) -> None:
    for fan_in, widths, bend, seed in NETWORKS:
        rng, given = random.Random(seed), list(widths)
        shown = f'MyMLP({fan_in}, {widths}, Random({seed}), "{bend}")'
        one = built(answer, fan_in, given, rng, bend, shown=shown)
        answer.require(given == widths, f"the list of widths was changed: it is {given} now.")
        layers = answer.run(lambda one=one: one.layers, f"{shown}.layers")
        fits = isinstance(layers, list | tuple) and len(layers) == len(widths)
        answer.require(fits, f"yours:    {kind_of(layers)}\nexpected: a list of {len(widths)} layers")
        sizes = [fan_in, *widths]
        count = sum((before + 1) * width for before, width in zip(sizes, widths, strict=False))
        in_layers = [p for layer in layers for p in answer.run(layer.parameters, f"a layer of {shown}, parameters()")]
        fits = len(in_layers) == count
        answer.last_run = shown
        wanted = " + ".join(f"{width} · ({before} + 1)" for before, width in zip(sizes, widths, strict=False))
        said = f"yours:    {len(in_layers)} parameters in its layers\nexpected: {count} = {wanted}"
        answer.require(fits, said)
        require_same(answer, one, in_layers, "first layer first, and each layer's as the layer gives them", shown)
        weights = [parameter for parameter in in_layers if parameter.data]
        require_draws(answer, weights, rng, seed, f"the weights of {shown}")
        require_like_package(answer, one, fan_in, widths, bend, shown)


def require_like_package(answer: Answer, one: Any, fan_in: int, widths: list[int], bend: str, shown: str) -> None:
    """Require outputs and gradients of the package's network, both with the numbers sin 1, sin 2, …"""
    name = bend or "linear"
    theirs = scalar.MLP(fan_in, widths, name)
    bent_last = scalar.MLP(fan_in, widths, name, output_activation=name)
    straight = scalar.MLP(fan_in, widths, "linear")
    by_width = scalar.MLP(fan_in, widths, name)
    for layer, width in zip(by_width.layers, widths, strict=True):
        for neuron in layer.neurons if width == widths[-1] else ():
            neuron.activation = "linear"
    for model in (one, theirs, bent_last, straight, by_width):
        for i, parameter in enumerate(model.parameters()):
            parameter.data = math.sin(i + 1)
    inputs = [0.5 - i for i in range(fan_in)]
    what = f"{shown}({inputs}), all parameters being sin 1, sin 2, …"
    got = require_values(answer, answer.run(lambda: one(list(inputs)), what), widths[-1], what)
    outputs = [node.data for node in got]
    expected = numbers_of(theirs, inputs)
    others = {
        "if the last layer bends too": numbers_of(bent_last, inputs),
        "if no layer bends": numbers_of(straight, inputs),
        "if no layer bends that is as wide as the last one": numbers_of(by_width, inputs),
    }
    mistake = result_of(outputs, {name: wrong for name, wrong in others.items() if wrong != expected})
    answer.close(outputs, expected, what=what, mistake=mistake)
    total, right = got[0], as_list(theirs(inputs))[0]
    for mine, other in zip(got[1:], as_list(theirs(inputs))[1:], strict=True):
        total, right = total + mine, right + other
    answer.run(total.backward, f"backward() from {what}")
    theirs.zero_grad()
    right.backward()
    grads = [parameter.grad for parameter in one.parameters()]
    answer.close(grads, [parameter.grad for parameter in theirs.parameters()], what=f"the gradients, {what}")


def as_list(outputs: Any) -> list[Any]:
    return outputs if isinstance(outputs, list) else [outputs]


def numbers_of(model: Any, inputs: list[float]) -> list[float]:
    return [node.data for node in as_list(model(inputs))]


# 06.3

LINES: tuple[tuple[tuple[float, float], ...], ...] = (
    ((0.0, 0.0), (1.0, 1.0)),
    ((0.0, 0.0), (1.0, 1.0), (2.0, 2.0)),
    ((0.0, 0.0), (1.0, 1.0), (2.0, 0.0)),
    ((-3.0, -0.14), (-1.5, -1.0), (1.5, 1.0), (3.0, 0.14)),
    ((2.0, 5.0), (4.0, 5.0), (5.0, -1.0), (9.0, 3.0)),
    ((-10.0, 100.0), (-9.5, 0.0), (0.0, 0.0), (0.25, 1.0), (20.0, -7.0)),
    ((1.0, 4.0), (3.0, 4.0)),
    ((0.0, 1.0), (1.0, 0.0), (2.0, 1.0), (3.0, 0.0), (4.0, 1.0)),
)


def on_line(points: Sequence[tuple[float, float]], x: float) -> float:
    for (left, low), (right, high) in zip(points, points[1:], strict=False):
        if x <= right:
            return low + (high - low) * (x - left) / (right - left)
    raise ValueError(f"{x} lies beyond the points")


def places(points: Sequence[tuple[float, float]]) -> list[float]:
    """Where a line is compared: at its points, and between them."""
    pairs = zip(points, points[1:], strict=False)
    return [left + share * (right - left) for (left, _), (right, _) in pairs for share in (0.0, 0.25, 0.5, 0.9, 1.0)]


def drawn(start: Any, hinges: Sequence[Any], x: float) -> float:
    return float(start + sum(change * max(x - k, 0.0) for k, change in hinges))


def is_number(x: Any) -> bool:
    return isinstance(x, Real) and not isinstance(x, bool)


def whole_slopes(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Hinges that give each piece's whole slope, not its change."""
    pairs = zip(points, points[1:], strict=False)
    return [(x, (next_y - y) / (next_x - x)) for (x, y), (next_x, next_y) in pairs]


@exercise("06.3", shows="Give each hinge the change of the slope, and relus draw any broken line.")
def hinges_through(answer: Answer) -> None:
    for line in LINES:
        given = show(list(line))
        got = answer.call(list(line), shown=given)
        shape = f"yours:    {show(got)}\nexpected: (start, hinges), a number and a list of pairs (k, change)"
        fits = isinstance(got, tuple | list) and len(got) == 2 and is_number(got[0])
        answer.require(fits and isinstance(got[1], list | tuple), shape)
        start, hinges = got
        pairs = all(isinstance(h, tuple | list) and len(h) == 2 and all(map(is_number, h)) for h in hinges)
        answer.require(pairs, shape)
        answer.require(len(hinges) <= len(line), f"{len(hinges)} hinges for {len(line)} points: one for each is enough")
        turned = [(k, change) for change, k in hinges]
        swapped = all(abs(drawn(start, turned, x) - on_line(line, x)) < 1e-9 for x in places(line))
        order = "Turned round, these pairs would be right: k comes first, then the change." if swapped else ""
        for x in places(line):
            y, expected, changes = drawn(start, hinges, x), on_line(line, x), whole_slopes(line)
            others = {
                "if each hinge is given the slope of its piece, not the change": drawn(line[0][1], changes, x),
                "if the line starts at height 0": expected - line[0][1],
            }
            mistake = result_of(y, {name: wrong for name, wrong in others.items() if wrong != expected})
            what = f"{given} at x = {x:g}"
            answer.close(y, expected, rtol=1e-9, atol=1e-9, what=what, mistake=order or mistake)


# 06.4

Layers = list[tuple[list[list[float]], list[float]]]


def made_of(*sizes: int) -> Layers:
    """A stack of linear layers of these sizes, with numbers that differ from one another."""
    number, layers = 0, []
    for fan_in, width in zip(sizes, sizes[1:], strict=False):
        rows = []
        for _ in range(width):
            rows.append([((number + i) * 7 % 11 - 5) / 4 for i in range(fan_in)])
            number += fan_in
        layers.append((rows, [((number + i) * 5 % 9 - 4) / 2 for i in range(width)]))
        number += width
    return layers


def multiplied(layers: Layers) -> tuple[list[float], float]:
    """Weights and bias by multiplying from the last layer to the first."""
    weights, bias = [1.0], 0.0
    for rows, biases in reversed(layers):
        bias += sum(w * b for w, b in zip(weights, biases, strict=True))
        weights = [sum(w * row[i] for w, row in zip(weights, rows, strict=True)) for i in range(len(rows[0]))]
    return weights, bias


@exercise("06.4", shows="However deep and wide: without a bend it is one neuron.")
def collapse(answer: Answer) -> None:
    stacks = {
        "one layer, 2 -> 1": made_of(2, 1),
        "two layers of one number": [([[2.0]], [1.0]), ([[10.0]], [0.5])],
        "2 -> 3 -> 1": made_of(2, 3, 1),
        "3 -> 2 -> 1": made_of(3, 2, 1),
        "1 -> 4 -> 4 -> 1": made_of(1, 4, 4, 1),
        "5 -> 3 -> 2 -> 4 -> 1": made_of(5, 3, 2, 4, 1),
        "weights 0": [([[0.0, 0.0]], [3.0]), ([[2.0]], [1.0])],
    }
    for name, layers in stacks.items():
        copy = [([list(row) for row in rows], list(biases)) for rows, biases in layers]
        got = answer.call(copy, shown=f"{name}: {show(layers, 70)}")
        form = f"yours:    {show(got)}\nexpected: (weights, bias), a list of floats and a float"
        answer.require(isinstance(got, tuple | list) and len(got) == 2, form)
        weights, bias = multiplied(layers)
        others = {
            "if the biases of all layers are added up": sum(sum(biases) for _, biases in layers),
            "if only the last layer's bias counts": layers[-1][1][0],
        }
        mistake = result_of(got[1], {said: wrong for said, wrong in others.items() if wrong != bias})
        answer.close(got[1], bias, rtol=1e-9, what=f"the bias, {name}", mistake=mistake)
        others = {
            "if the bias is still in each of them": [weight + bias for weight in weights],
            "in the reverse order": weights[::-1],
        }
        mistake = result_of(got[0], {said: wrong for said, wrong in others.items() if wrong != weights})
        answer.close(got[0], weights, rtol=1e-9, what=f"the weights, {name}", mistake=mistake)
