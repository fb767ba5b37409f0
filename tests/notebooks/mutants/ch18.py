"""Wrong answers to chapter 18's exercises, which the checks must catch, and right ones in other styles."""

import bisect
import itertools
from collections import Counter, defaultdict

import numpy as np

from course import mine

engine = mine.chapter(18)
LETTERS, Module, Tensor = engine.LETTERS, engine.Module, engine.Tensor

# 18.1


def counted(words, start=".", end=".", dtype=float):
    table = np.zeros((27, 27), dtype)
    for word in words:
        signs = start + word + end
        for first, second in itertools.pairwise(signs):
            table[LETTERS.index(first), LETTERS.index(second)] += 1
    return table


def as_one_word(words):
    """Counts right, but finds the pair ".." in no words."""
    return counted([".".join(words)])


def by_index(words):
    """Adds for all pairs of a word at once, and loses those that come twice."""
    table = np.zeros((27, 27))
    for word in words:
        numbers = np.array([LETTERS.index(letter) for letter in f".{word}."])
        table[numbers[:-1], numbers[1:]] += 1
    return table


def by_membership(words):
    """Asks of each word whether a pair is in it, not how often."""
    return np.array([[sum(a + b in f".{word}." for word in words) for b in LETTERS] for a in LETTERS])


def one_too_few(words):
    table = np.zeros((26, 26))
    for word in words:
        for first, second in itertools.pairwise(word):
            table[ord(first) - 97, ord(second) - 97] += 1
    return table


def by_counter(words):
    found = Counter(pair for word in words for pair in zip("." + word, word + ".", strict=True))
    return np.array([[found[first, second] for second in LETTERS] for first in LETTERS])


def by_joined_counts(words):
    text = "".join(f".{word}." for word in words)
    return np.array([[text.count(a + b) if a + b != ".." else 0 for b in LETTERS] for a in LETTERS])


def by_edges(words):
    first = [LETTERS.index(letter) for word in words for letter in "." + word]
    second = [LETTERS.index(letter) for word in words for letter in word + "."]
    return np.histogram2d(first, second, bins=np.arange(28) - 0.5)[0]


def by_add_at(words):
    table = np.zeros((27, 27), int)
    text = ".".join(["", *words, ""])
    numbers = np.array([LETTERS.index(letter) for letter in text], int)
    np.add.at(table, (numbers[:-1], numbers[1:]), 1)
    table[0, 0] = 0
    return table


# 18.2


def right_sample(probabilities, rng):
    reached = np.cumsum(probabilities, dtype=float)
    return np.searchsorted(reached, rng.random() * reached[-1], side="right")


def unscaled(probabilities, rng):
    return int(np.searchsorted(np.cumsum(probabilities), rng.random(), side="right"))


def from_the_left(probabilities, rng):
    return int(np.searchsorted(np.cumsum(probabilities), rng.random(), side="left"))


def capped(probabilities, rng):
    """Stays in the range, but gives the last number even if its probability is 0."""
    return min(unscaled(probabilities, rng), len(probabilities) - 1)


def first_if_none(probabilities, rng):
    """Gives place 0 if no sum is above the number."""
    return int(np.argmax(np.cumsum(probabilities, dtype=float) > rng.random()))


def rounded_away(probabilities, rng):
    """Stretches by a sum in float32, so that no sum need be above the number."""
    u, total = rng.random() * sum(probabilities), 0
    for number, share in enumerate(probabilities):
        total = total + share
        if total > u:
            return number


def evenly(probabilities, rng):
    return int(rng.random() * len(probabilities))


def by_choice(probabilities, rng):
    return int(rng.choice(len(probabilities), p=probabilities))


def again_and_again(probabilities, rng):
    """Draws a number for each place."""
    for number, share in enumerate(probabilities):
        if rng.random() < share:
            return number
    return len(probabilities) - 1


def by_first_true(probabilities, rng):
    reached = np.cumsum(probabilities, dtype=float)
    return np.argmax(reached > rng.random() * reached[-1])


def by_subtraction(probabilities, rng):
    u = rng.random()
    for number, share in enumerate(probabilities):
        if u < share:
            return number
        u -= share
    return max(number for number, share in enumerate(probabilities) if share > 0)


def by_bisection(probabilities, rng):
    reached = list(itertools.accumulate(float(share) for share in probabilities))
    return bisect.bisect_right(reached, rng.random() * reached[-1])


def by_comparison(probabilities, rng):
    reached = np.cumsum(np.asarray(probabilities, float))
    return int((reached / reached[-1] <= rng.random()).sum())


# 18.3


def asked(words, length, fill=0, end=True, back=False, forget=True, dtype=int):
    rows, answers, window = [], [], [fill] * length
    for word in words:
        window = [fill] * length if forget else window
        for number in [LETTERS.index(letter) for letter in word] + [0] * end:
            rows.append(window[::-1] if back else window)
            answers.append(number)
            window = [*window[1:], number]
    return np.array(rows, dtype), np.array(answers, dtype)


def filled_behind(words, length):
    rows, answers = [], []
    for word in words:
        numbers = [LETTERS.index(letter) for letter in word] + [0]
        for place, number in enumerate(numbers):
            before = numbers[max(0, place - length) : place]
            rows.append(before + [0] * (length - len(before)))
            answers.append(number)
    return np.array(rows), np.array(answers)


def whole_windows_only(words, length):
    rows, answers = asked(words, length)
    full = (rows > 0).all(axis=1)
    return rows[full], answers[full]


def one_list(words, length):
    """Appends the same list again and again, and moves it on."""
    rows, answers = [], []
    for word in words:
        window = [0] * length
        for letter in word + ".":
            rows.append(window)
            answers.append(LETTERS.index(letter))
            window.pop(0)
            window.append(answers[-1])
    return np.array(rows), np.array(answers)


def from_the_end(words, length):
    """Lets a slice start at a negative place."""
    rows = [word[n - length : n].rjust(length, ".") for word in words for n in range(len(word) + 1)]
    return np.array([list(map(LETTERS.index, row)) for row in rows]), asked(words, length)[1]


def by_windows(words, length):
    rows, answers = [], []
    for word in words:
        numbers = np.array([LETTERS.index(letter) for letter in "." * length + word + "."])
        windows = np.lib.stride_tricks.sliding_window_view(numbers, length + 1)
        rows.append(windows[:, :-1])
        answers.append(windows[:, -1])
    return [np.concatenate(rows), np.concatenate(answers)]


def by_strings(words, length):
    pairs = [(("." * length + word)[i : i + length], letter) for word in words for i, letter in enumerate(f"{word}.")]
    number = {letter: n for n, letter in enumerate(LETTERS)}
    return np.array([[number[c] for c in row] for row, _ in pairs]), np.array([number[c] for _, c in pairs])


# 18.4


class Right(Module):
    def __init__(self, count, size, rng):
        self.weight = Tensor(rng.normal(size=(count, size)), requires_grad=True)

    def forward(self, numbers):
        numbers = np.array(numbers)
        if numbers.size and (numbers.min() < 0 or numbers.max() >= len(self.weight.data)):
            raise ValueError("there is no such row")
        return self.weight[numbers]


class Unasked(Right):
    """Takes rows from the end for negative numbers."""

    def forward(self, numbers):
        return self.weight[np.asarray(numbers)]


class AsGiven(Right):
    """Takes a tuple for one place with two axes."""

    def forward(self, numbers):
        if np.size(numbers) and np.min(numbers) < 0:
            raise ValueError("negative")
        return self.weight[numbers]


class Frozen(Right):
    def __init__(self, count, size, rng):
        self.weight = Tensor(rng.normal(size=(count, size)))


class Turned(Right):
    def __init__(self, count, size, rng):
        self.weight = Tensor(rng.normal(size=(size, count)), requires_grad=True)

    def forward(self, numbers):
        return self.weight.T[np.asarray(numbers)]


class Copied(Right):
    """Takes the rows of the array, so nothing is recorded."""

    def forward(self, numbers):
        return Tensor(self.weight.data[np.asarray(numbers)])


class Flat(Right):
    """Knows one axis of numbers only."""

    def forward(self, numbers):
        return super().forward(np.ravel(numbers))


class ByReference(Right):
    """Keeps the caller's array, which may hold other numbers when the backward pass reads it."""

    def forward(self, numbers):
        numbers = np.asarray(numbers)
        if numbers.size and (numbers.min() < 0 or numbers.max() >= len(self.weight.data)):
            raise ValueError("there is no such row")
        return self.weight[numbers]


class WithoutWeight(Module):
    """Has a parameter for each row, and no table."""

    def __init__(self, count, size, rng):
        self.rows = [Tensor(row, requires_grad=True) for row in rng.normal(size=(count, size))]


class NegativeOnly(Right):
    """Leaves numbers that are too large to NumPy, which raises IndexError."""

    def forward(self, numbers):
        numbers = np.array(numbers)
        if (numbers < 0).any():
            raise ValueError("negative")
        return self.weight[numbers]


class ByProduct(Right):
    """Multiplies one-hot rows by the table."""

    def forward(self, numbers):
        numbers, count = np.array(numbers), len(self.weight.data)
        if ((numbers < 0) | (numbers >= count)).any():
            raise IndexError(f"rows are 0 to {count - 1}")
        rows = (numbers.reshape(-1, 1) == np.arange(count)).astype(self.weight.data.dtype)
        return (rows @ self.weight).reshape(*numbers.shape, self.weight.shape[1])


class ByRows(Module):
    """Asks the engine once for all numbers in a row, and gives them their shape afterwards."""

    def __init__(self, many, length, generator=None):
        self.many = many
        self.weight = Tensor(generator.standard_normal((many, length)), True)

    def forward(self, places):
        places = np.array(places, int)
        for place in places.ravel().tolist():
            if place not in range(self.many):
                raise ValueError(place)
        return self.weight[places.reshape(-1)].reshape(*places.shape, -1 if places.size else self.weight.shape[1])


# 18.5


def falling(train, rows, strength, first=0, step=True):
    shares = np.full((len(rows), 27), 1 / 27)
    longest = rows.shape[1]
    contexts, answers = asked(train, longest)
    for length in range(first if step else longest, longest + 1):
        found = defaultdict(lambda: np.zeros(27))
        for context, number in zip(contexts.tolist(), answers, strict=True):
            found[tuple(context[longest - length :])][number] += 1
        counts = np.array([found[tuple(row[longest - length :])] for row in rows.tolist()])
        shares = (counts + strength * shares) / (counts.sum(axis=1, keepdims=True) + strength)
    return shares


def only_the_longest(train, rows, strength):
    return falling(train, rows, strength, step=False)


def from_one_letter(train, rows, strength):
    return falling(train, rows, strength, first=1)


def added_to_each(train, rows, strength):
    """Adds the strength to each of 27 counts."""
    return falling(train, rows, 27 * strength)


def too_short(train, rows, strength):
    return falling(train, rows[:, 1:], strength)


def minus_zero(train, rows, strength):
    """Takes all letters for the empty context, since [-0:] is everything."""
    shares = np.full((len(rows), 27), 1 / 27)
    contexts, answers = asked(train, rows.shape[1])
    for length in range(rows.shape[1] + 1):
        for place, row in enumerate(rows):
            counts = np.bincount(answers[(contexts[:, -length:] == row[-length:]).all(axis=1)], minlength=27)
            shares[place] = (counts + strength * shares[place]) / (counts.sum() + strength)
    return shares


def by_masks(train, rows, strength):
    contexts, answers = asked(train, rows.shape[1])
    one_hot, equal = np.eye(27)[answers], np.ones((len(rows), len(answers)), bool)
    shares = np.ones((len(rows), 27)) / 27
    for length in range(rows.shape[1] + 1):
        if length:
            equal &= rows[:, -length, None] == contexts[:, -length]
        counts = equal @ one_hot
        shares = (counts + strength * shares) / (counts.sum(1, keepdims=True) + strength)
    return shares


def first_letters(train, rows, strength):
    return falling(train, rows[:, ::-1], strength)


def by_recursion(train, rows, strength):
    text = [LETTERS.index(letter) for word in train for letter in word + "."]
    starts = [0, *[n + 1 for n, number in enumerate(text) if number == 0]]

    def before(place):
        start = max(s for s in starts if s <= place)
        return text[start:place]

    def share(context):
        lower = share(context[1:]) if context else np.full(27, 1 / 27)
        counts = np.zeros(27)
        for place, number in enumerate(text):
            known = [0] * len(context) + before(place)
            if known[len(known) - len(context) :] == context:
                counts[number] += 1
        return (counts + strength * lower) / (counts.sum() + strength)

    return np.array([share(row) for row in rows.tolist()])


MUTANTS = {
    "18.1": [
        lambda words: counted(words, start=""),
        lambda words: counted(words, end=""),
        lambda words: counted(words, "", ""),
        lambda words: counted(words).T,
        lambda words: np.minimum(counted(words), 1),
        lambda words: counted(set(words)),
        as_one_word,
        by_index,
        one_too_few,
        lambda words: counted(words) + 1,
        lambda words: counted(words, dtype=bool),
        lambda words: counted(words, dtype=np.uint8),
        by_membership,
    ],
    "18.2": [
        unscaled,
        from_the_left,
        capped,
        evenly,
        by_choice,
        again_and_again,
        lambda probabilities, rng: int(np.argmax(probabilities)),
        lambda probabilities, rng: float(right_sample(probabilities, rng)),
        lambda probabilities, rng: right_sample(probabilities[::-1], rng),
        lambda probabilities, rng: LETTERS[right_sample(probabilities, rng)],
        first_if_none,
        rounded_away,
    ],
    "18.3": [
        filled_behind,
        whole_windows_only,
        lambda words, length: asked(words, length, end=False),
        lambda words, length: asked(words, length, back=True),
        lambda words, length: asked(words, length, forget=False),
        lambda words, length: asked(words, length, dtype=float),
        lambda words, length: asked(words, length, fill=26),
        lambda words, length: asked(words, length + 1),
        lambda words, length: asked(words, length)[::-1],
        lambda words, length: asked(words, length)[0],
        one_list,
        from_the_end,
    ],
    "18.4": [
        Unasked,
        AsGiven,
        Frozen,
        Turned,
        Copied,
        Flat,
        Right(5, 3, np.random.default_rng(0)),
        ByReference,
        WithoutWeight,
    ],
    "18.5": [
        only_the_longest,
        from_one_letter,
        added_to_each,
        first_letters,
        too_short,
        minus_zero,
        lambda train, rows, strength: falling(sorted(set(train)), rows, strength),
    ],
}

RIGHT = {
    "18.1": [by_counter, by_add_at, by_joined_counts, by_edges, lambda words: counted(words, dtype=np.int64)],
    "18.2": [right_sample, by_first_true, by_subtraction, by_bisection, by_comparison],
    "18.3": [by_windows, by_strings, lambda words, length: list(asked(words, length))],
    "18.4": [Right, NegativeOnly, ByProduct, ByRows],
    "18.5": [falling, by_masks, by_recursion],
}

SAYS = {
    MUTANTS["18.1"][0]: "without the start",
    MUTANTS["18.1"][1]: "without the end",
    MUTANTS["18.1"][3]: "transposed",
    MUTANTS["18.1"][5]: "different word",
    as_one_word: "without words there are no pairs",
    by_index: "twice in a word",
    by_membership: "twice in a word",
    MUTANTS["18.2"][0]: "by rounding",
    MUTANTS["18.2"][2]: "probability is 0",
    first_if_none: "probability is 0",
    rounded_away: "by rounding",
    MUTANTS["18.3"][0]: "behind the letters",
    MUTANTS["18.3"][3]: "reverse order",
    one_list: "changed later",
    MUTANTS["18.4"][0]: "ValueError",
    MUTANTS["18.4"][4]: "no history",
    ByReference: "not copied",
    WithoutWeight: "it has no weight",
    MUTANTS["18.5"][0]: "at once",
    too_short: "before the longest",
    minus_zero: "[-n:] is everything",
    MUTANTS["18.5"][-1]: "different word",
}
