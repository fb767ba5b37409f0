"""What the checks of chapter 10 try answers on: shapes, entries of a table, graphs, and rules with slips."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def numbers(*shape: int, seed: int = 0, dtype: type = float) -> np.ndarray:
    """Whole numbers from -9 to 9 without 0, so that sums are exact in every type."""
    rng = np.random.default_rng(seed)
    return (rng.integers(1, 10, shape) * rng.choice((-1, 1), shape)).astype(dtype)


# 10.1

# The shape of a gradient, and that of the input.
STRETCHED: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((4, 3), (3,)),
    ((4, 3), (4, 1)),
    ((4, 3), (1, 3)),
    ((4, 3), ()),
    ((4, 3), (1,)),
    ((4, 3), (1, 1)),
    ((4, 3), (4, 3)),
    ((3,), (3,)),
    ((3,), (1,)),
    ((), ()),
    ((1, 3), (3,)),
    ((1, 3), (1, 3)),
    ((1, 3), (1, 1)),
    ((1, 1), ()),
    ((4, 4), (4,)),
    ((4, 4), (4, 1)),
    ((5, 4, 3), (4, 1)),
    ((5, 4, 3), (5, 1, 3)),
    ((5, 4, 3), (1, 4, 1)),
    ((5, 4, 3), (3,)),
    ((3, 3, 3), (3, 1, 3)),
    ((2, 3, 4, 5), (3, 1, 5)),
    ((0, 3), (3,)),
    ((2, 0), (2, 1)),
    ((0,), (1,)),
)


def summed_over_copies(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The sum for each place of `shape`, found by numbering the places and stretching the numbers."""
    count = math.prod(shape)
    places = np.broadcast_to(np.arange(count).reshape(shape), g.shape)
    return np.bincount(places.ravel(), weights=g.ravel(), minlength=count).reshape(shape).astype(g.dtype)


# 10.2


class Planted:
    """A function that counts its calls, for an entry of the table that no answer knows."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f, self.calls = f, 0

    def __call__(self, *arrays: Any, **settings: Any) -> Any:
        self.calls += 1
        return self.f(*arrays, **settings)


def planted() -> dict[str, tuple[Planted, dict[str, Callable[..., Any]]]]:
    """Entries whose rules read other things than those that the reader sees."""
    three = {"first": lambda g, second: g * second, "second": lambda g, first: g * first, "third": lambda g: g}
    return {
        "planted_product_and_sum": (Planted(lambda p, q, r: p * q + r), three),
        "planted_scale": (Planted(lambda x, factor=2.0: x * factor), {"x": lambda g, factor: g * factor}),
        "planted_root": (Planted(np.sqrt), {"x": lambda g, y: g / (2 * y)}),
        "planted_shape": (Planted(np.ones_like), {"x": lambda like_x: np.zeros(like_x.shape)}),
    }


# The operation, how the inputs are made (L: a leaf, R: a result, D: data without a node, number: itself), settings, and
# what has to be kept. The same letter with the same digit is the same tensor.
RECORDED: tuple[tuple[str, tuple[Any, ...], dict[str, Any], tuple[str, ...]], ...] = (
    ("add", ("L1", "L2"), {}, ()),
    ("mul", ("L1", "L2"), {}, ("a", "b")),
    ("mul", ("L1", "D2"), {}, ("b",)),
    ("mul", ("D1", "L2"), {}, ("a",)),
    ("mul", ("L1", "L1"), {}, ("a", "b")),
    ("mul", ("R1", 3.0), {}, ("b",)),
    ("mul", (2.0, "R1"), {}, ("a",)),
    ("add", ("L1", 1.0), {}, ()),
    ("neg", ("R1",), {}, ()),
    ("add", ("D1", "D2"), {}, ()),
    ("neg", (2.0,), {}, ()),
    ("power", ("L1",), {"exponent": 3}, ("exponent", "x")),
    ("sum", ("L1",), {}, ("like_x",)),
    ("planted_product_and_sum", ("L1", "L2", "L3"), {}, ("first", "second")),
    ("planted_product_and_sum", ("D1", "L2", "L3"), {}, ("first",)),
    ("planted_product_and_sum", ("D1", "D2", "L3"), {}, ()),
    ("planted_product_and_sum", ("L1", 2.0, "D3"), {}, ("second",)),
    ("planted_scale", ("L1",), {"factor": 5.0}, ("factor",)),
    ("planted_root", ("L4",), {}, ("y",)),
    ("planted_shape", ("L1",), {}, ("like_x",)),
)


def made(kind: Any, inputs: Sequence[Any]) -> tuple[list[Any], str]:
    """The inputs of a case, and how they read in messages."""
    known: dict[Any, Any] = {}
    for place, name in enumerate(inputs):
        if name not in known:
            array = np.abs(numbers(2, 3, seed=place)) if name == "L4" else numbers(*((2, 3), (3,), (2, 1))[place])
            known[name] = name if isinstance(name, float) else kind(array, requires_grad=name[0] in "LR")
            if isinstance(name, str) and name[0] == "R":  # a result: its node is no leaf
                node, leaf = known[name].node, kind(1.0, requires_grad=True)
                known[name].node = type(node)("made", array.shape, (leaf.node,), (lambda g: g,), {})
    words = {"L": "leaf", "R": "result", "D": "data"}
    shown = [f"{words[name[0]]}_{name[1:]}" if isinstance(name, str) else str(name) for name in inputs]
    return [known[name] for name in inputs], ", ".join(shown)


def value_of(op: str, arrays: Sequence[Any], settings: dict[str, Any]) -> Any:
    """What an operation gives, without a look at the reader's table."""
    functions: dict[str, Callable[..., Any]] = {
        "add": lambda a, b: a + b,
        "mul": lambda a, b: a * b,
        "neg": lambda x: -1 * x,
        "sum": lambda x: x.sum(),
        "power": lambda x, exponent: x**exponent,
        "planted_product_and_sum": lambda p, q, r: p * q + r,
        "planted_scale": lambda x, factor: x * factor,
        "planted_root": lambda x: x**0.5,
        "planted_shape": lambda x: np.ones(x.shape),
    }
    return functions[op](*arrays, **settings)


# 10.3


def array(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.5, 1.5, shape)


def handing_on(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A right `unbroadcast` that makes a new array only where numbers were copied."""
    return g if g.shape == shape else summed_over_copies(g, shape)


Graph = tuple[str, Callable[[Any], tuple[list[Any], Any]], Callable[..., Any], str]


def graphs() -> tuple[Graph, ...]:
    """Graphs, each with its leaves and the gradients that calculus gives by hand."""

    def of(*shapes: tuple[int, ...]) -> Callable[[Any], list[Any]]:
        return lambda Tensor: [Tensor(array(*s, seed=i), requires_grad=True) for i, s in enumerate(shapes)]

    def graph(shown: str, leaves: Any, root: Any, gradients: Any, mistake: str = "") -> Graph:
        def build(Tensor: Any) -> tuple[list[Any], Any]:
            made = leaves(Tensor)
            return made, root(*made)

        return shown, build, gradients, mistake

    data = array(4, 3, seed=7)
    shared = "A node that feeds several others gets the sum of what they send, and passes it on once."
    return (
        graph("a.sum()", of((2, 3)), lambda a: a.sum(), lambda a: [np.ones((2, 3))]),
        graph("(a * a).sum()", of((3,)), lambda a: (a * a).sum(), lambda a: [2 * a], "Both inputs are a."),
        graph(
            "((data + a) * data).sum(), data of shape (4, 3)",
            of((3,)),
            lambda a: ((a + data) * data).sum(),
            lambda a: [data.sum(axis=0)],
        ),
        graph(
            "(a * b).sum(), a of shape (4, 1)",
            of((4, 1), (3,)),
            lambda a, b: (a * b).sum(),
            lambda a, b: [np.full((4, 1), b.sum()), np.full(3, a.sum())],
        ),
        graph(
            "(a * b * data).mean(), a of shape ()",
            of((), (3,)),
            lambda a, b: (a * b * data).mean(),
            lambda a, b: [np.sum(b * data) / 12, a * data.sum(axis=0) / 12],
        ),
        graph(
            "(h * h + h).sum() with h = a * b",
            of((2, 3), (2, 3)),
            lambda a, b: square_and_more(a * b),
            lambda a, b: [(2 * a * b + 1) * b, (2 * a * b + 1) * a],
            shared,
        ),
        graph("(a - a.mean()).sum()", of((4,)), lambda a: (a - a.mean()).sum(), lambda a: [np.zeros(4)], shared),
        graph("(a + b).sum()", of((3,), (3,)), lambda a, b: (a + b).sum(), lambda a, b: [np.ones(3)] * 2),
        graph(
            "(a + b).sum() + (a * data).sum()",
            of((3,), (3,)),
            lambda a, b: (a + b).sum() + (a * data).sum(),
            lambda a, b: [1 + data.sum(axis=0), np.ones(3)],
        ),
        *(
            graph(
                f"{shown} with h = a + b",
                of((4, 3), (4, 3)),
                root,
                lambda a, b: [3 * data, 2 * data],
                "An array that two parents have got may not be changed: add, and make a new one.",
            )
            for shown, root in (
                ("(h * data).sum() + (2 * a * data + b * data).sum()", lambda a, b: one_of_two(a + b, a, b, data)),
                ("(2 * a * data + b * data).sum() + (h * data).sum()", lambda a, b: two_of_two(a + b, a, b, data)),
            )
        ),
        graph(
            "((a + b) * data).sum()",
            of((4, 3), (4, 3)),
            lambda a, b: ((a + b) * data).sum(),
            lambda a, b: [data] * 2,
        ),
        graph("a leaf of one number", of(()), lambda a: a, lambda a: [np.ones(())]),
        graph("a leaf of shape (1, 1)", of((1, 1)), lambda a: a, lambda a: [np.ones((1, 1))]),
        graph("a.sum(), b is not used", of((2,), (2,)), lambda a, b: a.sum(), lambda a, b: [np.ones(2), None]),
    )


def one_of_two(h: Any, a: Any, b: Any, data: np.ndarray) -> Any:
    return (h * data).sum() + (2 * (a * data) + b * data).sum()


def two_of_two(h: Any, a: Any, b: Any, data: np.ndarray) -> Any:
    return (2 * (a * data) + b * data).sum() + (h * data).sum()


def square_and_more(h: Any) -> Any:
    return (h * h + h).sum()


# 10.4

# Its inputs, its value, and for each input its slope.
FUNCTIONS: dict[str, tuple[tuple[str, ...], Callable[..., Any], tuple[Callable[..., Any], ...]]] = {
    "sub": (("a", "b"), lambda a, b: a - b, (lambda a, b: 1 + 0 * a * b, lambda a, b: -1 + 0 * a * b)),
    "div": (("a", "b"), lambda a, b: a / b, (lambda a, b: 1 / b + 0 * a, lambda a, b: -a / b**2)),
    "exp": (("x",), lambda x: math.e**x, (lambda x: math.e**x,)),
    "log": (("x",), lambda x: np.log2(x) * math.log(2), (lambda x: x**-1.0,)),
    "tanh": (("x",), lambda x: 1 - 2 / (math.e ** (2 * x) + 1), (lambda x: 1 / np.cosh(x) ** 2,)),
    "relu": (("x",), lambda x: (x + abs(x)) / 2, (lambda x: np.where(x > 0, 1.0, 0.0),)),
}
MOST = {"sub": 0, "div": 2, "exp": 1, "log": 1, "tanh": 1, "relu": 1}
ON_BOTH_SIDES = np.array([[-1.5, 0.0, 0.4], [2.0, -0.3, 1.0]])


def places(op: str) -> list[tuple[np.ndarray, ...]]:
    """Arrays on which an operation is tried."""
    if len(FUNCTIONS[op][0]) == 2:
        row, column = np.array([0.5, -2.0, 4.0]), np.array([[3.0], [-0.25]])
        return [(ON_BOTH_SIDES, ON_BOTH_SIDES + 3), (ON_BOTH_SIDES, row), (row, column), (column, ON_BOTH_SIDES + 3)]
    return [(np.abs(ON_BOTH_SIDES) + 0.1,), (np.array(0.7),)] if op == "log" else [(ON_BOTH_SIDES,), (np.array(0.7),)]


# 10.5

Slip = Callable[[Any], Any]


def with_rule(rule: Callable[[np.ndarray], np.ndarray]) -> Slip:
    """The negative, with another rule: a slip, or a right one."""

    def negative(x: Any) -> Any:
        y = -x
        if y.node is not None:
            y.node = type(y.node)("neg", y.node.shape, y.node.parents, (lambda g: rule(g),), {})
        return y

    return negative


right, scaled = with_rule(lambda g: -g), with_rule(lambda g: -1.001 * g)
squared, ignoring, flipped = with_rule(lambda g: -g * g), with_rule(lambda g: 0 * g - 1), with_rule(lambda g: -g[::-1])
lost, undefined = with_rule(lambda g: 0 * g), with_rule(lambda g: np.nan * g)

# How it reads, the function, the shapes of its arrays, the positions with a wrong gradient, and why.
CHECKED: tuple[tuple[str, Callable[..., Any], tuple[tuple[int, ...], ...], list[int], str], ...] = (
    ("a * b", lambda a, b: a * b, ((4, 3), (3,)), [], ""),
    ("neg(a) * b, all rules right", lambda a, b: right(a) * b, ((4, 3), (4, 1)), [], ""),
    ("neg(a) * b, rule 0.1 % too large", lambda a, b: scaled(a) * b, ((4, 3), (3,)), [0], ""),
    ("b * neg(a), rule 0.1 % too large", lambda b, a: b * scaled(a), ((3,), (4, 3)), [1], ""),
    ("neg(a) + b, rule -g * g", lambda a, b: squared(a) + b, ((4, 3), (3,)), [0],
     "Where g is 1, this rule looks right: weigh the result by random numbers."),
    ("neg(a), rule -1 whatever g is", lambda a: ignoring(a), ((5,),), [0],
     "Where g is 1, this rule looks right: weigh the result by random numbers."),
    ("neg(a), rule with the rows of g turned round", lambda a: flipped(a), ((4, 3),), [0],
     "Rows have to count differently."),
    ("1e-9 * a + 1000 * b", lambda a, b: a * 1e-9 + b * 1000.0, ((3,), (3,)), [],
     "A difference of 1e-6 is allowed where the slope is small."),
    ("neg(a) * b, rule nan", lambda a, b: undefined(a) * b, ((3,), (3,)), [0],
     "Every comparison with nan is False: ask whether a difference is within the tolerance."),
    ("neg(a) * b, rule 0", lambda a, b: lost(a) * b, ((3,), (3,)), [0], ""),
    ("neg(a) * neg(b), both rules wrong", lambda a, b: scaled(a) * squared(b), ((3,), (4, 1)), [0, 1], ""),
    ("a * 2, where b is not used", lambda a, b: a * 2.0, ((3,), (2,)), [],
     "Without a gradient b counts as 0, and it is."),
    ("a * b * c", lambda a, b, c: a * b * c, ((), (2, 1), (3,)), [], ""),
    ("a * a, of 20,000 numbers", lambda a: a * a, ((200, 100),), [], ""),
    ("neg(a) of 20,000 numbers, rule 0.1 % too large", lambda a: scaled(a), ((200, 100),), [0], ""),
    ("(a * b).sum()", lambda a, b: (a * b).sum(), ((4, 3), (3,)), [], ""),
)  # fmt: skip
