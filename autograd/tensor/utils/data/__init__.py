"""Data sets and batches, under the names of `torch.utils.data`."""

from autograd.tensor.api.refusals import missing
from autograd.tensor.utils.data import dataloader, dataset, sampler

TABLE = {
    dataset: "ConcatDataset Dataset IterableDataset Subset TensorDataset random_split",
    sampler: "BatchSampler RandomSampler Sampler SequentialSampler SubsetRandomSampler WeightedRandomSampler",
    dataloader: "DataLoader default_collate",
}
for _module, _names in TABLE.items():
    globals().update({_name: getattr(_module, _name) for _name in _names.split()})

__getattr__ = missing("autograd.tensor.utils.data")
__all__ = [name for names in TABLE.values() for name in names.split()]
