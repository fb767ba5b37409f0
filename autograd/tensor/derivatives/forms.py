"""Forms in which a function of PyTorch's name and arguments stands once, beside its derivative.

What is decorated or handed over as `forward` computes on arrays; the result works on Tensors and records itself. A VJP
gets the gradient, the output and the input, and by name whatever else `forward` takes.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import Parameter, signature
from typing import Any

import numpy as np

from autograd.tensor import dtypes
from autograd.tensor.engine import Tensor
from autograd.tensor.errors import explained
from autograd.tensor.primitives import perform, primitive
from autograd.tensor.recording import FUNCTIONS, Rule

Dims = int | Sequence[int] | None
Function = Callable[..., Any]


def derivative(*rules: Rule, view: bool = False) -> Callable[[Function], Function]:
    """Make a function of arrays an entry of the table: as many tensors as there are VJPs, then settings."""

    def decorate(forward: Function) -> Function:
        name = forward.__name__
        parameters = [p.replace(annotation=Parameter.empty) for p in signature(forward).parameters.values()]
        inputs = "".join(f"{p.name}, " for p in parameters[: len(rules)])
        settings = ", ".join(f"{p.name!r}: {p.name}" for p in parameters[len(rules) :])
        # Written out, as dataclasses do it: nothing binds arguments as fast as Python, or explains errors as well.
        source = (
            f"lambda {', '.join(map(str, parameters))}: perform(forward, plan, name, ({inputs}), {{{settings}}}, view)"
        )
        names = {
            "perform": perform,
            "forward": forward,
            "plan": primitive(forward, *rules).plan,
            "name": name,
            "view": view,
        }
        return wraps(forward)(eval(source, names))

    return decorate


def starred(rule: Rule, view: bool = False) -> Callable[[Function], Function]:
    """Like `derivative`, for one setting that is integers, which may be given one by one or as a list."""

    def decorate(forward: Function) -> Function:
        plan, name, sign = primitive(forward, rule).plan, forward.__name__, signature(forward)
        first, integers = sign.parameters.values()

        @wraps(forward)
        def apply(input: Any, *args: Any, **named: Any) -> Any:
            return perform(forward, plan, name, (input,), named or {integers.name: numbers(args)}, view)

        apply.__signature__ = sign.replace(parameters=[first, integers.replace(kind=Parameter.VAR_POSITIONAL)])
        return apply

    return decorate


def reduction(rule: Rule, ready: Any = None, numpy: Any = None) -> Callable[[Function], Function]:
    """Like `derivative`, for functions of (input, dim, keepdim) that make one number of those along `dim`.

    Here `dim` has been checked: an integer or a tuple, counted from the front, or None for all. `ready` converts the
    input, where there is a `dtype`. `numpy` is NumPy's function of the same meaning.
    """

    def decorate(forward: Function) -> Function:
        plan, name = primitive(forward, rule).plan, forward.__name__

        def plain(input: Any, dim: Dims, keepdim: bool) -> Any:
            return perform(forward, plan, name, (input,), {"dim": axes(input, dim, name), "keepdim": keepdim})

        def typed(input: Any, dim: Dims, keepdim: bool, *, dtype: Any = None) -> Any:
            settings = {"dim": axes(input, dim, name), "keepdim": keepdim}
            return perform(forward, plan, name, (ready(input, dtype, name),), settings)

        function = published(typed if ready else plain, forward)
        if numpy is not None:
            FUNCTIONS[numpy] = function
        return function

    return decorate


def along_dim(rule: Rule, ready: Function) -> Callable[[Function], Function]:
    """Like `reduction`, for functions of (input, dim, *, dtype) that keep the shape of the input."""

    def decorate(forward: Function) -> Function:
        plan, name = primitive(forward, rule).plan, forward.__name__

        def function(input: Any, dim: int, *, dtype: Any = None) -> Any:
            if dim is None:
                raise TypeError(f"{name}() missing the argument dim: the dimension along which numbers belong together")
            input = ready(input, dtype, name)
            if not input.ndim:
                return function(input.reshape(1), dim).reshape(())
            return perform(forward, plan, name, (input,), {"dim": place(dim, input.ndim, name)})

        return published(function, forward)

    return decorate


def published(function: Function, model: Function) -> Function:
    """Return a function as its model shows itself in help(); it takes `axis` and `keepdims`, NumPy's names, too."""
    function.__defaults__ = model.__defaults__
    return axis_too(wraps(model)(function))


def named(function: Function, name: str, doc: str) -> Function:
    """Return a function that was made by another with the name and the docstring that help() shows."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def axis_too(function: Function) -> Function:
    """Return a function that takes `axis` and `keepdims`, NumPy's names, for `dim` and `keepdim` too."""

    @wraps(function)
    def apply(*args: Any, **named: Any) -> Any:
        if named:
            named = {{"axis": "dim", "keepdims": "keepdim"}.get(name, name): x for name, x in named.items()}
        return function(*args, **named)

    return apply


def numbers(args: Sequence[Any]) -> tuple[int, ...]:
    """Return integers that were given one by one or as one list."""
    if len(args) == 1 and isinstance(args[0], Sequence | np.ndarray):
        args = args[0]
    return tuple(map(int, args))


def place(dim: int, ndim: int, op: str = "") -> int:
    """Return a dimension counted from the front; raise IndexError if there is none. Within an entry `op` is known."""
    if not -ndim <= dim < ndim:
        error = np.exceptions.AxisError(dim, ndim)
        raise explained(error, op, ()) if op else error
    return dim % ndim


def axes(input: Any, dim: Dims, op: str) -> Any:
    """Return NumPy's axis for PyTorch's dim: None or () for all dimensions, each checked and given once."""
    if dim is None:
        return None
    if not isinstance(dim, list | tuple):
        axis = place(int(dim), max(input.ndim, 1), op)
        return axis if input.ndim else None
    found = tuple(place(int(d), max(input.ndim, 1), op) for d in dim)
    if len(set(found)) < len(found):
        raise RuntimeError(f"{op}: dim {dim[0]} appears multiple times in the list of dims")
    return found if input.ndim and found else None


def widened(input: Tensor, dtype: Any, op: str) -> Tensor:
    """Return the tensor in the type that its numbers are added up in: int64 for booleans and integers."""
    if dtype is None and input._data.dtype.kind != "f":
        dtype = dtypes.int64
    return input if dtype is None else input.to(dtype)


def floating(input: Tensor, dtype: Any, op: str) -> Tensor:
    """Return the tensor in a type of floating point numbers; raise RuntimeError if it has another."""
    input = input if dtype is None else input.to(dtype)
    if input._data.dtype.kind != "f":
        raise RuntimeError(
            f"{op}(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {dtypes.NAMES[input.dtype.name]}"
        )
    return input
