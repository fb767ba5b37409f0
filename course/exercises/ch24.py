"""Chapter 24, many machines: what the exercises ask. What is expected is added up, tried out and sorted one by one."""

import functools
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from course.compare import plain_number, result_of
from course.specification import Answer, exercise
from course.wording import kind_of, show

# 24.1

ROWS_AND_PARTS = ((12, 4), (10, 4), (11, 4), (13, 4), (7, 1), (9, 9), (3, 4), (1, 8), (100, 3), (68, 64), (1797, 16))


@exercise("24.1", shows="The parts depend on the number of rows, and not on how many workers there are.")
def cut(answer: Answer) -> None:
    for rows, parts in ROWS_AND_PARTS:
        got = answer.call(rows, parts)
        pairs = got.tolist() if isinstance(got, np.ndarray) else got
        answer.require(isinstance(pairs, list | tuple), f"yours:    {kind_of(got)}\nexpected: a list of pairs")
        for number, pair in enumerate(pairs):
            what = f"part {number} is {show(pair)}\nexpected: a pair (start, stop) of whole numbers"
            answer.require(whole_numbers(pair), what)
        require_parts(answer, [(int(start), int(stop)) for start, stop in pairs], rows, parts)
        answer.something_right = True


def whole_numbers(pair: Any) -> bool:
    """Whether this is a pair of whole numbers, NumPy's among them."""
    if not isinstance(pair, list | tuple | np.ndarray) or len(pair) != 2:
        return False
    return all(isinstance(edge, int | np.integer) and not isinstance(edge, bool) for edge in pair)


def require_parts(answer: Answer, pairs: list[tuple[int, int]], rows: int, parts: int) -> None:
    yours, lengths = f"yours:    {show(pairs)}\n", [stop - start for start, stop in pairs]
    found = [row for start, stop in pairs for row in range(start, min(stop, rows + 1))]
    if lost := [row for row in range(rows) if row not in found]:
        several = (
            f"row {lost[0]} is in no part"
            if len(lost) == 1
            else f"{len(lost)} rows are in no part, such as row {lost[0]}"
        )
        why = ": a slice ends before its stop" if set(lost) <= {stop for _, stop in pairs} else ""
        answer.require(False, f"{yours}{several}{why}")
    twice = [row for row in range(rows) if found.count(row) > 1] if len(found) > rows else []
    answer.require(not twice, f"{yours}row {twice[0] if twice else 0} is in two parts: a slice ends before its stop")
    answer.require(max(stop for _, stop in pairs) <= rows, f"{yours}there are {rows} rows: the last stop is {rows}")
    answer.require(min(lengths) > 0, f"{yours}part {lengths.index(min(lengths))} is empty")
    answer.require(sorted(pairs) == pairs, f"{yours}the parts are not in the order of the rows")
    count = min(rows, parts)
    answer.require(len(pairs) == count, f"{yours}{len(pairs)} parts\nexpected: {count}")
    even = max(lengths) - min(lengths) <= 1
    answer.require(even, f"{yours}the lengths are {show(lengths)}, and differ by more than 1")


# 24.2

Sums = list[np.ndarray]


def sums(seed: int, parts: int, dtype: str) -> list[Sums]:
    """Sums of some parts, of very different sizes, so that another order gives other last digits."""
    rng = np.random.default_rng(seed)
    shapes = [(), (3, 4), (5,)]
    return [
        [np.asarray(rng.normal(size=shape) * 10.0 ** rng.integers(-2, 3), dtype) for shape in shapes]
        for _ in range(parts)
    ]


def added(parts: list[Sums]) -> Sums:
    return [functools.reduce(np.add, kind) for kind in zip(*parts, strict=True)]


def divided(total: Sums, by: int) -> Sums:
    return [np.asarray(array / by) for array in total]


def equal_bits(got: Any, expected: Sums) -> bool:
    return all(np.asarray(a).tobytes() == b.tobytes() for a, b in zip(got, expected, strict=True))


@exercise("24.2", shows="Sums in the order of the parts, divided once: every order of arrival gives these bits.")
def together(answer: Answer) -> None:
    simple = [[np.array(float(k)), np.array([1.0, 2.0]) * k] for k in (1, 2, 3)]
    require_mean(answer, simple, (0, 1, 2), 12)
    require_mean(answer, simple[:1], (0,), 5)
    answer.something_right = True
    for seed, dtype in enumerate(("float64", "float32")):
        parts = sums(seed, 4, dtype)
        for order in itertools.islice(itertools.permutations(range(4)), 0, 24, 5):
            require_mean(answer, parts, order, 7)
            require_mean(answer, parts, order, 100)
    require_mean(answer, sums(5, 6, "float32"), (3, 0, 5, 1, 4, 2), 37)
    require_mean(answer, sums(8, 12, "float32"), (3, 0, 11, 5, 1, 8, 4, 2, 10, 9, 7, 6), 37)  # np.sum adds 8 in turn


def require_mean(answer: Answer, parts: list[Sums], order: tuple[int, ...], rows: int) -> None:
    given = [[array.copy() for array in part] for part in parts]
    arrived: Iterator[tuple[int, Sums]] = ((number, given[number]) for number in order)
    shown = f"parts {', '.join(map(str, order))} in this order, rows={rows}"
    got = answer.call(arrived, rows, shown=shown)
    expected = divided(added(parts), rows)
    is_list = isinstance(got, list | tuple)
    answer.require(is_list, f"yours:    {kind_of(got)}\nexpected: a list of {len(expected)} arrays")
    mistakes = {
        "of sums that were not divided": added(parts),
        "of a division by the number of parts": divided(added(parts), len(parts)),
        "of a division by the rows and by the number of parts": divided(expected, len(parts)),
        "of the last part alone": divided(parts[order[-1]], rows),
    }
    mistakes = {why: wrong for why, wrong in mistakes.items() if not equal_bits(wrong, expected)}
    answer.close(list(got), expected, rtol=1e-4, atol=1e-6, mistake=result_of(list(got), mistakes))
    got = [np.asarray(a, b.dtype) if type(a) is float else np.asarray(a) for a, b in zip(got, expected, strict=True)]
    kinds, kind = [array.dtype for array in got], parts[0][0].dtype
    same_kind = all(found == kind for found in kinds)
    answer.require(same_kind, f"the parts are {kind}, and the result is {', '.join(map(str, kinds))}")
    changed = [n for n, part in enumerate(given) if not equal_bits(part, parts[n])]
    answer.require(not changed, f"the arrays of part {changed[0] if changed else 0} were changed; make new ones")
    if not equal_bits(got, expected):
        ways = {
            "That is what the order of arrival gives; add in the order of the parts' numbers.": divided(
                added([parts[number] for number in order]), rows
            ),
            "That is what the reverse order of the parts gives.": divided(added(parts[::-1]), rows),
            "That is what parts give that are divided first, and added then.": added([divided(p, rows) for p in parts]),
            "That is what np.sum gives, which adds many numbers in an order of its own.": divided(
                [np.sum(np.stack(kind), axis=0) for kind in zip(*parts, strict=True)], rows
            ),
            "That is what 1 / rows gives as a factor; it is rounded, too.": [t * (1 / rows) for t in added(parts)],
        }
        why = [way for way, wrong in ways.items() if equal_bits(got, [np.asarray(w) for w in wrong])]
        said = f"\n{why[0]}" if len(why) == 1 else ""
        answer.require(False, f"the last digits are not those of ((part 0 + part 1) + …) / rows{said}")


# 24.3

NETWORKS = (
    # seconds of computing, of latency, bytes of weights, bytes a second, workers that there are
    (1.0, 0.0, 1e6, 1e9, 100),
    (12.2, 0.001, 1e9, 1e9, 64),  # the slope is 0 at 2.47, and 3 workers are faster than 2
    (7.9, 0.001, 1e9, 1e9, 64),  # one worker is a little faster than two, if it needs no network
    (0.5, 0.01, 4e6, 1e9, 64),
    (10.0, 0.01, 4e6, 1e8, 512),
    (10.0, 0.01, 4e8, 1e9, 512),
    (0.01, 0.02, 1e5, 1e9, 64),
    (0.02, 0.0105, 1e4, 1e9, 64),
    (100.0, 0.01, 1e3, 1e9, 8),
    (2.0, 0.01, 1e8, 1e9, 16),
    (5.0, 1.0, 5e7, 1.1e8, 1),
    (3.0, 0.001, 1e7, 8e8, 1000),
    (6.0, 0.0, 2.5e8, 1e9, 64),  # 3 and 4 workers take 3.5 seconds each
)


def seconds(workers: int, compute: float, latency: float, size: float, bandwidth: float, ways: int = 2) -> float:
    if workers == 1:
        return compute
    return latency + ways * workers * size / bandwidth + compute / workers


def fastest(times: list[float]) -> int:
    """Return the number of workers with the smallest time, which `times` holds from one worker on."""
    return 1 + times.index(min(times))


@exercise("24.3", shows="More workers divide the work and multiply what is sent, so there is a best number.")
def best_workers(answer: Answer) -> None:
    for *setting, most in NETWORKS:
        compute, latency, size, bandwidth = setting
        shown = f"compute={compute}, latency={latency}, size={size:g}, bandwidth={bandwidth:g}, most={most}"
        got = answer.call(*setting, most, shown=shown)
        number = plain_number(got)
        is_whole = number is not None and float(number).is_integer()
        answer.require(is_whole, f"yours:    {show(got)}\nexpected: a whole number of workers")
        counts = range(1, most + 1)
        times = [seconds(n, *setting) for n in counts]
        expected = fastest(times)
        root = (compute * bandwidth / (2 * size)) ** 0.5
        mistakes = {
            "if the larger of equal numbers is taken": most - times[::-1].index(min(times)),
            "if the weights go one way only": fastest([seconds(n, *setting, ways=1) for n in counts]),
            "if it took no longer to send the weights to more workers": fastest(
                [seconds(n, compute, latency, 0, 1) for n in counts]
            ),
            "if one worker needs the network, too, or is not tried": fastest(
                [latency + 2 * n * size / bandwidth + compute / n for n in counts]
            ),
            "of rounding the place where the slope is 0: a neighbour is better": round(root),
            "without the latency": fastest([seconds(n, compute, 0, size, bandwidth) for n in counts]),
            "if the size were in bits": fastest([seconds(n, compute, latency, 8 * size, bandwidth) for n in counts]),
            "if there were more workers": fastest([seconds(n, *setting) for n in range(1, 5000)]),
        }
        if expected == 1:  # there it is no neighbour of that place
            del mistakes["of rounding the place where the slope is 0: a neighbour is better"]
        mistakes = {why: wrong for why, wrong in mistakes.items() if wrong != expected}
        answer.close(got, expected, mistake=result_of(number, mistakes))


# 24.4


@exercise("24.4", shows="What is not sent now is not lost: it waits for its turn.")
def compress(answer: Answer) -> None:
    rng = np.random.default_rng(0)
    for length, count, dtype in ((5, 2, float), (6, 1, float), (4, 4, float), (300, 7, float), (50, 5, np.float32)):
        left = np.zeros(length, dtype)
        for round in range(3):
            gradient = rng.normal(size=length).astype(dtype)
            short = length < 10
            shown = f"{show(gradient.round(2).tolist()) if short else f'{length} numbers'}, left, {count}"
            got = answer.call(gradient, left, count, shown=f"{shown}{' (of the call before)' * (round > 0)}")
            left = require_sent(answer, got, gradient, left, count)
    equal, left = np.array([1.0, -1.0, 1.0, 0.5]), np.zeros(4)
    require_sent(answer, answer.call(equal, left, 2, shown=f"{show(equal.tolist())}, left, 2"), equal, left, 2)


def require_sent(answer: Answer, got: Any, gradient: np.ndarray, left: np.ndarray, count: int) -> np.ndarray:
    """Require what is sent and what is left; return what is left."""
    three = isinstance(got, list | tuple) and len(got) == 3
    answer.require(three, f"yours:    {kind_of(got)}\nexpected: places, values and what is left")
    places, values, rest = (np.asarray(part) for part in got)
    total = gradient + left
    answer.require(
        places.shape == values.shape == (count,),
        f"yours:    {places.shape} places and {values.shape} values\nexpected: {count} of each, with one axis",
    )
    answer.require(places.dtype.kind in "iu", f"places are whole numbers, not {places.dtype}")
    answer.require(len(set(places.tolist())) == count, f"a place is sent twice: {show(places.tolist())}")
    inside = 0 <= places.min() and places.max() < len(total)
    answer.require(inside, f"places are 0 to {len(total) - 1}, not {show(places.tolist())}")
    whys = {"if what was left before is forgotten": gradient[places]} if left.any() else {}
    whys |= {"without the signs": np.abs(total[places]), "of reading after these places were set to 0": np.zeros(count)}
    whys = {why: wrong for why, wrong in whys.items() if not np.array_equal(wrong, total[places])}
    answer.close(values, total[places], what="values", mistake=result_of(values, whys))
    others = np.delete(total, places)
    if len(others):
        missing, sent = float(others[np.abs(others).argmax()]), float(values[np.abs(values).argmin()])
        larger = f"the number {show(missing)} is not sent, and is larger in size than {show(sent)}, which is"
        answer.require(abs(missing) <= abs(sent), larger)
    expected = total.copy()
    expected[places] = 0
    why = {"if what is sent stays there, too": total, "if nothing stays": np.zeros_like(total)}
    answer.close(rest, expected, what="what is left", mistake=result_of(rest, why))
    answer.require(rest.dtype == total.dtype, f"what is left is {rest.dtype}, the gradient {gradient.dtype}")
    return expected
