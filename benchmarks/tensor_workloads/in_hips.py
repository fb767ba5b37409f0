"""The training steps in HIPS autograd, whose import name is ours: it needs an environment of its own.

It has no layers, so convolutions are nine slices of the image, joined and multiplied. The gradient of its `mean` is
float64 under NumPy 2, which would double the time of all that follows; a sum times a number does not do that.
"""

from collections.abc import Callable
from typing import Any

import autograd.numpy as np

import autograd
from tensor_workloads.workloads import BLOCKS, CONTEXT, HEADS, LEARNING_RATE, LINKS, Arrays, Workload

assert hasattr(autograd, "value_and_grad"), "this is not HIPS autograd"
MASK = np.triu(np.full((CONTEXT, CONTEXT), -np.inf, np.float32), 1)


def build(workload: Workload, arrays: Arrays, x: Any, y: Any) -> Callable[[], Any]:
    """Return a function that does one training step and returns its loss."""
    parameters = [np.array(array) for array in arrays]
    if workload.kind == "chain":
        slope = autograd.grad(chain)
        return lambda: slope(parameters[0])
    rate = LEARNING_RATE

    def loss(parameters: Any) -> Any:
        return cross_entropy(MODELS[workload.kind](parameters, x), y.reshape(-1))

    if workload.kind == "broadcast":
        rate /= len(x)

        def loss(parameters: Any) -> Any:
            return np.sum(np.tanh(x * parameters[0] + parameters[1]))

    both = autograd.value_and_grad(loss)

    def step() -> Any:
        value, gradients = both(parameters)
        for p, g in zip(parameters, gradients, strict=True):
            p -= rate * g
        return value

    return step


def chain(w: Any) -> Any:
    h = w
    for _ in range(LINKS):
        h = np.tanh(h * w)
    return h


def cross_entropy(z: Any, y: Any) -> Any:
    z = z - np.max(z, axis=1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(z), axis=1)) - z[np.arange(len(y)), y]) * (1 / len(y))


def linear(x: Any, w: Any, b: Any) -> Any:
    return np.dot(x, w.T) + b


def relu(x: Any) -> Any:
    return np.maximum(x, 0)


def mlp(p: Any, x: Any) -> Any:
    for i in range(0, len(p) - 2, 2):
        x = relu(linear(x, p[i], p[i + 1]))
    return linear(x, p[-2], p[-1])


def cnn(p: Any, x: Any) -> Any:
    for w, b in (p[:2], p[2:4]):
        n, c, side, _ = x.shape
        x = np.pad(x, [(0, 0), (0, 0), (1, 1), (1, 1)], "constant")
        pieces = [x[:, :, i : i + side, j : j + side] for i in range(3) for j in range(3)]
        columns = np.reshape(np.stack(pieces, axis=2), (n, c * 9, side * side))
        y = relu(np.matmul(np.reshape(w, (len(w), -1)), columns) + np.reshape(b, (-1, 1)))
        x = np.max(np.reshape(y, (n, len(w), side // 2, 2, side // 2, 2)), axis=(3, 5))
    return linear(np.reshape(x, (len(x), -1)), p[4], p[5])


def norm(x: Any, w: Any, b: Any) -> Any:
    centered = x - np.sum(x, axis=-1, keepdims=True) * (1 / x.shape[-1])
    variance = np.sum(centered * centered, axis=-1, keepdims=True) * (1 / x.shape[-1])
    return centered / np.sqrt(variance + np.float32(1e-5)) * w + b


def gelu(x: Any) -> Any:
    return 0.5 * x * (1 + np.tanh(np.float32(np.sqrt(2 / np.pi)) * (x + np.float32(0.044715) * (x * x * x))))


def attend(x: Any, p: Any) -> Any:
    n, t, d = x.shape
    qkv = linear(x, p[0], p[1])
    q, k, v = (
        np.transpose(np.reshape(qkv[..., i * d : i * d + d], (n, t, HEADS, d // HEADS)), (0, 2, 1, 3)) for i in range(3)
    )
    scores = np.matmul(q * np.float32((d // HEADS) ** -0.5), np.swapaxes(k, 2, 3)) + MASK
    scores = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    weights = scores / np.sum(scores, axis=-1, keepdims=True)
    y = np.reshape(np.transpose(np.matmul(weights, v), (0, 2, 1, 3)), (n, t, d))
    return linear(y, p[2], p[3])


def transformer(p: Any, x: Any) -> Any:
    h = p[0][x] + p[1]
    for i in range(2, 2 + 12 * BLOCKS, 12):
        h = h + attend(norm(h, p[i], p[i + 1]), p[i + 2 : i + 6])
        inner = gelu(linear(norm(h, p[i + 6], p[i + 7]), p[i + 8], p[i + 9]))
        h = h + linear(inner, p[i + 10], p[i + 11])
    return np.reshape(np.dot(norm(h, p[-3], p[-2]), p[-1].T), (-1, len(p[-1])))


MODELS = {"mlp": mlp, "cnn": cnn, "transformer": transformer}
