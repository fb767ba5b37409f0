"""What the programs that train without a notebook share: arguments, a progress bar, and files written whole."""

import argparse
import math
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from autograd.files import write_whole

Batch = TypeVar("Batch")


def positive(text: str) -> int:
    return at_least(1, text)


def zero_or_more(text: str) -> int:
    return at_least(0, text)


def at_least(least: int, text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least {least}, not {text!r}") from None
    if number < least:
        raise argparse.ArgumentTypeError(f"must be at least {least}, not {number}")
    return number


def step_size(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number above 0, not {text}")
    return number


@contextmanager
def shown(batches: Iterable[Batch], name: str, unit: str, count: int | None = None) -> Iterator[Iterable[Batch]]:
    """Give what yields the same and shows a progress bar meanwhile, where tqdm is installed.

    `count` says how many there will be, if the batches have no length. At the end of the `with` block the bar is gone,
    also if it is an error that ends it.
    """
    try:
        from tqdm.auto import tqdm  # in a notebook, one that can be seen
    except ImportError:
        yield batches
    else:
        with tqdm(batches, desc=name, total=count, unit=unit, leave=False, file=sys.stderr) as bar:
            yield bar


def save(content: bytes | memoryview, path: Path, what: str, rehearsal: bool = False) -> None:
    """Write a file whole, or only try whether that would work; raise OSError, in words, if not.

    `what` begins the sentence, such as "the weights".
    """
    problem = ""
    if os.path.isdir(path):
        problem = "that is a folder, name a file in it"
    elif not os.path.isdir(path.parent):
        problem = f"there is no folder {path.parent}"
    elif os.path.exists(path) and not os.path.isfile(path):
        problem = "that is a device, not a file"
    elif os.path.exists(path) and not os.access(path, os.W_OK):
        problem = "that file is protected"
    else:
        try:
            write_whole(path, lambda file: file.write(content), rehearsal)
        except OSError as error:
            problem = error.strerror or str(error)
    if problem:
        raise OSError(f"{what} cannot be saved in {path}: {problem}")
