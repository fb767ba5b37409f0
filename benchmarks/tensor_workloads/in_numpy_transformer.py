"""A step of the transformer by hand in NumPy. Signals are matrices (places of all samples, width)."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tensor_workloads.workloads import BLOCKS, CONTEXT, HEADS, LEARNING_RATE, WIDTH, Arrays

EPSILON = 1e-5
ROOT, CUBIC = np.float32(np.sqrt(2 / np.pi)), np.float32(0.044715)
SCALE = np.float32((WIDTH // HEADS) ** -0.5)
MASK = np.triu(np.full((CONTEXT, CONTEXT), -np.inf, np.float32), 1)
Pair = tuple[np.ndarray, np.ndarray]


def linear(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
    y = x @ w.T
    y += b
    return y


def linear_backward(g: np.ndarray, x: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return g @ w, g.T @ x, np.ones(len(g), np.float32) @ g


def norm(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Pair]:
    standard = x - (np.einsum("ij->i", x) / WIDTH)[:, None]
    scale = 1 / np.sqrt(np.einsum("ij,ij->i", standard, standard) / WIDTH + EPSILON)[:, None]
    standard *= scale
    y = standard * w
    y += b
    return y, (standard, scale)


def norm_backward(g: np.ndarray, saved: Pair, w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    standard, scale = saved
    w_slope, b_slope = np.einsum("ij,ij->j", g, standard), np.ones(len(g), np.float32) @ g
    slope = g * w
    mean = np.einsum("ij->i", slope) / WIDTH
    standard *= (np.einsum("ij,ij->i", slope, standard) / WIDTH)[:, None]
    slope -= standard
    slope -= mean[:, None]
    slope *= scale
    return slope, w_slope, b_slope


def attend(qkv: np.ndarray, n: int) -> tuple[np.ndarray, Any]:
    q, k, v = qkv.reshape(n, CONTEXT, 3, HEADS, WIDTH // HEADS).transpose(2, 0, 3, 1, 4)
    p = np.matmul(q * SCALE, k.swapaxes(2, 3))
    p += MASK
    p -= p.max(axis=3, keepdims=True)
    np.exp(p, out=p)
    p /= p.sum(axis=3, keepdims=True)
    y = np.empty((n, CONTEXT, HEADS, WIDTH // HEADS), np.float32)
    np.matmul(p, v, out=y.swapaxes(1, 2))
    return y.reshape(-1, WIDTH), (q, k, v, p)


def attend_backward(g: np.ndarray, saved: Any) -> np.ndarray:
    q, k, v, p = saved
    n = len(q)
    g = g.reshape(n, CONTEXT, HEADS, WIDTH // HEADS).swapaxes(1, 2)
    slope = np.empty((n, CONTEXT, 3, HEADS, WIDTH // HEADS), np.float32)
    q_slope, k_slope, v_slope = slope.transpose(2, 0, 3, 1, 4)
    np.matmul(p.swapaxes(2, 3), g, out=v_slope)
    g = np.matmul(g, v.swapaxes(2, 3))
    g -= np.einsum("nhts,nhts->nht", g, p)[..., None]
    g *= p
    g *= SCALE
    np.matmul(g, k, out=q_slope)
    np.matmul(g.swapaxes(2, 3), q, out=k_slope)
    return slope.reshape(-1, 3 * WIDTH)


def gelu(x: np.ndarray) -> Pair:
    t = x * x
    t *= CUBIC * ROOT
    t += ROOT
    t *= x
    np.tanh(t, out=t)
    y = t + 1
    y *= x
    y *= 0.5
    return y, t


def gelu_backward(g: np.ndarray, x: np.ndarray, t: np.ndarray) -> np.ndarray:
    slope = x * x
    slope *= 3 * CUBIC * ROOT
    slope += ROOT
    slope *= x
    slope *= 1 - t * t
    slope += t
    slope += 1
    slope *= 0.5
    slope *= g
    return slope


def block(x: np.ndarray, p: Arrays, n: int) -> tuple[np.ndarray, Any]:
    """Return x after attention and network, and what the backward pass needs; x itself is changed."""
    a, norm1 = norm(x, p[0], p[1])
    mixed, attention = attend(linear(a, p[2], p[3]), n)
    x += linear(mixed, p[4], p[5])
    c, norm2 = norm(x, p[6], p[7])
    inner = linear(c, p[8], p[9])
    active, t = gelu(inner)
    x += linear(active, p[10], p[11])
    return x, (a, norm1, mixed, attention, c, norm2, inner, active, t)


def block_backward(g: np.ndarray, saved: Any, p: Arrays) -> tuple[np.ndarray, Arrays]:
    """Return the gradients of x and of the block's parameters; g is changed."""
    a, norm1, mixed, attention, c, norm2, inner, active, t = saved
    part, *out = linear_backward(g, active, p[10])
    part, *up = linear_backward(gelu_backward(part, inner, t), c, p[8])
    part, *second = norm_backward(part, norm2, p[6])
    g += part
    part, *mix = linear_backward(g, mixed, p[4])
    part, *qkv = linear_backward(attend_backward(part, attention), a, p[2])
    part, *first = norm_backward(part, norm1, p[0])
    g += part
    return g, [*first, *qkv, *mix, *second, *up, *out]


def rows_added(g: np.ndarray, rows: np.ndarray, count: int) -> np.ndarray:
    """Return the sums of the rows of g that belong to each row number, by a product with a one-hot matrix."""
    hot = np.zeros((count, len(g)), np.float32)
    hot[rows, np.arange(len(g))] = 1
    return hot @ g


def transformer(parameters: Arrays, x: np.ndarray, y: np.ndarray) -> Callable[[], Any]:
    from tensor_workloads.in_numpy import cross_entropy, descend

    n, labels, tokens = len(x), y.reshape(-1), x.reshape(-1)
    blocks = [parameters[2 + 12 * i : 14 + 12 * i] for i in range(BLOCKS)]
    embedding, positions, (scale, shift, head) = *parameters[:2], parameters[-3:]

    def step() -> Any:
        h = embedding[tokens]
        h.reshape(n, CONTEXT, WIDTH)[...] += positions
        kept = []
        for block_parameters in blocks:
            h, saved = block(h, block_parameters, n)
            kept.append(saved)
        h, last = norm(h, scale, shift)
        loss, g = cross_entropy(h @ head.T, labels)
        gradients = [g.T @ h]
        g, *norm_slopes = norm_backward(g @ head, last, scale)
        gradients = [*norm_slopes, *gradients]
        for block_parameters in reversed(blocks):
            g, found = block_backward(g, kept.pop(), block_parameters)
            gradients = [*found, *gradients]
        position_slope = (np.ones(n, np.float32) @ g.reshape(n, -1)).reshape(CONTEXT, WIDTH)
        descend(parameters, [rows_added(g, tokens, len(embedding)), position_slope, *gradients], LEARNING_RATE)
        return loss

    return step
