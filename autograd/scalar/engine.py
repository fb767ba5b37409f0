"""The scalar engine: a Value is a number that remembers how it was computed.

Each operation makes one node. It keeps its parents and, for each of them, the local gradient: how fast the result
moves when that parent is nudged. `backward()` walks the graph from the result to the leaves, multiplies along every
edge and adds where edges meet. The slopes themselves stand in `derivatives.py`.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from numbers import Real
from typing import Any, Union

from autograd.graph import topological_order
from autograd.scalar.derivatives import DOMAINS, FUNCTIONS, NARY_SLOPES, PRIMITIVES

Number = Union["Value", float]
new = object.__new__
recording = True


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording: results inside the `with` block are leaves."""
    global recording
    before, recording = recording, False
    try:
        yield
    finally:
        recording = before


def unary(op: str) -> Callable[["Value"], "Value"]:
    """Return the method that applies the primitive `op` to one Value."""
    forward, (slope,) = PRIMITIVES[op]

    def apply(self: "Value") -> "Value":
        x = self.data
        try:
            y = forward(x)
        except (ArithmeticError, ValueError) as error:
            raise domain_error(error, op, (x,)) from None
        node = new(Value)
        node.data, node.grad, node.label, node._second = y, 0.0, "", None
        if recording:
            node.op, node._first, node._first_slope = op, self, slope(y, x)
        else:
            node.op, node._first = "", None
        return node

    return named(apply, op)


def no_slope(y: float, a: float, b: float) -> float:
    return 0.0


def binary(op: str, constant_first: bool = False) -> Callable[["Value", Number], "Value"]:
    """Return the method that applies the primitive `op` to a Value and a Value or plain number."""
    forward, (first_slope, other_slope) = PRIMITIVES[op]
    if constant_first:
        first_slope = no_slope

    def apply(self: "Value", other: Number) -> "Value":
        second_slope = other_slope
        if type(other) is not Value:
            other = operand(other, op)
            if other.is_constant:
                second_slope = no_slope
                if self.is_constant:  # in slopes: the exponent b - 1 of a constant b is a constant
                    return Constant(forward(self.data, other.data))
        a, b = self.data, other.data
        try:
            y = forward(a, b)
        except (ArithmeticError, ValueError) as error:
            raise domain_error(error, op, (a, b)) from None
        node = new(Value)
        node.data, node.grad, node.label = y, 0.0, ""
        if recording:
            node.op, node._first, node._second = op, self, other
            node._first_slope, node._second_slope = (
                first_slope(y, a, b),
                second_slope(y, a, b),
            )
        else:
            node.op, node._first, node._second = "", None, None
        return node

    return named(apply, op)


def reflected(op: str) -> Callable[["Value", float], "Value"]:
    """Return the method for a plain number on the left, as in `2 - x`."""
    apply = binary(op, constant_first=True)
    return named(lambda self, other: apply(operand(other, op), self), op)


def comparison(
    compare: Callable[[float, float], bool],
) -> Callable[["Value", Any], bool]:
    def apply(self: "Value", other: Any) -> bool:
        if isinstance(other, Value):
            return compare(self.data, other.data)
        known = isinstance(other, Real)
        result: bool = compare(self.data, other) if known else NotImplemented
        return result

    return named(apply, compare.__name__)


def named(method: Callable[..., Any], op: str) -> Callable[..., Any]:
    # So that help(Value) and error messages show the operation, not the factory it came from.
    method.__name__ = method.__qualname__ = op
    method.__doc__ = FUNCTIONS[op].__doc__ if op in FUNCTIONS else f"Return the result of `{op}`."
    return method


class Value:
    """A number in an expression graph.

    `data` is the number and `grad` the slope that backward passes have accumulated (0.0 at first). `parents` are the
    Values it was computed from, in order, and `local_gradients` the slope with respect to each; both are empty for
    a leaf. `op` names the operation ("" for a leaf) and `label` is a name for drawings.

    Plain numbers in an expression become constants: leaves that no gradient is computed for.
    `==`, `<` and the like compare the numbers; as a dictionary key or in a set, a Value stands for itself.
    """

    # One or two parents stand in slots of their own: with tuples for them the garbage collector has three objects
    # to visit, not one, and takes 2.5 times as long. A node of many parents keeps two tuples in the first two slots.
    __slots__ = ("data", "grad", "label", "op", "_first", "_first_slope", "_second", "_second_slope")
    __array_ufunc__ = None  # NumPy then leaves `number * Value` to us
    is_constant = False
    _first: Any  # what it was computed from, and the slopes by these: one or two, or a tuple of any number in the first
    _second: Any
    _first_slope: Any
    _second_slope: Any

    def __init__(self, data: float | Real, label: str = "") -> None:
        if type(data) is not float:
            if not isinstance(data, Real):
                hint = "use its .data" if isinstance(data, Value) else "convert it with float(...) first"
                raise TypeError(f"Value(data) needs a real number, got {data!r}; {hint}")
            data = float(data)
        self.data, self.grad, self.label, self.op = data, 0.0, label, ""
        self._first = self._second = None

    @property
    def parents(self) -> tuple["Value", ...]:
        """The Values this one was computed from, in the order they were written; () for a leaf."""
        first, second = self._first, self._second
        if second is not None:
            return first, second
        if first is None:
            return ()
        return first if type(first) is tuple else (first,)

    @property
    def local_gradients(self) -> tuple[float, ...]:
        """The slope of this number with respect to each parent; 0.0 for a constant."""
        if self._second is not None:
            return self._first_slope, self._second_slope
        if self._first is None:
            return ()
        return self._first_slope if type(self._first) is tuple else (self._first_slope,)

    __add__, __radd__ = binary("+"), reflected("+")
    __sub__, __rsub__ = binary("-"), reflected("-")
    __mul__, __rmul__ = binary("*"), reflected("*")
    __truediv__, __rtruediv__ = binary("/"), reflected("/")
    __pow__, __rpow__ = binary("**"), reflected("**")
    __neg__, __abs__ = unary("neg"), unary("abs")

    exp, log, sqrt = unary("exp"), unary("log"), unary("sqrt")
    sin, cos, tanh = unary("sin"), unary("cos"), unary("tanh")
    sigmoid, softplus, relu = unary("sigmoid"), unary("softplus"), unary("relu")
    max, min = binary("max"), binary("min")

    __lt__, __le__ = comparison(operator.lt), comparison(operator.le)
    __gt__, __ge__ = comparison(operator.gt), comparison(operator.ge)
    __eq__, __ne__ = comparison(operator.eq), comparison(operator.ne)
    __hash__ = object.__hash__  # defining == removes it

    def leaky_relu(self, slope: Number = 0.01) -> "Value":
        """Return x if x > 0, else slope * x; at 0 the slope is `slope`."""
        return leaky_relu(self, slope)

    @staticmethod
    def sum(values: Iterable[Number]) -> "Value":
        """Return the sum of any number of Values as one node, where a chain of `+` makes a node for each."""
        parents = as_values(values)
        slopes = tuple(0.0 if parent.is_constant else 1.0 for parent in parents)
        return nary("sum", add_up(parent.data for parent in parents), parents, slopes)

    @staticmethod
    def dot(xs: Iterable[Number], ys: Iterable[Number]) -> "Value":
        """Return x1*y1 + … + xn*yn as one node. Its parents are x1 … xn, y1 … yn."""
        xs, ys = as_values(xs), as_values(ys)
        if len(xs) != len(ys):
            raise ValueError(f"Value.dot needs two lists of the same length, got {len(xs)} and {len(ys)}")
        x, y = [value.data for value in xs], [value.data for value in ys]
        if not recording:
            return Value(add_up(map(operator.mul, x, y)))
        parents, slopes = xs + ys, y + x
        if Constant in map(type, parents):
            slopes = [0.0 if parent.is_constant else slope for parent, slope in zip(parents, slopes, strict=True)]
        return nary("dot", add_up(map(operator.mul, x, y)), parents, tuple(slopes))

    def backward(self, gradient: float = 1.0) -> None:
        """Add the slope of this number with respect to each leaf below it to that leaf's `grad`.

        Leaves accumulate from pass to pass, until `zero_grad()`; every other node shows the gradient of this pass
        only. `gradient` is what the pass starts from: the slope of some later result with respect to this number.
        """
        if not self.op:
            self.grad += gradient
            return
        order = topological_order(self)
        for node in order:
            node.grad = 0.0
        self.grad = gradient
        for node in reversed(order):
            gradient, first, second = node.grad, node._first, node._second
            if second is not None:
                first.grad += gradient * node._first_slope
                second.grad += gradient * node._second_slope
            elif type(first) is tuple:
                for parent, slope in zip(first, node._first_slope, strict=True):
                    parent.grad += gradient * slope
            else:
                first.grad += gradient * node._first_slope

    def zero_grad(self) -> None:
        """Set `grad` to 0.0 here and in everything this number was computed from."""
        self.grad = 0.0
        for node in topological_order(self):
            node.grad = 0.0
            for parent in node.parents:
                parent.grad = 0.0

    def __bool__(self) -> bool:
        return self.data != 0

    def __repr__(self) -> str:
        return f"Value({self.data!r}, label={self.label!r})" if self.label else f"Value({self.data!r})"

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)


class Constant(Value):
    """A plain number in an expression: it has a place in the graph, but no gradient."""

    __slots__ = ()
    is_constant = True


def grad(y: Value, xs: Value | Sequence[Value], create_graph: bool = False) -> Value | list[Value]:
    """Return the slope of `y` with respect to `xs`, and leave every `grad` as it is.

    `xs` is one Value, leaf or not, or a list of them; the result has the same form, and is 0 for an x that `y` does
    not depend on. With `create_graph=True` the results have graphs of their own and can be differentiated again, as
    often as wanted: the slopes of the table are then evaluated on Values.
    """
    wanted = list(xs) if isinstance(xs, Iterable) else [xs]
    for value in (y, *wanted):
        if not isinstance(value, Value):
            raise TypeError(f"grad(y, xs) needs Values, got {value!r} ({type(value).__name__})")
    order = topological_order(y)
    on_the_way = set(wanted)
    for node in order:
        if not on_the_way.isdisjoint(node.parents):
            on_the_way.add(node)
    gradients: dict[Value, Number] = {y: 1.0}
    for node in reversed(order):
        if node not in on_the_way or node not in gradients:
            continue
        for position, parent in enumerate(node.parents):
            if parent in on_the_way:
                part = product(gradients[node], slope_of(node, position, create_graph))
                gradients[parent] = gradients[parent] + part if parent in gradients else part
    found = [gradients.get(x, 0.0) for x in wanted]
    results = [g if type(g) is Value else Value(g.data if isinstance(g, Value) else g) for g in found]
    return results[0] if isinstance(xs, Value) else results


def slope_of(node: Value, position: int, as_expression: bool) -> Number:
    """Return the slope of `node` with respect to one parent, as a number or as an expression of Values."""
    if not as_expression:
        return node.local_gradients[position]
    slope: Number
    if node.op in NARY_SLOPES:
        slope = NARY_SLOPES[node.op](position, node.parents)
    else:
        slope = PRIMITIVES[node.op].slopes[position](node, *node.parents)
    return slope


def product(gradient: Number, slope: Number) -> Number:
    # Many slopes, and the first gradient, are a plain 1.0: leaving it out keeps the graphs of derivatives small.
    if type(slope) is float and slope == 1.0:
        return gradient
    if type(gradient) is float and gradient == 1.0:
        return slope
    return gradient * slope


def operand(number: Any, op: str) -> Value:
    """Return a Value as it is, a plain number as a constant; raise TypeError for anything else."""
    if isinstance(number, Value):
        return number
    if not isinstance(number, Real):
        raise TypeError(f"Value: {op} needs Values or plain numbers, got {number!r} ({type(number).__name__})")
    return Constant(number)


def as_values(numbers: Iterable[Number]) -> tuple[Value, ...]:
    values: tuple[Any, ...] = tuple(numbers)
    if set(map(type, values)) <= {Value}:
        return values
    return tuple(operand(value, "sum and dot") for value in values)


def nary(op: str, data: float, parents: tuple[Value, ...], slopes: tuple[float, ...]) -> Value:
    """Return a node of any number of parents."""
    node = Value(data)
    if recording and parents:
        node.op, node._first, node._first_slope = op, parents, slopes
    return node


def add_up(numbers: Iterable[float]) -> float:
    # Not the built-in sum: from Python 3.12 on it compensates rounding, so results would depend on the version.
    return reduce(operator.add, numbers, 0.0)


def domain_error(error: Exception, op: str, inputs: tuple[float, ...]) -> Exception:
    """Return an error of the same kind that says which operation failed, on which numbers, and what it accepts."""
    numbers = [repr(number) for number in inputs]
    call = f"{op}({', '.join(numbers)})" if op.isidentifier() else f" {op} ".join(numbers)
    return type(error)(f"Value: cannot compute {call}: {DOMAINS.get(op, error)}")


leaky_relu = binary("leaky_relu")
