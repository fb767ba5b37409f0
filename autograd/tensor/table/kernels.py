"""Forward kernels that NumPy does not have, on arrays and numbers."""

import math
from typing import Any

import numpy as np

INTEGER_OF_SIZE = {2: np.int16, 4: np.int32, 8: np.int64}


def masked_array(x: Any, mask: Any) -> Any:
    """Return x where the mask is True, else 0.

    A product with the mask would make nan of inf and of nan; `np.where` waits for a branch at each number. Here the
    bits of x, read as an integer, are multiplied by 0 or 1. In a mask of numbers, 0 stands for False.
    """
    if type(x) is not np.ndarray or type(mask) is not np.ndarray:
        x, mask = np.asarray(x), np.asarray(mask)
    mask = mask if mask.dtype.kind == "b" else np.asarray(mask != 0)
    if x.dtype.kind != "f":
        return x * mask
    integer = INTEGER_OF_SIZE[x.itemsize]
    bits = mask.astype(integer)
    return np.multiply(bits, x.view(integer), out=bits if bits.shape == x.shape else None).view(x.dtype)


def one_minus_square(y: Any) -> Any:
    """Return 1 - y * y; of arrays in one buffer, where NumPy would fill two."""
    square = y * y
    return np.subtract(1, square, out=square) if type(square) is np.ndarray else 1 - square


def power(a: Any, b: Any) -> Any:
    """Return a**b; by products where the exponent is a small whole number, which is a hundred times faster."""
    if type(b) is int or type(b) is float:
        if b == 3:
            return a * a * a
        if b == 4:
            square = a * a
            return square * square
    try:
        return a**b
    except ValueError:  # NumPy refuses negative powers of integers; PyTorch rounds 1 / a**-b towards 0
        if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
            raise
        return np.where(b < 0, np.where(np.abs(a) == 1, a ** (b % 2), 0), a ** np.maximum(b, 0))


def sigmoid_of(x: Any) -> Any:
    y = np.exp(0 - x)  # inf for a large negative x, and 1 / inf is the right 0
    y += 1
    return 1 / y


def softplus_of(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    z = beta * x
    y = (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))) / beta
    return np.where(z > threshold, x, y) if np.any(z > threshold) else y


def erf_of(x: Any) -> Any:
    """Return the error function: to the last bit for float64, to 2 units in the last place for float32."""
    if x.dtype != np.float32:
        y = np.fromiter(map(math.erf, np.ravel(x).tolist()), np.float64, x.size)
        return y.reshape(x.shape).astype(x.dtype if x.dtype.kind == "f" else np.float64, copy=False)
    square = np.minimum(x * x, 16)  # beyond 4 the result is 1
    y = square * ATANH_OF_ERF[-1]
    for coefficient in ATANH_OF_ERF[-2:0:-1]:
        y += coefficient
        y *= square
    y += ATANH_OF_ERF[0]
    return np.tanh(x * y)


# atanh(erf(x)) / x as a polynomial in x**2, our own minimax fit on [0, 4]; tanh forgives errors where erf is near 1.
ATANH_OF_ERF = (
    *(1.1283792, 0.102771332, -0.000201682942, -0.000604806604, 7.74267364e-05),
    *(-2.22376559e-06, -4.44900145e-07, 4.73902893e-08, -1.41071794e-09),
)
