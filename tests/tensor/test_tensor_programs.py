"""Random tensor programs, and ordinary model code, in both frameworks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd.tensor as ours

torch = pytest.importorskip("torch")

UNARY = {
    "tanh": lambda f, x: x.tanh(),
    "sin": lambda f, x: f.sin(x),
    "sigmoid": lambda f, x: f.sigmoid(x),
    "softplus": lambda f, x: f.nn.functional.softplus(x),
    "gelu": lambda f, x: f.nn.functional.gelu(x),
    "transpose": lambda f, x: x.T,
    "softmax": lambda f, x: f.softmax(x, 0),
    "norm": lambda f, x: f.nn.functional.layer_norm(x, x.shape[-1:]),
    "sum": lambda f, x: x.sum(1, keepdim=True) * 0.3,
    "mean": lambda f, x: x.mean(0),
    "flip": lambda f, x: x.flip(0),
    "cumsum": lambda f, x: f.cumsum(x, 1) * 0.2,
    "rows": lambda f, x: x[[0, 2, 2]] * 0.5,
    "column": lambda f, x: x[:, 1:2],
    "square": lambda f, x: (x * x + 0.1).sqrt(),
    "in place": lambda f, x: changed(x * 1),
    "stack": lambda f, x: f.stack([x, x * 2]).sum(0),
    "logsumexp": lambda f, x: f.logsumexp(x, 1),
}
BINARY = {
    "add": lambda f, x, y: x + y,
    "sub": lambda f, x, y: 0.5 * x - y,
    "mul": lambda f, x, y: x * y,
    "div": lambda f, x, y: x / (y * y + 1),
    "matmul": lambda f, x, y: (x @ y) * 0.2,
    "maximum": lambda f, x, y: f.maximum(x, y + 0.01),
    "where": lambda f, x, y: f.where(x > y, x, y * 0.5),
    "lerp": lambda f, x, y: f.lerp(x, y, 0.3),
}


def changed(x):
    x += 1
    x[0] = x[1] * 2
    return x


STEPS = st.lists(st.tuples(st.sampled_from([*UNARY, *BINARY]), st.integers(0, 99), st.integers(0, 99)), max_size=12)


def run(f, steps, arrays):
    """Run a program on 3 × 3 matrices; each step takes any earlier results, and is broadcast to 3 × 3 again."""
    leaves = [f.tensor(a, requires_grad=True) for a in arrays]
    values = list(leaves)
    for name, first, second in steps:
        x, y = values[first % len(values)], values[second % len(values)]
        values.append((UNARY[name](f, x) if name in UNARY else BINARY[name](f, x, y)).expand(3, 3))
    total = sum(((i + 1) * v * v).mean() for i, v in enumerate(values))
    first = f.autograd.grad(total, leaves, create_graph=True)
    second = f.autograd.grad(sum((g * g).sum() for g in first), leaves)
    return [total, *first, *second]


@given(steps=STEPS, seed=st.integers(0, 2**31))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_random_programs_have_pytorchs_values_and_gradients_of_both_orders(steps, seed):
    arrays = np.random.default_rng(seed).standard_normal((3, 3, 3))
    for mine, theirs in zip(run(ours, steps, arrays), run(torch, steps, arrays), strict=True):
        np.testing.assert_allclose(mine.detach().numpy(), theirs.detach().numpy(), rtol=1e-7, atol=1e-8)


def train(f, dtype, forward, shapes, inputs, labels, steps=50):
    """Train by plain gradient descent from the same weights on the same batches; return every loss."""
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal(s) / np.sqrt(max(np.prod(s[1:]), 1)) for s in shapes]
    weights = [f.tensor(w.astype(dtype), requires_grad=True) for w in weights]
    losses = []
    for step in range(steps):
        x, y = f.tensor(inputs[step % len(inputs)].astype(dtype)), f.tensor(labels[step % len(labels)])
        loss = f.nn.functional.cross_entropy(forward(f, f.nn.functional, weights, x), y)
        for w in weights:
            w.grad = None
        loss.backward()
        with f.no_grad():
            for w in weights:
                w -= 0.1 * w.grad
        losses.append(loss.item())
    return losses


def mlp(f, F, w, x):
    return F.linear(F.gelu(F.linear(x.flatten(1), w[0], w[1])), w[2], w[3])


def cnn(f, F, w, x):
    x = F.max_pool2d(F.relu(F.conv2d(x.unsqueeze(1), w[0], w[1], padding=1)), 2)
    return F.linear(F.batch_norm(x, None, None, w[2], w[3], training=True).flatten(1), w[4], w[5])


def attention(f, F, w, x):
    q, k, v = F.linear(x, w[0]).unflatten(-1, (3, 2, 4)).permute(2, 0, 3, 1, 4)
    y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
    return F.linear(F.layer_norm(x + F.linear(y, w[1]), (8,), w[2], w[3])[:, -1], w[4])


MODELS = {
    "mlp": (mlp, [(16, 64), (16,), (4, 16), (4,)]),
    "cnn": (cnn, [(4, 1, 3, 3), (4,), (4,), (4,), (4, 64), (4,)]),
    "attention": (attention, [(24, 8), (8, 8), (8,), (8,), (4, 8)]),
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float64, 1e-10)], ids=["float32", "float64"])
def test_fifty_steps_of_training_have_the_same_losses(model, dtype, tolerance):
    forward, shapes = MODELS[model]
    rng = np.random.default_rng(1)
    inputs, labels = rng.standard_normal((5, 16, 8, 8)), rng.integers(0, 4, (5, 16))
    mine, theirs = (train(f, dtype, forward, shapes, inputs, labels) for f in (ours, torch))
    assert mine == pytest.approx(theirs, rel=tolerance)
    assert mine[-1] < 0.9 * mine[0]
