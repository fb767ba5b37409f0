"""Chapter 17, convolution: what the exercises ask.

Expected numbers come from loops over places, or from numbered places; none of them comes from an engine.
"""

import inspect
import itertools
import math
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np

from course.compare import result_of
from course.exercises.ch11 import (
    TYPES,
    Rules,
    entry_of,
    gradient,
    numbers,
    require_reads,
    require_table,
    require_type,
)
from course.specification import Answer, exercise
from course.wording import is_readers, kind_of, show

# Loops. A few pictures with few places, and many with many: code that goes through neither runs as many lines for both.
FEW, MANY = (2, 2, 6, 6), (60, 2, 26, 26)
ALLOWED = 8  # times as many lines: a loop over the rows of a picture, which is fast enough, has 6 times as many turns


class TooMany(BaseException):
    """Ends a piece of the reader's work that has run too many lines."""


def require_no_loops(answer: Answer, work: Callable[[tuple[int, ...]], Any], about: str) -> None:
    """Require that the reader's code runs about as many lines for many pictures and places as for few."""
    few = answer.run(lambda: lines_in(lambda: work(FEW)), about)
    limit = ALLOWED * few
    many = answer.run(lambda: lines_in(lambda: work(MANY), limit), about)
    sizes = [f"{shape[0]} pictures of {shape[2]} by {shape[3]}" for shape in (FEW, MANY)]
    counts = f"for {sizes[0]} {few} lines of your code run, for {sizes[1]} more than {limit}"
    way_out = "Loop over neither pictures nor places: take whole arrays."
    answer.require(many <= limit, f"The values are right, but {counts}. {way_out}")


def called(rule: Callable[..., Any], known: dict[str, Any]) -> Any:
    return rule(**{name: known[name] for name in inspect.signature(rule).parameters})


def lines_in(work: Callable[[], Any], limit: float = math.inf) -> int:
    """How many lines that the reader wrote run in a piece of work, each turn of a loop anew; it ends above `limit`."""
    lines, before = 0, sys.gettrace()

    def watch(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal lines
        lines += event in ("call", "line")
        if lines > limit:
            raise TooMany
        return watch

    def enter(frame: FrameType, event: str, _: Any) -> Any:
        return watch(frame, event, None) if is_readers(frame.f_code.co_filename) else None

    sys.settrace(enter)
    try:
        work()
    except TooMany:
        pass
    finally:
        sys.settrace(before)
    return lines


def shown_of(x: np.ndarray, name: str) -> str:
    """Pictures in a message: the numbers of a single small one, or the shape."""
    return f"{name} = {show(x.tolist())}" if x.size <= 9 else f"{name} of shape {x.shape}"


# 17.1

# Shapes of pictures, and sizes of windows. In one of them, channels, height, width and size all differ.
WINDOWS: tuple[tuple[tuple[int, int, int, int], int], ...] = (
    ((1, 1, 3, 3), 2),
    ((1, 1, 4, 5), 3),
    ((1, 2, 3, 4), 2),
    ((2, 3, 5, 7), 4),
    ((3, 1, 5, 2), 2),
    ((2, 2, 3, 3), 3),
    ((2, 3, 4, 2), 1),
)


def windows_of(x: np.ndarray, size: int) -> np.ndarray:
    """All windows, one after the other: (n, channels, size, size, rows, columns)."""
    n, channels, height, width = x.shape
    rows, columns = height - size + 1, width - size + 1
    found = np.zeros((n, channels, size, size, rows, columns), x.dtype)
    for row, column in np.ndindex(rows, columns):
        found[..., row, column] = x[:, :, row : row + size, column : column + size]
    return found


def mistaken_patches(windows: np.ndarray) -> dict[str, np.ndarray]:
    """Wrong orders that are known, by what leads to them."""
    n, channels, size, _, rows, columns = windows.shape
    shape = (n, channels * size * size, rows * columns)
    orders = {
        "with a window's columns before its rows": (0, 1, 3, 2, 4, 5),
        "with the places column by column: go along a row of places first": (0, 1, 2, 3, 5, 4),
        "with the channel last: a column holds all of channel 0 first": (0, 2, 3, 1, 4, 5),
        "with windows and places exchanged": (0, 4, 5, 1, 2, 3),
    }
    found = {why: windows.transpose(order).reshape(shape) for why, order in orders.items()}
    found["with each window turned by half a turn"] = windows[:, :, ::-1, ::-1].reshape(shape)
    right = windows.reshape(shape)
    return {why: wrong for why, wrong in found.items() if not np.array_equal(wrong, right)}


@exercise("17.1", shows="Each window of each picture has become a column, so that one product reaches all of them.")
def patches(answer: Answer) -> None:
    for (shape, size), (dtype, _) in itertools.product(WINDOWS, TYPES):
        x = numbers(*shape, seed=1).astype(dtype)
        got = answer.call(x, size, shown=f"{shown_of(x, 'x')}, size={size}")
        answer.require(isinstance(got, np.ndarray), f"yours:    {kind_of(got)}\nexpected: an array")
        windows = windows_of(x, size)
        rows, columns = windows.shape[-2:]
        expected = windows.reshape(shape[0], -1, rows * columns)
        where = f"pictures: {shape[0]}, numbers in a window: {expected.shape[1]}, places: {rows} times {columns}"
        fits = got.shape == expected.shape
        answer.require(fits, f"yours:    shape {got.shape}\nexpected: shape {expected.shape}: {where}")
        answer.close(got, expected, mistake=result_of(got, mistaken_patches(windows)))
        require_type(answer, got, dtype)
    require_no_loops(answer, lambda shape: answer.value(numbers(*shape, seed=1), 3), "patches(more pictures, size=3)")


# 17.2

# Shapes of pictures and of kernels.
CORRELATED: tuple[tuple[tuple[int, int, int, int], tuple[int, int, int, int]], ...] = (
    ((1, 1, 3, 4), (1, 1, 2, 2)),
    ((2, 1, 4, 4), (1, 1, 3, 3)),
    ((1, 1, 4, 5), (3, 1, 2, 2)),
    ((1, 3, 4, 5), (1, 3, 2, 2)),
    ((2, 3, 6, 5), (4, 3, 3, 3)),
    ((3, 2, 3, 3), (2, 2, 3, 3)),
    ((2, 2, 3, 3), (2, 2, 1, 1)),
    ((2, 2, 5, 5), (2, 2, 2, 2)),
)


def correlated(
    x: np.ndarray, weight: np.ndarray, g: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The convolution of pictures, a gradient of it, and the gradients of both inputs, place by place."""
    size = weight.shape[-1]
    rows, columns = x.shape[2] - size + 1, x.shape[3] - size + 1
    y = np.zeros((len(x), len(weight), rows, columns))
    g = numbers(*y.shape, seed=4) if g is None else g
    to_x, to_weight = np.zeros(x.shape), np.zeros(weight.shape)
    for row, column in np.ndindex(rows, columns):
        window = (slice(None), slice(None), slice(row, row + size), slice(column, column + size))
        y[:, :, row, column] = np.einsum("ncij,ocij->no", x[window], weight)
        here = g[:, :, row, column]
        to_x[window] += np.einsum("no,ocij->ncij", here, weight)
        to_weight += np.einsum("no,ncij->ocij", here, x[window])
    return y, to_x, to_weight


def half_turn(kernels: np.ndarray) -> np.ndarray:
    return kernels[:, :, ::-1, ::-1]


@exercise(
    "17.2", shows="Both gradients are correlations again: one with the kernel turned round, one with the pictures."
)
def convolution(answer: Answer) -> None:
    require_table(answer, "CONVOLUTION", ["conv2d"])
    forward, rules = entry_of(answer, "conv2d", ("x", "weight"), ())
    for (of_x, of_weight), (dtype, rtol) in itertools.product(CORRELATED, TYPES):
        x, weight = numbers(*of_x, seed=2), numbers(*of_weight, seed=3)
        y, to_x, to_weight = correlated(x, weight)
        shown = f"with x of shape {of_x}, weight {of_weight}"
        known = {"x": x.astype(dtype), "weight": weight.astype(dtype), "y": y.astype(dtype)}
        copies = {name: known[name].copy() for name in ("x", "weight")}
        got = answer.run(lambda: forward(copies["x"], copies["weight"]), f"the function of conv2d, {shown}")  # noqa: B023
        flipped = {"with the kernel turned by half a turn": correlated(x, half_turn(weight))[0]}
        answer.close(got, y, rtol=rtol, mistake=result_of(got, differing(flipped, y)))
        require_type(answer, got, dtype)
        changed = [name for name, copy in copies.items() if not np.array_equal(copy, known[name])]
        answer.require(not changed, f"changed {' and '.join(changed)}. Compute a new array.")
        known |= {"g": numbers(*y.shape, seed=4).astype(dtype)}
        known |= {"like_x": np.broadcast_to(0.0, of_x), "like_weight": np.broadcast_to(0.0, of_weight)}
        for name, expected in (("x", to_x), ("weight", to_weight)):
            got = gradient(answer, "conv2d", rules, name, known, shown)
            mistakes = mistaken_gradients(name, x, weight, known["g"].astype(float))
            answer.close(got, expected, rtol=rtol, mistake=result_of(got, differing(mistakes, expected), rtol=rtol))
            require_type(answer, got, dtype)
    require_reads(answer, "conv2d", rules, {"x": {"weight"}, "weight": {"x"}})
    require_no_loops(answer, lambda shape: forward(*inputs_of(shape)), "the function of conv2d, more pictures")
    for name in rules:

        def back(shape: tuple[int, ...], name: str = name) -> Any:
            return called(rules[name], known_for(shape))

        require_no_loops(answer, back, f"the rule of conv2d for {name}, more pictures")


def inputs_of(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    return numbers(*shape, seed=2), numbers(3, shape[1], 3, 3, seed=3)


def known_for(shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    """All that a rule of conv2d may read, for pictures of a shape."""
    x, weight = inputs_of(shape)
    likes = {"like_x": np.broadcast_to(0.0, x.shape), "like_weight": np.broadcast_to(0.0, weight.shape)}
    return likes | {"x": x, "weight": weight, "g": numbers(shape[0], 3, shape[2] - 2, shape[3] - 2, seed=4)}


def mistaken_gradients(name: str, x: np.ndarray, weight: np.ndarray, g: np.ndarray) -> dict[str, np.ndarray]:
    if name == "x":
        kernels = {
            "with the kernels as they are: turn them by half a turn": half_turn(weight),
            "with the kernels upside down: turn them from left to right too": weight[:, :, :, ::-1],
            "with the kernels mirrored from left to right: turn them upside down too": weight[:, :, ::-1],
            "with the kernels transposed: turn them by half a turn": half_turn(weight).swapaxes(2, 3),
            "with the kernels turned by a quarter: turn them by half a turn": np.rot90(half_turn(weight), axes=(2, 3)),
        }
        return {why: correlated(x, wrong, g)[1] for why, wrong in kernels.items()}
    _, _, to_weight = correlated(x, weight, g)
    alone = correlated(x[:1], weight, g[:1])[2]
    return {
        "divided by the number of pictures: it is a sum": to_weight / len(x),
        "of the first picture alone: add up all of them": alone,
        "turned by half a turn": half_turn(to_weight),
    }


def differing(mistakes: dict[str, np.ndarray], right: np.ndarray) -> dict[str, np.ndarray]:
    return {why: wrong for why, wrong in mistakes.items() if not np.allclose(wrong, right)}


# 17.3


def different(*shape: int, seed: int) -> np.ndarray:
    """Numbers of which no two are equal, above and below 0."""
    count = math.prod(shape)
    return np.random.default_rng(seed).permutation(np.arange(count) - count * 0.75).reshape(shape)


BLOCKS: tuple[tuple[tuple[int, int, int, int], int], ...] = (
    ((1, 1, 2, 2), 2),
    ((1, 1, 4, 4), 2),
    ((2, 3, 4, 6), 2),
    ((2, 1, 6, 3), 3),
    ((2, 2, 5, 7), 2),
    ((1, 2, 7, 5), 3),
    ((2, 2, 3, 2), 1),
)


def pooled(x: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The largest number of each block, a gradient of it, and the gradient of x, for numbers that all differ."""
    n, channels, height, width = x.shape
    y = np.zeros((n, channels, height // size, width // size))
    g, grad = numbers(*y.shape, seed=6), np.zeros(x.shape)
    for place in np.ndindex(y.shape):
        image, channel, row, column = place
        block = (image, channel, slice(row * size, row * size + size), slice(column * size, column * size + size))
        y[place] = max(x[block].ravel())
        grad[block] = np.where(x[block] == y[place], g[place], 0.0)
    return y, g, grad


@exercise("17.3", shows="The largest number of each block goes on, and the gradient comes back to it alone.")
def pooling(answer: Answer) -> None:
    require_table(answer, "POOLING", ["max_pool2d"])
    forward, rules = entry_of(answer, "max_pool2d", ("x",), ("size",))
    for (shape, size), (dtype, rtol) in itertools.product(BLOCKS, TYPES):
        x = different(*shape, seed=5).astype(dtype)
        y, g, expected = pooled(x, size)
        of, copy = f"{shown_of(x, 'x')}, size={size}", x.copy()
        got = answer.run(lambda: forward(copy, size=size), f"the function of max_pool2d, {of}")  # noqa: B023
        answer.close(got, y, rtol=rtol, mistake=result_of(got, differing(other_pools(x, size), y), rtol=rtol))
        require_type(answer, got, dtype)
        answer.require(np.array_equal(copy, x), "changed x. Compute a new array.")
        got = gradient(answer, "max_pool2d", rules, "x", known_of(x, y, g, size, dtype), of)
        answer.close(got, expected, rtol=rtol, mistake=result_of(got, spread(x, y, g, size, expected), rtol=rtol))
        require_type(answer, got, dtype)
    require_shared(answer, rules)

    def back(shape: tuple[int, ...]) -> Any:
        x = different(*shape, seed=5)
        y, g, _ = pooled(x, 2)
        return called(rules["x"], known_of(x, y, g, 2, np.float64))

    require_no_loops(answer, lambda shape: forward(different(*shape, seed=5), size=2), "the function of max_pool2d")
    require_no_loops(answer, back, "the rule of max_pool2d for x, more pictures")


def other_pools(x: np.ndarray, size: int) -> dict[str, np.ndarray]:
    """What other numbers of each block a pool could keep."""
    n, channels, height, width = x.shape
    rows, columns = height // size, width // size
    blocks = x[:, :, : rows * size, : columns * size].reshape(n, channels, rows, size, columns, size)
    return {
        "of the mean of each block": blocks.mean(axis=(3, 5)),
        "of the smallest number of each block": blocks.min(axis=(3, 5)),
        "of the largest absolute value: -3 is less than 0": np.abs(blocks).max(axis=(3, 5)),
    }


def known_of(x: np.ndarray, y: np.ndarray, g: np.ndarray, size: int, dtype: type) -> dict[str, Any]:
    arrays = {"x": x.astype(dtype), "y": y.astype(dtype), "g": g.astype(dtype)}
    return arrays | {"like_x": np.broadcast_to(0.0, x.shape), "size": size}


def copies(g: np.ndarray, shape: tuple[int, ...], size: int) -> np.ndarray:
    """Each number in all places of its block, 0 where there is no block."""
    blocks, found = np.kron(g, np.ones((1, 1, size, size))), np.zeros(shape)
    found[:, :, : blocks.shape[2], : blocks.shape[3]] = blocks
    return found


def spread(x: np.ndarray, y: np.ndarray, g: np.ndarray, size: int, expected: np.ndarray) -> dict[str, np.ndarray]:
    everywhere = copies(g, x.shape, size)
    mistakes = {
        "that goes to all places of a block": everywhere,
        "of a mean: it is divided among all places of a block": everywhere / size**2,
        "without g: 1 in each largest place": (expected != 0).astype(float),
    }
    return differing(mistakes, expected)


def require_shared(answer: Answer, rules: Rules) -> None:
    """Require that equal largest numbers get the gradient of their block between them, and no other place any."""
    x = np.array([[3.0, 3.0, 0.0, 0.0], [1.0, 3.0, 0.0, 0.0]]).reshape(1, 1, 2, 4)
    y, g = np.array([3.0, 0.0]).reshape(1, 1, 1, 2), np.array([6.0, -4.0]).reshape(1, 1, 1, 2)
    got = np.asarray(gradient(answer, "max_pool2d", rules, "x", known_of(x, y, g, 2, np.float64), show(x.tolist())))
    for block, total in ((slice(0, 2), 6.0), (slice(2, 4), -4.0)):
        found = got[..., block].sum()
        words = f"a block with equal largest numbers, whose g is {total:g}\nyours:    {found:g} in its places together"
        answer.require(np.isclose(found, total), f"{words}\nexpected: {total:g}")
    answer.require(
        got[0, 0, 1, 0] == 0, f"yours:    {show(got.tolist())}\nexpected: 0 where the 1 is, no largest number"
    )


# 17.4

LEARNT: tuple[tuple[tuple[int, int], int], ...] = (((12, 14), 3), ((9, 9), 2), ((10, 16), 4))


@exercise("17.4", shows="Nobody needs to know a kernel: pictures from before and after are enough.", seconds=60)
def learn_kernel(answer: Answer) -> None:
    for seed, (shape, size) in enumerate(LEARNT):
        rng = np.random.default_rng(seed)
        before, kernel = rng.uniform(0, 1, shape), rng.normal(size=(size, size))
        after = correlated(before[None, None], kernel[None, None])[0][0, 0]
        shown = f"a picture of {shape}, one of {after.shape}, size {size}"
        got = answer.call(before, after, size, shown=shown)
        answer.require(isinstance(got, np.ndarray), f"yours:    {kind_of(got)}\nexpected: an array")
        mistakes = {"with the kernel turned by half a turn": kernel[::-1, ::-1], "with the kernel transposed": kernel.T}
        close = {why: wrong for why, wrong in mistakes.items() if np.shape(got) == wrong.shape}
        answer.close(got, kernel, rtol=0, atol=0.01, mistake=result_of(got, close, rtol=0.01))
