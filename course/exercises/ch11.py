"""Chapter 11, products of matrices and shapes: what the exercises ask.

Gradients are found place by place, from sums over products and from numbered places; none of it comes from an engine.
"""

import inspect
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from course.compare import result_of
from course.specification import Answer, exercise
from course.wording import kind_of, show

Rules = dict[str, Callable[..., Any]]
TYPES = ((np.float64, 1e-9), (np.float32, 1e-4))


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    """Whole numbers from -9 to 9 without 0, so that sums are exact in every type."""
    rng = np.random.default_rng(seed)
    return (rng.integers(1, 10, shape) * rng.choice((-1, 1), shape)).astype(float)


def entry_of(answer: Answer, op: str, inputs: tuple[str, ...], settings: Sequence[str]) -> tuple[Any, Rules]:
    """An entry of a table taken apart, if it has the form of one and its rules read what is provided."""
    entry, name = answer.value[op], f"the entry {op!r}"
    answer.last_run = name
    is_pair = isinstance(entry, tuple | list) and len(entry) == 2 and callable(entry[0]) and isinstance(entry[1], dict)
    answer.require(is_pair, f"yours:    {show(entry)}\nexpected: a pair of a function and a dict of rules")
    forward, rules = entry
    answer.close(list(rules), list(inputs), what=f"the inputs of {name}")
    known = {"g", "y", *inputs, *(f"like_{x}" for x in inputs), *settings}
    for x, rule in rules.items():
        answer.require(callable(rule), f"the rule for {x}\nyours:    {kind_of(rule)}\nexpected: a function")
        unknown = sorted(set(inspect.signature(rule).parameters) - known)
        may = f"It may read {', '.join(sorted(known))}."
        answer.require(not unknown, f"the rule for {x} reads {', '.join(unknown)}, which nobody provides. {may}")
    return forward, rules


def require_table(answer: Answer, name: str, ops: Sequence[str]) -> None:
    answer.last_run = name
    table = answer.value
    answer.require(isinstance(table, dict), f"yours:    {kind_of(table)}\nexpected: a dict, {name}")
    missing = [op for op in ops if op not in table]
    answer.require(not missing, f"there is no entry for {', '.join(missing)}.")
    answer.require(all(table[op] is not ... for op in ops), "an entry is still `...`.")


def require_reads(answer: Answer, op: str, rules: Rules, allowed: dict[str, set[str]]) -> None:
    """Require that each rule reads no arrays but those that it needs."""
    answer.last_run = f"the entry {op!r}"
    for x, rule in rules.items():
        arrays = {name for name in inspect.signature(rule).parameters if name in {"y", *rules}}
        extra = sorted(arrays - allowed[x])
        answer.require(
            not extra,
            f"the rule of {op} for {x} reads {', '.join(extra)}, an array that the node would have to keep.\n"
            f"It can do with {', '.join(sorted(allowed[x])) or 'g and the shape, like_x'}.",
        )


def gradient(answer: Answer, op: str, rules: Rules, name: str, known: dict[str, Any], shown: str) -> Any:
    """What a rule gives, on copies of what it reads, which it must leave as they were."""
    given = {key: known[key] for key in inspect.signature(rules[name]).parameters}
    copies = {
        key: x.copy() if isinstance(x, np.ndarray) and not key.startswith("like_") else x for key, x in given.items()
    }
    got = answer.run(lambda: rules[name](**copies), f"the rule of {op} for {name}, {shown}")
    changed = [key for key, x in copies.items() if isinstance(x, np.ndarray) and not np.array_equal(x, given[key])]
    answer.require(not changed, f"changed {' and '.join(changed)}. Compute a new array.")
    return got


def require_type(answer: Answer, got: Any, dtype: type) -> None:
    found = np.asarray(got).dtype
    answer.require(found == dtype, f"yours:    numbers of {found}\nexpected: {np.dtype(dtype)}, as the input has")


# 11.1

# Shapes of a and b, and how the entry is named in messages.
PAIRS: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((2, 3), (3, 4)),
    ((1, 3), (3, 5)),
    ((3, 3), (3, 3)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (6, 3, 4)),
    ((2, 2, 2), (2, 2, 2)),
)


def copies_of(x: np.ndarray, batch: tuple[int, ...]) -> np.ndarray:
    return np.broadcast_to(x, batch + x.shape[-2:])


def products(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All products a[i, j] b[j, k], of shape (batch, n, m, k), and their sum over j."""
    cube = a[..., :, :, None] * b[..., None, :, :]
    return cube, cube.sum(axis=-2)


def added_up(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The gradient of an array of `shape` from that of its copies, by numbering places."""
    places = np.broadcast_to(np.arange(math.prod(shape)).reshape(shape), g.shape)
    return np.bincount(places.ravel(), weights=g.ravel().astype(float), minlength=math.prod(shape)).reshape(shape)


@exercise("11.1", shows="Each gradient is a product of matrices again: g with the other input, transposed.")
def matmul(answer: Answer) -> None:
    require_table(answer, "PRODUCTS", ["matmul"])
    forward, rules = entry_of(answer, "matmul", ("a", "b"), ())
    for (of_a, of_b), (dtype, rtol) in itertools.product(PAIRS, TYPES):
        a, b = numbers(*of_a, seed=1), numbers(*of_b, seed=2)
        _, y = products(a, b)
        shown = f"with a of shape {of_a}, b {of_b}"
        known = {"a": a.astype(dtype), "b": b.astype(dtype), "y": y.astype(dtype)}
        got = answer.run(lambda: forward(known["a"], known["b"]), f"the function of matmul, {shown}")  # noqa: B023
        answer.close(np.asarray(got), y, rtol=rtol)
        g = numbers(*y.shape, seed=3)
        known |= {"g": g.astype(dtype), "like_a": np.broadcast_to(0.0, of_a), "like_b": np.broadcast_to(0.0, of_b)}
        # Paths: a[i, j] reaches y[i, k] with the slope b[j, k], b[j, k] reaches y[i, k] with the slope a[i, j].
        to_a = (g[..., :, None, :] * b[..., None, :, :]).sum(axis=-1)
        to_b = (g[..., :, None, :] * a[..., :, :, None]).sum(axis=-3)
        for name, x, expected in (("a", a, to_a), ("b", b, to_b)):
            got = gradient(answer, "matmul", rules, name, known, shown)
            answer.require(isinstance(got, np.ndarray), f"yours:    {kind_of(got)}\nexpected: an array")
            whole = expected if got.shape == expected.shape else added_up(expected, x.shape)
            turned = np.swapaxes(whole, -1, -2)
            mistakes = {"transposed": turned} if turned.shape == whole.shape else {}
            answer.close(got, whole, rtol=rtol, mistake=result_of(got, mistakes))
            require_type(answer, got, dtype)
    require_reads(answer, "matmul", rules, {"a": {"b"}, "b": {"a"}})


# 11.2

TIES = np.array([[3.0, -1.0, 3.0, 2.0], [0.5, 4.0, -2.0, 4.0], [1.0, 1.0, 1.0, 1.0]])
# Largest numbers beside others that are almost as large, in either type: the second row holds neighbouring float32.
NEAR = np.array([[2e-12, 1e-12, 2e-12, 0.0], [5.0, 5 + 2.0**-21, 5.0, 5 - 2.0**-21]])
# Each array with the axes along which it is reduced.
REDUCED: tuple[tuple[np.ndarray, tuple[Any, ...]], ...] = (
    (numbers(3, 4, seed=4), (None, 0, 1, -1, (0, 1))),
    (numbers(3, 3, seed=5), (0, 1)),
    (numbers(2, 3, 4, seed=6), (None, 0, 1, -1, (0, 2), (-1, -3), (0, 1, 2))),
    (TIES, (None, 0, 1, -1, (0, 1))),
    (np.array([2.0, 5.0, 5.0, 5.0]), (None, 0)),
    (NEAR, (None, 0, 1)),
    (np.array(0.5), (None,)),
)
ONE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sum": lambda x: np.ones(x.shape),
    "mean": lambda x: np.full(x.shape, 1 / x.size),
    "max": lambda x: (
        np.array([1.0 * (n == max(x.ravel())) for n in x.ravel()]).reshape(x.shape)
        / sum(n == max(x.ravel()) for n in x.ravel())
    ),
}
VALUE: dict[str, Callable[[np.ndarray], float]] = {
    "sum": lambda x: math.fsum(x.ravel()),
    "mean": lambda x: math.fsum(x.ravel()) / x.size,
    "max": lambda x: max(x.ravel()),
}


def groups(x: np.ndarray, axis: Any, keepdims: bool) -> tuple[tuple[int, ...], Iterator[tuple[Any, Any]]]:
    """The shape of a reduced array, and for each of its places the part of x that it came from, as an index."""
    gone = set(range(x.ndim)) if axis is None else {n % x.ndim for n in np.atleast_1d(axis)}
    shape = tuple(1 if n in gone else length for n, length in enumerate(x.shape))
    result = shape if keepdims else tuple(length for n, length in enumerate(shape) if n not in gone)

    def pairs() -> Iterator[tuple[Any, Any]]:
        for flat, place in enumerate(np.ndindex(shape)):
            yield flat, tuple(slice(None) if n in gone else slice(i, i + 1) for n, i in enumerate(place))

    return result, pairs()


def reduced(op: str, x: np.ndarray, axis: Any, keepdims: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The value, a gradient of it, and the gradient of x."""
    shape, pairs = groups(x, axis, keepdims)
    y, g, grad = np.zeros(shape), numbers(*shape, seed=7), np.zeros(x.shape)
    for flat, part in pairs:
        y.reshape(-1)[flat] = VALUE[op](x[part])
        grad[part] = g.reshape(-1)[flat] * ONE[op](x[part])
    return y, g, grad


@exercise("11.2", shows="A reduced axis comes back before the gradient is spread, and equal maxima share.")
def reductions(answer: Answer) -> None:
    require_table(answer, "REDUCTIONS", ["sum", "mean", "max"])
    settings = ("axis", "keepdims")
    entries = {op: entry_of(answer, op, ("x",), settings) for op in ("sum", "mean", "max")}
    for op, (forward, rules) in entries.items():
        for (x, axes), (dtype, rtol) in itertools.product(REDUCED, TYPES):
            for axis, keepdims in itertools.product(axes, (False, True)):
                require_reduced(answer, op, forward, rules, x, axis, keepdims, dtype, rtol)
        require_reads(answer, op, rules, {"x": {"x", "y"} if op == "max" else set()})


def require_reduced(
    answer: Answer,
    op: str,
    forward: Callable[..., Any],
    rules: Rules,
    x: np.ndarray,
    axis: Any,
    keepdims: bool,
    dtype: type,
    rtol: float,
) -> None:
    """Require value and gradient of one reduction."""
    y, g, expected = reduced(op, x, axis, keepdims)
    array, like = x.astype(dtype), np.broadcast_to(0.0, x.shape)
    of = f"x of shape {x.shape}, axis={axis}, keepdims={keepdims}"
    got = answer.run(lambda: forward(array.copy(), axis=axis, keepdims=keepdims), f"the function of {op}, {of}")
    answer.close(np.asarray(got), y, rtol=rtol)
    require_type(answer, got, dtype)
    known = {"x": array, "like_x": like, "y": y.astype(dtype), "g": g.astype(dtype), "axis": axis, "keepdims": keepdims}
    got = gradient(answer, op, rules, "x", known, of)
    mistakes = mistaken(op, x, y, g, axis, keepdims, expected)
    answer.close(got, expected, rtol=rtol, mistake=result_of(got, mistakes, rtol=rtol))
    require_type(answer, got, dtype)


def mistaken(
    op: str, x: np.ndarray, y: np.ndarray, g: np.ndarray, axis: Any, keepdims: bool, expected: np.ndarray
) -> dict[str, np.ndarray]:
    """Wrong gradients that are known, by what leads to them; only where they differ from the right one."""
    found = {}
    shape = tuple(
        1 if axis is None or n in {m % x.ndim for m in np.atleast_1d(axis)} else s for n, s in enumerate(x.shape)
    )
    back = g.reshape(shape)
    if op == "max":
        found["of a max in which each of several equal places gets the whole gradient"] = back * (x == y.reshape(shape))
        near = np.isclose(x, y.reshape(shape))
        shared = back * near / near.sum(axis=axis, keepdims=True)
        found["of a max in which numbers close to the largest share with it: only equal ones do"] = shared
    if op == "mean":
        found["of a sum: a mean divides by the number of terms"] = np.broadcast_to(back, x.shape)
        found["of a mean over all numbers of x: count only those of one mean"] = np.broadcast_to(back / x.size, x.shape)
    if op == "sum" and not keepdims and g.shape == x.shape[x.ndim - g.ndim :]:
        found["that broadcasting gives without the lost axis, from the right"] = np.broadcast_to(g, x.shape)
    return {why: wrong for why, wrong in found.items() if not np.allclose(wrong, expected)}


# 11.3

NEW_SHAPES = (((2, 6), (3, 4)), ((2, 6), (12,)), ((2, 3, 4), (4, -1)), ((12,), (3, 1, 4)), ((1,), ()))
NEW_ORDERS: tuple[tuple[tuple[int, ...], Any], ...] = (
    ((2, 3), None),
    ((2, 3), (1, 0)),
    ((2, 3, 4), None),
    ((2, 3, 4), (0, 2, 1)),
    ((2, 3, 4), (2, 0, 1)),
    ((2, 3, 4), (1, 2, 0)),
    ((2, 2, 2), (1, 2, 0)),
    ((2, 3, 4), (-1, 0, 1)),
    ((2, 3, 4, 5), (3, 1, 0, 2)),
)
MASK = numbers(3, 4, seed=8) > 0
INDICES: tuple[tuple[tuple[int, ...], Any, str], ...] = (
    ((5,), 2, "2"),
    ((5, 3), 1, "1"),
    ((5, 3), slice(1, 4, 2), "1:4:2"),
    ((5, 3), (slice(None), 0), ":, 0"),
    ((5, 3), (slice(None), None), ":, None"),
    ((3, 4), MASK, "mask"),
    ((5, 3), np.array([3, 0]), "[3, 0]"),
    ((5,), np.array([0, 2, 0]), "[0, 2, 0]"),
    ((5, 3), np.array([4, 1, 4, 4]), "[4, 1, 4, 4]"),
    ((5, 3), [1, -4], "[1, -4]"),
    ((5, 3), np.array([[0, 1], [1, 1]]), "[[0, 1], [1, 1]]"),
    ((5, 3), (np.arange(5), np.array([0, 2, 2, 1, 0])), "arange(5), [0, 2, 2, 1, 0]"),
    ((5, 3), (slice(None), np.array([2, 2])), ":, [2, 2]"),
)


@exercise("11.3", shows="What moved goes back to where it was, and a place that was read twice gets both gradients.")
def shapes(answer: Answer) -> None:
    require_table(answer, "SHAPES", ["reshape", "transpose", "getitem"])
    names = {"reshape": "shape", "transpose": "axes", "getitem": "index"}
    cases: dict[str, list[tuple[tuple[int, ...], Any, str]]] = {
        "reshape": [(old, new, f"shape={new}") for old, new in NEW_SHAPES],
        "transpose": [(old, axes, f"axes={axes}") for old, axes in NEW_ORDERS],
        "getitem": [(old, index, f"index={shown}") for old, index, shown in INDICES],
    }
    for op, setting in names.items():
        forward, rules = entry_of(answer, op, ("x",), (setting,))
        for (old, value, said), (dtype, rtol) in itertools.product(cases[op], TYPES):
            require_moved(answer, op, forward, rules, old, setting, value, said, dtype, rtol)
        require_reads(answer, op, rules, {"x": set()})


def moved(op: str, x: np.ndarray, value: Any) -> np.ndarray:
    """What the operation gives, on numbers or on numbered places."""
    if op == "reshape":
        return np.array(x.ravel().tolist()).reshape(value)
    if op == "transpose":
        return np.moveaxis(x, range(x.ndim)[::-1] if value is None else value, range(x.ndim))
    return x[tuple(value) if isinstance(value, tuple) else value]


def require_moved(
    answer: Answer,
    op: str,
    forward: Callable[..., Any],
    rules: Rules,
    old: tuple[int, ...],
    setting: str,
    value: Any,
    said: str,
    dtype: type,
    rtol: float,
) -> None:
    """Require value and gradient of an operation that moves numbers, from where each of them came."""
    x, places = numbers(*old, seed=9).astype(dtype), np.arange(math.prod(old)).reshape(old)
    shown = f"x of shape {old}, {said}"
    got = answer.run(lambda: forward(x.copy(), **{setting: value}), f"the function of {op}, {shown}")
    answer.close(np.asarray(got), np.asarray(moved(op, x, value)).astype(float), rtol=rtol)
    came_from = np.asarray(moved(op, places, value))
    g = numbers(*came_from.shape, seed=10)
    expected = np.zeros(x.size)
    last = np.zeros(x.size)
    for place, number in zip(came_from.ravel(), g.ravel(), strict=True):
        expected[place] += number
        last[place] = number
    mistakes = {}
    if not np.array_equal(last, expected):
        mistakes["in which the last gradient overwrites the others of its place"] = last.reshape(old)
    known = {
        "x": x,
        "like_x": np.broadcast_to(0.0, old),
        "y": moved(op, x, value),
        "g": g.astype(dtype),
        setting: value,
    }
    got = gradient(answer, op, rules, "x", known, shown)
    answer.close(got, expected.reshape(old), rtol=rtol, mistake=result_of(got, mistakes))
    require_type(answer, got, dtype)


# 11.4

FORMULAS: tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...] = (
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,kj->ik", (2, 3), (4, 3)),
    ("ij,ij->", (2, 3), (2, 3)),
    ("ij,ij->ji", (3, 2), (3, 2)),
    ("i,j->ij", (2,), (3,)),
    ("i,j->ji", (2,), (3,)),
    ("bij,bjk->bik", (5, 2, 3), (5, 3, 4)),
    ("bij,jk->bik", (5, 2, 3), (3, 4)),
    ("bij,bjk->ik", (5, 2, 3), (5, 3, 4)),
    ("ij,jk->k", (2, 3), (3, 4)),
    ("ij,k->k", (2, 3), (4,)),
    ("ij,jk->", (2, 3), (3, 4)),
    ("i,ij->j", (3,), (3, 2)),
    ("ijm,jk->ik", (2, 3, 5), (3, 4)),
    (",i->i", (), (3,)),
)


@exercise("11.4", shows="Exchange the letters of the result with those of an input: that is the gradient.")
def einsum_gradients(answer: Answer) -> None:
    for formula, of_a, of_b in FORMULAS:
        a, b = numbers(*of_a, seed=11), numbers(*of_b, seed=12)
        g = numbers(*np.einsum(formula, a, b).shape, seed=13)
        got = answer.call(formula, g, a, b, shown=f"{formula!r}, g {g.shape}, a {of_a}, b {of_b}")
        is_pair = isinstance(got, tuple | list) and len(got) == 2
        answer.require(is_pair, f"yours:    {kind_of(got)}\nexpected: two arrays, the gradients of a and b")
        for name, found, expected in zip("ab", got, by_unit_arrays(formula, g, a, b), strict=True):
            answer.close(found, expected, what=f"the gradient of {name} in {answer.last_run}")


def by_unit_arrays(formula: str, g: np.ndarray, a: np.ndarray, b: np.ndarray) -> list[np.ndarray]:
    """The gradients, one by one: einsum is linear in each input, so a 1 in one place gives its slope."""
    found = [np.zeros(a.shape), np.zeros(b.shape)]
    for which, grad in enumerate(found):
        for place in np.ndindex(grad.shape):
            one = np.zeros(grad.shape)
            one[place] = 1.0
            grad[place] = (g * np.einsum(formula, *((one, b) if which == 0 else (a, one)))).sum()
    return found
