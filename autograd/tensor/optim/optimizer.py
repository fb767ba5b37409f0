"""Where PyTorch keeps the base of all optimizers."""

from autograd.optim import Optimizer

__all__ = ["Optimizer"]
