"""Functions of single numbers, one number at a time, and their derivatives."""

import math
from typing import Any

import numpy as np

from autograd.tensor import dtypes
from autograd.tensor.derivatives.forms import also, derivative
from autograd.tensor.derivatives.special import erf_of, masked_array, one_minus_square, power, sigmoid_of
from autograd.tensor.engine import Tensor, wrap
from autograd.tensor.primitives import elementwise, primitive, promoted

LN2, LN10, TWO_OVER_ROOT_PI = math.log(2), math.log(10), 2 / math.sqrt(math.pi)

# g where the mask is True, else 0: exactly 0, even where g is inf or nan
masked = primitive(
    masked_array,
    x=lambda g, mask: masked(g, mask),
    mask=lambda mask: np.zeros_like(mask),
    name="masked",
)

neg = elementwise(np.negative, x=lambda g: -g, name="neg")
positive = elementwise(np.positive, x=lambda g: g)
abs = elementwise(np.absolute, x=lambda g, x: g * np.sign(x), name="abs")
sign = elementwise(np.sign, x=lambda g: np.zeros_like(g))
floor = elementwise(np.floor, x=lambda g: np.zeros_like(g))
ceil = elementwise(np.ceil, x=lambda g: np.zeros_like(g))
trunc = elementwise(np.trunc, x=lambda g: np.zeros_like(g))
rint = elementwise(np.rint, x=lambda g: np.zeros_like(g), name="round")

sqrt = elementwise(np.sqrt, x=lambda g, y: g / (2 * y))
rsqrt = elementwise(lambda x: 1 / np.sqrt(x), x=lambda g, y: -0.5 * g * (y * y * y), name="rsqrt")
square = elementwise(np.square, x=lambda g, x: 2 * g * x)
reciprocal = elementwise(lambda x: 1.0 / x, x=lambda g, y: -g * (y * y), name="reciprocal")

exp = elementwise(np.exp, x=lambda g, y: g * y)
exp2 = elementwise(np.exp2, x=lambda g, y: g * y * LN2)
expm1 = elementwise(np.expm1, x=lambda g, y: g * (y + 1))
log = elementwise(np.log, x=lambda g, x: g / x)
log2 = elementwise(np.log2, x=lambda g, x: g / (x * LN2))
log10 = elementwise(np.log10, x=lambda g, x: g / (x * LN10))
log1p = elementwise(np.log1p, x=lambda g, x: g / (1 + x))

sin = elementwise(np.sin, x=lambda g, x: g * np.cos(x))
cos = elementwise(np.cos, x=lambda g, x: -g * np.sin(x))
tan = elementwise(np.tan, x=lambda g, y: g * (1 + y * y))
asin = elementwise(np.arcsin, x=lambda g, x: g / np.sqrt(1 - x * x), name="asin")
acos = elementwise(np.arccos, x=lambda g, x: -g / np.sqrt(1 - x * x), name="acos")
atan = elementwise(np.arctan, x=lambda g, x: g / (1 + x * x), name="atan")
sinh = elementwise(np.sinh, x=lambda g, x: g * np.cosh(x))
cosh = elementwise(np.cosh, x=lambda g, x: g * np.sinh(x))
tanh = elementwise(np.tanh, x=lambda g, y: g * one_minus_square(y))

sigmoid = elementwise(sigmoid_of, x=lambda g, y: g * (y * (1 - y)), name="sigmoid")
erf = elementwise(erf_of, x=lambda g, x: g * (TWO_OVER_ROOT_PI * np.exp(-x * x)), name="erf")

relu = elementwise(lambda x: np.maximum(x, 0), x=lambda g, y: masked(g, y), name="relu")
silu = elementwise(lambda x: x * sigmoid_of(x), x=lambda g, x: g * (sigmoid(x) * (1 + x * sigmoid(-x))), name="silu")

# --- two inputs ---

plus = elementwise(np.add, a=lambda g: g, b=lambda g: g, name="add")
minus = elementwise(np.subtract, a=lambda g: g, b=lambda g: -g, name="sub")
mul = elementwise(np.multiply, a=lambda g, b: g * b, b=lambda g, a: g * a, name="mul")
quotient = elementwise(np.true_divide, a=lambda g, b: g / b, b=lambda g, a, b: -g * (a / b / b), name="div")
raised = elementwise(
    power,
    a=lambda g, a, b: power_slope(g, a, b),
    b=lambda g, y, a, b: masked(g * (y * np.log(a)), (a != 0) | (b < 0)),
    name="pow",
)
pow = also(exponent="other")(raised)
remainder = elementwise(np.remainder, a=lambda g: g, b=lambda g, a, b: -g * np.floor_divide(a, b))
fmod = elementwise(np.fmod, a=lambda g: g, b=lambda g, a, b: -g * np.trunc(a / b))
floor_divide = elementwise(
    np.floor_divide, a=lambda g: np.zeros_like(g), b=lambda g: np.zeros_like(g), name="floor_divide"
)
atan2 = elementwise(
    np.arctan2,
    a=lambda g, a, b: g * (b * inverse_or_0(a * a + b * b)),
    b=lambda g, a, b: g * (-a * inverse_or_0(a * a + b * b)),
    name="atan2",
)
hypot = elementwise(np.hypot, a=lambda g, y, a: g * (a / y), b=lambda g, y, b: g * (b / y))
logaddexp = elementwise(np.logaddexp, a=lambda g, a, b: g * sigmoid(a - b), b=lambda g, a, b: g * sigmoid(b - a))
maximum = elementwise(
    np.maximum,
    a=lambda g, a, b: masked(g, ~(a <= b)) + masked(g, a == b) / 2,  # of nan too
    b=lambda g, a, b: masked(g, ~(b <= a)) + masked(g, a == b) / 2,
)
minimum = elementwise(
    np.minimum,
    a=lambda g, a, b: masked(g, ~(a >= b)) + masked(g, a == b) / 2,
    b=lambda g, a, b: masked(g, ~(b >= a)) + masked(g, a == b) / 2,
)


def inverse_or_0(y: Any) -> Any:
    """Return 1 / y, and 0 where y is 0: there the slope of a root of squares is taken as 0."""
    return masked(1 / y, y != 0)


def power_slope(g: Any, a: Any, b: Any) -> Any:
    """g * b * a**(b - 1), and 0 where b is 0, whatever a is."""
    if isinstance(b, int | float):
        return g * (b * a ** (b - 1)) if b else np.zeros_like(g)
    return masked(g * (b * a ** (b - 1)), b != 0)


# --- with settings ---

clamped = primitive(
    np.clip,
    x=lambda g, x, low, high: masked(g, (x >= low) & (x <= high)),
    low=lambda g, x, low, high: masked(g, (x < low) & (low < high)),
    high=lambda g, x, low, high: masked(g, (x > high) | (high < low)),
    name="clamp",
)
choose = primitive(
    np.where,
    condition=None,
    a=lambda g, condition: masked(g, condition),
    b=lambda g, condition: masked(g, np.logical_not(condition)),
    name="where",
)


def add(input: Any, other: Any, *, alpha: float = 1) -> Tensor:
    """Return input + alpha * other."""
    return plus(input, other if alpha == 1 else mul(promoted((input, other))[1], alpha))


def sub(input: Any, other: Any, *, alpha: float = 1) -> Tensor:
    """Return input - alpha * other."""
    return minus(input, other if alpha == 1 else mul(promoted((input, other))[1], alpha))


def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """Return input / other, rounded down ("floor") or towards 0 ("trunc") if `rounding_mode` says so."""
    if rounding_mode not in (None, "floor", "trunc"):
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found {rounding_mode!r}"
        )
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode == "trunc" and (dtype := dtypes.result_type(input, other)).kind != "f":
        a, b = (x._data if isinstance(x, Tensor) else x for x in (input, other))
        return wrap((np.sign(a) * np.sign(b) * (np.abs(a) // np.abs(b))).astype(dtype))
    return quotient(input, other) if rounding_mode is None else trunc(quotient(input, other))


def round(input: Tensor, *, decimals: int = 0) -> Tensor:
    """Return the nearest multiple of 10**-decimals, halves to the even one."""
    if input.dtype.kind != "f":
        return positive(input)
    return rint(input) if not decimals else quotient(rint(mul(input, 10**decimals)), 10**decimals)


def clamp(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """Return input where it lies between min and max, else the nearer bound; at a bound the slope is 1."""
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    low, high = -math.inf if min is None else min, math.inf if max is None else max
    if input.dtype.kind != "f" and (min is None or max is None):
        bounds = np.iinfo(input.dtype)
        low, high = bounds.min if min is None else min, bounds.max if max is None else max
    return clamped(*promoted((input, low, high)))


def where(condition: Tensor, input: Any = None, other: Any = None) -> Any:
    """Return input where the condition is True, else other; with the condition alone, the places where it is True."""
    if input is None and other is None:
        return tuple(wrap(places) for places in np.nonzero(np.atleast_1d(condition._data)))
    if input is None or other is None:
        raise TypeError("where() takes a condition, or a condition, input and other")
    if not (isinstance(input, Tensor) or isinstance(other, Tensor)):
        input = wrap(np.asarray(input, dtypes.result_type(input, other)))
    return choose(condition, *promoted((input, other)))


def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """Return input with `value` where the mask is True."""
    if isinstance(value, Tensor):
        value = value.to(input.dtype)
    elif input.dtype.kind != "f":
        value = input.dtype.type(value)
    return choose(mask, value, input)


def lerp(input: Tensor, end: Tensor, weight: Any) -> Tensor:
    """Return input + weight * (end - input); from the nearer end, so that weight 1 gives `end` to the last bit."""
    way = minus(end, input)
    ahead, behind = plus(input, mul(weight, way)), minus(end, mul(minus(1, weight), way))
    if isinstance(weight, Tensor):
        return where(abs(weight) < 0.5, ahead, behind)
    return ahead if -0.5 < weight < 0.5 else behind


@derivative(x=lambda g, x, negative_slope: masked(g, x > 0) + negative_slope * masked(g, ~(x > 0)))
def leaky_relu(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Return x where x > 0, else negative_slope * x; at 0 the slope is negative_slope."""
    below = negative_slope * input
    return np.maximum(input, below) if 0 < negative_slope <= 1 else np.where(input > 0, input, below)


@derivative(x=lambda g, x, alpha: masked(g, x > 0) + masked(g, x <= 0) * (alpha * np.exp(np.minimum(x, 0))))
def elu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Return x where x > 0, else alpha * (exp(x) - 1)."""
    return np.maximum(input, 0) + alpha * np.expm1(np.minimum(input, 0))


@derivative(x=lambda g, x, beta, threshold: (
    masked(g, beta * x > threshold) + masked(g, beta * x <= threshold) * sigmoid(beta * x)
))  # fmt: skip
def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """Return log(1 + exp(beta * x)) / beta; x itself where beta * x > threshold."""
    z = beta * input
    y = (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))) / beta
    return np.where(z > threshold, input, y) if np.any(z > threshold) else y


@derivative(x=lambda g, x, min_val, max_val: masked(g, (x > min_val) & (x < max_val)))
def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """Return x clipped to [min_val, max_val]; at the bounds the slope is 0."""
    return np.clip(input, min_val, max_val).astype(input.dtype, copy=False)


def relu6(input: Tensor) -> Tensor:
    """Return x clipped to [0, 6]; at the bounds the slope is 0."""
    return hardtanh(input, 0.0, 6.0)


mish = elementwise(
    lambda x: x * np.tanh(softplus(x)),
    x=lambda g, x: g * (np.tanh(softplus(x)) + x * sigmoid(x) * (1 - np.square(np.tanh(softplus(x))))),
    name="mish",
)


def logsigmoid(input: Tensor) -> Tensor:
    """Return log(sigmoid(x)) = -softplus(-x), for x of any size."""
    return minus(minimum(input, 0.0), log1p(exp(neg(abs(input)))))


def clamp_min(input: Tensor, min: Any) -> Tensor:
    """Return max(input, min)."""
    return clamp(input, min)


def clamp_max(input: Tensor, max: Any) -> Tensor:
    """Return min(input, max)."""
    return clamp(input, None, max)


def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """Return input + value * tensor1 * tensor2."""
    _, tensor1, tensor2 = promoted((input, tensor1, tensor2))
    return add(input, mul(tensor1, tensor2), alpha=value)


def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """Return input + value * tensor1 / tensor2."""
    return add(input, quotient(tensor1, tensor2), alpha=value)


absolute, clip, multiply, subtract, divide, true_divide = abs, clamp, mul, sub, div, div
