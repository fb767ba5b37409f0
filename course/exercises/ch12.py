"""Chapter 12, softmax and cross-entropy: what the exercises ask.

Sums of powers are computed number by number with Python's floats, gradients by nudging one score after the other.
"""

import itertools
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from course.compare import result_of
from course.exercises.ch09 import peak_of
from course.exercises.ch11 import entry_of, gradient, require_reads, require_table, require_type
from course.specification import Answer, exercise
from course.wording import kind_of, shorten, show

TYPES = ((np.float64, 1e-9, 1e-9), (np.float32, 1e-5, 1e-5))
INF = math.inf


def exact_log_sum_exp(numbers: Any) -> float:
    """log(exp(a) + exp(b) + …) of a few numbers."""
    top = max(numbers)
    return top if math.isinf(top) else top + math.log(math.fsum(math.exp(number - top) for number in numbers))


def along(x: np.ndarray, axis: int, f: Callable[[list[float]], Any]) -> np.ndarray:
    """What `f` gives for each line of numbers along an axis: as many numbers, or one, and the axis stays."""
    lines = np.moveaxis(x.astype(float), axis, -1)
    found = [np.atleast_1d(f(line.tolist())) for line in lines.reshape(-1, lines.shape[-1])]
    return np.moveaxis(np.array(found).reshape(*lines.shape[:-1], -1), -1, axis)


def room(x: np.ndarray) -> float:
    """How far a result may be from the exact one, because the logarithm of a sum is rounded as the numbers of x are."""
    return float(np.spacing(np.abs(x[np.isfinite(x)]).max()))


def quietly(answer: Answer, work: Callable[[], Any]) -> Any:
    """What a piece of the reader's work gives, if it gives no warning."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        result = work()
    numeric = [str(warning.message) for warning in said if issubclass(warning.category, RuntimeWarning)]
    answer.require(not numeric, f"NumPy warned: {numeric[0] if numeric else ''}. Expected: no warning.")
    return result


# 12.1

SCORES: tuple[tuple[str, np.ndarray, tuple[int, ...]], ...] = (
    ("[1, 2, 4]", np.array([1.0, 2.0, 4.0]), (0, -1)),
    ("[[3, 1, 2], [-1, 0, 5]]", np.array([[3.0, 1.0, 2.0], [-1.0, 0.0, 5.0]]), (0, 1, -1, -2)),
    ("[1000, 1000]", np.array([1000.0, 1000.0]), (0,)),
    ("[-1000, -1001]", np.array([-1000.0, -1001.0]), (0,)),
    ("[1e30, -1e30]", np.array([1e30, -1e30]), (0,)),
    ("[[1000, 0], [-1000, -1000.5]]", np.array([[1000.0, 0.0], [-1000.0, -1000.5]]), (0, 1)),
    ("[5], ten times", np.full(10, 5.0), (0,)),
    ("[7]", np.array([7.0]), (0,)),
    ("[-inf, 2, 2]", np.array([-INF, 2.0, 2.0]), (0,)),
    ("[-inf, -inf]", np.array([-INF, -INF]), (0,)),
    ("[[-inf, -inf, -inf], [0, 1, -inf]]", np.array([[-INF, -INF, -INF], [0.0, 1.0, -INF]]), (0, 1)),
    ("numbers of shape (2, 3, 4)", 300 * np.sin(np.arange(24.0)).reshape(2, 3, 4), (0, 1, 2, -1)),
)


@exercise("12.1", shows="With the largest number taken out, no power overflows, and none of the sum is lost.")
def log_sum_exp(answer: Answer) -> None:
    for (shown, x, axes), (dtype, rtol, atol) in itertools.product(SCORES, TYPES):
        for axis in axes:
            array = x.astype(dtype)
            said = f"{shown}, axis={axis}" + (", float32" if dtype is np.float32 else "")
            got = quietly(answer, lambda: answer.call(array, axis, shown=said))  # noqa: B023
            expected = along(array, axis, exact_log_sum_exp)
            answer.require(isinstance(got, np.ndarray), f"yours:    {kind_of(got)}\nexpected: an array")
            answer.close(got, expected, rtol, atol, mistake=result_of(got, mistaken_sums(array, axis, expected), rtol))
            require_type(answer, got, dtype)


def mistaken_sums(x: np.ndarray, axis: int, expected: np.ndarray) -> dict[str, np.ndarray]:
    """Wrong results that are known, by what leads to them; only where they differ from the right one."""
    with np.errstate(all="ignore"):
        top = x.max(axis=axis, keepdims=True).astype(float)
        whole = float(x.max())
        found = {
            "without what was subtracted: add it again": expected - top,
            "of the largest number of the whole array taken out: take that of each line along the axis": whole
            + np.log(np.exp(x - whole).sum(axis=axis, keepdims=True)),
            "of powers that became inf, or all 0: take the largest number along the axis out of them first": np.log(
                np.exp(x).sum(axis=axis, keepdims=True)
            ),
        }
        powers = np.exp(expected)
        if np.isfinite(powers).all():
            found["of the sum of powers, without its logarithm"] = powers
    same = [why for why, wrong in found.items() if np.allclose(wrong, expected, equal_nan=True)]
    return {why: wrong for why, wrong in found.items() if why not in same}


# 12.2

SPREAD: tuple[tuple[str, np.ndarray, tuple[int, ...]], ...] = (
    ("[2, 1, -1]", np.array([2.0, 1.0, -1.0]), (0, -1)),
    ("x of shape (2, 4)", np.array([[0.5, -1.0, 2.0, 0.1], [1.0, 3.0, -0.5, 1.5]]), (0, 1, -1)),
    ("x of shape (3, 3)", np.sin(np.arange(9.0) * 2).reshape(3, 3), (0, 1)),
    ("[[1000, 999], [-1000, -1001.5]]", np.array([[1000.0, 999.0], [-1000.0, -1001.5]]), (1,)),
    ("[1e4, -1e4, 9999]", np.array([1e4, -1e4, 9999.0]), (0,)),
    ("x of shape (2, 3, 4)", np.cos(np.arange(24.0) * 3).reshape(2, 3, 4), (0, 1, -1)),
)
IMPOSSIBLE = np.array([[-INF, 0.5, 1.0], [2.0, -INF, -INF]])


def log_shares(line: list[float]) -> list[float]:
    total = exact_log_sum_exp(line)
    return [number - total for number in line]


FORWARD: dict[str, Callable[[list[float]], list[float]]] = {
    "softmax": lambda line: [math.exp(number) for number in log_shares(line)],
    "log_softmax": log_shares,
}


def weights_of(y: np.ndarray) -> np.ndarray:
    """A gradient of y whose numbers differ, so that no sum of them is 0."""
    return (np.arange(y.size) % 5 - 1.5).reshape(y.shape)


def nudged(op: str, x: np.ndarray, g: np.ndarray, axis: int, h: float = 1e-5) -> np.ndarray:
    """The gradient of (g * y).sum() with respect to x, by nudging each number in both directions."""
    grad = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[place] = h
        up, down = (along(x + move, axis, FORWARD[op]) for move in (step, -step))
        grad[place] = (g * (up - down)).sum() / (2 * h)
    return grad


@exercise("12.2", shows="Each gradient minus an average: the square of slopes was multiplied by, and never built.")
def softmax(answer: Answer) -> None:
    require_table(answer, "SOFTMAX", ["softmax", "log_softmax"])
    for op in ("softmax", "log_softmax"):
        forward, rules = entry_of(answer, op, ("x",), ("axis",))
        require_reads(answer, op, rules, {"x": {"y"}})
        for (shown, x, axes), (dtype, rtol, atol) in itertools.product(SPREAD, TYPES):
            for axis in axes:
                array = x.astype(dtype)
                require_shares(answer, op, forward, rules, array, axis, shown, rtol, atol + room(array))
        y = function_of(answer, op, forward, IMPOSSIBLE, 1, "with -inf among the scores")
        answer.close(y, along(IMPOSSIBLE, 1, FORWARD[op]))
        require_small(answer, op, forward, rules)


def function_of(answer: Answer, op: str, forward: Callable[..., Any], x: np.ndarray, axis: int, shown: str) -> Any:
    """What the function of an entry gives, without a warning and without a change of its input."""
    copy = x.copy()
    got = quietly(answer, lambda: answer.run(lambda: forward(copy, axis=axis), f"the function of {op}, {shown}"))
    answer.require(np.array_equal(copy, x), "changed x. Compute a new array.")
    return got


def require_shares(
    answer: Answer,
    op: str,
    forward: Callable[..., Any],
    rules: Any,
    x: np.ndarray,
    axis: int,
    shown: str,
    rtol: float,
    atol: float,
) -> None:
    """Require the value and the gradient of softmax or of its logarithm."""
    said = f"{shown}, axis={axis}" + (", float32" if x.dtype == np.float32 else "")
    y = along(x, axis, FORWARD[op])
    got = function_of(answer, op, forward, x, axis, said)
    answer.close(got, y, rtol, atol)
    require_type(answer, got, x.dtype.type)
    g = weights_of(y)
    known = {
        "x": x,
        "y": y.astype(x.dtype),
        "g": g.astype(x.dtype),
        "axis": axis,
        "like_x": np.broadcast_to(0, x.shape),
    }
    got = quietly(answer, lambda: gradient(answer, op, rules, "x", known, said))
    expected, p = nudged(op, x.astype(float), g, axis), np.exp(y) if op == "log_softmax" else y
    total = g.sum(axis=axis, keepdims=True)
    mistakes = {
        "softmax": {
            "of p (1 - p) g: a score moves the other shares too": p * (1 - p) * g,
            "of p g: a score moves the sum too": p * g,
            "of a sum over all axes": p * (g - (g * p).sum()),
        },
        "log_softmax": {
            "of g (1 - p): a score moves the other logarithms too": g * (1 - p),
            "in which y, a logarithm, was taken for the share": g - y * total,
            "of a sum over all axes": g - p * g.sum(),
        },
    }[op]
    mistakes = {why: wrong for why, wrong in mistakes.items() if not np.allclose(wrong, expected, atol=1e-5)}
    loose = max(atol, 1e-6)
    answer.close(got, expected, max(rtol, 1e-6), loose, mistake=result_of(got, mistakes, 1e-5, loose))
    require_type(answer, got, x.dtype.type)


MANY = 1500  # scores in a row; their Jacobian has 2,250,000 slopes


def require_small(answer: Answer, op: str, forward: Callable[..., Any], rules: Any) -> None:
    """Require a rule that has no Jacobian in memory."""
    x = np.sin(np.arange(2.0 * MANY)).reshape(2, MANY)
    y = along(x, 1, FORWARD[op])
    known = {"x": x, "y": y, "g": weights_of(y), "axis": 1, "like_x": x}
    shown = f"x of shape {x.shape}, axis=1"
    for what, work in (
        (f"the function of {op}, {shown}", lambda: forward(x, axis=1)),
        ("", lambda: gradient(answer, op, rules, "x", known, shown)),
    ):
        peak = answer.run(lambda: peak_of(work), what or f"the rule of {op} for x, {shown}")  # noqa: B023
        answer.require(
            peak <= 30 * x.nbytes,
            f"yours:    {peak // 8:,} numbers in memory at once\n"
            f"expected: at most {30 * x.size:,}; the Jacobian of one row has {MANY * MANY:,}",
        )


# 12.3

BATCHES: tuple[tuple[str, np.ndarray, tuple[int, ...], float], ...] = (
    ("scores [[2, 1, -1], [0, 1, 3]]", np.array([[2.0, 1.0, -1.0], [0.0, 1.0, 3.0]]), (0, 1), 1.0),
    ("one row, [[1, 2, 3, 4]]", np.array([[1.0, 2.0, 3.0, 4.0]]), (2,), 1.0),
    ("scores of shape (3, 3)", np.sin(np.arange(9.0)).reshape(3, 3), (2, 2, 0), 1.0),
    ("scores of shape (5, 2), g = -2.5", np.cos(np.arange(10.0)).reshape(5, 2), (0, 1, 1, 0, 1), -2.5),
    ("scores of 1e4 and -1e4", np.array([[1e4, -1e4, 0.0], [1e4, 9999.0, -1e4]]), (0, 1), 1.0),
    ("scores of 1e4 and -1e4, sure and wrong", np.array([[1e4, -1e4, 0.0]]), (1,), 3.0),
    ("-inf among the scores", np.array([[-INF, 0.5, 1.0], [2.0, -INF, -INF]]), (1, 0), 1.0),
)


@exercise("12.3", shows="The gradient of a whole batch is shares minus truth, divided by the rows.")
def cross_entropy(answer: Answer) -> None:
    require_table(answer, "LOSSES", ["cross_entropy"])
    forward, rules = entry_of(answer, "cross_entropy", ("scores",), ("labels",))
    for (shown, scores, labels, g), (dtype, rtol, atol) in itertools.product(BATCHES, TYPES):
        array = scores.astype(dtype)
        require_loss(answer, forward, rules, array, np.array(labels), g, shown, rtol, atol + abs(g) * room(array))


def require_loss(
    answer: Answer,
    forward: Callable[..., Any],
    rules: Any,
    scores: np.ndarray,
    labels: np.ndarray,
    g: float,
    shown: str,
    rtol: float,
    atol: float,
) -> None:
    """Require the loss of a batch and its gradient."""
    said = f"{shown}, labels {labels.tolist()}" + (", float32" if scores.dtype == np.float32 else "")
    rows, places = len(scores), np.arange(len(scores))
    logs, truth = along(scores, 1, log_shares), np.zeros(scores.shape)
    truth[places, labels] = 1.0
    value = -math.fsum(logs[places, labels]) / rows
    copy, classes = scores.copy(), labels.copy()
    loss = quietly(
        answer,
        lambda: answer.run(lambda: forward(copy, labels=classes), f"the function of cross_entropy, {said}"),
    )
    answer.require(
        np.array_equal(copy, scores) and np.array_equal(classes, labels),
        "changed scores or labels. Compute new arrays.",
    )
    answer.require(np.ndim(loss) == 0, f"yours:    {kind_of(loss)}\nexpected: one number")
    sums = {"of a sum: take the mean over the rows": rows * value, "with the sign turned round": -value}
    sums = {why: np.array(wrong) for why, wrong in sums.items() if abs(wrong - value) > 1e-6}
    answer.close(np.asarray(loss), np.array(value), rtol, atol, mistake=result_of(np.asarray(loss), sums, rtol, atol))
    require_type(answer, loss, scores.dtype.type)
    y, above = np.asarray(loss), np.asarray(g, scores.dtype)
    known = {"scores": scores, "like_scores": np.broadcast_to(0, scores.shape), "y": y, "g": above, "labels": labels}
    got = quietly(answer, lambda: gradient(answer, "cross_entropy", rules, "scores", known, said))
    expected = g * (np.exp(logs) - truth) / rows
    mistakes = {
        "without the division by the rows": rows * expected,
        "without g": expected / g,
        "of y - p": -expected,
        "of p, without the truth": g * np.exp(logs) / rows,
        "divided by the number of classes": rows * expected / scores.shape[1],
    }
    mistakes = {why: wrong for why, wrong in mistakes.items() if not np.allclose(wrong, expected, atol=1e-5)}
    answer.close(got, expected, rtol, atol, mistake=result_of(got, mistakes, rtol, atol))
    require_type(answer, got, scores.dtype.type)


# 12.4


def planted_table() -> dict[str, tuple[Callable[..., Any], dict[str, Callable[..., Any]]]]:
    """Entries of a table, among them one with a setting."""
    return {
        "ratio": (lambda a, b: a / b, {"a": lambda g, b: g / b, "b": lambda g, y, b: -g * y / b}),
        "double": (lambda x: 2 * x, {"x": lambda g: 2 * g}),
        "scaled": (lambda x, factor: x * factor, {"x": lambda g, factor: g * factor}),
        "difference": (lambda a, b: a - b, {"a": lambda g: g, "b": lambda g: -g}),
    }


ONES = np.ones(3)
HOLES = np.array([1.0, math.nan, 2.0])
# The operation, its inputs, its settings, how they read, and whether a nan is made.
CALLS: tuple[tuple[str, tuple[Any, ...], dict[str, Any], str, bool], ...] = (
    ("double", (np.arange(3.0),), {}, "[0, 1, 2]", False),
    ("ratio", (ONES, 2.0), {}, "[1, 1, 1] and 2.0", False),
    ("ratio", (np.array([0.0, 1.0]), np.array([0.0, 1.0])), {}, "[0, 1] and [0, 1]", True),
    ("ratio", (ONES, np.zeros(3)), {}, "[1, 1, 1] and [0, 0, 0]", False),
    ("ratio", (HOLES, ONES), {}, "[1, nan, 2] and [1, 1, 1]", False),
    ("ratio", (ONES, HOLES), {}, "[1, 1, 1] and [1, nan, 2]", False),
    ("ratio", (np.zeros((2, 2)), np.zeros(2)), {}, "zeros of shape (2, 2) and (2,)", True),
    ("scaled", (ONES,), {"factor": 3.0}, "[1, 1, 1], factor=3.0", False),
    ("scaled", (np.array([INF, 1.0]),), {"factor": 0.0}, "[inf, 1], factor=0.0", True),
    ("difference", (np.float64(INF), np.float64(INF)), {}, "inf and inf", True),
    ("difference", (-INF, ONES), {}, "-inf and [1, 1, 1]", False),
    ("double", (HOLES,), {}, "[1, nan, 2]", False),
)


@exercise("12.4", shows="Everything passes through the table, so one place can watch all operations.")
def watched(answer: Answer) -> None:
    table = planted_table()
    before = dict(table)
    got = answer.call(table, shown="a table with ratio, double, scaled and difference")
    answer.require(isinstance(got, dict), f"yours:    {kind_of(got)}\nexpected: a dict, the new table")
    answer.require(table == before, "changed the table that it got. Make a new one.")
    answer.close(sorted(got), sorted(table), what="the names in the new table")
    for op, (_, rules) in table.items():
        answer.last_run = f"the entry {op!r} of the new table"
        _, new_rules = entry_of(Answer(got), op, tuple(rules), ("factor",))
        for x, rule in rules.items():
            known = {"g": ONES, "a": ONES, "b": 2 * ONES, "y": 3 * ONES, "factor": 5.0}
            expected = rule(**{name: known[name] for name in rule.__code__.co_varnames})
            answer.close(gradient(answer, op, new_rules, x, known, "with finite numbers"), expected)
    for op, inputs, settings, shown, makes_nan in CALLS:
        require_watched(answer, op, got[op][0], table[op][0], inputs, settings, shown, makes_nan)


def require_watched(
    answer: Answer,
    op: str,
    function: Callable[..., Any],
    plain: Callable[..., Any],
    inputs: tuple[Any, ...],
    settings: dict[str, Any],
    shown: str,
    makes_nan: bool,
) -> None:
    """Require an error that names the operation where it makes a nan, and the plain result elsewhere."""
    caught: list[ValueError] = []

    def work() -> Any:
        try:
            with np.errstate(all="ignore"):
                return function(*inputs, **settings)
        except ValueError as error:
            caught.append(error)
            return None

    got = answer.run(work, f"the new function of {op}, with {shown}")
    with np.errstate(all="ignore"):
        expected = np.asarray(plain(*inputs, **settings))
    said = shorten(repr(str(caught[0])), 200) if caught else ""  # whole, as NumPy may have raised it
    if makes_nan:
        answer.require(
            caught, f"yours:    {show(got)}\nexpected: a ValueError; this result has a nan, and no input has"
        )
        answer.require(op in said, f"yours:    a ValueError that says {said}\nexpected: the name {op!r} in it")
    else:
        answer.require(
            not caught, f"yours:    ValueError: {said}\nexpected: {show(expected)}, no error: {why_not(inputs)}"
        )
        answer.close(got if got is None else np.asarray(got), expected)


def why_not(inputs: tuple[Any, ...]) -> str:
    """Why the result of an operation is no reason for an error."""
    has_nan = any(np.isnan(x).any() for x in inputs)
    return "the nan came in with an input" if has_nan else "there is no nan in the result"
