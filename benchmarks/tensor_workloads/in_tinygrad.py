"""The training steps in tinygrad on the CPU, compiled by TinyJit as its own examples do; it needs clang."""

from collections.abc import Callable
from typing import Any

from tinygrad import Tensor, TinyJit
from tinygrad.nn.optim import SGD

from tensor_workloads.workloads import BLOCKS, HEADS, LEARNING_RATE, LINKS, Arrays, Workload


def build(workload: Workload, arrays: Arrays, x: Any, y: Any) -> Callable[[], Any]:
    """Return a function that does one training step and returns its loss."""
    # + 0: in memory of its own, to which the optimizer can write
    parameters = [(Tensor(array) + 0).contiguous().realize() for array in arrays]
    if workload.kind == "chain":
        parameters = [Tensor(arrays[0].reshape(1)).realize().reshape(())]  # a single number would become a constant
    for p in parameters:
        p.requires_grad = True
    inputs = Tensor(x.astype("int32") if workload.kind == "transformer" else x).realize()
    rate = LEARNING_RATE / (len(x) if workload.kind == "broadcast" else 1)
    optimizer = SGD(parameters, lr=rate)
    labels = None if y is None else Tensor(y.reshape(-1).astype("int32")).realize()

    @TinyJit
    def compiled() -> Any:
        optimizer.zero_grad()
        if workload.kind == "chain":
            h = parameters[0]
            for _ in range(LINKS):
                h = (h * parameters[0]).tanh()
            return h.gradient(parameters[0])[0].realize()
        if workload.kind == "broadcast":
            loss = (inputs * parameters[0] + parameters[1]).tanh().sum()
        else:
            loss = MODELS[workload.kind](parameters, inputs).sparse_categorical_crossentropy(labels)
        loss.backward()
        return loss.realize(*optimizer.schedule_step())

    return lambda: compiled().item()


def mlp(p: Any, x: Any) -> Any:
    for i in range(0, len(p) - 2, 2):
        x = x.linear(p[i].T, p[i + 1]).relu()
    return x.linear(p[-2].T, p[-1])


def cnn(p: Any, x: Any) -> Any:
    for w, b in (p[:2], p[2:4]):
        x = x.conv2d(w, b, padding=1).relu().max_pool2d((2, 2))
    return x.flatten(1).linear(p[4].T, p[5])


def norm(x: Any, w: Any, b: Any) -> Any:
    return x.layernorm(eps=1e-5) * w + b


def attend(x: Any, p: Any) -> Any:
    n, t, d = x.shape
    q, k, v = (z.reshape(n, t, HEADS, d // HEADS).transpose(1, 2) for z in x.linear(p[0].T, p[1]).chunk(3, dim=2))
    y = q.scaled_dot_product_attention(k, v, is_causal=True)
    return y.transpose(1, 2).reshape(n, t, d).linear(p[2].T, p[3])


def transformer(p: Any, x: Any) -> Any:
    h = p[0][x] + p[1]
    for i in range(2, 2 + 12 * BLOCKS, 12):
        h = h + attend(norm(h, p[i], p[i + 1]), p[i + 2 : i + 6])
        inner = norm(h, p[i + 6], p[i + 7]).linear(p[i + 8].T, p[i + 9]).gelu()
        h = h + inner.linear(p[i + 10].T, p[i + 11])
    return norm(h, p[-3], p[-2]).linear(p[-1].T).reshape(-1, p[-1].shape[0])


MODELS = {"mlp": mlp, "cnn": cnn, "transformer": transformer}
