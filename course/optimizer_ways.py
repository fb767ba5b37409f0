"""Where the optimizers of chapter 14 lead, and where they lead with a slip: what its checks compare with.

A place is computed from all gradients since the start, as sums with powers; nothing is carried from step to step, and
none of it comes from an engine.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Gradients = Sequence[np.ndarray | None]
Places = list[np.ndarray]  # of one parameter, after each step
Way = Callable[..., Places]  # (start, gradients, rates, **settings) -> places
Betas = tuple[float, float]


def walked(start: np.ndarray, gradients: Gradients, rates: Sequence[float], move: Callable[..., np.ndarray]) -> Places:
    """Where `move(x, gradients so far, lr)` leads; a step without a gradient stays, and is not counted."""
    x, seen, places = start, [], []
    for g, lr in zip(gradients, rates, strict=True):
        if g is not None:
            seen.append(g)
            x = move(x, seen, lr)
        places.append(x)
    return places


def weighted(gradients: Sequence[np.ndarray], share: float) -> Any:
    """The sum of the gradients, the last one whole, each earlier one `share` times as much as the next."""
    return sum(share ** (len(gradients) - 1 - i) * g for i, g in enumerate(gradients))


def but(way: Way, **changed: Any) -> Way:
    """The same way with other settings than those asked for."""

    def other(start: np.ndarray, gradients: Gradients, rates: Sequence[float], **settings: Any) -> Places:
        return way(start, gradients, rates, **(settings | changed))

    return other


# Momentum


def momentum_way(
    start: np.ndarray,
    gradients: Gradients,
    rates: Sequence[float],
    momentum: float = 0.0,
    nesterov: bool = False,
    average: bool = False,
    rate_inside: bool = False,
) -> Places:
    """Momentum. The last two settings are for wrong ways: `rate_inside` collects lr * g in place of g."""
    lrs = [lr for lr, g in zip(rates, gradients, strict=True) if g is not None]

    def move(x: np.ndarray, seen: list[np.ndarray], lr: float) -> np.ndarray:
        pushes = [rate * g for rate, g in zip(lrs, seen, strict=False)] if rate_inside else [lr * g for g in seen]
        v = weighted(pushes, momentum) * (1 - momentum if average else 1)
        return x - (pushes[-1] + momentum * v if nesterov else v)

    return walked(start, gradients, rates, move)


def other_kind_way(
    start: np.ndarray, gradients: Gradients, rates: Sequence[float], nesterov: bool = False, **settings: Any
) -> Places:
    return momentum_way(start, gradients, rates, nesterov=not nesterov, **settings)


def uphill(way: Way) -> Way:
    """The same way, with every step taken backwards."""

    def other(start: np.ndarray, gradients: Gradients, rates: Sequence[float], **settings: Any) -> Places:
        return way(start, gradients, [-lr for lr in rates], **settings)

    return other


def steps_alone(way: Way) -> Way:
    """What each parameter becomes if it is replaced by what should be subtracted from it."""

    def other(start: np.ndarray, gradients: Gradients, rates: Sequence[float], **settings: Any) -> Places:
        x, places = start, list[np.ndarray]()
        for g, new in zip(gradients, way(start, gradients, rates, **settings), strict=True):
            places.append((places or [start])[-1] if g is None else x - new)
            x = new
        return places

    return other


# Adam


def adam_way(
    start: np.ndarray,
    gradients: Gradients,
    rates: Sequence[float],
    betas: Betas = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    correct: tuple[bool, bool] = (True, True),
    eps_inside: bool = False,
    root_first: bool = False,
    sums: bool = False,
) -> Places:
    """Adam; with weight_decay x shrinks first. The last four settings are for wrong ways.

    With `root_first` the root of s is taken before its correction; with `sums` every gradient counts whole.
    """

    def move(x: np.ndarray, seen: list[np.ndarray], lr: float) -> np.ndarray:
        parts = []
        for beta, terms, corrected in zip(betas, (seen, [g * g for g in seen]), correct, strict=True):
            average = (1 if sums else 1 - beta) * weighted(terms, beta)
            parts.append(average / (1 - beta ** len(seen)) if corrected else average)
        m, s = parts
        if root_first:
            s = s / (1 - betas[1] ** len(seen))  # the root of a correction taken twice is the correction itself
        return x * (1 - lr * weight_decay) - lr * m / (np.sqrt(s + eps) if eps_inside else np.sqrt(s) + eps)

    return walked(start, gradients, rates, move)


def swapped_way(
    start: np.ndarray, gradients: Gradients, rates: Sequence[float], betas: Betas = (0.9, 0.999), **settings: Any
) -> Places:
    return adam_way(start, gradients, rates, betas=betas[::-1], **settings)


# Decay


def in_the_gradient_way(
    start: np.ndarray,
    gradients: Gradients,
    rates: Sequence[float],
    betas: Betas = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.01,
) -> Places:
    """Adam with weight_decay * x added to each gradient."""
    x, seen, places = start, [], []
    for g, lr in zip(gradients, rates, strict=True):
        if g is not None:
            seen.append(g + weight_decay * x)
            x = adam_way(x, seen, [0.0] * (len(seen) - 1) + [lr], betas=betas, eps=eps)[-1]
        places.append(x)
    return places


def decayed(shrink: Callable[[np.ndarray, float, float], np.ndarray], after: bool = False) -> Way:
    """Adam whose parameters become `shrink(x, lr, weight_decay)` before the step, or after it."""

    def way(
        start: np.ndarray,
        gradients: Gradients,
        rates: Sequence[float],
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> Places:
        def move(x: np.ndarray, seen: list[np.ndarray], lr: float) -> np.ndarray:
            start = x if after else shrink(x, lr, weight_decay)
            there = adam_way(start, seen, [0.0] * (len(seen) - 1) + [lr], betas=betas, eps=eps)[-1]
            return shrink(there, lr, weight_decay) if after else there

        return walked(start, gradients, rates, move)

    return way


adamw_way = decayed(lambda x, lr, decay: x * (1 - lr * decay))


# The schedule


def planned(step: int, steps: int, warmup: int) -> float:
    if step < warmup:
        return (step + 1) / warmup
    turn = (step - warmup) / (steps - warmup)  # of half a circle: from 0 to 1
    return math.cos(math.pi * turn / 2) ** 2  # (1 + cos(2 a)) / 2
