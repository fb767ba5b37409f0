"""Calls of every public function of the tensor engine, written once and run in both frameworks.

A case is a name, a function of the framework `t` and its inputs, and the inputs: a tuple is a shape to be filled with
random numbers, an array is taken as it is. What must not be differentiated is made inside the function.
"""

import inspect
import math
from typing import Any, NamedTuple

import numpy as np

INF, NAN = math.inf, math.nan


class Case(NamedTuple):
    name: str
    call: Any
    inputs: tuple[Any, ...]
    second: bool = True

    def __repr__(self):
        """Return where the call stands, and its inputs: a test that fails shows this."""
        line = inspect.unwrap(self.call).__code__.co_firstlineno
        return f"{self.name} in tests/tensor/tensor_cases.py, line {line}, of {self.inputs}"


CASES: list[Case] = []


def case(name, call, *inputs, second=True):
    CASES.append(Case(name, call, inputs, second))


class Points(np.ndarray):
    """Points picked by hand, among them kinks, jumps and poles."""


def array(*numbers):
    return np.array(numbers, dtype=np.float64).view(Points)


def positive(*shape):
    return np.random.default_rng(math.prod(shape)).uniform(0.3, 2.0, shape)


def distinct(*shape):
    """Random numbers far enough from each other, and from 0, that no order changes in float32."""
    numbers = np.arange(1, math.prod(shape) + 1) * 0.37 - 2.05
    return np.random.default_rng(5).permutation(numbers).reshape(shape)


def ints(t, *numbers):
    return t.tensor(list(numbers))


# --- one number at a time: random points, edges, zero size ---

EDGES = array(-2.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.5, 30.0, -30.0)
WHOLE_LINE = (
    "abs sign square exp exp2 expm1 sin cos tan atan sinh cosh tanh sigmoid erf floor ceil trunc round neg relu"
)
for name in WHOLE_LINE.split():
    for points in ((3, 4), EDGES, (0, 3), ()):
        case(name, lambda t, x, name=name: getattr(t, name)(x), points)
for name in "sqrt rsqrt reciprocal log log2 log10".split():
    for points in (positive(3, 4), array(0.25, 1.0, 4.0, 1e-3, 1e3), (0, 3)):
        case(name, lambda t, x, name=name: getattr(t, name)(x), points)
for name in "sqrt rsqrt reciprocal log log2 log10 log1p".split():
    case(name, lambda t, x, name=name: getattr(t, name)(x), array(0.0, INF), second=False)
case("log1p", lambda t, x: t.log1p(x), array(-0.5, 0.0, 1e-8, 3.0))
for name in "asin acos".split():
    case(name, lambda t, x, name=name: getattr(t, name)(x), array(-0.9, -0.3, 0.0, 0.4, 0.99))
    case(name, lambda t, x, name=name: getattr(t, name)(x), array(-1.0, 1.0), second=False)
case("round", lambda t, x: t.round(x, decimals=2), (5,))

# --- two operands: broadcasting, numbers, ties ---

for name in "add sub mul div atan2 hypot maximum minimum logaddexp".split():
    for a, b in (((3, 4), (4,)), ((2, 1, 3), (4, 1)), ((), (2, 2)), ((0, 3), (1, 3)), ((3,), (3,))):
        case(name, lambda t, x, y, name=name: getattr(t, name)(x, y), a, b)
for name in "add sub mul div pow".split():
    case(name, lambda t, x, name=name: getattr(t, name)(x, 3), (3, 4))
    case(name, lambda t, x, name=name: getattr(t, name)(x, 2.5), positive(4))
case("add", lambda t, x, y: t.add(x, y, alpha=2.5), (3,), (2, 3))
case("sub", lambda t, x, y: t.sub(x, y, alpha=2), (3,), (2, 3))
case("add", lambda t, x: (1 + x) * 2 - (3 - x) / 2 + 2 / (x * x + 1) - (-x) + +x, (3, 4))
case("div", lambda t, x: t.div(x, 0.7, rounding_mode="floor"), (5,))
case("div", lambda t, x: t.div(x, 0.7, rounding_mode="trunc"), (5,))
case("div", lambda t, x, y: t.div(x, y), array(1.0, -1.0, 0.0), array(0.0, 0.0, 0.0), second=False)
case("pow", lambda t, x, y: t.pow(x, y), positive(3, 4), (4,))
case("pow", lambda t, x: t.pow(x, 2), array(-1.0, 0.0, 2.0))
case("pow", lambda t, x: 2**x + x**4 + x**-1, positive(3))
for exponent in (0, 1, 0.5, 2, -1):
    case("pow", lambda t, x, e=exponent: t.pow(x, e), array(0.0, 1.0, 4.0), second=False)
case("pow", lambda t, x, y: t.pow(x, y), array(0.0, 0.0, 0.0, -2.0), array(0.0, 2.0, 0.5, 2.0), second=False)
case("pow", lambda t, y: t.pow(0, y) + t.pow(3, y), array(0.0, 1.0, 2.0), second=False)
case("remainder", lambda t, x: t.remainder(x, 0.7) + x % 1.3, (6,))
case("remainder", lambda t, x, y: t.remainder(x, y), (6,), positive(6))
case("floor_divide", lambda t, x, y: t.floor_divide(x.detach(), y.detach()) + 0 * x * y, (6,), positive(6))
TIED = array(1.0, 2.0, -1.0, 0.0), array(1.0, -2.0, -1.0, 0.5)
case("maximum", lambda t, x, y: t.maximum(x, y), *TIED)
case("minimum", lambda t, x, y: t.minimum(x, y), *TIED)
case("logaddexp", lambda t, x, y: t.logaddexp(x, y), array(1000.0, -1000.0, 0.0), array(999.0, -1001.0, 500.0))
case("hypot", lambda t, x, y: t.hypot(x, y), array(3.0, 0.0), array(4.0, 2.0))
for a, b in (((3, 4), positive(4)), ((2, 1, 3), positive(4, 1)), ((), positive(2, 2)), ((0, 3), positive(1, 3))):
    case("xlogy", lambda t, x, y: t.xlogy(x, y), a, b)
case("xlogy", lambda t, x: t.xlogy(x, 2.5) + t.xlogy(3, x), positive(4))
case("xlogy", lambda t, x, y: t.xlogy(x, y), array(0.0, 0.0, -2.0), array(0.5, 3.0, 1.0))
BY_LOG = array(0, 0, 0, 1, 2, NAN, 0), array(0, -1, NAN, 0, -1, 1, INF)
case("xlogy", lambda t, x, y: t.xlogy(x, y), *BY_LOG, second=False)
case("clamp", lambda t, x: t.clamp(x, -0.5, 0.5), array(-1.0, -0.5, 0.0, 0.5, 1.0))
case("clamp", lambda t, x: t.clamp(x, min=0.1) + t.clamp(x, max=0.2), (3, 4))
case("clamp", lambda t, x, a, b: t.clamp(x, a, b), (3, 4), (4,), (1,))
case("clamp", lambda t, x, a, b: t.clamp(x * 3, a, b), (5, 4), (5, 4), (5, 4))
case("lerp", lambda t, a, b, w: t.lerp(a, b, w), (3, 4), (3, 4), (3, 4))
case("lerp", lambda t, a, b: t.lerp(a, b, 0.3), (4,), (4,))
case("where", lambda t, x, y: t.where(x > 0, x, y), (3, 4), (4,))
case("where", lambda t, x: t.where(x > 0, t.sqrt(x), 0.0), array(4.0, 0.0, -1.0), second=False)
case("where", lambda t, x: x.where(x > 0, x * 2), (3, 4))
case("masked_fill", lambda t, x: t.masked_fill(x, x > 0, -1.5), (3, 4))
case("masked_fill", lambda t, x: x.masked_fill(t.tensor([True, False, True]), -INF).softmax(-1), (2, 3))

# --- reductions ---

for name in "sum mean amax amin prod std var norm".split():
    case(name, lambda t, x, name=name: getattr(t, name)(x), distinct(3, 4))
    case(name, lambda t, x, name=name: getattr(t, name)(x, dim=1), distinct(3, 4))
    case(name, lambda t, x, name=name: getattr(t, name)(x, dim=-2, keepdim=True), distinct(2, 3, 4))
for name in "sum mean amax amin std var norm".split():
    case(name, lambda t, x, name=name: getattr(t, name)(x, dim=(0, -1), keepdim=True), distinct(2, 3, 4))
    case(name, lambda t, x, name=name: getattr(x, name)(dim=(2, 0)), distinct(2, 3, 4))
for name in "sum mean prod amax amin".split():
    case(name, lambda t, x, name=name: getattr(t, name)(x), ())
case("sum", lambda t, x: t.sum(x, 0) * t.sum(x, 1).sum(), (3, 3))
case("sum", lambda t, x: t.sum(x, dtype=t.float64), (3, 3))
case("sum", lambda t, x: t.sum(x) + t.sum(x, 1).sum(), (0, 3))
case("prod", lambda t, x: t.prod(x, 1), np.array([[1.0, 2, 3], [0, 2, 3], [0, 0, 3]]))
case("prod", lambda t, x: t.prod(x), array(3.0, 0.0, 2.0))
case("prod", lambda t, x: t.prod(x), (0,))
for name in ("amax", "amin", "max", "min"):
    case(name, lambda t, x, name=name: getattr(t, name)(x), array(1.0, 2.0, 1.0, 2.0))
case("amax", lambda t, x: t.amax(x, 1), array([1.0, 1, 0], [2, 2, 2]))
for name in ("max", "min", "median"):
    case(name, lambda t, x, name=name: getattr(t, name)(x), distinct(3, 5))
    case(name, lambda t, x, name=name: getattr(t, name)(x, 1)[0], distinct(3, 5))
    case(name, lambda t, x, name=name: getattr(t, name)(x, dim=0, keepdim=True).values, distinct(4, 5))
    case(name, lambda t, x, name=name: x + getattr(t, name)(x, 0).indices, distinct(4, 5))
for name in ("max", "min"):
    case(name, lambda t, x, name=name: getattr(t, name)(x, 1).values, array([1.0, 1, 1], [2, 0, 2]))
    case(name, lambda t, x, y, name=name: getattr(t, name)(x, y), *TIED)
case("median", lambda t, x: t.median(x), array(1.0, 2.0, 2.0, 2.0, 3.0))
case("median", lambda t, x: t.median(x), array(1.0, NAN, 2.0), second=False)
case("std", lambda t, x: t.std(x, 1), np.array([[2.0, 2, 2], [1, 2, 4]]), second=False)
case("std", lambda t, x: t.std(x, 1, unbiased=False) + t.std(x, 1, correction=0), (3, 4))
case("var", lambda t, x: t.var(x, unbiased=False) + t.var(x, correction=2), (3, 4))
case("norm", lambda t, x: t.norm(x), array(0.0, 0.0), second=False)
for p in (1, 2, 3, 0.5, INF, -INF, 0):
    case("norm", lambda t, x, p=p: t.norm(x, p, dim=1), distinct(3, 4), second=p in (1, 2, 3))
case("linalg", lambda t, x: t.linalg.norm(x) + t.linalg.norm(x, "fro") + t.linalg.norm(x, 3, dim=0).sum(), (3, 4))
for p in (1, -1, INF, -INF):
    case("linalg", lambda t, x, p=p: t.linalg.norm(x, p), distinct(3, 4))
case("logsumexp", lambda t, x: t.logsumexp(x, 1), (3, 4))
case("logsumexp", lambda t, x: t.logsumexp(x, (0, 2), keepdim=True), (2, 3, 4))
case("logsumexp", lambda t, x: t.logsumexp(x, 1), np.array([[-INF, 0, 1], [1000, 999, -INF]]), second=False)
case("logsumexp", lambda t, x: t.logsumexp(x, 1), np.full((1, 2), -INF), second=False)
for name in ("softmax", "log_softmax"):
    for dim, points in ((-1, (3, 4)), (0, (3, 4)), (1, (2, 3, 4)), (0, (5,)), (1, (0, 3)), (1, (3, 100))):
        case(name, lambda t, x, name=name, dim=dim: getattr(t, name)(x, dim), points)
    case(name, lambda t, x, name=name: getattr(t, name)(x, -1), array(1000.0, 999.0, 0.0), second=False)
case("softmax", lambda t, x: t.softmax(x, -1), array(-INF, 0.0, 1.0), second=False)
for name in ("cumsum", "cumprod"):
    for dim in (0, -1):
        case(name, lambda t, x, name=name, dim=dim: getattr(t, name)(x, dim), (3, 4))
case("cumprod", lambda t, x: t.cumprod(x, 1), np.array([[1.0, 2, 3], [0, 2, 3], [0, 0, 3]]))
case("cumprod", lambda t, x: t.cumprod(x, 0), (0, 3))
for name in ("any", "all"):
    case(name, lambda t, x, name=name: getattr(t, name)(x > 0), (3, 4))
    case(name, lambda t, x, name=name: getattr(t, name)(x > 0, 1, keepdim=True), (3, 4))
for name in ("argmax", "argmin"):
    case(name, lambda t, x, name=name: getattr(t, name)(x), distinct(3, 4))
    case(name, lambda t, x, name=name: getattr(t, name)(x, dim=1), np.array([[1.0, 1, 0], [0, 2, 2]]))
    case(name, lambda t, x, name=name: getattr(t, name)(x, dim=0, keepdim=True), distinct(3, 4))
for descending in (False, True):
    case("sort", lambda t, x, d=descending: t.sort(x, dim=1, descending=d).values, distinct(3, 5))
    case("sort", lambda t, x, d=descending: t.sort(x, 0, d)[0], array(1.0, 0, 1, 0, 2)) if not descending else None
    case("sort", lambda t, x, d=descending: t.sort(x, dim=0, descending=d, stable=True).indices, array(1.0, 0, 1, 0, 2))
    case("argsort", lambda t, x, d=descending: t.argsort(x, dim=-1, descending=d), distinct(3, 5))
    case("topk", lambda t, x, d=descending: t.topk(x, 2, largest=d)[0], distinct(3, 5))
    case("topk", lambda t, x, d=descending: t.topk(x, 3, dim=0, largest=d).indices, distinct(4, 5))

# --- products of matrices ---

for a, b in (((3, 4), (4, 5)), ((4,), (4, 5)), ((3, 4), (4,)), ((4,), (4,)), ((2, 3, 4), (4, 5)), ((3, 4), (2, 4, 5)),
             ((2, 1, 3, 4), (5, 4, 2)), ((2, 3, 4), (4,)), ((4,), (2, 4, 3)), ((0, 4), (4, 5)), ((3, 0), (0, 2)),
             ((0, 3, 4), (4, 2))):  # fmt: skip
    case("matmul", lambda t, x, y: t.matmul(x, y), a, b)
case("matmul", lambda t, x, y: x @ y.T, (3, 4), (5, 4))
case("mm", lambda t, x, y: t.mm(x, y), (3, 4), (4, 5))
case("bmm", lambda t, x, y: t.bmm(x, y.mT), (2, 3, 4), (2, 5, 4))
case("mv", lambda t, x, y: t.mv(x, y), (3, 4), (4,))
case("dot", lambda t, x, y: t.dot(x, y), (4,), (4,))
case("outer", lambda t, x, y: t.outer(x, y), (4,), (3,))
case("addmm", lambda t, c, x, y: t.addmm(c, x, y, beta=0.5, alpha=2), (5,), (3, 4), (4, 5))
case("baddbmm", lambda t, c, x, y: t.baddbmm(c, x, y, beta=0.5, alpha=2), (2, 3, 5), (2, 3, 4), (2, 4, 5))
for equation, *shapes in (
    ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)), ("ij,ij", (3, 4), (3, 4)), ("ii->i", (4, 4)), ("ii", (4, 4)),
    ("...ij,kk->...i", (2, 3, 4), (5, 5)), ("i,ij,j->", (3,), (3, 4), (4,)), ("ij->ji", (3, 4)), ("ij->j", (3, 4)),
    ("...i,...j->...ij", (2, 3), (1, 4)), ("bhid,bhjd->bhij", (2, 2, 3, 4), (2, 2, 5, 4)), ("i,j", (3,), (4,)),
):  # fmt: skip
    case("einsum", lambda t, *xs, equation=equation: t.einsum(equation, *xs), *shapes)
case("tensordot", lambda t, x, y: t.tensordot(x, y, dims=1), (2, 3), (3, 4))
case("tensordot", lambda t, x, y: t.tensordot(x, y, dims=([1, 0], [0, 2])), (2, 3, 4), (3, 5, 2))
case("trace", lambda t, x: t.trace(x), (3, 4))
SQUARE = np.random.default_rng(3).standard_normal((2, 3, 3)) + 3 * np.eye(3)
case("linalg", lambda t, x: t.linalg.inv(x), SQUARE)
case("linalg", lambda t, x: t.linalg.det(x), SQUARE)
case("linalg", lambda t, x: t.linalg.norm(x, 2) + t.linalg.norm(x, "nuc"), (3, 4), second=False)
case("linalg", lambda t, x, y: t.linalg.solve(x, y), SQUARE, (2, 3, 2))
case("linalg", lambda t, x, y: t.linalg.solve(x[0], y), SQUARE, (3,))
case("linalg", lambda t, x: t.linalg.cholesky(x @ x.mT + t.eye(3, dtype=x.dtype)), SQUARE)

# --- shapes ---

case("reshape", lambda t, x: t.reshape(x, (4, -1)) * t.reshape(x, (2, 6)).reshape(4, 3), (3, 4))
case("reshape", lambda t, x: x.view(2, 6) + x.view((6, 2)).view(2, -1), (3, 4))
case("flatten", lambda t, x: t.flatten(x) * t.flatten(x, 1).reshape(-1), (2, 3, 4))
case("flatten", lambda t, x: x.flatten(0, 1), (2, 3, 4))
case("unflatten", lambda t, x: t.unflatten(x, 1, (2, -1)), (3, 6))
case("squeeze", lambda t, x: t.squeeze(x) + t.squeeze(x, 0).squeeze(-1), (1, 3, 1))
case("unsqueeze", lambda t, x: t.unsqueeze(x, 0) * t.unsqueeze(x, -1), (3,))
case("broadcast_to", lambda t, x: t.broadcast_to(x, (2, 3, 4)), (3, 1))
case("reshape", lambda t, x: x.expand(2, -1, 4) ** 2 + x.expand_as(t.zeros(2, 3, 4)), (3, 1))
case("permute", lambda t, x: t.permute(x, (2, 0, 1)) ** 2, (2, 3, 4))
case("permute", lambda t, x: x.permute(1, -1, 0), (2, 3, 4))
case("transpose", lambda t, x: t.transpose(x, 0, -1) ** 2, (2, 3, 4))
case("t", lambda t, x: t.t(x) @ x + (x.T @ x), (3, 4))
case("movedim", lambda t, x: t.movedim(x, 0, -1), (2, 3, 4))
case("flip", lambda t, x: t.flip(x, (0, 2)) * x, (2, 3, 4))
case("roll", lambda t, x: t.roll(x, 1) * x + t.roll(x, -2, 1) + t.roll(x, (1, 2), (0, 1)), (3, 4))
case("tile", lambda t, x: t.tile(x, (2, 2)) + t.tile(x, (2,)).repeat(2, 1), (3, 4))
case("tile", lambda t, x: x.repeat(2, 1, 3), (3, 4))
case("cat", lambda t, x, y: t.cat([x, y, x], dim=1), (2, 3), (2, 2))
case("cat", lambda t, x, y: t.cat([x, y]), (2, 3), (1, 3))
case("cat", lambda t, x, y: t.cat((x, y)), (0, 3), (2, 3))
case("stack", lambda t, x, y: t.stack([x, y, x], dim=-1), (2, 3), (2, 3))
case("split", lambda t, x: t.split(x, 2, dim=1)[2] * t.split(x, [1, 4], dim=1)[0], (3, 5))
case("chunk", lambda t, x: t.chunk(x, 3)[0] * x.chunk(2, dim=1)[1].sum(), (4, 5))
case("unbind", lambda t, x: t.unbind(x)[1] * x.unbind(1)[0].sum(), (3, 4))
case("tril", lambda t, x: t.tril(x) + t.tril(x, -1) * 2 + x.tril(1), (2, 3, 4))
case("triu", lambda t, x: t.triu(x) + t.triu(x, diagonal=1) * 2, (3, 4))
case("diagonal", lambda t, x: t.diagonal(x) ** 2, (3, 4))
case("diagonal", lambda t, x: t.diagonal(x, 1, -2, -1), (2, 3, 4))
case("clone", lambda t, x: t.clone(x) * x.contiguous() * x.to(x.dtype), (3, 4))
case("clone", lambda t, x: x.float().double() * x.to(t.float64), (3,), second=False)

# --- places ---

case("reshape", lambda t, x: x[1] * x[-1, ..., 0].sum() + x[..., 1:3].sum() + x[:, None, 0].sum(), (3, 4))
case("reshape", lambda t, x: x[[0, 2, 2]] * x[t.tensor([1, 1, 0])] + x[::2].sum(), (3, 4))
case("reshape", lambda t, x: x[x > 0], (3, 4))
case("reshape", lambda t, x: x[0, :, [0, 2, 2]] ** 2, (2, 3, 4))
case("reshape", lambda t, x: x[:, [1, 0], 0] * x[[1, 0], :2, -1], (2, 3, 4))
case("reshape", lambda t, x: x[t.tensor([[0, 1], [1, 1]]), t.tensor([0, 2])] ** 2, (2, 3))


def written(t, x, y):
    z = x * 2
    z[0] = y
    z[:, 1] *= 3
    z[z > 5] = 0.5
    z += y
    return z**2


case("reshape", written, (3, 4), (4,))
case("gather", lambda t, x: t.gather(x, 1, t.tensor([[0, 0], [2, 1]])) ** 2, (3, 4))
case(
    "take_along_dim",
    lambda t, x: t.take_along_dim(x, t.argsort(x, 1), 1) + t.take_along_dim(x.contiguous(), ints(t, 5)),
    distinct(3, 4),
)
case("scatter_add", lambda t, x, y: t.scatter_add(x, 1, t.tensor([[0, 0, 1], [2, 1, 2]]), y) ** 2, (3, 4), (2, 3))
case(
    "index_select", lambda t, x: t.index_select(x, 1, ints(t, 0, 2, 0)) * t.index_select(x, 0, ints(t, 1))[0, 1], (3, 4)
)
case("index_add", lambda t, x, y: t.index_add(x, 1, ints(t, 0, 2, 0), y, alpha=2) ** 2, (3, 4), (3, 3))
case("masked_select", lambda t, x: t.masked_select(x, x > 0.1), (3, 4))

# --- without gradient ---

for name in "eq ne lt le gt ge".split():
    case(name, lambda t, x, y, name=name: getattr(t, name)(x, y), *TIED)
    case(name, lambda t, x, name=name: getattr(x, name)(0.5), array(0.5, 1.0, 0.0))
for name in "logical_and logical_or logical_xor".split():
    case(name, lambda t, x, y, name=name: getattr(t, name)(x > 0, y > 0), (4,), (4,))
case("logical_not", lambda t, x: t.logical_not(x > 0) & ~(x > 1) | (x < -1) ^ (x == 0), (4,))
for name in "isnan isinf isfinite".split():
    case(name, lambda t, x, name=name: getattr(t, name)(x), array(1.0, INF, -INF, NAN))
case("allclose", lambda t, x: t.tensor(t.allclose(x, x + 1e-9)), (3,))
case("equal", lambda t, x: t.tensor(t.equal(x, x.clone())), (3,))

# --- from nothing ---

case("zeros", lambda t, x: x + t.zeros(2, 3) + t.zeros((2, 3)) + t.zeros_like(x), (2, 3))
case("ones", lambda t, x: x * t.ones([2, 3]) + t.ones_like(x), (2, 3))
case("zeros_like", lambda t, x: t.zeros_like(x, dtype=t.int64), (2, 3))
case("ones_like", lambda t, x: t.ones_like(x, dtype=t.bool), (2, 3))
case("full", lambda t, x: x + t.full((2, 3), 2.5) + t.full((3,), 2), (2, 3))
case("full_like", lambda t, x: t.full_like(x, 3), (2, 3))
case("empty", lambda t, x: t.empty(2, 3).shape[0] + t.empty_like(x).shape[1] + x, (2, 3))
case("empty_like", lambda t, x: t.empty_like(x).zero_() + x, (2, 3))
case("arange", lambda t, x: t.arange(5), ())
case("arange", lambda t, x: t.cat([t.arange(1, 7, 2), t.arange(3, 0, -1)]), ())
case("arange", lambda t, x: t.arange(0, 1, 0.25), ())
case("linspace", lambda t, x: t.linspace(-1, 1, 7), ())
case("eye", lambda t, x: t.cat([t.eye(3), t.eye(2, 3)]), ())
case("tril_indices", lambda t, x: t.tril_indices(3, 4, 1), ())
case("triu_indices", lambda t, x: t.triu_indices(3, 4, 1), ())
case("tensor", lambda t, x: t.tensor([[1.5, 2], [3, 4]]) + t.tensor(2) + t.tensor(True), ())
case("tensor", lambda t, x: t.tensor([1, 2]), ())
case("tensor", lambda t, x: t.tensor([True, False]), ())
case("tensor", lambda t, x: t.tensor(np.arange(3.0)), ())
case("as_tensor", lambda t, x: t.as_tensor([1.0, 2]) + t.as_tensor(x), (2,))
case("from_numpy", lambda t, x: t.from_numpy(np.arange(3)), ())

# --- networks ---


def network(name, call, *inputs, second=True):
    def called(t, *xs):
        return call(t.nn.functional, *xs)

    called.__wrapped__ = call
    case(f"nn.functional.{name}", called, *inputs, second=second)


for name in "relu sigmoid tanh silu mish gelu elu leaky_relu hardtanh relu6 softplus logsigmoid tanhshrink".split():
    for points in ((3, 4), (0, 3), array(-3.0, -0.5, 0.25, 2.0, 7.0, 25.0), ()):
        network(name, lambda F, x, name=name: getattr(F, name)(x), points)
for name in "relu gelu elu leaky_relu hardtanh relu6".split():
    network(name, lambda F, x, name=name: getattr(F, name)(x), array(-1.0, 0.0, 1.0, 6.0), second=False)
network("gelu", lambda F, x: F.gelu(x, approximate="tanh"), (3, 4))
network("elu", lambda F, x: F.elu(x, alpha=0.7), (3, 4))
network("leaky_relu", lambda F, x: F.leaky_relu(x, 0.2) + F.leaky_relu(x, negative_slope=-0.5), (3, 4))
network("hardtanh", lambda F, x: F.hardtanh(x, -0.5, 0.7), (3, 4))
for points in ((3, 4), (0, 3), array(-3.0, -0.25, 0.25, 2.0), ()):
    network("softshrink", lambda F, x: F.softshrink(x) + F.softshrink(x, lambd=0.1), points)
network("softshrink", lambda F, x: F.softshrink(x), array(-0.5, 0.0, 0.5, INF, NAN), second=False)
network("softplus", lambda F, x: F.softplus(x * 10, beta=2, threshold=10), (3, 4))
for name in ("softmax", "log_softmax"):
    network(name, lambda F, x, name=name: getattr(F, name)(x, dim=1), (3, 4))
network("linear", lambda F, x, w, b: F.linear(x, w, b), (2, 3, 4), (5, 4), (5,))
network("linear", lambda F, x, w: F.linear(x, w), (4,), (5, 4))
network("linear", lambda F, x, w: F.linear(x, w), (3, 4), (5, 4))
network("linear", lambda F, x, w, b: F.linear(x, w, b), (0, 4), (5, 4), (5,))
network("embedding", lambda F, w: F.embedding(LONG([[0, 1, 1], [4, 1, 0]], w), w) ** 2, (5, 3))
network("embedding", lambda F, w: F.embedding(LONG([[0, 1], [4, 1]], w), w, padding_idx=1) ** 2, (5, 3), second=False)
network("one_hot", lambda F, x: F.one_hot(LONG([[0, 2], [1, 1]], x)) + F.one_hot(LONG([[0, 2], [1, 1]], x), 3), ())
network("pad", lambda F, x: F.pad(x, (1, 2)) ** 2, (2, 3))
network("pad", lambda F, x: F.pad(x, (1, -1, 2, 0), value=3.0), (2, 3, 4))
for mode in ("reflect", "replicate", "circular"):
    network("pad", lambda F, x, m=mode: F.pad(x, (1, 2), mode=m) ** 2, (2, 3, 4))
    network("pad", lambda F, x, m=mode: F.pad(x, (3, 0, 1, 4), mode=m) ** 2, (2, 3, 5, 4))
for mode in ("replicate", "circular"):
    network("pad", lambda F, x, m=mode: F.pad(x, (2, 1, 0, 3, 1, 2), mode=m) ** 2, (2, 2, 2, 3, 4))
network("pad", lambda F, x: F.pad(x, (0, 5, 7, 0), "replicate") ** 2, (2, 3, 4))
for weights in ((1,), (3,)):
    for shape in ((4, 3), (2, 3, 4, 5)):
        network("prelu", lambda F, x, w: F.prelu(x, w), shape, weights)
network("prelu", lambda F, x, w: F.prelu(x, w), (5,), (1,))
network("prelu", lambda F, x, w: F.prelu(x.sum(), w), (5,), (1,))
network("prelu", lambda F, x, w: F.prelu(x, w), array(-2.0, 0.0, 1.0, INF, NAN), (1,), second=False)
network("pixel_shuffle", lambda F, x: F.pixel_shuffle(x, 2) ** 2, (2, 12, 3, 2))
network("pixel_shuffle", lambda F, x: F.pixel_shuffle(x, 3) ** 2, (9, 2, 4))
network("normalize", lambda F, x: F.normalize(x) + F.normalize(x, p=1, dim=0), (3, 4))
network("dropout", lambda F, x: F.dropout(x, 0.5, training=False) + F.dropout(x, 0.0), (3, 4))
network("dropout", lambda F, x: F.dropout(x, 1.0), (3, 4))
network("dropout2d", lambda F, x: F.dropout2d(x, 0.5, training=False) + F.dropout2d(x, 0.0), (2, 3, 4, 5))
network("dropout2d", lambda F, x: F.dropout2d(x, 1.0), (2, 3, 4, 5))


def LONG(numbers, like):
    """Return integers as a tensor of the framework that `like` is a tensor of."""
    return like.new_tensor(numbers, dtype=like.long().dtype) if hasattr(like, "new_tensor") else type(like)(numbers)


for labels in ([0, 4, 2], [1, 1, 0]):
    network("cross_entropy", lambda F, x, labels=labels: F.cross_entropy(x, LONG(labels, x)), (3, 5))
    network("nll_loss", lambda F, x, labels=labels: F.nll_loss(x.log_softmax(1), LONG(labels, x)), (3, 5))
for options in (
    {"reduction": "sum"}, {"reduction": "none"}, {"label_smoothing": 0.2}, {"ignore_index": 4},
    {"ignore_index": 4, "label_smoothing": 0.1}, {"ignore_index": 4, "reduction": "none", "label_smoothing": 0.1},
):  # fmt: skip
    network("cross_entropy", lambda F, x, o=options: F.cross_entropy(x, LONG([0, 4, 2], x), **o), (3, 5))
    network("cross_entropy", lambda F, x, w, o=options: F.cross_entropy(
        x, LONG([0, 4, 2], x), weight=w.detach(), **o) + 0 * w.sum(), (3, 5), positive(5), second=False)  # fmt: skip
network("cross_entropy", lambda F, x: F.cross_entropy(x, LONG([[0, 1], [2, 2]], x)), (2, 3, 2))
network("cross_entropy", lambda F, x: F.cross_entropy(x, LONG(2, x)), (5,))
network("cross_entropy", lambda F, x, y: F.cross_entropy(x, y.softmax(1), label_smoothing=0.1), (3, 5), (3, 5))
network("cross_entropy", lambda F, x: F.cross_entropy(x * 1000, LONG([0, 1, 2], x)), (3, 5), second=False)
network("nll_loss", lambda F, x: F.nll_loss(x, LONG([0, 4, 2], x), ignore_index=4, reduction="none"), (3, 5))
for options in ({}, {"reduction": "sum"}, {"reduction": "none"}):
    network("binary_cross_entropy_with_logits",
            lambda F, x, y, o=options: F.binary_cross_entropy_with_logits(x, y.sigmoid(), **o),
            (3, 4), (3, 4))  # fmt: skip
network("binary_cross_entropy_with_logits", lambda F, x, w: F.binary_cross_entropy_with_logits(
    x * 50, (x > 0).to(x.dtype), weight=w.detach(), pos_weight=w.detach()) + 0 * w.sum(),
    (3, 4), positive(4), second=False)  # fmt: skip
for options in (
    {}, {"padding": 1}, {"stride": 2, "padding": (1, 2)}, {"dilation": 2, "padding": 2}, {"stride": (2, 1)},
    {"padding": "same"}, {"padding": "valid", "dilation": (1, 2)},
):  # fmt: skip
    network("conv2d", lambda F, x, w, b, o=options: F.conv2d(x, w, b, **o), (2, 3, 7, 8), (4, 3, 3, 3), (4,))
    network("conv2d", lambda F, x, w, o=options: F.conv2d(x, w, groups=2, **o), (2, 4, 7, 8), (6, 2, 3, 3))
network("conv2d", lambda F, x, w, b: F.conv2d(x, w, b), (3, 5, 5), (4, 3, 2, 3), (4,))
network("conv2d", lambda F, x, w: F.conv2d(x, w, padding=1), (0, 3, 5, 5), (4, 3, 3, 3))
for options in ({}, {"stride": 2, "padding": 1}, {"dilation": 2}, {"padding": "same"}):
    network("conv1d", lambda F, x, w, b, o=options: F.conv1d(x, w, b, **o), (2, 4, 9), (6, 4, 3), (6,))
network("conv1d", lambda F, x, w: F.conv1d(x, w, groups=2), (4, 9), (6, 2, 3))
for options in ({}, {"stride": 2, "padding": 1, "output_padding": 1}, {"dilation": 2}, {"stride": (1, 3)}):
    network("conv_transpose2d",
            lambda F, x, w, b, o=options: F.conv_transpose2d(x, w, b, **o),
            (2, 4, 5, 4), (4, 3, 3, 2), (3,))  # fmt: skip
network("conv_transpose2d", lambda F, x, w: F.conv_transpose2d(x, w, groups=2), (2, 4, 5, 4), (4, 3, 3, 3))
for args in ((2,), (3, 2, 1), ((2, 3),), (2, 1), (3, 3, 1, 2)):
    network("max_pool2d", lambda F, x, args=args: F.max_pool2d(x, *args) ** 2, distinct(2, 2, 9, 10))
network("max_pool2d", lambda F, x: F.max_pool2d(x, 3, 2), array(*np.zeros((1, 1, 7, 7))))
network("max_pool2d", lambda F, x: F.max_pool2d(x, 2), array(*np.random.default_rng(0).integers(0, 3, (2, 2, 8, 8))))
for args in ((2,), (3, 2, 1), ((2, 3), 1), (3, 2, 1, False, False), (2, None, 0, False, True, 3)):
    network("avg_pool2d", lambda F, x, args=args: F.avg_pool2d(x, *args) ** 2, (2, 2, 9, 10))
for args in ((2,), (3, 2, 1), ((4,), (1,), (2,), (1,)), (2, None, 0, 3)):
    network("max_pool1d", lambda F, x, args=args: F.max_pool1d(x, *args) ** 2, distinct(2, 3, 11))
for args in ((2,), (3, 2, 1), ((4,), (1,), (2,)), (3, 2, 1, False, False)):
    network("avg_pool1d", lambda F, x, args=args: F.avg_pool1d(x, *args) ** 2, (2, 3, 11))
network("avg_pool1d", lambda F, x: F.avg_pool1d(x, 3) * F.max_pool1d(x, 3), distinct(4, 9))
for size in (1, (3, 5), (None, 4), 7):
    network("adaptive_avg_pool2d", lambda F, x, size=size: F.adaptive_avg_pool2d(x, size) ** 2, (2, 2, 7, 8))
network("unfold", lambda F, x: F.unfold(x, (2, 3), padding=1, stride=2, dilation=(2, 1)) ** 2, (2, 3, 7, 8))
network("layer_norm", lambda F, x, w, b: F.layer_norm(x, (4, 5), w, b), (2, 3, 4, 5), (4, 5), (4, 5))
network("layer_norm", lambda F, x, b: F.layer_norm(x, (5,), None, b, eps=1e-2), (3, 5), (5,), second=False)
network("layer_norm", lambda F, x: F.layer_norm(x, (5,)), (2, 3, 5))
network("rms_norm", lambda F, x, w: F.rms_norm(x, (5,), w) + F.rms_norm(x, (5,), eps=0.1), (2, 3, 5), (5,))
network("group_norm", lambda F, x, w, b: F.group_norm(x, 2, w, b), (3, 4, 5), (4,), (4,))
network("group_norm", lambda F, x: F.group_norm(x, 4, eps=1e-2), (3, 4, 2, 2))
network("instance_norm", lambda F, x, w, b: F.instance_norm(x, None, None, w, b), (3, 4, 5), (4,), (4,))
network("instance_norm", lambda F, x: F.instance_norm(x, eps=1e-2), (2, 3, 2, 2))
network("batch_norm", lambda F, x, w, b: F.batch_norm(x, None, None, w, b, True), (5, 3, 2, 2), (3,), (3,))
network("batch_norm", lambda F, x: F.batch_norm(x, None, None, training=True, eps=1e-2), (6, 3))
network(
    "batch_norm",
    lambda F, x, m, v, w: F.batch_norm(x, m.detach(), v.detach(), w),
    (5, 3, 2),
    (3,),
    positive(3),
    (3,),
    second=False,
)
DISTANCES = {"mse_loss": {}, "l1_loss": {}, "huber_loss": {"delta": 0.4}, "smooth_l1_loss": {"beta": 0.7}}
for name, options in DISTANCES.items():
    for more in ({}, {"reduction": "sum"}, {"reduction": "none"} | options):
        network(name, lambda F, x, y, n=name, o=more: getattr(F, n)(x, y, **o), distinct(3, 4), distinct(4, 3).T + 0.11)
    network(name, lambda F, x, y, n=name: getattr(F, n)(x, y, reduction="none"),
            array(-1.0, 0.0, 1.0), np.zeros(3), second=False)  # fmt: skip
network("smooth_l1_loss", lambda F, x, y: F.smooth_l1_loss(x, y, beta=0.0), distinct(3, 4), distinct(4, 3).T + 0.11)
for options in ({}, {"reduction": "sum"}, {"reduction": "none"}):
    network("binary_cross_entropy", lambda F, x, y, o=options: F.binary_cross_entropy(x.sigmoid(), y.sigmoid(), **o),
            (3, 4), (3, 4))  # fmt: skip
    network("kl_div", lambda F, x, y, o=options: F.kl_div(x.log_softmax(1), y.softmax(1), **o), (3, 4), (3, 4))
network("binary_cross_entropy", lambda F, x, w: F.binary_cross_entropy(x.sigmoid(), (x > 0).to(x.dtype), w.detach()) +
        0 * w.sum(), (3, 4), positive(4), second=False)  # fmt: skip
network("binary_cross_entropy", lambda F, p, t: F.binary_cross_entropy(p, t.detach(), reduction="none") + 0 * t,
        array(0.0, 1.0, 0.5), np.array([0.0, 1.0, 0.0]), second=False)  # fmt: skip
network("kl_div", lambda F, x, y: F.kl_div(x, y.log_softmax(1), reduction="batchmean", log_target=True), (3, 4), (3, 4))
network("kl_div", lambda F, x, y: F.kl_div(x, y.detach()) + 0 * y.sum(), (3, 4), np.eye(3, 4), second=False)
network("cosine_similarity", lambda F, x, y: F.cosine_similarity(x, y) + F.cosine_similarity(x, y, -1), (3, 3), (3, 3))
network("cosine_similarity", lambda F, x, y: F.cosine_similarity(x, y, 0), np.zeros((3, 4)), (3, 4), second=False)
for options in ({"size": 7}, {"scale_factor": 2}, {"size": (3, 9)}, {"scale_factor": (1.7, 0.5)}):
    network("interpolate", lambda F, x, o=options: F.interpolate(x, **o) ** 2, (2, 2, 5, 6))
    for corners in (None, False, True):
        network("interpolate", lambda F, x, o=options, c=corners: F.interpolate(
            x, **o, mode="bilinear", align_corners=c) ** 2, (2, 2, 5, 6))  # fmt: skip
network("interpolate", lambda F, x: F.interpolate(x, 9, mode="linear") + F.interpolate(x, 9), (2, 3, 4))
network("interpolate", lambda F, x: F.interpolate(x, 3, mode="trilinear").sum(), (1, 2, 4, 5, 6), second=False)
QKV = (2, 2, 5, 4), (2, 2, 5, 4), (2, 2, 5, 3)
network("scaled_dot_product_attention", lambda F, q, k, v: F.scaled_dot_product_attention(q, k, v), *QKV)
network("scaled_dot_product_attention",
        lambda F, q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.3), *QKV)  # fmt: skip
network("scaled_dot_product_attention", lambda F, q, k, v, m: F.scaled_dot_product_attention(q, k, v, m), *QKV, (5, 5))
network("scaled_dot_product_attention", lambda F, q, k, v, m: F.scaled_dot_product_attention(
    q, k, v, attn_mask=m.abs() > 0.3), (3, 5, 4), (3, 6, 4), (3, 6, 2), np.abs(distinct(5, 6)) + 0.4)  # fmt: skip

# --- beyond the list: what ordinary model files use ---
case("addcmul", lambda t, x, y, z: t.addcmul(x, y, z, value=0.3) + x.addcmul(y, z), (3, 4), (3, 4), (4,))
case("addcdiv", lambda t, x, y, z: t.addcdiv(x, y, z, value=-2) + x.addcdiv(y, z), (3, 4), (3, 4), positive(4))
case("isclose", lambda t, x, y: t.isclose(x, y, atol=0.5), (3, 4), (3, 4))
case("meshgrid", lambda t, x, y: t.cat([*t.meshgrid(x, y, indexing="ij")]).exp(), (3,), (4,))
case("meshgrid", lambda t, x, y: t.stack(t.meshgrid([x, y], indexing="xy")).exp(), (3,), (4,))
case("repeat_interleave", lambda t, x: t.repeat_interleave(x, 2) ** 2, (3, 4))
case("repeat_interleave", lambda t, x: x.repeat_interleave(t.tensor([1, 0, 2]), dim=0) ** 2, (3, 4))
case("scatter", lambda t, x, y: t.scatter(x, 1, t.tensor([[0, 2], [1, 3]]), y) ** 2, (3, 4), (2, 2))
case("scatter", lambda t, x: x.scatter(-1, t.tensor([[0], [2], [3]]), 1.5) ** 2, (3, 4))
case("scatter", lambda t, x: (x * 2).scatter_(0, t.tensor([[0, 2]]), 0.5) ** 2, (3, 4))
case("mean", lambda t, x: x.mean(axis=1, keepdims=True) * t.sum(x, axis=0) + t.max(x, axis=0)[0], distinct(3, 4))
case("cat", lambda t, x: t.cat([x, x * x], axis=1) + t.stack([x, x], axis=0).flatten(1).mean(), (3, 4))
case("numel", lambda t, x: t.tensor(t.numel(x)), (3, 4))
case("nonzero", lambda t, x: t.cat([t.nonzero(x > 0), t.stack(x.nonzero(as_tuple=True)).T]), (3, 4))
case("count_nonzero", lambda t, x: t.count_nonzero(x > 0, dim=1) + t.count_nonzero(x), (3, 4))
case("bincount", lambda t, x: t.bincount(t.tensor([0, 3, 3]), minlength=6), (3,))
case("unique", lambda t, x: t.cat(t.unique((x > 0).long(), return_inverse=True, return_counts=True)), (5,))
case("diag", lambda t, x, y: t.diag(x @ y, 1) ** 2, (3, 4), (4, 3))
case("diag", lambda t, x: t.diag(x, -1) ** 2, (3,))
for name in "absolute multiply subtract divide true_divide fmod".split():
    arguments = [(3, 4), np.copysign(positive(4), distinct(4))][: 1 if name == "absolute" else 2]
    case(name, lambda t, *xs, name=name: getattr(t, name)(*xs) + getattr(xs[0], name)(*xs[1:]), *arguments)
case("fmod", lambda t, x: t.fmod(x, 0.7) + t.fmod(t.tensor([-7, 7, 5]), -3).sum(), (6,))
case("clip", lambda t, x: t.clip(x, -0.5, 0.7) * x.clip(max=0.3), (3, 4))
case("clamp_min", lambda t, x: t.clamp_min(x, -0.5) * x.clamp_min(0.1), (3, 4))
case("clamp_max", lambda t, x: t.clamp_max(x, 0.5) * x.clamp_max(0.1), (3, 4))
case("concatenate", lambda t, x: t.concatenate((x, x * x), 1) * t.concatenate([x, x], dim=-1), (3, 4))
case("concat", lambda t, x: t.concat([x, x * x], dim=1), (3, 4))
for shape in ((), (3,), (2, 3), (2, 3, 2)):
    case("hstack", lambda t, x: t.hstack([x, x * x]), shape)
    case("vstack", lambda t, x: t.vstack((x, x * x)), shape)
case("broadcast_tensors", lambda t, x, y: t.stack(t.broadcast_tensors(x, y, x.sum())) ** 2, (3, 1), (4,))
case("cdist", lambda t, x, y: t.cdist(x, y) + t.cdist(x, y, p=1.0), (2, 3, 4), (5, 4), second=False)
case("det", lambda t, x: t.det(x) * x.det(), (2, 3, 3))
case("inverse", lambda t, x: t.inverse(x) + x.inverse(), np.eye(3) * 3 + distinct(3, 3) / 9)
case("index_fill", lambda t, x: t.index_fill(x, -1, ints(t, 0, 2, 2), 1.5) ** 2, (3, 4))
case("narrow", lambda t, x: t.narrow(x, -1, 1, 2) * x.narrow(0, -2, 2)[:, :1].sum(), (3, 4))
case("ravel", lambda t, x: t.ravel(x) * x.ravel().exp(), (3, 4))
case("select", lambda t, x: t.select(x, 1, -1) * x.select(-1, 0).exp(), (3, 4))
case("swapaxes", lambda t, x: t.swapaxes(x, 0, -1) * x.swapaxes(-1, 0).exp(), (3, 4, 2))
case("linalg", lambda t, x: t.linalg.vector_norm(x) + t.linalg.vector_norm(x, 3, (0, 1), keepdim=True), (3, 4))
