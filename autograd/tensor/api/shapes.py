"""Shapes under PyTorch's names and with its arguments: reshaping, joining, splitting, padding."""

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from autograd.tensor.api import dtypes
from autograd.tensor.api.arguments import accept_axis, checked_dim, numbers, reduced_dims
from autograd.tensor.api.public import public
from autograd.tensor.core.tensor import Tensor, make_contiguous, wrap
from autograd.tensor.core.versions import share_memory
from autograd.tensor.table import shapes as table
from autograd.tensor.table.shapes import cast, from_diagonal, index_at, joined, padded, stacked


@public(method=True)
def clone(input: Tensor) -> Tensor:
    """Return a copy that gradients flow through."""
    return table.clone(input)


@public(method=True)
def reshape(input: Tensor, *args: Any, shape: Any = ()) -> Tensor:
    """Return the numbers in another shape; one length may be -1. Shares memory where it can."""
    shape, size = numbers(args or shape), input._data.size
    total = math.prod(shape)
    if total != size or total < 0 or min(shape, default=0) < 0:
        if shape.count(-1) != 1 or min(shape) < -1 or not total or size % total:
            raise RuntimeError(f"reshape: shape '{list(shape)}' is invalid for input of size {size}")
    return table.reshape(input, shape=shape)


@public(method=True)
def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """Return the tensor without its dimensions of length 1, or without those of `dim` that have length 1."""
    shape = input.shape
    dims = range(len(shape)) if dim is None else dim if isinstance(dim, list | tuple) else [dim]
    chosen = {checked_dim(d, len(shape), "squeeze") for d in dims} if shape else set()
    return table.squeeze(input, dims=tuple(d for d in chosen if shape[d] == 1))


@public(method=True)
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """Return the tensor with a new dimension of length 1 at `dim`."""
    return table.unsqueeze(input, dim=checked_dim(dim, input.ndim + 1, "unsqueeze"))


@public(method=True)
def expand(input: Tensor, *args: Any, size: Any = ()) -> Tensor:
    """Return a view with dimensions of length 1 repeated; -1 leaves a dimension as it is."""
    shape = numbers(args or size)
    if -1 in shape:
        new = len(shape) - input.ndim
        shape = tuple(input.shape[i - new] if n == -1 and i >= new else n for i, n in enumerate(shape))
    try:
        return table.expand(input, shape=shape)
    except RuntimeError as error:
        raise RuntimeError(
            f"expand: the shape {input.shape} does not expand to {shape}: The expanded size of the tensor must match "
            "the existing size at each non-singleton dimension"
        ) from error


@public(method=True)
def permute(input: Tensor, *args: Any, dims: Any = ()) -> Tensor:
    """Return a view with the dimensions in another order."""
    return table.permute(input, dims=numbers(args or dims))


@public(method=True)
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Return a view with two dimensions exchanged."""
    return table.transpose(input, dim0=dim0, dim1=dim1)


@public(method=True)
def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Return a view with dimensions moved to other places."""
    return table.movedim(input, source=source, destination=destination)


@public(method=True)
def flip(input: Tensor, *args: Any, dims: Any = ()) -> Tensor:
    """Return the tensor with the order along `dims` reversed."""
    dims = numbers(args or dims)
    return table.flip(input, dims=(reduced_dims(input, dims, "flip") or ()) if dims else ())


@public(method=True)
def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    """Return the tensor with numbers moved on along `dims`; those that leave at the end come in again at the start."""
    if not np.size(shifts):
        raise RuntimeError("roll(): `shifts` required: by how many places the numbers move")
    if dims is not None and np.size(shifts) != np.size(dims):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {np.size(shifts)}, dims: {np.size(dims)}")
    return table.roll(input, shifts=shifts, dims=dims)


@public(method=True, in_place=True)
def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """Return the matrix with 0 above a diagonal."""
    check_matrices("tril", input)
    return table.tril(input, diagonal=diagonal)


@public(method=True, in_place=True)
def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """Return the matrix with 0 below a diagonal."""
    check_matrices("triu", input)
    return table.triu(input, diagonal=diagonal)


def check_matrices(op: str, input: Tensor) -> None:
    """Raise RuntimeError unless the last two dimensions are those of a matrix."""
    if input.ndim < 2:
        raise RuntimeError(f"{op}: input tensor must have at least 2 dimensions, got shape {input.shape}")


@public(method=True, numpy=np.diagonal)
def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """Return a view of the numbers on a diagonal, as the last dimension."""
    return table.diagonal(input, offset=offset, dim1=dim1, dim2=dim2)


@public(method=True)
def t(input: Tensor) -> Tensor:
    """Return a matrix transposed; a tensor of fewer dimensions as it is."""
    if input.ndim > 2:
        raise RuntimeError(f"t: t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return table.t(input)


@public(method=True)
def to(input: Tensor, *args: Any, dtype: Any = None, device: Any = "cpu", copy: bool = False, **_: Any) -> Tensor:
    """Return the tensor with another dtype, or itself; the only device is "cpu"."""
    for arg in args:
        if isinstance(arg, Tensor):
            dtype = arg.dtype
        elif isinstance(arg, str):
            device = arg
        elif not isinstance(arg, bool) and arg is not None:
            dtype = arg
    if device is not None and device != "cpu":
        dtypes.device(device)
    dtype = input.dtype if dtype is None else dtypes.checked(dtype)
    if dtype != input.dtype:
        return cast(input if dtype.kind == "f" else input.detach(), dtype=dtype)  # whole numbers have no derivative
    return clone(input) if copy else input


@public(method=True)
def view(input: Tensor, *shape: Any) -> Tensor:
    """Return a view of another shape; raises RuntimeError where only a copy could have it."""
    if len(shape) == 1 and not isinstance(shape[0], int | Sequence):
        return of_same_bits(input, dtypes.checked(shape[0]))
    make_contiguous(input)
    y = reshape(input, *shape)
    if y.numel() and not np.shares_memory(y._data, input._data):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        )
    return y


def of_same_bits(input: Tensor, dtype: np.dtype) -> Tensor:
    if dtype == input.dtype:
        return reshape(input, *input.shape)
    y = wrap(input._data.view(dtype))
    share_memory(y, input)
    return y


@public(method=True)
def contiguous(input: Tensor, *, memory_format: Any = None) -> Tensor:
    """Return the tensor itself if its numbers lie row after row, else a copy."""
    return input if input.is_contiguous() else clone(input)


@public(method=True)
def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Return the tensor with the dimensions from start_dim to end_dim made one."""
    if not input.ndim:
        return reshape(input, 1)
    first, last = checked_dim(start_dim, input.ndim, "flatten"), checked_dim(end_dim, input.ndim, "flatten")
    if first > last:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    middle = math.prod(input.shape[first : last + 1])
    return reshape(input, (*input.shape[:first], middle, *input.shape[last + 1 :]))


@public(method=True)
def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """Return the tensor with one dimension split into several; one size may be -1."""
    dim, sizes = checked_dim(dim, input.ndim, "unflatten"), list(sizes)
    if -1 in sizes:
        sizes[sizes.index(-1)] = input.shape[dim] // max(-math.prod(sizes), 1)
    if math.prod(sizes) != input.shape[dim]:
        raise RuntimeError(
            f"unflatten: Provided sizes {sizes} don't multiply up to the size of dim {dim} ({input.shape[dim]})"
        )
    return reshape(input, (*input.shape[:dim], *sizes, *input.shape[dim + 1 :]))


@public(method=True)
def broadcast_to(input: Tensor, *args: Any, size: Sequence[int] = ()) -> Tensor:
    """Return a view with dimensions of length 1 repeated; its memory must not be written to."""
    return expand(input, *numbers(args or size))


@public(method=True)
def repeat(input: Tensor, *args: Any, repeats: Any = ()) -> Tensor:
    """Return the tensor repeated `repeats` times along each dimension."""
    repeats = numbers(args or repeats)
    if min(repeats, default=0) < 0:
        raise RuntimeError(f"repeat: cannot repeat a negative number of times: {repeats}")
    if len(repeats) < input.ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: "
            f"{len(repeats)} and {input.ndim}"
        )
    shape = (1,) * (len(repeats) - input.ndim) + input.shape
    apart = reshape(input, [n for length in shape for n in (1, length)])
    apart = expand(apart, [n for pair in zip(repeats, shape, strict=True) for n in pair])
    return reshape(clone(apart), [r * n for r, n in zip(repeats, shape, strict=True)])


@public(method=True, numpy=np.tile)
def tile(input: Tensor, *args: Any, dims: Any = ()) -> Tensor:
    """Return the tensor repeated as `repeat` does; where `dims` are fewer, 1 is put in front of them."""
    dims = numbers(args or dims)
    return repeat(input, (1,) * (input.ndim - len(dims)) + dims)


@accept_axis
def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Return tensors joined along a dimension they have."""
    tensors = same_dtype(tensors, "cat")
    tensors = [x for x in tensors if x.shape != (0,)] or tensors[:1]  # PyTorch lets such tensors pass
    dim = checked_dim(dim, tensors[0].ndim, "cat")
    if any(x.ndim != tensors[0].ndim for x in tensors):
        raise RuntimeError(
            f"Tensors must have same number of dimensions: got {', '.join(str(x.ndim) for x in tensors[:5])}"
        )
    return joined(tensors, axis=dim, bounds=[0, *accumulate(x._data.shape[dim] for x in tensors)])


@accept_axis
def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Return tensors of one shape joined along a new dimension."""
    tensors = same_dtype(tensors, "stack")
    return stacked(tensors, axis=checked_dim(dim, tensors[0].ndim + 1, "stack"))


def same_dtype(tensors: Sequence[Tensor], op: str) -> list[Tensor]:
    tensors = list(tensors)
    if not tensors:
        raise (ValueError if op == "cat" else RuntimeError)(f"{op} expects a non-empty list of Tensors")
    for x in tensors:
        if not isinstance(x, Tensor):
            raise TypeError(f"{op}: expected Tensors in the list, got {type(x).__name__}")
    if all(x._data.dtype is tensors[0]._data.dtype for x in tensors):
        return tensors
    dtype = dtypes.result_type(*(x._data for x in tensors))
    return [to(x, dtype) for x in tensors]


def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Return views of the tensor along `dim`, of one length (the last may be shorter) or of given lengths."""
    dim = checked_dim(dim, tensor.ndim, "split")
    n, sizes = tensor.shape[dim], split_size_or_sections
    if isinstance(sizes, int):
        if sizes < (n > 0):
            raise RuntimeError(f"split expects split_size be positive, but got split_size={sizes} for a size of {n}")
        sizes = [min(sizes, n - start) for start in range(0, n, sizes or 1)] or [0]
    if sum(sizes) != n or min(sizes, default=0) < 0:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes of no negative lengths to sum exactly to {n} (input tensor's size "
            f"at dimension {dim}), but got split_sizes={list(sizes)}"
        )
    ends = np.cumsum(sizes).tolist()
    return tuple(tensor[index_at(dim, slice(end - size, end))] for end, size in zip(ends, sizes, strict=True))


def split_method(input: Tensor, split_size: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Return views of the tensor along `dim`, as the function `split` does, with the method's names of arguments."""
    return split(input, split_size, dim)


split_method.__name__ = "split"


@public(method=True)
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Return at most `chunks` views of equal length along `dim`; the last may be shorter."""
    n = input.shape[checked_dim(dim, input.ndim, "chunk")]
    if chunks < 1:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    return split(input, max(-(-n // chunks), 1), dim) if n else split(input, [0] * chunks, dim)


@public(method=True)
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """Return the slices along a dimension, without it."""
    dim = checked_dim(dim, input.ndim, "unbind")
    return tuple(input[index_at(dim, i)] for i in range(input.shape[dim]))


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Return the tensor with `value` (0) around it; `pad` is (before, after) for the last dimension, then for others.

    Negative numbers cut off. The only mode is "constant".
    """
    if mode != "constant":
        raise NotImplementedError(f"pad: only mode 'constant' is implemented, got {mode!r}")
    if len(pad) % 2 or len(pad) > 2 * input.ndim:
        raise RuntimeError(f"Padding length must be divisible by two and at most twice the dimensions: {list(pad)}")
    pairs = [(0, 0)] * (input.ndim - len(pad) // 2) + [(pad[i], pad[i + 1]) for i in range(len(pad) - 2, -1, -2)]
    if not any(pad):
        return clone(input)
    if min(pad) < 0:
        kept = [slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(pairs, input.shape, strict=True)]
        input, pairs = input[tuple(kept)], [(max(a, 0), max(b, 0)) for a, b in pairs]
    return padded(input, widths=pairs, value=value or 0)


@public(method=True)
def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Return a view with two dimensions exchanged, as `transpose` does."""
    return transpose(input, axis0, axis1)


concat = concatenate = cat


@public(method=True, numpy=np.ravel)
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


@public(method=True, numpy=np.diag)
def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """Return the diagonal of a matrix, or the matrix that has a vector on its diagonal."""
    if input.ndim == 2:
        return input.diagonal(diagonal).clone()
    if input.ndim != 1:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    n = input.numel() + abs(diagonal)
    return from_diagonal(input, shape=(n, n), offset=diagonal, dim1=0, dim2=1)


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Return the coordinates of a grid, one tensor for each vector; indexing "xy" swaps the first two dimensions."""
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    xs = list(tensors[0] if len(tensors) == 1 and isinstance(tensors[0], list | tuple) else tensors)
    if wrong := [x.shape for x in xs if x.ndim > 1]:
        raise RuntimeError(f"meshgrid: Expected 0D or 1D tensors, but got one of shape {wrong[0]}")
    shape = tuple(x.numel() for x in xs)
    grids = [x.reshape([-1 if i == k else 1 for k in range(len(xs))]).expand(shape) for i, x in enumerate(xs)]
    return tuple(grid.transpose(0, 1) if indexing == "xy" and len(xs) > 1 else grid for grid in grids)
