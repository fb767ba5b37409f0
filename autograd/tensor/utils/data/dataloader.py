"""The samples of a data set in batches."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from typing import Any, cast

import numpy as np

from autograd.tensor.api.creation import Generator
from autograd.tensor.api.shapes import stack
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.utils.data.dataset import IterableDataset, TensorDataset
from autograd.tensor.utils.data.sampler import BatchSampler, RandomSampler, SequentialSampler


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

    With `shuffle` every pass has a new random order, from `generator` or the default one. A `sampler` gives another
    order, a `batch_sampler` the places of each batch. With batch_size None samples come one by one. All work is done in
    this process: the settings of workers, `pin_memory`, `timeout` and `prefetch_factor` have no effect.
    """

    def __init__(
        self, dataset: Any, batch_size: int | None = 1, shuffle: bool | None = None, *,
        sampler: Iterable[Any] | None = None, batch_sampler: Iterable[Sequence[Any]] | None = None,
        num_workers: int = 0, collate_fn: Callable[[Any], Any] | None = None, pin_memory: bool = False,
        drop_last: bool = False, timeout: float = 0, worker_init_fn: Any = None, generator: Generator | None = None,
        prefetch_factor: int | None = None, persistent_workers: bool = False,
    ) -> None:  # fmt: skip
        self._iterable = isinstance(dataset, IterableDataset)
        for name, given in (("shuffle", shuffle), ("sampler", sampler), ("batch_sampler", batch_sampler)):
            if self._iterable and given:
                raise ValueError(
                    f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={given}"
                )
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
            raise ValueError(
                "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
            )
        if batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
        if self._iterable:
            sampler = dataset
        elif sampler is None:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_sampler is None and batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset, self.sampler, self.batch_sampler, self.generator = dataset, sampler, batch_sampler, generator
        self.batch_size, self.drop_last, self.collate_fn = batch_size, drop_last, collate_fn

    def __iter__(self) -> Iterator[Any]:
        sample = (lambda x: x) if self._iterable else self.dataset.__getitem__
        if self.batch_sampler is None:
            for i in self.sampler:
                yield sample(i) if self.collate_fn is None else self.collate_fn(sample(i))
            return
        for places in self.batch_sampler:
            if type(self.dataset) is TensorDataset and self.collate_fn is None:
                yield list(self.dataset[[int(i) for i in places]])  # the same as below, in one go
            else:
                yield (self.collate_fn or default_collate)([sample(i) for i in places])

    def __len__(self) -> int:
        """Return how many batches there are in one pass."""
        return len(cast(Sized, self.sampler if self.batch_sampler is None else self.batch_sampler))
