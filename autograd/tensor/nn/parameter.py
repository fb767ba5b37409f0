"""Where PyTorch keeps Parameter."""

from autograd.tensor.nn.module import Parameter

__all__ = ["Parameter"]
