"""The forms that an entry of the derivative table can take; each makes a function that works on Tensors.

What all operations have in common happens here: arrays are taken out of tensors, types are made equal, errors are
worded, the result is wrapped and recorded. On plain arrays and numbers the same function is only its forward, so a VJP
may use it too, and is differentiable again when it is given Tensors.

`perform` is the general way; `unary` and `binary` are the same without what they do not need: of the time that an
operation on a few numbers takes, most is spent here.
"""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from inspect import signature
from typing import Any

import numpy as np

from autograd.tensor import dtypes
from autograd.tensor.engine import Tensor, as_array, check_fresh, new, share_version, wrap
from autograd.tensor.errors import check_finite, explained
from autograd.tensor.grad_mode import mode
from autograd.tensor.recording import FusedPlan, NaryPlan, Plan, Rule, check_names, check_rules, record, settings_of

ndarray = np.ndarray
ENTRIES: list[str] = []  # the names of all entries, for the tests
NO_SETTINGS: dict[str, Any] = {}

# NumPy's functions and what stands for them when one of their arguments is a Tensor
UFUNCS: dict[Any, Callable[..., Any]] = {}
FUNCTIONS: dict[Any, Callable[..., Any]] = {}


def elementwise(forward: Callable[..., Any], *, name: str = "", **rules: Rule) -> Any:
    """Return a function of one or two tensors that broadcast. Floats that it makes of integers are of the default type.

    There is a rule for each input, under the input's name. Its parameters say what it reads (see `Plan`); it returns
    the gradient of that input, before it is summed over what was broadcast.
    """
    name = name or forward.__name__
    check_rules(name, rules, {})
    make = unary if len(rules) == 1 else binary
    return registered(make(forward, rules, name), forward, name)


def primitive(forward: Callable[..., Any], *, name: str = "", view: bool = False, **rules: Rule | None) -> Any:
    """Return a function of as many tensors as there are rules, each under the name of its input.

    Settings are what else `forward` takes, by keyword: `axis`, `shape`. The parameters of a rule say what it reads (see
    `Plan`). None in place of a rule marks an input without derivative. With `view=True` the result may share the memory
    of the first input.
    """
    name = name or forward.__name__
    settings = settings_of(forward, len(rules))
    check_rules(name, rules, settings)

    @cache
    def plan(mask: int, inputs: int) -> Plan:
        return Plan(name, rules, [i for i in range(len(rules)) if mask >> i & 1], settings)

    def apply(*inputs: Any, **settings: Any) -> Any:
        return perform(forward, plan, name, inputs, settings, view)

    apply.plan = plan
    return registered(apply, forward, name)


def nary(forward: Callable[..., Any], rule: Rule, name: str = "") -> Any:
    """Return a function of a list of tensors with one rule, which gives the gradient of input number `i`.

    The rule reads what it names: `i`, `g`, `y`, the list of `inputs`, and settings.
    """
    name = name or forward.__name__
    check_names(name, {"inputs": rule}, ["i", "g", "y", "inputs", *settings_of(forward, 1)])

    def joined(*arrays: Any, **settings: Any) -> Any:
        return forward(arrays, **settings)

    @lru_cache(100)
    def plan(mask: int, inputs: int) -> NaryPlan:
        return NaryPlan(name, rule, mask, inputs)

    def apply(inputs: Sequence[Any], **settings: Any) -> Any:
        return perform(joined, plan, name, tuple(inputs), settings)

    return registered(apply, forward, name)


def fused(
    forward: Callable[..., Any], backward: Callable[..., Any], definition: Callable[..., Any], name: str = ""
) -> Any:
    """Return a function with a fast first derivative, written for arrays only.

    `forward(*inputs, **settings)` gives the output and something to save; `backward` gives all gradients, from what it
    names: `g`, `y`, what was `saved`, the inputs, the settings, and `wanted`, which says for each input whether its
    gradient is; it may be None if not. `definition` says the same with entries of the table: higher derivatives are
    those of the definition.
    """
    name = name or forward.__name__
    check_names(name, {"all": backward}, ["g", "y", "saved", "wanted", *signature(forward).parameters])

    @cache
    def plan(mask: int, inputs: int) -> FusedPlan:
        return FusedPlan(name, backward, definition, mask, inputs)

    def apply(*inputs: Any, **settings: Any) -> Any:
        return perform(forward, plan, name, inputs, settings, saves=True)

    apply.backward = backward  # for the tests: two entries may share a name
    return registered(apply, forward, name)


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
                check_fresh(x)
            if x.node is not None:
                parents.append(x.node)
                mask |= bit
        else:
            arrays.append(x)
        bit <<= 1
    try:
        y = forward(*arrays, **settings)
    except (ValueError, TypeError, IndexError) as error:
        raise error if base is None else explained(error, op, inputs) from None
    saved = None
    if saves:
        y, saved = y
    if base is None:
        return y
    out = new(Tensor)
    out._data = y = y if type(y) is ndarray else np.asarray(y)
    out.grad = out.node = out.version = None
    if parents and mode.recording:
        out.node = record(plan(mask, len(inputs)), inputs, tuple(parents), y, settings)
        out.node.saved = saved
    if view and (y is base._data or y.base is not None and (y.base is base._data or y.base is base._data.base)):
        share_version(out, base)
    if mode.anomaly:
        check_finite(y, op, arrays)
    return out


def registered(function: Callable[..., Any], forward: Any, name: str) -> Callable[..., Any]:
    """Give an operation its name, and let NumPy's function of the same meaning call it for Tensors."""
    function.__name__ = function.__qualname__ = name
    ENTRIES.append(name)
    if isinstance(forward, np.ufunc):
        UFUNCS[forward] = function
    elif getattr(forward, "__module__", "").startswith("numpy"):
        FUNCTIONS[forward] = function
    return function


def unary(forward: Callable[..., Any], rules: dict[str, Rule], op: str) -> Callable[..., Any]:
    """Return the operation of one tensor."""
    plan = Plan(op, rules, (0,), {})

    def apply(input: Any) -> Any:
        if not isinstance(input, Tensor):
            return forward(input)
        x = input._data
        y = forward(x)
        if y.dtype is not x.dtype and y.dtype.kind == "f" != x.dtype.kind:  # floats of integers: of the default type
            return apply(input.to(dtypes.get_default_dtype()))
        out = new(Tensor)
        out._data = y = y if type(y) is ndarray else np.asarray(y)
        out.grad = out.node = out.version = None
        if input.version is not None:
            check_fresh(input)
        node = input.node
        if node is not None and mode.recording:
            out.node = record(plan, (input,), (node,), y, NO_SETTINGS)
        if mode.anomaly:
            check_finite(y, op, (x,))
        return out

    return apply


def binary(forward: Callable[..., Any], rules: dict[str, Rule], op: str) -> Callable[..., Any]:
    """Return the operation of two tensors, or of a tensor and a number."""
    first, second, both = (Plan(op, rules, wanted, {}) for wanted in ((0,), (1,), (0, 1)))
    makes_floats = forward(np.int64(1), np.int64(1)).dtype.kind == "f"

    def apply(input: Any, other: Any) -> Any:
        a = b = None  # the nodes; x and z are what is computed with, and `like` is an array among them
        if isinstance(input, Tensor):
            if input.version is not None:
                check_fresh(input)
            x, a = input._data, input.node
            like = x
            if isinstance(other, Tensor):
                if other.version is not None:
                    check_fresh(other)
                z, b = other._data, other.node
                if z.dtype is not x.dtype and z.dtype != x.dtype:
                    return apply(*promoted((input, other), makes_floats))
            elif type(other) is float or type(other) is int:
                z = other
            else:
                z = operand(other, op)
                if isinstance(z, Tensor):
                    return apply(input, z)
        elif isinstance(other, Tensor):
            if other.version is not None:
                check_fresh(other)
            x, z, b = operand(input, op), other._data, other.node
            like = z
            if isinstance(x, Tensor):
                return apply(x, other)
        else:
            return forward(input, other)
        try:
            y = forward(x, z)
        except (ValueError, TypeError) as error:
            raise explained(error, op, (input, other)) from None
        if y.dtype is not like.dtype and y.dtype != like.dtype:
            operands = promoted((input, other), y.dtype.kind == "f")
            if operands[0] is not input or operands[1] is not other:
                return apply(*operands)
        out = new(Tensor)
        out._data = y = y if type(y) is ndarray else np.asarray(y)
        out.grad = out.node = out.version = None
        if mode.recording:
            if a is not None:
                if b is not None:
                    out.node = record(both, (input, other), (a, b), y, NO_SETTINGS)
                else:
                    out.node = record(first, (input, other), (a,), y, NO_SETTINGS)
            elif b is not None:
                out.node = record(second, (input, other), (b,), y, NO_SETTINGS)
        if mode.anomaly:
            check_finite(y, op, (x, z))
        return out

    return apply


def operand(x: Any, op: str) -> Any:
    """Return an argument as a Tensor or a Python number; raise TypeError for anything else."""
    if isinstance(x, Tensor | bool | int | float):
        return float(x) if isinstance(x, np.generic) else x  # numpy.float64 is a float, but would widen float32
    if isinstance(x, np.generic) and x.dtype.kind in dtypes.RANKS:
        return x.item()
    if isinstance(x, ndarray):
        return wrap(as_array(x, None))
    raise TypeError(f"{op}: expected a Tensor or a number, got {x!r} ({type(x).__name__})")


def promoted(inputs: Sequence[Any], floating: bool = False) -> list[Any]:
    """Return the operands with tensors cast to the type they have together, by operations that are recorded."""
    dtype = dtypes.result_type(*inputs)
    if floating and dtype.kind != "f":
        dtype = dtypes.get_default_dtype()
    return [x.to(dtype) if isinstance(x, Tensor) else x for x in inputs]
