"""Training: predict, measure the loss, go back through the graph, take a step, and again.

This is what `MLP.fit` does; the loop itself is the five lines in `step`.
"""

import math
import random
from collections.abc import Iterable, Sequence
from typing import Any

from autograd.graph import topological_order
from autograd.optim import SGD, Adam, AdamW, Optimizer, RMSprop
from autograd.scalar.engine import Value, as_values
from autograd.scalar.losses import LOSSES, Loss

OPTIMIZERS = {"sgd": SGD, "rmsprop": RMSprop, "adam": Adam, "adamw": AdamW}
# Higher than the optimizers' own: a network of single numbers is small, and so is the time one waits for it.
LEARNING_RATES = {"sgd": 0.1, "rmsprop": 0.03, "adam": 0.1, "adamw": 0.1}


class History:
    """What a training run leaves: `losses`, the mean loss of each epoch."""

    def __init__(self) -> None:
        self.losses: list[float] = []

    def plot(self, ax: Any = None, title: str = "Loss by epoch") -> Any:
        """Draw the losses with Matplotlib, on `ax` if given, and return the Axes."""
        if ax is None:
            from matplotlib import pyplot

            _, ax = pyplot.subplots(figsize=(7, 3.5))
        ax.plot(range(1, len(self.losses) + 1), self.losses)
        ax.set(title=title, xlabel="epoch", ylabel="loss")
        return ax

    def __repr__(self) -> str:
        if not self.losses:
            return "History(0 epochs)"
        return f"History({len(self.losses)} epochs, loss {self.losses[0]:.4g} → {self.losses[-1]:.4g})"


def train(
    model: Any,
    inputs: Iterable[Sequence[Any]],
    targets: Iterable[Any],
    loss: str | Loss,
    optimizer: str | Optimizer,
    epochs: int,
    lr: float | None,
    batch_size: int | None,
    seed: int,
    progress: bool,
) -> History:
    """Train `model`; the arguments are those of `MLP.fit`."""
    samples = paired(inputs, targets)
    loss = loss if callable(loss) else lookup("loss", loss, LOSSES)
    optimizer = chosen(optimizer, model.parameters(), lr)
    if epochs < 0:
        raise ValueError(f"fit: epochs must be 0 or more, got {epochs!r}")
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"fit: batch_size must be at least 1, or None for all samples, got {batch_size!r}")
    history, rng = History(), random.Random(seed)
    bar = progress_bar(epochs, progress)
    for epoch in bar:
        total = 0.0
        for batch in batches(samples, batch_size, rng):
            total += len(batch) * step(model, batch, loss, optimizer, epoch)
        history.losses.append(total / len(samples))
        if hasattr(bar, "set_postfix"):
            bar.set_postfix(loss=f"{history.losses[-1]:.4g}", refresh=False)
    return history


def step(model: Any, batch: list[tuple[Any, Any]], loss: Loss, optimizer: Optimizer, epoch: int) -> float:
    """Take one step on one batch and return the loss before it."""
    try:
        result = loss([model(x) for x, _ in batch], [target for _, target in batch])
    except OverflowError as error:
        raise diverged(epoch, str(error), optimizer) from error
    if not isinstance(result, Value):
        raise TypeError(f"fit: loss(predictions, targets) must return a Value, got {result!r}")
    if epoch == 0 and not depends(result, model.parameters()):
        raise ValueError(
            "fit: the loss does not depend on the parameters; it was computed from .data, or inside no_grad()"
        )
    if not math.isfinite(result.data):
        raise diverged(epoch, f"the loss is {result.data}", optimizer)
    model.zero_grad()
    result.backward()
    optimizer.step()
    return result.data


def depends(result: Value, parameters: list[Value]) -> bool:
    """Return whether any of the parameters is in the graph of `result`."""
    wanted = set(map(id, parameters))
    return any(id(parent) in wanted for node in topological_order(result) for parent in node.parents)


def diverged(epoch: int, what: str, optimizer: Optimizer) -> FloatingPointError:
    return FloatingPointError(
        f"fit stopped in epoch {epoch + 1}: {what}. Check that inputs and targets are finite; if they are, "
        f"the steps are too large: try a smaller lr than {optimizer.lr:g}, such as {optimizer.lr / 10:g}"
    )


def paired(inputs: Iterable[Sequence[Any]], targets: Iterable[Any]) -> list[tuple[tuple[Value, ...], Any]]:
    """Return the samples as (inputs, target), with the inputs made Values once, not in every epoch."""
    rows, targets = list(inputs), list(targets)
    if len(rows) != len(targets):
        raise ValueError(f"fit: {len(rows)} inputs, but {len(targets)} targets")
    if not rows:
        raise ValueError("fit: there are no samples to learn from")
    for sample, row in enumerate(rows):
        if not isinstance(row, Iterable):
            raise TypeError(f"fit: each sample must be a list of inputs, got {row!r} for sample {sample}")
    return [(as_values(row), target) for row, target in zip(rows, targets, strict=True)]


def batches(samples: list[Any], batch_size: int | None, rng: random.Random) -> list[list[Any]]:
    if batch_size is None:
        return [samples]
    shuffled = rng.sample(samples, len(samples))
    return [shuffled[i : i + batch_size] for i in range(0, len(shuffled), batch_size)]


def lookup(what: str, name: Any, known: dict[str, Any]) -> Any:
    if name not in known:
        raise ValueError(f"fit: unknown {what} {name!r}; known are {', '.join(known)}")
    return known[name]


def chosen(optimizer: str | Optimizer, parameters: list[Value], lr: float | None) -> Optimizer:
    """Return the optimizer that is named, on these parameters, or the one that is given, if it fits them."""
    if not isinstance(optimizer, Optimizer):
        rule = lookup("optimizer", optimizer, OPTIMIZERS)
        named: Optimizer = rule(parameters, lr=LEARNING_RATES[optimizer] if lr is None else lr)
        return named
    if lr is not None:
        raise ValueError(f"fit: the optimizer has a learning rate already, {optimizer.lr:g}; leave out lr")
    if set(map(id, optimizer.parameters)).isdisjoint(map(id, parameters)):
        raise ValueError("fit: the optimizer holds none of this model's parameters")
    return optimizer


def progress_bar(epochs: int, show: bool) -> Iterable[int]:
    if show:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            return range(epochs)
        bar: Iterable[int] = tqdm(range(epochs), desc="fit", unit="epoch")
        return bar
    return range(epochs)
