"""What chapter 18 adds to the engine of arrays: words as counts and questions, drawing, and rows by their numbers."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from course.mine.tensor_engine import Tensor
from course.mine.tensor_modules import Module

LETTERS = ".abcdefghijklmnopqrstuvwxyz"  # a letter's number is its place here; "." stands before and after a word


# Exercise 18.1
def bigram_counts(words: Iterable[str]) -> np.ndarray:
    """Return the table (27, 27) of how often a letter (column) follows another (row), with "." around each word."""
    table = np.zeros((27, 27))
    for word in words:
        for first, second in zip("." + word, word + ".", strict=True):
            table[LETTERS.index(first), LETTERS.index(second)] += 1
    return table


# Exercise 18.2
def sample(probabilities: Any, rng: np.random.Generator) -> int:
    """Draw a number by its probability: the first at which the sum of probabilities is above `rng.random()`.

    What rounding lacks or adds to a sum of 1 is shared by all.
    """
    reached = np.cumsum(probabilities, dtype=float)
    return int(np.searchsorted(reached, rng.random() * reached[-1], side="right"))


# Exercise 18.3
def contexts(words: Iterable[str], length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a question for each letter of each word and for its end: the letters before it, and its own number.

    The questions have the shape (count, length), with 0 for places before the word; the answers (count,).
    """
    questions, answers = [], []
    for word in words:
        numbers = [0] * length + [LETTERS.index(letter) for letter in word] + [0]
        for end in range(length, len(numbers)):
            questions.append(numbers[end - length : end])
            answers.append(numbers[end])
    return np.array(questions, dtype=int).reshape(len(answers), length), np.array(answers, dtype=int)


# Exercise 18.4
class Embedding(Module):
    """Rows of a trained table (count, size) by their numbers: numbers of shape (…) give (…, size).

    The table starts with normal numbers. Raises ValueError for numbers that are not 0 to count - 1.
    """

    def __init__(self, count: int, size: int, rng: np.random.Generator | None = None) -> None:
        rng = rng or np.random.default_rng()
        self.weight = Tensor(rng.normal(size=(count, size)), requires_grad=True)

    def forward(self, numbers: Any) -> Tensor:
        numbers, count = np.array(numbers), self.weight.shape[0]  # a copy: the caller may fill the array anew
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < count:
            raise ValueError(
                f"Embedding: this table has the rows 0 to {count - 1}, not {numbers.min()} to {numbers.max()}"
            )
        return self.weight[numbers]
