"""Chapter 19, attention and a small GPT: what the exercises ask.

Expected results come from NumPy, query by query and token by token, and gradients from differences of them.
"""

import inspect
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from course.attention_cases import (
    Model,
    Parts,
    by_columns,
    differing,
    looked_up,
    merged,
    mistaken_looks,
    mistaken_merges,
    shares,
)
from course.compare import difference, result_of
from course.exercises.ch13 import meant
from course.layer_cases import Arrays, forward, made, require_error, slopes
from course.mine import tensor_attention, tensor_engine
from course.specification import Answer, exercise
from course.wording import kind_of, show


def numbers(*shape: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def require_tensor(answer: Answer, got: Any, name: str) -> None:
    is_tensor = hasattr(got, "data") and hasattr(got, "node")
    answer.require(is_tensor, f"{name}\nyours:    {kind_of(got)}\nexpected: a Tensor")


def require_dtype(answer: Answer, got: Any, name: str, dtype: type, hint: str = "") -> None:
    said = f"{name}\nyours:    numbers of {got.data.dtype}\nexpected: {np.dtype(dtype)}, as in the inputs\n{hint}"
    answer.require(got.data.dtype == dtype, said.rstrip())


def require_history(answer: Answer, got: Any) -> None:
    said = "the result has no history, so no gradient can go through it. Compute with Tensors, and not with .data."
    answer.require(got.node is not None, said)


# 19.1

# The axes in front, the lengths T and S, and the numbers of a query and of a value.
LOOKS: tuple[tuple[tuple[int, ...], int, int, int, int], ...] = (
    ((), 3, 3, 4, 2),
    ((2,), 4, 4, 3, 5),
    ((2, 3), 3, 3, 2, 4),
    ((), 1, 4, 3, 2),
    ((2,), 2, 5, 4, 3),
    ((3, 2), 1, 1, 2, 2),
)


@exercise("19.1", shows="Each query takes its own mean of what came before it, and nothing of what comes later.")
def attention(answer: Answer) -> None:
    tensor = meant(answer, "Tensor")
    for (front, queries, places, d, e), big in itertools.product(LOOKS, (1.0, 1e3)):
        shapes = (*front, queries, d), (*front, places, d), (*front, places, e)
        q, k, v = (numbers(*shape, seed=place) for place, shape in enumerate(shapes))
        where = f"q of shape {shapes[0]}, k {shapes[1]}, v {shapes[2]}"
        shown = (
            where if big == 1 else f"{where}, products up to {np.abs(q @ np.swapaxes(k, -1, -2)).max() * big**2:.0e}"
        )
        mixed, weights = looked(answer, [tensor(x) for x in (q * big, k * big, v)], shown)
        right, of_weights = looked_up(q * big, k * big, v)
        wrong = differing(mistaken_looks(q, k, v), of_weights) if big == 1 else {}
        name = f"the weights, second result of {answer.last_run}"
        answer.close(weights.data, of_weights, what=name, mistake=result_of(weights.data, wrong))
        values = differing({why: array @ v for why, array in wrong.items()}, right)
        name = f"the mixed values, first result of {answer.last_run}"
        answer.close(mixed.data, right, what=name, mistake=result_of(mixed.data, values))
        later = np.triu(np.ones((queries, places), bool), places - queries + 1)
        zero = (weights.data[..., later] == 0).all()
        answer.require(zero, "the weights of later places are small, and not exactly 0.\nexpected: 0")
    require_future_hidden(answer, tensor)
    require_looks_gradients(answer, tensor)
    arrays = [numbers(2, 3, 4, seed=place).astype(np.float32) for place in range(3)]
    mixed, weights = looked(answer, [tensor(x) for x in arrays], "q, k and v of float32")
    hint = "A mask of float64 makes float64 of the scores, and so does np.sqrt(d), which is one; d**0.5 does not."
    require_dtype(answer, weights, "the weights", np.float32, hint)
    require_dtype(answer, mixed, "the mixed values", np.float32)


def looked(answer: Answer, tensors: list[Any], shown: str) -> tuple[Any, Any]:
    """What an answer gives for three Tensors, which it must leave as they were."""
    before = [x.data.copy() for x in tensors]
    got = answer.call(*tensors, shown=shown)
    is_pair = isinstance(got, tuple | list) and len(got) == 2
    answer.require(is_pair, f"yours:    {kind_of(got)}\nexpected: two Tensors, the mixed values and the weights")
    for part, name in zip(got, ("the mixed values, first result", "the weights, second result"), strict=True):
        require_tensor(answer, part, name)
    same = all(np.array_equal(x.data, old) for x, old in zip(tensors, before, strict=True))
    answer.require(same, "changed the numbers of q, k or v. Compute new ones.")
    return got[0], got[1]


def require_future_hidden(answer: Answer, tensor: Any) -> None:
    """Require that a key of a later place, which fits any query far better than all others, changes nothing."""
    q, k, v = np.abs(numbers(3, 2, seed=1)), numbers(3, 2, seed=2), numbers(3, 4, seed=3)
    k[2] = 1e12
    mixed, weights = looked(answer, [tensor(x) for x in (q, k, v)], "q, k and v where only the last key is large, 1e12")
    said = (
        "The score of the last place is above 1e11 for every query. Adding -1e9 does not hide it, and adding -inf does."
    )
    for got, expected, name in zip(
        (weights, mixed), looked_up(q, k, v)[::-1], ("weights", "mixed values"), strict=True
    ):
        answer.close(got.data, expected, what=f"the {name} of {answer.last_run}", mistake=said)


def require_looks_gradients(answer: Answer, tensor: Any) -> None:
    for front, queries, places, d, e in (((2,), 3, 3, 2, 4), ((), 2, 4, 3, 2)):
        shapes = {"q": (*front, queries, d), "k": (*front, places, d), "v": (*front, places, e)}
        arrays: Arrays = {name: numbers(*shape, seed=place) for place, (name, shape) in enumerate(shapes.items())}
        leaves = {name: tensor(x.copy(), requires_grad=True) for name, x in arrays.items()}
        where = ", ".join(f"{name} of shape {shape}" for name, shape in shapes.items())
        mixed, _ = looked(answer, list(leaves.values()), where)
        require_history(answer, mixed)
        g = numbers(*mixed.data.shape, seed=9)
        answer.run(lambda: (mixed * g).sum().backward(), f"backward through the mixed values, {where}")  # noqa: B023
        for name, leaf in leaves.items():
            answer.require(leaf.grad is not None, f"no gradient reached {name}. Compute with Tensors, not with .data.")
            expected = slopes(lambda q, k, v: looked_up(q, k, v)[0], arrays, g, name)
            answer.close(leaf.grad, expected, 1e-5, 1e-6, f"the gradient of {name}, {answer.last_run}")


# 19.2

SPLIT: tuple[tuple[tuple[int, int, int], int], ...] = (
    ((1, 3, 4), 2),
    ((2, 3, 8), 2),
    ((2, 5, 6), 3),
    ((3, 2, 4), 4),
    ((2, 3, 5), 1),
    ((1, 1, 6), 2),
)


@exercise("19.2", shows="Every head has all tokens, and its own share of the numbers of each.")
def split_heads(answer: Answer) -> None:
    tensor = meant(answer, "Tensor")
    for (shape, heads), dtype in itertools.product(SPLIT, (np.float64, np.float32)):
        n, length, width = shape
        size = width // heads
        x = np.arange(n * length * width).reshape(shape).astype(dtype)
        leaf = tensor(x.copy(), requires_grad=True)
        got = answer.call(leaf, heads, shown=f"x of shape {shape}, {heads}")
        require_tensor(answer, got, "the result")
        right = by_columns(x, heads)
        fits = got.data.shape == right.shape
        wanted = f"{right.shape}: (n, heads, T, C / heads)"
        answer.require(fits, f"yours:    shape {got.data.shape}\nexpected: shape {wanted}")
        wrong = {
            "of reshape alone: head 0 has all numbers of the first tokens, and not its share of each token": (
                x.reshape(n, heads, length, size)
            ),
            f"of heads that take numbers here and there: head 0 has the first {size}, head 1 the next {size}": (
                x.reshape(n, length, size, heads).transpose(0, 3, 1, 2)
            ),
        }
        answer.close(got.data, right, mistake=result_of(got.data, differing(wrong, right)))
        require_dtype(answer, got, "the result", dtype)
        require_history(answer, got)
        g = numbers(*right.shape, seed=3).astype(dtype)
        answer.run(lambda: (got * g).sum().backward(), f"backward through {answer.last_run}")  # noqa: B023
        answer.require(leaf.grad is not None, "no gradient reached x. Compute with Tensors, and not with .data.")
        back = np.concatenate([g[:, head] for head in range(heads)], axis=2)
        answer.close(leaf.grad, back, 1e-6, 1e-6, f"the gradient of x, {answer.last_run}")
    for width, heads in ((5, 2), (6, 4), (2, 3)):
        x = tensor(np.zeros((1, 3, width)))
        require_error(answer, lambda: answer.value(x, heads), f"x of shape {(1, 3, width)}, {heads} heads")  # noqa: B023


# 19.3

BLOCKS = ((4, 2), (6, 3), (5, 1))  # width and heads


@exercise("19.3", shows="What is added to each token comes from two small networks; the token itself goes straight on.")
def block(answer: Answer) -> None:
    for seed, (width, heads) in enumerate(BLOCKS):
        shown = f"{getattr(answer.value, '__name__', 'your class')}({width}, {heads}, np.random.default_rng({seed}))"
        layer, tensor = made(answer, width, heads, np.random.default_rng(seed), shown=shown)
        engine = engine_of(layer)
        parts = Parts(engine, width, heads, seed)
        require_parameters(answer, layer, parts.shapes(width), shown)
        x = numbers(2, 4, width, seed=seed + 5) + 1
        leaf, right = tensor(x.copy(), requires_grad=True), parts.right(x)
        y = forward(answer, layer, leaf, f"{shown} of x {x.shape}")
        wrong = parts.wrong(x) | {
            "of other random numbers: attention draws first, then the layer to 4 * width, then the one back": (
                Parts(engine, width, heads, seed, "attention last").right(x)
            ),
            "of attention with a single head: hand over heads": Parts(engine, width, 1, seed).right(x),
        }
        answer.close(y.data, right, mistake=result_of(y.data, differing(wrong, right)))
        require_history(answer, y)
        g = numbers(*x.shape, seed=9)
        answer.run(lambda: (y * g).sum().backward(), f"backward through {shown}")  # noqa: B023
        answer.require(leaf.grad is not None, "no gradient reached x. Compute with Tensors, and not with .data.")
        answer.close(leaf.grad, slopes(parts.right, {"x": x}, g, "x"), 1e-5, 1e-6, f"the gradient of x, {shown}")
        alone = [name for name, p in layer.named_parameters().items() if p.grad is None]
        answer.require(not alone, f"no gradient reached {', '.join(alone)}. Every layer of a block is used in forward.")
        require_cache(answer, layer, tensor, engine, x, right, shown)
        require_straight_on(answer, layer, tensor, x, shown)


def engine_of(layer: Any) -> dict[str, Any]:
    """The names of the engine whose Module a layer is; the course's own where they are in other modules."""
    base = next(base for base in type(layer).__mro__ if base.__name__ == "Module" and "parameters" in vars(base))
    return vars(tensor_engine) | vars(tensor_attention) | vars(base)["parameters"].__globals__


def require_parameters(answer: Answer, layer: Any, shapes: list[tuple[int, ...]], shown: str) -> None:
    """Require that a block has exactly the parameters of its parts, whatever their names are."""
    found = [p.data.shape for p in answer.run(layer.parameters, f"{shown}.parameters()")]
    missing, extra = list(shapes), []
    for shape in found:
        if shape in missing:
            missing.remove(shape)
        else:
            extra.append(shape)
    said = [f"yours:    {len(found)} parameters", f"expected: {len(shapes)}"]
    said += [f"missing are those of the shapes {show(missing)}"] if missing else []
    said += [f"there should be none of the shapes {show(extra)}"] if extra else []
    said.append("A block has a LayerNorm, a SelfAttention, a second LayerNorm, and two layers of 4 * width inside.")
    answer.require(not missing and not extra, "\n".join(said))


def require_cache(
    answer: Answer, layer: Any, tensor: Any, engine: dict[str, Any], x: np.ndarray, right: np.ndarray, shown: str
) -> None:
    """Require that tokens that come in two calls give what they give in one, if a cache is handed over."""
    cache: dict[str, Any] = {}
    answer.last_run = shown = f"{shown} of x[:, :3] and then x[:, 3:], with the same cache"
    takes = inspect.signature(layer.forward)
    try:
        takes.bind(x, cache)
    except TypeError:
        answer.require(False, f"yours:    forward{takes}, after self\nexpected: forward(x, cache=None)")

    def in_two() -> list[np.ndarray]:
        with engine["no_grad"]():
            return [layer(tensor(part), cache).data for part in (x[:, :3], x[:, 3:])]

    found = answer.run(in_two, shown)
    answer.require(cache, "the cache is empty afterwards. forward(x, cache) hands it on to the attention.")
    answer.close(np.concatenate(found, axis=1), right)


def require_straight_on(answer: Answer, layer: Any, tensor: Any, x: np.ndarray, shown: str) -> None:
    """Require x itself from a block whose parameters are all 0; then float32 from one of float32."""
    before = [p.data for p in layer.parameters()]
    for parameter in layer.parameters():
        parameter.data = np.zeros_like(parameter.data)
    y = forward(answer, layer, tensor(x.copy()), f"{shown} with all parameters 0")
    answer.close(y.data, x, mistake="With all parameters 0 the two halves give 0, so that x comes out as it went in.")
    for parameter, array in zip(layer.parameters(), before, strict=True):
        parameter.data = array.astype(np.float32)
    y = forward(answer, layer, tensor(x.astype(np.float32)), f"{shown}, all in float32")
    require_dtype(answer, y, "the result", np.float32)


# 19.4

TEXTS = (
    "low low lower newest newest newest widest widest",
    "nana na nana",
    "aaa aaaa aa aaaaaaa",
    "abab bab ba abab bcab",
    "xy, xy! yx yx.\nxy",
    "aaaa xy xy",
    "ab ba",
    "a b c",
    "z",
    "",
)
LETTERS = "".join(np.random.default_rng(1).choice(list("abc "), 200))


@exercise("19.4", shows="What is frequent gets a number of its own, and what is rare stays in letters.")
def learn_merges(answer: Answer) -> None:
    for text, merges in (*itertools.product(TEXTS, (1, 2, 3, 20, 0)), (LETTERS, 40)):
        got = answer.call(text, merges)
        answer.require(isinstance(got, list | tuple), f"yours:    {kind_of(got)}\nexpected: a list of pairs")
        for pair in got:
            strings = isinstance(pair, tuple | list) and [type(part) for part in pair] == [str, str]
            answer.require(strings, f"yours:    {show(pair)} as a pair\nexpected: two strings, such as ('e', 'st')")
        found, right = [tuple(pair) for pair in got], merged(text, merges)
        require_list(answer, found, right, mistaken_merges(text, merges))


def require_list(answer: Answer, found: list[Any], right: list[Any], wrong: dict[str, list[Any]]) -> None:
    """Require a list; a known mistake is named for one of another length, too."""
    mistake, other = result_of(found, wrong), difference(found, right, 0, 0)
    if mistake and other and len(found) != len(right):
        answer.require(False, f"yours:    {other.yours}\nexpected: {other.expected}\n{mistake}")
    answer.close(found, right, mistake=mistake)


# 19.5

STARTS: tuple[tuple[list[int], int], ...] = (([0], 1), ([3], 12), ([5, 0, 2], 8), ([1, 1, 4, 6, 2], 3), ([2, 6], 0))


@exercise("19.5", shows="Each number goes through the model once, because the cache remembers the keys and values.")
def generate(answer: Answer) -> None:
    tensor = meant(answer, "Tensor")
    for seed, (start, count) in enumerate(STARTS):
        model, rng = Model(tensor), np.random.default_rng(seed)
        shown = f"model, {start}, {count}, np.random.default_rng({seed})"
        got = answer.call(model, list(start), count, rng, shown=shown)
        is_list = isinstance(got, list | tuple | np.ndarray)
        answer.require(is_list, f"yours:    {kind_of(got)}\nexpected: a list of numbers")
        whole = all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in got)
        answer.require(whole, f"yours:    {show(list(got))}\nexpected: whole numbers")
        found, right = [int(n) for n in got], continued(model, start, count, seed)
        earlier = [n for place, case in enumerate(STARTS[:seed]) for n in continued(model, *case, place)[:-1]]
        require_list(answer, found, right, mistaken_numbers(model, start, count, seed, earlier))
        most = len(start) + count
        said = f"the model got {model.got} numbers in all\nexpected: at most {most}"
        answer.require(model.got <= most, f"{said}. Hand over the cache each time, and only numbers that are new.")


def continued(
    model: Model,
    start: list[int],
    count: int,
    seed: int,
    heard: Callable[[list[int]], list[int]] = list,
    scale: float = 1.0,
) -> list[int]:
    """The numbers that are drawn; `heard` says from which of the numbers so far the model makes its scores: all."""
    rng, found = np.random.default_rng(seed), list(start)
    for _ in range(count):
        reached = np.cumsum(shares(model.scores(heard(found)) * scale))
        found.append(int((reached / reached[-1] <= rng.random()).sum()))
    return found


def mistaken_numbers(model: Model, start: list[int], count: int, seed: int, earlier: list[int]) -> dict[str, list[int]]:
    """Wrong lists, by what leads to them; `earlier` are the numbers that went through the model in calls before."""
    size = len(start)

    def by(heard: Callable[[list[int]], list[int]] = list, scale: float = 1.0) -> list[int]:
        return continued(model, start, count, seed, heard, scale)

    def again(found: list[int]) -> list[int]:
        return [number for end in range(size, len(found) + 1) for number in found[:end]]

    lists = {
        "without the numbers of start": by()[size:],
        "of the largest scores: draw by the probabilities": by(scale=1e9),
        "of a model that heard the last number alone: keep one cache from call to call": by(lambda found: found[-1:]),
        "of a model that got all numbers each time, beside a cache that has them already": by(again),
        "of the first row of scores: the last row is about what follows": (
            by(lambda found: found[:1] if len(found) == size else found)
        ),
        "of a model that got the last number of start twice": by(lambda found: found[:size] + found[size - 1 :]),
        "of a model that got only the last number of start": by(lambda found: found[size - 1 :]),
        "of a cache that remembers the call before: make a new dict in each call": by(lambda found: earlier + found),
    }
    return {why: numbers for why, numbers in lists.items() if numbers != by()}
