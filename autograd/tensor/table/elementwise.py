"""Functions of single numbers, one number at a time, and their derivatives."""

import math
from typing import Any

import numpy as np

from autograd.tensor.core.forms import Operation, elementwise, primitive
from autograd.tensor.table.kernels import erf_of, masked_array, one_minus_square, power, sigmoid_of, softplus_of

LN2, LN10, TWO_OVER_ROOT_PI = math.log(2), math.log(10), 2 / math.sqrt(math.pi)

# g where the mask is True, else 0: exactly 0, even where g is inf or nan
masked: Operation = primitive(
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
xlogy: Operation = elementwise(
    lambda a, b: masked_array(a * (float(np.log(b)) if type(b) in (int, float) else np.log(b)), (a != 0) | (b != b)),
    a=lambda g, a, b: masked(xlogy(g, b), (a != 0) | ~(b <= 0)),
    b=lambda g, a, b: g * (a / b),
    name="xlogy",
)
maximum = elementwise(np.maximum, a=lambda g, a, b: for_larger(g, a, b), b=lambda g, a, b: for_larger(g, b, a))
minimum = elementwise(np.minimum, a=lambda g, a, b: for_larger(g, b, a), b=lambda g, a, b: for_larger(g, a, b))


def for_larger(g: Any, x: Any, y: Any) -> Any:
    """Return g where x is larger than y or one of them is nan, half of it where they are equal, and else 0."""
    return masked(g, ~(x <= y)) + masked(g, x == y) / 2


def inverse_or_0(y: Any, flat: bool = False) -> Any:
    """Return 1 / y, and 0 where y is 0, the slope of a root of squares there; with `flat` it is constant there too."""
    return masked(1 / (y + (y == 0) if flat else y), y != 0)


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

# --- activations with settings ---

leaky_relu = primitive(
    lambda x, negative_slope: np.maximum(x, negative_slope * x) if 0 < negative_slope <= 1
    else np.where(x > 0, x, negative_slope * x),
    x=lambda g, x, negative_slope: masked(g, x > 0) + negative_slope * masked(g, ~(x > 0)),
    name="leaky_relu",
)  # fmt: skip
elu = primitive(
    lambda x, alpha: np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0)),
    x=lambda g, x, alpha: masked(g, x > 0) + masked(g, x <= 0) * (alpha * np.exp(np.minimum(x, 0))),
    name="elu",
)
softplus = primitive(
    softplus_of,
    x=lambda g, x, beta, threshold: (
        masked(g, beta * x > threshold) + masked(g, beta * x <= threshold) * sigmoid(beta * x)
    ),
    name="softplus",
)
hardtanh = primitive(
    lambda x, low, high: np.clip(x, low, high).astype(x.dtype, copy=False),
    x=lambda g, x, low, high: masked(g, (x > low) & (x < high)),
    name="hardtanh",
)
mish = elementwise(
    lambda x: x * np.tanh(softplus_of(x)),
    x=lambda g, x: g * (np.tanh(softplus(x)) + x * sigmoid(x) * (1 - np.square(np.tanh(softplus(x))))),
    name="mish",
)
