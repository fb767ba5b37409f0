"""Names that ordinary model files use beside the table. Each is made of entries of it, or has no gradient."""

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.tensor import creation, dtypes
from autograd.tensor.derivatives import elementwise, linalg, reductions, shapes
from autograd.tensor.derivatives.elementwise import add, clamp, mul, where
from autograd.tensor.derivatives.forms import axes, named, place
from autograd.tensor.derivatives.indexing import along, check_places, kept, pick, put
from autograd.tensor.derivatives.shapes import diagonal as diagonal_of
from autograd.tensor.derivatives.shapes import from_diagonal
from autograd.tensor.engine import Tensor, settle, wrap
from autograd.tensor.inplace import alias, prepare
from autograd.tensor.primitives import elementwise as entry
from autograd.tensor.recording import promoted

absolute, clip, multiply, subtract, concat = elementwise.abs, clamp, mul, elementwise.sub, shapes.cat
divide = true_divide = elementwise.div
swapaxes, det, inverse = shapes.transpose, linalg.linalg.det, linalg.linalg.inv
finfo, iinfo = np.finfo, np.iinfo
fmod = entry(np.fmod, lambda g, y, a, b: g, lambda g, y, a, b: -g * np.trunc(a / b), name="fmod")


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Return where |input - other| <= atol + rtol * |other|."""
    return wrap(np.isclose(input._data, other._data, rtol, atol, equal_nan))


def numel(input: Tensor) -> int:
    """Return how many numbers the tensor holds."""
    return input.numel()


def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """Return the places that are not 0, one in each row; with `as_tuple`, a tensor for each dimension."""
    return where(input) if as_tuple else wrap(np.argwhere(input._data))


def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """Return how many numbers are not 0."""
    return wrap(np.count_nonzero(input._data, axes(input, dim, "count_nonzero")))


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """Return how often each whole number occurs, or the sum of its weights; it has no gradient."""
    return wrap(np.bincount(input._data, None if weights is None else weights._data, minlength))


def unique(input: Tensor, return_inverse: bool = False, return_counts: bool = False) -> Any:
    """Return the sorted different numbers; with them, if asked for, where each went and how often it occurs."""
    found = np.unique(input._data, return_inverse=return_inverse, return_counts=return_counts)
    return tuple(map(wrap, found)) if isinstance(found, tuple) else wrap(found)


def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """Return the diagonal of a matrix, or the matrix that has a vector on its diagonal."""
    if input.ndim == 2:
        return diagonal_of(input, diagonal).clone()
    n = input.numel() + abs(diagonal)
    return from_diagonal(input, shape=(n, n), offset=diagonal, dim1=0, dim2=1)


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Return the coordinates of a grid, one tensor for each vector; indexing "xy" swaps the first two dimensions."""
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    xs = list(tensors[0] if len(tensors) == 1 and isinstance(tensors[0], list | tuple) else tensors)
    shape = tuple(x.numel() for x in xs)
    grids = [x.reshape([-1 if i == k else 1 for k in range(len(xs))]).expand(shape) for i, x in enumerate(xs)]
    return tuple(grid.transpose(0, 1) if indexing == "xy" and len(xs) > 1 else grid for grid in grids)


def repeat_interleave(input: Tensor, repeats: Any, dim: int | None = None) -> Tensor:
    """Return the tensor with each slice along `dim`, or each number, repeated in its place."""
    input, dim = (input.reshape(-1), 0) if dim is None else (input, place(dim, input.ndim, "repeat_interleave"))
    counts = repeats._data if isinstance(repeats, Tensor) else repeats
    return pick(input, index=at(input, dim, np.repeat(np.arange(input.shape[dim]), counts)))


def at(input: Tensor, dim: int, index: Any) -> tuple[Any, ...]:
    """Return the index that means `index` along `dim` and everything along the others."""
    return (*[slice(None)] * place(dim, input.ndim, "index"), index)


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """Return the slice at one place along `dim`, as a view without that dimension."""
    return pick(input, index=at(input, dim, int(index)))


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """Return `length` slices along `dim`, from start on, as a view."""
    size, start = input.shape[dim], int(start)
    start += size * (start < 0)
    if not 0 <= start <= start + length <= size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return pick(input, index=at(input, dim, slice(start, start + length)))


def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """Return input with one value in the slices that index names along `dim`."""
    return put(input, value, index=at(input, dim, kept(index)))


def ravel(input: Tensor) -> Tensor:
    """Return the numbers as a vector."""
    return input.reshape(-1)


def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Return tensors joined along dimension 1, or 0 if they are vectors or numbers."""
    tensors = [x if x.ndim else x.reshape(1) for x in tensors]
    return concat(tensors, min(tensors[0].ndim - 1, 1))


def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """Return tensors joined along dimension 0, vectors and numbers as rows."""
    return concat([x if x.ndim > 1 else x.reshape(1, -1) for x in tensors])


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Return the tensors in the shape that they broadcast to together."""
    shape = np.broadcast_shapes(*(x.shape for x in tensors))
    return tuple(x.expand(shape) for x in tensors)


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0) -> Tensor:
    """Return the p-norm of the difference of all pairs of rows: (…, n, d) and (…, m, d) give (…, n, m)."""
    return reductions.norm(x1.unsqueeze(-2) - x2.unsqueeze(-3), p, -1)


def vector_norm(x: Tensor, ord: Any = 2, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Return (sum |x|**ord)**(1/ord) over `dim`, or over all of it."""
    return reductions.norm(x, ord, dim, keepdim)


def clamp_min(input: Tensor, min: Any) -> Tensor:
    """Return max(input, min)."""
    return clamp(input, min)


def clamp_max(input: Tensor, max: Any) -> Tensor:
    """Return min(input, max)."""
    return clamp(input, None, max)


def set_num_threads(int: int) -> None:
    """Do nothing: NumPy asks OPENBLAS_NUM_THREADS, or what its library is named, when it is imported."""


def get_num_threads() -> int:
    """Return how many processors there are."""
    return os.cpu_count() or 1


def stride(self: Tensor, dim: int | None = None) -> Any:
    """Return how many numbers lie between neighbors in each dimension, or in one."""
    settle(self)
    steps = tuple(n // self._data.itemsize for n in self._data.strides)
    return steps if dim is None else steps[dim]


def as_type(self: Tensor, dtype: Any = None) -> Any:
    """Return the tensor in a type, such as float64, FloatTensor or "torch.LongTensor"; without one, the type's name."""
    if dtype is None:
        return f"torch.{dtypes.NAMES[self.dtype.name]}Tensor"
    old = {f"{old}Tensor": name for name, old in dtypes.NAMES.items()}
    return self.to(np.dtype(old.get(getattr(dtype, "__name__", str(dtype)).removeprefix("torch."), dtype)))


def detach_(self: Tensor) -> Tensor:
    """Leave the graph and return the tensor."""
    self.node = None
    return self


def of_another_shape(name: str) -> Callable[..., Tensor]:
    """Return the form of a method that gives the tensor itself another shape."""

    def method(self: Tensor, *dims: int) -> Tensor:
        prepare(self)
        y = getattr(alias(self), name)(*dims)
        self.data = y._data
        self.node = self.node if y.node is None else y.node
        return self

    method.__name__, method.__doc__ = f"{name}_", f"Give the tensor the shape that `{name}` returns, and return it."
    return method


def scatter(input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None) -> Tensor:
    """Return input with the numbers of src, or one value, written to the places that index names along `dim`."""
    dim = check_places(input, dim, index, "scatter")
    source = value if src is None else src
    source = source[tuple(map(slice, index.shape))] if isinstance(source, Tensor) and source.ndim else source
    return put(input, source, index=along(kept(index), dim))


def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """Return input + value * tensor1 * tensor2."""
    _, tensor1, tensor2 = promoted((input, tensor1, tensor2))
    return add(input, mul(tensor1, tensor2), alpha=value)


def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """Return input + value * tensor1 / tensor2."""
    return add(input, divide(tensor1, tensor2), alpha=value)


def new_tensor(
    self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Return a tensor of data, with this tensor's dtype."""
    return creation.tensor(data, dtype=dtype or self.dtype, requires_grad=requires_grad)


def new_full(
    self: Tensor, size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Return a tensor of a size with one number everywhere, with this tensor's dtype."""
    return creation.full(size, fill_value, dtype=dtype or self.dtype, requires_grad=requires_grad)


def new(create: Callable[..., Tensor], name: str) -> Callable[..., Tensor]:
    def function(
        self: Tensor, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Tensor:
        return create(*size, dtype=dtype or self.dtype, requires_grad=requires_grad)

    return named(function, name, f"Return `{name[4:]}` of a size, with this tensor's dtype.")


def typed(dtype: np.dtype, name: str) -> Callable[..., Tensor]:
    """Return PyTorch's old way to make a tensor of a type: from lists, or, given whole numbers, of that size."""

    def function(*data: Any) -> Tensor:
        sized = not data or isinstance(data[0], int)
        return creation.empty(*data or (0,), dtype=dtype) if sized else creation.tensor(data[0], dtype=dtype)

    return named(function, name, f"Return a tensor of {dtype} from lists, or of a size.")


FloatTensor, DoubleTensor = typed(dtypes.float32, "FloatTensor"), typed(dtypes.float64, "DoubleTensor")
LongTensor, BoolTensor = typed(dtypes.int64, "LongTensor"), typed(dtypes.boolean, "BoolTensor")


def missing(where: str) -> Callable[[str], Any]:
    """Return what a module answers when asked for a name that it does not have."""

    def answer(name: str) -> Any:
        raise AttributeError(
            f"{where} has no {name!r}: it is not part of this engine. Write it with the operations there are "
            "(dir() lists them), or use PyTorch for it."
        )

    return answer


def refused(name: str, way_out: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"{name} is not part of this engine: {way_out}")

    return named(method, name.split(".")[1], f"Raise NotImplementedError: {way_out}")


METHODS = (
    "absolute addcdiv addcmul bincount clamp_max clamp_min clip count_nonzero det detach_ diag divide fmod index_fill "
    "inverse isclose multiply narrow new_full new_tensor nonzero ravel repeat_interleave scatter select stride "
    "subtract swapaxes true_divide unique"
)
for _name in METHODS.split():
    setattr(Tensor, _name, globals()[_name])
for _name in ("squeeze", "unsqueeze", "transpose", "t"):
    setattr(Tensor, f"{_name}_", of_another_shape(_name))
Tensor.type, Tensor.nelement = as_type, Tensor.numel
Tensor.bernoulli, Tensor.multinomial = creation.bernoulli, creation.multinomial
Tensor.new = lambda self, *data: typed(self.dtype, "new")(*data)
Tensor.element_size = lambda self: self._data.itemsize
Tensor.data_ptr = lambda self: self._data.__array_interface__["data"][0]
Tensor.nbytes, Tensor.is_cuda = property(lambda self: self._data.nbytes), False
Tensor.H = property(lambda self: self.transpose(0, 1))
linalg.linalg.vector_norm = staticmethod(vector_norm)
for _name in ("zeros", "ones", "empty"):
    setattr(Tensor, f"new_{_name}", new(getattr(creation, _name), f"new_{_name}"))
Tensor.cuda = refused("Tensor.cuda", "the only device is the cpu; leave the call out, or ask cuda.is_available() first")
Tensor.register_hook = refused("Tensor.register_hook", "use autograd.grad, or a Function whose backward does it")
