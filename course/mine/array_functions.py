"""Functions of arrays that chapter 09 builds."""

from collections.abc import Sequence

import numpy as np


# Exercise 09.2
def broadcast_shape(a: Sequence[int], b: Sequence[int]) -> tuple[int, ...]:
    """Return the shape of `x + y` for arrays of the shapes `a` and `b`; raise ValueError if they do not fit."""
    length = max(len(a), len(b))
    longer_a, longer_b = ((1,) * (length - len(shape)) + tuple(shape) for shape in (a, b))
    for m, n in zip(longer_a, longer_b, strict=True):
        if m != n and 1 not in (m, n):
            raise ValueError(f"shapes {tuple(a)} and {tuple(b)} do not fit together: {m} is not {n}, and neither is 1")
    return tuple(n if m == 1 else m for m, n in zip(longer_a, longer_b, strict=True))


# Exercise 09.3
def one_hot(labels: Sequence[int], classes: int) -> np.ndarray:
    """Return an array with a row for each label: 1.0 at the label's place, 0.0 elsewhere."""
    return (np.asarray(labels)[:, None] == np.arange(classes)).astype(float)


# Exercise 09.4
def layer_gradients(g: np.ndarray, x: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of x (points, inputs), w (outputs, inputs) and the biases (outputs,) of x @ w.T + b.

    `g` is the gradient of the layer's result, of shape (points, outputs).
    """
    return g @ w, g.T @ x, g.sum(axis=0)
