"""Methods of Tensor that convert it to another type.

They stand in a separate file because their names hide Python's `bool`, `int`, `float` and `type`.
"""

from typing import Any

import numpy as np

from autograd.tensor.api import dtypes
from autograd.tensor.api.public import public
from autograd.tensor.api.shapes import to
from autograd.tensor.core.tensor import Tensor


@public(method=True)
def type(self: Tensor, dtype: Any = None) -> Any:
    """Return the tensor in a type, such as float64, FloatTensor or "torch.LongTensor"; without one, the type's name."""
    if dtype is None:
        return f"torch.{dtypes.NAMES[self.dtype.name]}Tensor"
    old = {f"{old}Tensor": name for name, old in dtypes.NAMES.items()}
    return to(self, np.dtype(old.get(getattr(dtype, "__name__", str(dtype)).removeprefix("torch."), dtype)))


@public(method=True)
def half(self: Tensor, *, memory_format: Any = None) -> Tensor:
    """Return the tensor in float16."""
    return to(self, dtypes.float16)


@public(method=True)
def float(self: Tensor, *, memory_format: Any = None) -> Tensor:
    """Return the tensor in float32."""
    return to(self, dtypes.float32)


@public(method=True)
def double(self: Tensor, *, memory_format: Any = None) -> Tensor:
    """Return the tensor in float64."""
    return to(self, dtypes.float64)


@public(method=True)
def long(self: Tensor, *, memory_format: Any = None) -> Tensor:
    """Return the tensor in int64."""
    return to(self, dtypes.int64)


@public(method=True)
def int(self: Tensor, *, memory_format: Any = None) -> Tensor:
    """Return the tensor in int32."""
    return to(self, dtypes.int32)


@public(method=True)
def bool(self: Tensor, *, memory_format: Any = None) -> Tensor:
    """Return the tensor in booleans: whether each number is not 0."""
    return to(self, dtypes.boolean)


@public(method=True)
def type_as(self: Tensor, other: Tensor) -> Tensor:
    """Return the tensor in the type of another one."""
    return to(self, other.dtype)
