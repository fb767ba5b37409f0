"""Answers to the exercises of chapter 06: wrong ones, which the checks must catch, and right ones in other styles."""

import math
import random
from fractions import Fraction

from autograd.scalar import Value

# 06.1


def bent(total, bend):
    return total.tanh() if bend == "tanh" else total.relu() if bend == "relu" else total


def neuron(
    draw=lambda rng, fan_in: [Value(rng.uniform(-1, 1)) for _ in range(fan_in)],
    bias=lambda rng: Value(0.0),
    start=lambda bias: bias,
    term=lambda w, x: w * x,
    bend=bent,
    pairs=lambda weights, inputs: zip(weights, inputs, strict=True),
    gives=lambda neuron: [*neuron.weights, neuron.bias],
):
    """A solution but for the first numbers, where the sum starts, its terms, the bend, the pairs, or parameters()."""

    class MyNeuron:
        def __init__(self, fan_in, rng, bend):
            self.weights, self.bias, self.bend = draw(rng, fan_in), bias(rng), bend

        def __call__(self, inputs):
            total = start(self.bias)
            for weight, x in pairs(self.weights, inputs):
                total = total + term(weight, x)
            return bend(total, self.bend)

        def parameters(self):
            return gives(self)

    return MyNeuron


class BendsEachProduct(neuron()):
    def __call__(self, inputs):
        return sum((bent(w * x, self.bend) for w, x in zip(self.weights, inputs, strict=True)), self.bias)


class TwoInputsOnly(neuron()):
    def __call__(self, inputs):
        return bent(self.weights[0] * inputs[0] + self.weights[1] * inputs[1] + self.bias, self.bend)


class BiasForEachInput(neuron()):
    def __call__(self, inputs):
        pairs = zip(self.weights, inputs, strict=True)
        return bent(sum((w * x + self.bias for w, x in pairs), Value(0.0)), self.bend)


class KeepsAdding(neuron()):
    total = 0.0

    def __call__(self, inputs):
        for weight, x in zip(self.weights, inputs, strict=True):
            self.total = self.total + weight * x
        return bent(self.total + self.bias, self.bend)


class SharesItsBias(neuron()):
    bias = Value(0.0)

    def __init__(self, fan_in, rng, bend):
        self.weights, self.bend = [Value(rng.uniform(-1, 1)) for _ in range(fan_in)], bend


class ComputesWithData(neuron()):
    def __call__(self, inputs):
        pairs = zip(self.weights, inputs, strict=True)
        return bent(Value(self.bias.data + sum(w.data * data(x) for w, x in pairs)), self.bend)


class ChangesItsBias(neuron()):
    def __call__(self, inputs):
        result = super().__call__(inputs)
        self.bias.data = 99.0
        return result


class ForgetsTheBend(neuron()):
    def __init__(self, fan_in, rng, bend):
        super().__init__(fan_in, rng, "tanh")


class BySum:
    """Right: a sum that starts at the bias, a table of bends, tuples."""

    bends = {"tanh": lambda x: x.tanh(), "relu": lambda x: x.relu(), "": lambda x: x}

    def __init__(self, fan_in, rng, bend):
        self.weights = tuple(Value(rng.uniform(-1, 1)) for _ in range(fan_in))
        self.bias = Value(0)
        self.bend = self.bends[bend]

    def __call__(self, inputs):
        if len(inputs) != len(self.weights):
            raise ValueError(f"{len(self.weights)} inputs, please, not {len(inputs)}")
        return self.bend(sum((x * w for x, w in zip(inputs, self.weights, strict=True)), self.bias))

    def parameters(self):
        return (*self.weights, self.bias)


class ByRecursion(BySum):
    """Right: the first product and the rest; the bend by its name; one list of parameters, made once."""

    def __init__(self, fan_in, rng, bend):
        self.all = [Value(rng.uniform(-1, 1)) for _ in range(fan_in)] + [Value(0.0)]
        self.weights, self.bias, self.bend = self.all[:-1], self.all[-1], bend

    def total(self, weights, inputs):
        if len(weights) != len(inputs):
            raise ValueError("the numbers of weights and inputs differ")
        return weights[0] * inputs[0] + self.total(weights[1:], inputs[1:]) if weights else self.bias

    def __call__(self, inputs):
        total = self.total(self.weights, inputs)
        return getattr(total, self.bend)() if self.bend else total

    def parameters(self):
        return self.all


def data(x):
    return getattr(x, "data", x)


# 06.2


class Layer:
    def __init__(self, fan_in, width, rng, bend):
        self.neurons = [neuron()(fan_in, rng, bend) for _ in range(width)]

    def __call__(self, inputs):
        return [neuron(inputs) for neuron in self.neurons]

    def parameters(self):
        return [p for neuron in self.neurons for p in neuron.parameters()]


def network(
    fan_ins=lambda fan_in, widths: [fan_in, *widths[:-1]],
    bends=lambda bend, i, last: "" if i == last else bend,
    layer=Layer,
    passes=lambda outputs, inputs: outputs,
    gives=lambda layers: [p for layer in layers for p in layer.parameters()],
    returns=lambda outputs: outputs,
    reorder=lambda layers: layers,
):
    """A solution but for the layers' sizes or bends, what is passed on, parameters(), or what a call returns."""

    class MyMLP:
        def __init__(self, fan_in, widths, rng, bend):
            sizes, last = fan_ins(fan_in, widths), len(widths) - 1
            self.layers = [layer(sizes[i], widths[i], rng, bends(bend, i, last)) for i in range(len(widths))]

        def __call__(self, inputs):
            first = inputs
            for layer in reorder(self.layers):
                inputs = passes(layer(inputs), first)
            return returns(inputs)

        def parameters(self):
            return gives(self.layers)

    return MyMLP


class FreshRandom(network()):
    def __init__(self, fan_in, widths, rng, bend):
        super().__init__(fan_in, widths, random.Random(0), bend)


class OneLayerFewer(network()):
    def __init__(self, fan_in, widths, rng, bend):
        super().__init__(fan_in, widths[:-1] or widths, rng, bend)


class StraightByWidth(network()):
    def __init__(self, fan_in, widths, rng, bend):
        self.layers = []
        for width in widths:
            self.layers.append(Layer(fan_in, width, rng, "" if width == widths[-1] else bend))
            fan_in = width


class UsesUpTheWidths(network()):
    def __init__(self, fan_in, widths, rng, bend):
        self.layers = []
        while widths:
            width = widths.pop(0)
            self.layers.append(Layer(fan_in, width, rng, bend if widths else ""))
            fan_in = width


class ByPairs(network()):
    """Right: neighbors in the list of sizes, and the last layer apart from the hidden ones."""

    def __init__(self, fan_in, widths, rng, bend):
        *before, inputs, outputs = fan_in, *widths
        sizes = [*before, inputs]
        hidden = [Layer(f, w, rng, bend) for f, w in zip(sizes, sizes[1:], strict=False)]
        self.layers = [*hidden, Layer(inputs, outputs, rng, "")]


class WalksAlong(network()):
    """Right: the number of inputs walks along, the parameters are collected in a loop."""

    def __init__(self, fan_in, widths, rng, bend):
        layers = []
        for i, width in enumerate(widths, 1):
            layers.append(Layer(fan_in, width, rng, bend if i < len(widths) else ""))
            fan_in = width
        self.layers = tuple(layers)

    def __call__(self, inputs):
        first, *rest = self.layers
        outputs = first(inputs)
        for layer in rest:
            outputs = layer(outputs)
        return tuple(outputs)

    def parameters(self):
        found = []
        for layer in self.layers:
            found.extend(layer.parameters())
        return found


# 06.3


def hinges(change=lambda slope, old: slope - old, start=lambda points: points[0][1], at=lambda left, right: left):
    def hinges_through(points):
        found, old = [], 0.0
        for (x, y), (next_x, next_y) in zip(points, points[1:], strict=False):
            slope = (next_y - y) / (next_x - x)
            found.append((at(x, next_x), change(slope, old)))
            old = slope
        return start(points), found

    return hinges_through


def heights_for_slopes(points):
    found, old = [], 0.0
    for (x, y), (_, next_y) in zip(points, points[1:], strict=False):
        found.append((x, next_y - y - old))
        old = next_y - y
    return points[0][1], found


def pairs_swapped(points):
    start, found = hinges()(points)
    return start, [(change, k) for k, change in found]


def one_per_hundredth(points):
    start, found = hinges()(points)
    return start, [(k, change / 100) for k, change in found for _ in range(100)]


def by_comprehension(points):
    """Right: slopes first, then their changes."""
    pairs = list(zip(points, points[1:], strict=False))
    slopes = [0.0] + [(d - b) / (c - a) for (a, b), (c, d) in pairs]
    return points[0][1], [(x, new - old) for (x, _), old, new in zip(points[:-1], slopes[:-1], slopes[1:], strict=True)]


def by_what_is_missing(points):
    """Right: each hinge adds what the line so far lacks at the next point; in exact fractions, and tuples."""
    points = [(Fraction(x), Fraction(y)) for x, y in points]
    start, found = points[0][1], ()
    for (x, _), (next_x, next_y) in zip(points, points[1:], strict=False):
        so_far = start + sum(change * max(next_x - k, 0) for k, change in found)
        if so_far != next_y:
            found += ((x, (next_y - so_far) / (next_x - x)),)
    return start, found


def recursive_hinges(points, old=0.0):
    """Right: the first piece, and the rest."""
    (x, y), (next_x, next_y), *rest = points
    slope = (next_y - y) / (next_x - x)
    more = recursive_hinges(points[1:], slope)[1] if rest else []
    return y, [(x, slope - old), *more]


# 06.4


def run(layers, inputs):
    for rows, biases in layers:
        inputs = [sum(w * x for w, x in zip(row, inputs, strict=True)) + b for row, b in zip(rows, biases, strict=True)]
    return inputs[0]


def collapse(weight=lambda at_one, at_zero: at_one - at_zero, bias=lambda layers, at_zero: at_zero, one=1.0):
    def answer(layers):
        fan_in = len(layers[0][0][0])
        at_zero = run(layers, [0.0] * fan_in)
        probes = [[one * (i == j) for i in range(fan_in)] for j in range(fan_in)]
        return [weight(run(layers, probe), at_zero) for probe in probes], bias(layers, at_zero)

    return answer


def first_neurons_only(layers):
    weights, bias = 1.0, 0.0
    for rows, biases in layers:
        weights, bias = weights * rows[0][0], bias * rows[0][0] + biases[0]
    return [weights], bias


def by_gradients(layers):
    """Right: the stack on Values, and back."""
    inputs = first = [Value(0.0) for _ in layers[0][0][0]]
    for rows, biases in layers:
        inputs = [Value.dot(row, inputs) + b for row, b in zip(rows, biases, strict=True)]
    (output,) = inputs
    output.backward()
    return [x.grad for x in first], output.data


def product(row, column):
    return sum(a * b for a, b in zip(row, column, strict=True))


def by_products(layers):
    """Right: two layers at a time, from the front."""
    (rows, biases), *rest = layers
    if not rest:
        return rows[0], biases[0]
    (next_rows, next_biases), *others = rest
    columns = [[row[i] for row in rows] for i in range(len(rows[0]))]
    merged = [[product(new, column) for column in columns] for new in next_rows]
    shifted = [product(new, biases) + c for new, c in zip(next_rows, next_biases, strict=True)]
    return by_products([(merged, shifted), *others])


def gradients_at_one(layers):
    """The bias is the output at 0, and not where the gradients were taken."""
    weights, _ = by_gradients(layers)
    return weights, run(layers, [1.0] * len(weights))


def gradients_of_the_sum(layers):
    """Leaves out the weights of the last layer."""
    return by_gradients([*layers[:-1], ([[1.0] * len(layers[-1][0][0])], [0.0])])


MUTANTS = {
    "06.1": [
        neuron(draw=lambda rng, fan_in: [Value(random.Random(0).uniform(-1, 1)) for _ in range(fan_in)]),
        neuron(draw=lambda rng, fan_in: [Value(rng.uniform(0, 1)) for _ in range(fan_in)]),
        neuron(draw=lambda rng, fan_in: [rng.uniform(-1, 1) for _ in range(fan_in)]),
        neuron(draw=lambda rng, fan_in: [Value(rng.uniform(-1, 1))] * fan_in),
        neuron(draw=lambda rng, fan_in: [Value(rng.uniform(-1, 1)) for _ in range(2)]),
        neuron(bias=lambda rng: Value(rng.uniform(-1, 1))),
        neuron(bias=lambda rng: 0.0),
        neuron(bias=lambda rng: Value(0.0 * rng.random())),
        neuron(start=lambda bias: Value(0.0)),
        neuron(start=data, bend=lambda total, bend: bent(Value(data(total)), bend)),
        neuron(term=lambda w, x: w + x),
        neuron(term=lambda w, x: w.data * x),
        neuron(term=lambda w, x: w * data(x)),
        neuron(bend=lambda total, bend: total),
        neuron(bend=lambda total, bend: total.tanh()),
        neuron(bend=lambda total, bend: total.relu()),
        neuron(bend=lambda total, bend: total.tanh() if bend == "tanh" else total.relu()),
        neuron(bend=lambda total, bend: math.tanh(total.data)),
        neuron(bend=lambda total, bend: Value(bent(total, bend).data)),
        neuron(pairs=lambda weights, inputs: zip(weights, inputs, strict=False)),
        neuron(gives=lambda neuron: neuron.weights),
        neuron(gives=lambda neuron: [neuron.bias, *neuron.weights]),
        neuron(gives=lambda neuron: [neuron.weights, neuron.bias]),
        neuron(gives=lambda neuron: [Value(p.data) for p in (*neuron.weights, neuron.bias)]),
        neuron(gives=lambda neuron: (neuron.weights.append(neuron.bias), neuron.weights)[1]),
        BendsEachProduct,
        TwoInputsOnly,
        BiasForEachInput,
        KeepsAdding,
        SharesItsBias,
        ComputesWithData,
        ChangesItsBias,
        ForgetsTheBend,
        neuron,
    ],
    "06.2": [
        network(fan_ins=lambda fan_in, widths: [fan_in] * len(widths)),
        network(fan_ins=lambda fan_in, widths: [widths[0], *widths[:-1]]),
        network(bends=lambda bend, i, last: bend),
        network(bends=lambda bend, i, last: ""),
        network(bends=lambda bend, i, last: "" if i == 0 else bend),
        network(bends=lambda bend, i, last: "" if i == last else "tanh"),
        network(passes=lambda outputs, inputs: inputs),
        network(passes=lambda outputs, inputs: [Value(node.data) for node in outputs]),
        network(gives=lambda layers: [layer.parameters() for layer in layers]),
        network(gives=lambda layers: layers[-1].parameters()),
        network(gives=lambda layers: [p for layer in reversed(layers) for p in layer.parameters()]),
        network(gives=lambda layers: iter([p for layer in layers for p in layer.parameters()])),
        network(returns=lambda outputs: outputs[0]),
        network(returns=lambda outputs: [node.data for node in outputs]),
        network(reorder=lambda layers: layers[:-1]),
        network(reorder=lambda layers: layers[::-1]),
        FreshRandom,
        OneLayerFewer,
        StraightByWidth,
        UsesUpTheWidths,
        network,
    ],
    "06.3": [
        hinges(change=lambda slope, old: slope),
        hinges(change=lambda slope, old: old - slope),
        hinges(start=lambda points: 0.0),
        hinges(start=lambda points: points[-1][1]),
        hinges(at=lambda left, right: right),
        hinges(at=lambda left, right: -left),
        heights_for_slopes,
        pairs_swapped,
        one_per_hundredth,
        lambda points: hinges()(points)[1],
        lambda points: (points[0][1], hinges()(points)[1][:1]),
    ],
    "06.4": [
        collapse(weight=lambda at_one, at_zero: at_one),
        collapse(bias=lambda layers, at_zero: sum(sum(biases) for _, biases in layers)),
        collapse(bias=lambda layers, at_zero: layers[-1][1][0]),
        collapse(bias=lambda layers, at_zero: 0.0),
        collapse(one=2.0),
        lambda layers: (collapse()(layers)[0][::-1], collapse()(layers)[1]),
        lambda layers: collapse()(layers)[::-1],
        first_neurons_only,
        gradients_at_one,
        gradients_of_the_sum,
    ],
}

RIGHT = {
    "06.1": [neuron(), BySum, ByRecursion],
    "06.2": [network(), ByPairs, WalksAlong],
    "06.3": [by_comprehension, by_what_is_missing, recursive_hinges],
    "06.4": [collapse(), by_gradients, by_products],
}

# What the message to some of the wrong answers has to say.
SAYS = {
    StraightByWidth: "This is the result if no layer bends that is as wide as the last one.",
    pairs_swapped: "Turned round, these pairs would be right: k comes first, then the change.",
}
