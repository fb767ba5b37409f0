"""Trains a network to read handwritten digits, without a notebook: `python -m course.mnist --epochs 5`.

The network and the loop are those of chapter 15, in float32. With `--save FILE` the weights go into a safetensors file,
which PyTorch reads too, and a checkpoint stands beside it: if the program is interrupted, the same command goes on, and
ends with the same weights. With `--workers N` or `--scheduler ADDRESS` several processes share each batch.
"""

import argparse
import hashlib
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import autograd.tensor as ag
from autograd.tensor import nn, optim
from autograd.tensor.utils.data import DataLoader, TensorDataset
from course import checkpoint, command, datasets, workers
from course.checkpoint import Refused
from course.cluster import Cluster, data_parallel
from course.command import positive, shown, step_size
from course.digits import Digits

PROGRAM = "course.mnist"
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


def loss_of_rows(model: nn.Module, images: ag.Tensor, labels: ag.Tensor) -> ag.Tensor:
    """Return the sum of the cross-entropies of the images."""
    return nn.functional.cross_entropy(model(images), labels, reduction="sum")


class Training:
    """A network, Adam, a step size that shrinks to 0, the shuffling, and the epochs done: all of a checkpoint."""

    def __init__(self, data: TensorDataset, settings: dict[str, Any], cluster: Cluster | None = None) -> None:
        self.data, self.settings, self.epochs = data, settings, 0
        ag.manual_seed(settings["seed"])
        self.model = network()
        self.optimizer = optim.Adam(self.model.parameters(), lr=settings["lr"])
        self.schedule = optim.lr_scheduler.CosineAnnealingLR(self.optimizer, settings["epochs"])
        self.generator = ag.Generator().manual_seed(settings["seed"])
        self.batches = DataLoader(data, batch_size=settings["batch_size"], shuffle=True, generator=self.generator)
        self.parallel = data_parallel(self.model, loss_of_rows, self.optimizer, cluster, settings["parts"])
        self.digest = hashlib.sha256(b"".join(tensor.numpy().tobytes() for tensor in data.tensors)).hexdigest()

    def epoch(self) -> float:
        """Train on each image once; return the mean loss. Shows a progress bar where tqdm is installed."""
        self.epochs += 1
        total = 0.0
        with shown(self.batches, f"epoch {self.epochs}/{self.settings['epochs']}", "batch") as bar:
            for images, labels in bar:
                total += self.parallel.step(images, labels) * len(labels)
        self.schedule.step()
        if not math.isfinite(total):
            lr = self.settings["lr"]
            raise FloatingPointError(f"the loss became {total} in epoch {self.epochs}: try a smaller --lr than {lr:g}")
        return total / len(self.data)

    def checkpoint(self) -> memoryview:
        """Return all that is needed to go on as if nothing had happened, as the content of a file."""
        parts = {name: getattr(self, name) for name in ("model", "optimizer", "schedule")}
        state = {name: part.state_dict() for name, part in parts.items()}
        state |= {"epochs": self.epochs, "generator": self.generator.get_state()}
        return checkpoint.packed(PROGRAM, self.digest, self.settings, state)

    def resume(self, path: Path, name: str) -> None:
        """Go on from a checkpoint. Raises Refused, in words, for one of other images than `name` or other settings."""
        kept = checkpoint.unpacked(path, PROGRAM, self.digest, self.settings, f"other images than {name}")
        for part in ("model", "optimizer", "schedule"):
            getattr(self, part).load_state_dict(kept[part])
        self.generator.set_state(kept["generator"])
        self.epochs = kept["epochs"]


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
    workers.add_options(parser)
    options = parser.parse_args(arguments)
    kept = "the same command goes on from the last checkpoint, or anew" if options.save else "nothing was kept"
    try:
        with workers.chosen(options) as cluster:
            run(options, cluster)
    except ConnectionError as error:
        parser.exit(2, f"{parser.prog}: {error}; {kept}\n")
    except (FloatingPointError, ImportError, OSError, Refused, RuntimeError) as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    except KeyboardInterrupt:
        parser.exit(130, f"{parser.prog}: interrupted; {kept}\n")


def run(options: argparse.Namespace, cluster: Cluster | None) -> None:
    """Train as the options say, from the checkpoint on if there is one; raise OSError, in words, if saving fails."""
    if options.save:
        save(network(), options.save, rehearsal=True)
        beside = checkpoint.beside(options.save)
        command.save(b"", beside, "the checkpoint", rehearsal=True)
    else:
        print("The weights will not be kept: --save FILE does that.")
    digits = datasets.mnist(COUNT)
    train_images, train_labels, images, labels = tensors(digits)
    print(f"{digits.source}: {len(train_images)} images for training, {len(images)} for validation", flush=True)
    settings = {name: getattr(options, name) for name in ("epochs", "lr", "batch_size", "seed", "parts")}
    training = Training(TensorDataset(train_images, train_labels), settings, cluster)
    model = training.model
    if options.save and beside.exists():
        training.resume(beside, digits.source)
        print(f"{beside} is a checkpoint after epoch {training.epochs}: going on from there")
    while training.epochs < options.epochs:
        loss = training.epoch()
        print(f"epoch {training.epochs}: training loss {loss:.4f}", flush=True)
        if options.save:
            command.save(training.checkpoint(), beside, "the checkpoint")
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
