"""Chapter 18, a language model of names: what the exercises ask.

What is expected is counted, drawn and looked up letter by letter; none of it comes from an engine.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from course.compare import result_of
from course.specification import Answer, NotAttempted, exercise
from course.wording import kind_of, show

LETTERS = ".abcdefghijklmnopqrstuvwxyz"
WORDS: tuple[list[str], ...] = (
    ["anna"],
    ["zoe"],
    ["anna", "nana", "anna"],
    ["a"],
    ["jo", "maximilian", "li", "oluwaseun", "aa", "xquyz"],
)


def numbers_of(word: str) -> list[int]:
    return [LETTERS.index(letter) for letter in word]


def require_whole(answer: Answer, got: Any, name: str) -> np.ndarray:
    """Require an array of whole numbers."""
    answer.require(isinstance(got, np.ndarray), f"{name}\nyours:    {kind_of(got)}\nexpected: an array")
    is_whole = got.dtype.kind in "iu"
    answer.require(is_whole, f"{name}\nyours:    an array of {got.dtype}\nexpected: whole numbers, such as dtype=int")
    return got


# 18.1


def pairs(words: Sequence[str], ends: str = "both") -> np.ndarray:
    """How often each number follows each other one; `ends` says which signs "." are put around a word."""
    found = Counter()
    for word in words:
        signs = {"both": f".{word}.", "start": f".{word}", "end": f"{word}.", "none": word}[ends]
        found.update(zip(numbers_of(signs), numbers_of(signs[1:]), strict=False))
    table = np.zeros((27, 27))
    for place, count in found.items():
        table[place] = count
    return table


@exercise("18.1", shows="A table of what follows what: everything that this model knows of names.")
def bigram_counts(answer: Answer) -> None:
    for words, shown in [(words, show(words)) for words in (*WORDS, [])] + [(["anna"] * 300, "['anna'] * 300")]:
        got = answer.call(list(words), shown=shown)
        answer.require(isinstance(got, np.ndarray), f"yours:    {kind_of(got)}\nexpected: an array of shape (27, 27)")
        expected = pairs(words)
        mistakes = {
            "without the start: a first letter follows '.'": pairs(words, "end"),
            "without the end: '.' follows a last letter": pairs(words, "start"),
            "without the start and the end of the words": pairs(words, "none"),
            "transposed: the row is the letter before": expected.T,
            "in which each pair counts once, however often it comes": (expected > 0) * 1.0,
            "in which each different word counts once: the list has one several times": pairs(sorted(set(words))),
            "in which a pair that comes twice in a word counts once there": sum((pairs([w]) > 0) * 1.0 for w in words),
            "with the pair '..': without words there are no pairs": pairs([".".join(words)]),
        }
        mistakes = {why: wrong for why, wrong in mistakes.items() if not np.array_equal(wrong, expected)}
        answer.close(got, expected, mistake=result_of(got, mistakes))


# 18.2


class Fixed:
    """Stands for a generator, of which `random()` gives the numbers that are handed over, and nothing else is there."""

    def __init__(self, *numbers: float) -> None:
        self.numbers, self.asked = numbers, 0

    def random(self) -> float:
        self.asked += 1
        return self.numbers[min(self.asked, len(self.numbers)) - 1]


SHARES = (
    [0.25, 0.25, 0.5],
    [0.0, 0.5, 0.0, 0.5, 0.0],
    [1.0],
    [0.0, 0.0, 1.0],
    [0.125] * 8,
    [0.5, 0.125, 0.0, 0.25, 0.125],
)
DRAWS = (0.0, 0.1, 0.24, 0.26, 0.4, 0.6, 0.7, 0.8, 0.9, 0.99)
BELOW_ONE = math.nextafter(1.0, 0.0)  # the largest number that random() gives
ROUNDED = (
    np.array([0.1] * 10 + [0.0]),
    np.array([0.1] * 10 + [0.0], np.float32),
    np.array([1 / 3] * 3) - 1e-9,
    np.array([0.0, 0.25, 0.75 - 1e-9]),
)


def drawn(shares: Sequence[float], u: float) -> int:
    """The first number at which the sum of the shares is above u."""
    return next(n for n in range(len(shares)) if math.fsum(shares[: n + 1]) > u)


@exercise("18.2", shows="One even number between 0 and 1 falls into one of the stretches, as often as it is long.")
def sample(answer: Answer) -> None:
    for shares in SHARES:
        for u in DRAWS:
            require_draw(answer, np.array(shares), u, {drawn(shares, u)})
    for shares in ROUNDED:
        for u in (0.05, BELOW_ONE):
            likely = {n for n, share in enumerate(shares) if share > 0}
            require_draw(answer, shares, u, likely if u == BELOW_ONE else {drawn(shares, u)})
    rng, count = np.random.default_rng(0), 4000
    shares = np.array([0.1, 0.6, 0.0, 0.3])
    name = "answers of 4,000 draws, as shares of them"
    answer.last_run = name
    draws = answer.run(lambda: [answer.value(shares, rng) for _ in range(count)], name)
    found = np.bincount([int(draw) for draw in draws], minlength=4)
    answer.close(found / count, shares, rtol=0, atol=0.03, what=name)


def require_draw(answer: Answer, shares: np.ndarray, u: float, expected: set[int]) -> None:
    rng = Fixed(u)
    shown = f"{show(shares.tolist())}, rng"
    got = answer.call(shares, rng, shown=shown)
    said = f"with rng.random() = {u!r}:\n"
    is_number = isinstance(got, int | np.integer) and not isinstance(got, bool | np.bool_)
    rounded = f"\nThe probabilities add up to {float(np.cumsum(shares)[-1])!r}, by rounding." if u == BELOW_ONE else ""
    is_lost = got is None and rounded  # no sum was above the number
    kind = "None" if is_lost else kind_of(got)
    why = rounded if is_lost else ""
    answer.require(is_number, f"{said}yours:    {kind}\nexpected: a whole number{why}")
    answer.require(rng.asked == 1, f"rng.random() was called {rng.asked} times. Call it once for each draw.")
    if int(got) in expected:
        answer.something_right = True
        return
    mistake = ""
    if got >= len(shares) or got < 0:
        mistake = f"\nThere are the numbers 0 to {len(shares) - 1}.{rounded}"
    elif shares[got] == 0:
        mistake = "\nIts probability is 0."
    wanted = expected.copy().pop() if len(expected) == 1 else f"one of {sorted(expected)}"
    answer.require(False, f"{said}yours:    {got}\nexpected: {wanted}{mistake}")


# 18.3


def questions(words: Sequence[str], length: int, fill: str = "start") -> tuple[np.ndarray, np.ndarray]:
    """The letters before each letter, and that letter; `fill` names a wrong way to fill places before a word."""
    rows, answers = [], []
    for word in words:
        signs = word + "."
        for place, letter in enumerate(signs):
            before = [LETTERS.index(signs[n]) if n >= 0 else 0 for n in range(place - length, place)]
            if fill == "end":
                missing = max(0, length - place)
                before = before[missing:] + [0] * missing
            rows.append(before[::-1] if fill == "reversed" else before)
            answers.append(LETTERS.index(letter))
    return np.array(rows, dtype=int).reshape(len(answers), length), np.array(answers, dtype=int)


@exercise("18.3", shows="A name of n letters becomes n + 1 questions, all of the same length.")
def contexts(answer: Answer) -> None:
    for words in WORDS:
        for length in (1, 2, 3, 5, 12):
            got = answer.call(list(words), length)
            is_pair = isinstance(got, tuple | list) and len(got) == 2
            answer.require(is_pair, f"yours:    {kind_of(got)}\nexpected: two arrays, questions and answers")
            asked, answers = questions(words, length)
            here = f"in {answer.last_run}"
            of_questions = require_whole(answer, got[0], "the questions")
            of_answers = require_whole(answer, got[1], "the answers")
            without_end = [n for n, number in enumerate(answers) if number]
            mistakes = {
                "with the empty places behind the letters": questions(words, length, "end")[0],
                "with the letters in reverse order": questions(words, length, "reversed")[0],
                "without the question for the end of a word": asked[without_end],
                "without the empty places: every word starts with them": running(words, length),
                "in which all questions of a word are its last letters: is it one list, changed later?": last_only(
                    words, length
                ),
            }
            mistakes = {why: wrong for why, wrong in mistakes.items() if not np.array_equal(wrong, asked)}
            answer.close(
                of_questions,
                asked,
                what=f"the questions {here}",
                mistake=result_of(of_questions, mistakes),
            )
            answer.close(of_answers, answers, what=f"the answers {here}")


def running(words: Sequence[str], length: int) -> np.ndarray:
    """The questions if the letters of the word before are not forgotten."""
    before, rows = [0] * length, []
    for word in words:
        for number in [*numbers_of(word), 0]:
            rows.append(before)
            before = [*before, number][1:]
    return np.array(rows, dtype=int)


def last_only(words: Sequence[str], length: int) -> np.ndarray:
    """The questions if all those of a word are one list, which moves on to the end of the word."""
    return np.array([([0] * length + numbers_of(word) + [0])[-length:] for word in words for _ in word + "."])


# 18.4

COUNT, SIZE = 5, 3
PLACES: tuple[Any, ...] = (
    np.array([1, 3]),
    np.array([2, 0, 2, 2]),
    np.array([[0, 4], [4, 4], [1, 0]]),
    np.array(3),
    [4, 1, 4],
    (0, 2),
    [[0, 1, 1], [2, 2, 2]],
    np.zeros((2, 0), dtype=int),
)


@exercise("18.4", shows="A row that is picked often is corrected often: its gradients add up.")
def embedding(answer: Answer) -> None:
    cls = answer.value
    answer.require(isinstance(cls, type), f"yours:    {kind_of(cls)}\nexpected: a class, by its name")
    shown = f"{cls.__name__}({COUNT}, {SIZE}, rng)"
    layer = answer.run(lambda: cls(COUNT, SIZE, np.random.default_rng(7)), shown)
    weight = getattr(layer, "weight", None)
    if weight is ...:
        raise NotAttempted
    has_table = hasattr(weight, "data") and hasattr(weight, "grad")
    answer.last_run = shown
    found = kind_of(weight) if hasattr(layer, "weight") else "it has no weight"
    answer.require(has_table, f"{shown}.weight\nyours:    {found}\nexpected: a Tensor, the table")
    expected = np.random.default_rng(7).normal(size=(COUNT, SIZE))
    answer.close(np.asarray(weight.data), expected, what=f"{shown}.weight.data")
    found = answer.run(layer.parameters, f"{shown}.parameters()")
    is_alone = len(found) == 1 and found[0] is weight
    answer.require(is_alone, f"yours:    {len(found)} tensors\nexpected: weight, and no other")
    for dtype, rtol in ((np.float64, 1e-9), (np.float32, 1e-5)):
        table = (np.arange(COUNT * SIZE).reshape(COUNT, SIZE) - 6.5).astype(dtype)
        weight.data = table.copy()
        for places in PLACES:
            require_rows(answer, layer, weight, table, places, shown, rtol)
    for wrong in ([0, COUNT], [-1, 2]):
        require_refused(answer, layer, wrong, shown)
    require_copy(answer, layer, weight, shown)


def require_rows(
    answer: Answer, layer: Any, table_tensor: Any, table: np.ndarray, places: Any, of: str, rtol: float
) -> None:
    """Require the rows of a table at some places, and the gradient of the table."""
    shown = f"{of}({show(places.tolist() if isinstance(places, np.ndarray) else places)})"
    got = answer.run(lambda: layer(places), shown)
    answer.require(hasattr(got, "data") and hasattr(got, "node"), f"yours:    {kind_of(got)}\nexpected: a Tensor")
    at = np.asarray(places)
    rows = np.array([table[n] for n in at.ravel()]).reshape((*at.shape, table.shape[1]))
    answer.require(
        got.data.shape == rows.shape, f"yours:    shape {got.data.shape}\nexpected: {rows.shape}, a row for each number"
    )
    answer.close(got.data, rows.astype(float), rtol=rtol)
    answer.require(got.data.dtype == table.dtype, f"yours:    numbers of {got.data.dtype}\nexpected: {table.dtype}")
    g = np.cos(np.arange(rows.size)).reshape(rows.shape).astype(table.dtype)
    answer.require(
        got.node is not None, "the result has no history, so the table gets no gradient: compute with Tensors."
    )
    table_tensor.grad = None
    answer.run(lambda: (got * g).sum().backward(), f"the gradient of weight in {shown}")
    expected, last = np.zeros(table.shape), np.zeros(table.shape)
    for n, part in zip(at.ravel(), g.reshape(-1, table.shape[1]), strict=True):
        expected[n] += part
        last[n] = part
    grad = np.zeros(table.shape) if table_tensor.grad is None else table_tensor.grad
    mistakes = {} if np.allclose(last, expected) else {"in which only the last gradient of each row counts": last}
    answer.close(grad, expected, rtol=rtol * 10, atol=1e-6, mistake=result_of(grad, mistakes))


def require_copy(answer: Answer, layer: Any, weight: Any, of: str) -> None:
    """Require that an array of numbers may be filled anew before the backward pass."""
    numbers = np.array([1, 3])
    what = f"the gradient of weight in {of}([1, 3]), after the array of numbers was filled with 2"
    weight.grad = None

    def attempt() -> None:
        rows = layer(numbers)
        numbers[:] = 2
        rows.sum().backward()

    answer.run(attempt, what)
    expected, moved = np.zeros(weight.data.shape), np.zeros(weight.data.shape)
    expected[[1, 3]], moved[2] = 1.0, 2.0
    grad = expected * 0 if weight.grad is None else weight.grad
    mistakes = {"in which the numbers are not copied: row 2 is corrected, which nobody asked for": moved}
    answer.close(grad, expected, what=what, mistake=result_of(grad, mistakes))


def require_refused(answer: Answer, layer: Any, places: list[int], of: str) -> None:
    """Require that numbers without a row raise ValueError or IndexError."""
    answer.last_run = shown = f"{of}({places})"
    refused = False

    def attempt() -> None:
        nonlocal refused
        try:
            layer(np.array(places))
        except (ValueError, IndexError):
            refused = True

    answer.run(attempt, shown)
    expected = f"a ValueError or IndexError, since this table has the rows 0 to {COUNT - 1}"
    answer.require(refused, f"yours:    a result\nexpected: {expected}")


# 18.5


def followed(asked: Sequence[int], length: int, train: Sequence[str]) -> Counter:
    """What follows the last `length` letters of a context in the words to learn from."""
    wanted, found = tuple(asked[len(asked) - length :]), Counter()
    for row, number in zip(*questions(train, length), strict=True):
        if tuple(row) == wanted:
            found[int(number)] += 1
    return found


def by_hand(train: Sequence[str], asked: Sequence[int], strength: float, lengths: Iterable[int]) -> np.ndarray:
    shares = np.full(27, 1 / 27)
    for length in lengths:
        seen = followed(asked, length, train)
        counts = np.array([seen[n] for n in range(27)])
        shares = (counts + strength * shares) / (counts.sum() + strength)
    return shares


@exercise("18.5", shows="A context that was never seen falls back on a shorter one, and counting keeps up.", seconds=10)
def fall_back(answer: Answer) -> None:
    words = ["anna", "hanna", "nina", "an", "ina", "an"]
    asked = questions(["nan", "anna", "xi"], 3)[0]
    for length in (2, 1, 3):
        for strength in (1.0, 10.0):
            rows = asked[:, 3 - length :]
            got = answer.call(list(words), rows.copy(), strength, shown=f"{words}, contexts of {length}, {strength}")
            ways = {
                "expected": range(length + 1),
                "that falls back on 1/27 at once, not on the next shorter context": [length],
                "that starts at contexts of one letter: begin with the empty one, of length 0": range(1, length + 1),
                "that stops before the longest contexts": range(length),
                "that starts at the longest context: with n = 0, [-n:] is everything": [length, *range(1, length + 1)],
                "that goes from long contexts to short ones": range(length, -1, -1),
            }
            found = {
                why: np.array([by_hand(words, row, strength, lengths) for row in rows.tolist()])
                for why, lengths in ways.items()
            }
            found["in which each different word counts once: the list has one several times"] = np.array(
                [by_hand(sorted(set(words)), row, strength, range(length + 1)) for row in rows.tolist()]
            )
            expected = found.pop("expected")
            mistakes = {why: wrong for why, wrong in found.items() if not np.allclose(wrong, expected)}
            answer.close(got, expected, mistake=result_of(got, mistakes))
