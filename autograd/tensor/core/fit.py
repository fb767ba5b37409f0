"""Brings a gradient to the shape and the dtype of its input, so that no rule has to."""

import math
from typing import Any

import numpy as np

from autograd.tensor.core.hooks import hooks
from autograd.tensor.core.nodes import Node, SparseGradient
from autograd.tensor.core.tensor import Tensor


def fitted(part: Any, parent: Any, node: Node, has_gradient: bool) -> Any:
    """Return a gradient in the shape and type of its input; a sparse one stays sparse if the input has a gradient."""
    if type(part) is SparseGradient:
        if has_gradient:
            return part
        dense = np.zeros(parent.shape, parent.dtype)
        dense[part.index] = part.values
        return dense
    if part.shape != parent.shape:
        part = unbroadcast(part, parent.shape, node)
    if part.dtype is parent.dtype:
        return part
    return part.to(parent.dtype) if isinstance(part, Tensor) else part.astype(parent.dtype, copy=False)


def unbroadcast(g: Any, shape: tuple[int, ...], node: Node) -> Any:
    """Return a gradient summed over the dimensions along which an input of this shape was broadcast."""
    extra = len(g.shape) - len(shape)
    if extra > 0 and g.shape[extra:] == shape and not isinstance(g, Tensor):  # as that of a bias
        y = hooks.sum(g if extra == len(shape) == 1 else g.reshape(math.prod(g.shape[:extra]), math.prod(shape)), 0)
        return y if y.shape == shape else y.reshape(shape)
    if extra < 0 or not all(n in (1, m) for n, m in zip(shape, g.shape[extra:], strict=True)):
        raise RuntimeError(
            f"{node.op}: a VJP returned a gradient of shape {tuple(g.shape)} for an input of shape {tuple(shape)}"
        )
    axes = (*range(extra), *(i + extra for i, n in enumerate(shape) if n == 1 != g.shape[i + extra]))
    y = np.sum(g, axis=axes) if isinstance(g, Tensor) else hooks.sum(g, axes)
    return y if y.shape == shape else y.reshape(shape)
