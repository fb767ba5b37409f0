"""The form in which a function of PyTorch's name and arguments stands once, beside its derivative.

What is decorated computes on arrays; the result works on Tensors and records itself.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import Parameter, Signature, signature
from operator import index
from typing import Any

import numpy as np

from autograd.tensor import dtypes
from autograd.tensor.engine import Tensor
from autograd.tensor.errors import explained
from autograd.tensor.primitives import perform, primitive
from autograd.tensor.recording import Rule, names_read, picker

Dims = int | Sequence[int] | None
Func = Callable[..., Any]


def derivative(
    *, view: bool = False, dim: Func | None = None, ready: Func | None = None, **rules: Rule
) -> Callable[[Func], Func]:
    """Make a function of arrays an entry of the table: of as many tensors as there are rules, and settings.

    A starred setting is a list of
    integers, given one by one, as one list, or by its name. `dim` is what checks the setting of that name, which may
    then be called `axis` too: one of `axes` and `along`. `ready` converts the input, if there is a `dtype`: `widened`
    or `floating`. The rules of a function with `keepdim` are those of a `reduction`.
    """

    def decorate(forward: Func) -> Func:
        parameters = [p.replace(annotation=Parameter.empty) for p in signature(forward).parameters.values()]
        arguments = str(Signature(parameters))[1:-1]
        inputs = [p.name for p in parameters[: len(rules)]]
        settings, compute = {p.name: p.name for p in parameters[len(rules) :]}, forward
        if parameters[-1].kind is Parameter.VAR_POSITIONAL:
            (starred,) = settings
            arguments, settings = f"{inputs[0]}, *args, {starred}=()", {starred: f"numbers(args or {starred})"}
            compute = wraps(forward)(eval(f"lambda x, {starred}: forward(x, *{starred})", {"forward": forward}))
        vjps = {x: reduction(rule) for x, rule in rules.items()} if "keepdim" in settings else rules
        if dim is not None:
            settings["dim"] = "check(input, dim, op)"
        if ready is not None:
            inputs, _ = ["ready(input, dtype, op)"], settings.pop("dtype")
        # Written out, as dataclasses do it: nothing binds arguments as fast as Python, or explains errors as well. For
        # squeeze it is: lambda input, dim=None: perform(compute, plan, op, (input,), {'dim': dim}, view)
        given = ", ".join(f"{name!r}: {value}" for name, value in settings.items())
        call = f"perform(compute, plan, op, ({', '.join(inputs)},), {{{given}}}, view)"
        scope = {"perform": perform, "compute": compute, "view": view, "op": forward.__name__}
        scope |= {"plan": primitive(compute, **vjps, name=forward.__name__).plan}
        scope |= {"numbers": numbers, "check": dim, "ready": ready}
        function = wraps(forward)(eval(f"lambda {arguments}: {call}", scope))
        return function if dim is None else axis_too(function)

    return decorate


def reduction(rule: Rule) -> Rule:
    """Return a rule that is given the gradient and the output as with keepdim=True, so that both broadcast with x."""
    names = tuple(dict.fromkeys(("g", "like_x", "dim", "keepdim", *names_read(rule))))
    read = picker([names.index(name) for name in names_read(rule)])
    output = names.index("y") if "y" in names else None

    def apply(*values: Any) -> Any:
        values, (g, x, dim, keepdim) = list(values), values[:4]
        if not keepdim:
            dims = range(x.ndim) if dim is None else dim if isinstance(dim, tuple) else (dim,)
            shape = [1 if i in dims else n for i, n in enumerate(x.shape)]
            values[0] = g.reshape(shape)
            if output is not None:
                values[output] = values[output].reshape(shape)
        return rule(*read(values))

    apply.__signature__ = Signature([Parameter(name, Parameter.POSITIONAL_ONLY) for name in names])
    return apply


def named(function: Func, name: str, doc: str) -> Func:
    """Return a function that was made by another with the name and the docstring that help() shows."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def also(**names: str) -> Callable[[Func], Func]:
    """Let a function take other names for its arguments: `also(axis="dim")`, where PyTorch has them."""

    def decorate(function: Func) -> Func:
        @wraps(function)
        def apply(*args: Any, **named: Any) -> Any:
            if named:
                named = {names.get(name, name): x for name, x in named.items()}
            return function(*args, **named)

        return apply

    return decorate


axis_too = also(axis="dim", keepdims="keepdim")  # NumPy's names


def numbers(args: Sequence[Any]) -> tuple[int, ...]:
    """Return integers that were given one by one or as one list."""
    if len(args) == 1 and isinstance(args[0], (tuple, list, Sequence, np.ndarray)):
        args = args[0]
    return tuple(map(index, args))


def checked_dim(dim: int, ndim: int, op: str = "") -> int:
    """Return a dimension counted from the front; raise IndexError if there is none. Within an entry `op` is known."""
    if not ndim:
        raise IndexError(f"{op}: Dimension specified as {dim} but tensor has no dimensions")
    if not -ndim <= dim < ndim:
        error = np.exceptions.AxisError(dim, ndim)
        raise explained(error, op, ()) if op else error
    return dim % ndim


def at(dim: int, index: Any) -> tuple[Any, ...]:
    """Return the full index that means `index` along a dimension and everything along the others."""
    return (*[slice(None)] * dim, index)


def axes(input: Any, dim: Dims, op: str) -> Any:
    """Return NumPy's axis for PyTorch's dim: None or () for all dimensions, each checked and given once."""
    if dim is None:
        return None
    if not isinstance(dim, list | tuple):
        axis = checked_dim(index(dim), max(input.ndim, 1), op)
        return axis if input.ndim else None
    found = tuple(checked_dim(index(d), max(input.ndim, 1), op) for d in dim)
    if len(set(found)) < len(found):
        raise RuntimeError(f"{op}: dim {dim[0]} appears multiple times in the list of dims")
    return found if input.ndim and found else None


def along(input: Any, dim: int | None, op: str) -> int:
    """Return the one dimension, counted from the front, along which numbers belong together."""
    if dim is None:
        raise TypeError(f"{op}() missing the argument dim: the dimension along which numbers belong together")
    return checked_dim(dim, input.ndim or 1, op)


def widened(input: Tensor, dtype: Any, op: str) -> Tensor:
    """Return the tensor in the type that its numbers are added up in: int64 for booleans and integers."""
    if dtype is None and input._data.dtype.kind == "f":
        return input
    return input.to(dtypes.int64 if dtype is None else dtype)


def floating(input: Tensor, dtype: Any, op: str) -> Tensor:
    """Return the tensor in a type of floating point numbers; raise RuntimeError if it has another."""
    input = input if dtype is None else input.to(dtype)
    if input._data.dtype.kind != "f":
        raise RuntimeError(
            f"{op}(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {dtypes.NAMES[input.dtype.name]}"
        )
    return input
