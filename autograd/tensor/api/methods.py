"""Methods of Tensor that have no function: its size and type, conversions, and random numbers written into it."""

import weakref
from typing import Any

import numpy as np

from autograd.tensor.api import creation, dtypes, elementwise, shapes
from autograd.tensor.api.creation import Generator, rng_of
from autograd.tensor.api.public import attach, attribute, public
from autograd.tensor.api.refusals import unavailable
from autograd.tensor.core.modes import mode
from autograd.tensor.core.tensor import Tensor, make_contiguous, wrap
from autograd.tensor.core.versions import graph_of
from autograd.tensor.table.indexing import put

# --- size and memory ---


@public(method=True)
def dim(self: Tensor) -> int:
    """Return the number of dimensions."""
    return self._data.ndim


@public(method=True)
def size(self: Tensor, dim: int | None = None) -> Any:
    """Return the shape, or the length of one dimension."""
    return self._data.shape if dim is None else self._data.shape[dim]


@public(method=True)
def nelement(self: Tensor) -> int:
    """Return how many numbers the tensor holds."""
    return self._data.size


@public(method=True)
def element_size(self: Tensor) -> int:
    """Return how many bytes one number takes."""
    return self._data.itemsize


@public(method=True)
def is_contiguous(self: Tensor) -> bool:
    """Return whether the numbers lie in memory row after row."""
    make_contiguous(self)
    return self._data.flags.c_contiguous


@public(method=True)
def stride(self: Tensor, dim: int | None = None) -> Any:
    """Return how many numbers lie between neighbors in each dimension, or in one."""
    make_contiguous(self)
    steps = tuple(n // self._data.itemsize for n in self._data.strides)
    return steps if dim is None else steps[dim]


@public(method=True)
def data_ptr(self: Tensor) -> int:
    """Return the address of the first number in memory."""
    return int(self._data.__array_interface__["data"][0])


@attribute
def nbytes(self: Tensor) -> int:
    """How many bytes the numbers take."""
    return self._data.nbytes


@attribute
def device(self: Tensor) -> dtypes.device:
    """The device that holds the numbers: always "cpu"."""
    return dtypes.cpu


@attribute
def is_cuda(self: Tensor) -> bool:
    """Whether a graphics processor holds the numbers: never."""
    return False


@attribute
def T(self: Tensor) -> Tensor:
    """The tensor with its dimensions in reverse order."""
    return shapes.t(self) if self.ndim < 3 else shapes.permute(self, *range(self.ndim)[::-1])


@attribute
def mT(self: Tensor) -> Tensor:
    """The tensor with its last two dimensions exchanged."""
    return shapes.transpose(self, -2, -1)


@attribute
def H(self: Tensor) -> Tensor:
    """The matrix with its two dimensions exchanged."""
    return shapes.transpose(self, 0, 1)


@public(method=True)
def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """Return the tensor expanded to the shape of another one."""
    return shapes.expand(self, other.shape)


@public(method=True)
def view_as(self: Tensor, other: Tensor) -> Tensor:
    """Return a view of the tensor in the shape of another one."""
    return shapes.view(self, other.shape)


@public(method=True)
def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """Return the tensor in the shape of another one."""
    return shapes.reshape(self, other.shape)


# --- types and conversions ---


@public(method=True)
def tolist(self: Tensor) -> Any:
    """Return the numbers as nested lists."""
    return self._data.tolist()


@public(method=True)
def numpy(self: Tensor, *, force: bool = False) -> np.ndarray:
    """Return the tensor's array, which shares its memory.

    Raises RuntimeError for a tensor that requires a gradient, unless `force`; the array is not part of the graph.
    """
    if mode.recording and graph_of(self) is not None and not force:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
    make_contiguous(self)
    return self._data


@public(method=True)
def __array__(self: Tensor, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
    """Return the numbers as an array, for NumPy."""
    return np.array(numpy(self), dtype=dtype, copy=copy)


@public(method=True)
def is_floating_point(self: Tensor) -> bool:
    """Return whether the numbers are of a floating point type."""
    return self._data.dtype.kind == "f"


@public(method=True)
def cpu(self: Tensor) -> Tensor:
    """Return the tensor itself."""
    return self


# --- the graph ---


@public(method=True)
def requires_grad_(self: Tensor, requires_grad: bool = True) -> Tensor:
    """Set `requires_grad` and return the tensor."""
    self.requires_grad = requires_grad
    return self


@public(method=True)
def retain_grad(self: Tensor) -> None:
    """Keep the gradient of this computed tensor in its `grad`, as that of a leaf is."""
    if graph_of(self) is None:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if not self.is_leaf:
        self.node.retained = weakref.ref(self)


@public(method=True)
def detach_(self: Tensor) -> Tensor:
    """Remove the tensor from its graph and return it."""
    self.node = None
    return self


@public(method=True)
def where(self: Tensor, condition: Tensor, other: Any) -> Tensor:
    """Return self where the condition is True, else other."""
    return elementwise.where(condition, self, other)


# --- written into the tensor ---


@public(in_place=True)
def copy(self: Tensor, src: Tensor, non_blocking: bool = False) -> Tensor:
    """Return src in the shape and type of self, to which no gradient flows."""
    src = shapes.expand(src.to(self.dtype), self.shape)
    return src if self.node is None else put(self, src, index=...)


@public(in_place=True)
def fill(self: Tensor, value: Any) -> Tensor:
    """Return a tensor of self's shape and type with one number everywhere."""
    return copy(self, value if isinstance(value, Tensor) else wrap(np.asarray(value, self.dtype)))


@public(method=True)
def zero_(self: Tensor) -> Tensor:
    """Write 0 into the whole tensor and return it."""
    return self.fill_(0)


@public(in_place=True)
def normal(self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Return normal random numbers of self's shape and type."""
    return copy(self, wrap(rng_of(generator).normal(mean, std, self.shape)))


@public(in_place=True)
def uniform(self: Tensor, low: float = 0.0, to: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Return random numbers of self's shape and type, uniform from `low` up to but without `to`."""
    return copy(self, wrap(rng_of(generator).uniform(low, to, self.shape)))


@public(in_place=True)
def bernoulli(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Return 1 with probability p, else 0, in self's shape and type."""
    return copy(self, wrap(rng_of(generator).random(self.shape) < getattr(p, "_data", p)))


# --- new tensors of the same type ---


@public(method=True)
def new_tensor(
    self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Return what `tensor` returns, with this tensor's dtype."""
    return creation.tensor(data, dtype=dtype or self.dtype, requires_grad=requires_grad)


@public(method=True)
def new_full(
    self: Tensor, size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Return what `full` returns, with this tensor's dtype."""
    return creation.full(size, fill_value, dtype=dtype or self.dtype, requires_grad=requires_grad)


@public(method=True)
def new_zeros(self: Tensor, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Return what `zeros` returns, with this tensor's dtype."""
    return creation.zeros(*size, dtype=dtype or self.dtype, requires_grad=requires_grad)


@public(method=True)
def new_ones(self: Tensor, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Return what `ones` returns, with this tensor's dtype."""
    return creation.ones(*size, dtype=dtype or self.dtype, requires_grad=requires_grad)


@public(method=True)
def new_empty(self: Tensor, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Return what `empty` returns, with this tensor's dtype."""
    return creation.empty(*size, dtype=dtype or self.dtype, requires_grad=requires_grad)


@public(method=True)
def new(self: Tensor, *data: Any) -> Tensor:
    """Return a tensor of this one's type from lists, or, given whole numbers, of that size."""
    return creation.of_type(self.dtype, data)


# --- what is not there ---


@public(method=True)
def cuda(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """Raise NotImplementedError: the only device is the cpu."""
    raise unavailable("Tensor.cuda", "the only device is the cpu; drop the call, or ask cuda.is_available() first")


@public(method=True)
def register_hook(self: Tensor, hook: Any) -> Any:
    """Raise NotImplementedError; a Function whose `backward` changes the gradient does the same."""
    raise unavailable("Tensor.register_hook", "use autograd.grad, or a Function whose backward does it")


attach("split", shapes.split_method)  # PyTorch's method has other names for its arguments than the function
