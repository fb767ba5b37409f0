"""An engine for derivatives of single numbers, and what trains a small network with it.

A `Value` is a number that remembers how it was computed: its parents, the operation, and the slope with respect to each
parent. `backward` walks from a result to the numbers it was made of, multiplies slopes along every edge, and adds where
edges meet. The rest is a neuron, a network, a loss, and a loop that moves the parameters.

Needs the standard library alone.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from numbers import Real
from random import Random
from typing import Any


# Exercise 01.1
def both_sides(f: Callable[[float], float], x: float, h: float) -> float:
    """Return the slope of `f` at `x`, measured between x - h and x + h."""
    return (f(x + h) - f(x - h)) / (2 * h)


def central_difference(f: Callable[[float], float], x: float, h: float | None = None) -> float:
    """Return the slope of `f` at `x` by a nudge of `h` to either side.

    Without `h` the nudge is 6e-6 times the size of x, 6e-6 at least: larger ones bend more, smaller ones round more.
    """
    return both_sides(f, x, 6e-6 * max(1.0, abs(x)) if h is None else h)


class Value:
    """A number in a graph of computations.

    `data` is the number, `parents` the Values it was computed from, in order, `op` the name of the operation ("" for a
    leaf), and `local_gradients` the slope with respect to each parent; where they are not given, `local_slopes` is
    asked. `grad` is what a backward pass fills in: the slope of the result with respect to this number.
    """

    def __init__(
        self,
        data: float,
        parents: Sequence["Value"] = (),
        op: str = "",
        local_gradients: Sequence[float] | None = None,
        label: str = "",
    ) -> None:
        self.data, self.parents, self.op, self.label, self.grad = data, parents, op, label, 0.0
        if local_gradients is None:
            local_gradients = local_slopes(op, *[parent.data for parent in parents]) if parents else ()
        self.local_gradients = local_gradients

    def __repr__(self) -> str:
        return f"Value({self.data})"

    def __add__(self, other: Any) -> "Value":
        other = wrap(other)
        return Value(self.data + other.data, (self, other), "+")

    def __radd__(self, other: Any) -> "Value":
        return wrap(other) + self

    # Exercise 02.1
    def __sub__(self, other: Any) -> "Value":
        other = wrap(other)
        return Value(self.data - other.data, (self, other), "-")

    def __rsub__(self, other: Any) -> "Value":
        return wrap(other) - self

    def __mul__(self, other: Any) -> "Value":
        other = wrap(other)
        return Value(self.data * other.data, (self, other), "*")

    def __rmul__(self, other: Any) -> "Value":
        return wrap(other) * self

    def __neg__(self) -> "Value":
        return Value(-self.data, (self,), "neg")

    # The course's
    def __truediv__(self, other: Any) -> "Value":
        other = wrap(other)
        return Value(self.data / other.data, (self, other), "/")

    def __rtruediv__(self, other: Any) -> "Value":
        return wrap(other) / self

    def exp(self) -> "Value":
        return apply("exp", self, table=ENTRIES)

    def log(self) -> "Value":
        return apply("log", self, table=ENTRIES)

    def relu(self) -> "Value":
        return apply("relu", self, table=ENTRIES)

    def tanh(self) -> "Value":
        return apply("tanh", self, table=ENTRIES)

    def sigmoid(self) -> "Value":
        return apply("sigmoid", self, table=ENTRIES)

    def softplus(self) -> "Value":
        return apply("softplus", self, table=ENTRIES)

    def backward(self) -> None:
        """Add to every leaf's `grad` the slope of this number with respect to it; see `backward`."""
        backward(self)


def wrap(number: Any) -> Value:
    """Return a Value as it is, and a plain number as a new leaf; raise TypeError for anything else."""
    if isinstance(number, Value):
        return number
    if not isinstance(number, Real):
        raise TypeError(f"a Value can be combined with Values and plain numbers, not with {number!r}")
    return Value(number)


# Exercise 02.2
def nodes_of(root: Value) -> list[Value]:
    """Return all nodes of a graph, each once, from `root` on."""
    nodes, seen = [root], {root}
    for node in nodes:
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                nodes.append(parent)
    return nodes


# Exercise 02.3
def inputs_first(root: Value) -> list[Value]:
    """Return all nodes of a graph, each after its parents, `root` last.

    A node is placed when all of its parents are: so each node counts how many it still waits for.
    """
    nodes = nodes_of(root)
    waits_for = {node: len(node.parents) for node in nodes}
    children: dict[Value, list[Value]] = {node: [] for node in nodes}
    for node in nodes:
        for parent in node.parents:
            children[parent].append(node)
    order = [node for node in nodes if not node.parents]
    for node in order:
        for child in children[node]:
            waits_for[child] -= 1
            if waits_for[child] == 0:
                order.append(child)
    return order


# Exercise 03.1
def local_slopes(op: str, *inputs: float) -> tuple[float, ...]:
    """Return the slope of an operation with respect to each of its inputs; raise ValueError for one it does not know.

    The slope of a/b with respect to b is -a/b², that of tanh(a) is 1 - tanh²(a).
    """
    if op == "+":
        return 1.0, 1.0
    if op == "*":
        a, b = inputs
        return b, a
    if op == "-":
        return 1.0, -1.0
    if op == "/":
        a, b = inputs
        return 1 / b, -a / b / b
    if op == "neg":
        return (-1.0,)
    if op == "tanh":
        return (1 - math.tanh(inputs[0]) ** 2,)
    raise ValueError(f"no slopes are known for the operation {op!r}")


# Exercise 03.3
def sweep(order: Sequence[Value]) -> None:
    """Let every node, from the last to the first, add to its parents' `grad` its own times the slope on the edge.

    `order` has each node after its parents; the caller has set the last one's `grad`.
    """
    for node in reversed(order):
        for parent, slope in zip(node.parents, node.local_gradients, strict=True):
            parent.grad += node.grad * slope


# Exercise 04.2
def topological_order(root: Value) -> list[Value]:
    """Return all nodes of a graph, each after its parents, `root` last.

    A depth-first walk with a stack of its own, since Python allows about a thousand calls inside one another.
    """
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


# Exercise 04.3
def backward(root: Value) -> None:
    """Add to every leaf's `grad` the slope of `root` with respect to it.

    All other nodes hold the slope of this pass alone, so that nothing is counted twice when it is called again.
    """
    order = topological_order(root)
    for node in order:
        if node.parents:
            node.grad = 0.0
    root.grad += 1.0
    sweep(order)


# Exercise 05.1
def agrees(claimed: float, f: Callable[[float], float], x: float) -> bool:
    """Return whether `claimed` is the slope of `f` at `x`, within 1e-6 of the measured one or of 1."""
    measured = central_difference(f, x)
    return abs(claimed - measured) <= 1e-6 * max(1.0, abs(measured))


# Exercise 05.2
def sigmoid(x: float) -> float:
    """Return 1 / (1 + exp(-x)), without an exp of a positive number, which could be too large for a float."""
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    return math.exp(x) / (1 + math.exp(x))


# Exercise 05.2
# A function, and its slope as a function of its result y and its input x.
ENTRIES: dict[str, tuple[Callable[..., float], ...]] = {
    "exp": (math.exp, lambda y, x: y),
    "log": (math.log, lambda y, x: 1 / x),
    "relu": (lambda x: x if x > 0 else 0.0, lambda y, x: 1.0 if x > 0 else 0.0),
    "tanh": (math.tanh, lambda y, x: 1 - y * y),
    "sigmoid": (sigmoid, lambda y, x: y * (1 - y)),
    "softplus": (lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))), lambda y, x: sigmoid(x)),
}


# Exercise 05.3
def apply(op: str, *inputs: Any, table: dict[str, tuple[Callable[..., float], ...]]) -> Value:
    """Return a new node for an entry of `table`: the function, and for each input its slope, given (y, *inputs)."""
    forward, *slopes = table[op]
    parents = tuple(wrap(x) for x in inputs)
    numbers = [parent.data for parent in parents]
    y = forward(*numbers)
    return Value(y, parents, op, tuple(slope(y, *numbers) for slope in slopes))


# Exercise 05.4
def gradcheck(f: Callable[..., Value], numbers: Sequence[float]) -> list[int]:
    """Return the positions of the inputs for which `backward` and nudging do not agree; `f` takes Values."""
    leaves = [Value(number) for number in numbers]
    f(*leaves).backward()

    def along(position: int) -> Callable[[float], float]:
        return lambda x: f(*[Value(x if i == position else number) for i, number in enumerate(numbers)]).data

    return [i for i, leaf in enumerate(leaves) if not agrees(leaf.grad, along(i), numbers[i])]


# Exercise 06.1
class Neuron:
    """bend(bias + w0·x0 + w1·x1 + …); `bend` is "tanh", "relu" or "" for none.

    The weights are drawn between -1 and 1, one after the other; the bias is 0.
    """

    def __init__(self, fan_in: int, rng: Random, bend: str) -> None:
        self.weights = [Value(rng.uniform(-1, 1)) for _ in range(fan_in)]
        self.bias = Value(0.0)
        self.bend = bend

    def __call__(self, inputs: Sequence[Any]) -> Value:
        total = self.bias
        for weight, x in zip(self.weights, inputs, strict=True):
            total = total + weight * x
        return getattr(total, self.bend)() if self.bend else total

    def parameters(self) -> list[Value]:
        """Return the weights, and the bias last."""
        return [*self.weights, self.bias]


class Layer:
    """`width` neurons that see the same inputs."""

    def __init__(self, fan_in: int, width: int, rng: Random, bend: str) -> None:
        self.neurons = [Neuron(fan_in, rng, bend) for _ in range(width)]

    def __call__(self, inputs: Sequence[Any]) -> list[Value]:
        return [neuron(inputs) for neuron in self.neurons]

    def parameters(self) -> list[Value]:
        """Return the parameters of all neurons, in order."""
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]


# Exercise 06.2
class MLP:
    """Layers of the given widths, each fed with the outputs of the one before; the last one has no bend."""

    def __init__(self, fan_in: int, widths: Sequence[int], rng: Random, bend: str) -> None:
        fan_ins = [fan_in, *widths[:-1]]
        bends = [bend] * (len(widths) - 1) + [""]
        self.layers = [Layer(*sizes, rng, b) for *sizes, b in zip(fan_ins, widths, bends, strict=True)]

    def __call__(self, inputs: Sequence[Any]) -> list[Value]:
        for layer in self.layers:
            inputs = layer(inputs)
        return list(inputs)

    def parameters(self) -> list[Value]:
        """Return the parameters of all layers, in order."""
        return [parameter for layer in self.layers for parameter in layer.parameters()]


# Exercise 07.1
class SGD:
    """Moves parameters against their gradients, `lr` times as far as these are large."""

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        self.parameters, self.lr = list(parameters), lr

    def step(self) -> None:
        """Move every parameter once."""
        for parameter in self.parameters:
            parameter.data -= self.lr * parameter.grad

    def zero_grad(self) -> None:
        """Set every gradient to 0."""
        for parameter in self.parameters:
            parameter.grad = 0.0


# Exercise 07.2
def fit(loss_of: Callable[[], Value], optimizer: SGD, steps: int) -> list[float]:
    """Take `steps` steps down the loss that `loss_of` computes anew each time, and return the losses before them.

    A loss that is not finite is the last one: nothing is moved after it.
    """
    losses: list[float] = []
    for _ in range(steps):
        loss = loss_of()
        losses.append(loss.data)
        if not math.isfinite(loss.data):
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


# Exercise 08.1
def split(points: Sequence[Any], labels: Sequence[Any], share: float, rng: Random) -> tuple[list, list, list, list]:
    """Return a random `share` of the points, their labels, all other points, and their labels."""
    order = rng.sample(range(len(points)), len(points))
    cut = round(share * len(points))
    first, others = order[:cut], order[cut:]
    return (
        [points[i] for i in first],
        [labels[i] for i in first],
        [points[i] for i in others],
        [labels[i] for i in others],
    )


# Exercise 08.2
def cross_entropy(scores: Sequence[Value], label: int) -> Value:
    """Return -log of the probability that softmax gives to the class `label`, for scores of any size.

    softmax does not notice when the same number is taken from all scores. With the largest taken, no exp is above 1.
    """
    largest = max(score.data for score in scores)
    shifted = [score - largest for score in scores]
    total = sum((score.exp() for score in shifted), wrap(0.0))
    return total.log() - shifted[label]


# Exercise 08.3
def minibatches(count: int, size: int, rng: Random) -> list[list[int]]:
    """Return the positions 0 … count - 1 in random order, cut into lists of `size`; the last may be shorter."""
    order = rng.sample(range(count), count)
    return [order[start : start + size] for start in range(0, count, size)]


# Exercise 09.1
def dot(xs: Iterable[Any], ys: Iterable[Any]) -> Value:
    """Return x0·y0 + x1·y1 + … as one node; raise ValueError where the lengths differ."""
    xs, ys = [wrap(x) for x in xs], [wrap(y) for y in ys]
    total = sum(x.data * y.data for x, y in zip(xs, ys, strict=True))
    return Value(total, (*xs, *ys), "dot", [node.data for node in (*ys, *xs)])
