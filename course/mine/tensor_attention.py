"""What chapter 19 adds to the engine of arrays: attention to what came before, the block around it, and a small GPT."""

from typing import Any

import numpy as np

from course.mine.tensor_engine import Tensor
from course.mine.tensor_language import Embedding
from course.mine.tensor_losses import softmax
from course.mine.tensor_modules import Linear, Module
from course.mine.tensor_normalization import LayerNorm


# Exercise 19.1
def attention(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """Return for each query the mean of the values up to its place, by how well keys fit, and the weights of the mean.

    From q (..., T, d), k (..., S, d) and v (..., S, e), with T <= S, come (..., T, e) and (..., T, S). The queries
    stand at the last T of the S places. Formula: softmax(q kᵀ / sqrt(d) + mask) v, where the mask is -inf at later
    places. Source: Vaswani et al. 2017, "Attention is all you need".
    """
    queries, places, d = q.shape[-2], k.shape[-2], q.shape[-1]
    *batch, rows, columns = range(len(k.shape))
    scores = q @ k.transpose(*batch, columns, rows) / d**0.5
    later = np.triu(np.full((queries, places), -np.inf, scores.data.dtype), places - queries + 1)
    weights = softmax(scores + later)
    return weights @ v, weights


# Exercise 19.2
def split_heads(x: Tensor, heads: int) -> Tensor:
    """Return (n, heads, T, C / heads) from x (n, T, C): head 0 has the first C / heads numbers of every token.

    Raises ValueError for a C that `heads` does not divide.
    """
    n, length, width = x.shape
    if width % heads:
        raise ValueError(f"split_heads: {width} numbers cannot be shared equally by {heads} heads")
    return x.reshape(n, length, heads, width // heads).transpose(0, 2, 1, 3)


def join_heads(x: Tensor) -> Tensor:
    """Return (n, T, heads * size) from x (n, heads, T, size): what `split_heads` made is put together again."""
    n, heads, length, size = x.shape
    return x.transpose(0, 2, 1, 3).reshape(n, length, heads * size)


class SelfAttention(Module):
    """Attention in several heads, with queries, keys and values computed from one x (n, T, width).

    With `cache`, a dict that is empty at first, x holds only the tokens that are new; the keys and values of all
    earlier ones stay in the dict, as arrays without history. Raises ValueError for a cache outside of `no_grad`.
    After a call, `weights` is the array (n, heads, T, S) of the weights.
    """

    def __init__(self, width: int, heads: int, rng: np.random.Generator | None = None) -> None:
        rng = rng or np.random.default_rng()
        self.heads = heads
        self.query, self.key, self.value, self.out = (Linear(width, width, rng) for _ in range(4))

    def forward(self, x: Tensor, cache: dict[str, np.ndarray] | None = None) -> Tensor:
        q, k, v = (split_heads(layer(x), self.heads) for layer in (self.query, self.key, self.value))
        if cache is not None:
            k, v = self.after("keys", k, cache), self.after("values", v, cache)
        mixed, weights = attention(q, k, v)
        self.weights = weights.data
        return self.out(join_heads(mixed))

    def after(self, name: str, new: Tensor, cache: dict[str, np.ndarray]) -> Tensor:
        """Append new keys or values to those in the cache; return all of them."""
        if new.node is not None:
            raise ValueError("SelfAttention: what a cache holds has no gradient, so use it inside no_grad")
        cache[name] = np.concatenate([cache[name], new.data], axis=2) if name in cache else new.data
        return Tensor(cache[name])


# Exercise 19.3
class Block(Module):
    """Adds to x (n, T, width) what attention finds in it, and then what a small network makes of each token.

    Both read their input through a LayerNorm. The network has 4 * width numbers inside and a relu.
    """

    def __init__(self, width: int, heads: int, rng: np.random.Generator | None = None) -> None:
        rng = rng or np.random.default_rng()
        self.before_attention, self.attention = LayerNorm(width), SelfAttention(width, heads, rng)
        self.before_wide = LayerNorm(width)
        self.wide, self.narrow = Linear(width, 4 * width, rng), Linear(4 * width, width, rng)

    def forward(self, x: Tensor, cache: dict[str, np.ndarray] | None = None) -> Tensor:
        x = x + self.attention(self.before_attention(x), cache)
        return x + self.narrow(self.wide(self.before_wide(x)).relu())


class GPT(Module):
    """Scores (n, T, tokens) for the token that follows each one of numbers (n, T), from all up to that one.

    With `cache`, a dict that is empty at first, `numbers` holds only the tokens that are new (see `SelfAttention`).
    Raises ValueError for more than `context` tokens. Source: Radford et al. 2019, "Language models are unsupervised
    multitask learners".
    """

    def __init__(
        self, tokens: int, context: int, width: int, heads: int, layers: int, rng: np.random.Generator | None = None
    ) -> None:
        rng = rng or np.random.default_rng()
        self.context = context
        self.tokens, self.places = Embedding(tokens, width, rng), Embedding(context, width, rng)
        self.blocks = [Block(width, heads, rng) for _ in range(layers)]
        self.norm, self.scores = LayerNorm(width), Linear(width, tokens, rng)

    def forward(self, numbers: Any, cache: dict[int, Any] | None = None) -> Tensor:
        numbers = np.asarray(numbers)
        caches = [None if cache is None else cache.setdefault(n, {}) for n in range(len(self.blocks))]
        earlier = caches[0]["keys"].shape[2] if cache and caches[0] else 0
        if numbers.ndim != 2 or earlier + numbers.shape[1] > self.context:
            raise ValueError(
                f"GPT needs numbers of shape (n, T), with T up to {self.context - earlier} here, not {numbers.shape}"
            )
        x = self.tokens(numbers) + self.places(np.arange(earlier, earlier + numbers.shape[1]))
        for block, kept in zip(self.blocks, caches, strict=True):
            x = block(x, kept)
        return self.scores(self.norm(x))
