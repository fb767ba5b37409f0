"""The training steps in MyGrad."""

from collections.abc import Callable
from typing import Any

import mygrad as mg
import numpy as np
from mygrad.nnet.activations import relu, softmax
from mygrad.nnet.layers import conv_nd, max_pool
from mygrad.nnet.losses import softmax_crossentropy

from tensor_workloads.workloads import BLOCKS, CONTEXT, HEADS, LEARNING_RATE, LINKS, Arrays, Workload

MASK = np.triu(np.full((CONTEXT, CONTEXT), -1e9, np.float32), 1)


def build(workload: Workload, arrays: Arrays, x: Any, y: Any) -> Callable[[], Any]:
    """Return a function that does one training step and returns its loss."""
    parameters = [mg.tensor(array) for array in arrays]
    if workload.kind == "chain":
        return chain(*parameters)
    rate = LEARNING_RATE
    if workload.kind == "broadcast":
        rate /= len(x)

    def step() -> Any:
        if workload.kind == "broadcast":
            loss = mg.sum(mg.tanh(x * parameters[0] + parameters[1]))
        else:
            loss = softmax_crossentropy(MODELS[workload.kind](parameters, x), y.reshape(-1))
        loss.backward()
        for p in parameters:
            p.data -= rate * p.grad
        return loss.item()

    return step


def chain(w: Any) -> Callable[[], Any]:
    def step() -> Any:
        h = w
        for _ in range(LINKS):
            h = mg.tanh(h * w)
        h.backward()
        return w.grad

    return step


def linear(x: Any, w: Any, b: Any) -> Any:
    return mg.matmul(x, w.T) + b


def mlp(p: Any, x: Any) -> Any:
    for i in range(0, len(p) - 2, 2):
        x = relu(linear(x, p[i], p[i + 1]))
    return linear(x, p[-2], p[-1])


def cnn(p: Any, x: Any) -> Any:
    for w, b in (p[:2], p[2:4]):
        x = relu(conv_nd(x, w, stride=1, padding=1) + b.reshape(1, -1, 1, 1))
        x = max_pool(x, (2, 2), 2)
    return linear(x.reshape(len(x), -1), p[4], p[5])


def norm(x: Any, w: Any, b: Any) -> Any:
    centered = x - mg.mean(x, axis=-1, keepdims=True)
    variance = mg.mean(centered * centered, axis=-1, keepdims=True)
    return centered / mg.sqrt(variance + np.float32(1e-5)) * w + b


def gelu(x: Any) -> Any:
    return 0.5 * x * (1 + mg.tanh(np.float32(np.sqrt(2 / np.pi)) * (x + np.float32(0.044715) * (x * x * x))))


def attend(x: Any, p: Any) -> Any:
    n, t, d = x.shape
    qkv = linear(x, p[0], p[1])
    q, k, v = (
        mg.transpose(qkv[..., i * d : i * d + d].reshape(n, t, HEADS, d // HEADS), (0, 2, 1, 3)) for i in range(3)
    )
    scores = mg.matmul(q * np.float32((d // HEADS) ** -0.5), mg.transpose(k, (0, 1, 3, 2))) + MASK
    y = mg.transpose(mg.matmul(softmax(scores, axis=-1), v), (0, 2, 1, 3)).reshape(n, t, d)
    return linear(y, p[2], p[3])


def transformer(p: Any, x: Any) -> Any:
    h = p[0][x] + p[1]
    for i in range(2, 2 + 12 * BLOCKS, 12):
        h = h + attend(norm(h, p[i], p[i + 1]), p[i + 2 : i + 6])
        inner = gelu(linear(norm(h, p[i + 6], p[i + 7]), p[i + 8], p[i + 9]))
        h = h + linear(inner, p[i + 10], p[i + 11])
    return mg.matmul(norm(h, p[-3], p[-2]), p[-1].T).reshape(-1, len(p[-1]))


MODELS = {"mlp": mlp, "cnn": cnn, "transformer": transformer}
