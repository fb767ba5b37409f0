"""Chapter 09, from scalars to tensors: what the exercises ask."""

import dis
import itertools
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Sequence
from types import CodeType, FrameType, FunctionType
from typing import Any
from unittest import mock

import numpy as np

from course.compare import plain_number
from course.exercises.ch03 import outcome
from course.exercises.ch05 import node_class
from course.specification import Answer, NotYet, exercise
from course.wording import is_readers, kind_of, show

# 09.1

# Two lists: a number is a plain one, a letter stands for a Value, the same letter for the same Value.
LETTERS = {"a": 2.0, "b": -3.0, "c": 0.5, "d": 0.0, "e": 10.0}
PRODUCTS: tuple[tuple[list[Any], list[Any]], ...] = (
    (["a"], ["b"]),
    (["a", "b"], ["c", "e"]),
    (["a", "b", "c"], ["d", "e", "a"]),
    (["a", "b"], [4.0, -0.25]),
    ([4.0, 3, "c"], ["a", "b", 7.0]),
    (["a", "a", "b"], ["a", "c", "a"]),
    ([1.5, 2.0], [3.0, 4.0]),
)


@exercise("09.1", shows="A whole sum of products is one node, with a slope for each of its inputs.")
def dot(answer: Answer) -> None:
    kind = node_class(answer, answer.call([2.0], [3.0]))
    for left, right in PRODUCTS:
        values = {letter: answer.run(lambda n=n: kind(n), f"Value({n})") for letter, n in LETTERS.items()}
        xs, ys = ([values.get(item, item) for item in items] for items in (left, right))
        named = ", ".join(f"{letter} = Value({n})" for letter, n in LETTERS.items() if letter in (*left, *right))
        shown = f"{written(left)}, {written(right)}" + (f", where {named}" if named else "")
        require_dot(answer, kind, xs, ys, shown)
    leaves = [kind(float(i % 7 - 3)) for i in range(1000)]
    require_dot(answer, kind, leaves, leaves[::-1], "1,000 Values, the same in reverse")
    for left, right in ((["a", "b"], ["c"]), (["a"], ["b", "c"]), ([], ["a"])):
        values = {letter: kind(n) for letter, n in LETTERS.items()}
        lists = [[values[letter] for letter in items] for items in (left, right)]
        shown = f"{count_of(left)}, {count_of(right)}"
        came = answer.run(lambda lists=lists: outcome(answer.value, *lists), f"dot({shown})")
        wanted = "expected: raises a ValueError, since the lists have different lengths"
        answer.require(came == "raised a ValueError", f"yours:    {came}\n{wanted}")


def written(items: Sequence[Any]) -> str:
    return f"[{', '.join(map(str, items))}]"


def count_of(items: Sequence[Any]) -> str:
    return f"a list of {len(items)} {'Value' if len(items) == 1 else 'Values'}"


def require_dot(answer: Answer, kind: type, xs: list[Any], ys: list[Any], shown: str) -> None:
    """Require one node whose parents are the given Values, and leaves for the plain numbers, each with its slope."""
    numbers = [[getattr(item, "data", item) for item in items] for items in (xs, ys)]
    before = [item.grad if isinstance(item, kind) else None for item in (*xs, *ys)]
    node = answer.call(list(xs), list(ys), shown=shown)
    node_class(answer, node)
    total = float(np.dot(*numbers))
    answer.close(node.data, total, what=f"dot({shown}).data", mistake="It is the sum of all products of a pair.")
    answer.close(node.op, "dot", what=f"dot({shown}).op")
    answer.last_run = f"dot({shown})"
    parents, slopes = node.parents, node.local_gradients
    for name, items in (("parents", parents), ("local_gradients", slopes)):
        form = f"{name}\nyours:    {kind_of(items)}\nexpected: a list or tuple of {2 * len(xs)}"
        answer.require(isinstance(items, list | tuple) and len(items) == 2 * len(xs), form)
    others = [kind_of(parent) for parent in parents if not isinstance(parent, kind)]
    answer.require(not others, f"one of the parents is {others[0] if others else ''}, and not a Value.")
    others = [kind_of(slope) for slope in slopes if plain_number(slope) is None]
    answer.require(not others, f"one of the local_gradients is {others[0] if others else ''}, and not a plain number.")
    given = [*zip(xs, numbers[1], strict=True), *zip(ys, numbers[0], strict=True)]  # an input, and its slope
    inputs = {id(item): item for item, _ in given if isinstance(item, kind)}
    strangers = [parent for parent in parents if id(parent) not in inputs]
    plain = sum(not isinstance(item, kind) for item, _ in given)
    themselves = f"expected: {len(given) - plain}, since the Values that were given have to be the parents themselves"
    fewer = f"yours:    {len(parents) - len(strangers)} of the parents are Values that were given\n{themselves}"
    answer.require(len(strangers) == plain, fewer)
    answer.require(not any(p.parents for p in strangers), "a parent is a new node that has parents: make one node.")
    expected = Counter((id(item) if isinstance(item, kind) else item, float(slope)) for item, slope in given)
    got = Counter(
        (id(p) if id(p) in inputs else p.data, float(slope)) for p, slope in zip(parents, slopes, strict=True)
    )
    for (what, slope), times in (expected - got).items():
        about = f"the parent Value({inputs[what].data})" if what in inputs else f"the plain number {what}"
        have = sorted(s for (other, s), _ in got.items() if other == what)
        pair = f"yours:    {show(have)}\nexpected: {show(slope)}" + (f", {times} times" if times > 1 else "")
        answer.require(False, f"slopes of {about}\n{pair}")
    after = [item.grad if isinstance(item, kind) else None for item in (*xs, *ys)]
    answer.require(after == before, "a grad of the given Values was changed: that is for backward.")


# 09.2

SHAPES = ((), (1,), (4,), (3,), (0,), (3, 1), (3, 4), (1, 4), (4, 1), (2, 3, 4), (2, 1, 1), (1, 0), (5, 1, 4), (1, 1))
LARGE = (((10**7, 1), (10**7,)), ((10**6, 1, 3), (10**6, 1)))
SHORTCUTS = ("broadcast_shapes", "broadcast", "broadcast_arrays", "broadcast_to")


def refuse(*_: Any, **__: Any) -> None:
    raise RuntimeError("NumPy's own broadcasting was called: here the rule is yours to write")


@exercise("09.2", shows="Two shapes are enough to know the shape of the result, or that there is none.")
def broadcast_shape(answer: Answer) -> None:
    pairs = [*itertools.product(SHAPES, SHAPES), *LARGE]
    pairs.sort(key=lambda pair: ("misfit" if fitting(*pair) is None else "", len(pair[0]) + len(pair[1])))
    for a, b in pairs:
        expected = fitting(a, b)
        with mock.patch.multiple(np, **dict.fromkeys(SHORTCUTS, refuse)):
            if expected is None:
                came = answer.run(lambda a=a, b=b: outcome(answer.value, a, b), f"broadcast_shape({a}, {b})")
                wanted = "expected: raises a ValueError, since the shapes do not fit together"
                answer.require(came == "raised a ValueError", f"yours:    {came}\n{wanted}")
                continue
            try:
                got = answer.call(a, b, shown=f"{a}, {b}")
            except NotYet as stopped:
                raise NotYet(f"{stopped}\nexpected: {expected}") from None
        answer.require(type(got) is tuple, f"yours:    {show(got)} ({kind_of(got)})\nexpected: {expected}, a tuple")
        mistake = "Shapes are compared from their last number on; a 1 gives way, to a 0 too."
        answer.close(got, expected, rtol=0.0, atol=0.0, mistake=mistake)


def fitting(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape of a sum, or None."""
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        return None


# 09.3

LABELS: tuple[tuple[list[int], int], ...] = (
    ([0], 2),
    ([1], 2),
    ([0, 1, 2], 3),
    ([2, 0, 2, 1], 3),
    ([3, 3], 5),
    ([0, 0, 0], 1),
    ([9, 0, 4, 1, 9], 10),
    ([1, 1, 0, 1], 4),
)


@exercise("09.3", shows="A row for each label, and nothing in Python goes through the labels one by one.")
def one_hot(answer: Answer) -> None:
    for numbers, classes in LABELS:
        expected = np.array([[float(k == label) for k in range(classes)] for label in numbers])
        for form in (list, np.array, np.uint8):
            labels = form(numbers)
            shown = f"{numbers}" if form is list else f"np.array({numbers}, dtype={labels.dtype})"
            got = require_array(answer, answer.call(labels, classes, shown=f"{shown}, {classes}"))
            mistake = "Row i has 1.0 in the column that label i names, and 0.0 in all others."
            answer.close(got, expected, rtol=0.0, atol=0.0, mistake=mistake)
            kind = f"yours:    an array of {got.dtype}\nexpected: an array of float64"
            answer.require(got.dtype == np.float64, kind)
    require_whole_arrays(answer, np.arange(60) % 7, 7)


def require_array(answer: Answer, got: Any) -> np.ndarray:
    answer.require(isinstance(got, np.ndarray), f"yours:    {show(got)} ({kind_of(got)})\nexpected: a NumPy array")
    return got


def require_whole_arrays(answer: Answer, *arguments: Any) -> None:
    """Require that the answer's own code takes no number by itself: by a loop, by `map`, or by a call for each."""
    inside = [code for function in functions_of(answer.value) for code in codes(function.__code__)]
    # Every loop and every comprehension jumps back; a `while` does so under a condition.
    back = any("JUMP_BACKWARD" in step.opname for code in inside for step in dis.get_instructions(code))
    answer.require(not back, "The values are right, but a loop goes through them one by one: use whole arrays.")
    maps = any("map" in code.co_names for code in inside)
    answer.require(not maps, "The values are right, but `map` goes through them one by one: use whole arrays.")
    calls = answer.run(lambda: calls_in(lambda: answer.value(*arguments)), answer.last_run)
    often = f"The values are right, but functions of your own are called {calls} times for {len(arguments[0])} rows"
    answer.require(calls <= 10, f"{often}: use whole arrays.")


def calls_in(work: Callable[[], Any]) -> int:
    """How many functions that the reader wrote a piece of work calls."""
    calls, before = 0, sys.getprofile()

    def watch(frame: FrameType, event: str, _: Any) -> None:
        nonlocal calls
        calls += event == "call" and is_readers(frame.f_code.co_filename)

    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


def functions_of(answer: Any) -> list[FunctionType]:
    """The answer and the functions of the reader that it names, and those that these name."""
    found = [answer] if isinstance(answer, FunctionType) else []
    for function in found:
        names = {name for code in codes(function.__code__) for name in code.co_names}
        for other in (function.__globals__.get(name) for name in names):
            is_function = isinstance(other, FunctionType) and is_readers(other.__code__.co_filename)
            if is_function and other not in found:
                found.append(other)
    return found


def codes(code: CodeType) -> list[CodeType]:
    """A function's code and that of all functions and comprehensions in it."""
    inner = [c for constant in code.co_consts if isinstance(constant, CodeType) for c in codes(constant)]
    return [code, *inner]


# 09.4

# Points, inputs and outputs.
SIZES = ((1, 1, 1), (1, 3, 2), (4, 1, 3), (5, 3, 1), (4, 3, 2), (2, 5, 7), (3, 3, 3), (6, 2, 4))
NAMES = ("the gradient of x", "the gradient of w", "the gradient of the biases")


@exercise("09.4", shows="All gradients of a layer, and no array larger than the layer's own.")
def layer_gradients(answer: Answer) -> None:
    rng = np.random.default_rng(9)
    for points, inputs, outputs in SIZES:
        x, w, b = (np.round(rng.normal(size=s), 2) for s in ((points, inputs), (outputs, inputs), (outputs,)))
        g = np.round(rng.normal(size=(points, outputs)), 2)
        shown = f"g, x, w of shapes {g.shape}, {x.shape}, {w.shape}"
        got = answer.call(g, x, w, shown=shown)
        form = f"yours:    {kind_of(got)}\nexpected: three arrays"
        answer.require(isinstance(got, tuple | list) and len(got) == 3, form)
        for name, mine, number in zip(NAMES, got, range(3), strict=True):
            expected = slopes_by_nudging(g, [x, w, b], number)
            mistake = (
                "Expected is what nudging each number gives: the sum over all paths to the results, weighted by g."
            )
            answer.close(
                require_array(answer, mine), expected, rtol=1e-9, atol=1e-9, what=f"{name} for {shown}", mistake=mistake
            )
    x, w, g = rng.normal(size=(64, 300)), rng.normal(size=(100, 300)), rng.normal(size=(64, 100))
    require_whole_arrays(answer, g, x, w)
    shown = "g, x, w of shapes (64, 100), (64, 300), (100, 300)"
    peak = answer.run(lambda: peak_of(lambda: answer.value(g, x, w)), f"layer_gradients({shown})")
    made = f"yours:    arrays of {peak / 8:,.0f} numbers in memory at once"
    answer.require(peak <= 8 * 120_000, f"{made}\nexpected: at most 120,000; the three results have 49,300")


def slopes_by_nudging(g: np.ndarray, arrays: list[np.ndarray], number: int) -> np.ndarray:
    """The slopes of sum(g * (x @ w.T + b)) with respect to one of x, w and b; it is straight in each."""

    def total(changed: np.ndarray) -> float:
        x, w, b = [*arrays[:number], changed, *arrays[number + 1 :]]
        return float((g * (x @ w.T + b)).sum())

    result = np.empty(arrays[number].shape)
    for place in np.ndindex(result.shape):
        up, down = arrays[number].copy(), arrays[number].copy()
        up[place] += 0.5
        down[place] -= 0.5
        result[place] = total(up) - total(down)
    return result


def peak_of(work: Callable[[], Any]) -> int:
    """The bytes that a piece of work had in memory at most."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# 09.5

CLOUDS = ((6, 2, 3), (1, 1, 1), (40, 2, 5), (30, 7, 4), (5, 3, 1), (12, 5, 12))


@exercise("09.5", shows="Every point against every center, and never all differences at once.", seconds=20.0)
def nearest(answer: Answer) -> None:
    rng = np.random.default_rng(95)
    for count, dimensions, centers in CLOUDS:
        require_nearest(answer, rng.normal(size=(count, dimensions)), 3 * rng.normal(size=(centers, dimensions)))
    points, centers = rng.normal(size=(20_000, 50)), 3 * rng.normal(size=(20, 50))
    require_nearest(answer, points, centers)
    peak = answer.run(lambda: peak_of(lambda: answer.value(points, centers)), answer.last_run)
    made = f"yours:    {peak / 8:,.0f} numbers in memory at once"
    answer.require(peak <= 8 * 4_000_000, f"{made}\nexpected: at most 4,000,000; three axes have 20,000,000")


def require_nearest(answer: Answer, points: np.ndarray, centers: np.ndarray) -> None:
    shown = f"points of shape {points.shape}, centers of shape {centers.shape}"
    got = require_array(answer, answer.call(points, centers, shown=shown))
    kind = f"yours:    an array of {got.dtype}\nexpected: an array of integers"
    answer.require(got.dtype.kind in "iu", kind)
    gaps = np.stack([((points - center) ** 2).sum(axis=1) for center in centers], axis=1)
    mistake = "The position of the center with the smallest sum of squared differences, for each point."
    answer.close(got, gaps.argmin(axis=1), rtol=0.0, atol=0.0, mistake=mistake)
