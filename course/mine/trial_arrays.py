"""Tries an engine of arrays with the reader's parts: values, gradients, and where nodes are made."""

from types import ModuleType
from typing import Any

LONG = 2000  # operations in a chain


def results(engine: ModuleType, chapter: int) -> dict[str, list[float]]:
    """Everything that an engine of arrays can do, as lists of numbers."""
    import numpy as np

    Tensor, numbers = engine.Tensor, np.linspace(0.3, 1.7, 12)
    x, w, b = Tensor(numbers.reshape(4, 3)), Tensor(numbers[:3], True), Tensor(numbers[3:7].reshape(4, 1), True)
    h = (x * w - b / 3).tanh() + (2 - w) * (b + 1).log() + (-x * w).exp() - (x - b).relu() / w + w**3
    loss = (h * h).mean() + 0.1 * (w - 1).sum()
    found = {"an expression of arrays": [loss.item(), *h.data.ravel()]}
    for _ in range(2):
        loss.backward()
    found["gradients after two passes"] = [*w.grad.ravel(), *b.grad.ravel()]
    with engine.no_grad():
        found["nodes under no_grad"] = [float((w * b).node is not None)]
    found["nodes of constants"] = [float((x * 2).node is not None)]
    found["a long chain"] = [long_chain(engine, w)]
    found["unbroadcast"] = [*engine.unbroadcast(numbers.reshape(2, 3, 2), (3, 1)).ravel()]
    return found | (products_and_shapes(engine) if chapter >= 11 else {})


def products_and_shapes(engine: ModuleType) -> dict[str, list[float]]:
    """A small network with a mean over its points, and the gradients of what chapter 11 brings."""
    import numpy as np

    Tensor, numbers = engine.Tensor, np.linspace(-1.1, 1.3, 24)
    x, w = Tensor(numbers[:12].reshape(4, 3), True), Tensor(np.cos(numbers[:6]).reshape(2, 3), True)
    scores = x @ w.T
    logs = (scores - scores.max(axis=1, keepdims=True)).exp().sum(axis=-1).log()
    loss = (logs - scores[np.arange(4), np.array([0, 1, 1, 0])]).mean()
    loss.backward()
    found = {"a loss of scores": [loss.item()], "its gradients": [*x.grad.ravel(), *w.grad.ravel()]}
    y = Tensor(numbers.reshape(2, 3, 4), True)
    turned = (np.ones((5, 1, 2, 4)) @ y.transpose(1, 2, 0)).mean(axis=(0, 2)).reshape(2, -1)
    (turned[:, [0, 2, 0]] ** 2 + y[1].max() + y[0].sum(axis=0, keepdims=True).max()).sum().backward()
    return found | {"gradients of shapes": [*y.grad.ravel()]}


def long_chain(engine: ModuleType, w: Any) -> float:
    """The first slope of a long sum with respect to its start."""
    total = start = engine.Tensor(w.data, True)
    for _ in range(LONG):
        total = total + 1
    total.sum().backward()
    return float(start.grad[0])
