"""Wrong answers to chapter 19's exercises, which the checks must catch, and right ones in other styles."""

import itertools
from collections import Counter, defaultdict

import numpy as np

from course import mine
from course.byte_pairs import learn_merges, words

engine = mine.chapter(19)
Module, Tensor, no_grad = engine.Module, engine.Tensor, engine.no_grad
Linear, LayerNorm, SelfAttention, Sequential = engine.Linear, engine.LayerNorm, engine.SelfAttention, engine.Sequential
log_softmax, sample, softmax = engine.log_softmax, engine.sample, engine.softmax

# 19.1


def turned(k):
    axes = list(range(len(k.shape)))
    axes[-1], axes[-2] = axes[-2], axes[-1]
    return k.transpose(*axes)


def seen_by(q, k, beyond=0):
    """Ones where a query may look."""
    queries, places = q.shape[-2], k.shape[-2]
    return np.tril(np.ones((queries, places), q.data.dtype), places - queries + beyond)


def hidden(seen, low=-np.inf):
    return np.where(seen > 0, seen.dtype.type(0), seen.dtype.type(low))


def looks(scale=lambda q, k, v: q.shape[-1] ** 0.5, mask=None, axis=-1):
    """Attention with another scale, another mask, or softmax along another axis."""

    def attention(q, k, v):
        here = hidden(seen_by(q, k)) if mask is None else mask(q, k)
        weights = softmax(q @ turned(k) / scale(q, k, v) + here, axis)
        return weights @ v, weights

    return attention


def masked_after(q, k, v):
    weights = softmax(q @ turned(k) / q.shape[-1] ** 0.5) * seen_by(q, k)
    return weights @ v, weights


def masked_after_and_renormed(q, k, v):
    """Divides by what is left, and has nothing to divide where the future took everything."""
    weights = softmax(q @ turned(k) / q.shape[-1] ** 0.5) * seen_by(q, k)
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return weights @ v, weights


def zeros_before(q, k, v):
    weights = softmax(q @ turned(k) / q.shape[-1] ** 0.5 * seen_by(q, k))
    return weights @ v, weights


def without_history(q, k, v):
    mixed, weights = looks()(Tensor(q.data), Tensor(k.data), Tensor(v.data))
    return mixed, weights


def only_values_learn(q, k, v):
    weights = looks()(Tensor(q.data), Tensor(k.data), v)[1]
    return weights @ v, weights


def own_exponents(q, k, v):
    powers = (q @ turned(k) / q.shape[-1] ** 0.5).exp() * seen_by(q, k)
    weights = powers / powers.sum(axis=-1, keepdims=True)
    return weights @ v, weights


def all_axes_turned(q, k, v):
    weights = softmax(q @ k.T / q.shape[-1] ** 0.5 + hidden(seen_by(q, k)))
    return weights @ v, weights


def scaling_in_place(q, k, v):
    q.data /= q.shape[-1] ** 0.5
    return looks(lambda q, k, v: 1.0)(q, k, v)


def torn_keys(q, k, v):
    """Reshapes the keys, and so has numbers of several places in one column."""
    *front, places, d = k.shape
    weights = softmax(q @ k.reshape(*front, d, places) / d**0.5 + hidden(seen_by(q, k)))
    return weights @ v, weights


def divided_after(q, k, v):
    weights = softmax(q @ turned(k) + hidden(seen_by(q, k))) / q.shape[-1] ** 0.5
    return weights @ v, weights


def values_masked(q, k, v):
    """Gives weights that see everything, and hides in the mean alone."""
    weights = softmax(q @ turned(k) / q.shape[-1] ** 0.5)
    return (weights * seen_by(q, k)) @ v, weights


def no_mask_with_a_cache(q, k, v):
    """Takes fewer queries than keys for a single new token."""
    alone = q.shape[-2] < k.shape[-2]
    return looks(mask=lambda q, k: q.data.dtype.type(0) if alone else hidden(seen_by(q, k)))(q, k, v)


def by_a_root_of_numpy(q, k, v):
    """np.sqrt gives a float64, and a division by it makes float64 of float32."""
    return looks(lambda q, k, v: np.sqrt(q.shape[-1]))(q, k, v)


def by_a_low_number(q, k, v):
    scores = (q / q.shape[-1] ** 0.5) @ turned(k)
    seen = seen_by(q, k)
    weights = softmax(scores * seen + (1 - seen) * seen.dtype.type(-1e30))
    return [weights @ v, weights]


def by_logarithms(q, k, v):
    scores = q @ turned(k) * q.shape[-1] ** -0.5
    weights = log_softmax(scores + hidden(seen_by(q, k))).exp()
    return weights @ v, weights


def by_hand(q, k, v):
    """Takes off the largest score that is seen, then exp and division as in chapter 12."""
    scores = q @ turned(k) * (1 / q.shape[-1]) ** 0.5 + hidden(seen_by(q, k))
    powers = (scores - Tensor(scores.data.max(axis=-1, keepdims=True))).exp()
    weights = powers / powers.sum(axis=-1, keepdims=True)
    return weights @ v, weights


def row_by_row(q, k, v):
    """Asks for one query after the other, and puts the rows together with products."""
    queries, places = q.shape[-2], k.shape[-2]
    mixed = weights = 0.0
    for row in range(queries):
        choose = np.zeros((queries, 1), q.data.dtype)
        choose[row] = 1
        scores = choose.T @ q @ turned(k) / q.shape[-1] ** 0.5
        later = np.arange(places) > places - queries + row
        share = softmax(scores + np.where(later, -np.inf, 0).astype(q.data.dtype))
        mixed, weights = mixed + choose @ (share @ v), weights + choose @ share
    return mixed, weights


# 19.2


def right_heads(x, heads):
    n, length, width = x.shape
    if width % heads:
        raise ValueError(f"{width} numbers, {heads} heads")
    return x.reshape(n, length, heads, width // heads).transpose(0, 2, 1, 3)


def by_reshape_alone(x, heads):
    n, length, width = x.shape
    return x.reshape(n, heads, length, width // heads)


def every_other(x, heads):
    n, length, width = x.shape
    return x.reshape(n, length, width // heads, heads).transpose(0, 3, 1, 2)


def not_moved(x, heads):
    n, length, width = x.shape
    return x.reshape(n, length, heads, width // heads)


def heads_in_front(x, heads):
    return right_heads(x, heads).transpose(1, 0, 2, 3)


def turned_heads(x, heads):
    return right_heads(x, heads).transpose(0, 1, 3, 2)


def asserted(x, heads):
    assert x.shape[2] % heads == 0
    return right_heads(x, heads)


def rounded_down(x, heads):
    """Leaves out the numbers that are too many."""
    size = x.shape[2] // heads
    return right_heads(x[:, :, : size * heads], heads)


def by_index(x, heads):
    n, length, width = x.shape
    if width // heads * heads != width:
        raise ValueError(heads)
    columns = np.arange(width).reshape(heads, 1, -1)
    return x[np.arange(n)[:, None, None, None], np.arange(length)[None, None, :, None], columns[None]]


def by_minus_one(x, heads):
    return x.reshape(*x.shape[:2], heads, -1).transpose(0, 2, 1, 3)


def by_products(x, heads):
    """Picks the columns of each head with a table of zeros and ones."""
    size, rest = divmod(x.shape[2], heads)
    if rest:
        raise ValueError("this does not divide")
    picks = np.eye(x.shape[2], dtype=x.data.dtype).reshape(x.shape[2], heads, size).transpose(1, 0, 2)
    return x.reshape(x.shape[0], 1, *x.shape[1:]) @ picks


# 19.3


class RightBlock(Module):
    bend = Tensor.relu
    order = "attention first"

    def __init__(self, width, heads, rng):
        self.norm1, self.norm2 = LayerNorm(width), LayerNorm(width)
        if self.order == "attention first":
            self.attention = SelfAttention(width, heads, rng)
        self.wide, self.narrow = Linear(width, 4 * width, rng), Linear(4 * width, width, rng)
        if self.order == "attention last":
            self.attention = SelfAttention(width, heads, rng)

    def think(self, x):
        return self.narrow(type(self).bend(self.wide(x)))

    def forward(self, x, cache=None):
        x = x + self.attention(self.norm1(x), cache)
        return x + self.think(self.norm2(x))


class AttentionLast(RightBlock):
    order = "attention last"


class Straight(RightBlock):
    bend = staticmethod(lambda x: x)


class Tanh(RightBlock):
    bend = Tensor.tanh


class Replaced(RightBlock):
    def forward(self, x, cache=None):
        x = self.attention(self.norm1(x), cache)
        return x + self.think(self.norm2(x))


class OneSum(RightBlock):
    def forward(self, x, cache=None):
        x = x + self.attention(self.norm1(x), cache)
        return self.think(self.norm2(x))


class NoSums(RightBlock):
    def forward(self, x, cache=None):
        return self.think(self.norm2(self.attention(self.norm1(x), cache)))


class NormAfter(RightBlock):
    def forward(self, x, cache=None):
        x = self.norm1(x + self.attention(x, cache))
        return self.norm2(x + self.think(x))


class NormOnTheWay(RightBlock):
    def forward(self, x, cache=None):
        x = self.norm1(x)
        x = self.norm2(x + self.attention(x, cache))
        return x + self.think(x)


class SideBySide(RightBlock):
    def forward(self, x, cache=None):
        return x + self.attention(self.norm1(x), cache) + self.think(self.norm2(x))


class OneNorm(RightBlock):
    def __init__(self, width, heads, rng):
        super().__init__(width, heads, rng)
        self.norm2 = self.norm1


class OneNormUsed(RightBlock):
    def forward(self, x, cache=None):
        x = x + self.attention(self.norm1(x), cache)
        return x + self.think(self.norm1(x))


class BothOnX(RightBlock):
    def forward(self, x, cache=None):
        y = x + self.attention(self.norm1(x), cache)
        return x + self.think(self.norm2(y))


class BentTwice(RightBlock):
    def forward(self, x, cache=None):
        y = x + self.attention(self.norm1(x), cache)
        return y + self.think(self.norm2(y)).relu()


class NoNorms(RightBlock):
    def forward(self, x, cache=None):
        x = x + self.attention(x, cache)
        return x + self.think(x)


class NoCache(RightBlock):
    def forward(self, x, cache=None):
        x = x + self.attention(self.norm1(x))
        return x + self.think(self.norm2(x))


class NoRoomForACache(RightBlock):
    def forward(self, x):
        return super().forward(x)


class OneHead(RightBlock):
    def __init__(self, width, heads, rng):
        super().__init__(width, 1, rng)


class Narrow(RightBlock):
    def __init__(self, width, heads, rng):
        super().__init__(width, heads, rng)
        self.wide, self.narrow = Linear(width, 2 * width, rng), Linear(2 * width, width, rng)


class OwnNumbers(RightBlock):
    def __init__(self, width, heads, rng):
        super().__init__(width, heads, np.random.default_rng(1))


class Hidden(RightBlock):
    """Keeps the layers in a function, where no module finds them."""

    def __init__(self, width, heads, rng):
        super().__init__(width, heads, rng)
        wide, narrow = self.wide, self.narrow
        del self.wide, self.narrow
        self.inside = lambda x: narrow(wide(x).relu())

    def think(self, x):
        return self.inside(x)


class Forgetful(RightBlock):
    def forward(self, x, cache=None):
        return Tensor(super().forward(x, cache).data)


class InLists(Module):
    def __init__(self, size, count, generator):
        self.parts = {"look": SelfAttention(size, count, generator)}
        self.layers = [LayerNorm(size), Linear(size, 4 * size, generator), Tensor.relu]
        self.layers.append(Linear(4 * size, size, generator))
        self.first = (LayerNorm(size),)

    def forward(self, x, kept=None):
        new = middle = x + self.parts["look"](self.first[0](x), cache=kept)
        for layer in self.layers:
            new = layer(new)
        return middle + new


class WithSequential(Module):
    def __init__(self, width, heads, rng=None):
        self.attention, self.norm = SelfAttention(width, heads, rng), LayerNorm(width)
        self.rest = Sequential(
            LayerNorm(width), Linear(width, 4 * width, rng), lambda x: x.relu(), Linear(4 * width, width, rng)
        )

    def forward(self, x, cache=None):
        y = self.attention(self.norm(x), cache) + x
        return self.rest(y) + y


# 19.4


def together(parts, pair):
    found = []
    for part in parts:
        if found and found[-1][1] and (found[-1][0], part) == pair:
            found[-1] = (found[-1][0] + part, False)
        else:
            found.append((part, True))
    return [part for part, _ in found]


def learnt(
    text,
    merges,
    cut=words,
    best=lambda counts: min(counts, key=lambda pair: (-counts[pair], pair)),
    put=together,
    weigh=lambda count: count,
    stop=True,
):
    """The pairs, with one step done otherwise."""
    times, pairs = Counter(cut(text)), []
    parts = {word: list(word) for word in times}
    for _ in range(merges):
        counts = Counter()
        for word, count in times.items():
            for pair in itertools.pairwise(parts[word]):
                counts[pair] += weigh(count)
        if stop and not counts:
            break
        pairs.append(best(counts))
        parts = {word: put(list(found), pairs[-1]) for word, found in parts.items()}
    return pairs


def from_the_right(parts, pair):
    found, end = [], len(parts)
    while end > 0:
        size = 2 if tuple(parts[end - 2 : end]) == pair else 1
        found.append("".join(parts[end - size : end]))
        end -= size
    return found[::-1]


def by_text(parts, pair):
    """Replaces in a text with a sign between the parts, and so joins the end of a longer part, too."""
    return "|".join(parts).replace("|".join(pair), "".join(pair)).split("|")


def first_only(parts, pair):
    for place in range(len(parts) - 1):
        if tuple(parts[place : place + 2]) == pair:
            return [*parts[:place], "".join(pair), *parts[place + 2 :]]
    return parts


def not_renewed(text, merges):
    counts = Counter(pair for word in words(text) for pair in itertools.pairwise(word))
    return sorted(counts, key=lambda pair: (-counts[pair], pair))[:merges]


def counted_without_overlap(text, merges):
    """Counts `aaa` once for the pair a, a."""

    def count(parts, pair):
        return len(parts) - len(together(parts, pair))

    found, parts = [], [list(word) for word in words(text)]
    for _ in range(merges):
        pairs = {pair for word in parts for pair in itertools.pairwise(word)}
        if not pairs:
            break
        found.append(min(pairs, key=lambda pair: (-sum(count(word, pair) for word in parts), pair)))
        parts = [together(word, found[-1]) for word in parts]
    return found


def at_least_twice(text, merges):
    """Stops at pairs that come once."""
    found = []
    for pair in learnt(text, merges):
        text_counts = Counter(p for word in words(text) for p in itertools.pairwise(word))
        if len(pair[0]) == len(pair[1]) == 1 and text_counts[pair] < 2:
            break
        found.append(pair)
    return found


def end_at_single_pairs(text, merges):
    """Takes a pair that comes once for no pair."""

    class Done(Exception):
        pass

    def best(counts):
        if max(counts.values()) < 2:
            raise Done
        return min(counts, key=lambda pair: (-counts[pair], pair))

    found = []
    for count in range(1, merges + 1):
        try:
            found = learnt(text, count, best=best)
        except Done:
            break
    return found


def by_places(text, merges):
    """Keeps the words as tuples, and counts where pairs are."""
    parts = Counter(tuple(word) for word in words(text))
    while merges and (
        pairs := [(word[n : n + 2], count) for word, count in parts.items() for n in range(len(word) - 1)]
    ):
        counts = defaultdict(int)
        for pair, count in pairs:
            counts[pair] += count
        pair = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[0][0]
        yield pair
        new = Counter()
        for word, count in parts.items():
            new[tuple(together(word, pair))] += count
        parts, merges = new, merges - 1


def by_recursion(text, merges, parts=None):
    parts = [list(word) for word in words(text)] if parts is None else parts
    pairs = [pair for word in parts for pair in zip(word, word[1:], strict=False)]
    if not pairs or not merges:
        return []
    pair = max(sorted(set(pairs)), key=pairs.count)
    return [pair, *by_recursion(text, merges - 1, [together(word, pair) for word in parts])]


# 19.5


def right_numbers(model, start, count, rng):
    numbers, new, cache = list(start), start, {}
    with no_grad():
        for _ in range(count):
            scores = model([new], cache)
            new = [sample(softmax(scores[0, -1]).data, rng)]
            numbers += new
    return numbers


def no_cache(model, start, count, rng):
    numbers = list(start)
    with no_grad():
        for _ in range(count):
            numbers.append(sample(softmax(model([numbers])[0, -1]).data, rng))
    return numbers


def all_beside_the_cache(model, start, count, rng):
    numbers, cache = list(start), {}
    with no_grad():
        for _ in range(count):
            numbers.append(sample(softmax(model([numbers], cache)[0, -1]).data, rng))
    return numbers


def a_new_cache_each_time(model, start, count, rng):
    numbers = list(start)
    with no_grad():
        for _ in range(count):
            numbers.append(sample(softmax(model([numbers[-1:]], {})[0, -1]).data, rng))
    return numbers


def recording(model, start, count, rng):
    numbers, new, cache = list(start), start, {}
    for _ in range(count):
        new = [sample(softmax(model([new], cache)[0, -1]).data, rng)]
        numbers += new
    return numbers


def greedy(model, start, count, rng):
    numbers, new, cache = list(start), start, {}
    with no_grad():
        for _ in range(count):
            new = [int(model([new], cache).data[0, -1].argmax())]
            numbers += new
    return numbers


def from_the_first_row(model, start, count, rng):
    numbers, new, cache = list(start), start, {}
    with no_grad():
        for _ in range(count):
            new = [sample(softmax(model([new], cache)[0, 0]).data, rng)]
            numbers += new
    return numbers


def start_twice(model, start, count, rng):
    """Hands over start before the loop, and its last number again inside."""
    numbers, cache = list(start), {}
    with no_grad():
        model([numbers], cache)
        for _ in range(count):
            numbers.append(sample(softmax(model([numbers[-1:]], cache)[0, -1]).data, rng))
    return numbers


def end_of_start(model, start, count, rng):
    numbers, cache = list(start), {}
    with no_grad():
        for _ in range(count):
            numbers.append(sample(softmax(model([numbers[-1:]], cache)[0, -1]).data, rng))
    return numbers


def sharing_a_cache():
    """The answer whose cache is a default argument, so that all calls share one dict."""

    def generate(model, start, count, rng, cache={}):  # noqa: B006
        numbers, new = list(start), start
        with no_grad():
            for _ in range(count):
                new = [sample(softmax(model([new], cache)[0, -1]).data, rng)]
                numbers += new
        return numbers

    return generate


def into_start(model, start, count, rng):
    new, cache = list(start), {}
    with no_grad():
        for _ in range(count):
            new = [sample(softmax(model([new], cache)[0, -1]).data, rng)]
            start += new
    return start


def one_by_one(model, start, count, rng):
    """Hands over the start, too, number by number."""
    numbers, cache, p = [], {}, None
    with no_grad():
        for place in range(len(start) + count):
            numbers.append(start[place] if place < len(start) else sample(p, rng))
            if place < len(start) + count - 1:
                p = softmax(model(np.array([[numbers[-1]]]), cache)).data.ravel()
    return tuple(numbers)


def by_numpy(model, start, count, rng):
    numbers, cache, heard = np.array(start, int), {}, 0
    while len(numbers) < len(start) + count:
        with no_grad():
            scores = model(numbers[None, heard:], cache).data[0][-1]
        heard = len(numbers)
        p = np.exp(scores - scores.max())
        numbers = np.append(numbers, rng.choice(len(p), p=p / p.sum()))
    return numbers


class Endless:
    """Continues a text for ever; the answer takes as many numbers as are asked for."""

    def __init__(self, model, start, rng):
        self.model, self.new, self.rng, self.cache = model, start, rng, {}

    def __iter__(self):
        return self

    def __next__(self):
        with no_grad():
            rows = softmax(self.model([self.new], self.cache)).data[0]
        self.new = [sample(rows[len(rows) - 1], self.rng)]
        return self.new[0]


def by_a_stream(model, start, count, rng):
    return [*start, *itertools.islice(Endless(model, start, rng), count)]


shared_cache = sharing_a_cache()

MUTANTS = {
    "19.1": [
        looks(lambda q, k, v: 1.0),
        looks(lambda q, k, v: q.shape[-1]),
        looks(lambda q, k, v: v.shape[-1] ** 0.5),
        looks(lambda q, k, v: k.shape[-2] ** 0.5),
        looks(mask=lambda q, k: q.data.dtype.type(0)),
        looks(mask=lambda q, k: hidden(seen_by(q, k).T if q.shape == k.shape else seen_by(q, k))),
        looks(mask=lambda q, k: hidden(seen_by(q, k, -1))),
        looks(mask=lambda q, k: hidden(np.tril(np.ones((q.shape[-2], k.shape[-2]))))),
        looks(axis=-2),
        looks(mask=lambda q, k: hidden(seen_by(q, k), -10)),
        looks(mask=lambda q, k: hidden(seen_by(q, k), -1e4)),
        looks(mask=lambda q, k: hidden(seen_by(q, k).astype(float))),
        masked_after,
        masked_after_and_renormed,
        zeros_before,
        without_history,
        only_values_learn,
        own_exponents,
        all_axes_turned,
        scaling_in_place,
        by_a_root_of_numpy,
        lambda q, k, v: looks()(q, k, v)[0],
        lambda q, k, v: looks()(q, k, v)[::-1],
        lambda q, k, v: (looks()(q, k, v)[0], looks()(q, k, v)[1].data),
        lambda q, k, v: looks()(k, q, v),
        torn_keys,
        divided_after,
        values_masked,
        no_mask_with_a_cache,
        looks(mask=lambda q, k: hidden(seen_by(q, k), -1e9)),
    ],
    "19.2": [
        by_reshape_alone,
        every_other,
        not_moved,
        heads_in_front,
        turned_heads,
        asserted,
        rounded_down,
        lambda x, heads: Tensor(right_heads(x, heads).data),
        lambda x, heads: right_heads(x, heads).data,
        lambda x, heads: right_heads(x * np.ones(1), heads),
    ],
    "19.3": [
        AttentionLast,
        Straight,
        Tanh,
        Replaced,
        OneSum,
        NoSums,
        NormAfter,
        NormOnTheWay,
        SideBySide,
        OneNorm,
        OneNormUsed,
        NoNorms,
        NoCache,
        NoRoomForACache,
        OneHead,
        Narrow,
        OwnNumbers,
        Hidden,
        Forgetful,
        RightBlock(4, 2, np.random.default_rng(0)),
        BothOnX,
        BentTwice,
    ],
    "19.4": [
        lambda text, merges: learnt(text, merges, best=lambda counts: counts.most_common(1)[0][0]),
        lambda text, merges: learnt(text, merges, best=lambda counts: max(counts, key=lambda p: (counts[p], p))),
        lambda text, merges: learnt(text, merges, cut=lambda text: [text]),
        lambda text, merges: learnt(text, merges, cut=str.split),
        lambda text, merges: learnt(text, merges, weigh=lambda count: 1),
        lambda text, merges: learnt(text, merges, put=from_the_right),
        lambda text, merges: learnt(text, merges, put=by_text),
        lambda text, merges: learnt(text, merges, put=first_only),
        lambda text, merges: learnt(text, merges, stop=False),
        not_renewed,
        counted_without_overlap,
        at_least_twice,
        lambda text, merges: ["".join(pair) for pair in learnt(text, merges)],
        lambda text, merges: dict.fromkeys(learnt(text, merges)),
        end_at_single_pairs,
    ],
    "19.5": [
        no_cache,
        all_beside_the_cache,
        a_new_cache_each_time,
        recording,
        greedy,
        from_the_first_row,
        into_start,
        lambda model, start, count, rng: right_numbers(model, start, count, rng)[len(start) :],
        lambda model, start, count, rng: right_numbers(model, start, count + 1, rng),
        lambda model, start, count, rng: right_numbers(model, start, count, np.random.default_rng(0)),
        start_twice,
        end_of_start,
        shared_cache,
    ],
}

RIGHT = {
    "19.1": [by_a_low_number, by_logarithms, by_hand, row_by_row],
    "19.2": [right_heads, by_index, by_minus_one, by_products],
    "19.3": [RightBlock, InLists, WithSequential],
    "19.4": [learn_merges, lambda text, merges: [list(pair) for pair in by_places(text, merges)], by_recursion],
    "19.5": [right_numbers, one_by_one, by_numpy, by_a_stream],
}

SAYS = {
    MUTANTS["19.1"][0]: "without the division",
    MUTANTS["19.1"][1]: "not by its root",
    MUTANTS["19.1"][2]: "number of values",
    MUTANTS["19.1"][3]: "number of places",
    MUTANTS["19.1"][4]: "without a mask",
    MUTANTS["19.1"][7]: "first T places",
    MUTANTS["19.1"][8]: "softmax along the queries",
    MUTANTS["19.1"][11]: "float64",
    by_a_root_of_numpy: "np.sqrt(d)",
    MUTANTS["19.1"][-1]: "-1e9 does not hide it",
    torn_keys: "k.reshape",
    values_masked: "without a mask",
    no_mask_with_a_cache: "without a mask",
    BothOnX: "the second half to x as it came",
    end_at_single_pairs: "they are joined, too",
    from_the_first_row: "first row of scores",
    MUTANTS["19.5"][7]: "without the numbers of start",
    start_twice: "last number of start twice",
    end_of_start: "only the last number of start",
    masked_after: "add up to less than 1",
    zeros_before: "exp(0)",
    without_history: "no history",
    only_values_learn: "no gradient reached q",
    by_reshape_alone: "reshape alone",
    every_other: "here and there",
    shared_cache: "a new dict in each call",
    AttentionLast: "attention draws first",
    Straight: "without relu",
    Tanh: "of tanh",
    NormAfter: "norms after the sums",
    NormOnTheWay: "adding to norm(x)",
    OneNorm: "14 parameters",
    NoNorms: "without norms",
    NoCache: "the cache is empty",
    NoRoomForACache: "forward(x, cache=None)",
    OneHead: "single head",
    Hidden: "missing",
    MUTANTS["19.4"][0]: "first pair that was met",
    MUTANTS["19.4"][2]: "across the borders",
    MUTANTS["19.4"][3]: "space before them",
    MUTANTS["19.4"][7]: "once in each word",
    MUTANTS["19.4"][4]: "different word counts once",
    counted_without_overlap: "twice",
    not_renewed: "count again",
    no_cache: "Hand over the cache",
    all_beside_the_cache: "a cache that has them already",
    a_new_cache_each_time: "keep one cache",
    recording: "no_grad",
    greedy: "largest scores",
}
