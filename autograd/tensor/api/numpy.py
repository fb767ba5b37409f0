"""Which function of this package is called when a NumPy function is given a tensor."""

from inspect import unwrap
from typing import Any

import numpy as np

from autograd.tensor.api import (
    elementwise,
    indexing,
    linalg,
    ordering,
    products,
    reductions,
    shapes,
)
from autograd.tensor.api.comparisons import constant
from autograd.tensor.api.conversion import operand
from autograd.tensor.api.public import public
from autograd.tensor.core.forms import FUNCTIONS, UFUNCS
from autograd.tensor.core.tensor import Tensor, wrap
from autograd.tensor.table import elementwise as table

# Functions that take other arguments in NumPy; the others say at their definition what they serve.
FUNCTIONS |= {
    np.broadcast_to: lambda x, shape: shapes.expand(x, *shape),
    np.reshape: lambda x, shape: shapes.reshape(x, shape),
    np.transpose: lambda x, axes=None: x.T if axes is None else shapes.permute(x, *axes),
    np.swapaxes: lambda x, axis1, axis2: shapes.transpose(x, axis1, axis2),
    np.moveaxis: shapes.movedim,
    np.expand_dims: lambda x, axis: shapes.unsqueeze(x, axis),
    np.squeeze: lambda x, axis=None: shapes.squeeze(x, axis),
    np.flip: lambda x, axis=None: shapes.flip(x, *(range(x.ndim) if axis is None else np.atleast_1d(axis))),
    np.roll: lambda x, shift, axis=None: shapes.roll(x, shift, axis),
    np.tril: lambda x, k=0: shapes.tril(x, k),
    np.triu: lambda x, k=0: shapes.triu(x, k),
    np.concatenate: lambda tensors, axis=0: shapes.cat([as_tensor(x) for x in tensors], axis),
    np.stack: lambda tensors, axis=0: shapes.stack([as_tensor(x) for x in tensors], axis),
    np.repeat: lambda x, repeats, axis=None: indexing.repeat_interleave(x, repeats, axis),
    np.pad: lambda x, pad_width, mode="constant", constant_values=0: shapes.pad(
        x, np.broadcast_to(pad_width, (x.ndim, 2))[::-1].ravel().tolist(), mode, constant_values
    ),
    np.vstack: lambda tensors: shapes.vstack([as_tensor(x) for x in tensors]),
    np.hstack: lambda tensors: shapes.hstack([as_tensor(x) for x in tensors]),
    np.split: unwrap(np.split),  # made of swapaxes and slices
    np.array_split: unwrap(np.array_split),
    np.round: lambda x, decimals=0: elementwise.round(x, decimals=decimals),
    np.max: reductions.amax,
    np.min: reductions.amin,
    np.clip: lambda x, a_min=None, a_max=None: elementwise.clamp(x, a_min, a_max),
    np.var: lambda x, axis=None, ddof=0, keepdims=False: reductions.var(x, axis, keepdim=keepdims, correction=ddof),
    np.std: lambda x, axis=None, ddof=0, keepdims=False: reductions.std(x, axis, keepdim=keepdims, correction=ddof),
    np.cumsum: lambda x, axis=None: reductions.cumsum(x.reshape(-1) if axis is None else x, axis or 0),
    np.cumprod: lambda x, axis=None: reductions.cumprod(x.reshape(-1) if axis is None else x, axis or 0),
    np.sort: lambda x, axis=-1: ordering.sort(x, axis).values,
    np.dot: products.matmul,
    np.tensordot: lambda a, b, axes=2: products.tensordot(a, b, axes),
    np.einsum: lambda equation, *operands: products.einsum(equation, *map(as_tensor, operands)),
    np.linalg.inv: linalg.inv,
    np.linalg.det: linalg.det,
    np.linalg.cholesky: linalg.cholesky,
    np.linalg.norm: lambda x, ord=None, axis=None, keepdims=False: linalg.norm(x, ord, axis, keepdims),
    np.take_along_axis: lambda x, indices, axis: indexing.take_along_dim(x, indices, axis),
    np.shape: lambda x: x.shape,
    np.ndim: lambda x: x.ndim,
    np.size: lambda x: x.numel(),
}
NO_GRADIENT = (np.any, np.all, np.argsort, np.nonzero, np.isclose, np.allclose, np.array_equal, np.count_nonzero)
FUNCTIONS |= {function: constant(function) for function in NO_GRADIENT}
UFUNCS |= {f: constant(f) for f in (np.signbit, np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert)}
UFUNCS |= {np.matmul: products.matmul, np.power: table.raised, np.reciprocal: table.reciprocal}


def as_tensor(x: Any) -> Tensor:
    x = operand(x, "numpy")
    return x if isinstance(x, Tensor) else wrap(np.asarray(x))


@public(method=True)
def __array_ufunc__(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
    """Call the operation of the derivative table for a NumPy ufunc; NumPy calls this method."""
    if method != "__call__" or kwargs or ufunc not in UFUNCS:
        raise no_rule(ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}")
    if out is None:
        return UFUNCS[ufunc](*inputs)
    if any(isinstance(x, Tensor) and x.requires_grad for x in (*inputs, *out)):
        raise no_rule(f"{ufunc.__name__} with out=")
    arrays = [[x._data if isinstance(x, Tensor) else x for x in xs] for xs in (inputs, out)]
    ufunc(*arrays[0], out=tuple(arrays[1]))
    return out[0]


@public(method=True)
def __array_function__(self: Tensor, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Do the same for NumPy's functions that are not ufuncs."""
    if function not in FUNCTIONS:
        raise no_rule(function.__name__)
    return FUNCTIONS[function](*args, **kwargs)


def no_rule(name: str) -> TypeError:
    """Return the error for a function of NumPy that the table does not have."""
    return TypeError(
        f"numpy.{name} has no derivative here and would drop the graph: use x.detach().numpy() if no gradient is needed"
    )
