"""Derivatives of functions: Jacobians, Hessians, and their products with vectors.

Each takes a function of tensors and its inputs, a tensor or a tuple of them, and does not change their `grad`. With
`create_graph=True` the results can be differentiated further.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.tensor.api.grad_mode import enable_grad
from autograd.tensor.api.gradients import grad
from autograd.tensor.api.shapes import reshape, stack
from autograd.tensor.core.tensor import Tensor, wrap

Tensors = Tensor | tuple[Tensor, ...]


def as_tuple(x: Any, what: str) -> tuple[Tensor, ...]:
    parts = x if isinstance(x, tuple | list) else (x,)
    for part in parts:
        if not isinstance(part, Tensor):
            raise TypeError(f"The {what} must be a Tensor or a tuple of Tensors, got {type(part).__name__}")
    return tuple(parts)


def formed(parts: Any, like: Any, create_graph: bool = True) -> Any:
    """Return the parts as a tuple if `like` is one, else the only part; without a graph unless `create_graph`."""
    parts = tuple(part if create_graph else part.detach() for part in parts)
    return parts if isinstance(like, tuple | list) else parts[0]


def inputs_of(inputs: Any, create_graph: bool) -> tuple[Tensor, ...]:
    """Return a separate tensor for each input, even if one comes twice; still in its graph if `create_graph`."""
    xs = as_tuple(inputs, "inputs")
    return tuple(x.clone() if create_graph and x.requires_grad else x.detach().requires_grad_() for x in xs)


def vectors(v: Any, like: tuple[Tensor, ...], what: str) -> tuple[Tensor, ...]:
    """Return the given vectors as a tuple; if none is given, 1 for a single number."""
    if v is None:
        if len(like) > 1 or like[0].numel() != 1:
            raise RuntimeError(f"The vector v can only be None if the {what} is a single Tensor with one element")
        return (wrap(np.ones_like(like[0]._data)),)
    results = as_tuple(v, "vector v")
    if [x.shape for x in results] != [x.shape for x in like]:
        raise RuntimeError(f"v has shapes {[x.shape for x in results]}, where the {what} has {[x.shape for x in like]}")
    return results


def call(func: Callable[..., Any], xs: tuple[Tensor, ...]) -> tuple[Any, tuple[Tensor, ...]]:
    outputs = func(*xs)
    return outputs, as_tuple(outputs, "outputs of the function")


def pulled(ys: Any, xs: Any, v: Any, create_graph: bool) -> list[Tensor]:
    """Return vᵀ J for each of xs, zeros where the outputs do not depend on it."""
    pairs = [(y, w) for y, w in zip(ys, v, strict=True) if y.requires_grad]
    if not pairs:
        return [wrap(np.zeros_like(x._data)) for x in xs]
    ys, v = zip(*pairs, strict=True)
    found = grad(ys, xs, v, create_graph=create_graph, retain_graph=True, materialize_grads=True)
    return [g for g in found if g is not None]


def vjp(func: Callable[..., Any], inputs: Tensors, v: Any = None, create_graph: bool = False) -> tuple[Any, Any]:
    """Return func(inputs) and vᵀ J, of the inputs' shapes; v has the outputs' shapes."""
    with enable_grad():
        xs = inputs_of(inputs, create_graph)
        outputs, ys = call(func, xs)
        results = pulled(ys, xs, vectors(v, ys, "output of the function"), create_graph)
    return formed(ys, outputs, create_graph), formed(results, inputs, create_graph)


def jvp(func: Callable[..., Any], inputs: Tensors, v: Any = None, create_graph: bool = False) -> tuple[Any, Any]:
    """Return func(inputs) and J v, of the outputs' shapes; v has the inputs' shapes.

    uᵀ J is linear in u, so its derivative with respect to u, times v, is J v: two backward passes for one forward.
    """
    with enable_grad():
        xs = inputs_of(inputs, create_graph)
        v = vectors(v, xs, "input")
        outputs, ys = call(func, xs)
        us = tuple(wrap(np.zeros_like(y._data)).requires_grad_() for y in ys)
        results = pulled(pulled(ys, xs, us, True), us, v, create_graph)
    return formed(ys, outputs, create_graph), formed(results, outputs, create_graph)


def hvp(func: Callable[..., Any], inputs: Tensors, v: Any = None, create_graph: bool = False) -> tuple[Any, Any]:
    """Return func(inputs), one number, and H v, of the inputs' shapes."""
    with enable_grad():
        xs = inputs_of(inputs, create_graph)
        v = vectors(v, xs, "input")
        y = one_number(func(*xs), "hvp")
        results = pulled(pulled((y,), xs, (wrap(np.ones_like(y._data)),), True), xs, v, create_graph)
    return formed([y], y, create_graph), formed(results, inputs, create_graph)


def one_number(y: Any, op: str) -> Tensor:
    if not isinstance(y, Tensor) or y.numel() != 1:
        raise RuntimeError(f"{op}: the function must return a Tensor of one element, got {getattr(y, 'shape', y)}")
    return y


def jacobian(func: Callable[..., Any], inputs: Tensors, create_graph: bool = False) -> Any:
    """Return the derivative of each output number by each input number, of shape (*output, *input).

    Of several inputs there is a tuple of them, of several outputs a tuple of what each has.
    """
    with enable_grad():
        xs = inputs_of(inputs, create_graph)
        outputs, ys = call(func, xs)
        blocks = []
        for y in ys:
            numbers, one = reshape(y, -1), (wrap(np.ones((), y.dtype)),)
            results = [pulled((numbers[i],), xs, one, create_graph) for i in range(y.numel())]
            columns = zip(*results, strict=True) if results else [[]] * len(xs)
            shapes = [(*y.shape, *x.shape) for x in xs]
            parts = [
                reshape(stack(column), shape) if column else wrap(np.zeros(shape, x.dtype))
                for x, shape, column in zip(xs, shapes, columns, strict=True)
            ]
            blocks.append(formed(parts, inputs, create_graph))
    return formed(blocks, outputs)


def hessian(func: Callable[..., Any], inputs: Tensors, create_graph: bool = False) -> Any:
    """Return the second derivatives of a function to one number, of shape (*input, *input); tuples of several."""

    def gradient(*xs: Tensor) -> Any:
        y = one_number(func(*xs), "hessian")
        return formed(pulled((y,), xs, (wrap(np.ones_like(y._data)),), True), inputs)

    return jacobian(gradient, inputs, create_graph)
