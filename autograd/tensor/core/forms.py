"""The forms that an entry of the derivative table can take; each makes a function that works on Tensors.

An operation takes the arrays out of tensors, explains errors, wraps the result and records it. On arrays and numbers
it only computes. So rules may call it, too; called with Tensors it is recorded, which gives second derivatives.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy import ndarray

from autograd.tensor.core.fast import binary, unary
from autograd.tensor.core.hooks import hooks
from autograd.tensor.core.modes import mode
from autograd.tensor.core.plans import Plan, Rule, check_rules, settings_of
from autograd.tensor.core.tape import record
from autograd.tensor.core.tensor import Tensor, new
from autograd.tensor.core.versions import share_version, update_graph

ENTRIES: list[str] = []  # the names of all entries, for the tests

# what stands for NumPy's functions when one of their arguments is a Tensor
UFUNCS: dict[Any, Callable[..., Any]] = {}
FUNCTIONS: dict[Any, Callable[..., Any]] = {}
# an entry for np.multiply gives tensors the operator *
OPERATORS = {np.add: "add", np.subtract: "sub", np.multiply: "mul", np.true_divide: "truediv", np.matmul: "matmul"}
OPERATORS |= {np.remainder: "mod", np.floor_divide: "floordiv", np.power: "pow"}
SIGNS = {np.negative: "neg", np.positive: "pos", np.absolute: "abs"}


class Operation(Protocol):
    """What the forms make; on arrays and numbers it returns what its forward does."""

    __name__: str
    plan: Any
    backward: Any

    def __call__(self, *inputs: Any, **settings: Any) -> Tensor: ...


def elementwise(forward: Callable[..., Any], *, name: str = "", **rules: Rule) -> Operation:
    """Return a function of one or two tensors that broadcast. Of integers it makes floats of the default type.

    There is a rule for each input, under the input's name. Its parameters say what it reads (see `Plan`); it returns
    the gradient of that input, before it is summed over what was broadcast.
    """
    name = name or forward.__name__
    check_rules(name, rules, ["g", "y", *rules, *(f"like_{x}" for x in rules)])
    make = unary if len(rules) == 1 else binary
    return registered(make(name, forward, rules), forward, name)


def primitive(forward: Callable[..., Any], *, name: str = "", view: bool = False, **rules: Rule | None) -> Operation:
    """Return a function of as many tensors as there are rules, each under the name of its input.

    Settings are the keyword arguments of `forward`: `axis`, `shape`. The parameters of a rule say what it reads (see
    `Plan`). None in place of a rule marks an input without derivative. With `view=True` the result may share the memory
    of the first input.
    """
    name = name or forward.__name__
    settings = settings_of(forward, len(rules))
    check_rules(name, rules, ["g", "y", *rules, *(f"like_{x}" for x in rules), *settings])

    @cache
    def plan(mask: int, inputs: int) -> Plan:
        return Plan(name, rules, [i for i in range(len(rules)) if mask >> i & 1], settings)

    def apply(*inputs: Any, **settings: Any) -> Any:
        return perform(forward, plan, name, inputs, settings, view)

    operation = registered(apply, forward, name)
    operation.plan = plan
    return operation


def perform(
    forward: Callable[..., Any], plan: Callable[[int, int], Any], op: str, inputs: tuple[Any, ...],
    settings: dict[str, Any], view: bool = False, saves: bool = False,
) -> Any:  # fmt: skip
    """Compute an operation on any number of inputs, and record it if one of them requires a gradient."""
    arrays, parents, mask, bit, base = [], [], 0, 1, None
    for x in inputs:
        if isinstance(x, Tensor):
            base = x if base is None else base
            arrays.append(x._data)
            if x.version is not None and x.version.recorded > x._seen:
                update_graph(x)
            if x.node is not None:
                parents.append(x.node)
                mask |= bit
        else:
            arrays.append(x)
        bit <<= 1
    try:
        y = forward(*arrays, **settings)
    except (ValueError, TypeError, IndexError) as error:
        raise error if base is None else hooks.explain(error, op, inputs) from None
    saved = None
    if saves:
        y, saved = y
    if base is None:
        return y
    out = new(Tensor)
    out._data = y = y if type(y) is ndarray else np.asarray(y)
    out._grad = out.node = out.version = None
    if parents and mode.recording:
        out.node = record(plan(mask, len(inputs)), inputs, tuple(parents), y, settings)
        out.node.saved = saved
    if view and (y is base._data or y.base is not None and (y.base is base._data or y.base is base._data.base)):
        share_version(out, base)
    if mode.anomaly:
        hooks.check(y, op, arrays)
    return out


def registered(function: Any, forward: Any, name: str) -> Operation:
    """Give an operation its name, and let NumPy's function and Python's operator of the same meaning call it."""
    function.__name__ = function.__qualname__ = name
    ENTRIES.append(name)
    if isinstance(forward, np.ufunc):
        UFUNCS[forward] = function
        if forward in OPERATORS:
            setattr(Tensor, f"__{OPERATORS[forward]}__", function)
            setattr(Tensor, f"__r{OPERATORS[forward]}__", lambda self, other: function(other, self))
        elif forward in SIGNS:
            setattr(Tensor, f"__{SIGNS[forward]}__", function)
    elif getattr(forward, "__module__", "").startswith("numpy"):
        FUNCTIONS[forward] = function
    return function  # type: ignore[no-any-return]


def array_ufunc(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """Call the operation that stands for a function of NumPy; NumPy calls this."""
    return UFUNCS[ufunc](*inputs) if method == "__call__" and ufunc in UFUNCS and not kwargs else NotImplemented


def array_function(self: Tensor, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Do the same for NumPy's functions that are not ufuncs."""
    return FUNCTIONS[function](*args, **kwargs) if function in FUNCTIONS else NotImplemented


Tensor.__array_ufunc__, Tensor.__array_function__ = array_ufunc, array_function  # type: ignore[method-assign]
