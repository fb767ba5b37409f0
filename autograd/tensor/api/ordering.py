"""Sorting and searching: the gradient of what is found goes to the place where it was found."""

from collections import namedtuple
from typing import Any, cast

import numpy as np

from autograd.tensor.api.arguments import accept_axis, checked_dim, reduced_dims
from autograd.tensor.api.elementwise import where
from autograd.tensor.api.public import public
from autograd.tensor.api.reductions import amax, amin
from autograd.tensor.api.shapes import squeeze
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.table.elementwise import maximum, minimum
from autograd.tensor.table.indexing import gathered
from autograd.tensor.table.reductions import median_of_all

Found: dict[str, Any] = {name: namedtuple(name, "values indices") for name in ("max", "min", "median", "sort", "topk")}


def values_and_indices(name: str, input: Tensor, dim: int, keepdim: bool, find: Any) -> Any:
    """Return the values and indices that find(x, axis) finds along a dimension; a single number has index 0."""
    axis = checked_dim(dim, input.ndim or 1, name)
    if not input.ndim:
        return Found[name](input.clone(), wrap(np.int64(0)))
    index = find(input._data, axis)
    values, indices = gathered(input, index=index, axis=axis), wrap(index)
    return Found[name](*((values, indices) if keepdim else (squeeze(values, axis), squeeze(indices, axis))))


@public(method=True)
@accept_axis
def max(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """Return the largest number; along `dim`, (values, indices) of the first ones; of two tensors, the larger.

    Ties share the gradient; only along `dim` the first of them gets all of it.
    """
    if isinstance(dim, Tensor) or other is not None:
        return maximum(input, dim if other is None else other)
    return extremum(np.argmax, "max", amax, input, dim, keepdim)


@public(method=True)
@accept_axis
def min(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """Return the smallest number; along `dim`, (values, indices) of the first ones; of two tensors, the smaller.

    Ties share the gradient; only along `dim` the first of them gets all of it.
    """
    if isinstance(dim, Tensor) or other is not None:
        return minimum(input, dim if other is None else other)
    return extremum(np.argmin, "min", amin, input, dim, keepdim)


def extremum(find: Any, name: str, of_all: Any, input: Tensor, dim: int | None, keepdim: bool) -> Any:
    """Return the largest or smallest of all numbers, or (values, indices) along a dimension."""
    if dim is None:
        require_numbers(input, None, name, RuntimeError)
        return of_all(input)
    require_numbers(input, reduced_dims(input, dim, name), name)
    return values_and_indices(name, input, dim, keepdim, lambda x, axis: find(x, axis=axis, keepdims=True))


@public(method=True, numpy=np.argmax)
@accept_axis
def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Return the place of the largest number along `dim`, or in the flat tensor; of the first where there are ties."""
    return place_of(np.argmax, "argmax", input, dim, keepdim)


@public(method=True, numpy=np.argmin)
@accept_axis
def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Return the place of the smallest number along `dim`, or in the flat tensor; of the first where there are ties."""
    return place_of(np.argmin, "argmin", input, dim, keepdim)


def place_of(find: Any, name: str, input: Tensor, dim: int | None, keepdim: bool) -> Tensor:
    axis = reduced_dims(input, dim, name)
    require_numbers(input, axis, name)
    return wrap(find(input._data, axis=axis, keepdims=keepdim))


def require_numbers(input: Tensor, axis: int | None, name: str, error: type[Exception] = IndexError) -> None:
    """Raise an error if there is nothing to choose from."""
    if not (input.numel() if axis is None else input.shape[axis]):
        words = "be specified for input.numel() == 0" if axis is None else f"have non-zero size, got {axis}"
        raise error(f"{name}(): Expected reduction dim to {words}, shape {input.shape}")


def order(x: np.ndarray, axis: int, descending: bool) -> Any:
    """Return the places in sorted order; equal numbers stay in the order they had, also when descending."""
    if not descending:
        return np.argsort(x, axis=axis, kind="stable")
    places = np.flip(np.argsort(np.flip(x, axis), axis=axis, kind="stable"), axis)
    return x.shape[axis] - 1 - places


@public(method=True)
@accept_axis
def sort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """Return the numbers in order along `dim`, as (values, indices). Equal numbers keep their order."""
    return values_and_indices("sort", input, dim, True, lambda x, axis: order(x, axis, descending))


@public(method=True)
def argsort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
    """Return the places of the numbers in sorted order along `dim`."""
    places: Tensor = sort(input.detach(), dim, descending, stable).indices
    return places


@public(method=True)
def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """Return the k largest (or smallest) numbers along `dim` in order, as (values, indices)."""
    axis = checked_dim(dim, input.ndim or 1, "topk")
    if not 0 <= k <= (input.shape or (1,))[axis]:
        raise RuntimeError(f"topk: selected index k out of range: {k} of shape {input.shape}, dim {dim}")
    return values_and_indices(
        "topk", input, dim, True, lambda x, axis: np.take(order(x, axis, largest), np.arange(k), axis)
    )


@public(method=True)
@accept_axis
def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """Return the median, the lower of two middle numbers; along `dim`, as (values, indices).

    The median of all numbers shares its gradient among ties.
    """
    if dim is None:
        return median_of_all(input)
    return values_and_indices("median", input, dim, keepdim, middle)


def middle(x: np.ndarray, axis: int) -> np.ndarray:
    """Return the place of the middle number, the lower of two, or of the first nan."""
    missing, n = np.isnan(x), (x.shape[axis] - 1) // 2
    places = np.take(order(x, axis, False), [n], axis=axis)
    return np.where(missing.any(axis, keepdims=True), missing.argmax(axis, keepdims=True), places)


@public(method=True)
def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """Return the places that are not 0, one in each row; with `as_tuple`, a tensor for each dimension."""
    return where(input) if as_tuple else wrap(np.argwhere(input._data))


@public(method=True)
def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """Return how many numbers are not 0."""
    return wrap(np.count_nonzero(input._data, reduced_dims(input, dim, "count_nonzero")))


@public(method=True)
def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """Return how often each whole number occurs, or the sum of its weights; it has no gradient."""
    if input.ndim != 1 or input.dtype.kind not in "iu" or (input.numel() and input._data.min() < 0):
        raise RuntimeError(
            f"bincount only supports 1-d non-negative integral inputs, got shape {input.shape} and {input.dtype}"
        )
    return wrap(np.bincount(input._data, None if weights is None else weights._data, minlength))


@public(method=True)
def unique(
    input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False,
    dim: int | None = None,
) -> Any:  # fmt: skip
    """Return the different numbers, or the different slices along `dim`, in order.

    After them come, if asked for, the place of each number of input among them and how often each of them occurs. nan
    is equal to nothing. `sorted=False` allows another order; the results are sorted all the same.
    """
    axis = None if dim is None else checked_dim(dim, input.ndim or 1, "unique")
    x = input._data if input.ndim else input._data.reshape(1)
    if axis is not None and not x.size and x.shape[axis]:
        raise RuntimeError(f"unique(): There are 0 sized dimensions, and they aren't selected, shape {input.shape}")
    found = cast(Any, np.unique)(x, False, return_inverse, return_counts, axis, equal_nan=False)
    values, *more = found if isinstance(found, tuple) else (found,)
    if return_inverse:
        more[0] = more[0].reshape(input.shape if axis is None else -1)
    return (wrap(values), *map(wrap, more)) if more else wrap(values)
