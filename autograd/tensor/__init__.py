"""The tensor engine: arrays in expressions, differentiated, under PyTorch's names.

`import autograd.tensor as torch` at the head of an ordinary model file runs it on NumPy alone.
"""
# ruff: noqa: E402, I001 - the imports of many names stand in few lines

import math as _math
import sys as _sys
import warnings as _warnings

import numpy as _np

# As in PyTorch, inf and nan are results like others, and detect_anomaly() looks for them; NumPy would warn of each.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"autograd\.tensor")

# On Linux the C library returns freed memory to the system after each training step, and the next step asks for it
# again, page by page. It stops doing so once an array of almost 32 MiB was freed; this one is never written to, so it
# takes no memory. Measured: a step of a transformer takes 0.7 of the time, of a CNN 0.9; 8 to 16 MiB more are held
# between steps, and the largest use of memory is the same.
_np.empty(33_000_000, _np.uint8)

from autograd import __version__

# PyTorch's modules whose files lie in `api`
from autograd.tensor.api import autograd, functional, linalg
from autograd.tensor.api import casts as _casts  # noqa: F401 - these five give Tensor methods, operators, its text
from autograd.tensor.api import methods as _methods  # noqa: F401
from autograd.tensor.api import numpy as _numpy  # noqa: F401
from autograd.tensor.api import operators as _operators  # noqa: F401
from autograd.tensor.api import views as _views  # noqa: F401
from autograd.tensor.api.aliases import PACKAGE as _PACKAGE
from autograd.tensor.api.aliases import amp, autocast, backends, cuda, get_num_threads, set_num_threads
from autograd.tensor.api.comparisons import (
    allclose, eq, equal, ge, gt, is_tensor, isclose, isfinite, isinf, isnan, le, logical_and, logical_not, logical_or,
    logical_xor, lt, ne, numel,
)  # fmt: skip
from autograd.tensor.api.compiling import compile
from autograd.tensor.api.creation import (
    BoolTensor, DoubleTensor, FloatTensor, Generator, LongTensor, arange, as_tensor, bernoulli, empty, empty_like, eye,
    from_numpy, full, full_like, linspace, manual_seed, multinomial, normal, ones, ones_like, rand, rand_like, randint,
    randn, randn_like, randperm, tensor, tril_indices, triu_indices, zeros, zeros_like,
)  # fmt: skip
from autograd.tensor.api.dtypes import boolean as bool
from autograd.tensor.api.dtypes import (
    device, finfo, float16, float32, float64, get_default_dtype, iinfo, int8, int16, int32, int64, result_type,
    set_default_dtype, uint8,
)  # fmt: skip
from autograd.tensor.api.elementwise import (
    absolute, add, addcdiv, addcmul, clamp, clamp_max, clamp_min, clip, div, divide, lerp, masked_fill, multiply, pow,
    round, sub, subtract, true_divide, where,
)  # fmt: skip
from autograd.tensor.api.function import Function
from autograd.tensor.api.grad_mode import (
    detect_anomaly, enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled,
)  # fmt: skip
from autograd.tensor.api.gradients import grad
from autograd.tensor.api.indexing import (
    gather, index_add, index_fill, index_select, masked_select, narrow, repeat_interleave, scatter, scatter_add, select,
    take_along_dim,
)  # fmt: skip
from autograd.tensor.api.linalg import det, inverse
from autograd.tensor.api.ordering import (
    argmax, argmin, argsort, bincount, count_nonzero, max, median, min, nonzero, sort, topk, unique,
)  # fmt: skip
from autograd.tensor.api.pointwise import (
    abs, acos, asin, atan, atan2, ceil, cos, cosh, erf, exp, exp2, expm1, floor, floor_divide, fmod, hypot, log, log1p,
    log2, log10, logaddexp, maximum, minimum, mul, neg, reciprocal, relu, remainder, rsqrt, sigmoid, sign, sin, sinh,
    sqrt, square, tan, tanh, trunc, xlogy,
)  # fmt: skip
from autograd.tensor.api.printing import get_printoptions, set_printoptions
from autograd.tensor.api.products import addmm, baddbmm, bmm, dot, einsum, matmul, mm, mv, outer, tensordot, trace
from autograd.tensor.api.reductions import (
    all, amax, amin, any, cdist, cumprod, cumsum, log_softmax, logsumexp, mean, norm, prod, softmax, std, sum, var,
)  # fmt: skip
from autograd.tensor.api.refusals import missing as _missing
from autograd.tensor.api.serialization import load, save
from autograd.tensor.api.shapes import (
    broadcast_tensors, broadcast_to, cat, chunk, clone, concat, concatenate, diag, diagonal, flatten, flip, hstack,
    meshgrid, movedim, permute, ravel, reshape, roll, split, squeeze, stack, swapaxes, t, tile, transpose, tril, triu,
    unbind, unflatten, unsqueeze, vstack,
)  # fmt: skip
from autograd.tensor.api.methods import zero_
from autograd.tensor.core.forms import primitive
from autograd.tensor.core.tensor import Tensor

_sys.modules |= {
    f"{_PACKAGE}.{_module.__name__.rpartition('.')[2]}": _module for _module in (autograd, functional, linalg)
}

from autograd.tensor import distributions, nn, optim, utils

inf, nan, pi, e = _math.inf, _math.nan, _math.pi, _math.e

half, float, double = float16, float32, float64
short, int, long = int16, int32, int64
Size = tuple  # type: ignore[type-arg] # what a shape is here
channels_last = contiguous_format = preserve_format = None  # what order numbers lie in is the engine's affair
globals()["__getattr__"] = _missing("autograd.tensor")  # so a type checker does not take any name for one there is

__all__ = [
    "BoolTensor", "DoubleTensor", "FloatTensor", "Function", "Generator", "LongTensor", "Size", "Tensor", "__version__",
    "abs", "absolute", "acos", "add", "addcdiv", "addcmul", "addmm", "all", "allclose", "amax", "amin", "amp", "any",
    "arange", "argmax", "argmin", "argsort", "as_tensor", "asin", "atan", "atan2", "autocast", "autograd", "backends",
    "baddbmm", "bernoulli", "bincount", "bmm", "bool", "broadcast_tensors", "broadcast_to", "cat", "cdist", "ceil",
    "channels_last", "chunk", "clamp", "clamp_max", "clamp_min", "clip", "clone", "compile", "concat", "concatenate",
    "contiguous_format", "cos", "cosh", "count_nonzero", "cuda", "cumprod", "cumsum", "det", "detect_anomaly", "device",
    "diag", "diagonal", "distributions", "div", "divide", "dot", "double", "e", "einsum", "empty", "empty_like",
    "enable_grad", "eq", "equal", "erf", "exp", "exp2", "expm1", "eye", "finfo", "flatten", "flip", "float", "float16",
    "float32", "float64", "floor", "floor_divide", "fmod", "from_numpy", "full", "full_like", "functional", "gather",
    "ge", "get_default_dtype", "get_num_threads", "get_printoptions", "grad", "gt", "half", "hstack", "hypot", "iinfo",
    "index_add", "index_fill", "index_select", "inf", "inference_mode", "int", "int16", "int32", "int64", "int8",
    "inverse", "is_grad_enabled", "is_tensor", "isclose", "isfinite", "isinf", "isnan", "le", "lerp", "linalg",
    "linspace", "load", "log", "log10", "log1p", "log2", "log_softmax", "logaddexp", "logical_and", "logical_not",
    "logical_or", "logical_xor", "logsumexp", "long", "lt", "manual_seed", "masked_fill", "masked_select", "matmul",
    "max", "maximum", "mean", "median", "meshgrid", "min", "minimum", "mm", "movedim", "mul", "multinomial", "multiply",
    "mv", "nan", "narrow", "ne", "neg", "nn", "no_grad", "nonzero", "norm", "normal", "numel", "ones", "ones_like",
    "optim", "outer", "permute", "pi", "pow", "preserve_format", "primitive", "prod", "rand", "rand_like", "randint",
    "randn", "randn_like", "randperm", "ravel", "reciprocal", "relu", "remainder", "repeat_interleave", "reshape",
    "result_type", "roll", "round", "rsqrt", "save", "scatter", "scatter_add", "select", "set_default_dtype",
    "set_grad_enabled", "set_num_threads", "set_printoptions", "short", "sigmoid", "sign", "sin", "sinh", "softmax",
    "sort", "split", "sqrt", "square", "squeeze", "stack", "std", "sub", "subtract", "sum", "swapaxes", "t",
    "take_along_dim", "tan", "tanh", "tensor", "tensordot", "tile", "topk", "trace", "transpose", "tril",
    "tril_indices", "triu", "triu_indices", "true_divide", "trunc", "uint8", "unbind", "unflatten", "unique",
    "unsqueeze", "utils", "var", "vstack", "where", "xlogy", "zero_", "zeros", "zeros_like",
]  # fmt: skip
