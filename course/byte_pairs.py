"""Byte-pair encoding: a text as numbers of pieces that are longer than characters.

It starts with characters, and joins the most frequent pair of neighbours, again and again. Philip Gage made files
shorter that way in 1994; Sennrich, Haddow and Birch (2016) cut words for networks with it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

Pair = tuple[str, str]


def words(text: str) -> list[str]:
    """Return the words and signs of a text, a space before one being its first character; joined, they are the text.

    No pair is made across their borders.
    """
    return re.findall(r" ?\w+| ?[^\w\s]+|\s", text)


def joined(parts: Sequence[str], pair: Pair) -> list[str]:
    """Return the parts with every occurrence of the pair made one part, from left to right: a a a gives aa a."""
    new, place = [], 0
    while place < len(parts):
        if tuple(parts[place : place + 2]) == pair:
            new.append("".join(pair))
            place += 2
        else:
            new.append(parts[place])
            place += 1
    return new


def learn_merges(text: str, merges: int) -> list[Pair]:
    """Return the pairs to join, the first first: each is the most frequent when those before it are joined.

    Of pairs that are equally frequent it is the first in the order of characters. There are fewer than `merges` when
    all words have become one part. Raises ValueError if `merges` is not a whole number of at least 0.
    """
    if isinstance(merges, bool) or not isinstance(merges, int) or merges < 0:
        raise ValueError(f"learn_merges: the number of merges must be a whole number of at least 0, not {merges!r}")
    times = Counter(words(text))
    parts = {word: list(word) for word in times}
    counts: Counter[Pair] = Counter()
    homes: defaultdict[Pair, set[str]] = defaultdict(set)  # the words in which a pair stands, or once stood

    def note(word: str, by: int) -> None:
        for pair in pairwise(parts[word]):
            counts[pair] += by
            homes[pair].add(word)
            if not counts[pair]:
                del counts[pair]

    for word, count in times.items():
        note(word, count)
    learnt: list[Pair] = []
    while counts and len(learnt) < merges:
        most = max(counts.values())
        best = min(pair for pair, count in counts.items() if count == most)
        for word in homes.pop(best):
            note(word, -times[word])
            parts[word] = joined(parts[word], best)
            note(word, times[word])
        learnt.append(best)
    return learnt


class BytePairs:
    """Turns a text into numbers and back: single characters first, in their order, then what each merge makes.

    `merges` are those of `learn_merges`, `characters` all that may occur. `size` is how many numbers there are.
    """

    def __init__(self, merges: Iterable[Pair], characters: Iterable[str]) -> None:
        self.merges = [(first, second) for first, second in merges]
        self.characters = "".join(sorted(set("".join(characters))))
        self.pieces = list(dict.fromkeys([*self.characters, *map("".join, self.merges)]))
        self.numbers = {piece: number for number, piece in enumerate(self.pieces)}
        self.size = len(self.pieces)
        self._order: dict[Pair, int] = {}
        for place, pair in enumerate(self.merges):
            if not {*pair} <= self.numbers.keys():
                raise ValueError(f"BytePairs: the merge {pair} joins what is neither a character nor a piece")
            self._order.setdefault(pair, place)
        self._known: dict[str, list[int]] = {}

    @classmethod
    def learn(cls, text: str, merges: int) -> "BytePairs":
        """Return the encoding that a text teaches: its characters, and its `merges` most frequent pairs."""
        return cls(learn_merges(text, merges), text)

    def encode(self, text: str) -> list[int]:
        """Return the numbers of a text. Raises ValueError, naming the first character that has no number."""
        for character in text:
            if character not in self.numbers:
                raise ValueError(
                    f"BytePairs: {character!r} has no number: it did not occur in the text that was learnt"
                )
        return [number for word in words(text) for number in self._encoded(word)]

    def decode(self, numbers: Iterable[int]) -> str:
        """Return the text that the numbers stand for. Raises ValueError for a number that stands for nothing."""
        numbers = [int(number) for number in numbers]
        for number in numbers:
            if not 0 <= number < self.size:
                raise ValueError(f"BytePairs: numbers are 0 to {self.size - 1}, not {number}")
        return "".join(self.pieces[number] for number in numbers)

    def _encoded(self, word: str) -> list[int]:
        """Return the numbers of a word, whose pairs are joined in the order in which they were learnt."""
        if word not in self._known:
            parts = list(word)
            while found := [pair for pair in pairwise(parts) if pair in self._order]:
                parts = joined(parts, min(found, key=self._order.__getitem__))
            self._known[word] = [self.numbers[part] for part in parts]
        return self._known[word]
