"""What stands around training, under the names of `torch.utils`."""

from autograd.tensor.utils import data

__all__ = ["data"]
