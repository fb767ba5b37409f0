"""The smallest GPT, that of Andrej Karpathy's microgpt (2026), on engines of single numbers and on engines of arrays.

It learns names letter by letter: 4,192 weights, a single layer with four heads, one name a step. What is computed is
the same on every rung of the ladder, so the losses are too; how many nodes a step leaves behind, and how long it takes,
is not. The model has no biases, and it normalizes without weights.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from autograd.optim import Adam

WIDTH, HEADS, CONTEXT = 16, 4, 16
END = len(ascii_lowercase)  # the number of the sign before and after each name; those of the letters are 0 to 25
SIZES = {
    "tokens": (END + 1, WIDTH),
    "places": (CONTEXT, WIDTH),
    "scores": (END + 1, WIDTH),
    "query": (WIDTH, WIDTH),
    "key": (WIDTH, WIDTH),
    "value": (WIDTH, WIDTH),
    "out": (WIDTH, WIDTH),
    "wide": (4 * WIDTH, WIDTH),
    "narrow": (WIDTH, 4 * WIDTH),
}
RATE, ADAM = 0.01, {"betas": (0.85, 0.99), "eps": 1e-8}
Weights = dict[str, Any]  # by the names in SIZES: rows of Values, or a tensor


class Start(NamedTuple):
    """Where training starts: the names in random order, the weights as rows of floats, and the generator after both."""

    names: list[str]
    weights: dict[str, list[list[float]]]
    rng: random.Random


def start(names: Sequence[str], seed: int = 42) -> Start:
    """Shuffle the names, then draw all weights from N(0, 0.08), in the order of SIZES."""
    rng, shuffled = random.Random(seed), list(names)
    rng.shuffle(shuffled)
    weights = {
        name: [[rng.gauss(0, 0.08) for _ in range(columns)] for _ in range(rows)]
        for name, (rows, columns) in SIZES.items()
    }
    return Start(shuffled, weights, rng)


def numbers(name: str) -> list[int]:
    """Return the numbers of a name's letters, with END on both sides; no more than the context has room for."""
    return [END, *map(ascii_lowercase.index, name), END][: CONTEXT + 1]


# --- the model, number by number: a place at a time, which sees the keys and values of the places before it ---


def scores_by_number(
    weights: Weights, tokens: Sequence[int], dot: Callable[..., Any], total: Callable[..., Any]
) -> list[list[Any]]:
    """Return for each token 27 scores of what follows it. `dot` and `total` add up products and numbers."""

    def linear(name: str, x: list[Any]) -> list[Any]:
        return [dot(row, x) for row in weights[name]]

    def normalized(x: list[Any]) -> list[Any]:
        size = ((dot(x, x) * (1 / len(x)) + 1e-5).log() * -0.5).exp()  # 1 / sqrt, with what every engine has
        return [a * size for a in x]

    def attend(query: list[Any], keys: list[list[Any]], values: list[list[Any]]) -> list[Any]:
        size, mixed = WIDTH // HEADS, []
        for head in (slice(first, first + size) for first in range(0, WIDTH, size)):
            shares = softmax([dot(query[head], key[head]) * size**-0.5 for key in keys], total)
            mixed += [dot(shares, column) for column in zip(*(value[head] for value in values), strict=True)]
        return mixed

    keys, values, scores = [], [], []
    for place, token in enumerate(tokens):
        x = normalized(added(weights["tokens"][token], weights["places"][place]))
        read = normalized(x)
        keys.append(linear("key", read))
        values.append(linear("value", read))
        x = added(x, linear("out", attend(linear("query", read), keys, values)))
        x = added(x, linear("narrow", [a.relu() for a in linear("wide", normalized(x))]))
        scores.append(linear("scores", x))
    return scores


def added(xs: Sequence[Any], ys: Sequence[Any]) -> list[Any]:
    return [x + y for x, y in zip(xs, ys, strict=True)]


def softmax(scores: Sequence[Any], total: Callable[..., Any]) -> list[Any]:
    largest = max(score.data for score in scores)
    powers = [(score - largest).exp() for score in scores]
    whole = total(powers)
    return [power / whole for power in powers]


# --- the same model on arrays: all places at once, with a mask ---


def scores_at_once(weights: Weights, tokens: Sequence[int], attend: Callable[..., Any]) -> Any:
    """Return scores (places, 27). `attend` takes queries, keys and values (places, 16), and splits them into heads."""

    def normalized(x: Any) -> Any:
        return x * ((x * x).mean(-1, True) + 1e-5) ** -0.5

    x = normalized(weights["tokens"][list(tokens)] + weights["places"][: len(tokens)])
    read = normalized(x)
    x = x + attend(*(read @ weights[name].T for name in ("query", "key", "value"))) @ weights["out"].T
    x = x + (normalized(x) @ weights["wide"].T).relu() @ weights["narrow"].T
    return x @ weights["scores"].T


# --- the rungs ---


@dataclass
class Rung:
    """The model on one engine: what it trains, its scores and its loss as functions of tokens, and its optimizer."""

    parameters: list[Any]
    scores: Callable[[Sequence[int]], Any]
    loss: Callable[[Sequence[int]], Any]
    optimizer: Any


def by_number(value: type, begin: Start, dot: Callable[..., Any] | None = None, total: Callable = sum) -> Rung:
    """Return the model on Values: each sum of products is a chain of nodes, or one node where `dot` makes one."""
    weights = {name: [[value(x) for x in row] for row in rows] for name, rows in begin.weights.items()}
    parameters = [x for rows in weights.values() for row in rows for x in row]

    def one_by_one(xs: Sequence[Any], ys: Sequence[Any]) -> Any:
        first, *others = (x * y for x, y in zip(xs, ys, strict=True))
        return sum(others, first)

    def scores(tokens: Sequence[int]) -> list[list[Any]]:
        return scores_by_number(weights, tokens, dot or one_by_one, total)

    def loss(tokens: Sequence[int]) -> Any:
        shares = [softmax(row, total) for row in scores(tokens[:-1])]
        surprises = [-row[answer].log() for row, answer in zip(shares, tokens[1:], strict=True)]
        return total(surprises) * (1 / len(surprises))

    return Rung(parameters, scores, loss, Adam(parameters, RATE, **ADAM))


def by_array(engine: ModuleType, begin: Start) -> Rung:
    """Return the model on the engine of arrays of chapter 19, with the attention, the loss and the Adam built there."""
    weights = {name: engine.Tensor(rows, requires_grad=True) for name, rows in begin.weights.items()}

    def attend(*read: Any) -> Any:
        heads = [engine.split_heads(x.reshape(1, *x.shape), HEADS) for x in read]
        return engine.join_heads(engine.attention(*heads)[0]).reshape(*read[0].shape)

    return at_once(weights, attend, engine.cross_entropy, engine.Adam(list(weights.values()), RATE, **ADAM))


def by_framework(torch: ModuleType, begin: Start) -> Rung:
    """Return the model on `autograd.tensor`, or on PyTorch: the names are the same. In float64."""
    functions = torch.nn.functional
    weights = {
        name: torch.tensor(rows, dtype=torch.float64, requires_grad=True) for name, rows in begin.weights.items()
    }

    def attend(*read: Any) -> Any:
        heads = [x.reshape(len(x), HEADS, -1).transpose(0, 1) for x in read]
        return functions.scaled_dot_product_attention(*heads, is_causal=True).transpose(0, 1).reshape(len(read[0]), -1)

    def cross_entropy(scores: Any, answers: list[int]) -> Any:
        return functions.cross_entropy(scores, torch.tensor(answers))

    return at_once(weights, attend, cross_entropy, torch.optim.Adam(list(weights.values()), RATE, **ADAM))


def at_once(weights: Weights, attend: Callable, cross_entropy: Callable, optimizer: Any) -> Rung:
    def scores(tokens: Sequence[int]) -> Any:
        return scores_at_once(weights, tokens, attend)

    def loss(tokens: Sequence[int]) -> Any:
        return cross_entropy(scores(tokens[:-1]), list(tokens[1:]))

    return Rung(list(weights.values()), scores, loss, optimizer)


# --- training and writing ---


class Step(NamedTuple):
    """A step of training: the loss before it, the nodes of its graph (weights included), and its time."""

    loss: float
    nodes: int
    seconds: float


def train(
    rung: Rung,
    names: Sequence[str],
    steps: int,
    planned: int = 1000,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Step]:
    """Take `steps` steps, a name each, and yield them; the rate falls along a line that is 0 after `planned` steps."""
    for step in range(steps):
        tokens, before = numbers(names[step % len(names)]), clock()
        set_rate(rung.optimizer, RATE * (1 - step / planned))
        rung.optimizer.zero_grad()
        loss = rung.loss(tokens)
        loss.backward()
        rung.optimizer.step()
        seconds = clock() - before
        yield Step(float(loss.item() if hasattr(loss, "item") else loss.data), count_nodes(loss), seconds)


def set_rate(optimizer: Any, rate: float) -> None:
    for group in getattr(optimizer, "param_groups", []):
        group["lr"] = rate
    optimizer.lr = rate


def count_nodes(result: Any) -> int:
    """Return how many nodes a graph has, leaves included, in any of the engines."""
    root = getattr(result, "grad_fn", None) or getattr(result, "node", None) or result
    seen, stack = {root}, [root]
    while stack:
        node = stack.pop()
        before = [n for n, _ in node.next_functions if n] if hasattr(node, "next_functions") else node.parents
        for other in before:
            if other not in seen:
                seen.add(other)
                stack.append(other)
    return len(seen)


def write(rung: Rung, rng: random.Random, temperature: float = 0.5) -> str:
    """Draw a name letter by letter. A temperature below 1 makes what is likely likelier."""
    tokens = [END]
    while len(tokens) <= CONTEXT:
        last = rung.scores(tokens)[-1]
        row = np.array([x.data for x in last] if isinstance(last, list) else last.data, dtype=float) / temperature
        shares = np.exp(row - row.max())
        tokens.append(rng.choices(range(END + 1), shares.tolist())[0])
        if tokens[-1] == END:
            break
    return "".join(ascii_lowercase[token] for token in tokens if token != END)
