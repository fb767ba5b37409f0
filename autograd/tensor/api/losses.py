"""Losses under PyTorch's names and with its arguments.

Every loss takes `reduction`: the "mean" or the "sum" of the losses of all elements, or "none" for these losses
themselves. The arguments before it, `size_average` and `reduce`, are PyTorch's old names for the same choice. They are
kept so that arguments given by position mean what they mean in PyTorch.
"""

import math
import warnings
from collections.abc import Callable

import numpy as np

from autograd.tensor.api.elementwise import div, softplus, where
from autograd.tensor.api.indexing import gather
from autograd.tensor.api.reductions import log_softmax, mean, sum
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.table.elementwise import abs, masked, minus, mul, neg, plus, square
from autograd.tensor.table.losses import hard_cross_entropy, log_loss, logistic

REDUCTIONS: dict[str, Callable[[Tensor], Tensor]] = {"none": lambda x: x, "mean": mean, "sum": sum}


def reduced(x: Tensor, reduction: str) -> Tensor:
    """Return the mean or the sum of the losses, or with "none" the losses themselves."""
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return REDUCTIONS[reduction](x)


def legacy_reduction(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """Return the reduction that PyTorch's old arguments ask for; `reduction` itself if neither was given.

    reduce=False means "none"; else size_average=False means "sum", and anything else "mean".
    """
    if size_average is None and reduce is None:
        return reduction
    chosen = "none" if reduce is not None and not reduce else "mean" if size_average in (None, True) else "sum"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{chosen}' instead.", stacklevel=3
    )
    return chosen


# --- losses of classes ---


def cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    ignore_index: int = -100, reduce: bool | None = None, reduction: str = "mean", label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """Return -log p(target), where p = softmax(input) over the classes, dimension 1 (0 if there is no batch).

    Shapes: input (n, classes, …), target (n, …) of class numbers, or of input's shape with probabilities. `weight`
    (classes,) weights the classes, and the mean is then the weighted one; targets of `ignore_index` are left out; with
    `label_smoothing` s the target is (1 - s) * target + s / classes.
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    axis, labels = (0 if input.ndim == 1 else 1), target._data
    labels = labels.astype(np.int64) if labels.dtype.kind == "u" else labels  # bytes would be a mask
    classes = input.shape[axis]
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    check_weight(weight, classes)
    if labels.dtype.kind == "f":
        if ignore_index >= 0:
            raise RuntimeError(
                f"cross_entropy: ignore_index is not supported for floating point target, got ignore_index="
                f"{ignore_index} and a target of probabilities; leave it out, or give class numbers as the target"
            )
        return soft_cross_entropy(input, target, weight, axis, reduction, label_smoothing)
    ignored = check_labels(input, labels, classes, ignore_index)
    if input.ndim == 2 and weight is None and reduction == "mean" and not (label_smoothing or ignored) and labels.size:
        return hard_cross_entropy(input, labels.copy())  # a setting has no version, and is read again
    if not label_smoothing:
        return labelled_loss(log_softmax(input, axis), target, weight, ignore_index, reduction)
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
    """Raise RuntimeError unless there is one weight for each class."""
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of "
            f"shape: {list(weight.shape)}"
        )


def reduce_labelled(x: Tensor, reduction: str, labels: np.ndarray, weight: Tensor | None, ignore_index: int) -> Tensor:
    """Return the reduced losses; the mean is weighted by the classes' weights and leaves ignored targets out."""
    if reduction != "mean":
        return reduced(x, reduction)
    kept = labels[labels != ignore_index]
    return sum(x) / (float(kept.size if weight is None else np.sum(weight._data[kept])) or math.nan)


def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    ignore_index: int = -100, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """Return -input[target]: the losses of log-probabilities (n, classes, …) for class numbers (n, …)."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if target._data.dtype.kind not in "iu":
        raise RuntimeError(f"nll_loss: the target has to be class numbers, int64, but has dtype {target.dtype}")
    return labelled_loss(input, target, weight, ignore_index, reduction)


def labelled_loss(input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str) -> Tensor:
    """Return the loss of log-probabilities that `nll_loss` describes."""
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
    """Return the cross entropy of targets that are probabilities of all classes."""
    if target.shape != input.shape:
        raise ValueError(f"Expected class probabilities of shape {input.shape}, got {target.shape}")
    if label_smoothing:
        target = plus(mul(target, 1 - label_smoothing), label_smoothing / input.shape[axis])
    parts = mul(log_softmax(input, axis), target)
    if weight is not None:
        parts = mul(parts, weight.reshape(-1, *[1] * (input.ndim - 2)))
    losses = neg(sum(parts, axis))
    return sum(losses) / (losses.numel() or math.nan) if reduction == "mean" else reduced(losses, reduction)


# --- losses of probabilities ---


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean", pos_weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return -t log p - (1 - t) log(1 - p), where p = sigmoid(input), for inputs of any size.

    `weight` weights the losses and `pos_weight` the part of t; both broadcast to input's shape, which target has.
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if target.shape != input.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    if pos_weight is None:
        losses = logistic(input, target)
    else:
        more = plus(1, mul(plus(pos_weight, -1), target))
        losses = plus(mul(plus(1, neg(target)), input), mul(more, softplus(neg(input), 1.0, math.inf)))
    return reduced(losses if weight is None else mul(losses, weight), reduction)


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """Return -t log p - (1 - t) log(1 - p) for probabilities p = input and t = target; logarithms end at -100."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if target.shape != input.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. "
            "Please ensure they have the same size."
        )
    for x, name in ((input, "input"), (target, "target")):
        if x.numel() and not (0 <= x._data.min() and x._data.max() <= 1):
            raise RuntimeError(f"all elements of {name} should be between 0 and 1")
    losses = log_loss(input, target)
    return reduced(losses if weight is None else mul(losses, weight), reduction)


def kl_div(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", log_target: bool = False,
) -> Tensor:  # fmt: skip
    """Return t (log t - input), input being log-probabilities and t = target, or exp(target) if `log_target`.

    "batchmean" divides the sum by the length of dimension 0, which makes it the divergence of Kullback and Leibler.
    Where t is 0 the loss is 0; where t is negative it is nan.
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if log_target:
        losses = mul(target.exp(), minus(target, input))
    else:
        known = where(target == 0, 1.0, target)  # 0 log 0 = 0
        losses = minus(masked(mul(target, known.log()), target._data != 0), mul(target, input))
    return sum(losses) / (input.shape or (1,))[0] if reduction == "batchmean" else reduced(losses, reduction)


# --- losses of differences ---


def differences(input: Tensor, target: Tensor) -> Tensor:
    """Return input - target, with a warning if the shapes differ."""
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will "
            "likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
            stacklevel=3,
        )
    return minus(input, target)


def weighted(losses: Tensor, weight: Tensor | None, reduction: str, op: str) -> Tensor:
    """Return the reduced losses; with weights, each loss is multiplied by its weight and the mean is weighted."""
    if weight is None:
        return reduced(losses, reduction)
    if weight.shape != losses.shape:
        raise ValueError(f"{op}: weight has shape {weight.shape}, and has to have the losses' shape {losses.shape}")
    losses = mul(losses, weight)
    return div(sum(losses), sum(weight)) if reduction == "mean" else reduced(losses, reduction)


def mse_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return (input - target)², times `weight` of the same shape if there is one."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    return weighted(square(differences(input, target)), weight, reduction, "mse_loss")


def l1_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Return |input - target|, times `weight` of the same shape if there is one."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    return weighted(abs(differences(input, target)), weight, reduction, "l1_loss")


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """Return d² / 2 where |d| < delta, else delta (|d| - delta / 2); d = input - target.

    Source: Huber 1964, "Robust estimation of a location parameter".
    """
    if delta <= 0:
        raise ValueError("huber_loss does not support non-positive values for delta.")
    losses = rounded_corner(differences(input, target), delta)
    if weight is None:
        return reduced(losses, reduction)
    return reduced(weighted(losses, weight, "none", "huber_loss"), reduction)  # the mean is not weighted, as in PyTorch


def smooth_l1_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", beta: float = 1.0,
) -> Tensor:  # fmt: skip
    """Return huber_loss with delta = beta, divided by beta; l1_loss for beta = 0."""
    reduction = legacy_reduction(size_average, reduce, reduction)
    if beta < 0:
        raise ValueError("smooth_l1_loss does not support negative values for beta")
    d = differences(input, target)
    return reduced(div(rounded_corner(d, beta), beta) if beta else abs(d), reduction)


def rounded_corner(d: Tensor, delta: float) -> Tensor:
    """Return |d|, where |d| < delta replaced by the parabola d² / 2, and shifted to fit it."""
    far = abs(d)
    return where(far < delta, mul(square(d), 0.5), mul(minus(far, 0.5 * delta), delta))
