"""Products of matrices, and what is solved with them."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.tensor.core.forms import primitive
from autograd.tensor.table.forms import nary
from autograd.tensor.table.reductions import product_of_others, sum


def transposed(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def rows(x: Any) -> Any:
    """Return the tensor as a matrix of its last dimension."""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])  # -1 fails where there is nothing


def like(y: Any, shape: tuple[int, ...]) -> Any:
    """Return a matrix of rows with the dimensions that the rows came from."""
    return y if len(shape) == 2 else y.reshape(shape)


matrix_product = primitive(np.matmul, a=lambda g, b: g @ transposed(b), b=lambda g, a: transposed(a) @ g, name="matmul")
solved = primitive(
    np.linalg.solve,
    a=lambda g, y, a: -(np.linalg.solve(transposed(a), g) @ transposed(y)),
    b=lambda g, a: np.linalg.solve(transposed(a), g),
    name="solve",
)


def slope_of_cofactors(g: Any, y: Any, x: Any) -> Any:
    """With w = x⁻ᵀ, y = det(x) w: <g, w> y - w gᵀ y. It needs the inverse."""
    w = transposed(np.linalg.inv(x))
    return sum(g * w, dim=(-2, -1), keepdim=True) * y - w @ transposed(g) @ y


def slope_of_singular_values(g: np.ndarray, x: np.ndarray) -> Any:
    u, _, v = np.linalg.svd(x, full_matrices=False)
    return (u * g[..., None, :]) @ v


def cholesky_slope(g: Any, y: Any) -> Any:
    """Murray 2016, "Differentiation of the Cholesky decomposition", eq. 10: y⁻ᵀ Φ(yᵀ g) y⁻¹, made symmetric."""
    n = y.shape[-1]
    halved = np.tril(np.ones((n, n), y.dtype)) - np.eye(n, dtype=y.dtype) / 2
    inner = transposed(y) @ g * halved
    inner = np.linalg.solve(transposed(y), transposed(np.linalg.solve(transposed(y), transposed(inner))))
    return (inner + transposed(inner)) / 2


def cofactors_of(x: Any) -> Any:
    """Return the derivative of the determinant; from singular values, so that a singular matrix has one too."""
    u, s, v = np.linalg.svd(x)
    sign = np.linalg.det(u) * np.linalg.det(v)
    return sign[..., None, None] * ((u * product_of_others(s, -1)[..., None, :]) @ v)


cofactors = primitive(cofactors_of, x=slope_of_cofactors, name="cofactors")
svdvals = primitive(lambda x: np.linalg.svd(x, compute_uv=False), x=slope_of_singular_values, name="svdvals")
inv = primitive(np.linalg.inv, x=lambda g, y: -(transposed(y) @ g @ transposed(y)), name="inv")
det = primitive(np.linalg.det, x=lambda g, x: g[..., None, None] * cofactors(x), name="det")
cholesky = primitive(np.linalg.cholesky, x=cholesky_slope, name="cholesky")


def equation(labels: Sequence[str], out: str) -> str:
    return f"{','.join(labels)}->{out}"


def contract(arrays: Sequence[np.ndarray], labels: Sequence[str], out: str) -> Any:
    if len(arrays) == 1:
        y = np.einsum(equation(labels, out), *arrays)
        return y.copy() if y.base is not None else y  # a diagonal or a transpose is a view in NumPy
    is_large = math.prod(n for a in arrays for n in a.shape) > 100_000  # planning costs 50 µs
    return np.einsum(equation(labels, out), *arrays, optimize=is_large)


def contraction_slope(i: int, g: Any, inputs: Sequence[Any], labels: Sequence[str], out: str) -> Any:
    """Return the same sum of products with g in the place of operand i; dimensions that only it has are repeated."""
    operands, known = [*inputs[:i], *inputs[i + 1 :], g], [*labels[:i], *labels[i + 1 :], out]
    kept = "".join(letter for letter in labels[i] if letter in "".join(known))
    part = np.einsum(equation(known, kept), *operands) if known != [kept] else g
    alone = {letter: n for letter, n in zip(labels[i], inputs[i].shape, strict=True) if letter not in kept}
    if not alone:
        return part
    return np.einsum(equation([kept, "".join(alone)], labels[i]), part, np.ones(list(alone.values()), g.dtype))


contracted = nary(contract, contraction_slope, name="einsum")


def affine(x: np.ndarray, w: np.ndarray, b: Any = None) -> Any:
    y = (x if x.ndim <= 2 else rows(x)).dot(w.T)  # if small, a third faster than np.matmul
    if b is not None:
        y += b
    return y if x.ndim <= 2 else y.reshape(*x.shape[:-1], len(w))


linear = primitive(
    affine,
    x=lambda g, like_x, w: like(np.dot(rows(g), w), like_x.shape),
    w=lambda g, x: np.dot(rows(g).T, rows(x)),
    b=lambda g: g,
    name="linear",
)
