"""Data sets: samples by place, or one after the other."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from types import GenericAlias
from typing import Any

import numpy as np

from autograd.tensor.api.creation import Generator, rng_of
from autograd.tensor.core.tensor import Tensor


class Dataset:
    """The base of data sets: `dataset[i]` is one sample, `len(dataset)` how many there are."""

    __class_getitem__: Any = classmethod(GenericAlias)  # Dataset[int] says what the samples are, to readers only

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other: Any) -> "ConcatDataset":
        return ConcatDataset([self, other])


class IterableDataset(Dataset):
    """The base of data sets that are read from front to end: `iter(dataset)` gives the samples."""

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError("Subclasses of IterableDataset should implement __iter__.")


class TensorDataset(Dataset):
    """Samples that are tuples of the i-th rows of some tensors."""

    def __init__(self, *tensors: Tensor) -> None:
        if len({len(x) for x in tensors}) != 1:
            raise ValueError(f"Size mismatch between tensors: {[tuple(x.shape) for x in tensors]}")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(x[index] for x in self.tensors)

    def __len__(self) -> int:
        return len(self.tensors[0])


class ConcatDataset(Dataset):
    """The samples of several data sets, one set after the other."""

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        self.cumulative_sizes = np.cumsum([len(dataset) for dataset in self.datasets]).tolist()

    def __getitem__(self, index: int) -> Any:
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range for {len(self)} samples")
        index %= len(self)
        place = bisect_right(self.cumulative_sizes, index)
        return self.datasets[place][index - (self.cumulative_sizes[place - 1] if place else 0)]

    def __len__(self) -> int:
        n: int = self.cumulative_sizes[-1]
        return n


class Subset(Dataset):
    """Some samples of a data set, named by their places."""

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index: int) -> Any:
        return self.dataset[self.indices[index]]

    def __len__(self) -> int:
        return len(self.indices)


def random_split(dataset: Any, lengths: Sequence[float], generator: Generator | None = None) -> list[Subset]:
    """Return the data set in parts, at random; `lengths` are numbers of samples, or fractions that sum to 1.

    What fractions leave over goes to the parts in turn, one sample each.
    """
    n = len(dataset)
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        if not all(0 <= fraction <= 1 for fraction in lengths):
            raise ValueError(f"Fractions have to be between 0 and 1, got {list(lengths)}")
        lengths = [math.floor(n * fraction) for fraction in lengths]
        left = n - sum(lengths)
        lengths = [length + left // len(lengths) + (i < left % len(lengths)) for i, length in enumerate(lengths)]
    if sum(lengths) != n:
        raise ValueError("Sum of input lengths does not equal the length of the input dataset!")
    parts = np.split(rng_of(generator).permutation(n), np.cumsum(lengths)[:-1])
    return [Subset(dataset, part.tolist()) for part in parts]
