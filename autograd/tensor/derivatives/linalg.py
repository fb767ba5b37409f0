"""Products of matrices, and what is solved with them."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.tensor import dtypes
from autograd.tensor.derivatives.elementwise import abs, add, masked, mul
from autograd.tensor.derivatives.forms import Dims, also, checked_dim, derivative, floating, named
from autograd.tensor.derivatives.reductions import amax, amin, norm, product_of_others, sum
from autograd.tensor.derivatives.shapes import diagonal, movedim, permute, reshape, transpose, unsqueeze
from autograd.tensor.engine import Tensor, as_array, wrap
from autograd.tensor.primitives import nary, primitive


def transposed(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def rows(x: Any) -> Any:
    """Return the tensor as a matrix of its last dimension."""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])  # -1 fails where there is nothing


def like(y: Any, shape: tuple[int, ...]) -> Any:
    """Return a matrix of rows with the dimensions that the rows came from."""
    return y if len(shape) == 2 else y.reshape(shape)


def require_one_type(a: np.ndarray, b: np.ndarray) -> None:
    try:
        same = a.dtype == b.dtype
    except AttributeError:
        raise TypeError(f"expected Tensors, got {type(a).__name__} and {type(b).__name__}") from None
    if not same:
        first, second = (dtypes.NAMES[x.dtype.name].lower() for x in (a, b))
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {first} != {second}")


matrix_product = primitive(np.matmul, a=lambda g, b: g @ transposed(b), b=lambda g, a: transposed(a) @ g, name="matmul")
solved = primitive(
    np.linalg.solve,
    a=lambda g, y, a: -(np.linalg.solve(transposed(a), g) @ transposed(y)),
    b=lambda g, a: np.linalg.solve(transposed(a), g),
    name="solve",
)


@derivative(x=lambda g, y, x: slope_of_cofactors(g, y, x))
def cofactors(x: Any) -> Any:
    """Return the derivative of the determinant; from singular values, so that a singular matrix has one too."""
    u, s, v = np.linalg.svd(x)
    sign = np.linalg.det(u) * np.linalg.det(v)
    return sign[..., None, None] * ((u * product_of_others(s, -1)[..., None, :]) @ v)


def slope_of_cofactors(g: Any, y: Any, x: Any) -> Any:
    """With w = x⁻ᵀ, y = det(x) w: <g, w> y - w gᵀ y. It needs the inverse."""
    w = transposed(np.linalg.inv(x))
    return np.sum(g * w, axis=(-2, -1), keepdims=True) * y - w @ transposed(g) @ y


@derivative(x=lambda g, x: slope_of_singular_values(g, x))
def svdvals(x: Any) -> Any:
    return np.linalg.svd(x, compute_uv=False)


def slope_of_singular_values(g: np.ndarray, x: np.ndarray) -> np.ndarray:
    u, _, v = np.linalg.svd(x, full_matrices=False)
    return (u * g[..., None, :]) @ v


def cholesky_slope(g: Any, y: Any) -> Any:
    """Murray 2016, "Differentiation of the Cholesky decomposition", eq. 10: y⁻ᵀ Φ(yᵀ g) y⁻¹, made symmetric."""
    n = y.shape[-1]
    halved = np.tril(np.ones((n, n), y.dtype)) - np.eye(n, dtype=y.dtype) / 2
    inner = transposed(y) @ g * halved
    inner = np.linalg.solve(transposed(y), transposed(np.linalg.solve(transposed(y), transposed(inner))))
    return (inner + transposed(inner)) / 2


cholesky = primitive(np.linalg.cholesky, x=lambda g, y: cholesky_slope(g, y), name="cholesky")


def equation(labels: Sequence[str], out: str) -> str:
    return f"{','.join(labels)}->{out}"


def contract(arrays: Sequence[np.ndarray], labels: Sequence[str], out: str) -> np.ndarray:
    if len(arrays) == 1:
        y = np.einsum(equation(labels, out), *arrays)
        return y.copy() if y.base is not None else y  # a diagonal or a transpose is a view in NumPy
    is_large = math.prod(n for a in arrays for n in a.shape) > 100_000  # planning costs 50 µs
    return np.einsum(equation(labels, out), *arrays, optimize=is_large)


def contraction_slope(i: int, g: Any, inputs: Sequence[Any], labels: Sequence[str], out: str) -> Any:
    """The same sum of products, with the gradient in the operand's place; what only it had is repeated."""
    operands, known = [*inputs[:i], *inputs[i + 1 :], g], [*labels[:i], *labels[i + 1 :], out]
    kept = "".join(letter for letter in labels[i] if letter in "".join(known))
    part = np.einsum(equation(known, kept), *operands) if known != [kept] else g
    alone = {letter: n for letter, n in zip(labels[i], inputs[i].shape, strict=True) if letter not in kept}
    if not alone:
        return part
    return np.einsum(equation([kept, "".join(alone)], labels[i]), part, np.ones(list(alone.values()), g.dtype))


contracted = nary(
    contract, lambda i, g, inputs, labels, out: contraction_slope(i, g, inputs, labels, out), name="einsum"
)


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
    for i, label in enumerate(labels):
        operands, labels[i] = without_repeats(operands, i, label)
    if any(1 in x.shape for x in operands):
        operands = with_lengths(operands, labels)
    return contracted(list(operands), labels=tuple(labels), out=out)


def with_lengths(operands: Sequence[Tensor], labels: Sequence[str]) -> list[Tensor]:
    """Return operands with dimensions of length 1 repeated to the length that their letter has elsewhere."""
    found = [list(zip(label, x.shape, strict=True)) for x, label in zip(operands, labels, strict=True)]
    lengths = {letter: n for pairs in found for letter, n in pairs if n != 1}
    shapes = [tuple(lengths.get(letter, 1) if n == 1 else n for letter, n in pairs) for pairs in found]
    return [x if x.shape == shape else x.expand(shape) for x, shape in zip(operands, shapes, strict=True)]


def without_repeats(operands: Sequence[Tensor], i: int, label: str) -> tuple[list[Tensor], str]:
    """Return operands of which number i has each letter once: a repeated letter means a diagonal."""
    operands = list(operands)
    for letter in dict.fromkeys(label):
        while label.count(letter) > 1:
            first, second = label.index(letter), label.rindex(letter)
            operands[i] = diagonal(operands[i], 0, first, second)
            label = label[:second] + label[second + 1 :]
            label = label[:first] + label[first + 1 :] + letter
    return operands, label


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """Return the matrix product of the last two dimensions; others broadcast, and one dimension is a vector."""
    if not (isinstance(input, Tensor) and isinstance(other, Tensor)):
        input, other = (x if isinstance(x, Tensor) else wrap(as_array(x, None)) for x in (input, other))
    a, b = input.ndim, other.ndim
    if not a or not b:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {a}D and {b}D")
    if input.shape[-1] != other.shape[-2 if b > 1 else 0]:
        raise RuntimeError(f"matmul: mat1 and mat2 shapes cannot be multiplied ({input.shape} and {other.shape})")
    require_one_type(input._data, other._data)
    if a > 2 and b == 2 and input.numel():  # one large product, not many small ones
        product = matrix_product(reshape(input, (-1, input.shape[-1])), other)
        return reshape(product, (*input.shape[:-1], other.shape[1]))
    if a > 1 and b > 1:
        return matrix_product(input, other)
    y = matrix_product(unsqueeze(input, 0) if a == 1 else input, unsqueeze(other, 1) if b == 1 else other)
    return reshape(y, (*input.shape[:-1], *(other.shape[:-2] + other.shape[-1:] if b > 1 else ())))


def sized(name: str, second: str, *ndims: int) -> Any:
    """Return matmul for operands of exactly these numbers of dimensions; `second` is what PyTorch calls the second."""

    @also(**{second: "other"})
    def function(input: Tensor, other: Tensor) -> Tensor:
        if (input.ndim, other.ndim) != ndims or input.shape[:-2] != other.shape[:-2]:
            raise RuntimeError(
                f"{name}: expected tensors of {ndims} dimensions and as many matrices in both, got "
                f"shapes {input.shape} and {other.shape}"
            )
        return matmul(input, other)

    return named(function, name, f"Return the product of tensors of {ndims[0]} and {ndims[1]} dimensions.")


mm, bmm = sized("mm", "mat2", 2, 2), sized("bmm", "mat2", 3, 3)
mv, dot = sized("mv", "vec", 2, 1), sized("dot", "tensor", 1, 1)


@derivative(
    x=lambda g, like_x, w: like(np.dot(rows(g), w), like_x.shape),
    w=lambda g, x: np.dot(rows(g).T, rows(x)),
    b=lambda g: g,
)
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return input @ weight.T + bias: shapes (..., in), (out, in), (out,) give (..., out)."""
    require_one_type(input, weight)
    if weight.ndim != 2:
        raise RuntimeError(f"linear: weight must be a matrix (out, in), got shape {weight.shape}")
    if input.shape[-1] != weight.shape[-1]:
        raise ValueError(f"mat1 and mat2 shapes cannot be multiplied ({input.shape} and {weight.shape[::-1]})")
    y = np.dot(input if input.ndim <= 2 else rows(input), weight.T)  # if small, a third faster than np.matmul
    if bias is not None:
        y += bias
    return y if input.ndim <= 2 else y.reshape(*input.shape[:-1], len(weight))


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """Return the products of each number of one vector with each of another."""
    if input.ndim != 1 or vec2.ndim != 1:
        raise RuntimeError(f"outer: Expected 1-D arguments, but got {input.ndim}-D and {vec2.ndim}-D")
    return mul(unsqueeze(input, 1), vec2)


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Return the sum of products over the last `dims` dimensions of a and the first of b, or over two lists of them."""
    if isinstance(dims, int):
        dims = (range(a.ndim - dims, a.ndim), range(dims))
    ours, theirs = (
        [checked_dim(d, x.ndim, "tensordot") for d in np.atleast_1d(list(ds))]
        for ds, x in zip(dims, (a, b), strict=True)
    )
    free_a, free_b = ([d for d in range(x.ndim) if d not in ds] for x, ds in ((a, ours), (b, theirs)))
    if [a.shape[d] for d in ours] != [b.shape[d] for d in theirs]:
        raise RuntimeError(
            f"tensordot: contracted dimensions need to match, shapes {a.shape} and {b.shape}, dims {dims}"
        )
    n = math.prod(a.shape[d] for d in ours)
    left = reshape(permute(a, free_a + ours), (math.prod(a.shape[d] for d in free_a), n))
    right = reshape(permute(b, theirs + free_b), (n, math.prod(b.shape[d] for d in free_b)))
    return reshape(matmul(left, right), [a.shape[d] for d in free_a] + [b.shape[d] for d in free_b])


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """Return beta * input + alpha * mat1 @ mat2."""
    return with_product(input, mm(mat1, mat2), beta, alpha)


def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """Return beta * input + alpha * batch1 @ batch2."""
    return with_product(input, bmm(batch1, batch2), beta, alpha)


def with_product(input: Tensor, product: Tensor, beta: float, alpha: float) -> Tensor:
    """Return beta * input + alpha * product; with beta = 0, nan and inf in input do not count."""
    input = input if beta == 1 else mul(input, beta) if beta else masked(input, False)
    return add(input, product, alpha=alpha)


def trace(input: Tensor) -> Tensor:
    """Return the sum of the diagonal of a matrix."""
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input.ndim}")
    return sum(diagonal(input))


class linalg:
    """The functions of `torch.linalg`."""

    @staticmethod
    @derivative(x=lambda g, y: -(transposed(y) @ g @ transposed(y)))
    def inv(A: Tensor) -> Tensor:
        """Return the inverse of square matrices (..., n, n)."""
        return np.linalg.inv(A)

    @staticmethod
    @derivative(x=lambda g, x: g[..., None, None] * cofactors(x))
    def det(A: Tensor) -> Tensor:
        """Return the determinants of square matrices (..., n, n)."""
        return np.linalg.det(A)

    @staticmethod
    def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
        """Return X with A X = B, or X A = B if not `left`; B holds vectors (n,), (batch, n) or matrices (..., n, k)."""
        if not left:
            return transpose(solved(transpose(A, -2, -1), transpose(B, -2, -1)), -2, -1)
        if B.ndim == 1 or (B.ndim == A.ndim - 1 and B.shape == A.shape[:-1]):
            return reshape(solved(A, unsqueeze(B, -1)), (*A.shape[:-2], A.shape[-1]))
        return solved(A, B)

    @staticmethod
    def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
        """Return the lower triangular L with L Lᵀ = A, or Lᵀ if `upper`; A (..., n, n) symmetric positive definite."""
        return transpose(cholesky(A), -2, -1) if upper else cholesky(A)

    @staticmethod
    def norm(A: Tensor, ord: Any = None, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
        """Return a vector norm (`dim` an integer, or one dimension) or matrix norm ("fro", "nuc", ±1, ±2, ±inf)."""
        A = floating(A, dtype, "linalg.norm")
        if ord is None:
            return norm(A, 2, dim, keepdim)
        dims = (dim,) if isinstance(dim, int) else tuple(range(A.ndim)) if dim is None else tuple(dim)
        if len(dims) == 1:
            return norm(A, ord, dim, keepdim)
        if ord == "fro":
            return norm(A, 2, dim, keepdim)
        if ord in (2, -2, "nuc"):
            s = svdvals(movedim(A, dims, (-2, -1)))
            y = sum(s, -1) if ord == "nuc" else (amax if ord > 0 else amin)(s, -1)
            return reshape(y, [1 if i in np.mod(dims, A.ndim) else n for i, n in enumerate(A.shape)]) if keepdim else y
        if ord not in (1, -1, math.inf, -math.inf):
            raise NotImplementedError(f"linalg.norm: the matrix norm {ord!r} is not implemented")
        across, along = (dims[0], dims[1]) if math.fabs(ord) == 1 else (dims[1], dims[0])
        sums = sum(abs(A), across, keepdim=True)
        y = (amax if ord > 0 else amin)(sums, along, keepdim=True)
        return y if keepdim else y.squeeze(dims)

    @staticmethod
    def vector_norm(x: Tensor, ord: Any = 2, dim: Any = None, keepdim: bool = False) -> Tensor:
        """Return (sum |x|**ord)**(1/ord) over `dim`, or over all of it."""
        return norm(x, ord, dim, keepdim)


det, inverse = linalg.det, linalg.inv
