"""Indexing under PyTorch's names and with its arguments."""

import math
from typing import Any

import numpy as np

from autograd.tensor.api import dtypes
from autograd.tensor.api.arguments import checked_dim
from autograd.tensor.api.shapes import reshape, same_dtype
from autograd.tensor.core.tensor import Tensor, make_contiguous, wrap
from autograd.tensor.table.elementwise import choose
from autograd.tensor.table.indexing import gathered, index_along, pick, put, scatter_into
from autograd.tensor.table.shapes import index_at


def snapshot(index: Tensor) -> np.ndarray:
    """Return a copy of an index: a setting has no version, and the backward pass reads it again."""
    return index._data.copy()


def numpy_index(index: Any) -> Any:
    """Return an index with arrays for tensors and lists; raise IndexError for what cannot be an index."""
    if isinstance(index, tuple):
        return tuple(map(numpy_index, index))
    if isinstance(index, Tensor):
        if index.dtype.kind == "f":
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
        if index.dtype.kind == "u":
            return index._data != 0  # bytes are a mask
        return snapshot(index) if index.ndim or index.dtype.kind == "b" else int(index._data)
    if isinstance(index, np.ndarray):
        return index.copy()
    if isinstance(index, list):
        return np.asarray(index) if len(index) else np.zeros(0, np.int64)
    if isinstance(index, np.integer):
        return int(index)
    return index


def getitem(input: Tensor, index: Any) -> Tensor:
    """Return the numbers at an index; a view if it holds only integers, slices, None and `...`."""
    make_contiguous(input)
    if type(index) is not int and type(index) is not slice:
        index = plain_index(numpy_index(index), input.shape)
    return pick(input, index=index)


def plain_index(index: Any, shape: tuple[int, ...]) -> Any:
    """Return an index that means to NumPy what the given one means to PyTorch.

    NumPy counts an integer beside an array as an array too, and may put the array's dimension in front.
    """
    if type(index) is not tuple or not (has(index, int) and has(index, np.ndarray)):
        return index
    widths = [i.ndim if isinstance(i, np.ndarray) and i.dtype.kind == "b" else i is not None for i in index]
    unnamed = len(shape) - sum(w for w, i in zip(widths, index, strict=True) if i is not Ellipsis)
    first: list[Any] = []
    then: list[Any] = []
    for i, width in zip(index, widths, strict=True):
        if isinstance(i, np.ndarray) or i is Ellipsis:
            first += [slice(None)] * (unnamed if i is Ellipsis else width)
            then += [slice(None)] * unnamed if i is Ellipsis else [i]
        else:
            first.append(i)
            then += [] if isinstance(i, int) else [slice(None)]
    places = np.arange(math.prod(shape)).reshape(shape)[tuple(first)][tuple(then)]
    return np.unravel_index(places, shape)


def has(index: tuple[Any, ...], kind: type) -> bool:
    return any(isinstance(i, kind) for i in index)


def gather(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """Return input[..., index[..., i, ...], ...]: for each place of `index` the number it names along `dim`."""
    dim = check_places(input, dim, index, "gather")
    return gathered(input, index=snapshot(index), axis=dim)


def check_places(input: Tensor, dim: int, index: Tensor, op: str, src: Tensor | None = None) -> int:
    """Return the dimension counted from the front; raise an error unless index holds places along it, and fits."""
    dim, shape = check_range(input, dim, index, op, RuntimeError), index.shape
    larger = len(shape) != input.ndim or any(i != dim and n > input.shape[i] for i, n in enumerate(shape))
    if src is not None:
        larger |= len(shape) != src.ndim or any(n > m for n, m in zip(shape, src.shape, strict=True))
    if larger and index.numel():
        also = "" if src is None else f" and to be no larger size than src {src.shape}"
        raise RuntimeError(
            f"{op}(): Expected index {shape} to be no larger than self {input.shape} apart from dimension {dim}{also}, "
            "with the same number of dimensions"
        )
    return dim


def check_range(input: Tensor, dim: int, index: Tensor, op: str, error: type[Exception]) -> int:
    dim, size, index = checked_dim(dim, input.ndim or 1, op), (input.shape or (1,))[dim], index._data
    if index.dtype.kind not in "iu":
        raise RuntimeError(f"{op}(): Expected dtype int64 for index")
    if index.size and not (0 <= index.min() and index.max() < size):
        wrong = index[(index < 0) | (index >= size)][0]
        raise error(f"{op}: index {wrong} is out of bounds for dimension {dim} with size {size}")
    return dim


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """Return the numbers that indices name along `dim`, where both broadcast; of the flat tensor if dim is None."""
    if dim is None:
        return gathered(reshape(input, -1), index=snapshot(indices).reshape(-1), axis=0)
    dim = checked_dim(dim, input.ndim, "take_along_dim")
    if input.ndim != indices.ndim:
        raise RuntimeError(
            "take_along_dim(): input and indices should have the same number of dimensions, but got shapes "
            f"{input.shape} and {indices.shape}"
        )
    shape = np.broadcast_shapes(
        (*input.shape[:dim], 1, *input.shape[dim + 1 :]), (*indices.shape[:dim], 1, *indices.shape[dim + 1 :])
    )
    input = input.expand(*shape[:dim], input.shape[dim], *shape[dim + 1 :])
    index = np.broadcast_to(snapshot(indices), (*shape[:dim], indices.shape[dim], *shape[dim + 1 :]))
    return gathered(input, index=index, axis=dim)


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """Return input with the numbers of src added at the places that index names along `dim`."""
    dim = check_places(input, dim, index, "scatter_add", src)
    source = src[tuple(map(slice, index.shape))]
    return input + scatter_into(source, index=index_along(snapshot(index), dim), shape=input.shape)


def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """Return the slices of input that index names along `dim`."""
    if not input.ndim:
        return index_select(reshape(input, 1), dim, index).reshape(())
    return pick(input, index=slices(input, dim, index, "index_select"))


def slices(input: Tensor, dim: int, index: Tensor, op: str) -> Any:
    """Return the full index of the slices that a vector names along `dim`."""
    if index.ndim > 1:
        raise IndexError(f"{op}(): Index is supposed to be a vector, got shape {index.shape}")
    dim, index = check_range(input, dim, index, op, IndexError), snapshot(index).reshape(-1)
    return index_at(dim, index) if dim else index


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1) -> Tensor:
    """Return input with alpha times the slices of source added to those that index names along `dim`."""
    input, source = same_dtype([input, source], "index_add")
    where = slices(input, dim, index, "index_add")
    return input + scatter_into(source if alpha == 1 else source * alpha, index=where, shape=input.shape)


def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """Return the numbers where the mask is True, as one dimension; both broadcast."""
    shape = np.broadcast_shapes(input.shape, mask.shape)
    return pick(input.expand(shape), index=np.broadcast_to(snapshot(mask), shape))


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Return for each integer a row of 0 with a 1 at its place, as int64; -1 classes: as many as needed."""
    labels = tensor._data
    if labels.dtype.kind not in "iu":
        raise RuntimeError("one_hot is only applicable to index tensor of integer dtype.")
    if num_classes < 0 and not labels.size:
        raise RuntimeError("Can not infer total number of classes from empty tensor.")
    classes = int(labels.max()) + 1 if num_classes < 0 else num_classes
    if labels.size and not (0 <= labels.min() and labels.max() < classes):
        raise RuntimeError(f"Class values must be non-negative and smaller than num_classes ({classes}).")
    return wrap((labels[..., None] == np.arange(classes)).astype(dtypes.int64))


def embedding(input: Tensor, weight: Tensor, padding_idx: int | None = None) -> Tensor:
    """Return the rows of weight (rows, features) that the integers of input name: shape (*input.shape, features)."""
    if input.dtype.kind not in "iu":
        raise RuntimeError(f"embedding: expected integer indices, got {input.dtype}")
    if input._data.size and not (0 <= input._data.min() and input._data.max() < len(weight)):
        raise IndexError("index out of range in self")
    rows = pick(weight, index=snapshot(input))
    if padding_idx is None:
        return rows
    return choose((input._data != padding_idx % len(weight))[..., None], rows, rows.detach())


def repeat_interleave(input: Tensor, repeats: Any, dim: int | None = None) -> Tensor:
    """Return the tensor with each slice along `dim`, or each number, repeated in its place."""
    input, dim = (reshape(input, -1), 0) if dim is None else (input, checked_dim(dim, input.ndim, "repeat_interleave"))
    counts = repeats._data if isinstance(repeats, Tensor) else repeats
    return pick(input, index=index_at(dim, np.repeat(np.arange(input.shape[dim]), counts)))


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """Return the slice at one place along `dim`, as a view without that dimension."""
    return input[index_at(checked_dim(dim, input.ndim, "select"), int(index))]


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """Return `length` slices along `dim`, from start on, as a view."""
    dim, size, start = checked_dim(dim, input.ndim, "narrow"), input.shape[dim], int(start)
    start += size * (start < 0)
    if not 0 <= start <= start + length <= size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return input[index_at(dim, slice(start, start + length))]


def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """Return input with one value in the slices that index names along `dim`."""
    return put(input, value, index=index_at(checked_dim(dim, input.ndim, "index_fill"), snapshot(index)))


def scatter(input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None) -> Tensor:
    """Return input with the numbers of src, or one value, written to the places that index names along `dim`."""
    dim = check_places(input, dim, index, "scatter")
    source = value if src is None else src
    source = source[tuple(map(slice, index.shape))] if isinstance(source, Tensor) and source.ndim else source
    return put(input, source, index=index_along(snapshot(index), dim))
