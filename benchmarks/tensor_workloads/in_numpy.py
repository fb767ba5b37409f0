"""The training steps by hand in NumPy, forward and backward, as fast as we can write them: the reference.

Work is done in place where a value is not needed again, parameters that need no gradient of their input (the first
layer) compute none, and sums of products are matrix products or einsum.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tensor_workloads.in_numpy_transformer import transformer
from tensor_workloads.workloads import LEARNING_RATE, LINKS, Arrays, Workload

# Freeing one array of just under 32 MiB tells glibc to keep the memory of a step for the next one.
np.empty(33_000_000, np.uint8)


def build(workload: Workload, arrays: Arrays, x: Any, y: Any) -> Callable[[], Any]:
    """Return a function that does one training step and returns its loss."""
    return STEPS[workload.kind]([np.array(array) for array in arrays], x, y)


def descend(parameters: Arrays, gradients: Arrays, rate: float = LEARNING_RATE) -> None:
    """Take one step of gradient descent; the gradients' memory is used up."""
    for parameter, gradient in zip(parameters, gradients, strict=True):
        gradient *= rate
        parameter -= gradient


def row_sum(g: np.ndarray) -> np.ndarray:
    """Return the sum of the rows of a matrix; a product with ones is several times as fast as np.sum."""
    return np.ones(len(g), np.float32) @ g


def cross_entropy(z: np.ndarray, y: np.ndarray) -> tuple[np.floating, np.ndarray]:
    """Return the mean loss and its gradient; z is used up."""
    rows = np.arange(len(z))
    z -= z.max(axis=1, keepdims=True)
    picked = z[rows, y]
    np.exp(z, out=z)
    total = np.einsum("ij->i", z)
    loss = (np.log(total) - picked).mean()
    z *= (1 / (len(z) * total))[:, None]
    z[rows, y] -= np.float32(1 / len(z))
    return loss, z


def mlp(parameters: Arrays, x: np.ndarray, y: np.ndarray) -> Callable[[], Any]:
    weights, biases = parameters[::2], parameters[1::2]

    def step() -> Any:
        signals = [x]
        for w, b in zip(weights, biases, strict=True):
            h = signals[-1] @ w.T
            h += b
            if w is not weights[-1]:
                np.maximum(h, 0, out=h)
            signals.append(h)
        loss, g = cross_entropy(signals.pop(), y)
        for w, b in zip(reversed(weights), reversed(biases), strict=True):
            h = signals.pop()
            w_slope, b_slope = g.T @ h, row_sum(g)
            if signals:
                g = g @ w
                g *= h > 0
            descend([w, b], [w_slope, b_slope])
        return loss

    return step


def chain(parameters: Arrays, x: Any, y: Any) -> Callable[[], Any]:
    w = parameters[0][()]  # a NumPy number, on which NumPy is faster than on an array of one number

    def step() -> Any:
        signals = [w]
        for _ in range(LINKS):
            signals.append(np.tanh(signals[-1] * w))
        g, total = np.float32(1), np.float32(0)
        for i in range(LINKS, 0, -1):
            g = g * (1 - signals[i] * signals[i])
            total += g * signals[i - 1]
            g = g * w
        return total + g  # the first signal is w itself

    return step


def broadcast(parameters: Arrays, x: np.ndarray, y: Any) -> Callable[[], Any]:
    w, b = parameters

    def step() -> Any:
        t = x * w
        t += b
        np.tanh(t, out=t)
        loss = t.sum()
        np.multiply(t, t, out=t)
        np.subtract(1, t, out=t)
        descend([w, b], [np.einsum("ij,ij->j", t, x), row_sum(t)], LEARNING_RATE / len(x))
        return loss

    return step


# --- convolutions of 3 × 3 with a frame of zeros. Images are (n, height, width, channels): what a window sees is three
# pieces of memory, of three pixels each, and a convolution is one matrix product of these rows with the weights.


def framed(x: np.ndarray) -> np.ndarray:
    n, height, width, c = x.shape
    y = np.zeros((n, height + 2, width + 2, c), np.float32)
    y[:, 1:-1, 1:-1] = x
    return y


def patches_of(x: np.ndarray) -> np.ndarray:
    """Return the rows (n * height * width, 9 * channels) that the windows of images see."""
    n, side, _, c = x.shape
    x = framed(x)
    if c == 1:
        y = np.empty((n, side, side, 9), np.float32)
        for k in range(9):
            y[..., k] = x[:, k // 3 : k // 3 + side, k % 3 : k % 3 + side, 0]
    else:
        y = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2)).transpose(0, 1, 2, 4, 5, 3)
    return y.reshape(n * side * side, 9 * c)


def pool(x: np.ndarray) -> np.ndarray:
    y = np.maximum(x[:, ::2], x[:, 1::2])
    return np.maximum(y[:, :, ::2], y[:, :, 1::2])


def pool_backward(g: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the gradient through the pool and the relu before it: y > 0 says that the relu let it pass."""
    slope, free = np.empty(x.shape, np.float32), y > 0
    for i, j in ((0, 0), (0, 1), (1, 0)):
        hit = x[:, i::2, j::2] == y
        hit &= free
        free ^= hit
        np.multiply(g, hit, out=slope[:, i::2, j::2])
    np.multiply(g, free, out=slope[:, 1::2, 1::2])
    return slope


def layer(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, tuple[Any, ...]]:
    """Return conv, relu, pool of images, and what the backward pass needs; w is (out, 3, 3, channels)."""
    patches = patches_of(x)
    y = patches @ w.reshape(len(w), -1).T
    lines = y.reshape(-1, x.shape[2] * len(w))
    lines += np.tile(b, x.shape[2])  # long lines: NumPy sets up a loop for each
    np.maximum(y, 0, out=y)
    y = y.reshape(*x.shape[:3], len(w))
    pooled = pool(y)
    return pooled, (patches, y, pooled)


def layer_backward(g: np.ndarray, saved: tuple[Any, ...], w: np.ndarray, wanted: bool) -> tuple[Any, ...]:
    """Return the gradients of the images (if wanted), of the weights and of the bias."""
    patches, y, pooled = saved
    (n, side, _, out), c = y.shape, w.shape[3]
    slope = pool_backward(g, pooled, y).reshape(-1, out)
    w_slope, b_slope = (slope.T @ patches).reshape(w.shape), row_sum(slope)
    if not wanted:
        return None, w_slope, b_slope
    parts = np.matmul(slope, w.transpose(1, 2, 0, 3).reshape(9, out, c)).reshape(3, 3, n, side, side, c)
    x_slope = np.zeros((n, side + 2, side + 2, c), np.float32)
    for i in range(3):
        for j in range(3):
            x_slope[:, i : i + side, j : j + side] += parts[i, j]
    return x_slope[:, 1:-1, 1:-1], w_slope, b_slope


def cnn(parameters: Arrays, x: np.ndarray, y: np.ndarray) -> Callable[[], Any]:
    w1, b1, w2, b2, w3, b3 = parameters
    # once: images, and weights, with the channels last
    x, w1, w2 = (np.ascontiguousarray(a.transpose(0, 2, 3, 1)) for a in (x, w1, w2))
    shape = (32, x.shape[1] // 4, x.shape[2] // 4)
    w3 = np.ascontiguousarray(w3.reshape(10, *shape).transpose(0, 2, 3, 1)).reshape(10, -1)
    return steps([w1, b1, w2, b2, w3, b3], x, y, layer, layer_backward)


def steps(parameters: Arrays, x: np.ndarray, y: np.ndarray, layer: Any, layer_backward: Any) -> Callable[[], Any]:
    """Return the step of a CNN whose two layers, each with relu and pool, are computed by these functions."""
    w1, b1, w2, b2, w3, b3 = parameters

    def step() -> Any:
        h1, saved1 = layer(x, w1, b1)
        h2, saved2 = layer(h1, w2, b2)
        flat = h2.reshape(len(x), -1)
        z = flat @ w3.T
        z += b3
        loss, g = cross_entropy(z, y)
        w3_slope, b3_slope = g.T @ flat, row_sum(g)
        g, w2_slope, b2_slope = layer_backward((g @ w3).reshape(h2.shape), saved2, w2, True)
        _, w1_slope, b1_slope = layer_backward(g, saved1, w1, False)
        descend(parameters, [w1_slope, b1_slope, w2_slope, b2_slope, w3_slope, b3_slope])
        return loss

    return step


STEPS = {"mlp": mlp, "chain": chain, "broadcast": broadcast, "cnn": cnn, "transformer": transformer}
