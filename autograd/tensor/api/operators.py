"""Python's operators and protocols on tensors: `x @ y`, `x += y`, `len(x)`, `float(x)`, `x[i]`.

`+ - * / // %` and the signs come with their entries of the derivative table, in `core/forms.py`.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.tensor.api import comparisons
from autograd.tensor.api.dtypes import promoted
from autograd.tensor.api.indexing import getitem
from autograd.tensor.api.inplace import in_place
from autograd.tensor.api.products import matmul
from autograd.tensor.api.public import attach, public
from autograd.tensor.core.nodes import Leaf
from autograd.tensor.core.tensor import Tensor, new, wrap
from autograd.tensor.table import elementwise as table


def bitwise(function: np.ufunc, self: Tensor, other: Any) -> Tensor:
    """Return a function of NumPy of two operands in their common type; it has no gradient."""
    return wrap(function(*(x._data if isinstance(x, Tensor) else x for x in promoted((self, other)))))


@public(method=True)
def __len__(self: Tensor) -> int:
    """Return the length of the first dimension."""
    if not self._data.ndim:
        raise TypeError("len() of a 0-d tensor")
    return len(self._data)


@public(method=True)
def __iter__(self: Tensor) -> Iterator[Tensor]:
    """Return the parts along the first dimension, one after the other."""
    if not self._data.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return (self[i] for i in range(len(self._data)))


@public(method=True)
def __contains__(self: Tensor, element: Any) -> bool:
    """Return whether one of the numbers equals the element."""
    return bool((self._data == (element._data if isinstance(element, Tensor) else element)).any())


@public(method=True)
def __bool__(self: Tensor) -> bool:
    """Return whether the only number is not 0."""
    if self._data.size != 1:
        raise RuntimeError(f"Boolean value of Tensor with {self._data.size} values is ambiguous; use any() or all()")
    return bool(self._data.item())


@public(method=True)
def __int__(self: Tensor) -> int:
    """Return the only number as an int."""
    return int(self.item())


@public(method=True)
def __float__(self: Tensor) -> float:
    """Return the only number as a float."""
    return float(self.item())


@public(method=True)
def __index__(self: Tensor) -> int:
    """Return the only number, an integer, so that it can be an index of a list."""
    if self._data.dtype.kind == "f" or self._data.size != 1:
        raise TypeError("only integer tensors of a single element can be converted to an index")
    return int(self._data.item())


@public(method=True)
def __format__(self: Tensor, spec: str) -> str:
    """Return the only number, or else the whole tensor, in a format: f"{loss:.3f}"."""
    return format(self.item(), spec) if self._data.ndim == 0 else format(repr(self), spec)


@public(method=True)
def __deepcopy__(self: Tensor, memo: dict[int, Any]) -> Tensor:
    """Return a leaf with a copy of the numbers and of the gradient."""
    if not self.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the "
            "moment; use detach() or clone() first"
        )
    copied: Tensor = new(type(self))
    memo[id(self)] = copied
    copied._data, copied.version = self._data.copy(), None
    copied.node = None if self.node is None else Leaf(copied)
    copied._grad = None if self.grad is None else wrap(self.grad._data.copy())
    vars(copied).update(vars(self)) if hasattr(self, "__dict__") else None
    return copied


@public(method=True)
def __pow__(self: Tensor, exponent: Tensor | float) -> Tensor:
    """Return self**exponent, number by number."""
    return table.raised(self, exponent)


@public(method=True)
def __rpow__(self: Tensor, base: Tensor | float) -> Tensor:
    """Return base**self, number by number."""
    return table.raised(base, self)


@public(method=True)
def __rmatmul__(self: Tensor, other: Any) -> Tensor:
    """Return the matrix product of an array and a tensor."""
    return matmul(other, self)


@public(method=True)
def __and__(self: Tensor, other: Tensor | int) -> Tensor:
    """Return self & other: bit by bit, or `and` of booleans."""
    return bitwise(np.bitwise_and, self, other)


@public(method=True)
def __or__(self: Tensor, other: Tensor | int) -> Tensor:
    """Return self | other: bit by bit, or `or` of booleans."""
    return bitwise(np.bitwise_or, self, other)


@public(method=True)
def __xor__(self: Tensor, other: Tensor | int) -> Tensor:
    """Return self ^ other: bit by bit, or `exclusive or` of booleans."""
    return bitwise(np.bitwise_xor, self, other)


@public(method=True)
def __invert__(self: Tensor) -> Tensor:
    """Return ~self: each bit the other way, or `not` of booleans."""
    return wrap(np.invert(self._data))


@public(method=True)
def __eq__(self: Tensor, other: Any) -> Any:
    """Return whether self == other, number by number."""
    return comparison(comparisons.eq, self, other)


@public(method=True)
def __ne__(self: Tensor, other: Any) -> Any:
    """Return whether self != other, number by number."""
    return comparison(comparisons.ne, self, other)


@public(method=True)
def __lt__(self: Tensor, other: Any) -> Any:
    """Return whether self < other, number by number."""
    return comparison(comparisons.lt, self, other)


@public(method=True)
def __le__(self: Tensor, other: Any) -> Any:
    """Return whether self <= other, number by number."""
    return comparison(comparisons.le, self, other)


@public(method=True)
def __gt__(self: Tensor, other: Any) -> Any:
    """Return whether self > other, number by number."""
    return comparison(comparisons.gt, self, other)


@public(method=True)
def __ge__(self: Tensor, other: Any) -> Any:
    """Return whether self >= other, number by number."""
    return comparison(comparisons.ge, self, other)


def comparison(function: Callable[[Any, Any], Tensor], self: Tensor, other: Any) -> Any:
    """Return a comparison; NotImplemented for None and text, so that Python answers `x == None` with False."""
    return NotImplemented if other is None or isinstance(other, str) else function(self, other)


attach("__getitem__", getitem)
attach("__matmul__", matmul)
for operator in (__and__, __or__, __xor__):
    attach(operator.__name__.replace("__", "__r", 1), lambda self, other, operator=operator: operator(self, other))
CHANGES: dict[str, Callable[..., Tensor]] = {
    "add": table.plus, "sub": table.minus, "mul": table.mul, "truediv": table.quotient, "pow": table.raised,
    "mod": table.remainder, "floordiv": table.floor_divide, "and": __and__, "or": __or__, "xor": __xor__,
}  # fmt: skip
for name, function in CHANGES.items():
    attach(f"__i{name}__", in_place(function, f"{name}_"))  # not of @: in PyTorch, x @= y makes a new tensor
