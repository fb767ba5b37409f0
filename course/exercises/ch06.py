"""Chapter 06, neurons: what the exercises ask."""

from collections.abc import Sequence
from typing import Any

from autograd.scalar import Value
from course.specification import Answer, exercise
from course.wording import kind_of, show

# 06.1

NEURONS = (
    ([0.5, -1.0], 0.25, [2.0, 0.5]),
    ([1.0, -1.0], 0.5, [2.0, 1.0]),
    ([1.0, -1.0, 2.0], -0.5, [3.0, 4.0, 1.5]),
    ([-2.0], 1.0, [3.0]),
    ([0.3], -0.1, [2.0]),
    ([1.0, 2.0, 3.0, 4.0, 5.0], 0.0, [0.1, -0.2, 0.3, -0.4, 0.5]),
    ([], 1.5, []),
    ([4.0, 4.0], -3.0, [-1.0, 2.0]),
    ([1.0], -2.0, [2.0]),
)


@exercise("06.1", shows="Any number of inputs, one weighted sum, one bend.")
def relu_neuron(answer: Answer) -> None:
    for as_values in (False, True):
        for numbers, b, xs in NEURONS:
            weights, bias = [Value(number) for number in numbers], Value(b)
            inputs = [Value(x) for x in xs] if as_values else list(xs)
            given = f"weights {numbers}, bias {b}, inputs {xs}{' as Values' if as_values else ''}"
            got = answer.call(weights, bias, inputs, shown=given)
            answer.require(isinstance(got, Value), f"yours:    {kind_of(got)}\nexpected: a Value with a graph")
            total = b + sum(w * x for w, x in zip(numbers, xs, strict=True))
            hint = "Start at the bias, add every weight times its input, and bend the total once, with relu."
            answer.close(got.data, max(total, 0.0), what=f"the result's data, {given}", mistake=hint)
            kept = [leaf.data for leaf in (*weights, bias)] == [*numbers, b]
            answer.require(kept, "The weights or the bias have other numbers now: leave them as they are.")
            got.backward()
            slope = float(total > 0)
            cut = "The value is right, the graph is not: is .data used, a Value changed, or backward() called inside?"
            answer.close(bias.grad, slope, what=f"bias.grad after backward(), {given}", mistake=cut)
            grads = [weight.grad for weight in weights]
            answer.close(grads, [slope * x for x in xs], what=f"the weights' gradients, {given}", mistake=cut)
            if as_values:
                grads = [x.grad for x in inputs]
                answer.close(grads, [slope * w for w in numbers], what=f"the inputs' gradients, {given}", mistake=cut)


# 06.2


@exercise("06.2", shows="(inputs + 1) * width, layer by layer: you can price a network before you build it.")
def count_parameters(answer: Answer) -> None:
    sizes = (
        *((2, [1]), (3, [4, 4, 1]), (2, [6, 6, 1]), (1, [1]), (5, [1]), (1, [7]), (2, [3, 5]), (5, [3, 2])),
        *((784, [256, 256, 10]), (2, [32, 16, 2]), (10, [1, 1, 1, 1]), (3, [1000, 2000, 1])),
    )
    for fan_in, widths in sizes:
        expected, inputs = 0, fan_in
        for width in widths:
            expected, inputs = expected + width * inputs + width, width
        mistake = "Each neuron has one weight for each output of the layer before it, and one bias."
        answer.close(answer.call(fan_in, list(widths)), expected, rtol=0.0, atol=0.0, mistake=mistake)
    wide = answer.call(10**6, [10**6, 1], shown="1000000, [1000000, 1], too large to be built")
    answer.close(wide, 10**12 + 2 * 10**6 + 1, rtol=0.0, atol=0.0)
    long = [3] * 5000
    answer.close(answer.call(3, long, shown="3, [3, 3, 3, …], 5,000 layers"), 60_000, rtol=0.0, mistake="Use a loop.")


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


@exercise("06.3", shows="Pay for each change of slope, and relus draw any broken line.")
def hinges_through(answer: Answer) -> None:
    for line in LINES:
        given = show(list(line))
        got = answer.call(list(line), shown=given)
        shape = "expected: (start, hinges), a number and a list of pairs (k, change)"
        fits = isinstance(got, tuple | list) and len(got) == 2 and isinstance(got[0], int | float)
        answer.require(fits and isinstance(got[1], list | tuple), f"yours:    {show(got)}\n{shape}")
        start, hinges = got
        pairs = all(isinstance(h, tuple | list) and len(h) == 2 for h in hinges)
        answer.require(
            pairs and all(isinstance(n, int | float) for h in hinges for n in h), f"yours: {show(got)}\n{shape}"
        )
        answer.require(len(hinges) <= len(line), f"{len(hinges)} hinges for {len(line)} points: one for each is enough")
        for left, right in zip(line, line[1:], strict=False):
            for share in (0.0, 0.25, 0.5, 0.9, 1.0):
                x = left[0] + share * (right[0] - left[0])
                y = start + sum(change * max(x - k, 0.0) for k, change in hinges)
                mistake = "A hinge goes on for ever: at each point add only the change of the slope."
                if left is line[0]:
                    mistake = "The first slope is rise divided by width, and its hinge stands at the first point's x."
                if x == line[0][0]:
                    mistake = "All hinges are 0 there, so start is the first point's y."
                answer.close(y, on_line(line, x), rtol=1e-9, atol=1e-9, what=f"{given} at x = {x:g}", mistake=mistake)


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
        mistake = "A bias passes through the weights of all layers behind it: run the stack with all inputs 0."
        answer.close(got[1], bias, rtol=1e-9, what=f"the bias, {name}", mistake=mistake)
        mistake = "Run the stack with this input 1 and the others 0, and subtract the bias."
        answer.close(got[0], weights, rtol=1e-9, what=f"the weights, {name}", mistake=mistake)


# 06.5

# Weights and bias of each unit, the points, and which units are dead there.
HIDDEN: tuple[tuple[list[tuple[list[float], float]], list[list[float]], list[int]], ...] = (
    ([([1.0], 0.0), ([-1.0], 0.0)], [[1.0], [2.0]], [1]),
    ([([1.0], 0.0), ([-1.0], 0.0)], [[-1.0], [2.0]], []),
    ([([1.0], 0.0), ([-1.0], 0.0)], [[0.0]], [0, 1]),
    ([([1.0], -3.0), ([-1.0], 5.0), ([2.0], -9.0)], [[1.0], [3.0], [2.0]], [0, 2]),
    ([([1.0], -3.0), ([-1.0], 5.0), ([2.0], -9.0)], [[1.0], [3.0], [5.0]], []),
    ([([1.0], -4.9), ([1.0], -5.1), ([0.0], 0.0)], [[1.0], [5.0], [2.0]], [1, 2]),
    ([([0.0, 0.0], 0.001), ([1.0, -1.0], 0.0)], [[1.0, 2.0], [-3.0, 4.0]], [1]),
    ([([-1.0, -1.0], 0.0), ([2.0, -1.0], 0.0), ([1.0, 1.0], -9.0)], [[1.0, 2.5], [2.0, 3.0]], [0, 2]),
    ([([1e-9], 0.0)], [[-1.0], [1.0]], []),
    ([([-1.0], -1.0)], [[1.0], [2.0]], [0]),
)


@exercise("06.5", shows="Dead is a word about all the data: you would notice before the loss stands still.")
def dead_units(answer: Answer) -> None:
    for units, points, expected in HIDDEN:

        def layer(point: Sequence[float], units: Any = units) -> list[Value]:
            return [Value(sum(w * x for w, x in zip(ws, point, strict=True)) + b).relu() for ws, b in units]

        shown = f"a layer with (weights, bias) {show(units, 80)}, {show(points)}"
        mistake = "The indices of the units that give 0 at every point, from the first to the last."
        got = answer.call(layer, [list(point) for point in points], shown=shown)
        answer.close(got, expected, rtol=0.0, atol=0.0, mistake=mistake)
