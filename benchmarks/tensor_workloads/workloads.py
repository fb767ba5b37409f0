"""What is measured: sizes, goals, and the weights and batches that all engines start from."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

LEARNING_RATE = 0.01
VOCABULARY, CONTEXT, WIDTH, HEADS, BLOCKS = 65, 64, 64, 4, 2  # of the transformer
LINKS = 50  # of the chain: each multiplies and takes tanh
Arrays = list[np.ndarray]


@dataclass(frozen=True)
class Workload:
    """One row of the table: `kind` names the program, `sizes` its numbers, `goals` the largest ratio to a peer."""

    name: str
    title: str
    kind: str
    sizes: tuple[int, ...]
    batch: int
    goals: dict[str, float] = field(default_factory=dict)
    memory_goal: float | None = None  # of the peak memory of a step, as a ratio to PyTorch's


WORKLOADS = [
    Workload(
        "mlp-64", "MLP 784-256-256-10, batch 64", "mlp", (784, 256, 256, 10), 64, {"numpy": 1.1, "torch1": 1.0}, 1.5
    ),
    Workload(
        "mlp-512", "MLP 784-256-256-10, batch 512", "mlp", (784, 256, 256, 10), 512, {"numpy": 1.1, "torch1": 1.0}, 1.5
    ),
    Workload("mlp-small", "MLP 64-32-10, batch 32", "mlp", (64, 32, 10), 32, {"numpy": 1.5, "torch1": 0.4}),
    Workload("chain", "chain of 100 operations on one number", "chain", (), 1, {"torch1": 0.8}),
    Workload("cnn-8", "CNN, images 8 × 8, batch 64", "cnn", (8,), 64, {"columns": 1.15, "torch1": 1.3}, 1.5),
    Workload("cnn-28", "CNN, images 28 × 28, batch 64", "cnn", (28,), 64, {"columns": 1.15, "torch1": 1.3}, 1.5),
    Workload("transformer", "transformer, context 64, batch 16", "transformer", (), 16, {"numpy": 1.15, "torch1": 1.3}),
    Workload(
        "broadcast", "sum(tanh(x * w + b)), 1000 × 1000", "broadcast", (1000, 1000), 1, {"numpy": 1.4, "torch1": 1.2}
    ),
]
BY_NAME = {workload.name: workload for workload in WORKLOADS}


def parameter_shapes(workload: Workload) -> list[tuple[int, ...]]:
    """Return the shapes of the parameters, in the order of the model's `parameters()`."""
    if workload.kind == "mlp":
        pairs = zip(workload.sizes, workload.sizes[1:], strict=False)
        return [shape for fan_in, fan_out in pairs for shape in ((fan_out, fan_in), (fan_out,))]
    if workload.kind == "cnn":
        return [(16, 1, 3, 3), (16,), (32, 16, 3, 3), (32,), (10, 32 * (workload.sizes[0] // 4) ** 2), (10,)]
    if workload.kind == "chain":
        return [()]
    if workload.kind == "broadcast":
        return [workload.sizes[1:]] * 2
    d = WIDTH
    attention = [(d,), (d,), (3 * d, d), (3 * d,), (d, d), (d,)]
    network = [(d,), (d,), (4 * d, d), (4 * d,), (d, 4 * d), (d,)]
    return [(VOCABULARY, d), (CONTEXT, d), *(attention + network) * BLOCKS, (d,), (d,), (VOCABULARY, d)]


def parameters(workload: Workload) -> Arrays:
    """Return the first weights: normal numbers over the root of the fan-in; vectors near 0, scales of norms near 1."""
    if workload.kind == "chain":
        return [np.array(1.5, np.float32)]
    rng, arrays = np.random.default_rng(0), []
    for shape in parameter_shapes(workload):
        fan_in = np.prod(shape[1:]) if len(shape) > 1 else 100
        arrays.append((rng.standard_normal(shape) / np.sqrt(fan_in)).astype(np.float32))
    if workload.kind == "broadcast":
        arrays = [np.abs(array) for array in arrays]  # or the sum would be nearly 0, and mostly rounding
    if workload.kind == "transformer":
        for scale in arrays[2::6]:  # a norm comes first in each group of six
            scale += 1
    return arrays


def batch(workload: Workload, size: int | None = None) -> tuple[np.ndarray, Any]:
    """Return inputs and class numbers; `size` in the place of the workload's own batch size."""
    rng, n = np.random.default_rng(1), size or workload.batch
    if workload.kind == "transformer":
        tokens = rng.integers(0, VOCABULARY, (n, CONTEXT + 1))
        return tokens[:, :-1].copy(), tokens[:, 1:].copy()
    if workload.kind == "chain":
        return np.zeros(0, np.float32), None
    if workload.kind == "broadcast":
        return np.abs(rng.standard_normal(workload.sizes, np.float32)), None
    shape = (n, workload.sizes[0]) if workload.kind == "mlp" else (n, 1, workload.sizes[0], workload.sizes[0])
    return rng.standard_normal(shape).astype(np.float32), rng.integers(0, 10, n)
