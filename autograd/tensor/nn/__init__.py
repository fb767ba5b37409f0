"""Networks of tensors: modules, their functions, and how weights start."""

from autograd.tensor.nn import functional

__all__ = ["functional"]
