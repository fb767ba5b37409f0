"""Wrong answers to the exercises of chapter 06: mistakes that readers make, and that the checks must catch."""

from autograd.scalar import MLP, Value


def neuron(start=lambda bias: bias, term=lambda w, x: w * x, bend=lambda total: total.relu(), pairs=zip):
    """A solution but for where the sum starts, its terms, the bend, or how weights meet inputs."""

    def relu_neuron(weights, bias, inputs):
        total = start(bias)
        for weight, x in pairs(weights, inputs):
            total = total + term(weight, x)
        return bend(total)

    return relu_neuron


def two_inputs_only(weights, bias, inputs):
    return (weights[0] * inputs[0] + weights[1] * inputs[1] + bias).relu()


def bias_for_each(weights, bias, inputs):
    return sum((w * x + bias for w, x in zip(weights, inputs, strict=True)), Value(0.0)).relu()


def fresh_value(weights, bias, inputs):
    return Value(
        max(0.0, bias.data + sum(w.data * getattr(x, "data", x) for w, x in zip(weights, inputs, strict=True)))
    )


def data(x):
    return getattr(x, "data", x)


# 06.2


def count(layer=lambda fan_in, width: (fan_in + 1) * width, forward=True):
    def count_parameters(fan_in, widths):
        total = 0
        for width in widths:
            total += layer(fan_in, width)
            fan_in = width if forward else fan_in
        return total

    return count_parameters


def recursive(fan_in, widths):
    if not widths:
        return 0
    return (fan_in + 1) * widths[0] + recursive(widths[0], widths[1:])


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


# 06.5


def dead(quantifier=all, zero=lambda output: output == 0, rows=lambda rows: rows):
    def dead_units(layer, points):
        table = rows([layer(point) for point in points])
        return [i for i in range(len(table[0])) if quantifier(zero(row[i].data) for row in table)]

    return dead_units


def changes_its_leaves(weights, bias, inputs):
    result = neuron()(weights, bias, inputs)
    bias.data = 99.0
    return result


def slope_one_at_the_kink(weights, bias, inputs):
    total = neuron(bend=lambda total: total)(weights, bias, inputs)
    return total if total.data >= 0 else total * 0.0


def builds_it(fan_in, widths):
    return len(MLP(fan_in, widths).parameters())


MUTANTS = {
    "06.1": [
        neuron(start=lambda bias: Value(0.0)),
        neuron(term=lambda w, x: (w * x).relu()),
        neuron(term=lambda w, x: w + x),
        neuron(bend=lambda total: total),
        neuron(bend=lambda total: total.tanh()),
        neuron(bend=lambda total: Value(max(total.data, 0.0))),
        neuron(bend=lambda total: max(total.data, 0.0)),
        neuron(term=lambda w, x: w.data * x),
        neuron(term=lambda w, x: w * data(x)),
        neuron(start=data, bend=lambda total: Value(data(total)).relu()),
        changes_its_leaves,
        slope_one_at_the_kink,
        two_inputs_only,
        bias_for_each,
        fresh_value,
    ],
    "06.2": [
        count(lambda fan_in, width: fan_in * width),
        count(lambda fan_in, width: fan_in * width + 1),
        count(lambda fan_in, width: fan_in + width),
        count(lambda fan_in, width: (fan_in + 1) * width + 1),
        count(lambda fan_in, width: fan_in * (width + 1)),
        count(forward=False),
        recursive,
        builds_it,
        lambda fan_in, widths: sum((w + 1) * v for w, v in zip(widths, widths[1:], strict=False)),
        lambda fan_in, widths: sum(widths),
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
    ],
    "06.5": [
        dead(quantifier=any),
        dead(rows=lambda rows: rows[:1]),
        dead(rows=lambda rows: rows[-1:]),
        dead(rows=lambda rows: rows[:2]),
        dead(zero=lambda output: output > 0),
        dead(zero=lambda output: output < 1e-6),
        dead(zero=lambda output: round(output, 2) == 0),
        lambda layer, points: len(dead()(layer, points)),
        lambda layer, points: dead()(layer, points)[::-1],
        lambda layer, points: [i + 1 for i in dead()(layer, points)],
        lambda layer, points: [i for i, u in enumerate(layer(points[0])) if i not in dead()(layer, points)],
        lambda layer, points: [i for i, u in enumerate(layer(points[0])) if sum(layer(p)[i].data for p in points) < 0],
    ],
}
