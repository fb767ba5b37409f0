"""Wrong answers to chapter 08's exercises, which the checks must catch."""

import math
import random

from autograd.scalar import Value

# 08.1


def splits(orders=None, cut=lambda share, n: round(share * n), result=lambda parts: parts):
    """A solution but for the orders of points and labels, the cut, or what is returned."""

    def split(points, labels, share, rng):
        n = len(points)
        order, other = (orders or one_order)(n, rng, labels)
        k = cut(share, n)
        return result(
            (
                [points[i] for i in order[:k]],
                [labels[i] for i in other[:k]],
                [points[i] for i in order[k:]],
                [labels[i] for i in other[k:]],
            )
        )

    return split


def one_order(n, rng, labels):
    order = rng.sample(range(n), n)
    return order, order


def two_orders(n, rng, labels):
    return rng.sample(range(n), n), rng.sample(range(n), n)


def own_chance(n, rng, labels):
    order = random.sample(range(n), n)
    return order, order


def fixed_chance(n, rng, labels):
    order = random.Random(0).sample(range(n), n)
    return order, order


def by_label(n, rng, labels):
    order = sorted(range(n), key=lambda i: labels[i])
    return order, order


def rotated(n, rng, labels):
    start = rng.randrange(n)
    order = [(start + i) % n for i in range(n)]
    return order, order


def every_other(n, rng, labels):
    start = rng.randrange(2)
    order = [*range(start, n, 2), *range(1 - start, n, 2)]
    return order, order


def every_other_after_a_turn(n, rng, labels):
    start = rng.randrange(n)
    order = [(start + i * 3) % n for i in range(n)] if n % 3 else rng.sample(range(n), n)
    return order, order


def independent(points, labels, share, rng):
    n, k = len(points), round(share * len(points))
    first, second = rng.sample(range(n), k), rng.sample(range(n), n - k)
    parts = [points[i] for i in first], [labels[i] for i in first], [points[i] for i in second]
    return (*parts, [labels[i] for i in second])


def shuffles_in_place(points, labels, share, rng):
    k = round(share * len(points))
    state = rng.getstate()
    rng.shuffle(points)
    rng.setstate(state)
    rng.shuffle(labels)
    return points[:k], labels[:k], points[k:], labels[k:]


def coin_for_each(points, labels, share, rng):
    chosen = [rng.random() < share for _ in points]
    return (
        [p for p, c in zip(points, chosen, strict=True) if c],
        [t for t, c in zip(labels, chosen, strict=True) if c],
        [p for p, c in zip(points, chosen, strict=True) if not c],
        [t for t, c in zip(labels, chosen, strict=True) if not c],
    )


def finds_labels_again(points, labels, share, rng):
    first = rng.sample(points, round(share * len(points)))
    rest = [point for point in points if point not in first]
    return first, [labels[points.index(p)] for p in first], rest, [labels[points.index(p)] for p in rest]


def shuffled_and_found_again(points, labels, share, rng):
    order, k = rng.sample(points, len(points)), round(share * len(points))
    found = [labels[points.index(point)] for point in order]
    return order[:k], found[:k], order[k:], found[k:]


# 08.2


def goes_backward(scores, label):
    loss = entropy()(scores, label)
    loss.backward()
    return loss


def clears_gradients(scores, label):
    for score in scores:
        score.grad = 0.0
    return entropy()(scores, label)


def log_of_softmax(scores, label):
    largest = max(score.data for score in scores)
    powers = [(score - largest).exp() for score in scores]
    return -(powers[label] / Value.sum(powers)).log()


def naive(scores, label):
    return Value.sum(score.exp() for score in scores).log() - scores[label]


def entropy(shift=max, sign=1.0, other=lambda shifted, label: shifted[label], base=1.0):
    def cross_entropy(scores, label):
        by = shift(score.data for score in scores)
        shifted = [score - by for score in scores]
        return sign * base * (Value.sum(score.exp() for score in shifted).log() - other(shifted, label))

    return cross_entropy


def clipped(scores, label):
    capped = [score if abs(score.data) < 30 else Value(math.copysign(30.0, score.data)) for score in scores]
    return naive(capped, label)


def added_epsilon(scores, label):
    largest = max(score.data for score in scores)
    powers = [(score - largest).exp() for score in scores]
    return -(powers[label] / Value.sum(powers) + 1e-12).log()


def float_label(scores, label):
    largest = max(score.data for score in scores)
    return Value.sum((score - largest).exp() for score in scores).log() - (scores[label].data - largest)


def fresh_value(scores, label):
    return Value(entropy()(scores, label).data)


def largest_gets_a_slope(scores, label):
    largest = max(scores, key=lambda score: score.data)
    powers = [(score - largest).exp() for score in scores]
    return Value.sum(powers).log() - (scores[label] - largest.data)


def fixed_shift(scores, label):
    shifted = [score - 1e300 if score.data > 700 else score for score in scores]
    return Value.sum(score.exp() for score in shifted).log() - shifted[label]


def largest_minus_own(scores, label):
    largest = max(scores, key=lambda score: score.data)
    return largest - scores[label] if largest.data > 30 else naive(scores, label)


def adds_before_it_subtracts(scores, label):
    largest = max(score.data for score in scores)
    return Value.sum((score - largest).exp() for score in scores).log() + largest - scores[label]


# 08.3


def batches(order=lambda count, rng: rng.sample(range(count), count), starts=lambda count, size: range(0, count, size)):
    def minibatches(count, size, rng):
        shuffled = order(count, rng)
        return [shuffled[start : start + size] for start in starts(count, size)]

    return minibatches


def with_replacement(count, size, rng):
    return [[rng.randrange(count) for _ in range(min(size, count - s))] for s in range(0, count, size)]


def shuffles_batches(count, size, rng):
    whole = [list(range(s, min(s + size, count))) for s in range(0, count, size)]
    last = [whole.pop()] if whole and len(whole[-1]) < size else []
    rng.shuffle(whole)
    return whole + last


def shuffles_inside(count, size, rng):
    return [rng.sample(range(s, min(s + size, count)), min(size, count - s)) for s in range(0, count, size)]


# 08.4


def log_sum(scores):
    return math.log(sum(math.exp(score - max(scores)) for score in scores))


def worst(key=None, wrong=None, cut=lambda found, count: found[:count], reverse=False):
    def worst_mistakes(rows, labels, count):
        def loss(i):
            own = log_sum(rows[i]) + (max(rows[i]) - rows[i][labels[i]])
            return -own if key is None else key(rows[i], labels[i])

        def is_wrong(i):
            if wrong is not None:
                return wrong(rows[i], labels[i])
            return rows[i].index(max(rows[i])) != labels[i]

        found = sorted(filter(is_wrong, range(len(rows))), key=loss, reverse=reverse)
        return cut(found, count)

    return worst_mistakes


def added_before_subtracted(row, label):
    return -(math.log(sum(math.exp(score - max(row)) for score in row)) + max(row) - row[label])


def ties_reversed(rows, labels, count):
    return sorted(
        (i for i, row in enumerate(rows) if row.index(max(row)) != labels[i]),
        key=lambda i: log_sum(rows[i]) + (max(rows[i]) - rows[i][labels[i]]),
        reverse=True,
    )[: -count - 1 : -1][::-1]


def softmax_without_shift(row, label):
    return math.exp(row[label]) / sum(math.exp(score) for score in row)


MUTANTS = {
    "08.1": [
        splits(two_orders),
        splits(own_chance),
        splits(fixed_chance),
        splits(by_label),
        splits(rotated),
        splits(every_other),
        splits(every_other_after_a_turn),
        splits(lambda n, rng, labels: (range(n), range(n))),
        splits(cut=lambda share, n: int(share * n)),
        splits(cut=lambda share, n: math.ceil(share * n)),
        splits(cut=lambda share, n: n // 2),
        splits(cut=lambda share, n: n - round(share * n)),
        splits(result=lambda parts: (parts[0], parts[2], parts[1], parts[3])),
        splits(result=lambda parts: (parts[2], parts[3], parts[0], parts[1])),
        splits(result=lambda parts: parts[:2]),
        splits(result=lambda parts: (parts[0], parts[1], parts[0], parts[1])),
        splits(cut=lambda share, n: int(share * n + 0.5)),
        finds_labels_again,
        shuffled_and_found_again,
        independent,
        shuffles_in_place,
        coin_for_each,
    ],
    "08.2": [
        goes_backward,
        clears_gradients,
        log_of_softmax,
        naive,
        clipped,
        added_epsilon,
        float_label,
        fresh_value,
        largest_gets_a_slope,
        fixed_shift,
        largest_minus_own,
        adds_before_it_subtracts,
        entropy(sign=-1.0),
        entropy(base=1 / math.log(2)),
        entropy(shift=min),
        entropy(shift=lambda numbers: next(iter(numbers))),
        entropy(shift=lambda numbers: max(abs(number) for number in numbers)),
        entropy(other=lambda shifted, label: shifted[0]),
        entropy(other=lambda shifted, label: shifted[label - 1]),
        entropy(other=lambda shifted, label: shifted[label].exp()),
        lambda scores, label: entropy()(scores, label).data,
        lambda scores, label: entropy()(scores, label) / len(scores),
    ],
    "08.3": [
        with_replacement,
        shuffles_batches,
        shuffles_inside,
        batches(order=lambda count, rng: list(range(count))),
        batches(order=lambda count, rng: random.Random(0).sample(range(count), count)),
        batches(order=lambda count, rng: random.sample(range(count), count)),
        batches(order=lambda count, rng: [i + 1 for i in rng.sample(range(count), count)]),
        batches(order=lambda count, rng: rng.choices(range(count), k=count) if count else []),
        batches(starts=lambda count, size: range(0, count - size + 1, size)),
        batches(starts=lambda count, size: range(0, count + 1, size)),
        batches(starts=lambda count, size: range(count // size)),
        lambda count, size, rng: rng.sample(range(count), count),
        lambda count, size, rng: batches()(count, size, rng)[:1],
    ],
    "08.4": [
        worst(reverse=True),
        worst(key=added_before_subtracted),
        worst(key=lambda row, label: -max(row)),
        worst(key=lambda row, label: row[label]),
        worst(key=lambda row, label: row[label] - max(row)),
        worst(key=lambda row, label: -(sorted(row)[-1] - sorted(row)[-2])),
        worst(key=softmax_without_shift),
        worst(key=lambda row, label: 0.0),
        worst(wrong=lambda row, label: True),
        worst(wrong=lambda row, label: row.index(max(row)) == label),
        worst(wrong=lambda row, label: row[label] != max(row)),
        worst(wrong=lambda row, label: (row[1] > row[0]) != (label == 1)),
        worst(cut=lambda found, count: found),
        worst(cut=lambda found, count: found[:1]),
        worst(cut=lambda found, count: found[-count:]),
        worst(cut=lambda found, count: sorted(found)[:count]),
        worst(cut=lambda found, count: sorted(found[:count])),
        worst(cut=lambda found, count: len(found[:count])),
        ties_reversed,
    ],
}


# Right answers in other styles.


def split_of_pairs(points, labels, share, rng):
    pairs = list(zip(points, labels, strict=True))
    rng.shuffle(pairs)
    cut = round(share * len(pairs))
    first, second = pairs[:cut], pairs[cut:]
    return [p for p, _ in first], [t for _, t in first], [p for p, _ in second], [t for _, t in second]


def split_by_membership(points, labels, share, rng):
    chosen = set(rng.sample(range(len(points)), round(share * len(points))))
    parts = ([], [], [], [])
    for i, (point, label) in enumerate(zip(points, labels, strict=True)):
        side = 0 if i in chosen else 2
        parts[side].append(point)
        parts[side + 1].append(label)
    return list(parts)


def entropy_by_differences(scores, label):
    """−log p = log Σ exp(z_j − z_label), where a large difference is taken out as a plain number."""
    differences = [score - scores[label] for score in scores]
    largest = max(difference.data for difference in differences)
    return sum((difference - largest).exp() for difference in differences).log() + largest


def entropy_in_a_loop(scores, label):
    largest, total = max(s.data for s in scores), Value(0.0)
    for score in scores:
        total = total + (score - largest).exp()
    return total.log() - (scores[label] - largest)


def entropy_by_recursion(scores, label):
    """log(e**a + e**b) = a + softplus(b - a), from the last score to the first."""

    def log_of_sum(gaps):
        return gaps[0] if len(gaps) == 1 else gaps[0] + (log_of_sum(gaps[1:]) - gaps[0]).softplus()

    return log_of_sum([score - scores[label] for score in scores])


def batches_by_recursion(count, size, rng):
    def cut(order):
        return [order[:size], *cut(order[size:])] if order else []

    return cut(rng.sample(range(count), count))


def generated_batches(count, size, rng):
    positions = list(range(count))
    rng.shuffle(positions)
    while positions:
        yield positions[:size]
        positions = positions[size:]


def batches_by_key(count, size, rng):
    order = tuple(sorted(range(count), key=lambda _: rng.random()))
    return tuple(order[start : start + size] for start in range(0, count, size))


def picked_one_by_one(rows, labels, count):
    left = {
        i: log_sum(row) + (max(row) - row[label])
        for i, (row, label) in enumerate(zip(rows, labels, strict=True))
        if row.index(max(row)) != label
    }
    found = []
    while left and len(found) < count:
        worst_left = max(left, key=lambda i: (left[i], -i))
        found.append(worst_left)
        del left[worst_left]
    return found


def sorted_pairs(rows, labels, count):
    losses = []
    for i, (row, label) in enumerate(zip(rows, labels, strict=True)):
        answer = max(range(len(row)), key=lambda k: row[k])
        if answer != label:
            losses.append((-(log_sum(row) + (max(row) - row[label])), i))
    return tuple(i for _, i in sorted(losses)[:count])


RIGHT = {
    "08.1": [split_of_pairs, split_by_membership],
    "08.2": [entropy_by_differences, entropy_in_a_loop, entropy_by_recursion],
    "08.3": [generated_batches, batches_by_key, batches_by_recursion],
    "08.4": [picked_one_by_one, sorted_pairs],
}

# What the message to some of the wrong answers has to say.
SAYS = {adds_before_it_subtracts: "Subtract the large numbers from each other first"}
