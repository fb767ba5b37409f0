"""The tensors that a module learns."""

from typing import Any

from autograd.tensor.api.conversion import as_array
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.core.versions import share_memory

__all__ = ["Parameter"]


class Parameter(Tensor):
    """A tensor that requires a gradient, and that a Module finds among its attributes.

    It shares the memory of `data`, a tensor or an array.
    """

    def __init__(self, data: Any = (), requires_grad: bool = True) -> None:
        super().__init__(data if isinstance(data, Tensor) else wrap(as_array(data, None)))
        if isinstance(data, Tensor):
            share_memory(self, data)
        self.requires_grad = requires_grad

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """Return a parameter with a copy of the numbers, and without a gradient."""
        copied = super().__deepcopy__(memo)
        copied.grad = None
        return copied
