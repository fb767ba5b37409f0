"""Functions of single numbers under PyTorch's names and with its arguments."""

import math
from typing import Any, overload

import numpy as np

from autograd.tensor.api import dtypes
from autograd.tensor.api.dtypes import promoted
from autograd.tensor.api.pointwise import Operand
from autograd.tensor.api.public import public
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.table import elementwise as table
from autograd.tensor.table.elementwise import (
    abs,
    choose,
    clamped,
    exp,
    floor_divide,
    log1p,
    minimum,
    minus,
    mul,
    neg,
    plus,
    positive,
    quotient,
    raised,
    rint,
    trunc,
)  # fmt: skip


@public(method=True, in_place=True)
def pow(input: Operand, exponent: Operand) -> Tensor:
    """Return input**exponent; where the exponent is 0 the slope is 0, whatever input is."""
    return raised(input, exponent)


@public(method=True, in_place=True)
def add(input: Operand, other: Operand, *, alpha: float = 1) -> Tensor:
    """Return input + alpha * other."""
    return plus(input, other if alpha == 1 else mul(promoted((input, other))[1], alpha))


@public(method=True, in_place=True)
def sub(input: Operand, other: Operand, *, alpha: float = 1) -> Tensor:
    """Return input - alpha * other."""
    return minus(input, other if alpha == 1 else mul(promoted((input, other))[1], alpha))


@public(method=True, in_place=True)
def div(input: Operand, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
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


@public(method=True, in_place=True)
def round(input: Tensor, *, decimals: int = 0) -> Tensor:
    """Return the nearest multiple of 10**-decimals; halfway between two, the even one."""
    if input.dtype.kind != "f":
        return positive(input)
    return rint(input) if not decimals else quotient(rint(mul(input, 10**decimals)), 10**decimals)


@public(method=True, in_place=True)
def clamp(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """Return input where it lies between min and max, else the nearer bound; at a bound the slope is 1."""
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    low, high = -math.inf if min is None else min, math.inf if max is None else max
    if input.dtype.kind == "b":  # np.clip knows no booleans
        y = input if min is None else wrap(np.maximum(input._data, getattr(min, "_data", min)))
        return y if max is None else wrap(np.minimum(y._data, getattr(max, "_data", max)))
    if input.dtype.kind != "f" and (min is None or max is None):
        bounds = np.iinfo(input.dtype)
        low, high = bounds.min if min is None else min, bounds.max if max is None else max
    return clamped(*promoted((input, low, high)))


@overload
def where(condition: Tensor) -> tuple[Tensor, ...]: ...
@overload
def where(condition: Tensor, input: Any, other: Any) -> Tensor: ...
@public(numpy=np.where)
def where(condition: Tensor, input: Any = None, other: Any = None) -> Any:
    """Return input where the condition is True, else other; with the condition alone, the places where it is True."""
    if input is None and other is None:
        return tuple(wrap(places) for places in np.nonzero(np.atleast_1d(condition._data)))
    if input is None or other is None:
        raise TypeError("where() takes a condition, or a condition, input and other")
    if not (isinstance(input, Tensor) or isinstance(other, Tensor)):
        input = wrap(np.asarray(input, dtypes.result_type(input, other)))
    return choose(condition, *promoted((input, other)))


@public(method=True, in_place=True)
def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """Return input with `value` where the mask is True."""
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(f"masked_fill only supports a 0-dimensional value tensor, but got shape {value.shape}")
        value = value.to(input.dtype)
    elif input.dtype.kind != "f":
        value = input.dtype.type(value)
    return choose(mask, value, input)


@public(method=True, in_place=True)
def lerp(input: Tensor, end: Tensor, weight: Any) -> Tensor:
    """Return input + weight * (end - input); weight 1 gives exactly `end`."""
    way = minus(end, input)
    ahead, behind = plus(input, mul(weight, way)), minus(end, mul(minus(1, weight), way))
    if isinstance(weight, Tensor):
        return where(abs(weight) < 0.5, ahead, behind)
    return ahead if -0.5 < weight < 0.5 else behind


def leaky_relu(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Return x where x > 0, else negative_slope * x; at 0 the slope is negative_slope."""
    return table.leaky_relu(input, negative_slope=negative_slope)


def elu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Return x where x > 0, else alpha * (exp(x) - 1)."""
    return table.elu(input, alpha=alpha)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """Return log(1 + exp(beta * x)) / beta; x itself where beta * x > threshold."""
    return table.softplus(input, beta=beta, threshold=threshold)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """Return x clipped to [min_val, max_val]; at the bounds the slope is 0."""
    return table.hardtanh(input, low=min_val, high=max_val)


def relu6(input: Tensor) -> Tensor:
    """Return x clipped to [0, 6]; at the bounds the slope is 0."""
    return hardtanh(input, 0.0, 6.0)


def logsigmoid(input: Tensor) -> Tensor:
    """Return log(sigmoid(x)) = -softplus(-x), for x of any size."""
    return minus(minimum(input, 0.0), log1p(exp(neg(abs(input)))))


@public(method=True, in_place=True)
def clamp_min(input: Tensor, min: Any) -> Tensor:
    """Return max(input, min)."""
    return clamp(input, min)


@public(method=True, in_place=True)
def clamp_max(input: Tensor, max: Any) -> Tensor:
    """Return min(input, max)."""
    return clamp(input, None, max)


@public(method=True, in_place=True)
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """Return input + value * tensor1 * tensor2."""
    _, tensor1, tensor2 = promoted((input, tensor1, tensor2))
    return add(input, mul(tensor1, tensor2), alpha=value)


@public(method=True, in_place=True)
def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """Return input + value * tensor1 / tensor2."""
    return add(input, quotient(tensor1, tensor2), alpha=value)


# --- other names ---


@public(method=True, in_place=True)
def absolute(input: Tensor) -> Tensor:
    """Return |x| of each number, as `abs` does."""
    return abs(input)


@public(method=True, in_place=True)
def clip(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """Return input where it lies between min and max, else the nearer bound, as `clamp` does."""
    return clamp(input, min, max)


@public(method=True, in_place=True)
def multiply(input: Operand, other: Operand) -> Tensor:
    """Return input * other, as `mul` does."""
    return mul(input, other)


@public(method=True, in_place=True)
def subtract(input: Operand, other: Operand, *, alpha: float = 1) -> Tensor:
    """Return input - alpha * other, as `sub` does."""
    return sub(input, other, alpha=alpha)


@public(method=True, in_place=True)
def divide(input: Operand, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
    """Return input / other, rounded if `rounding_mode` says so, as `div` does."""
    return div(input, other, rounding_mode=rounding_mode)


@public(method=True, in_place=True)
def true_divide(input: Operand, other: Operand) -> Tensor:
    """Return input / other, as `div` does."""
    return div(input, other)
