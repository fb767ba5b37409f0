"""Indexing under PyTorch's names and with its arguments."""

import math
from typing import Any

import numpy as np

from autograd.tensor.api import dtypes
from autograd.tensor.api.arguments import checked_dim
from autograd.tensor.api.public import public
from autograd.tensor.api.shapes import reshape
from autograd.tensor.core.tensor import Tensor, make_contiguous, wrap
from autograd.tensor.table.elementwise import choose
from autograd.tensor.table.indexing import gathered, index_along, pick, put, scatter_into
from autograd.tensor.table.shapes import index_at


def snapshot(index: Tensor) -> np.ndarray:
    """Return a copy of an index, because the backward pass reads it again and would not notice a change."""
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


@public(method=True)
def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """Return input[..., index[..., i, ...], ...]: for each place of `index` the number it names along `dim`.

    The result has the shape of index, which may be no larger than input except along `dim`. `sparse_grad` says
    nothing about the numbers: gradients are dense.
    """
    dim = check_places(input, dim, index, "gather")
    if not index.numel():
        return pick(reshape(input, -1), index=np.zeros(index.shape, np.int64))
    return reshape(gathered(vector(input), index=snapshot(vector(index)), axis=dim), index.shape)


def vector(x: Tensor) -> Tensor:
    """Return a single number as a vector of length 1, and other tensors as they are."""
    return x if x.ndim else reshape(x, 1)


def check_places(input: Tensor, dim: int, index: Tensor, op: str, src: Tensor | None = None) -> int:
    """Return the dimension counted from the front; raise an error for an index of a wrong type, shape or range."""
    dim, shape = check_range(input, dim, index, op, RuntimeError), index.shape
    if not index.numel():
        return dim
    sizes = vector(input).shape
    larger = (len(shape) or 1) != len(sizes) or any(i != dim and n > sizes[i] for i, n in enumerate(shape))
    if src is not None:
        ends = vector(src).shape
        larger = larger or len(ends) != len(sizes) or any(n > m for n, m in zip(shape, ends, strict=False))
    if larger:
        also = "" if src is None else f" and to be no larger size than src {src.shape}"
        raise RuntimeError(
            f"{op}(): Expected index {shape} to be no larger than self {input.shape} apart from dimension {dim}{also}, "
            "with the same number of dimensions"
        )
    return dim


def check_range(input: Tensor, dim: int, index: Tensor, op: str, error: type[Exception]) -> int:
    dim, size, places = checked_dim(dim, input.ndim or 1, op), (input.shape or (1,))[dim], index._data
    if places.dtype.kind not in "iu":
        raise RuntimeError(f"{op}(): Expected dtype int64 for index, got {places.dtype}")
    if places.size and not (0 <= places.min() and places.max() < size):
        wrong = places[(places < 0) | (places >= size)][0]
        raise error(f"{op}: index {wrong} is out of bounds for dimension {dim} with size {size}")
    return dim


@public(method=True)
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


@public(method=True, in_place=True)
def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """Return input with the numbers of src added at the places that index names along `dim`.

    index may be no larger than src, and than input except along `dim`; src has the type of input.
    """
    dim = check_places(input, dim, index, "scatter_add", src)
    check_type(input, src, "scatter_add")
    if not index.numel():
        return input.clone()
    where = index_along(snapshot(vector(index)), dim)
    return input + reshape(scatter_into(part_of(src, index), index=where, shape=vector(input).shape), input.shape)


def part_of(src: Tensor, index: Tensor) -> Tensor:
    """Return src cut to the shape of an index that is no larger."""
    return vector(src)[tuple(map(slice, vector(index).shape))]


def check_type(input: Tensor, source: Tensor, op: str) -> None:
    if input.dtype != source.dtype:
        raise RuntimeError(
            f"{op}(): Expected self.dtype to be equal to src.dtype, got {input.dtype} and {source.dtype}; use src.to()"
        )


@public(method=True)
def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """Return the slices of input that index names along `dim`."""
    if not input.ndim:
        if index.numel() != 1:
            raise RuntimeError(f"index_select(): Index to scalar can have only 1 value, got {index.numel()} value(s)")
        return index_select(reshape(input, 1), dim, index).reshape(())
    return pick(input, index=slices(input, dim, index, "index_select"))


def slices(input: Tensor, dim: int, index: Tensor, op: str) -> Any:
    """Return the full index of the slices that a vector names along `dim`."""
    if index.ndim > 1:
        raise IndexError(f"{op}(): Index is supposed to be a vector, got shape {index.shape}")
    dim, places = check_range(input, dim, index, op, IndexError), snapshot(index).reshape(-1)
    return index_at(dim, places) if dim else places


@public(method=True, in_place=True)
def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1) -> Tensor:
    """Return input with alpha times the slices of source added to those that index names along `dim`.

    source has as many slices as index has numbers, and otherwise the shape and the type of input.
    """
    if not input.ndim:
        return reshape(index_add(vector(input), dim, index, vector(source), alpha=alpha), ())
    check_type(input, source, "index_add")
    where, dim = slices(input, dim, index, "index_add"), checked_dim(dim, input.ndim, "index_add")
    if vector(source).shape != (*input.shape[:dim], index.numel(), *input.shape[dim + 1 :]):
        raise RuntimeError(
            f"index_add(): source tensor shape must match self tensor shape, with as many slices as index at dimension "
            f"{dim}. Got self.shape = {input.shape}, source.shape = {source.shape} and an index of {index.numel()}"
        )
    source = vector(source) if alpha == 1 else vector(source) * wrap(np.asarray(alpha, input.dtype))
    return input + scatter_into(source, index=where, shape=input.shape)


@public(method=True)
def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """Return the numbers where the mask is True, as one dimension; both broadcast."""
    if mask.dtype.kind != "b":
        raise RuntimeError(f"masked_select: expected BoolTensor for mask, got {mask.dtype}; use mask != 0")
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
    if weight.ndim != 2:
        raise RuntimeError(f"embedding: 'weight' must be 2-D, with a row for each integer, got shape {weight.shape}")
    if input._data.size and not (0 <= input._data.min() and input._data.max() < len(weight)):
        raise IndexError("index out of range in self")
    rows = pick(weight, index=snapshot(input))
    if padding_idx is None:
        return rows
    return choose((input._data != padding_idx % len(weight))[..., None], rows, rows.detach())


@public(method=True)
def repeat_interleave(
    input: Tensor, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Return the tensor with each slice along `dim`, or each number, repeated in its place.

    `repeats` is one number, or as many as there are slices; `output_size` is their sum, for those who know it. With
    `repeats` alone, as the first argument, the places are returned.
    """
    if repeats is None:
        return repeat_interleave(wrap(np.arange(len(input))), input, 0, output_size=output_size)
    input, dim = (reshape(input, -1), 0) if dim is None else (input, checked_dim(dim, input.ndim, "repeat_interleave"))
    counts = np.asarray(repeats._data if isinstance(repeats, Tensor) else repeats)
    n = input.shape[dim]
    if counts.ndim > 1 or counts.size not in (1, n):
        raise RuntimeError(
            f"repeat_interleave(): repeats must have the same size as input along dim, but got repeats of shape "
            f"{counts.shape} and {n} slices along dim {dim}"
        )
    if counts.dtype.kind not in "iu":
        raise TypeError(f"repeat_interleave(): repeats must be whole numbers, got {counts.dtype}")
    if counts.size and counts.min() < 0:
        raise RuntimeError(f"repeat_interleave(): repeats can not be negative, got {counts.min()}")
    places = np.repeat(np.arange(n), counts)
    if output_size is not None and output_size != len(places):
        raise RuntimeError(f"repeat_interleave(): output_size is {output_size}, but the sum of repeats {len(places)}")
    return pick(input, index=index_at(dim, places))


@public(method=True)
def select(input: Tensor, dim: int, index: int) -> Tensor:
    """Return the slice at one place along `dim`, as a view without that dimension."""
    return input[index_at(checked_dim(dim, input.ndim, "select"), int(index))]


@public(method=True)
def narrow(input: Tensor, dim: int, start: int | Tensor, length: int) -> Tensor:
    """Return `length` slices along `dim`, from start on, as a view."""
    dim = checked_dim(dim, input.ndim, "narrow")
    if isinstance(start, Tensor) and (start.ndim or start.dtype.kind not in "iu"):
        raise RuntimeError(
            f"narrow(): start must be an 0-dim integral Tensor, got one of shape {start.shape} and type {start.dtype}"
        )
    size, start = input.shape[dim], int(start)
    start += size * (start < 0)
    if length < 0:
        raise RuntimeError(f"narrow(): length must be non-negative, got {length}")
    if not 0 <= start <= start + length <= size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return input[index_at(dim, slice(start, start + length))]


@public(method=True, in_place=True)
def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """Return input with one value in the slices that index names along `dim`, however often it names them."""
    if not input.ndim:
        return reshape(index_fill(vector(input), dim, index, value), ())
    dim = checked_dim(dim, input.ndim, "index_fill")
    if index.dtype.kind not in "iu" or index.ndim > 1:
        raise IndexError(
            f"index_fill(): Expected a vector of dtype int64 for index, got shape {index.shape} and {index.dtype}"
        )
    if isinstance(value, Tensor) and value.ndim:
        raise RuntimeError(
            f"index_fill() only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    written = np.zeros((input.shape[dim], *[1] * (input.ndim - dim - 1)), bool)
    try:
        written[index._data] = True
    except IndexError as error:
        raise IndexError(f"index_fill(): {error}; input has shape {input.shape}") from None
    value = value.to(input.dtype) if isinstance(value, Tensor) else wrap(np.asarray(value).astype(input.dtype))
    return choose(written, value, input)


@public(method=True, in_place=True)
def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Tensor:
    """Return input with the numbers of src, or one value, written to the places that index names along `dim`.

    index may be no larger than src, and than input except along `dim`; src has the type of input. `reduce="add"` and
    `"multiply"` combine the numbers with those of input; a product has no derivative here.
    """
    if reduce not in (None, "add", "multiply"):
        raise RuntimeError(f"scatter(): reduce argument must be either add or multiply, got {reduce!r}")
    source = value if src is None else src
    if not isinstance(source, Tensor):
        source = wrap(np.full(index.shape, np.asarray(source).astype(input.dtype)))
    elif src is None:
        source = source.to(input.dtype).expand(index.shape)
    if reduce == "add":
        return scatter_add(input, dim, index, source)
    dim = check_places(input, dim, index, "scatter", source)
    check_type(input, source, "scatter")
    if not index.numel():
        return input.clone()
    x, where = vector(input), index_along(snapshot(vector(index)), dim)
    if reduce is None:
        return reshape(put(x, part_of(source, index), index=where), input.shape)
    if input.requires_grad or source.requires_grad:
        raise RuntimeError('scatter(): reduce="multiply" has no derivative; use detach() on the tensors')
    y = x._data.copy()
    np.multiply.at(y, where, part_of(source, index)._data)
    return wrap(y.reshape(input.shape))
