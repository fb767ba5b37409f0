"""Chapter 16, initialization and normalization: what the exercises ask.

Expected results are computed with NumPy from the definitions, gradients by differences of them; a few are PyTorch's.
"""

import functools
import inspect
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from course.compare import result_of
from course.layer_cases import (
    Arrays,
    forward,
    made,
    numbers,
    put,
    require_error,
    require_float32,
    require_gradients,
    require_tensors,
)
from course.mine.tensor_engine import Tensor as OwnTensor
from course.specification import Answer, exercise
from course.wording import kind_of

# 16.1

LAYERS = ((3, 4), (5, 1), (2, 2), (300, 40), (40, 300))
GAINS = {"relu": 2**0.5, "tanh": 5 / 3, "": 1.0}


@exercise("16.1", shows="With these weights a layer gives back numbers of the size that it got.")
def kaiming(answer: Answer) -> None:
    for (fan_in, fan_out), (bend, gain) in itertools.product(LAYERS, GAINS.items()):
        rng = np.random.default_rng(fan_in)
        shown = f"{fan_in}, {fan_out}, np.random.default_rng({fan_in}), {bend!r}"
        got = answer.call(fan_in, fan_out, rng, bend, shown=shown, may_change=True)
        answer.require(isinstance(got, np.ndarray), f"yours:    {kind_of(got)}\nexpected: an array")
        normal = np.random.default_rng(fan_in).normal(size=(fan_out, fan_in))
        spreads = {
            "of a spread divided by fan_in: its root is needed": gain / fan_in,
            "of a gain that was squared": gain**2 / fan_in**0.5,
            "of the variance: rng.normal takes the standard deviation": gain**2 / fan_in,
            "with fan_out in place of fan_in": gain / fan_out**0.5,
            "of multiplying by the root of fan_in, where it divides": gain * fan_in**0.5,
            "of a gain upside down: it makes up for what the bend takes": 1 / gain / fan_in**0.5,
            "without the gain": fan_in**-0.5,
            "of Xavier's start": (2 / (fan_in + fan_out)) ** 0.5,
        }
        right = gain / fan_in**0.5
        wrong = {why: normal * spread for why, spread in spreads.items() if abs(spread - right) > 1e-9 * right}
        turned = np.random.default_rng(fan_in).normal(size=(fan_in, fan_out)).T
        wrong["of drawing in the shape (fan_in, fan_out) and turning it: draw (fan_out, fan_in)"] = turned * right
        answer.close(got, normal * right, mistake=result_of(got, wrong))
    for bend in ("sigmoid", "ReLU", None):
        require_error(answer, lambda: answer.value(3, 4, np.random.default_rng(0), bend), f"bend {bend!r}")  # noqa: B023


# 16.2

EPS = 1e-5
FACTS = {  # PyTorch 2.13: BatchNorm1d(2) in training, for these three rows, then in eval mode
    "x": np.array([[1.0, 2.0], [3.0, 6.0], [8.0, 4.0]]),
    "y": np.array([[-1.0190487428, -1.2247425750], [-0.3396829143, 1.2247425750], [1.3587316571, 0.0]]),
    "mean": np.array([0.4, 0.4]),
    "variance": np.array([2.2, 1.3]),
    "later": np.array([[0.4045189981, 1.4032874336], [1.7529156585, 4.9115060177], [5.1239073095, 3.1573967257]]),
}


def by_axis(x: np.ndarray, weight: Any, bias: Any, axis: int, eps: float = EPS) -> np.ndarray:
    """The numbers of x, with mean 0 and variance 1 along an axis, times weight plus bias."""
    return (x - x.mean(axis=axis, keepdims=True)) / np.sqrt(x.var(axis=axis, keepdims=True) + eps) * weight + bias


class Running:
    """What a batch norm layer has to hold after each batch."""

    def __init__(self, features: int, momentum: float) -> None:
        self.mean, self.variance, self.momentum = np.zeros(features), np.ones(features), momentum

    def move(self, x: np.ndarray) -> dict[str, tuple[np.ndarray, dict[str, np.ndarray]]]:
        """Move on; return what is right now, each with results of known mistakes."""
        found = {}
        share, rows = self.momentum, len(x)
        for name, old, batch in (
            ("mean", self.mean, x.mean(axis=0)),
            ("variance", self.variance, x.var(axis=0, ddof=1)),
        ):
            new = (1 - share) * old + share * batch
            wrong = {
                "if nothing moves": old,
                "of momentum at the other place: 1 - momentum is what stays": share * old + (1 - share) * batch,
                "of the batch alone": batch,
                "of old + momentum · batch: of the old, only 1 - momentum stays": old + share * batch,
            }
            if name == "variance":
                wrong["of dividing by the rows, and not by rows - 1"] = (1 - share) * old + share * batch * (
                    rows - 1
                ) / rows
                less = batch * ((rows - 1) / rows) ** 2
                wrong["of multiplying by (rows - 1) / rows: it is rows / (rows - 1)"] = (1 - share) * old + share * less
                wrong["of the standard deviation"] = (1 - share) * old + share * batch**0.5
            found[name] = new, {why: array for why, array in wrong.items() if not np.allclose(array, new)}
            setattr(self, name, new)
        return found


def names_of(running: Running) -> Arrays:
    return {"running_mean": running.mean, "running_var": running.variance}


@exercise("16.2", shows="The batch's statistics in training, their running means for single rows later.")
def batch_norm(answer: Answer) -> None:
    for features, settings in ((3, ()), (1, ()), (4, (0.3,)), (3, (0.01, 0.1))):
        shown = f"MyBatchNorm({', '.join(map(str, (features, *settings)))})"
        layer, tensor = made(answer, features, *settings, shown=shown)
        other, _ = made(answer, features, *settings, shown=shown)
        momentum, eps = (*settings, *(0.1, EPS)[len(settings) :])
        running = Running(features, momentum)
        trained = {"weight": np.ones(features), "bias": np.zeros(features)}
        require_tensors(answer, layer, trained, names_of(running), shown)
        for step, rows in enumerate((5, 2, 7)):
            require_batch(answer, layer, tensor, numbers(rows, features, seed=step), running, eps, shown, step)
        require_tensors(answer, other, trained, names_of(Running(features, momentum)), f"another {shown}")
        require_eval(answer, layer, tensor, running, eps, shown)
    layer, tensor = made(answer, 2, shown="MyBatchNorm(2)")
    y = forward(answer, layer, tensor(FACTS["x"].copy()), "MyBatchNorm(2) of PyTorch's example")
    answer.close(y.data, FACTS["y"], rtol=1e-8)
    answer.close(layer.running_var.data, FACTS["variance"], what="running_var after PyTorch's example")
    y = forward(answer, layer.eval(), tensor(FACTS["x"].copy()), "PyTorch's example after eval()")
    answer.close(y.data, FACTS["later"], rtol=1e-8)
    require_batch_gradients(answer)
    require_one_row(answer)
    layer, tensor = made(answer, 3, shown="MyBatchNorm(3)")
    for mode in (True, False):
        require_float32(answer, layer.train(mode), tensor, numbers(4, 3, seed=5), f"MyBatchNorm(3).train({mode})")


def require_batch(
    answer: Answer, layer: Any, tensor: Any, x: np.ndarray, running: Running, eps: float, shown: str, step: int
) -> None:
    """Require the result of one batch in training, with other weights each time, and what is kept of it."""
    features = x.shape[1]
    given = {"weight": numbers(features, seed=20 + step), "bias": numbers(features, seed=30 + step)}
    put(layer, given)
    at = f"{shown} in training, batch {step + 1} of shape {x.shape}"
    before = running.mean, running.variance
    y = forward(answer, layer, tensor(x.copy(), requires_grad=True), at)
    right, centered, moves = by_axis(x, **given, axis=0, eps=eps), x - x.mean(axis=0), running.move(x)
    wrong = {
        "of the running statistics: in training it is the batch's": (x - before[0]) / np.sqrt(before[1] + eps),
        "of the running statistics, already moved: in training it is the batch's": (
            (x - running.mean) / np.sqrt(running.variance + eps)
        ),
        "without eps": centered / x.std(axis=0),
        f"of eps {EPS}, and not of the one that was given": by_axis(x, 1.0, 0.0, axis=0),
        "of a variance with rows - 1: here it is divided by the rows": centered / np.sqrt(x.var(axis=0, ddof=1) + eps),
        "of eps added to the root, and not below it": centered / (x.std(axis=0) + eps),
        "of dividing by the variance, and not by its root": centered / (x.var(axis=0) + eps),
        "along each row: a feature is normalized over the rows": by_axis(x, 1.0, 0.0, axis=1, eps=eps),
    }
    results = {why: z * given["weight"] + given["bias"] for why, z in wrong.items()}
    normal = centered / np.sqrt(x.var(axis=0) + eps)
    results["without weight and bias"] = normal
    results["of weight and bias in each other's place"] = normal * given["bias"] + given["weight"]
    results = {why: z for why, z in results.items() if not np.allclose(z, right, 1e-7, 1e-9)}
    answer.close(y.data, right, 1e-6, 1e-9, mistake=result_of(y.data, results, 1e-7))
    for name, (expected, mistakes) in moves.items():
        kept = layer.running_mean if name == "mean" else layer.running_var
        attribute = f"running_{'mean' if name == 'mean' else 'var'}"
        what = f"{attribute} after {at}"
        answer.require(
            hasattr(kept, "data") and hasattr(kept, "node"), f"{attribute} became {kind_of(kept)}, no Tensor."
        )
        answer.close(kept.data, expected, what=what, mistake=result_of(kept.data, mistakes))
        forgets = f"{attribute} remembers how it was computed, so all batches stay in memory. Compute it from .data."
        answer.require(kept.node is None, forgets)


def require_eval(answer: Answer, layer: Any, tensor: Any, running: Running, eps: float, shown: str) -> None:
    """Require that eval mode uses the running statistics, also for one row, and leaves them alone."""
    given = {name: getattr(layer, name).data for name in ("weight", "bias")}
    answer.run(layer.eval, f"{shown}.eval()")
    for rows in (4, 1):
        x = numbers(rows, len(running.mean), seed=40)
        y = forward(answer, layer, tensor(x.copy()), f"{shown} after eval(), for {rows} rows")
        centered, weight, bias = x - running.mean, given["weight"], given["bias"]
        normal = centered / np.sqrt(running.variance + eps)
        right = normal * weight + bias
        wrong = {
            "of the batch's own statistics: after eval() the running ones count": by_axis(x, **given, axis=0, eps=eps),
            "of dividing by the variance, and not by its root": centered / (running.variance + eps) * weight + bias,
            "without weight and bias": normal,
            "without normalizing": x * weight + bias,
        }
        answer.close(y.data, right, mistake=result_of(y.data, wrong))
        for name, expected in names_of(running).items():
            moved = "Outside of training nothing moves."
            answer.close(getattr(layer, name).data, expected, what=f"{name} after a call in eval mode", mistake=moved)
    x = numbers(3, len(running.mean), seed=41)
    answer.run(layer.train, f"{shown}.train()")
    y = forward(answer, layer, tensor(x.copy()), f"{shown} in training again")
    answer.close(y.data, by_axis(x, **given, axis=0, eps=eps))


def require_batch_gradients(answer: Answer) -> None:
    for rows, features in ((4, 3), (2, 1)):
        layer, tensor = made(answer, features, shown=f"MyBatchNorm({features})")
        arrays = random_arrays(rows, features)
        shown = f"MyBatchNorm({features}) of x {(rows, features)}"
        by_batch = functools.partial(by_axis, axis=0)
        require_gradients(answer, layer, tensor, by_batch, arrays, f"{shown} in training", 0)
        layer.eval()
        kept = layer.running_mean.data, layer.running_var.data

        def later(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, kept: Any = kept) -> np.ndarray:
            return (x - kept[0]) / np.sqrt(kept[1] + EPS) * weight + bias

        require_gradients(answer, layer, tensor, later, arrays, f"{shown} after eval()")


def random_arrays(*shape: int) -> Arrays:
    """An input, and a weight and a bias for its last axis."""
    return {
        "x": numbers(*shape, seed=6),
        "weight": numbers(shape[-1], seed=7),
        "bias": numbers(shape[-1], seed=8),
    }


def require_one_row(answer: Answer) -> None:
    layer, tensor = made(answer, 3, shown="MyBatchNorm(3)")
    require_error(answer, lambda: layer(tensor(np.ones((1, 3)))), "one row in training")
    for name, expected in names_of(Running(3, 0.1)).items():
        late = "Raise the error before anything moves."
        answer.close(getattr(layer, name).data, expected, what=f"{name} after one row in training", mistake=late)


# 16.3

ROWS: tuple[tuple[int, ...], ...] = ((4, 3), (3, 3), (1, 5), (2, 3, 4), (6,))


@exercise("16.3", shows="Each row is its own measure, so one row and a hundred give the same.")
def layer_norm(answer: Answer) -> None:
    for shape, eps in itertools.product(ROWS, (EPS, 0.1)):
        features = shape[-1]
        settings = () if eps == EPS else (eps,)
        shown = f"MyLayerNorm({', '.join(map(str, (features, *settings)))})"
        layer, tensor = made(answer, features, *settings, shown=shown)
        require_tensors(answer, layer, {"weight": np.ones(features), "bias": np.zeros(features)}, {}, shown)
        arrays = random_arrays(*shape)
        put(layer, {name: arrays[name] for name in ("weight", "bias")})
        right = by_axis(**arrays, axis=-1, eps=eps)
        for mode in (True, False):
            y = forward(answer, layer.train(mode), tensor(arrays["x"].copy()), f"{shown}.train({mode}) of x {shape}")
            answer.close(y.data, right, 1e-6, 1e-9, mistake=result_of(y.data, layer_mistakes(arrays, eps, right), 1e-7))
    for shape in ((4, 3), (2, 3, 4)):
        shown = f"MyLayerNorm({shape[-1]}) of x {shape}"
        layer, tensor = made(answer, shape[-1], shown=shown)
        arrays = random_arrays(*shape)
        by_row = functools.partial(by_axis, axis=-1)
        require_gradients(answer, layer, tensor, by_row, arrays, shown, -1)
        require_float32(answer, layer, tensor, arrays["x"], shown)


def layer_mistakes(arrays: Arrays, eps: float, right: np.ndarray) -> Arrays:
    """Results of known mistakes, where they differ from the right one."""
    x, weight, bias = arrays["x"], arrays["weight"], arrays["bias"]
    centered, over = x - x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    least = max(x.shape[-1] - 1, 1)
    found = {
        "over axis 0: the features are the last axis": by_axis(x, 1.0, 0.0, axis=0, eps=eps),
        "over all numbers of x, and not over those of a row": (x - x.mean()) / np.sqrt(x.var() + eps),
        "of a variance with features - 1": centered / np.sqrt(over * x.shape[-1] / least + eps),
        "of eps added to the root, and not below it": centered / (np.sqrt(over) + eps),
        "of dividing by the variance, and not by its root": centered / (over + eps),
        "without taking off the mean": x / np.sqrt(over + eps),
        "of the mean of x · x as the variance: take the mean off first": (
            centered / np.sqrt((x * x).mean(axis=-1, keepdims=True) + eps)
        ),
        "of the mean square, without taking off the mean": x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + eps),
        "without eps": centered / np.sqrt(over),
        f"of eps {EPS}, and not of the one that was given": centered / np.sqrt(over + EPS),
    }
    results = {why: z * weight + bias for why, z in found.items()}
    normal = centered / np.sqrt(over + eps)
    results["without weight and bias"] = normal
    results["of weight and bias in each other's place"] = normal * bias + weight
    return {why: z for why, z in results.items() if not np.allclose(z, right, 1e-7, 1e-9)}


# 16.4


@exercise("16.4", shows="What is left out in training is made up for, so outside nothing has to change.")
def dropout(answer: Answer) -> None:
    for p, shape in itertools.product((0.2, 0.5, 0, 0.9), ((5, 4), (7,), (2, 3, 4))):
        shown = f"MyDropout({p}, np.random.default_rng(1))"
        layer, tensor = made(answer, p, np.random.default_rng(1), shown=shown)
        rng, x = np.random.default_rng(1), numbers(*shape, seed=2)
        answer.close(sorted(layer.state_dict()), [], what=f"{shown}.state_dict(), its names")
        for call in ("the first call", "the second call"):
            require_dropped(answer, layer, tensor, x, rng.random(shape), p, f"{shown}, {call} with x {shape}")
        layer.eval()
        y = forward(answer, layer, tensor(x.copy()), f"{shown} after eval()")
        answer.close(y.data, x, mistake=result_of(y.data, {"of scaling once more": x * (1 - p)} if p else {}))
        layer.train()
        require_dropped(answer, layer, tensor, x, rng.random(shape), p, f"{shown} in training again")
    layer, tensor = made(answer, 0.5, np.random.default_rng(1), shown=shown)
    require_float32(answer, layer, tensor, numbers(3, 4, seed=3), "MyDropout(0.5, rng)")
    for p in (1, -0.1, 1.5):
        require_error(answer, lambda: answer.value(p, np.random.default_rng(0)), f"MyDropout({p}, rng)")  # noqa: B023


def require_dropped(
    answer: Answer, layer: Any, tensor: Any, x: np.ndarray, drawn: np.ndarray, p: float, shown: str
) -> None:
    """Require the result and the gradient of one call in training."""
    leaf, g = tensor(x.copy(), requires_grad=True), numbers(*x.shape, seed=4)
    y = forward(answer, layer, leaf, shown)
    mask = (drawn >= p) / (1 - p)
    wrong = {
        "without dividing what stays by 1 - p": x * (drawn >= p),
        "of multiplying what stays by 1 - p, where it is divided": x * (drawn >= p) * (1 - p),
        "of dividing what stays by p": x * (drawn >= p) / (p or 1),
        "of keeping what is below 1 - p: what is below p is dropped": x * (drawn < 1 - p) / (1 - p),
        "in which p is the share that stays": x * (drawn < p) / (p or 1),
        "in which the places that should stay are dropped": x * (drawn < p) / (1 - p),
        "if nothing is dropped": x,
        "of one mask for all rows": x * np.broadcast_to(mask[:1], x.shape),
    }
    wrong = {why: z for why, z in wrong.items() if not np.allclose(z, x * mask)}
    answer.close(y.data, x * mask + 0.0, mistake=result_of(y.data, wrong))
    answer.run(lambda: (y * g).sum().backward(), f"backward through {shown}")
    answer.require(leaf.grad is not None, "no gradient reached x. Compute with Tensors, and not with .data.")
    answer.close(leaf.grad, mask * g, what=f"the gradient of x, backward through {shown}")


# 16.5


class Layer:
    """A layer with weights, as far as the exercise describes one, of the engine whose Tensor is given."""

    def __init__(self, tensor: Any, fan_in: int, fan_out: int, spread: float, shift: float, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.weight = tensor(rng.normal(0, spread, (fan_out, fan_in)), requires_grad=True)
        self.bias = tensor(rng.normal(shift, 1, fan_out), requires_grad=True)

    def __call__(self, x: Any) -> Any:
        return x @ self.weight.T + self.bias


STARTS: Sequence[tuple[float, float]] = ((0.01, 0.0), (1.0, 0.0), (30.0, 5.0), (1e-6, 0.0))


@exercise("16.5", shows="Measured instead of derived: every layer gives numbers of spread 1, whatever bends them.")
def measured_start(answer: Answer) -> None:
    # The answer may make Tensors too, and those of two engines do not mix.
    tensor = getattr(inspect.unwrap(answer.value), "__globals__", {}).get("Tensor", OwnTensor)
    for (spread, shift), bend in itertools.product(STARTS, (tensor.tanh, tensor.relu)):
        sizes = ((6, 20), (20, 15), (15, 15), (15, 3))
        linear = [Layer(tensor, *size, spread, shift, seed) for seed, size in enumerate(sizes)]
        layers = [step for layer in linear for step in (layer, bend)][:-1]
        x, before = tensor(numbers(40, 6, seed=50)), [layer.weight.data.copy() for layer in linear]
        held = [{name: (found, found.node) for name, found in vars(layer).items()} for layer in linear]
        x_before = x.data.copy()
        shown = f"four layers of spread {spread} with {bend.__name__} between, x of shape (40, 6)"
        answer.call(layers, x, shown=shown)
        h, which = x, 0
        answer.require(np.array_equal(x.data, x_before), "changed the numbers of x.")
        for layer in layers:
            h = layer(h)
            if not isinstance(layer, Layer):
                continue
            what, old = f"layer {which}, after {answer.last_run}", before[which]
            for name in ("weight", "bias"):
                kept, node = held[which][name]
                replaced = f"the {name} of layer {which} is another object now: an optimizer would move the old one."
                answer.require(getattr(layer, name) is kept, f"{replaced} Assign to {name}.data.")
                answer.require(kept.node is node, f"the {name} of layer {which} is not the same leaf of the graph now.")
            which += 1
            new = layer.weight.data
            answer.require(isinstance(new, np.ndarray), f"weight.data became {kind_of(new)}, no array.")
            answer.close(layer.bias.data, np.zeros(len(old)), what=f"the bias of {what}")
            answer.close(float(h.data.std()), 1.0, what=f"the standard deviation of the output of {what}")
            answer.close(new / new.std(), old / old.std(), what=f"the weights of {what}, each divided by their spread")
