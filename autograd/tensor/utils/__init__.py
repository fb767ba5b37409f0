"""Loading of data, and checkpoints that save memory, under the names of `torch.utils`."""

from autograd.tensor.utils import checkpoint, data

__all__ = ["checkpoint", "data"]
