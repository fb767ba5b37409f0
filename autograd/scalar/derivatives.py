"""The derivative table of the scalar engine: each operation, and its slope with respect to each input.

A slope is written once, from operators and the functions below. Given floats it yields the number that the forward
pass stores on an edge; given Values the same text yields an expression that can be differentiated again.
"""

import math
import operator
from collections.abc import Callable
from typing import Any, NamedTuple


def on_floats_or_values(name: str, on_float: Callable[..., float], doc: str) -> Callable[..., Any]:
    """Return a function that calls the method `name` of a Value, and `on_float` for a plain number."""

    def function(x: Any, *parameters: Any) -> Any:
        method = getattr(type(x), name, None)
        return on_float(x, *parameters) if method is None else method(x, *parameters)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{doc} Takes a float or a Value."
    return function


def stable_sigmoid(x: float) -> float:
    # exp of a negative number never overflows; each branch uses the form that has one.
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def stable_softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def rectify(x: float) -> float:
    return 0.0 if x <= 0 else x  # nan stays nan


def leaky_rectify(x: float, slope: float = 0.01) -> float:
    return x if x > 0 else slope * x


exp = on_floats_or_values("exp", math.exp, "e to the power x.")
log = on_floats_or_values("log", math.log, "Natural logarithm of x > 0.")
sqrt = on_floats_or_values("sqrt", math.sqrt, "Square root of x >= 0; its slope at 0 is inf.")
sin = on_floats_or_values("sin", math.sin, "Sine of x in radians.")
cos = on_floats_or_values("cos", math.cos, "Cosine of x in radians.")
tanh = on_floats_or_values("tanh", math.tanh, "Hyperbolic tangent of x.")
sigmoid = on_floats_or_values("sigmoid", stable_sigmoid, "1 / (1 + exp(-x)), for x of any size.")
softplus = on_floats_or_values("softplus", stable_softplus, "log(1 + exp(x)), for x of any size.")
relu = on_floats_or_values("relu", rectify, "x if x > 0, else 0; its slope at 0 is 0.")
leaky_relu = on_floats_or_values(
    "leaky_relu", leaky_rectify, "x if x > 0, else slope * x; its slope at 0 is `slope`, 0.01 unless given."
)

FUNCTIONS = {f.__name__: f for f in (exp, log, sqrt, sin, cos, tanh, sigmoid, softplus, relu, leaky_relu)}


def power(a: float, b: float) -> float:
    result: float | complex = a**b
    if isinstance(result, complex):
        raise ValueError("the result is not a real number")
    return result


def inverse(x: Any) -> Any:
    """1 / x, and inf at 0, where a slope is vertical."""
    return vertical(x) if x == 0 else 1 / x


def vertical(x: Any) -> Any:
    """inf, for an x at or next to 0; an expression of x, so that no second derivative is a silent 0."""
    return (1 - x) * math.inf


def power_slope(a: Any, b: Any) -> Any:
    """Slope of a**b with respect to a: b * a**(b - 1), 0 for b = 0, inf where that is too large for a float."""
    if b == 0:
        return 0.0
    try:
        return b * a ** (b - 1)
    except (ZeroDivisionError, OverflowError):  # vertical: x**0.5 at 0
        return vertical(a) if b > 0 else -vertical(a)


def exponent_slope(y: Any, a: Any) -> Any:
    """Slope of a**b with respect to b: y * log(a); 0 for a = 0, nan for a < 0."""
    return y * log(a) if a > 0 else 0.0 if a == 0 else math.nan


def share(a: Any, b: Any) -> float:
    """The part of the slope that the winner `a` of max or min takes: all, or half of a tie."""
    return 0.5 if a == b else 1.0 if a > b else 0.0


class Primitive(NamedTuple):
    """An operation: `forward(*inputs)` on floats, and for each input its slope, a function of (output, *inputs)."""

    forward: Callable[..., float]
    slopes: tuple[Callable[..., Any], ...]


def primitive(forward: Callable[..., float], *slopes: Callable[..., Any]) -> Primitive:
    return Primitive(forward, slopes)


PRIMITIVES: dict[str, Primitive] = {
    "+": primitive(operator.add, lambda y, a, b: 1.0, lambda y, a, b: 1.0),
    "-": primitive(operator.sub, lambda y, a, b: 1.0, lambda y, a, b: -1.0),
    "*": primitive(operator.mul, lambda y, a, b: b, lambda y, a, b: a),
    "/": primitive(operator.truediv, lambda y, a, b: 1 / b, lambda y, a, b: -y / b),
    "**": primitive(power, lambda y, a, b: power_slope(a, b), lambda y, a, b: exponent_slope(y, a)),
    "max": primitive(max, lambda y, a, b: share(a, b), lambda y, a, b: share(b, a)),
    "min": primitive(min, lambda y, a, b: share(b, a), lambda y, a, b: share(a, b)),
    "neg": primitive(operator.neg, lambda y, x: -1.0),
    "abs": primitive(abs, lambda y, x: float(x > 0) - float(x < 0)),
    "exp": primitive(math.exp, lambda y, x: y),
    "log": primitive(math.log, lambda y, x: 1 / x),
    "sqrt": primitive(math.sqrt, lambda y, x: 0.5 * inverse(y)),
    "sin": primitive(math.sin, lambda y, x: cos(x)),
    "cos": primitive(math.cos, lambda y, x: -sin(x)),
    "tanh": primitive(math.tanh, lambda y, x: 1 - y * y),
    "sigmoid": primitive(stable_sigmoid, lambda y, x: y * (1 - y)),
    "softplus": primitive(stable_softplus, lambda y, x: sigmoid(x)),
    "relu": primitive(rectify, lambda y, x: float(x > 0)),
    "leaky_relu": primitive(
        leaky_rectify, lambda y, x, slope: 1.0 if x > 0 else slope, lambda y, x, slope: 0.0 if x > 0 else x
    ),
}

# Operations on any number of inputs: the slope is a function of (position, inputs).
# dot takes x1 … xn, y1 … yn; the slope of each is its partner, half the list further on.
NARY_SLOPES: dict[str, Callable[[int, tuple[Any, ...]], Any]] = {
    "sum": lambda i, inputs: 1.0,
    "dot": lambda i, inputs: inputs[(i + len(inputs) // 2) % len(inputs)],
}

# What an operation accepts, for the error message when it cannot be computed.
DOMAINS: dict[str, str] = {
    "/": "the divisor must not be 0",
    "**": "a negative base needs a whole exponent, the base 0 an exponent of 0 or more, and the result a float",
    "exp": "its result is too large for a float from about 709.78 on",
    "log": "log needs a number above 0",
    "sqrt": "sqrt needs a number of 0 or more",
    "sin": "sin needs a finite number",
    "cos": "cos needs a finite number",
}
