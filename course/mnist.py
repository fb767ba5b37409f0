"""Trains a network to read handwritten digits, without a notebook: `python -m course.mnist --epochs 5`.

The network and the loop are those of chapter 15, in float32. With `--save FILE` the weights go into a safetensors file,
which PyTorch reads too.
"""

import argparse
import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import autograd.tensor as ag
from autograd.tensor import nn, optim
from autograd.tensor.utils.data import DataLoader, TensorDataset
from course import command, datasets
from course.command import positive, shown, step_size
from course.digits import Digits

COUNT = 10_000


def network() -> nn.Sequential:
    """Return the network of chapter 15: 784 inputs, two layers of 256 relus, ten scores."""
    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10))


def accuracy(model: nn.Module, images: ag.Tensor, labels: ag.Tensor) -> float:
    """Return the share of images of which the highest score is their label's."""
    with ag.no_grad():
        return (model(images).argmax(1) == labels).double().mean().item()


def tensors(digits: Digits) -> tuple[ag.Tensor, ag.Tensor, ag.Tensor, ag.Tensor]:
    """Return training images and labels, nine of ten, then those for validation; images as rows from 0 to 1."""
    rows = digits.images.reshape(len(digits.images), 784).astype(np.float32) / 255
    cut = len(rows) * 9 // 10
    labels = digits.labels.astype(np.int64)
    return ag.tensor(rows[:cut]), ag.tensor(labels[:cut]), ag.tensor(rows[cut:]), ag.tensor(labels[cut:])


def train(model: nn.Module, data: TensorDataset, epochs: int, lr: float, batch_size: int, seed: int) -> None:
    """Train with Adam, cross-entropy and a step size that shrinks to 0; show a progress bar where tqdm is installed."""
    optimizer = optim.Adam(model.parameters(), lr=lr)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    batches = DataLoader(data, batch_size=batch_size, shuffle=True, generator=ag.Generator().manual_seed(seed))
    for epoch in range(epochs):
        total = 0.0
        with shown(batches, f"epoch {epoch + 1}/{epochs}", "batch") as bar:
            for images, labels in bar:
                loss = nn.functional.cross_entropy(model(images), labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(labels)
        schedule.step()
        if not math.isfinite(total):
            raise FloatingPointError(f"the loss became {total} in epoch {epoch + 1}: try a smaller --lr than {lr:g}")
        print(f"epoch {epoch + 1}: training loss {total / len(data):.4f}", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, save the weights where that is wanted, and print the validation accuracy on the last line.

    Ends with a sentence and code 2 where something is wrong; with `--save`, as far as possible before it trains.
    """
    parser = argparse.ArgumentParser(prog="python -m course.mnist", description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=positive, default=10, help="passes over the training images (default 10)")
    parser.add_argument("--lr", type=step_size, default=3e-3, help="first step size (default 0.003)")
    parser.add_argument("--batch-size", type=positive, default=64, help="images in a step (default 64)")
    parser.add_argument("--seed", type=int, default=0, help="of the weights and of the shuffling (default 0)")
    parser.add_argument("--save", type=Path, metavar="FILE", help="keep the weights in this file (default: nowhere)")
    options = parser.parse_args(arguments)
    try:
        run(options)
    except (FloatingPointError, ImportError, OSError) as error:
        parser.exit(2, f"{parser.prog}: {error}\n")


def run(options: argparse.Namespace) -> None:
    """Train as the options say; raise OSError, in words, if the weights cannot be saved."""
    ag.manual_seed(options.seed)
    model = network()
    if options.save:
        save(model, options.save, rehearsal=True)
    else:
        print("The weights will not be kept: --save FILE does that.")
    digits = datasets.mnist(COUNT)
    train_images, train_labels, images, labels = tensors(digits)
    print(f"{digits.source}: {len(train_images)} images for training, {len(images)} for validation", flush=True)
    data = TensorDataset(train_images, train_labels)
    train(model, data, options.epochs, options.lr, options.batch_size, options.seed)
    reached = f"validation accuracy {accuracy(model, images, labels):.1%}".replace("%", " %")
    try:
        if options.save:
            save(model, options.save)
            print(f"weights saved in {options.save}")
    finally:
        print(reached)


def save(model: nn.Module, path: Path, rehearsal: bool = False) -> None:
    """Write the weights into a file, or only try whether that would work; raise OSError, in words, if not."""
    content = io.BytesIO()
    ag.save(model.state_dict(), content)
    command.save(content.getbuffer(), path, "the weights", rehearsal)


if __name__ == "__main__":
    main()
