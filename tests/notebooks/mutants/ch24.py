"""Chapter 24: wrong answers to its exercises, and right ones in other styles."""

import functools
import heapq
import math
import operator

import numpy as np

# 24.1


def right_cut(rows, parts):
    edges = [rows * part // parts for part in range(parts + 1)]
    return [(a, b) for a, b in zip(edges[:-1], edges[1:], strict=True) if a < b]


def rest_lost(rows, parts):
    length = rows // parts
    return [(part * length, (part + 1) * length) for part in range(parts)]


def rest_in_the_last(rows, parts):
    length, parts = max(rows // parts, 1), min(rows, parts)
    return [(part * length, rows if part == parts - 1 else (part + 1) * length) for part in range(parts)]


def rounded_up(rows, parts):
    length = math.ceil(rows / parts)
    return [(start, min(start + length, rows)) for start in range(0, rows, length)]


def beyond(rows, parts):
    length = math.ceil(rows / parts)
    return [(start, start + length) for start in range(0, rows, length)]


def with_empty_ones(rows, parts):
    edges = [rows * part // parts for part in range(parts + 1)]
    return list(zip(edges[:-1], edges[1:], strict=True))


def starts_and_lengths(rows, parts):
    return [(start, stop - start) for start, stop in right_cut(rows, parts)]


def both_ends(rows, parts):
    return [(start, stop - 1) for start, stop in right_cut(rows, parts)]


def overlapping(rows, parts):
    return [(start, min(stop + 1, rows)) for start, stop in right_cut(rows, parts)]


def for_the_workers(rows, parts):
    return right_cut(rows, 2)


def as_floats(rows, parts):
    return [(float(start), float(stop)) for start, stop in right_cut(rows, parts)]


def by_remainder(rows, parts):
    length, longer = divmod(rows, parts)
    pairs, start = [], 0
    for part in range(min(rows, parts)):
        stop = start + length + (part < longer)
        pairs.append([start, stop])
        start = stop
    return pairs


def by_array_split(rows, parts):
    return tuple((part[0], part[-1] + 1) for part in np.array_split(np.arange(rows), parts) if len(part))


def by_linspace(rows, parts):
    edges = np.linspace(0, rows, min(rows, parts) + 1).astype(int)
    return np.stack([edges[:-1], edges[1:]], axis=1)


def by_recursion(rows, parts, start=0):
    if parts == 1 or rows <= 1:
        return [(start, start + rows)]
    length = rows // min(parts, rows)
    return [(start, start + length), *by_recursion(rows - length, min(parts, rows) - 1, start + length)]


# 24.2


def right_together(arrivals, rows):
    parts = dict(arrivals)
    totals = list(parts[0])
    for number in range(1, len(parts)):
        totals = [total + array for total, array in zip(totals, parts[number], strict=True)]
    return [total / rows for total in totals]


def as_they_arrive(arrivals, rows):
    totals = None
    for _, sums in arrivals:
        totals = sums if totals is None else [a + b for a, b in zip(totals, sums, strict=True)]
    return [total / rows for total in totals]


def mean_of_parts(arrivals, rows):
    parts = [sums for _, sums in sorted(arrivals, key=operator.itemgetter(0))]
    return [sum(kind) / len(parts) for kind in zip(*parts, strict=True)]


def not_divided(arrivals, rows):
    parts = dict(arrivals)
    return [sum(parts[number][place] for number in range(len(parts))) for place in range(len(parts[0]))]


def divided_first(arrivals, rows):
    parts = [[array / rows for array in sums] for _, sums in sorted(arrivals, key=operator.itemgetter(0))]
    return [functools.reduce(operator.add, kind) for kind in zip(*parts, strict=True)]


def by_a_factor(arrivals, rows):
    return [total * (1 / rows) for total in right_together(arrivals, 1)]


def in_place(arrivals, rows):
    """Adds into the arrays of part 0, which belong to the caller."""
    parts = dict(arrivals)
    for number in range(1, len(parts)):
        for total, array in zip(parts[0], parts[number], strict=True):
            total += array
    return [total / rows for total in parts[0]]


def twice_through(arrivals, rows):
    """Goes through the iterator a second time, where it is empty."""
    count = len([number for number, _ in arrivals])
    parts = dict(arrivals)
    return [sum(parts[number][place] for number in range(count)) / rows for place in range(2)]


def in_float64(arrivals, rows):
    parts = {number: [np.asarray(array, float) for array in sums] for number, sums in arrivals}
    return right_together(parts.items(), rows)


def last_only(arrivals, rows):
    for _, sums in arrivals:
        totals = [array / rows for array in sums]
    return totals


def by_reduce(arrivals, rows):
    ordered = [sums for _, sums in sorted(arrivals, key=lambda pair: pair[0])]
    return tuple(functools.reduce(np.add, kind) / rows for kind in zip(*ordered, strict=True))


def by_stack(arrivals, rows):
    """NumPy adds eight numbers in turn where a sum is over one axis, so many losses are added in another order."""
    parts = dict(arrivals)
    return [np.sum(np.stack([parts[n][place] for n in sorted(parts)]), axis=0) / rows for place in range(len(parts[0]))]


def by_accumulate(arrivals, rows):
    kinds = zip(*(sums for _, sums in sorted(arrivals)), strict=True)
    return [np.add.accumulate(np.stack(kind))[-1] / rows for kind in kinds]


def by_waiting(arrivals, rows):
    """Adds each part as soon as those before it were added."""
    waiting, totals, following = [], [], 0
    for number, sums in arrivals:
        heapq.heappush(waiting, (number, sums))
        while waiting and waiting[0][0] == following:
            _, sums = heapq.heappop(waiting)
            totals = [a + b for a, b in zip(totals, sums, strict=True)] if following else sums
            following += 1
    return [total / rows for total in totals]


def with_a_float(arrivals, rows):
    loss, *gradients = [sum(kind) / rows for kind in zip(*[sums for _, sums in sorted(arrivals)], strict=True)]
    return [float(loss), *gradients]


# 24.3


def seconds(n, compute, latency, size, bandwidth, ways=2):
    return compute if n == 1 else latency + ways * n * size / bandwidth + compute / n


def right_best(compute, latency, size, bandwidth, most):
    return min(range(1, most + 1), key=lambda n: seconds(n, compute, latency, size, bandwidth))


def from_two_on(compute, latency, size, bandwidth, most):
    return min(range(1, most + 1), key=lambda n: latency + 2 * n * size / bandwidth + compute / n)


def one_way(compute, latency, size, bandwidth, most):
    return min(range(1, most + 1), key=lambda n: seconds(n, compute, latency, size, bandwidth, 1))


def sent_once(compute, latency, size, bandwidth, most):
    return min(range(1, most + 1), key=lambda n: compute if n == 1 else latency + 2 * size / bandwidth + compute / n)


def without_latency(compute, latency, size, bandwidth, most):
    return from_two_on(compute, 0, size, bandwidth, most) if compute * bandwidth > 8 * size else 1


def all_of_them(compute, latency, size, bandwidth, most):
    return most


def one_too_few(compute, latency, size, bandwidth, most):
    return min(range(1, most), key=lambda n: seconds(n, compute, latency, size, bandwidth), default=1)


def by_slope(compute, latency, size, bandwidth, most):
    return max(1, min(most, round(math.sqrt(compute * bandwidth / (2 * size)))))


def last_of_equal(compute, latency, size, bandwidth, most):
    return min(range(most, 0, -1), key=lambda n: seconds(n, compute, latency, size, bandwidth))


def in_bits(compute, latency, size, bandwidth, most):
    return right_best(compute, latency, 8 * size, bandwidth, most)


def never_one(compute, latency, size, bandwidth, most):
    return min(range(2, most + 1), key=lambda n: seconds(n, compute, latency, size, bandwidth), default=1)


def from_zero(compute, latency, size, bandwidth, most):
    return int(np.argmin([seconds(n, compute, latency, size, bandwidth) for n in range(1, most + 1)]))


def the_time(compute, latency, size, bandwidth, most):
    return min(seconds(n, compute, latency, size, bandwidth) for n in range(1, most + 1))


def by_neighbours(compute, latency, size, bandwidth, most):
    root = math.sqrt(compute * bandwidth / (2 * size))
    near = {1, *(min(most, max(2, n)) for n in (math.floor(root), math.ceil(root)))} if most > 1 else {1}
    return min(sorted(near), key=lambda n: seconds(n, compute, latency, size, bandwidth))


def by_argmin(compute, latency, size, bandwidth, most):
    n = np.arange(1, most + 1)
    times = latency + 2 * n * size / bandwidth + compute / n
    times[0] = compute
    return np.argmin(times) + 1


def by_loop(compute, latency, size, bandwidth, most):
    best, least, workers = 1, compute, 1
    while workers < most:
        workers += 1
        time = latency + workers * size * 2 / bandwidth + compute / workers
        if time < least:
            best, least = workers, time
    return best


# 24.4


def right_compress(gradient, left, count):
    total = gradient + left
    places = np.argsort(-np.abs(total))[:count]
    values = total[places]
    total[places] = 0
    return places, values, total


def forgets(gradient, left, count):
    return right_compress(gradient, np.zeros_like(left), count)


def by_sign(gradient, left, count):
    total = gradient + left
    places = np.argsort(-total)[:count]
    rest = total.copy()
    rest[places] = 0
    return places, total[places], rest


def kept_as_well(gradient, left, count):
    total = gradient + left
    places = np.argsort(-np.abs(total))[:count]
    return places, total[places], total


def smallest(gradient, left, count):
    total = gradient + left
    places = np.argsort(np.abs(total))[:count]
    rest = total.copy()
    rest[places] = 0
    return places, total[places], rest


def changes_left(gradient, left, count):
    left += gradient
    places = np.argsort(-np.abs(left))[:count]
    values = left[places]
    rest = left.copy()
    rest[places] = 0
    return places, values, rest


def sizes_only(gradient, left, count):
    places, values, rest = right_compress(gradient, left, count)
    return places, np.abs(values), rest


def all_as_large(gradient, left, count):
    """Sends more than `count` numbers where some are equal."""
    total = gradient + left
    places = np.flatnonzero(np.abs(total) >= np.sort(np.abs(total))[-count])
    return places, total[places], np.where(np.isin(np.arange(len(total)), places), 0, total).astype(total.dtype)


def read_too_late(gradient, left, count):
    rest = total = gradient + left
    places = np.argsort(-np.abs(total))[:count]
    rest[places] = 0
    return places, total[places], rest


def nothing_left(gradient, left, count):
    places, values, rest = right_compress(gradient, left, count)
    return places, values, np.zeros_like(rest)


def by_partition(gradient, left, count):
    total = gradient + left
    places = np.argpartition(np.abs(total), len(total) - count)[len(total) - count :]
    sent = np.zeros_like(total)
    sent[places] = total[places]
    return [places, total[places], total - sent]


def by_sorting(gradient, left, count):
    total = [a + b for a, b in zip(gradient, left, strict=True)]
    places = sorted(range(len(total)), key=lambda n: abs(total[n]), reverse=True)[:count]
    rest = np.array([0 if n in places else x for n, x in enumerate(total)], gradient.dtype)
    return tuple(places), [total[n] for n in places], rest


MUTANTS = {
    "24.1": [
        rest_lost,
        rest_in_the_last,
        rounded_up,
        beyond,
        with_empty_ones,
        starts_and_lengths,
        both_ends,
        overlapping,
        for_the_workers,
        as_floats,
        lambda rows, parts: right_cut(rows, parts)[::-1],
        lambda rows, parts: [stop - start for start, stop in right_cut(rows, parts)],
        lambda rows, parts: (pair for pair in right_cut(rows, parts)),
        lambda rows, parts: [],
    ],
    "24.2": [
        as_they_arrive,
        mean_of_parts,
        not_divided,
        divided_first,
        by_a_factor,
        in_place,
        twice_through,
        in_float64,
        last_only,
        by_stack,
        lambda arrivals, rows: right_together(arrivals, rows)[1:],
        lambda arrivals, rows: right_together(arrivals, rows)[0],
    ],
    "24.3": [
        from_two_on,
        one_way,
        sent_once,
        without_latency,
        all_of_them,
        one_too_few,
        by_slope,
        from_zero,
        last_of_equal,
        in_bits,
        never_one,
        the_time,
        lambda *setting: 1,
    ],
    "24.4": [
        forgets,
        by_sign,
        kept_as_well,
        smallest,
        changes_left,
        sizes_only,
        all_as_large,
        read_too_late,
        nothing_left,
        lambda gradient, left, count: right_compress(gradient, left, count)[:2],
        lambda gradient, left, count: right_compress(gradient, left, count + 1),
    ],
}

RIGHT = {
    "24.1": [right_cut, by_remainder, by_array_split, by_linspace, by_recursion],
    "24.2": [right_together, by_reduce, by_accumulate, by_waiting, with_a_float],
    "24.3": [right_best, by_neighbours, by_argmin, by_loop],
    "24.4": [right_compress, by_partition, by_sorting],
}

SAYS = {
    rest_lost: "2 rows are in no part, such as row 8",
    starts_and_lengths: "9 rows are in no part, such as row 3",
    both_ends: "in no part, such as row 2: a slice ends before its stop",
    by_stack: "an order of its own",
    last_of_equal: "the larger of equal numbers",
    in_bits: "in bits",
    never_one: "or is not tried",
    sizes_only: "without the signs",
    all_as_large: "expected: 2 of each",
    read_too_late: "set to 0",
    rest_in_the_last: "differ by more than 1",
    rounded_up: "differ by more than 1",
    beyond: "the last stop is",
    with_empty_ones: "is empty",
    overlapping: "is in two parts",
    for_the_workers: "2 parts\n  expected: 4",
    as_floats: "whole numbers",
    as_they_arrive: "order of arrival",
    mean_of_parts: "by the number of parts",
    not_divided: "not divided",
    divided_first: "divided first",
    by_a_factor: "1 / rows",
    in_place: "were changed",
    in_float64: "float64",
    from_two_on: "if one worker needs the network",
    one_way: "one way only",
    sent_once: "no longer to send",
    by_slope: "a neighbour is better",
    forgets: "forgotten",
    by_sign: "larger in size",
    kept_as_well: "stays there",
    changes_left: "changed its argument",
    nothing_left: "if nothing stays",
}
