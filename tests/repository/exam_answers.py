"""The results of the exam questions, each computed by another route than the one by hand that the page shows.

`question_7()` returns the results of question 7 of docs/teaching_exam.md by their names there. A teacher who changes
the numbers of a question changes them here and reads off the new results.
"""

import itertools
import math
from collections.abc import Callable

import numpy as np

from autograd import tensor as ag
from autograd.gradcheck import central_difference
from autograd.scalar import MLP, Value, cross_entropy
from autograd.tensor import nn

Results = dict[str, float]


def slopes(f: Callable[..., float], *numbers: float) -> list[float]:
    """Return the slope of f with respect to each number, by nudging one and holding the others still."""
    return [
        central_difference(lambda x, i=i: f(*numbers[:i], x, *numbers[i + 1 :]), number)
        for i, number in enumerate(numbers)
    ]


def nodes_below(root: Value) -> set[Value]:
    """Return every node of a graph, leaves included."""
    return {root}.union(*map(nodes_below, root.parents))


def question_1() -> Results:
    def forward(h: float) -> float:
        return ((2 + h) ** 3 - 2**3) / h

    def central(h: float) -> float:
        return ((2 + h) ** 3 - (2 - h) ** 3) / (2 * h)

    return {
        "forward": forward(0.1),
        "central": central(0.1),
        "forward error at 0.01": forward(0.01) - 12,
        "central error at 0.01": central(0.01) - 12,
    }


def question_2() -> Results:
    a, b = Value(3.0), Value(2.0)
    e = (a - b) * (a * b)
    nodes = nodes_below(e)
    by_nudging = slopes(lambda a, b: (a - b) * a * b, 3.0, 2.0)
    edges = sum(len(node.parents) for node in nodes)
    return {"nodes": len(nodes), "edges": edges, "de/da": by_nudging[0], "de/db": by_nudging[1]}


def question_3() -> Results:
    def power(x: float) -> float:
        return ((x * x) * (x * x)) * ((x * x) * (x * x))

    x = Value(1.0)
    for _ in range(3):
        x = x * x
    edges = sum(len(node.parents) for node in nodes_below(x))
    paths = len(list(itertools.product(range(2), repeat=3)))  # a choice of two edges at each node
    return {"paths": paths, "edges": edges, "slope at 1": slopes(power, 1.0)[0], "slope at 2": slopes(power, 2.0)[0]}


def question_4() -> Results:
    return {"slope": slopes(lambda x: x * x + 2 * x * x, 3.0)[0]}


def question_5() -> Results:
    return {f"difference at {x:g}": abs(central_difference(math.exp, x) - (1 + x)) for x in (0.001, 1.0)}


def question_6() -> Results:
    counted = len(MLP(5, [8, 8, 3]).parameters())
    broken = np.interp([1, 3, 5], [0, 2, 4, 6], [0, 2, 0, 0])  # straight from point to point
    return {"parameters": counted, **{f"f({x})": y for x, y in zip((1, 3, 5), broken, strict=True)}}


def question_7() -> Results:
    def after(steps: int, rate: float, w: float = 6.0) -> float:
        for _ in range(steps):
            w -= rate * slopes(lambda w: 3 * (w - 2) ** 2, w)[0]
        return w

    grows = [rate for rate in np.arange(3000, 4000) / 10_000 if abs(after(5, rate) - 2) > 4]
    return {"limit": min(grows), "w after 1": after(1, 0.25), "w after 2": after(2, 0.25)}


def question_8() -> Results:
    w, found = 1.0, []
    for _ in range(3):
        w -= 0.1 * slopes(lambda w: (2 * w - 6) ** 2, w)[0]
        found.append(w)
    return {f"w after {i + 1}": w for i, w in enumerate(found)}


def question_9() -> Results:
    scores = [Value(score) for score in (2.0, 0.0, 2.0)]
    loss = cross_entropy([scores], [0])
    loss.backward()
    raised = cross_entropy([[Value(score.data + 1000) for score in scores]], [0])
    answers = np.array([1.0] * 180 + [0.0] * 20)
    width = answers.std() / math.sqrt(200)
    gradients = {f"gradient {k}": score.grad for k, score in enumerate(scores)}
    return {"loss": loss.data, **gradients, "loss of the raised scores": raised.data, "width": width}


def question_10() -> Results:
    return {"numbers in a * b + c": (np.ones((4, 1)) * np.ones(3) + np.ones((2, 4, 3))).size}


def question_11() -> Results:
    found: Results = {}
    z = ag.tensor([[1.0, 0.0, -1.0], [2.0, 1.0, 0.0]])
    for name, bias in (("b", [1.0, 1.0, -1.0]), ("c", [[1.0], [-1.0]])):
        leaf = ag.tensor(bias, requires_grad=True)
        ((z + leaf) ** 2).sum().backward()
        found |= {f"{name}{i}": slope for i, slope in enumerate(leaf.grad.reshape(-1).tolist())}
    return found


def question_12() -> Results:
    x = ag.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    w = ag.tensor([[1.0, 0.0], [2.0, 1.0], [0.0, 1.0]], requires_grad=True)
    nn.functional.linear(x, w).backward(ag.tensor([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]]))
    of_x, of_w = x.grad.reshape(-1).tolist(), w.grad.reshape(-1).tolist()
    return {"sum of x's gradient": sum(of_x), "x10": of_x[2], "sum of w's gradient": sum(of_w), "w21": of_w[5]}


def question_13() -> Results:
    scores = ag.tensor([[1000.0, 1000.0, 999.0]], dtype=ag.float64)
    perfect = ag.tensor([[1.0, 0.0, 0.0, 0.0, 0.0]], dtype=ag.float64)
    target = ag.tensor([0])
    return {
        "log-sum-exp": ag.logsumexp(scores, dim=1).item(),
        "equal": nn.functional.cross_entropy(ag.zeros(1, 5, dtype=ag.float64), target).item(),
        "floor": nn.functional.cross_entropy(perfect, target).item(),
    }


def question_14() -> Results:
    class Model(nn.Module):
        def __init__(self, kind: type) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(10, 20), nn.Linear(20, 2)
            self.hidden = kind([nn.Linear(20, 20), nn.Linear(20, 20)])
            self.register_buffer("mean", ag.zeros(20))

    found, whole = Model(list), Model(nn.ModuleList)
    lengths = [len(range(start, min(start + 64, 1000))) for start in range(0, 1000, 64)]
    return {
        "listed": sum(p.numel() for p in found.parameters()),
        "all": sum(p.numel() for p in whole.parameters()),
        "in the file": sum(array.numel() for array in whole.state_dict().values()),
        "batches": len(lengths),
        "last batch": lengths[-1],
    }


def question_15() -> Results:
    def steps(rate: float, momentum: float) -> int:
        """Return in how many steps both errors, 1 at first, are below a thousandth."""
        place, v, count = np.ones(2), np.zeros(2), 0
        while np.abs(place).max() > 1e-3:
            v = momentum * v + np.array([1.0, 25.0]) * place
            place, count = place - rate * v, count + 1
        return count

    rates = np.arange(700, 800) / 10_000
    worst = np.maximum(np.abs(1 - rates), np.abs(1 - 25 * rates))
    weight = ag.tensor([0.0, 0.0], requires_grad=True)
    weight.grad = ag.tensor([50.0, -0.002])
    ag.optim.Adam([weight], lr=0.01).step()
    # The larger solution of q² − (1 + μ − rh) q + μ = 0 at both ends, over a grid of rates and momenta.
    rate, momentum, h = np.meshgrid(np.arange(1100, 1120, 0.1) / 10_000, np.arange(4400, 4500) / 10_000, (1.0, 25.0))
    b = 1 + momentum - rate * h
    root = np.sqrt(b * b - 4 * momentum + 0j)
    size = np.maximum(np.abs(b + root), np.abs(b - root)).max(axis=2)
    best = momentum[..., 0].flat[size.argmin()]
    return {
        "rate": float(rates[worst.argmin()]),
        "factor": float(worst.min()),
        "steps": steps(2 / 26, 0.0),
        "momentum": float(best),
        "first move": weight.tolist()[0],
        "second move": weight.tolist()[1],
    }


def question_16() -> Results:
    table = np.array([[48, 1, 1], [4, 42, 4], [0, 2, 98]])
    truth = np.repeat(range(3), table.sum(axis=1))
    answers = np.concatenate([np.repeat(range(3), row) for row in table])
    right = truth == answers
    batches = [np.repeat([True, False], (90, 10)), np.repeat([True, False], (5, 5))]
    return {
        "accuracy": right.mean(),
        "errors of class 1": 1 - right[truth == 1].mean(),
        "width": right.std() / math.sqrt(len(right)),
        "share": np.concatenate(batches).mean(),
        "mean of the shares": float(np.mean([batch.mean() for batch in batches])),
    }


def question_17() -> Results:
    rng = np.random.default_rng(0)
    x = start = rng.normal(size=(4000, 128))
    for _ in range(8):
        x = np.maximum(x @ rng.normal(0, 0.0625, (128, 128)), 0)
    left = np.sqrt((x**2).mean() / (start**2).mean())
    kept = 1.0
    for _ in range(10):
        kept = 0.9 * kept + 0.1 * 0.0
    return {
        "spread": 2 ** (-6 / 2),
        "left of the size": float(f"{left:.1g}"),  # measured with random weights: one digit is certain
        "first loss": nn.functional.cross_entropy(ag.zeros(1, 100, dtype=ag.float64), ag.tensor([0])).item(),
        "left of the start": kept,
    }


def question_18() -> Results:
    layers = nn.Conv2d(3, 16, 5), nn.Conv2d(16, 32, 3), nn.Linear(32, 10)
    pictures = nn.functional.max_pool2d(layers[0](ag.zeros(1, 3, 20, 20)), 2)
    x = ag.tensor([[[[1.0, 2.0, 0.0, 3.0]]]], requires_grad=True)
    kernel = ag.tensor([[[[1.0, -1.0]]]], requires_grad=True)
    nn.functional.conv2d(x, kernel).backward(ag.tensor([[[[1.0, 2.0, 3.0]]]]))
    return {
        "side": layers[1](pictures).shape[-1],
        "parameters": sum(p.numel() for layer in layers for p in layer.parameters()),
        **{f"k{i}": slope for i, slope in enumerate(kernel.grad.reshape(-1).tolist())},
        **{f"x{i}": slope for i, slope in enumerate(x.grad.reshape(-1).tolist())},
    }


def question_19() -> Results:
    pairs = [a + b for word in ("ab", "abb", "ba") for a, b in itertools.pairwise(f".{word}.")]

    def share(pair: str, extra: float = 0.0) -> float:
        row = [p for p in pairs if p[0] == pair[0]]
        return (row.count(pair) + extra) / (len(row) + 3 * extra)

    asked = [share(pair) for pair in (".a", "ab", "b.")]
    loss = -np.log(asked).mean()
    return {
        "share of b after a": share("ab"),
        "likelihood": math.prod(asked),
        "loss": loss,
        "perplexity": math.exp(loss),
        "share of b after a with +1": share("ab", 1.0),
    }


def question_20() -> Results:
    scores = np.array([0.0, math.log(2), math.log(5), 9.0])
    hidden = ag.tensor([*scores[:3], -math.inf], dtype=ag.float64)
    weights = nn.functional.softmax(hidden, dim=0).numpy()
    late = nn.functional.softmax(ag.tensor(scores), dim=0).numpy()[:3].sum()
    return {
        **{f"weight {i}": float(weight) for i, weight in enumerate(weights)},
        "mixed": float(weights @ np.array([8.0, 4.0, 0.0, 100.0])),
        "sum of the weights": float(late),
        "tokens": len([token for written in range(1, 7) for token in range(written)]),
    }
