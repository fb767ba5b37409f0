"""Losses under PyTorch's names and with its arguments."""

import math

import numpy as np

from autograd.tensor.api.elementwise import softplus
from autograd.tensor.api.indexing import gather
from autograd.tensor.api.reductions import log_softmax, mean, sum
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.table.elementwise import masked, mul, neg, plus
from autograd.tensor.table.losses import hard_cross_entropy, logistic

REDUCTIONS = {"none": lambda x: x, "mean": mean, "sum": sum}


def reduce(x: Tensor, reduction: str) -> Tensor:
    """Return the mean or the sum of the losses, or with "none" the losses themselves."""
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return REDUCTIONS[reduction](x)


def cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, ignore_index: int = -100, reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """Return -log p(target), where p = softmax(input) over the classes, dimension 1 (0 if there is no batch).

    Shapes: input (n, classes, …), target (n, …) of class numbers, or of input's shape with probabilities. `weight`
    (classes,) weighs the classes, and the mean is then the weighted one; targets of `ignore_index` count nothing;
    with `label_smoothing` s the target is (1 - s) * target + s / classes.
    """
    axis, labels = (0 if input.ndim == 1 else 1), target._data
    labels = labels.astype(np.int64) if labels.dtype.kind == "u" else labels  # bytes would be a mask
    classes = input.shape[axis]
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    check_weight(weight, classes)
    if labels.dtype.kind == "f":
        return soft_cross_entropy(input, target, weight, axis, reduction, label_smoothing)
    ignored = check_labels(input, labels, classes, ignore_index)
    if input.ndim == 2 and weight is None and reduction == "mean" and not (label_smoothing or ignored) and labels.size:
        return hard_cross_entropy(input, labels.copy())  # a setting has no version, and is read again
    if not label_smoothing:
        return nll_loss(log_softmax(input, axis), target, weight, ignore_index, reduction)
    kept, rest = labels != ignore_index, label_smoothing / classes
    smoothed = np.full(input.shape, rest, input.dtype)
    np.put_along_axis(smoothed, np.expand_dims(np.where(kept, labels, 0), axis), 1 - label_smoothing + rest, axis)
    losses = soft_cross_entropy(input, wrap(smoothed), weight, axis, "none", 0.0)
    return reduce_labelled(masked(losses, kept), reduction, labels, weight, ignore_index)


def check_labels(input: Tensor, labels: np.ndarray, classes: int, ignore_index: int) -> bool:
    """Raise an error for labels of a wrong shape or that are no class; return whether some are to be ignored."""
    expected = () if input.ndim == 1 else (input.shape[0], *input.shape[2:])
    if labels.shape != expected:
        raise ValueError(f"Expected target shape {expected} for input of shape {input.shape}, got {labels.shape}")
    if not labels.size:
        return False
    largest = np.maximum.reduce(labels.view(f"u{labels.itemsize}"), axis=None)  # a negative one is a huge one here
    if largest < classes and not 0 <= ignore_index < classes:
        return False
    wrong = labels[((labels < 0) | (labels >= classes)) & (labels != ignore_index)]
    if wrong.size:
        raise IndexError(f"Target {wrong[0]} is out of bounds: there are {classes} classes.")
    return bool((labels == ignore_index).any())


def check_weight(weight: Tensor | None, classes: int) -> None:
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of "
            f"shape: {list(weight.shape)}"
        )


def reduce_labelled(x: Tensor, reduction: str, labels: np.ndarray, weight: Tensor | None, ignore_index: int) -> Tensor:
    """Reduce losses, the mean being over the targets that count, each as much as the weight of its class."""
    if reduction != "mean":
        return reduce(x, reduction)
    kept = labels[labels != ignore_index]
    return sum(x) / (float(kept.size if weight is None else np.sum(weight._data[kept])) or math.nan)


def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, ignore_index: int = -100, reduction: str = "mean"
) -> Tensor:
    """Return -input[target]: the losses of log-probabilities (n, classes, …) for class numbers (n, …)."""
    axis, labels = (0 if input.ndim == 1 else 1), target._data.astype(np.int64, copy=False)
    check_labels(input, labels, input.shape[axis], ignore_index)
    check_weight(weight, input.shape[axis])
    kept = labels != ignore_index
    known = np.where(kept, labels, 0)
    losses = neg(gather(input, axis, wrap(np.expand_dims(known, axis)))).squeeze(axis)
    if weight is not None:
        losses = mul(losses, weight[wrap(known)])
    losses = losses if kept.all() else masked(losses, kept)
    return reduce_labelled(losses, reduction, labels, weight, ignore_index)


def soft_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None, axis: int, reduction: str, label_smoothing: float
) -> Tensor:
    if target.shape != input.shape:
        raise ValueError(f"Expected class probabilities of shape {input.shape}, got {target.shape}")
    if label_smoothing:
        target = plus(mul(target, 1 - label_smoothing), label_smoothing / input.shape[axis])
    parts = mul(log_softmax(input, axis), target)
    if weight is not None:
        parts = mul(parts, weight.reshape(-1, *[1] * (input.ndim - 2)))
    losses = neg(sum(parts, axis))
    return sum(losses) / (losses.numel() or math.nan) if reduction == "mean" else reduce(losses, reduction)


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return -t log p - (1 - t) log(1 - p), where p = sigmoid(input), for inputs of any size.

    `weight` weighs the losses and `pos_weight` the part of t; both broadcast to input's shape, which target has.
    """
    if target.shape != input.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    if pos_weight is None:
        losses = logistic(input, target)
    else:
        more = plus(1, mul(plus(pos_weight, -1), target))
        losses = plus(mul(plus(1, neg(target)), input), mul(more, softplus(neg(input), 1.0, math.inf)))
    return reduce(losses if weight is None else mul(losses, weight), reduction)
