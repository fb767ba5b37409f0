"""The tensor engine: arrays in expressions, differentiated, under PyTorch's names.

`import autograd.tensor as torch` at the head of an ordinary model file runs it on NumPy alone.
"""
# ruff: noqa: E402

import math as _math
import os as _os
import sys as _sys
import warnings as _warnings

import numpy as _np

# As in PyTorch, inf and nan are results like others, and detect_anomaly() looks for them; NumPy would warn of each.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"autograd\.tensor")

# glibc returns the heap's top to the system after each training step, and the next step faults it in again, page by
# page. Freeing one array of just under 32 MiB raises the thresholds that decide this; elsewhere it does nothing.
_np.empty(33_000_000, _np.uint8)

from autograd import __version__

# PyTorch's modules whose files lie in `api`
from autograd.tensor.api import (
    autograd,
    comparisons,
    creation,
    dtypes,
    functional,
    grad_mode,
    linalg,
    methods,
    refusals,
)
from autograd.tensor.api import numpy as _numpy  # noqa: F401 - gives NumPy's functions their meaning for tensors
from autograd.tensor.api import printing as _printing  # noqa: F401 - gives tensors their text
from autograd.tensor.api.aliases import PACKAGE as _PACKAGE
from autograd.tensor.api.aliases import amp, autocast, backends, cuda
from autograd.tensor.api.creation import Generator, manual_seed, tensor
from autograd.tensor.api.dtypes import get_default_dtype, result_type, set_default_dtype
from autograd.tensor.api.function import Function
from autograd.tensor.api.gradients import grad
from autograd.tensor.api.serialization import load, save
from autograd.tensor.core.forms import primitive
from autograd.tensor.core.tensor import Tensor

_sys.modules |= {
    f"{_PACKAGE}.{_module.__name__.rpartition('.')[2]}": _module for _module in (autograd, functional, linalg)
}

from autograd.tensor import nn, optim, utils

inf, nan, pi, e = _math.inf, _math.nan, _math.pi, _math.e

TABLE = {
    creation: "BoolTensor DoubleTensor FloatTensor LongTensor arange as_tensor bernoulli empty empty_like eye "
    "from_numpy full full_like linspace multinomial normal ones ones_like rand rand_like randint randn randn_like "
    "randperm tril_indices triu_indices zeros zeros_like",
    **methods.TABLE,
    comparisons: "allclose eq equal ge gt isclose isfinite isinf isnan le logical_and logical_not logical_or "
    "logical_xor lt ne numel",
    dtypes: "device finfo float16 float32 float64 iinfo int8 int16 int32 int64 uint8",
    grad_mode: "detect_anomaly enable_grad inference_mode is_grad_enabled no_grad set_grad_enabled",
}
for _module, _names in TABLE.items():
    globals().update({_name: getattr(_module, _name) for _name in _names.split()})


def set_num_threads(int: int) -> None:
    """Do nothing: NumPy asks OPENBLAS_NUM_THREADS, or what its library is named, when it is imported."""


def get_num_threads() -> int:
    """Return how many processors there are."""
    return _os.cpu_count() or 1


bool, half, float, double = dtypes.boolean, dtypes.float16, dtypes.float32, dtypes.float64
short, int, long = dtypes.int16, dtypes.int32, dtypes.int64


Size = tuple  # what a shape is here
channels_last = contiguous_format = preserve_format = None  # what order numbers lie in is the engine's affair
__getattr__ = refusals.missing("autograd.tensor")


def is_tensor(obj: object) -> bool:
    """Return whether an object is a Tensor."""
    return isinstance(obj, Tensor)


__all__ = ["Function", "Generator", "Tensor", "__version__", "amp", "autocast", "autograd", "backends", "bool", "cuda"]
__all__ += ["double", "float", "functional", "get_default_dtype", "grad", "half", "inf", "int", "load", "long"]
__all__ += [
    "manual_seed",
    "nan",
    "nn",
    "optim",
    "pi",
    "primitive",
    "result_type",
    "save",
    "set_default_dtype",
    "tensor",
    "utils",
]
__all__ += [name for names in TABLE.values() for name in names.split()]
