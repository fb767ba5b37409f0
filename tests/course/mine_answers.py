"""Answers to the exercises that are parts of the engine, each in two or three styles, as readers write them."""

ANSWERS = {
    "01.1": [
        """
def central_difference(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)
""",
        """
central_difference = lambda f, x, h: (f(x + h) - f(x - h)) / (x + h - (x - h))
""",
    ],
    "02.1": [
        """
class MyValue:
    def __init__(self, data, parents=(), op="", *, label=""):
        self.data, self.parents, self.op, self.label = data, parents, op, label

    def __repr__(self):
        return f"Value({self.data})"

    def __add__(self, other):
        other = wrap(other)
        return MyValue(self.data + other.data, (self, other), "+")

    def __radd__(self, other):
        return wrap(other) + self

    def __mul__(self, other):
        other = wrap(other)
        return MyValue(self.data * other.data, (self, other), "*")

    def __rmul__(self, other):
        return wrap(other) * self

    def __sub__(self, other):
        other = wrap(other)
        return MyValue(self.data - other.data, (self, other), "-")

    def __rsub__(self, other):
        return wrap(other) - self

    def __neg__(self):
        return MyValue(-self.data, (self,), "neg")
""",
        """
import operator

WAYS = {"*": operator.mul, "-": operator.sub}


def wrap(x):
    return x if isinstance(x, MyValue) else MyValue(x)


class MyValue:
    def __init__(self, data, parents=(), op="", *, label=""):
        self.data, self.parents, self.op, self.label = data, parents, op, label

    def __add__(self, other):
        return MyValue(self.data + wrap(other).data, (self, wrap(other)), "+")

    __radd__ = __add__

    # one node of two parents
    def _combine(self, other, op, *, swapped=False):
        pair = (self, wrap(other))[:: -1 if swapped else 1]
        return type(self)(WAYS[op](*[node.data for node in pair]), pair, op)

    def __mul__(self, other): return self._combine(other, "*")
    def __rmul__(self, other): return self._combine(other, "*", swapped=True)
    def __sub__(self, other): return self._combine(other, "-")
    def __rsub__(self, other): return self._combine(other, "-", swapped=True)
    __neg__ = lambda self: MyValue(data=-self.data, parents=(self,), op="neg")
""",
        """
class MyValue:
    def __init__(self, data, parents=(), op="", *, label=""):
        self.data, self.parents, self.op, self.label = data, parents, op, label

    def __add__(self, other):
        other = wrap(other)
        return MyValue(self.data + other.data, (self, other), "+")


def push(op, compute):
    def method(left, right):
        right = wrap(right)
        return MyValue(compute(left.data, right.data), (left, right), op)

    return method


MyValue.__mul__ = push("*", lambda a, b: a * b)
MyValue.__sub__ = push("-", lambda a, b: a - b)
MyValue.__rmul__ = lambda self, other: wrap(other) * self
MyValue.__rsub__ = lambda self, other: wrap(other) - self


def minus(self):
    return MyValue(-self.data, (self,), "neg")


MyValue.__neg__ = minus
""",
    ],
    "02.2": [
        """
def nodes_of(root):
    found = {}
    push = [root]
    while push:
        node = push.pop()
        if node not in found:
            found[node] = None
            push += node.parents
    return list(found)
""",
        """
from collections import deque


def nodes_of(root):
    queue, known = deque([root]), {id(root): root}
    while queue:
        for p in queue.popleft().parents:
            if id(p) not in known:
                known[id(p)] = p
                queue.append(p)
    return [*known.values()]
""",
    ],
    "02.3": [
        """
def inputs_first(root):
    order = []

    def visit(node):
        if node not in order:
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(root)
    return order
""",
        """
def push(node, done, order):
    if node in done:
        return
    done.add(node)
    [push(parent, done, order) for parent in node.parents]
    order.append(node)


def inputs_first(root):
    push(root, set(), order := [])
    return order
""",
    ],
    "03.1": [
        """
import math

ONE = 1.0


def local_slopes(op, *inputs):
    match op, inputs:
        case "+", (a, b):
            return ONE, ONE
        case "-", (a, b):
            return ONE, -ONE
        case "*", (a, b):
            return b, a
        case "/", (a, b):
            return ONE / b, -a / b**2
        case "neg", (a,):
            return (-ONE,)
        case "tanh", (a,):
            return (ONE - math.tanh(a) ** 2,)
    raise ValueError(op)
""",
        """
from math import tanh as th

SLOPES = {
    "+": lambda a, b: (1.0, 1.0),
    "-": lambda a, b: (1.0, -1.0),
    "*": lambda a, b: (b, a),
    "/": lambda a, b: (1 / b, -a / (b * b)),
    "neg": lambda a: (-1.0,),
    "tanh": lambda a: (1 - th(a) * th(a),),
}


def local_slopes(op, *inputs):
    if op not in SLOPES:
        raise ValueError(f"I know no {op}")
    return SLOPES[op](*inputs)
""",
    ],
    "03.3": [
        """
def sweep(order):
    for node in order[::-1]:
        for i in range(len(node.parents)):
            node.parents[i].grad = node.parents[i].grad + node.local_gradients[i] * node.grad
""",
        """
def push(node):
    for p, s in zip(node.parents, node.local_gradients):
        p.grad += node.grad * s


def sweep(order):
    position = len(order)
    while position:
        position -= 1
        push(order[position])
""",
    ],
    "04.2": [
        """
def topological_order(root):
    \"\"\"Leaves first, the result last.\"\"\"
    order, seen, stack = [], set(), [root]
    while stack:
        node = stack[-1]
        todo = [p for p in node.parents if p not in seen]
        if node in seen:
            stack.pop()
        elif todo:
            stack.extend(todo)
        else:
            seen.add(node)
            order.append(stack.pop())
    return order
""",
        """
def push(stack, *items):
    stack.extend(items)


def topological_order(root):
    order, done, stack = [], {}, []
    push(stack, root)
    while stack:
        knoten_ä = stack.pop()
        if knoten_ä is None:
            order.append(stack.pop())
        elif knoten_ä not in done:
            done[knoten_ä] = "größer"
            push(stack, knoten_ä, None, *knoten_ä.parents)
    return order
""",
    ],
    "04.3": [
        """
def backward(root):
    order = topological_order(root)
    for node in order:
        if node.parents:
            node.grad = 0.0
    root.grad += 1
    sweep(order)
""",
        """
def make_backward(start):
    def inner(root):
        order = list(topological_order(root))
        for node in filter(lambda node: node.parents, order):
            node.grad = 0
        root.grad += start
        sweep(order)

    return inner


backward = make_backward(1.0)
""",
    ],
    "05.1": [
        """
def agrees(claimed, f, x):
    measured = central_difference(f, x)
    return abs(claimed - measured) <= 1e-6 * max(1, abs(measured))
""",
        """
import math

agrees = lambda claimed, f, x: math.isclose(claimed, central_difference(f, x, 6e-6), rel_tol=1e-6, abs_tol=1e-6)
""",
    ],
    "05.2": [
        """
import math


def sigmoid(x):
    if x < 0:
        return 1 - sigmoid(-x)
    return 1 / (1 + math.exp(-x))


ENTRIES = {
    "exp": (math.exp, lambda y, x: y),
    "log": (math.log, lambda y, x: 1 / x),
    "relu": (lambda x: max(x, 0.0), lambda y, x: float(x > 0)),
    "tanh": (math.tanh, lambda y, x: 1 - y**2),
    "sigmoid": (sigmoid, lambda y, x: y * (1 - y)),
    "softplus": (lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))), lambda y, x: sigmoid(x)),
}
""",
        """
from math import *


def entry(forward):
    return lambda slope: (forward, slope)


def push(x):
    e = exp(-abs(x))
    return 1 / (1 + e) if x >= 0 else e / (1 + e)


ENTRIES = dict(
    exp=entry(exp)(lambda y, x: y),
    log=entry(log)(lambda y, x: x**-1),
    relu=entry(lambda x: x if x > 0 else 0.0)(lambda y, x: 1.0 if x > 0 else 0.0),
    tanh=entry(tanh)(lambda y, x: (1 - y) * (1 + y)),
    sigmoid=entry(push)(lambda y, x: push(x) * push(-x)),
    softplus=entry(lambda x: x + log1p(exp(-x)) if x > 0 else log1p(exp(x)))(lambda y, x: push(x)),
)
""",
    ],
    "05.3": [
        """
def apply(op, *inputs, table):
    forward, *slopes = table[op]
    parents = tuple(wrap(x) for x in inputs)
    numbers = [p.data for p in parents]
    y = forward(*numbers)
    return Value(y, parents, op, tuple(slope(y, *numbers) for slope in slopes))
""",
        """
def apply(op, *inputs, table=ENTRIES):
    nodes = [*map(wrap, inputs)]
    xs = [node.data for node in nodes]
    y = table[op][0](*xs)
    return Value(y, nodes, op=op, local_gradients=[s(y, *xs) for s in table[op][1:]])
""",
    ],
    "05.4": [
        """
def gradcheck(f, numbers):
    values = [Value(n) for n in numbers]
    f(*values).backward()
    accused = []
    for i in range(len(numbers)):
        def along(x, i=i):
            return f(*[Value(x) if j == i else Value(n) for j, n in enumerate(numbers)]).data
        if not agrees(values[i].grad, along, numbers[i]):
            accused.append(i)
    return accused
""",
    ],
    "06.1": [
        """
class MyNeuron:
    def __init__(self, fan_in, rng, bend):
        self.weights = [Value(rng.uniform(-1, 1)) for _ in range(fan_in)]
        self.bias = Value(0.0)
        self.bend = bend

    def __call__(self, inputs):
        total = self.bias
        for w, x in zip(self.weights, inputs, strict=True):
            total = total + w * x
        return {"tanh": Value.tanh, "relu": Value.relu, "": lambda v: v}[self.bend](total)

    def parameters(self):
        return self.weights + [self.bias]
""",
        """
class Base:
    def parameters(self):
        \"\"\"All that can be moved.\"\"\"
        yield from self.weights
        yield self.bias


class MyNeuron(Base):
    def __init__(self, fan_in, rng, bend=""):
        self.weights, self.bias = tuple(Value(rng.uniform(-1.0, 1.0)) for i in range(fan_in)), Value(0.0)
        self.bend = getattr(Value, bend) if bend else lambda total: total

    def __call__(self, inputs):
        return self.bend(sum((w * x for w, x in zip(self.weights, inputs, strict=True)), self.bias))
""",
    ],
    "06.2": [
        """
class MyMLP:
    def __init__(self, fan_in, widths, rng, bend):
        self.layers = []
        for i, width in enumerate(widths):
            self.layers.append(Layer(fan_in, width, rng, bend if i + 1 < len(widths) else ""))
            fan_in = width

    def __call__(self, inputs):
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]
""",
        """
from functools import reduce
from itertools import chain, pairwise


class MyMLP:
    def __init__(self, fan_in, widths, rng, bend):
        sizes = [fan_in, *widths]
        *hidden, last = pairwise(sizes)
        self.layers = [Layer(*size, rng, bend) for size in hidden] + [Layer(*last, rng, "")]

    def __call__(self, inputs):
        return reduce(lambda x, layer: layer(x), self.layers, inputs)

    def parameters(self):
        return list(chain.from_iterable(layer.parameters() for layer in self.layers))
""",
    ],
    "07.1": [
        """
class MySGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        for p in self.parameters:
            p.data -= self.lr * p.grad

    def zero_grad(self):
        for p in self.parameters:
            p.grad = 0.0
""",
        """
from dataclasses import dataclass


@dataclass
class MySGD:
    parameters: list
    lr: float = 0.1

    def __post_init__(self):
        self.parameters = [*self.parameters]

    def step(self):
        for p in self.parameters:
            p.data = p.data - p.grad * self.lr

    def zero_grad(self):
        for p in self.parameters:
            p.grad = 0
""",
    ],
    "07.2": [
        """
import math


def fit(loss_of, optimizer, steps):
    losses = []
    for _ in range(steps):
        loss = loss_of()
        losses.append(loss.data)
        if not math.isfinite(loss.data):
            return losses
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses
""",
    ],
    "08.1": [
        """
def split(points, labels, share, rng):
    order = rng.sample(range(len(points)), len(points))
    cut = round(share * len(points))
    parts = []
    for chosen in (order[:cut], order[cut:]):
        parts += [[points[i] for i in chosen], [labels[i] for i in chosen]]
    return parts
""",
    ],
    "08.2": [
        """
def cross_entropy(scores, label):
    largest = max(score.data for score in scores)
    shifted = [score - largest for score in scores]
    return sum(score.exp() for score in shifted).log() - shifted[label]
""",
        """
def sigmoid(scores):  # a poor name, and the engine has it too
    top = max(scores, key=lambda s: s.data).data
    return [s - top for s in scores]


def cross_entropy(scores, label):
    moved = sigmoid(scores)
    total = Value(0.0)
    for s in moved:
        total = total + s.exp()
    return -(moved[label] - total.log())
""",
    ],
    "08.3": [
        """
def minibatches(count, size, rng):
    order = rng.sample(range(count), count)
    for start in range(0, count, size):
        yield order[start : start + size]
""",
    ],
    "09.1": [
        """
def dot(xs, ys):
    xs, ys = [wrap(x) for x in xs], [wrap(y) for y in ys]
    total = sum(x.data * y.data for x, y in zip(xs, ys, strict=True))
    return Value(total, (*xs, *ys), "dot", [node.data for node in ys + xs])
""",
        """
def pairs(xs, ys):
    if len(xs) != len(ys):
        raise ValueError(f"{len(xs)} and {len(ys)} items")
    return [(wrap(x), wrap(y)) for x, y in zip(xs, ys)]


def dot(xs, ys):
    total, parents, slopes = 0.0, [], []
    for x, y in pairs(xs, ys):
        total += x.data * y.data
        parents += [x, y]
        slopes += [y.data, x.data]
    return Value(data=total, parents=parents, op="dot", local_gradients=slopes)
""",
    ],
    "09.2": [
        """
def broadcast_shape(a, b):
    if not a or not b:
        return a or b
    if a[-1] != b[-1] and 1 not in (a[-1], b[-1]):
        raise ValueError(f"{a[-1]} and {b[-1]}")
    return (*broadcast_shape(a[:-1], b[:-1]), b[-1] if a[-1] == 1 else a[-1])
""",
    ],
    "09.3": [
        """
import numpy as np


def one_hot(labels, classes):
    return np.eye(classes)[labels]
""",
        """
from numpy import arange, asarray


def one_hot(labels, classes):
    return (asarray(labels)[:, None] == arange(classes)).astype(float)
""",
    ],
    "09.4": [
        """
import numpy as np


def layer_gradients(g, x, w):
    return [np.einsum("pj,ji->pi", g, w), np.einsum("pj,pi->ji", g, x), g.sum(axis=0)]
""",
    ],
    "10.1": [
        """
def unbroadcast(g, shape):
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    return g.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)
""",
        """
import numpy as np


def unbroadcast(g, shape):
    while np.ndim(g) > len(shape):
        g = np.sum(g, axis=0)
    for axis, n in enumerate(shape):
        if n < g.shape[axis]:
            g = g.sum(axis=axis, keepdims=True)
    return g
""",
    ],
    "10.2": [
        """
def record(op, *inputs, **settings):
    forward, rules = TABLE[op]
    arrays = [x.data if isinstance(x, Tensor) else x for x in inputs]
    result = Tensor(forward(*arrays, **settings))
    pairs = [(x.node, r) for x, r in zip(inputs, rules.values()) if isinstance(x, Tensor) and x.node]
    if pairs and Tensor.recording:
        known = readable(rules, arrays, result.data, settings)
        kept = {name: known[name] for _, rule in pairs for name in reads(rule) if name != "g"}
        result.node = Node(op, result.data.shape, [n for n, _ in pairs], [r for _, r in pairs], kept)
    return result
""",
        """
import inspect

import numpy as np


def data_of(x):
    return getattr(x, "data", x) if isinstance(x, Tensor) else x


def record(op, *inputs, **settings):
    out = Tensor(TABLE[op][0](*map(data_of, inputs), **settings))
    if not Tensor.recording:
        return out
    parents, rules, kept = [], [], {}
    named = {name: data_of(x) for name, x in zip(TABLE[op][1], inputs)} | settings | {"y": out.data}
    for x, rule in zip(inputs, TABLE[op][1].values()):
        if getattr(x, "node", None) is not None:
            parents.append(x.node)
            rules.append(rule)
            for name in inspect.signature(rule).parameters:
                if name.startswith("like_"):
                    kept[name] = np.broadcast_to(0.0, np.shape(named[name[5:]]))
                elif name != "g":
                    kept[name] = named[name]
    if parents:
        out.node = Node(op, out.shape, parents, rules, kept)
    return out
""",
    ],
    "10.3": [
        """
import numpy as np


def backward(root):
    if root.data.size != 1 or root.node is None:
        raise ValueError(f"no loss: {root}")
    gradients = {root.node: np.ones_like(root.data)}
    for node in topological_order(root.node)[::-1]:
        g = gradients.pop(node)
        if node.tensor is not None:
            node.tensor.grad = g + (0 if node.tensor.grad is None else node.tensor.grad)
        for parent, rule in zip(node.parents, node.rules):
            part = unbroadcast(call(rule, g, node.kept), parent.shape)
            gradients[parent] = gradients[parent] + part if parent in gradients else part
""",
    ],
    "10.4": [
        """
import numpy as np

POINTWISE = {
    "sub": (np.subtract, {"a": lambda g: g, "b": lambda g: -g}),
    "div": (np.divide, {"a": lambda g, b: g / b, "b": lambda g, y, b: -g * y / b}),
    "exp": (np.exp, {"x": lambda g, y: g * y}),
    "log": (np.log, {"x": lambda g, x: g / x}),
    "tanh": (np.tanh, {"x": lambda g, y: g * (1 - y * y)}),
    "relu": (lambda x: np.maximum(x, 0), {"x": lambda g, y: g * (y > 0)}),
}
""",
        """
from numpy import divide, exp, log, maximum, subtract, tanh


def same(g):
    return g


def entry(forward, rule):
    return forward, {"x": rule}


POINTWISE = dict(
    sub=(subtract, {"a": same, "b": lambda g: -g}),
    div=(divide, {"a": lambda g, b: g / b, "b": lambda g, a, b: -g * a / b**2}),
    exp=entry(exp, lambda g, y: y * g),
    log=entry(log, lambda g, x: g / x),
    tanh=entry(tanh, lambda g, y: g - g * y * y),
    relu=entry(lambda x: maximum(x, 0), lambda g, x: g * (x > 0)),
)
""",
    ],
    "11.1": [
        """
import numpy as np

PRODUCTS = {
    "matmul": (
        np.matmul,
        {"a": lambda g, b: g @ np.swapaxes(b, -1, -2), "b": lambda g, a: np.swapaxes(a, -1, -2) @ g},
    )
}
""",
        """
import numpy as np


def turned(x):
    return np.moveaxis(x, -1, -2)


PRODUCTS = {"matmul": (np.matmul, {"a": lambda g, b: g @ turned(b), "b": lambda g, a: turned(a) @ g})}
""",
    ],
    "11.2": [
        """
import numpy as np


def put_back(g, axis, keepdims):
    return g if keepdims or axis is None else np.expand_dims(g, axis)


def spread(g, like_x, axis, keepdims):
    return np.broadcast_to(put_back(g, axis, keepdims), like_x.shape)


def average(g, like_x, axis, keepdims):
    return spread(g, like_x, axis, keepdims) * (g.size / like_x.size)


def share(g, x, y, axis, keepdims):
    hits = x == put_back(y, axis, keepdims)
    return put_back(g, axis, keepdims) * hits / hits.sum(axis=axis, keepdims=True, dtype=x.dtype)


REDUCTIONS = {"sum": (np.sum, {"x": spread}), "mean": (np.mean, {"x": average}), "max": (np.max, {"x": share})}
""",
    ],
    "11.3": [
        """
import numpy as np


def in_old_order(g, axes):
    return np.transpose(g, None if axes is None else np.argsort(np.mod(axes, g.ndim)))


def scattered(g, like_x, index):
    total = np.zeros(like_x.shape, g.dtype)
    np.add.at(total, index, g)
    return total


SHAPES = {
    "reshape": (lambda x, shape: np.reshape(x, shape), {"x": lambda g, like_x: np.reshape(g, like_x.shape)}),
    "transpose": (np.transpose, {"x": in_old_order}),
    "getitem": (lambda x, index: x[index], {"x": scattered}),
}
""",
    ],
    "12.1": [
        """
import numpy as np


def log_sum_exp(x, axis):
    top = x.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):
        return top + np.log(np.exp(x - top).sum(axis=axis, keepdims=True))
""",
        """
import numpy as np


def log_sum_exp(scores, along):
    return np.logaddexp.reduce(scores, axis=along, keepdims=True)
""",
    ],
    "12.2": [
        """
import numpy as np


def average(g, p, axis):
    return (g * p).sum(axis=axis, keepdims=True)


SOFTMAX = {
    "softmax": (
        lambda x, axis: np.exp(x - log_sum_exp(x, axis)),
        {"x": lambda g, y, axis: y * (g - average(g, y, axis))},
    ),
    "log_softmax": (
        lambda x, axis: x - log_sum_exp(x, axis),
        {"x": lambda g, y, axis: g - np.exp(y) * g.sum(axis=axis, keepdims=True)},
    ),
}
""",
        """
from numpy import exp, log


def logs_of(x, axis):
    shifted = x - x.max(axis=axis, keepdims=True)
    return shifted - log(exp(shifted).sum(axis=axis, keepdims=True))


def back(g, y, axis):
    part = g * y
    return part - y * part.sum(axis, keepdims=True)


SOFTMAX = dict(
    softmax=[lambda x, axis: exp(logs_of(x, axis)), {"x": back}],
    log_softmax=[logs_of, {"x": lambda y, g, axis: g - exp(y) * g.sum(axis, keepdims=True)}],
)
""",
    ],
    "12.3": [
        """
import numpy as np


def mean_loss(scores, labels):
    return (log_sum_exp(scores, 1)[:, 0] - scores[np.arange(len(labels)), labels]).mean()


def slope(g, scores, labels):
    found = np.exp(scores - log_sum_exp(scores, 1))
    found[np.arange(len(labels)), labels] -= 1
    return g * found / len(labels)


LOSSES = {"cross_entropy": (mean_loss, {"scores": slope})}
""",
        """
import numpy as np


def logs_of(scores):
    return scores - log_sum_exp(scores, -1)


LOSSES = dict(
    cross_entropy=[
        lambda scores, labels: -np.mean(np.take_along_axis(logs_of(scores), labels[:, None], 1)),
        {
            "scores": lambda g, scores, labels: (np.exp(logs_of(scores)) - one_hot(labels, scores.shape[1])).astype(
                scores.dtype
            ) * (g / len(scores))
        },
    ]
)
""",
    ],
    "13.1": [
        """
def members(module):
    found, met = {}, {id(module)}

    def visit(thing, name):
        if isinstance(thing, Module):
            pairs = vars(thing).items()
        elif isinstance(thing, dict):
            pairs = thing.items()
        elif isinstance(thing, list | tuple):
            pairs = enumerate(thing)
        else:
            return
        for key, member in pairs:
            full = f"{name}.{key}" if name else str(key)
            if isinstance(member, Module | Tensor):
                if id(member) in met:
                    continue
                met.add(id(member))
                found[full] = member
            visit(member, full)

    visit(module, "")
    return found
""",
        """
def pairs_of(thing):
    if isinstance(thing, (list, tuple)):
        thing = dict(enumerate(thing))
    elif isinstance(thing, Module):
        thing = thing.__dict__
    return [*thing.items()] if isinstance(thing, dict) else []


def members(root):
    names, known, level = {}, [root], [("", root)]
    while level:
        below = [(f"{name}.{key}".lstrip("."), part) for name, thing in level for key, part in pairs_of(thing)]
        level = []
        for name, part in below:
            if any(part is other for other in known):
                continue
            if isinstance(part, (Module, Tensor)):
                known.append(part)
                names[name] = part
            level.append((name, part))
    return names
""",
    ],
    "13.2": [
        """
import numpy as np


class MyLinear(Module):
    def __init__(self, fan_in, fan_out, rng=None):
        rng = np.random.default_rng() if rng is None else rng
        bound = fan_in**-0.5
        self.weight = Tensor(rng.uniform(-bound, bound, (fan_out, fan_in)), requires_grad=True)
        self.bias = Tensor(rng.uniform(-bound, bound, fan_out), requires_grad=True)

    def forward(self, x):
        return x @ self.weight.T + self.bias
""",
        """
from math import sqrt

from numpy.random import default_rng


def leaf(rng, bound, *shape):
    return Tensor(rng.uniform(-bound, bound, shape), True)


class MyLinear(Module):
    def __init__(self, inputs, outputs, rng=None):
        super().__init__()
        generator = rng or default_rng()
        for name, shape in {"weight": (outputs, inputs), "bias": (outputs,)}.items():
            setattr(self, name, leaf(generator, 1 / sqrt(inputs), *shape))

    def forward(self, rows):
        return self.bias + rows @ self.weight.transpose(1, 0)
""",
    ],
    "13.3": [
        """
import numpy as np


def load_state(module, state):
    tensors = {name: x for name, x in members(module).items() if isinstance(x, Tensor)}
    wrong = [f"{name} is missing" for name in tensors if name not in state]
    wrong += [f"{name} is unknown" for name in state if name not in tensors]
    for name, x in tensors.items():
        if name in state and np.shape(state[name]) != x.shape:
            wrong.append(f"{name} has shape {np.shape(state[name])} and not {x.shape}")
    if wrong:
        raise ValueError("; ".join(wrong))
    for name, x in tensors.items():
        x.data = np.array(state[name], x.data.dtype)
""",
        """
def shapes(named):
    return {(name, tuple(x.shape)) for name, x in named.items()}


def load_state(module, state):
    own = {name: x for name, x in members(module).items() if not isinstance(x, Module)}
    misfits = shapes(own) ^ shapes(state)
    if misfits:
        raise ValueError(f"only one of the two has {sorted(misfits)}")
    for name in own:
        own[name].data = state[name].astype(own[name].data.dtype)
""",
    ],
    "13.4": [
        """
import numpy as np


class MyDataLoader:
    def __init__(self, dataset, batch_size, rng=None):
        self.dataset, self.batch_size, self.rng = dataset, batch_size, rng

    def __len__(self):
        return -(-len(self.dataset) // self.batch_size)

    def __iter__(self):
        count = len(self.dataset)
        order = np.arange(count) if self.rng is None else self.rng.permutation(count)
        for start in range(0, count, self.batch_size):
            yield self.dataset[order[start : start + self.batch_size]]
""",
        """
import math


class MyDataLoader:
    def __init__(self, data, size, rng=None):
        self.data, self.size, self.rng = data, size, rng

    def __len__(self):
        return math.ceil(len(self.data) / self.size)

    def __iter__(self):
        places = list(range(len(self.data)))
        if self.rng:
            places = self.rng.permutation(len(self.data)).tolist()
        return (self.data[places[i * self.size : (i + 1) * self.size]] for i in range(len(self)))
""",
    ],
    "14.1": [
        """
class MySGD(Optimizer):
    def __init__(self, parameters, lr, momentum=0.0, nesterov=False):
        super().__init__(parameters, lr)
        self.momentum, self.nesterov = momentum, nesterov

    def update(self, x, g, state):
        v = state["v"] = self.momentum * state.get("v", 0.0) + g
        return x - self.lr * (g + self.momentum * v if self.nesterov else v)
""",
        """
class MySGD(Optimizer):
    def __init__(self, parameters, lr, momentum=0.0, nesterov=False):
        super().__init__(parameters, lr)
        self.keep, self.ahead = momentum, nesterov

    def update(self, x, g, state):
        state["sum"] = g + self.keep * state["sum"] if "sum" in state else 1 * g
        if self.ahead:
            return x - self.lr * g - self.lr * self.keep * state["sum"]
        return x - self.lr * state["sum"]
""",
    ],
    "14.2": [
        """
import numpy as np


class MyAdam(Optimizer):
    def __init__(self, parameters, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(parameters, lr)
        self.betas, self.eps = betas, eps

    def update(self, x, g, state):
        b1, b2 = self.betas
        t = state["t"] = state.get("t", 0) + 1
        m = state["m"] = b1 * state.get("m", 0.0) + (1 - b1) * g
        s = state["s"] = b2 * state.get("s", 0.0) + (1 - b2) * g * g
        return x - self.lr * (m / (1 - b1**t)) / (np.sqrt(s / (1 - b2**t)) + self.eps)
""",
        """
def averaged(old, new, keep):
    return old + (1 - keep) * (new - old)


class MyAdam(Optimizer):
    def __init__(self, parameters, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(parameters, lr)
        (self.keep_mean, self.keep_square), self.eps = betas, eps

    def update(self, x, g, state):
        count, mean, square = state.get("all", (0, 0 * g, 0 * g))
        count += 1
        mean, square = averaged(mean, g, self.keep_mean), averaged(square, g**2, self.keep_square)
        state["all"] = count, mean, square
        size = (square / (1 - self.keep_square**count)) ** 0.5
        return x - self.lr * mean / (1 - self.keep_mean**count) / (size + self.eps)
""",
    ],
    "14.3": [
        """
class MyAdamW(Adam):
    def __init__(self, parameters, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(parameters, lr, betas, eps)
        self.weight_decay = weight_decay

    def update(self, x, g, state):
        return super().update(x * (1 - self.lr * self.weight_decay), g, state)
""",
        """
class MyAdamW(Optimizer):
    def __init__(self, parameters, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(parameters, lr)
        self.adam = Adam(self.parameters, lr, betas, eps)
        self.decay = weight_decay

    def update(self, x, g, state):
        self.adam.lr = self.lr
        return self.adam.update(x, g, state) - self.lr * self.decay * x
""",
    ],
    "14.4": [
        """
import math


def warmup_cosine(step, steps, warmup=0):
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))
""",
        """
import numpy as np


def warmup_cosine(step, steps, warmup=0):
    if step < warmup:
        return (step + 1) / warmup
    return float(np.cos(np.pi / 2 * (step - warmup) / (steps - warmup)) ** 2)
""",
    ],
    "16.1": [
        """
def kaiming(fan_in, fan_out, rng, bend):
    gains = {"": 1, "relu": 2**0.5, "tanh": 5 / 3}
    if bend not in gains:
        raise ValueError(f"bend is one of {list(gains)}, not {bend!r}")
    return rng.normal(0, gains[bend] / fan_in**0.5, (fan_out, fan_in))
""",
        """
import math

import numpy as np

VARIANCES = {"": 1.0, "relu": 2.0, "tanh": 25 / 9}


def kaiming(inputs, outputs, generator, bend="relu"):
    try:
        variance = VARIANCES[bend]
    except KeyError:
        raise ValueError(bend) from None
    return math.sqrt(variance / inputs) * generator.standard_normal((outputs, inputs))
""",
    ],
    "16.2": [
        """
import numpy as np


class MyBatchNorm(Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        self.momentum, self.eps = momentum, eps
        self.weight = Tensor(np.ones(features), requires_grad=True)
        self.bias = Tensor(np.zeros(features), requires_grad=True)
        self.running_mean, self.running_var = Tensor(np.zeros(features)), Tensor(np.ones(features))

    def forward(self, x):
        mean, variance = self.running_mean, self.running_var
        if self.training:
            rows = x.shape[0]
            if rows == 1:
                raise ValueError("one row has no variance")
            mean = x.mean(axis=0)
            variance = ((x - mean) ** 2).mean(axis=0)
            self.move(self.running_mean, mean.data)
            self.move(self.running_var, variance.data * (rows / (rows - 1)))
        return (x - mean) / (variance + self.eps) ** 0.5 * self.weight + self.bias

    def move(self, running, batch):
        running.data = (1 - self.momentum) * running.data + self.momentum * batch
""",
        """
import numpy as np


class MyBatchNorm(Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        self.share, self.tiny = momentum, eps
        self.bias, self.weight = Tensor(np.zeros(features), True), Tensor(np.ones(features), True)
        self.running_mean, self.running_var = Tensor(np.zeros(features)), Tensor(np.ones(features))

    def forward(self, x):
        if not self.training:
            return (x - self.running_mean) * (self.running_var + self.tiny) ** -0.5 * self.weight + self.bias
        if len(x.data) < 2:
            raise ValueError("a batch needs two rows")
        off = x - x.mean(0, keepdims=True)
        for running, batch in ((self.running_mean, x.data.mean(0)), (self.running_var, x.data.var(0, ddof=1))):
            running.data += self.share * (batch - running.data)
        return off * ((off * off).mean(axis=0) + self.tiny) ** -0.5 * self.weight + self.bias
""",
    ],
    "16.3": [
        """
import numpy as np


class MyLayerNorm(Module):
    def __init__(self, features, eps=1e-5):
        self.eps = eps
        self.weight = Tensor(np.ones(features), requires_grad=True)
        self.bias = Tensor(np.zeros(features), requires_grad=True)

    def forward(self, x):
        centered = x - x.mean(axis=-1, keepdims=True)
        variance = (centered * centered).mean(axis=-1, keepdims=True)
        return centered / (variance + self.eps) ** 0.5 * self.weight + self.bias
""",
        """
import numpy as np


def normal(x, eps):
    x = x - x.mean(axis=0)
    return x * ((x**2).mean(axis=0) + eps) ** -0.5


class MyLayerNorm(Module):
    def __init__(self, size, eps=1e-5):
        self.bias, self.weight = (Tensor(np.full(size, v), requires_grad=True) for v in (0.0, 1.0))
        self.tiny = eps

    def forward(self, x):
        return normal(x.T, self.tiny).T * self.weight + self.bias
""",
    ],
    "16.4": [
        """
class MyDropout(Module):
    def __init__(self, p, rng):
        if not 0 <= p < 1:
            raise ValueError(f"p is a probability from 0 to below 1, not {p}")
        self.p, self.rng = p, rng

    def forward(self, x):
        if not self.training:
            return x
        kept = (self.rng.random(x.shape) >= self.p).astype(x.data.dtype)
        return x * (kept / (1 - self.p))
""",
        """
class MyDropout(Module):
    def __init__(self, share, generator=None):
        if share < 0 or share >= 1:
            raise ValueError(f"a share of {share}")
        self.share, self.generator = share, generator

    def forward(self, x):
        if self.training:
            dropped = self.generator.random(x.shape) < self.share
            x = x * (1 - dropped).astype(x.data.dtype) / (1 - self.share)
        return x
""",
    ],
    "17.1": [
        """
import numpy as np


def patches(x, size):
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))
    n, channels, rows, columns = windows.shape[:4]
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(n, channels * size * size, rows * columns)
""",
        """
import numpy as np


def patches(images, side):
    count, channels, height, width = images.shape
    rows, columns = height - side + 1, width - side + 1
    pixels = []
    for i in range(side):
        for j in range(side):
            pixels.append(images[:, :, i : i + rows, j : j + columns].reshape(count, channels, -1))
    return np.stack(pixels, axis=2).reshape(count, channels * side * side, -1)
""",
    ],
    "17.2": [
        """
import numpy as np


def correlate(x, weight):
    out, _, size, _ = weight.shape
    y = weight.reshape(out, -1) @ patches(x, size)
    return y.reshape(len(x), out, x.shape[2] - size + 1, x.shape[3] - size + 1)


def of_images(g, weight):
    border = weight.shape[2] - 1
    wide = np.pad(g, ((0, 0), (0, 0), (border, border), (border, border)))
    return correlate(wide, weight[:, :, ::-1, ::-1].swapaxes(0, 1))


def of_weight(g, x, like_weight):
    flat = g.reshape(*g.shape[:2], -1)
    product = flat @ patches(x, like_weight.shape[2]).swapaxes(1, 2)
    return product.sum(axis=0).reshape(like_weight.shape)


CONVOLUTION = {"conv2d": (correlate, {"x": of_images, "weight": of_weight})}
""",
        """
import numpy as np


def windows(x, size, rows, columns):
    return [(i, j, x[:, :, i : i + rows, j : j + columns]) for i in range(size) for j in range(size)]


def of_images(g, weight, like_x):
    total, rows, columns = np.zeros(like_x.shape, g.dtype), *g.shape[2:]
    for i, j, part in windows(total, weight.shape[2], rows, columns):
        part += np.einsum("nohw,oc->nchw", g, weight[:, :, i, j])
    return total


def of_weight(g, x, like_weight):
    total = np.zeros(like_weight.shape, g.dtype)
    for i, j, part in windows(x, total.shape[2], *g.shape[2:]):
        total[:, :, i, j] = np.einsum("nohw,nchw->oc", g, part)
    return total


def all_together(x, weight):
    size = weight.shape[2]
    sides = (x.shape[2] - size + 1, x.shape[3] - size + 1)
    return sum(np.einsum("nchw,oc->nohw", part, weight[:, :, i, j]) for i, j, part in windows(x, size, *sides))


CONVOLUTION = {"conv2d": [all_together, {"x": of_images, "weight": of_weight}]}
""",
    ],
    "17.3": [
        """
import numpy as np


def blocks(x, size):
    n, channels, height, width = x.shape
    rows, columns = height // size, width // size
    whole = x[:, :, : rows * size, : columns * size]
    return whole.reshape(n, channels, rows, size, columns, size)


def to_the_largest(g, x, y, size):
    total = np.zeros(x.shape, g.dtype)
    hits = blocks(x, size) == y[:, :, :, None, :, None]
    parts = hits * (g / hits.sum(axis=(3, 5)))[:, :, :, None, :, None]
    rows, columns = y.shape[2] * size, y.shape[3] * size
    total[:, :, :rows, :columns] = parts.reshape(*y.shape[:2], rows, columns)
    return total


POOLING = {"max_pool2d": (lambda x, size: blocks(x, size).max(axis=(3, 5)), {"x": to_the_largest})}
""",
        """
from functools import reduce

import numpy as np


def corners(x, size):
    height, width = x.shape[2] // size * size, x.shape[3] // size * size
    return [x[:, :, i:height:size, j:width:size] for i in range(size) for j in range(size)]


def first_of_the_largest(g, x, y, size):
    found, free = np.zeros_like(x), np.ones(y.shape, bool)
    for part, numbers in zip(corners(found, size), corners(x, size)):
        mine = free & (numbers == y)
        part[mine] = g[mine]
        free &= ~mine
    return found


POOLING = {"max_pool2d": [lambda x, size: reduce(np.maximum, corners(x, size)), {"x": first_of_the_largest}]}
""",
    ],
    "18.1": [
        """
import numpy as np


def bigram_counts(words):
    table = np.zeros((27, 27))
    for word in words:
        for first, second in zip("." + word, word + ".", strict=True):
            table[LETTERS.index(first), LETTERS.index(second)] += 1
    return table
""",
        """
from collections import Counter

import numpy as np

SIGNS = ".abcdefghijklmnopqrstuvwxyz"


def pairs_of(word):
    signs = f".{word}."
    return [signs[n : n + 2] for n in range(len(signs) - 1)]


def bigram_counts(names):
    found = Counter(pair for name in names for pair in pairs_of(name))
    return np.array([[found[a + b] for b in SIGNS] for a in SIGNS])
""",
    ],
    "18.2": [
        """
import numpy as np


def sample(probabilities, rng):
    reached = np.cumsum(probabilities, dtype=float)
    return int(np.searchsorted(reached, rng.random() * reached[-1], side="right"))
""",
        """
import bisect
import itertools


def sample(shares, generator):
    reached = list(itertools.accumulate(map(float, shares)))
    return bisect.bisect_right(reached, generator.random() * reached[-1])
""",
    ],
    "18.3": [
        """
import numpy as np


def contexts(words, length):
    questions, answers = [], []
    for word in words:
        numbers = [0] * length + [LETTERS.index(letter) for letter in word] + [0]
        for end in range(length, len(numbers)):
            questions.append(numbers[end - length : end])
            answers.append(numbers[end])
    return np.array(questions), np.array(answers)
""",
        """
import numpy as np


def number_of(sign):
    return max(0, ord(sign) - 96)


def contexts(names, size):
    pairs = [(("." * size + name)[n : n + size], sign) for name in names for n, sign in enumerate(name + ".")]
    questions = np.array([list(map(number_of, question)) for question, _ in pairs])
    return questions, np.array([number_of(sign) for _, sign in pairs])
""",
    ],
    "18.4": [
        """
import numpy as np


class MyEmbedding(Module):
    def __init__(self, count, size, rng):
        self.weight = Tensor(rng.normal(size=(count, size)), requires_grad=True)

    def forward(self, numbers):
        numbers, count = np.array(numbers), self.weight.shape[0]
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < count:
            raise ValueError(f"this table has the rows 0 to {count - 1}")
        return self.weight[numbers]
""",
        """
import numpy as np


class MyEmbedding(Module):
    def __init__(self, many, width, generator=None):
        self.many, self.width = many, width
        self.weight = Tensor(generator.standard_normal((many, width)), True)

    def forward(self, places):
        places = np.array(places)
        if ((places < 0) | (places >= self.many)).any():
            raise ValueError(places)
        rows = np.eye(self.many, dtype=self.weight.data.dtype)[places.ravel()]
        return (rows @ self.weight).reshape(*places.shape, self.width)
""",
    ],
    "19.1": [
        """
import numpy as np


def attention(q, k, v):
    queries, places, d = q.shape[-2], k.shape[-2], q.shape[-1]
    *front, rows, columns = range(len(k.shape))
    scores = q @ k.transpose(*front, columns, rows) / d**0.5
    later = np.triu(np.full((queries, places), -np.inf, scores.data.dtype), places - queries + 1)
    weights = softmax(scores + later)
    return weights @ v, weights
""",
        """
import numpy as np

LOW = -1e30


def turned(x):
    axes = list(range(len(x.shape)))
    return x.transpose(*axes[:-2], axes[-1], axes[-2])


def hidden(queries, places):
    here = np.arange(places - queries, places)[:, None]
    return np.arange(places) > here


def attention(asked, keys, values):
    later = hidden(asked.shape[-2], keys.shape[-2]).astype(asked.data.dtype)
    scores = asked * asked.shape[-1] ** -0.5 @ turned(keys)
    shares = log_softmax(scores * (1 - later) + later * asked.data.dtype.type(LOW)).exp()
    return [shares @ values, shares]
""",
    ],
    "19.2": [
        """
def split_heads(x, heads):
    n, length, width = x.shape
    if width % heads:
        raise ValueError(f"{width} numbers cannot be shared equally by {heads} heads")
    return x.reshape(n, length, heads, width // heads).transpose(0, 2, 1, 3)
""",
        """
import numpy as np


def split_heads(tokens, count):
    size, rest = divmod(tokens.shape[2], count)
    if rest:
        raise ValueError(f"{tokens.shape[2]} is no multiple of {count}")
    columns = np.arange(count * size).reshape(count, size)
    return tokens[:, :, columns].transpose(0, 2, 1, 3)
""",
        """
split_heads = lambda x, heads: x.reshape(*x.shape[:2], heads, -1).transpose(0, 2, 1, 3)
""",
    ],
    "19.3": [
        """
class MyBlock(Module):
    def __init__(self, width, heads, rng):
        self.before_attention, self.before_layers = LayerNorm(width), LayerNorm(width)
        self.attention = SelfAttention(width, heads, rng)
        self.wide, self.narrow = Linear(width, 4 * width, rng), Linear(4 * width, width, rng)

    def forward(self, x, cache=None):
        x = x + self.attention(self.before_attention(x), cache)
        return x + self.narrow(self.wide(self.before_layers(x)).relu())
""",
        """
class Halves(Module):
    def __init__(self, norm, *layers):
        self.norm, self.layers = norm, layers

    def forward(self, x, *more):
        new = self.norm(x)
        for layer in self.layers:
            new = layer(new, *more)
        return new + x


class MyBlock(Module):
    def __init__(self, size, count, generator=None):
        self.look = Halves(LayerNorm(size), SelfAttention(size, count, generator))
        wide, narrow = Linear(size, 4 * size, generator), Linear(4 * size, size, generator)
        self.think = Halves(LayerNorm(size), wide, Tensor.relu, narrow)

    def forward(self, x, kept=None):
        return self.think(self.look(x, kept))
""",
    ],
}
