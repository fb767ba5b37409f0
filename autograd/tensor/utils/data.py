"""Data sets and batches, under the names of `torch.utils.data`."""

import math
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import GenericAlias
from typing import Any

import numpy as np

from autograd.tensor.creation import Generator, rng_of
from autograd.tensor.derivatives.shapes import stack
from autograd.tensor.engine import Tensor, wrap


class Dataset:
    """The base of data sets: `dataset[i]` is one sample, `len(dataset)` how many there are."""

    __class_getitem__ = classmethod(GenericAlias)  # Dataset[int] says what the samples are, to readers only

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other: Any) -> "ConcatDataset":
        return ConcatDataset([self, other])


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
        return self.cumulative_sizes[-1]


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


def default_collate(batch: Sequence[Any]) -> Any:
    """Return samples as one: tensors, arrays and numbers stacked, tuples and dictionaries part by part."""
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(batch)
    if isinstance(first, np.ndarray | np.generic | bool | int | float):
        return wrap(np.stack([np.asarray(x) for x in batch]))  # as in PyTorch, floats of Python become float64
    if isinstance(first, str | bytes):
        return list(batch)
    if isinstance(first, Mapping):
        return {key: default_collate([sample[key] for sample in batch]) for key in first}
    if isinstance(first, tuple | list):
        if len({len(sample) for sample in batch}) != 1:
            raise RuntimeError("each element in list of batch should be of equal size")
        parts = [default_collate(part) for part in zip(*batch, strict=True)]
        return type(first)(*parts) if hasattr(first, "_fields") else parts
    raise TypeError(f"default_collate: batch must contain tensors, arrays, numbers, dicts, lists; found {type(first)}")


class DataLoader:
    """The samples of a data set in batches: `for batch in DataLoader(dataset, batch_size=32, shuffle=True)`.

    The order is drawn anew in each pass, from `generator` or the one that all share; `sampler` gives one of its own.
    With batch_size None samples come one by one as they are. All work is done here: what is said of workers,
    `pin_memory`, `timeout` and `prefetch_factor` have no effect.
    """

    def __init__(
        self, dataset: Any, batch_size: int | None = 1, shuffle: bool = False, *, sampler: Iterable[int] | None = None,
        num_workers: int = 0, collate_fn: Callable[[list[Any]], Any] | None = None, pin_memory: bool = False,
        drop_last: bool = False, timeout: float = 0, worker_init_fn: Any = None, generator: Generator | None = None,
        prefetch_factor: int | None = None, persistent_workers: bool = False,
    ) -> None:  # fmt: skip
        if batch_size is not None and (not isinstance(batch_size, int) or batch_size < 1):
            raise ValueError(f"batch_size should be a positive integer value, but got batch_size={batch_size}")
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
        self.dataset, self.batch_size, self.shuffle, self.sampler = dataset, batch_size, shuffle, sampler
        self.collate_fn, self.drop_last, self.generator = collate_fn, drop_last, generator

    def __iter__(self) -> Iterator[Any]:
        n = len(self.dataset)
        order = rng_of(self.generator).permutation(n).tolist() if self.shuffle else list(self.sampler or range(n))
        size = self.batch_size
        if size is None:
            yield from (self.dataset[i] if self.collate_fn is None else self.collate_fn(self.dataset[i]) for i in order)
            return
        for start in range(0, len(order) - size + 1 if self.drop_last else len(order), size):
            places = order[start : start + size]
            if type(self.dataset) is TensorDataset and self.collate_fn is None:
                yield list(self.dataset[places])  # the same as below, in one go
            else:
                yield (self.collate_fn or default_collate)([self.dataset[i] for i in places])

    def __len__(self) -> int:
        """Return how many batches there are in one pass."""
        n = len(self.dataset if self.sampler is None else self.sampler)
        return n if self.batch_size is None else n // self.batch_size if self.drop_last else -(-n // self.batch_size)


dataset = dataloader = sys.modules[__name__]  # modules of their own in PyTorch
