"""What programs set or ask for other devices."""

from autograd.tensor import cuda as mps
from autograd.tensor.backends import cudnn

__all__ = ["cudnn", "mps"]
