"""Names that ordinary model files use beside the table. Each is made of entries of it, or has no gradient."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.tensor import creation, dtypes
from autograd.tensor.derivatives.elementwise import add, divide, mul
from autograd.tensor.derivatives.forms import named, place
from autograd.tensor.derivatives.indexing import along, check_places, pick, put
from autograd.tensor.derivatives.shapes import diagonal as diagonal_of
from autograd.tensor.derivatives.shapes import from_diagonal
from autograd.tensor.engine import Tensor, wrap


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Return where |input - other| <= atol + rtol * |other|."""
    return wrap(np.isclose(input._data, other._data, rtol, atol, equal_nan))


def numel(input: Tensor) -> int:
    """Return how many numbers the tensor holds."""
    return input.numel()


def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """Return the places that are not 0, one in each row; with `as_tuple`, a tensor for each dimension."""
    places = np.nonzero(input._data)
    return tuple(map(wrap, places)) if as_tuple else wrap(np.stack(places, -1))


def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """Return how many numbers are not 0."""
    return wrap(np.count_nonzero(input._data, dim))


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
        return diagonal_of(input, diagonal)
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
    return pick(input, index=(*[slice(None)] * dim, np.repeat(np.arange(input.shape[dim]), counts)))


def scatter(input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None) -> Tensor:
    """Return input with the numbers of src, or one value, written to the places that index names along `dim`."""
    dim = check_places(input, dim, index, "scatter")
    source = value if src is None else src
    source = source[tuple(map(slice, index.shape))] if isinstance(source, Tensor) and source.ndim else source
    return put(input, source, index=along(index._data, dim))


def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """Return input + value * tensor1 * tensor2."""
    return add(input, mul(tensor1, tensor2), alpha=value)


def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """Return input + value * tensor1 / tensor2."""
    return add(input, divide(tensor1, tensor2), alpha=value)


def new_tensor(
    self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Return a tensor of data, with this tensor's dtype."""
    return creation.tensor(data, dtype=dtype or self.dtype, requires_grad=requires_grad)


def new_full(self: Tensor, size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Return a tensor of a size with one number everywhere, with this tensor's dtype."""
    return creation.full(size, fill_value, dtype=dtype or self.dtype)


def new(create: Callable[..., Tensor], name: str) -> Callable[..., Tensor]:
    def function(self: Tensor, *size: Any, dtype: Any = None, device: Any = None) -> Tensor:
        return create(*size, dtype=dtype or self.dtype)

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
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"Tensor.{name} is not part of this engine: {way_out}")

    return named(method, name, f"Raise NotImplementedError: {way_out}")


_METHODS = (
    "diag bincount count_nonzero isclose nonzero unique repeat_interleave scatter addcmul addcdiv new_tensor new_full"
)
for _name in _METHODS.split():
    setattr(Tensor, _name, globals()[_name])
for _name in ("zeros", "ones", "empty"):
    setattr(Tensor, f"new_{_name}", new(getattr(creation, _name), f"new_{_name}"))
Tensor.cuda = refused("cuda", "the only device is the cpu; leave the call out, or ask cuda.is_available() first")
Tensor.register_hook = refused("register_hook", "use autograd.grad, or a Function whose backward does it")
