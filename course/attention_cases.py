"""What the checks of chapter 19 compare answers with: attention, a block and pairs of letters, and known mistakes."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from course.byte_pairs import words

TwoArrays = tuple[np.ndarray, np.ndarray]
Pair = tuple[str, str]


def differing(wrong: dict[str, Any], right: np.ndarray) -> dict[str, Any]:
    """The results of known mistakes that differ from the right one."""
    return {why: array for why, array in wrong.items() if array.shape != right.shape or not np.allclose(array, right)}


def shares(scores: np.ndarray, axis: int = -1) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def looked_up(q: np.ndarray, k: np.ndarray, v: np.ndarray, root: float | None = None) -> TwoArrays:
    """What each query gets, and its weights, computed from the places that it may see and no others."""
    queries, places = q.shape[-2], k.shape[-2]
    weights = np.zeros((*q.shape[:-1], places))
    for place in np.ndindex(q.shape[:-1]):
        front, seen = place[:-1], places - queries + place[-1] + 1
        weights[(*place, slice(seen))] = shares(k[front][:seen] @ q[place] / (root or q.shape[-1] ** 0.5))
    return weights @ v, weights


def mistaken_looks(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> dict[str, np.ndarray]:
    """Wrong weights, by what leads to them."""
    (queries, d), places = q.shape[-2:], k.shape[-2]
    scores = q @ np.swapaxes(k, -1, -2) / d**0.5

    def masked(sees: np.ndarray, axis: int = -1) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            return shares(np.where(sees, scores, -np.inf), axis)

    everything = np.ones((queries, places), bool)
    sees = np.tril(everything, places - queries)
    found = {
        "without the division of the scores by the root of d": looked_up(q, k, v, 1.0)[1],
        "of dividing the scores by d, and not by its root": looked_up(q, k, v, d)[1],
        "of the root of the number of values, e: take that of d, the last length of q": (
            looked_up(q, k, v, v.shape[-1] ** 0.5)[1]
        ),
        "of the root of the number of places, S: take that of d, the last length of q": (
            looked_up(q, k, v, places**0.5)[1]
        ),
        "without a mask: every query sees all places": masked(everything),
        "of weights put to 0 after softmax: they add up to less than 1": shares(scores) * sees,
        "of scores of 0 at later places: softmax makes exp(0) of them, and not 0": shares(np.where(sees, scores, 0)),
        "of a mask turned round: each query sees the later places": masked(np.triu(everything, places - queries)),
        "of queries that do not see their own place": masked(np.tril(everything, places - queries - 1)),
        "of queries at the first T places: they stand at the last T": masked(np.tril(everything)),
        "of softmax along the queries: take it along the last axis": masked(sees, -2),
        "of k.reshape, which tears keys apart: exchange the last two axes of k with transpose": (
            shares(np.where(sees, q @ k.reshape(*k.shape[:-2], d, places) / d**0.5, -np.inf))
        ),
    }
    return found


def by_columns(x: np.ndarray, heads: int) -> np.ndarray:
    """The columns of each head, one head after the other."""
    size = x.shape[2] // heads
    return np.stack([x[:, :, head * size : (head + 1) * size] for head in range(heads)], axis=1)


class Parts:
    """The layers of a block as the engine draws them in one order, and what is computed with their numbers."""

    def __init__(
        self, engine: dict[str, Any], width: int, heads: int, seed: int, order: str = "attention first"
    ) -> None:
        rng, self.heads = np.random.default_rng(seed), heads
        linear, look = engine["Linear"], engine["SelfAttention"]
        attention = look(width, heads, rng) if order == "attention first" else None
        first = linear(width, 4 * width, rng), linear(4 * width, width, rng)
        attention = attention or look(width, heads, rng)
        self.wide, self.narrow = ((layer.weight.data, layer.bias.data) for layer in first)
        names = ("query", "key", "value", "out")
        self.attention = [(getattr(attention, name).weight.data, getattr(attention, name).bias.data) for name in names]

    def shapes(self, width: int) -> list[tuple[int, ...]]:
        pairs = [*self.attention, self.wide, self.narrow, *[(np.ones(width), np.zeros(width))] * 2]
        return sorted(array.shape for pair in pairs for array in pair)

    def look(self, x: np.ndarray) -> np.ndarray:
        """What attention in several heads gives for x (n, T, width)."""
        q, k, v = (by_columns(linear(x, pair), self.heads) for pair in self.attention[:3])
        mixed = looked_up(q, k, v)[0]
        return linear(np.concatenate([mixed[:, head] for head in range(self.heads)], axis=2), self.attention[3])

    def think(self, x: np.ndarray, bend: Callable[..., np.ndarray] = lambda x: np.maximum(x, 0)) -> np.ndarray:
        return linear(bend(linear(x, self.wide)), self.narrow)

    def right(self, x: np.ndarray) -> np.ndarray:
        x = x + self.look(norm(x))
        return x + self.think(norm(x))

    def wrong(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Results of blocks that are wrong in a known way."""
        found, added = self.look(norm(x)), x + self.look(norm(x))
        plain = x + self.look(x)
        after = norm(x + self.look(x))
        return {
            "of adding nothing to x: what attention gives is in its place": found + self.think(norm(found)),
            "without what the second half gets: add what the two layers give to it": self.think(norm(added)),
            "without x in both sums": self.think(norm(found)),
            "without norms: both halves read what they get as it is": plain + self.think(plain),
            "without the norm before attention": plain + self.think(norm(plain)),
            "without the norm before the two layers": added + self.think(added),
            "of norms after the sums: they stand before attention and before the two layers": (
                norm(after + self.think(after))
            ),
            "of adding to norm(x): what is added to is x as it came": self.on_the_norm(x),
            "of two layers that read x as it came: they read what attention was added to": added + self.think(norm(x)),
            "of adding the second half to x as it came: add it to what attention was added to": (
                x + self.think(norm(added))
            ),
            "without the second half": added,
            "without the first half": x + self.think(norm(x)),
            "without relu between the two layers": added + self.think(norm(added), lambda x: x),
            "of tanh between the two layers: it is a relu": added + self.think(norm(added), np.tanh),
        }

    def on_the_norm(self, x: np.ndarray) -> np.ndarray:
        y = norm(x) + self.look(norm(x))
        return norm(y) + self.think(norm(y))


def norm(x: np.ndarray, eps: float = 1e-5) -> np.ndarray:
    return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + eps)


def linear(x: np.ndarray, pair: TwoArrays) -> np.ndarray:
    return x @ pair[0].T + pair[1]


def put_together(parts: Sequence[str], pair: Pair, start: int = 0) -> list[str]:
    """The parts with each occurrence of a pair made one, found from the left."""
    for place in range(start, len(parts) - 1):
        if (parts[place], parts[place + 1]) == pair:
            return put_together([*parts[:place], "".join(pair), *parts[place + 2 :]], pair, place + 1)
    return list(parts)


def by_letters(counts: Counter[Pair]) -> Pair:
    """The most frequent pair, of several the first in the order of letters."""
    return min(counts, key=lambda pair: (-counts[pair], pair))


def merged(
    text: str,
    merges: int,
    best: Callable[[Counter[Pair]], Pair] = by_letters,
    cut: Callable[[str], list[str]] = words,
    put: Callable[[list[str], Pair], list[str]] = put_together,
    pairs: Callable[[list[str]], Iterable[Pair]] = pairwise,
    least: int = 1,
) -> list[Pair]:
    """The pairs that are learnt when all words of a text are gone through for each; it ends at pairs below `least`."""
    parts, found = [list(word) for word in cut(text)], []
    for _ in range(merges):
        counts = Counter(pair for word in parts for pair in pairs(word))
        if counts and max(counts.values()) >= least:
            found.append(best(counts))
            parts = [put(word, found[-1]) for word in parts]
    return found


def from_the_right(parts: list[str], pair: Pair) -> list[str]:
    return [part[::-1] for part in put_together([part[::-1] for part in parts[::-1]], mirrored(pair))][::-1]


def mirrored(pair: Pair) -> Pair:
    return pair[1][::-1], pair[0][::-1]


def apart(parts: list[str]) -> Iterator[Pair]:
    """The pairs of neighbours, without one that overlaps an equal one before it."""
    last = None
    for pair in pairwise(parts):
        if pair == last:
            last = None
        else:
            yield pair
            last = pair


def once(parts: list[str], pair: Pair) -> list[str]:
    """The parts with the first occurrence of a pair made one."""
    place = next((n for n in range(len(parts) - 1) if (parts[n], parts[n + 1]) == pair), None)
    return parts if place is None else [*parts[:place], "".join(pair), *parts[place + 2 :]]


def mistaken_merges(text: str, merges: int) -> dict[str, list[Pair]]:
    """Wrong lists of pairs, by what leads to them; only those that are wrong here."""
    counts = Counter(pair for word in words(text) for pair in pairwise(word))
    found = {
        "in which the first pair that was met wins where several are equally frequent": (
            merged(text, merges, lambda counts: counts.most_common(1)[0][0])
        ),
        "in which the last pair in the order of letters wins where several are equally frequent": (
            merged(text, merges, lambda counts: max(counts, key=lambda pair: (counts[pair], pair)))
        ),
        "of pairs across the borders of words": merged(text, merges, cut=lambda text: [text]),
        "in which each different word counts once": merged(text, merges, cut=lambda text: sorted(set(words(text)))),
        "of letters alone: after each merge, count again what stands beside what": (
            sorted(counts, key=lambda pair: (-counts[pair], pair))[:merges]
        ),
        "of words without the space before them: cut the text with words(text)": merged(text, merges, cut=str.split),
        "of joining from the right: aaa becomes aa, a": merged(text, merges, put=from_the_right),
        "of joining a pair once in each word": merged(text, merges, put=once),
        "of an end at pairs that come once: they are joined, too": merged(text, merges, least=2),
        "of counting pairs that overlap once: aaa has the pair a, a twice": merged(text, merges, pairs=apart),
    }
    return {why: pairs for why, pairs in found.items() if pairs != merged(text, merges)}


class Model:
    """Stands for a GPT of seven tokens: scores are made from all numbers that it got so far, in their order."""

    context, tokens = 100, 7

    def __init__(self, tensor: Any) -> None:
        self.tensor, self.got, self.known = tensor, 0, []

    def __call__(self, numbers: Any, cache: dict[Any, Any] | None = None) -> Any:
        if self.tensor.recording:
            raise ValueError("SelfAttention: what a cache holds has no gradient, so use it inside no_grad")
        numbers = np.asarray(numbers)
        if numbers.ndim != 2 or len(numbers) != 1 or not numbers.size or numbers.dtype.kind not in "iu":
            raise ValueError(f"this GPT needs whole numbers of shape (1, T), not {numbers.dtype} of {numbers.shape}")
        self.got += numbers.size
        before = [] if cache is None else cache.get("numbers", [])
        self.known = [*before, *numbers[0].tolist()]
        if cache is not None:
            cache["numbers"] = self.known
        rows = [self.scores(self.known[: end + 1]) for end in range(len(before), len(self.known))]
        return self.tensor(np.array([rows]))

    def scores(self, numbers: Sequence[int]) -> np.ndarray:
        """Scores for what follows some numbers; another order, or a number more, gives others."""
        mixed = 0.0
        for place, number in enumerate(numbers):
            mixed = 0.7 * mixed + np.cos((number + 1) * np.arange(1, self.tokens + 1) * 1.3 + place)
        return 2 * mixed
