"""Functions of one number and of two numbers: PyTorch's names for entries of the derivative table.

Each works number by number, in the shape of its input; two inputs broadcast. `show_source` shows the derivative.
"""

from autograd.tensor.api import dtypes
from autograd.tensor.api.public import public
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.table import elementwise as table

Operand = Tensor | float  # of which one at least is a Tensor


@public(method=True, in_place=True)
def abs(input: Tensor) -> Tensor:
    """Return |x| of each number; at 0 the slope is 0."""
    return table.abs(input)


@public(method=True, in_place=True)
def neg(input: Tensor) -> Tensor:
    """Return -x of each number."""
    return table.neg(input)


@public(method=True, in_place=True)
def sign(input: Tensor) -> Tensor:
    """Return -1, 0 or 1: the sign of each number. The slope is 0."""
    return wrap(input._data.copy()) if input._data.dtype.kind == "b" else table.sign(input)


@public(method=True, in_place=True)
def floor(input: Tensor) -> Tensor:
    """Return the next integer below each number. The slope is 0."""
    return table.floor(input)


@public(method=True, in_place=True)
def ceil(input: Tensor) -> Tensor:
    """Return the next integer above each number. The slope is 0."""
    return table.ceil(input)


@public(method=True, in_place=True)
def trunc(input: Tensor) -> Tensor:
    """Return each number without its digits after the point. The slope is 0."""
    return table.trunc(input)


@public(method=True, in_place=True)
def square(input: Tensor) -> Tensor:
    """Return x * x of each number."""
    return table.square(input.to(dtypes.int64) if input._data.dtype.kind == "b" else input)


@public(method=True, in_place=True)
def sqrt(input: Tensor) -> Tensor:
    """Return the square root of each number; at 0 the slope is inf."""
    return table.sqrt(input)


@public(method=True, in_place=True)
def rsqrt(input: Tensor) -> Tensor:
    """Return 1 / sqrt(x) of each number."""
    return table.rsqrt(input)


@public(method=True, in_place=True)
def reciprocal(input: Tensor) -> Tensor:
    """Return 1 / x of each number."""
    return table.reciprocal(input)


@public(method=True, in_place=True)
def exp(input: Tensor) -> Tensor:
    """Return e**x of each number."""
    return table.exp(input)


@public(method=True, in_place=True)
def exp2(input: Tensor) -> Tensor:
    """Return 2**x of each number."""
    return table.exp2(input)


@public(method=True, in_place=True)
def expm1(input: Tensor) -> Tensor:
    """Return e**x - 1 of each number, exact for small x too."""
    return table.expm1(input)


@public(method=True, in_place=True)
def log(input: Tensor) -> Tensor:
    """Return the natural logarithm of each number."""
    return table.log(input)


@public(method=True, in_place=True)
def log2(input: Tensor) -> Tensor:
    """Return the logarithm to base 2 of each number."""
    return table.log2(input)


@public(method=True, in_place=True)
def log10(input: Tensor) -> Tensor:
    """Return the logarithm to base 10 of each number."""
    return table.log10(input)


@public(method=True, in_place=True)
def log1p(input: Tensor) -> Tensor:
    """Return log(1 + x) of each number, exact for small x too."""
    return table.log1p(input)


@public(method=True, in_place=True)
def sin(input: Tensor) -> Tensor:
    """Return the sine of each number, an angle in radians."""
    return table.sin(input)


@public(method=True, in_place=True)
def cos(input: Tensor) -> Tensor:
    """Return the cosine of each number, an angle in radians."""
    return table.cos(input)


@public(method=True, in_place=True)
def tan(input: Tensor) -> Tensor:
    """Return the tangent of each number, an angle in radians."""
    return table.tan(input)


@public(method=True, in_place=True)
def asin(input: Tensor) -> Tensor:
    """Return the angle in radians, from -pi/2 to pi/2, whose sine each number is."""
    return table.asin(input)


@public(method=True, in_place=True)
def acos(input: Tensor) -> Tensor:
    """Return the angle in radians, from 0 to pi, whose cosine each number is."""
    return table.acos(input)


@public(method=True, in_place=True)
def atan(input: Tensor) -> Tensor:
    """Return the angle in radians, from -pi/2 to pi/2, whose tangent each number is."""
    return table.atan(input)


@public(method=True, in_place=True)
def sinh(input: Tensor) -> Tensor:
    """Return (e**x - e**-x) / 2, the hyperbolic sine of each number."""
    return table.sinh(input)


@public(method=True, in_place=True)
def cosh(input: Tensor) -> Tensor:
    """Return (e**x + e**-x) / 2, the hyperbolic cosine of each number."""
    return table.cosh(input)


@public(method=True, in_place=True)
def tanh(input: Tensor) -> Tensor:
    """Return (e**x - e**-x) / (e**x + e**-x), the hyperbolic tangent of each number."""
    return table.tanh(input)


@public(method=True, in_place=True)
def sigmoid(input: Tensor) -> Tensor:
    """Return 1 / (1 + e**-x) of each number."""
    return table.sigmoid(input)


@public(method=True, in_place=True)
def relu(input: Tensor) -> Tensor:
    """Return x where x > 0, else 0; at 0 the slope is 0."""
    return table.relu(input)


@public(method=True, in_place=True)
def erf(input: Tensor) -> Tensor:
    """Return the error function of each number: 2 / sqrt(pi) times the integral of e**(-t * t) from 0 to x."""
    return table.erf(input)


# --- of two numbers ---


@public(method=True, in_place=True)
def mul(input: Operand, other: Operand) -> Tensor:
    """Return input * other, which broadcast."""
    return table.mul(input, other)


@public(method=True, in_place=True)
def remainder(input: Operand, other: Operand) -> Tensor:
    """Return the remainder of input / other, with the sign of other, as % gives it."""
    return table.remainder(input, other)


@public(method=True, in_place=True)
def fmod(input: Operand, other: Operand) -> Tensor:
    """Return the remainder of input / other, with the sign of input, as math.fmod gives it."""
    return table.fmod(input, other)


@public(method=True, in_place=True)
def floor_divide(input: Operand, other: Operand) -> Tensor:
    """Return input / other rounded down. The slope is 0."""
    return table.floor_divide(input, other)


@public(method=True, in_place=True)
def atan2(input: Operand, other: Operand) -> Tensor:
    """Return the angle in radians, from -pi to pi, of the point with x = other and y = input."""
    return table.atan2(input, other)


@public(method=True, in_place=True)
def hypot(input: Operand, other: Operand) -> Tensor:
    """Return sqrt(input**2 + other**2), the length of the way to the point (input, other)."""
    return table.hypot(input, other)


@public(method=True)
def logaddexp(input: Operand, other: Operand) -> Tensor:
    """Return log(e**input + e**other), for numbers of any size."""
    return table.logaddexp(input, other)


@public(method=True, in_place=True)
def xlogy(input: Operand, other: Operand) -> Tensor:
    """Return input * log(other), and 0 where input is 0, whatever other is; only nan stays nan."""
    return table.xlogy(input, other)


@public(method=True)
def maximum(input: Operand, other: Operand) -> Tensor:
    """Return the larger of two numbers, place by place; where they are equal, each gets half the gradient."""
    return table.maximum(input, other)


@public(method=True)
def minimum(input: Operand, other: Operand) -> Tensor:
    """Return the smaller of two numbers, place by place; where they are equal, each gets half the gradient."""
    return table.minimum(input, other)
