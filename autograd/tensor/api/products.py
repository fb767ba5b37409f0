"""Products of matrices under PyTorch's names and with its arguments."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.tensor.api.arguments import checked_dim
from autograd.tensor.api.conversion import as_array
from autograd.tensor.api.dtypes import require_one_dtype
from autograd.tensor.api.elementwise import add
from autograd.tensor.api.public import public
from autograd.tensor.api.reductions import sum
from autograd.tensor.api.shapes import diagonal, permute, reshape, unsqueeze
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.table import linalg as table
from autograd.tensor.table.elementwise import masked, mul
from autograd.tensor.table.linalg import contracted, matrix_product


def einsum(equation: str, *operands: Any) -> Tensor:
    """Return the sum of products that an equation such as "bij,bjk->bik" describes."""
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = tuple(operands[0])
    left, arrow, out = equation.replace(" ", "").partition("->")
    labels = left.split(",")
    if len(labels) != len(operands):
        raise RuntimeError(f"einsum(): {len(labels)} operands in the equation {equation!r}, {len(operands)} given")
    spare = [letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if letter not in equation]
    widths = [
        x.ndim - len(label.replace("...", "")) if "..." in label else 0
        for x, label in zip(operands, labels, strict=True)
    ]
    dots = "".join(spare[: max(widths, default=0)])
    labels = [label.replace("...", dots[len(dots) - w :]) for label, w in zip(labels, widths, strict=True)]
    for x, label in zip(operands, labels, strict=True):
        if len(label) != x.ndim:
            raise RuntimeError(f"einsum(): the subscripts {label!r} do not match the {x.ndim} dimensions of an operand")
    if not arrow:
        letters = "".join(labels)
        out = "..." + "".join(sorted(c for c in set(letters) - set(dots) if letters.count(c) == 1))
    out = out.replace("...", dots)
    tensors = list(operands)
    for i, label in enumerate(labels):
        tensors, labels[i] = without_repeats(tensors, i, label)
    if any(1 in x.shape for x in tensors):
        tensors = with_lengths(tensors, labels)
    return contracted(tensors, labels=tuple(labels), out=out)


def with_lengths(operands: Sequence[Tensor], labels: Sequence[str]) -> list[Tensor]:
    """Return operands with dimensions of length 1 repeated to the length that their letter has elsewhere."""
    pairs_of_letters = [list(zip(label, x.shape, strict=True)) for x, label in zip(operands, labels, strict=True)]
    lengths = {letter: n for pairs in pairs_of_letters for letter, n in pairs if n != 1}
    shapes = [tuple(lengths.get(letter, 1) if n == 1 else n for letter, n in pairs) for pairs in pairs_of_letters]
    return [x if x.shape == shape else x.expand(shape) for x, shape in zip(operands, shapes, strict=True)]


def without_repeats(operands: Sequence[Tensor], i: int, label: str) -> tuple[list[Tensor], str]:
    """Return the operands, of which operand i has each letter once: a repeated letter is replaced by a diagonal."""
    operands = list(operands)
    for letter in dict.fromkeys(label):
        while label.count(letter) > 1:
            first, second = label.index(letter), label.rindex(letter)
            operands[i] = diagonal(operands[i], 0, first, second)
            label = label[:second] + label[second + 1 :]
            label = label[:first] + label[first + 1 :] + letter
    return operands, label


@public(method=True)
def matmul(input: Tensor, other: Tensor) -> Tensor:
    """Return the matrix product of the last two dimensions; others broadcast, and one dimension is a vector."""
    if not (isinstance(input, Tensor) and isinstance(other, Tensor)):
        input, other = (x if isinstance(x, Tensor) else wrap(as_array(x, None)) for x in (input, other))
    a, b = input.ndim, other.ndim
    if not a or not b:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {a}D and {b}D")
    if input.shape[-1] != other.shape[-2 if b > 1 else 0]:
        raise RuntimeError(f"matmul: mat1 and mat2 shapes cannot be multiplied ({input.shape} and {other.shape})")
    require_one_dtype("matmul", input, other)
    if a > 2 and b == 2 and input.numel():  # one large product, not many small ones
        product = matrix_product(reshape(input, (-1, input.shape[-1])), other)
        return reshape(product, (*input.shape[:-1], other.shape[1]))
    if a > 1 and b > 1:
        return matrix_product(input, other)
    y = matrix_product(unsqueeze(input, 0) if a == 1 else input, unsqueeze(other, 1) if b == 1 else other)
    return reshape(y, (*input.shape[:-1], *(other.shape[:-2] + other.shape[-1:] if b > 1 else ())))


def check_sizes(name: str, input: Tensor, other: Tensor, *ndims: int) -> None:
    """Raise RuntimeError unless two tensors have these numbers of dimensions, and as many matrices each."""
    if (input.ndim, other.ndim) != ndims or input.shape[:-2] != other.shape[:-2]:
        raise RuntimeError(
            f"{name}: expected tensors of {ndims} dimensions and as many matrices in both, got "
            f"shapes {input.shape} and {other.shape}"
        )


@public(method=True)
def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """Return the product of two matrices: (n, m) and (m, p) give (n, p)."""
    check_sizes("mm", input, mat2, 2, 2)
    return matmul(input, mat2)


@public(method=True)
def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """Return the products of pairs of matrices: (b, n, m) and (b, m, p) give (b, n, p)."""
    check_sizes("bmm", input, mat2, 3, 3)
    return matmul(input, mat2)


@public(method=True)
def mv(input: Tensor, vec: Tensor) -> Tensor:
    """Return the product of a matrix and a vector: (n, m) and (m,) give (n,)."""
    check_sizes("mv", input, vec, 2, 1)
    return matmul(input, vec)


@public(method=True)
def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """Return the sum of the products of two vectors of one length."""
    check_sizes("dot", input, tensor, 1, 1)
    return matmul(input, tensor)


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return input @ weight.T + bias: shapes (..., in), (out, in), (out,) give (..., out)."""
    require_one_dtype("linear", input, weight)
    shape = weight._data.shape
    if len(shape) != 2:
        raise RuntimeError(f"linear: weight must be a matrix (out, in), got shape {shape}")
    if input._data.shape[-1:] != shape[1:]:
        raise RuntimeError(f"linear: mat1 and mat2 shapes cannot be multiplied ({input.shape} and {shape[::-1]})")
    return table.linear(input, weight, bias)


@public(method=True, numpy=np.outer)
def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """Return the products of each number of one vector with each of another."""
    if input.ndim != 1 or vec2.ndim != 1:
        raise RuntimeError(f"outer: Expected 1-D arguments, but got {input.ndim}-D and {vec2.ndim}-D")
    return mul(unsqueeze(input, 1), vec2)


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Return the sum of products over the last `dims` dimensions of a and the first of b, or over two lists of them."""
    if isinstance(dims, int):
        if not 0 <= dims <= min(a.ndim, b.ndim):
            raise RuntimeError(
                f"tensordot expects no dims < 0 and none beyond the tensors: {dims}, shapes {a.shape}, {b.shape}"
            )
        dims = (range(a.ndim - dims, a.ndim), range(dims))
    ours, theirs = (
        [checked_dim(d, x.ndim, "tensordot") for d in np.atleast_1d(list(ds))]
        for ds, x in zip(dims, (a, b), strict=True)
    )
    for d, e in zip(ours, theirs, strict=True):  # a length of 1 is repeated, so it meets the sum of the other's numbers
        if a.shape[d] == 1 != b.shape[e]:
            b = sum(b, e, keepdim=True)
        elif b.shape[e] == 1 != a.shape[d]:
            a = sum(a, d, keepdim=True)
    for ds, x in ((ours, a), (theirs, b)):
        if len(set(ds)) < len(ds):
            raise RuntimeError(f"tensordot: a dim appears multiple times in the list {ds} of dims, shape {x.shape}")
    free_a, free_b = ([d for d in range(x.ndim) if d not in ds] for x, ds in ((a, ours), (b, theirs)))
    if [a.shape[d] for d in ours] != [b.shape[d] for d in theirs]:
        raise RuntimeError(
            f"tensordot: contracted dimensions need to match, shapes {a.shape} and {b.shape}, dims {dims}"
        )
    n = math.prod(a.shape[d] for d in ours)
    left = reshape(permute(a, free_a + ours), (math.prod(a.shape[d] for d in free_a), n))
    right = reshape(permute(b, theirs + free_b), (n, math.prod(b.shape[d] for d in free_b)))
    return reshape(matmul(left, right), [a.shape[d] for d in free_a] + [b.shape[d] for d in free_b])


@public(method=True)
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """Return beta * input + alpha * mat1 @ mat2."""
    return with_product(input, mm(mat1, mat2), beta, alpha)


@public(method=True)
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """Return beta * input + alpha * batch1 @ batch2."""
    return with_product(input, bmm(batch1, batch2), beta, alpha)


def with_product(input: Tensor, product: Tensor, beta: float, alpha: float) -> Tensor:
    """Return beta * input + alpha * product; with beta = 0, nan and inf in input do not count.

    For integers, beta and alpha lose their digits after the point.
    """
    if input.dtype.kind != "f" and product.dtype.kind != "f":
        beta, alpha = int(beta), int(alpha)
    input = input if beta == 1 else mul(input, beta) if beta else masked(input, False)
    return add(input, product, alpha=alpha)


@public(method=True, numpy=np.trace)
def trace(input: Tensor) -> Tensor:
    """Return the sum of the diagonal of a matrix."""
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    return sum(diagonal(input))
