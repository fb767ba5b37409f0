"""Losses: one number that says how wrong a batch of predictions is, small where they are right.

Each takes the predictions of a batch and as many targets, and returns the mean over the batch as a Value. The
formulas are written so that no intermediate result overflows, however large a prediction is.
"""

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd.scalar.derivatives import exp, relu, softplus
from autograd.scalar.engine import Value

Loss = Callable[[Sequence[Any], Sequence[Any]], Value]


def mse(predictions: Iterable[Any], targets: Iterable[Any]) -> Value:
    """Return the mean squared error, the mean of (prediction − target)².

    Predictions and targets are numbers, or lists of as many numbers each; the mean is over all numbers.
    """
    errors: list[Any] = []
    for sample, (prediction, target) in enumerate(pairs("mse", predictions, targets)):
        if is_number(prediction) and is_number(target):
            errors.append(prediction - target)
            continue
        sizes = size(prediction), size(target)
        if sizes[0] != sizes[1] or is_number(prediction) or is_number(target):
            raise ValueError(f"mse: the prediction for sample {sample} is {sizes[0]}, but its target is {sizes[1]}")
        errors += [p - t for p, t in zip(prediction, target, strict=True)]
    return Value.dot(errors, errors) / len(errors)


def hinge(predictions: Iterable[Any], targets: Iterable[Any]) -> Value:
    """Return the mean of max(0, 1 − target · prediction); targets are −1 and 1.

    It is 0 where every prediction has its target's sign and is at least 1 away from 0, and the decision at 0.
    Source: Cortes & Vapnik 1995, "Support-vector networks".
    """
    terms = []
    for sample, (score, target) in enumerate(pairs("hinge", predictions, targets)):
        require_number("hinge", score, sample)
        if not is_one_of(target, (-1, 1)):
            raise ValueError(
                f"hinge: targets must be -1 or 1, got {target!r} for sample {sample}; "
                f"for targets 0 and 1 use binary_cross_entropy, or give hinge 2 * target - 1"
            )
        terms.append(relu(1 - score if target == 1 else 1 + score))
    return Value.sum(terms) / len(terms)


def binary_cross_entropy(logits: Iterable[Any], targets: Iterable[Any]) -> Value:
    """Return the mean of −log p(target), where p(1) = sigmoid(logit); targets are 0 and 1.

    Logits are the numbers before the sigmoid, of any size: with p(0) = sigmoid(−logit) and −log sigmoid(x) =
    softplus(−x), neither a logarithm of 0 nor an overflow can occur.
    """
    terms = []
    for sample, (logit, target) in enumerate(pairs("binary_cross_entropy", logits, targets)):
        require_number("binary_cross_entropy", logit, sample)
        if not is_one_of(target, (0, 1)):
            raise ValueError(
                f"binary_cross_entropy: targets must be 0 or 1, got {target!r} for sample {sample}; "
                f"for targets -1 and 1 use hinge, or give (target + 1) / 2"
            )
        terms.append(softplus(-logit if target == 1 else logit))
    return Value.sum(terms) / len(terms)


def cross_entropy(logits: Iterable[Any], targets: Iterable[int]) -> Value:
    """Return the mean of −log p(target), where p = softmax(logits); targets are class numbers 0, 1, ….

    Logits are a list for each sample. With the largest logit subtracted, which softmax does not notice, every exp is
    at most 1 and their sum at least 1: −log p(k) = log Σ exp(zᵢ − max z) − (z_k − max z).
    """
    terms = []
    for sample, (row, target) in enumerate(pairs("cross_entropy", logits, targets)):
        if is_number(row):
            raise ValueError(
                f"cross_entropy needs a list of logits, one for each class, got one number for sample {sample}; "
                f"for a single output use binary_cross_entropy"
            )
        row = list(row)
        k = class_number(target, len(row), sample)
        largest = max(float(getattr(logit, "data", logit)) for logit in row)
        shifted = [logit - largest for logit in row]
        terms.append(Value.sum([exp(logit) for logit in shifted]).log() - shifted[k])
    return Value.sum(terms) / len(terms)


LOSSES: dict[str, Loss] = {loss.__name__: loss for loss in (mse, hinge, binary_cross_entropy, cross_entropy)}


def pairs(loss: str, predictions: Iterable[Any], targets: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Return the predictions beside their targets; raise ValueError unless there are as many, and at least one."""
    predictions, targets = list(predictions), list(targets)
    if len(predictions) != len(targets):
        raise ValueError(f"{loss}: {len(predictions)} predictions, but {len(targets)} targets")
    if not predictions:
        raise ValueError(f"{loss}: the batch is empty, and a mean of nothing has no value")
    return list(zip(predictions, targets, strict=True))


def is_number(x: Any) -> bool:
    return isinstance(x, Value) or not hasattr(x, "__len__") or getattr(x, "shape", None) == ()


def is_one_of(target: Any, allowed: tuple[int, int]) -> bool:
    return is_number(target) and target in allowed


def size(x: Any) -> str:
    """Return how many numbers x is, in words for an error message."""
    return "one number" if is_number(x) else f"a list of {len(x)}"


def require_number(loss: str, prediction: Any, sample: int) -> None:
    if not is_number(prediction):
        raise ValueError(f"{loss} needs one number for each sample, got {size(prediction)} for sample {sample}")


def class_number(target: Any, classes: int, sample: int) -> int:
    try:
        k = operator.index(target)
    except TypeError:
        k = -1
    if not 0 <= k < classes:
        raise ValueError(
            f"cross_entropy: with {classes} logits a target must be an integer from 0 to {classes - 1}, "
            f"got {target!r} for sample {sample}"
        )
    return k
