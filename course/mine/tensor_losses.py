"""What chapter 12 adds to the engine of arrays: softmax and cross-entropy for scores of any size."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from course.mine.array_functions import one_hot
from course.mine.tensor_engine import TABLE, Entry, Tensor, record


# Exercise 12.1
def log_sum_exp(x: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return log(exp(x).sum(axis)) for numbers of any size; the axis stays, with length 1.

    log(sum(exp(x))) = m + log(sum(exp(x - m))) for every m; with the largest number as m, no exp overflows.
    """
    top = x.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)  # -inf - -inf would be nan
    with np.errstate(divide="ignore"):  # the logarithm of a sum of zeros is -inf
        return top + np.log(np.exp(x - top).sum(axis=axis, keepdims=True))


def log_shares(x: np.ndarray, axis: int) -> np.ndarray:
    """Return x - log_sum_exp(x), the logarithms of the shares that softmax gives.

    The largest number is subtracted first. Otherwise the logarithm of the sum would be rounded as numbers of its size
    are: four scores of -1e9 in float32, a usual mask, would each get a share of 1.
    """
    x = x - x.max(axis=axis, keepdims=True)
    return x - log_sum_exp(x, axis)


# Exercise 12.2
SOFTMAX: dict[str, Entry] = {
    "softmax": (
        lambda x, axis: np.exp(log_shares(x, axis)),
        {"x": lambda g, y, axis: y * (g - (g * y).sum(axis=axis, keepdims=True))},
    ),
    "log_softmax": (log_shares, {"x": lambda g, y, axis: g - np.exp(y) * g.sum(axis=axis, keepdims=True)}),
}


def mean_surprise(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the mean of -log p over the rows, where p is the share that softmax gives to a row's label."""
    return -log_shares(scores, 1)[np.arange(len(scores)), labels].mean()


def share_minus_truth(g: Any, scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the gradient of the mean surprise: (p - y) / rows, where y is 1 at the label and 0 elsewhere."""
    p = np.exp(log_shares(scores, 1))
    return g * (p - one_hot(labels, scores.shape[1]).astype(p.dtype)) / len(scores)


# Exercise 12.3
LOSSES: dict[str, Entry] = {"cross_entropy": (mean_surprise, {"scores": share_minus_truth})}

TABLE.update(SOFTMAX | LOSSES)


def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """Return exp(x), divided by its sum along an axis: positive shares that add up to 1."""
    return record("softmax", x, axis=axis)


def log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    """Return the logarithms of softmax, exact also for shares that are too small for a float."""
    return record("log_softmax", x, axis=axis)


def cross_entropy(scores: Tensor, labels: Sequence[int] | np.ndarray) -> Tensor:
    """Return the mean over the rows of -log of the share that softmax gives to the row's label.

    `scores` has the shape (rows, classes), `labels` holds a class number for each row. Raises ValueError otherwise.
    """
    labels = np.asarray(labels)
    if len(scores.shape) != 2 or labels.shape != scores.shape[:1] or labels.dtype.kind not in "iu":
        raise ValueError(
            f"cross_entropy needs scores (rows, classes) and one class number a row, not scores of shape "
            f"{scores.shape} and labels of shape {labels.shape} and type {labels.dtype}"
        )
    if labels.size and not 0 <= labels.min() <= labels.max() < scores.shape[1]:
        raise ValueError(f"cross_entropy: with {scores.shape[1]} classes, labels are 0 to {scores.shape[1] - 1}")
    return record("cross_entropy", scores, labels=labels)
