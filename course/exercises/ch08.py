"""Chapter 08, two moons: what the exercises ask."""

import math
import random
from collections.abc import Iterable, Sequence
from typing import Any

from autograd.scalar import Value
from course.specification import Answer, exercise
from course.wording import kind_of, show

# 08.1

# How many points, and the share for training.
SPLITS = (
    *((10, 0.5), (10, 0.7), (10, 0.33), (5, 0.5), (5, 0.8), (7, 0.5), (3, 0.5), (2, 1.0), (3, 0.0)),
    *((40, 0.25), (9, 0.99), (200, 0.5)),
)


@exercise("08.1", shows="The points that you count on were never trained on.")
def split(answer: Answer) -> None:
    for n, share in SPLITS:
        points = [[float(i // 2), -float(i // 2)] for i in range(n)]  # each point twice, with two labels
        labels = [i * 7 % 10 for i in range(n)]
        shown = f"{n} points, {n} labels, share {share}, rng"
        first, first_labels, second, second_labels = four_lists(answer, points, labels, share, random.Random(n), shown)
        sizes = [len(first), len(first_labels), len(second), len(second_labels)]
        cut = round(share * n)
        wanted = [cut, cut, n - cut, n - cut]
        answer.require(sizes == wanted, f"yours:    {sizes} points and labels\nexpected: {wanted}")
        once = "Each of the given points belongs in one of the two parts, once: a point is missing, new or in both."
        answer.require(sorted(map(repr, first + second)) == sorted(map(repr, points)), once)
        pairs = zip(first + second, first_labels + second_labels, strict=True)
        belongs = sorted(map(repr, pairs)) == sorted(map(repr, zip(points, labels, strict=True)))
        answer.require(belongs, "A label stands at another point than before. Equal points may have different labels.")
    points, labels = [[float(i), 0.0] for i in range(200)], [int(i >= 100) for i in range(200)]
    halves = [
        four_lists(answer, points, labels, 0.5, random.Random(seed), f"200 points sorted by label, seed {seed}")
        for seed in (0, 0, 1, 2, 3)
    ]
    untouched = all(half[0] == points[:100] or half[2] == points[:100] for half in halves)
    answer.require(not untouched, "Nothing was shuffled: training and validation are the two halves as they came.")
    answer.require(halves[0] == halves[1], "The same rng, seeded the same way, must give the same split.")
    answer.require(halves[0] != halves[2], "Another seed gives the same split: take every choice from rng.")
    for half in halves:
        ones = sum(half[1])
        answer.require(30 <= ones <= 70, f"Of 100 training points {ones} have label 1; a random choice has about half.")
        middle = sum(50 <= point[0] < 150 for point in half[0])
        stretch = f"Of the 100 points in the middle {middle} are for training; a random choice takes about half."
        answer.require(30 <= middle <= 70, stretch)
        chosen = {round(point[0]) for point in half[0]}
        for apart in range(1, 11):  # 50 on average, with a standard deviation below 6
            both = sum(i + apart in chosen for i in chosen)
            pattern = (
                f"Of the points at positions i and i + {apart}, both were chosen {both} times in 100. A random choice"
            )
            answer.require(20 <= both <= 80, f"{pattern} takes both about 50 times: here the positions follow a rule.")


def four_lists(answer: Answer, points: Any, labels: Any, share: float, rng: random.Random, shown: str) -> Any:
    got = answer.call([list(point) for point in points], list(labels), share, rng, shown=shown)
    form = f"yours:    {show(got)} ({kind_of(got)})\nexpected: four lists"
    answer.require(isinstance(got, tuple | list) and len(got) == 4, form)
    answer.require(all(isinstance(part, list | tuple) for part in got), form)
    return [list(part) for part in got]


# 08.2

# Scores and label.
ROWS: tuple[tuple[list[float], int], ...] = (
    ([2.0, 1.0], 0),
    ([2.0, 1.0], 1),
    ([0.0, 0.0], 1),
    ([-1.5, 0.5, 2.0], 0),
    ([3.0, -2.0, 0.5, 0.5], 2),
    ([1000.0, 0.0], 0),
    ([1000.0, 0.0], 1),
    ([-1000.0, 0.0], 0),
    ([-1000.0, -1001.0], 1),
    ([-800.0, -900.0, -850.0], 1),
    ([1e6, -1e6, 0.0], 2),
    ([1e6, 1e6], 0),
    ([710.0, 709.0, 708.0], 1),
    ([5.0, 5.0, 5.0, 5.0, 5.0], 4),
    ([-30.0, 1.0, 4.0], 0),
    ([1e300, 0.0], 1),
    ([1e300, 1e300], 1),
    ([-1e300, -1e300, -1e300], 0),
)


def probabilities(scores: Sequence[float]) -> list[float]:
    powers = [math.exp(score - max(scores)) for score in scores]
    return [power / sum(powers) for power in powers]


@exercise("08.2", shows="No score is too large for it, and every score gets its slope.")
def cross_entropy(answer: Answer) -> None:
    for numbers, label in ROWS:
        scores = [Value(number) for number in numbers]
        for score in scores:
            score.grad = 0.5  # something left over, that the answer must not touch
        shown = f"Values {numbers}, {label}"
        got = answer.call(scores, label, shown=shown)
        answer.require(isinstance(got, Value), f"yours:    {kind_of(got)}\nexpected: a Value with a graph")
        largest = max(numbers)
        expected = math.log(sum(math.exp(n - largest) for n in numbers)) + (largest - numbers[label])
        mistake = "Expected is the logarithm of the sum of all e**z, minus the true class's score."
        if abs(largest) > 1e16 and got.data == largest - numbers[label]:
            mistake = f"The logarithm is lost: added to {largest:g}, a small number changes nothing in a float. "
            mistake += "Subtract the large numbers from each other first."
        answer.close(got.data, expected, rtol=1e-9, atol=1e-12, mistake=mistake)
        answer.require(
            [s.data for s in scores] == numbers, "The given scores were changed; make new Values, leave theirs alone."
        )
        untouched = all(score.grad == 0.5 for score in scores)
        answer.require(untouched, "The scores' gradients were changed: leave backward() and grad to the caller.")
        for score in scores:
            score.grad = 0.0
        got.backward()
        slopes = [p - (k == label) for k, p in enumerate(probabilities(numbers))]
        cut = (
            "The loss is right, and its graph is not: some score reaches the loss as a plain number, or with a factor."
        )
        answer.close([s.grad for s in scores], slopes, rtol=1e-6, atol=1e-9, what=f"the slopes, {shown}", mistake=cut)


# 08.3

SIZES = ((10, 5), (10, 4), (7, 10), (1, 1), (6, 1), (200, 20), (200, 64), (5, 5), (0, 3), (33, 8))


@exercise("08.3", shows="Every point once an epoch, in an order that chance makes anew.")
def minibatches(answer: Answer) -> None:
    for count, size in SIZES:
        rng = random.Random(count)
        for turn in ("", ", once more"):
            batches = lists(answer, count, size, rng, f"{count}, {size}, rng{turn}")
            lengths = [len(batch) for batch in batches]
            wanted = [min(size, count - start) for start in range(0, count, size)]
            answer.close(lengths, wanted, rtol=0.0, what=f"the lengths for {count} positions in lists of {size}")
            flat = sorted(position for batch in batches for position in batch)
            answer.require(flat == list(range(count)), f"Each position from 0 to {count - 1} must come exactly once.")
    rng = random.Random(0)
    first, second = (lists(answer, 60, 7, rng, "60, 7, rng") for _ in range(2))
    in_order = [position for batch in first for position in batch] == list(range(60))
    answer.require(not in_order, "Nothing was shuffled: the positions come in their order.")
    again = lists(answer, 60, 7, random.Random(0), "60, 7, rng")
    answer.require(first == again, "The same rng, seeded the same way, must give the same batches.")
    answer.require(first != second, "The second epoch has the same batches as the first: shuffle anew in each call.")
    places = [[] for _ in range(60)]
    members = set()
    for _ in range(200):
        batches = lists(answer, 60, 7, rng, "60, 7, rng")
        members.add(frozenset(batches[0]))
        for place, position in enumerate(position for batch in batches for position in batch):
            places[place].append(position)
    everywhere = all(15 < sum(position < 30 for position in found) / 200 * 60 < 45 for found in places)
    answer.require(everywhere, "Some positions come early in every epoch: shuffle all positions, then cut.")
    answer.require(len(members) > 150, "The same points meet in every epoch: shuffle the points, not the batches.")


def lists(answer: Answer, count: int, size: int, rng: random.Random, shown: str) -> list[list[int]]:
    got = answer.call(count, size, rng, shown=shown)
    form = f"yours:    {show(got)} ({kind_of(got)})\nexpected: a list of lists of positions, or a generator of them"
    answer.require(isinstance(got, Iterable) and not isinstance(got, str | dict), form)
    got = answer.run(lambda: list(got), f"the batches of minibatches({shown})")
    answer.require(all(isinstance(batch, list | tuple) and all(type(i) is int for i in batch) for batch in got), form)
    return [list(batch) for batch in got]


# 08.4

# Scores of each point, labels, and how many mistakes to return.
ANSWERS: tuple[tuple[list[list[float]], list[int], int], ...] = (
    ([[2.0, 1.0], [0.0, 3.0]], [1, 0], 2),
    ([[2.0, 1.0], [0.0, 3.0]], [1, 0], 1),
    ([[2.0, 1.0], [0.0, 3.0], [5.0, 0.0]], [0, 1, 0], 3),
    ([[50.0, 49.0], [5.0, 0.0]], [1, 1], 1),
    ([[-50.0, -49.0], [-5.0, -9.0]], [0, 1], 2),
    ([[1000.0, 0.0], [0.0, 2000.0], [0.0, 1.0]], [1, 0, 0], 2),
    ([[1.0, 1.0], [1.0, 1.0]], [0, 1], 2),
    ([[0.0, 1.0], [0.0, 1.0], [0.0, 1.0]], [0, 0, 0], 2),
    ([[0.0, 2.0, 1.9], [0.0, 2.0, -9.0]], [0, 0], 2),
    ([[0.0, 2.0, -9.0], [0.1, 2.0, 1.9], [0.0, 2.0, 2.0]], [0, 0, 0], 3),
    ([[3.0, 1.0, 2.0], [1.0, 2.0, 3.0], [2.0, 3.0, 1.0]], [2, 2, 2], 5),
    ([[4.0, 0.0]], [0], 1),
    ([[0.0, 4.0]], [0], 0),
    ([[0.0, 4.0, 1.0], [7.0, 4.0, 1.0], [0.0, 4.5, 1.0], [9.0, 8.9, 8.8]], [2, 1, 0, 2], 3),
    ([[0.0, 0.5], [1e17, 1e17], [1e17, 1e17, 1e17], [0.0, 2.0]], [0, 1, 1, 0], 4),
    ([[-1e17, -1e17], [0.0, 1e17]], [1, 0], 2),
)


@exercise("08.4", shows="Those mistakes come first of which the network was most sure.")
def worst_mistakes(answer: Answer) -> None:
    rng = random.Random(4)
    more = []
    for classes in (2, 3, 5):
        rows = [[rng.uniform(-4.0, 4.0) for _ in range(classes)] for _ in range(12)]
        more.append((rows, [rng.randrange(classes) for _ in rows], 6))
    for rows, labels, count in (*ANSWERS, *more):
        losses = [loss_of(row, label) for row, label in zip(rows, labels, strict=True)]
        wrong = [i for i, row in enumerate(rows) if row.index(max(row)) != labels[i]]
        expected = sorted(wrong, key=lambda i: (-losses[i], i))[:count]
        got = answer.call([list(row) for row in rows], list(labels), count)
        got = list(got) if isinstance(got, tuple) else got
        if isinstance(got, list) and all(type(i) is int for i in got):
            pair = f"yours:    {show(got)}\nexpected: {expected}"
            right = [i for i in got if i not in wrong]
            answer.require(not right, f"{pair}\nThe answer for {show(right)} is right, so it is no mistake.")
            answer.require(len(set(got)) == len(got), f"{pair}\nAn index stands in it twice.")
            order = ", ".join(f"{losses[i]:.4g}" for i in got)
            answer.require(sorted(got) != sorted(expected) or got == expected, f"{pair}\nThe losses of yours: {order}.")
        answer.close(got, expected, rtol=0.0, atol=0.0)


def loss_of(scores: Sequence[float], label: int) -> float:
    """The loss of one point. The large numbers are subtracted first: 1e17 + log 2 - 1e17 would be 0."""
    return math.log(sum(math.exp(score - max(scores)) for score in scores)) + (max(scores) - scores[label])
