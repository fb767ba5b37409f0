"""A chapter that builds a part of the engine shows the same numbers with every exercise solved, in whichever way.

The answers below satisfy their cards, and differ from the solutions in everything that a card leaves open: names of
arguments and attributes, tuples for lists, the order of a sum, a helper beside the class, a generator inside. Where an
exercise has none, its solution is the answer.

In chapters 00 and 15 nothing becomes a part, so an answer changes nothing (see test_wrong_answers.py), and nbval has
run all the rest. Elsewhere the cells run without a kernel, and long trainings are cut short whose results are not
compared, or depend on no style. Once a week all is run, as a reader runs it.
"""

import json

import chapter_shell
import nbformat
import pytest
from nbclient import NotebookClient
from notebook_files import CHAPTERS, ROOT, WEEKLY, exercises, name, role, tags

from course import digits
from course.mine.parts import PARTS

ANSWERS = {
    "01.1": """
def central_difference(function, place, nudge):
    above, below = place + nudge, place - nudge
    return (function(above) - function(below)) / (above - below)
""",
    "04.2": """
from collections import Counter


def topological_order(root):
    edges, stack, seen = Counter(), [root], {root}
    while stack:
        for parent in stack.pop().parents:
            edges[parent] += 1
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    order, ready = [], [root]
    while ready:
        node = ready.pop()
        order.append(node)
        for parent in node.parents:
            edges[parent] -= 1
            if not edges[parent]:
                ready.append(parent)
    return order[::-1]
""",
    "04.3": """
def backward(root):
    nodes, gradients = topological_order(root), {root: 1.0}
    for node in reversed(nodes):
        for parent, slope in zip(node.parents, node.local_gradients, strict=True):
            gradients[parent] = gradients.get(parent, 0.0) + gradients[node] * slope
    for node in nodes:
        node.grad = gradients[node] + (0.0 if node.parents else node.grad)
""",
    "05.1": """
def agrees(claimed, f, x):
    h = 6e-6 * max(1.0, abs(x))
    measured = (f(x + h) - f(x - h)) / (2 * h)
    return abs(claimed - measured) < 1e-6 * max(1.0, abs(measured))
""",
    "05.2": """
import math


def pieces(x):
    e = math.exp(-abs(x))
    return (1.0 if x >= 0 else e) / (1 + e)


ENTRIES = {
    'exp': (math.exp, lambda y, x: y),
    'log': [math.log, lambda y, x: math.exp(-y)],
    'relu': (lambda x: x * (x > 0), lambda y, x: int(x > 0)),
    'tanh': (math.tanh, lambda y, x: (1 + y) * (1 - y)),
    'sigmoid': (pieces, lambda y, x: pieces(x) * pieces(-x)),
    'softplus': (lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))), lambda y, x: -math.expm1(-y)),
}
""",
    "05.3": """
def apply(op, *inputs, table):
    entry = table[op]
    parents, numbers, slopes = [], [], []
    for x in inputs:
        x = wrap(x)
        parents.append(x)
        numbers.append(x.data)
    y = entry[0](*numbers)
    for slope in entry[1:]:
        slopes.append(slope(y, *numbers))
    return Value(y, tuple(parents), op, tuple(slopes))
""",
    "05.4": """
def gradcheck(f, numbers):
    leaves = [Value(n) for n in numbers]
    f(*leaves).backward()
    found = []
    for i, n in enumerate(numbers):
        def along(x, i=i):
            return f(*[Value(x) if j == i else Value(m) for j, m in enumerate(numbers)]).data
        if not agrees(leaves[i].grad, along, n):
            found.append(i)
    return found
""",
    "06.1": """
BENDS = {"tanh": lambda x: x.tanh(), "relu": lambda x: x.relu(), "": lambda x: x}


class MyNeuron:
    def __init__(self, inputs, generator, kind):
        self.weights = tuple(Value(generator.uniform(-1, 1)) for _ in range(inputs))
        self.bias = Value(0)
        self.kind = kind

    def __call__(self, xs):
        if len(xs) != len(self.weights):
            raise ValueError(f"{len(self.weights)} inputs are needed")
        return BENDS[self.kind](sum(x * w for x, w in zip(xs, self.weights)) + self.bias)

    def parameters(self):
        return (*self.weights, self.bias)
""",
    "06.2": """
class MyMLP:
    def __init__(self, inputs, sizes, generator, kind):
        kinds = [kind for _ in sizes[1:]] + [""]
        self.layers = tuple(Layer(a, b, generator, k) for a, b, k in zip([inputs, *sizes], sizes, kinds))

    def __call__(self, xs):
        for layer in self.layers:
            xs = layer(xs)
        return tuple(xs)

    def parameters(self):
        return sum((list(layer.parameters()) for layer in self.layers), [])
""",
    "07.1": """
class MySGD:
    def __init__(self, things, rate):
        self.things, self.rate = [*things], rate

    lr = property(lambda self: self.rate, lambda self, rate: setattr(self, "rate", rate))

    def step(self):
        for thing in self.things:
            thing.data += -self.rate * thing.grad

    def zero_grad(self):
        for thing in self.things:
            thing.grad = 0
""",
    "07.2": """
def fit(f, rule, count):
    def losses():
        for _ in range(count):
            rule.zero_grad()
            loss = f()
            yield loss.data
            if loss.data - loss.data != 0:
                return
            loss.backward()
            rule.step()

    return tuple(losses())
""",
    "09.1": """
def dot(left, right):
    if len(left) != len(right):
        raise ValueError(f"{len(left)} and {len(right)} items")
    total, parents, slopes = 0.0, [], []
    for pair in zip(left, right):
        x, y = map(wrap, pair)
        total += y.data * x.data
        parents += [y, x]
        slopes += [x.data, y.data]
    return Value(total, parents, "dot", slopes)
""",
    "09.2": """
def broadcast_shape(one, other):
    if not one or not other:
        return one or other
    m, n = one[-1], other[-1]
    if len({m, n} - {1}) > 1:
        raise ValueError(f"{m} and {n}")
    return (*broadcast_shape(one[:-1], other[:-1]), n if m == 1 else m)
""",
    "09.3": """
def one_hot(numbers, count):
    return np.eye(count)[numbers]
""",
    "09.4": """
def layer_gradients(above, x, w):
    return [np.einsum("pj,ji->pi", above, w), np.einsum("pj,pi->ji", above, x), np.ones(len(above)) @ above]
""",
    "10.1": """
def unbroadcast(many, few):
    while many.ndim > len(few):
        many = many.sum(axis=0)
    for axis in range(len(few)):
        if few[axis] == 1:
            many = many.sum(axis=axis, keepdims=True)
    return many
""",
    "10.2": """
def numbers_of(thing):
    return thing.data if isinstance(thing, Tensor) else thing


def record(name, *things, **settings):
    function, rules = TABLE[name]
    out = Tensor(function(*map(numbers_of, things), **settings))
    all_that_can_be_read = readable(rules, [*map(numbers_of, things)], out.data, settings)
    parents, used, kept = [], [], {}
    for thing, rule in zip(things, rules.values()):
        if isinstance(thing, Tensor) and thing.node is not None:
            parents.append(thing.node)
            used.append(rule)
            kept.update((what, all_that_can_be_read[what]) for what in reads(rule) if what != "g")
    if parents and Tensor.recording:
        out.node = Node(name, np.shape(out.data), parents, used, kept=kept)
    return out
""",
    "10.3": """
def backward(loss):
    if loss.node is None or loss.data.size != 1:
        raise ValueError("backward needs one number that depends on a leaf")
    waiting = {loss.node: [np.ones(loss.data.shape)]}
    order = topological_order(loss.node)
    while order:
        node = order.pop()
        gradient = sum(waiting.pop(node))
        if node.tensor is not None:
            node.tensor.grad = gradient + (0 if node.tensor.grad is None else node.tensor.grad)
        for rule, parent in zip(node.rules, node.parents):
            waiting.setdefault(parent, []).append(unbroadcast(call(rule, gradient, node.kept), parent.shape))
""",
    "10.4": """
def of_x(function, rule):
    return [function, {"x": rule}]


POINTWISE = dict(
    sub=(lambda a, b: a - b, {"a": lambda g: g, "b": lambda g: -g}),
    div=(lambda a, b: a / b, {"a": lambda g, b: g / b, "b": lambda g, a, b: -g * a / b**2}),
    exp=of_x(np.exp, lambda y, g: y * g),
    log=of_x(np.log, lambda g, x: g / x),
    tanh=of_x(np.tanh, lambda g, y: (1 + y) * (1 - y) * g),
    relu=of_x(lambda x: np.where(x > 0, x, 0), lambda g, x: np.where(x > 0, g, 0)),
)
""",
    "11.1": """
PRODUCTS = dict(
    matmul=[
        lambda left, right: np.einsum("...ij,...jk->...ik", left, right),
        {
            "a": lambda g, b: np.einsum("...ik,...jk->...ij", g, b),
            "b": lambda a, g: np.einsum("...ij,...ik->...jk", a, g),
        },
    ]
)
""",
    "11.2": """
def kept_shape(like_x, axis):
    gone = range(like_x.ndim) if axis is None else [n % like_x.ndim for n in np.ravel(axis)]
    return [1 if n in gone else length for n, length in enumerate(like_x.shape)]


def stretched(g, like_x, axis):
    return np.reshape(g, kept_shape(like_x, axis)) * np.ones(like_x.shape, g.dtype)


def to_the_largest(g, x, axis):
    largest = (x == x.max(axis=axis, keepdims=True)).astype(x.dtype)
    return stretched(g, x, axis) * largest / largest.sum(axis=axis, keepdims=True)


REDUCTIONS = {
    "sum": (lambda x, axis, keepdims: x.sum(axis=axis, keepdims=keepdims), {"x": stretched}),
    "mean": (lambda x, axis, keepdims: x.mean(axis=axis, keepdims=keepdims),
             {"x": lambda g, like_x, axis: stretched(g, like_x, axis) / (like_x.size // g.size)}),
    "max": (lambda x, **how: np.amax(x, **how), {"x": to_the_largest}),
}
""",
    "11.3": """
def counted(g, like_x, index):
    places = np.arange(like_x.size).reshape(like_x.shape)[index]
    total = np.bincount(np.ravel(places), weights=np.ravel(g), minlength=like_x.size)
    return total.reshape(like_x.shape).astype(g.dtype)


SHAPES = {
    "reshape": [lambda x, shape: x.reshape(shape), {"x": lambda like_x, g: np.reshape(g, like_x.shape)}],
    "transpose": [lambda x, axes: x.transpose(axes),
                  {"x": lambda axes, g: g.T if axes is None else np.moveaxis(g, range(g.ndim), axes)}],
    "getitem": [lambda x, index: x[index], {"x": counted}],
}
""",
    "12.1": """
def log_sum_exp(numbers, axis):
    with np.errstate(all="ignore"):
        top = np.nan_to_num(np.amax(numbers, axis, keepdims=True), neginf=0.0)
        return np.log(np.exp(numbers - top).sum(axis, keepdims=True)) + top
""",
    "12.2": """
def logs_of(x, axis):
    return x - log_sum_exp(x, axis)


def less_the_average(y, g, axis):
    return y * g - y * (y * g).sum(axis, keepdims=True)


SOFTMAX = dict(
    softmax=[lambda x, axis: np.exp(logs_of(x, axis)), {"x": less_the_average}],
    log_softmax=[logs_of, {"x": lambda y, g, axis: g - g.sum(axis, keepdims=True) * np.exp(y)}],
)
""",
    "12.3": """
def pull(g, scores, labels):
    found = np.exp(scores - log_sum_exp(scores, 1))
    found[np.arange(len(labels)), labels] -= 1
    return found * (g / len(labels))


LOSSES = dict(
    cross_entropy=[
        lambda scores, labels: (log_sum_exp(scores, 1)[:, 0] - scores[np.arange(len(labels)), labels]).mean(),
        {"scores": pull},
    ]
)
""",
    "13.1": """
def inside(thing):
    match thing:
        case Module():
            return vars(thing).items()
        case dict():
            return thing.items()
        case list() | tuple():
            return enumerate(thing)
    return ()


def members(holder):
    waiting, found, met = [("", holder)], {}, {holder}
    for name, thing in waiting:
        for key, part in inside(thing):
            full = ".".join(filter(None, (name, str(key))))
            if isinstance(part, Module | Tensor):
                if part in met:
                    continue
                met.add(part)
                found[full] = part
            waiting.append((full, part))
    return dict(reversed(found.items()))
""",
    "13.2": """
class MyLinear(Module):
    def __init__(self, inputs, outputs, rng=None):
        rng = rng or np.random.default_rng()
        b = 1 / np.sqrt(inputs)
        self.inputs, self.weight = inputs, Tensor(rng.uniform(-b, b, size=(outputs, inputs)), True)
        self.bias = Tensor(rng.uniform(-b, b, size=outputs), True)

    def forward(self, rows):
        return self.bias + rows @ self.weight.transpose()
""",
    "13.3": """
def load_state(holder, arrays):
    tensors = {name: x for name, x in members(holder).items() if isinstance(x, Tensor)}
    misfits = set(tensors) ^ set(arrays)
    misfits |= {name for name in tensors if name in arrays and np.shape(arrays[name]) != tensors[name].shape}
    if misfits:
        raise ValueError(f"these do not fit: {sorted(misfits)}")
    for name, x in tensors.items():
        x.data = arrays[name].astype(x.data.dtype)
""",
    "13.4": """
class MyDataLoader:
    def __init__(self, data, size, rng=None):
        self.data, self.size, self.rng = data, size, rng

    def __len__(self):
        return len(range(0, len(self.data), self.size))

    def __iter__(self):
        places = np.arange(len(self.data))
        if self.rng is not None:
            self.rng.shuffle(places)
        while len(places):
            yield self.data[places[: self.size]]
            places = places[self.size :]
""",
    "14.1": """
class MySGD(Optimizer):
    def __init__(self, things, lr, momentum=0.0, nesterov=False):
        Optimizer.__init__(self, things, lr)
        self.keep, self.ahead = momentum, nesterov

    def update(self, x, g, state):
        state["all"] = g + state["all"] * self.keep if state else g.copy()
        return x - (g + state["all"] * self.keep if self.ahead else state["all"]) * self.lr
""",
    "14.2": """
class MyAdam(Optimizer):
    def __init__(self, things, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(things, lr)
        self.betas, self.eps = betas, eps

    def update(self, x, g, state):
        count = state["count"] = 1 + state.get("count", 0)
        parts = []
        for name, keep, new in zip("ms", self.betas, (g, g * g), strict=True):
            state[name] = keep * state.get(name, 0) + (1 - keep) * new
            parts.append(state[name] / (1 - keep**count))
        return x - parts[0] / (np.sqrt(parts[1]) + self.eps) * self.lr
""",
    "14.3": """
class MyAdamW(Adam):
    def __init__(self, things, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(things, lr, betas, eps)
        self.weight_decay = weight_decay

    def update(self, x, g, state):
        return Adam.update(self, x - self.lr * self.weight_decay * x, g, state)
""",
    "14.4": """
def warmup_cosine(now, steps, warmup=0):
    if now >= warmup:
        return float(np.cos((now - warmup) / (steps - warmup) * np.pi) + 1) / 2
    return (1 + now) / warmup
""",
    "16.1": """
def kaiming(inputs, outputs, generator, kind):
    variances = {"": 1.0, "relu": 2.0, "tanh": 25 / 9}
    if kind not in variances:
        raise ValueError(kind)
    return np.sqrt(variances[kind] / inputs) * generator.standard_normal((outputs, inputs))
""",
    "16.2": """
class MyBatchNorm(Module):
    def __init__(self, size, momentum=0.1, eps=1e-5):
        self.share, self.tiny = momentum, eps
        self.bias, self.weight = (Tensor(np.full(size, v), requires_grad=True) for v in (0.0, 1.0))
        self.running_mean, self.running_var = Tensor(np.zeros(size)), Tensor(np.ones(size))

    def forward(self, x):
        if not self.training:
            return (x - self.running_mean) * (self.running_var + self.tiny) ** -0.5 * self.weight + self.bias
        if len(x.data) < 2:
            raise ValueError("a batch needs two rows")
        off = x - x.mean(0, keepdims=True)
        for running, batch in ((self.running_mean, x.data.mean(0)), (self.running_var, x.data.var(0, ddof=1))):
            running.data = running.data + self.share * (batch - running.data)
        return off * ((off * off).mean(axis=0) + self.tiny) ** -0.5 * self.weight + self.bias
""",
    "16.3": """
class MyLayerNorm(Module):
    def __init__(self, size, eps=1e-5):
        self.bias, self.weight = (Tensor(np.full(size, v), requires_grad=True) for v in (0.0, 1.0))
        self.tiny = eps

    def forward(self, x):
        x = x.T - x.T.mean(axis=0)
        return (x * ((x**2).mean(axis=0) + self.tiny) ** -0.5).T * self.weight + self.bias
""",
    "16.4": """
class MyDropout(Module):
    def __init__(self, share, generator):
        if share < 0 or share >= 1:
            raise ValueError(f"a share of {share}")
        self.share, self.generator = share, generator

    def forward(self, x):
        if self.training:
            dropped = self.generator.random(x.shape) < self.share
            x = x * (1 - dropped).astype(x.data.dtype) / (1 - self.share)
        return x
""",
    "17.1": """
def patches(pictures, side):
    count, channels, height, width = pictures.shape
    rows, columns = height - side + 1, width - side + 1
    parts = [pictures[:, :, i : i + rows, j : j + columns] for i in range(side) for j in range(side)]
    return np.stack(parts, axis=2).reshape(count, channels * side * side, rows * columns)
""",
    "17.2": """
def windows(pictures, side):
    return np.lib.stride_tricks.sliding_window_view(pictures, (side, side), axis=(2, 3))


def product(x, weight):
    return np.einsum("nchwij,ocij->nohw", windows(x, weight.shape[2]), weight, optimize=True)


def back_to_x(g, weight):
    side = weight.shape[2] - 1
    framed = np.pad(g, ((0, 0), (0, 0), (side, side), (side, side)))
    return product(framed, weight[:, :, ::-1, ::-1].swapaxes(0, 1))


def back_to_weight(g, x, like_weight):
    return np.einsum("nohw,nchwij->ocij", g, windows(x, like_weight.shape[2]), optimize=True)


CONVOLUTION = dict(conv2d=[product, dict(x=back_to_x, weight=back_to_weight)])
""",
    "17.3": """
def in_blocks(x, size):
    rows, columns = x.shape[2] // size, x.shape[3] // size
    return x[:, :, : rows * size, : columns * size].reshape(*x.shape[:2], rows, size, columns, size)


def shared(g, x, y, size):
    total, hits = np.zeros(x.shape, g.dtype), in_blocks(x, size) == y[:, :, :, None, :, None]
    parts = hits * (g / hits.sum(axis=(3, 5), dtype=g.dtype))[:, :, :, None, :, None]
    total[:, :, : y.shape[2] * size, : y.shape[3] * size] = parts.reshape(*y.shape[:2], y.shape[2] * size, -1)
    return total


def peaks(x, size):
    rows, columns = x.shape[2] // size * size, x.shape[3] // size * size
    tall = np.maximum.reduce([x[:, :, i:rows:size] for i in range(size)])
    return np.maximum.reduce([tall[..., j:columns:size] for j in range(size)])


POOLING = {"max_pool2d": [peaks, {"x": shared}]}
""",
    "18.1": """
def bigram_counts(names):
    table = np.zeros((27, 27), int)
    numbers = [LETTERS.index(sign) for name in names for sign in name + "."]
    np.add.at(table, ([0, *numbers[:-1]] if numbers else [], numbers), 1)
    return table
""",
    "18.2": """
def sample(shares, generator):
    u, reached, likely = generator.random(), 0.0, 0
    for place, share in enumerate(shares):
        reached += float(share)
        likely = place if share > 0 else likely
        if reached > u:
            return place
    return likely
""",
    "18.3": """
def contexts(names, size):
    rows = [(("." * size + name)[n : n + size], sign) for name in names for n, sign in enumerate(name + ".")]
    number = {sign: n for n, sign in enumerate(LETTERS)}
    return [np.array([[number[sign] for sign in row] for row, _ in rows]), np.array([number[sign] for _, sign in rows])]
""",
    "18.4": """
class MyEmbedding(Module):
    def __init__(self, many, width, generator):
        self.weight = Tensor(generator.standard_normal((many, width)), requires_grad=True)

    def forward(self, places):
        places = np.array(places, int)
        if places.size and (places.min() < 0 or places.max() >= self.weight.shape[0]):
            raise IndexError("no such row")
        return self.weight[places.ravel()].reshape(*places.shape, self.weight.shape[1])
""",
    "19.1": """
def turned(x):
    axes = [*range(len(x.shape))]
    return x.transpose(*axes[:-2], *axes[:-3:-1])


def attention(asked, keys, values):
    rows, columns = asked.shape[-2], keys.shape[-2]
    seen = np.arange(columns) <= np.arange(columns - rows, columns)[:, None]
    scores = asked @ turned(keys) / asked.shape[-1] ** 0.5
    shares = softmax(scores + np.where(seen, 0, -np.inf).astype(scores.data.dtype))
    return [shares @ values, shares]
""",
    "19.2": """
def split_heads(tokens, count):
    if tokens.shape[2] % count:
        raise ValueError(f"{tokens.shape[2]} is no multiple of {count}")
    columns = np.arange(tokens.shape[2]).reshape(count, -1)
    return tokens[:, :, columns].transpose(0, 2, 1, 3)
""",
    "19.3": """
class Halves(Module):
    def __init__(self, norm, *layers):
        self.norm, self.layers = norm, layers

    def forward(self, x, *more):
        new = self.norm(x)
        for layer in self.layers:
            new = layer(new, *more)
        return x + new


class MyBlock(Module):
    def __init__(self, size, count, generator):
        self.look = Halves(LayerNorm(size), SelfAttention(size, count, generator))
        wide, narrow = Linear(size, 4 * size, generator), Linear(4 * size, size, generator)
        self.think = Halves(LayerNorm(size), wide, Tensor.relu, narrow)

    def forward(self, x, kept=None):
        return self.think(self.look(x, kept))
""",
}
# A drawing shows the order of the sum, which is the reader's.
NOT_COMPARED = {"draw-neuron"}
BUILDS = {id[:2] for id in PARTS}  # the chapters that build a part of the engine
# Less to do in a cell, by its id: what stands there, and what runs instead; "" for the whole cell. What such a cell
# prints is not compared: it depends on no style, or another cell compares what the same answers give.
SHORTER = {
    "06": {  # of the package, or a figure alone
        "fit-function": {"epochs=1500": "epochs=1"},
        "linear-figure": {"": ""},
        "no-bias": {"range(300)": "range(3)"},
        "folds-figure": {"": ""},
    },
    "07": {"progress": {"range(100)": "range(2)"}},
    "08": {
        "batches": {"range(10)": "range(1)"},
        "train-mine": {"range(20)": "range(2)"},
        "train-sgd": {"epochs=25": "epochs=1"},
        "results": {"": ""},
        "learning-curves": {"": ""},
        "six-panels": {"": ""},
        "more-points": {"": "trained = runs['Adam']['model']"},
        "groups": {"": ""},
        "shuffled": {"": ""},
        "shuffled-average": {"": ""},
        "p-minus-y": {'\nassert 0.3 < sum(shares) / 8 < 0.7  # in "Break it", on average': ""},
    },
    "09": {"times": {"range(10)": "range(1)"}},
    "13": {"second-torch": {'find_spec("torch")': "False"}},
    "14": {"plans": {"range(3)": "range(1)"}},
    "17": {
        "functions": {"step += 1": "step += 1\n            if step == 5:\n                return model"},
        "cnn-assert": {"": ""},  # how good the networks are
        "train-global": {"range(6)": "range(1)"},
        "learnt": {"": ""},
    },
    "19": {
        "stack": {"right(model, 120)": "right(model, 2)"},
        "block": {"": "Block = mine.chapter(19).Block\ntried(Block)"},
        "text-run": {"text_loss, 600": "text_loss, 5"},
        "seen": {"3960, 4)": "3960, 400)"},
        "thousand": {"begin.names, 1000": "begin.names, 20"},
        "rungs": {
            "": "from course import microgpt, reference\nbegin = microgpt.start(names())\n"
            "print(next(microgpt.train(microgpt.by_array(engine, begin), begin.names, 1)).loss)",
        },
        "faster": {"": ""},
    },
}
# Fewer rounds of a loop, or no training for a figure alone: each line that is printed has to be among the stored ones.
FEWER = {
    "06": {"eight-seeds": {"range(8)": "range(2)"}},
    "07": {"other-errors": {"] for _ in range(3)]": "] for _ in range(1)]"}},
    "16": {
        "train": {"(0.01, 0.125, 1)": "(0.125,)"},
        "bad-start": {
            '"spread 0.01": train(deep(normal(0.01))),': "",
            '"Kaiming": train(deep(scaled("tanh"))),': "",
        },
        "norm-table": {"(0.001, 0.0001)": "(0.001,)"},
        "drop": {'"plain": unseen_losses(0, 0), ': "", ', "decay": unseen_losses(0, 1)': ""},
    },
    "18": {
        "mlp-lengths": {
            "(1, 2, 3, 5, 8)": "(5,)",
            'print({length: f"{loss:.2f}" for length, loss in by_network.items()}, "  your guess:", guess)': "",
        },
        "map": {"steps=2000": "steps=2"},
    },
}
# What shows at the end of a chapter that it went on with these answers: the names of their arguments.
USED = {
    "01": ("print(mine.chapter(1).both_sides.__code__.co_varnames[0])", "function"),
    "04": (
        "print(*[part.__code__.co_varnames[1] for part in (topological_order, mine.chapter(4).backward)])",
        "edges nodes",
    ),
    "05": ("print(agrees.__code__.co_varnames[3], apply.__code__.co_varnames[3])", "h entry"),
    "06": ("print(*[part.__init__.__code__.co_varnames[1] for part in (Neuron, MLP)])", "inputs inputs"),
    "07": ("print(SGD.__init__.__code__.co_varnames[1], fit.__code__.co_varnames[0])", "things f"),
    "09": (
        "print(*[getattr(engine, part).__code__.co_varnames[0] for part in "
        "('dot', 'broadcast_shape', 'one_hot', 'layer_gradients')])",
        "left one numbers above",
    ),
    "10": (
        "print(*[getattr(engine, part).__code__.co_varnames[0] for part in ('unbroadcast', 'record', 'backward')], "
        "type(engine.TABLE['exp']).__name__)",
        "many name loss list",
    ),
    "11": (
        "print(*[engine.TABLE[op][1]['x'].__name__ for op in ('sum', 'max', 'getitem')], "
        "type(engine.TABLE['matmul']).__name__)",
        "stretched to_the_largest counted list",
    ),
    "12": (
        "print(engine.log_sum_exp.__code__.co_varnames[0], engine.TABLE['softmax'][1]['x'].__name__, "
        "engine.TABLE['cross_entropy'][1]['scores'].__name__)",
        "numbers less_the_average pull",
    ),
    "13": (
        "print(*[getattr(engine, part).__code__.co_varnames[0] for part in ('members', 'load_state')], "
        "*[getattr(engine, part).__init__.__code__.co_varnames[1] for part in ('Linear', 'DataLoader')])",
        "holder holder inputs data",
    ),
    "14": (
        "print(*[rule.__init__.__code__.co_varnames[1] for rule in (SGD, Adam, AdamW)], "
        "warmup_cosine.__code__.co_varnames[0])",
        "things things things now",
    ),
    "16": (
        "print(kaiming.__code__.co_varnames[0], *[layer.__init__.__code__.co_varnames[1] for layer in "
        "(BatchNorm, LayerNorm, Dropout)])",
        "inputs size size share",
    ),
    "17": (
        "print(engine.patches.__code__.co_varnames[0], *[engine.TABLE[op][1]['x'].__name__ "
        "for op in ('conv2d', 'max_pool2d')])",
        "pictures back_to_x shared",
    ),
    "18": (
        "print(*[part.__code__.co_varnames[0] for part in (bigram_counts, sample, contexts)], "
        "Embedding.__init__.__code__.co_varnames[1])",
        "names shares names many",
    ),
    "19": (
        "print(*[getattr(engine, part).__code__.co_varnames[0] for part in ('attention', 'split_heads')], "
        "engine.Block.__init__.__code__.co_varnames[1])",
        "asked tokens size",
    ),
}


def printed(cell):
    return "".join(output.get("text", "") for output in cell.outputs)


def printed_in_a_kernel(notebook, path):
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
    return [printed(cell) for cell in notebook.cells if cell.cell_type == "code"]


def printed_in_a_shell(notebook, path):
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    may_fail = ["raises-exception" in tags(cell) for cell in code]
    return chapter_shell.printed_by([cell.source for cell in code], str(path.parent), may_fail)


def answers(path):
    """Return an answer to each exercise of a chapter, as the source of its stub cell."""
    solved = exercises(ROOT / "notebooks" / "solutions" / path.name)
    return {id: ANSWERS.get(id, parts["solution"]["source"]) for id, parts in solved.items()}


def shorten(notebook, changes):
    """Give cells less to do, and return their ids."""
    for cell in notebook.cells:
        if cell.id in changes:
            for old, new in changes[cell.id].items():
                assert old in cell.source, cell.id
                cell.source = cell.source.replace(old, new) if old else new
    return set(changes)


@pytest.mark.parametrize("path", [path for path in CHAPTERS if WEEKLY or path.name[:2] in BUILDS], ids=name)
def test_a_chapter_with_every_exercise_solved_shows_its_numbers(path, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_ANSWERS", str(tmp_path))  # as in my-course: what passes is stored, and used from then on
    notebook = nbformat.reads(json.dumps(json.loads(path.read_text(encoding="utf-8"))), as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    stored = [printed(cell) for cell in code]
    chapter = "all" if WEEKLY else path.name[:2]
    not_compared = NOT_COMPARED | shorten(notebook, SHORTER.get(chapter, {}))
    some_lines = shorten(notebook, FEWER.get(chapter, {}))
    solved = answers(path)
    for cell in code:
        if role(cell) == "stub":
            cell.source = solved[cell.metadata.course.exercise]
    shows, used = USED.get(path.name[:2], ("", ""))
    notebook.cells.append(nbformat.v4.new_code_cell(shows))
    *texts, last = (printed_in_a_kernel if WEEKLY else printed_in_a_shell)(notebook, path)
    assert last.strip() == used
    verdicts, differ = {}, []
    for cell, before, now in zip(code, stored, texts, strict=True):
        if role(cell) == "check":
            verdicts[cell.metadata.course.exercise] = now
        elif cell.id in some_lines:
            differ += [] if now and set(now.splitlines()) <= set(before.splitlines()) else [(cell.id, before, now)]
        elif cell.id not in not_compared and "nbval-ignore-output" not in tags(cell):
            differ += [] if now == before else [(cell.id, before, now)]
    assert verdicts.keys() == solved.keys()
    assert [id for id, text in verdicts.items() if "passed" not in text] == [], verdicts
    parts = [id for id in verdicts if id in PARTS]
    assert [id for id in parts if f"{PARTS[id].answer} is now part of your engine" not in verdicts[id]] == [], verdicts
    assert {file.stem for file in tmp_path.iterdir()} == set(verdicts)
    shows_mnist = any("datasets.mnist(" in cell.source for cell in code)
    assert differ == [] or (shows_mnist and not any(place.exists() for place in digits.places()))


def test_every_answer_in_another_style_is_used():
    assert {id[:2] for id in ANSWERS} == set(USED)
