"""Chapter 15, handwritten digits: what the exercises ask.

Networks are made of the engine that the reader's function uses; what is expected comes from NumPy by hand.
"""

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from course.compare import result_of
from course.mine import tensor_modules
from course.specification import Answer, exercise
from course.wording import kind_of, show


def engine_of(answer: Answer) -> Any:
    """The engine where the answer was written, under the name that the chapter gives it, or else the course's own."""
    function = inspect.unwrap(answer.value) if callable(answer.value) else answer.value
    return getattr(function, "__globals__", {}).get("engine", tensor_modules)


# 15.1

# Scores of each batch, and labels of each batch.
Batch = tuple[list[list[float]], list[int]]
COUNTED: tuple[tuple[Batch, ...], ...] = (
    (([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0], [3.0, 1.0]], [1, 0, 1, 1]), ([[1.0, 2.0], [1.0, 2.0]], [0, 1])),
    (([[3.0, 1.0], [2.0, 5.0], [4.0, 0.0]], [0, 1, 1]),),
    (([[3.0, 1.0], [2.0, 5.0], [4.0, 0.0]], [1, 0, 1]),),
    (([[0.1, 0.2, 0.3]], [2]),),
    (([[-5.0, -1.0, -9.0], [-1.0, -2.0, -3.0], [0.0, 7.0, 2.0], [1.0, 2.0, 9.0]], [1, 0, 2, 2]),),
    (([[0.0, 9.0]], [0]), ([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0]], [1, 0, 1]), ([[5.0, 4.0], [4.0, 5.0]], [1, 1])),
    (([[2.0, 2.0], [1.0, 1.0], [0.0, 0.0]], [0, 0, 1]),),
    (([[9.0, 1.0, 2.0], [8.0, 3.0, 4.0]], [0, 0]), ([[1.0, 1.5, 1.25]], [1])),
)


class Recorder:
    """A model whose scores are its images times a parameter of 1; it remembers how it was called."""

    def __init__(self, engine: Any) -> None:
        self.engine, self.factor = engine, engine.Tensor(1.0, requires_grad=True)
        self.calls: list[Any] = []
        self.nodes = 0

    def __call__(self, x: Any) -> Any:
        self.calls.append(x)
        scores = x * self.factor
        self.nodes += getattr(scores, "node", None) is not None
        return scores

    def parameters(self) -> list[Any]:
        return [self.factor]


class Once:
    """A loader of batches that notices how often it is gone through."""

    def __init__(self, batches: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
        self.batches, self.rounds = batches, 0

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        self.rounds += 1
        for images, labels in self.batches:
            yield images.copy(), labels.copy()


@exercise("15.1", shows="Right answers are counted over all batches, and divided once.")
def accuracy(answer: Answer) -> None:
    engine = engine_of(answer)
    for batches in COUNTED:
        for dtype in (np.float64, np.float32):
            model = Recorder(engine)
            loader = Once([(np.array(rows, dtype), np.array(labels)) for rows, labels in batches])
            hits = [(np.argmax(rows, axis=1) == labels).tolist() for rows, labels in batches]
            shown = f"model, batches of {' and '.join(str(len(found)) for found in hits)}"
            got = answer.call(model, loader, shown=f"{shown}: scores {[rows for rows, _ in batches]}")
            flat = sum(hits, [])
            flattened = sum(int((np.argmax(rows) == np.array(labels)).sum()) for rows, labels in batches) / len(flat)
            each = [sum(found) / len(found) for found in hits]
            mistakes = {
                "of the mean of the batches' shares: a short batch then counts as much as a long one": np.mean(each),
                "of the last batch alone": each[-1],
                "of the first batch alone": each[0],
                "of a count that is not divided": float(sum(flat)),
                "of argmax without an axis: it gives one place for the whole batch": flattened,
            }
            expected = sum(flat) / len(flat)
            others = {why: float(wrong) for why, wrong in mistakes.items() if abs(wrong - expected) > 1e-9}
            given = all(isinstance(x, engine.Tensor) for x in model.calls)
            answer.require(given, "The model was called with something else than a Tensor: engine.Tensor(images).")
            answer.close(got, expected, mistake=result_of(got, others))
            count = (
                f"yours:    the model was called {len(model.calls)} times\nexpected: once for each batch, {len(hits)}"
            )
            answer.require(len(model.calls) == len(batches), count)
            answer.require(
                loader.rounds == 1, "The loader was gone through more than once: count right and all at once."
            )
            answer.require(not model.nodes, "The model left nodes behind: call it inside `with engine.no_grad():`.")
            answer.require(model.factor.grad is None, "The model's parameters got gradients: counting needs none.")


# 15.2

PAIRS: tuple[tuple[list[int], list[int], int], ...] = (
    ([0, 0, 0], [1, 1, 1], 2),
    ([0, 1, 2, 2, 1], [0, 2, 2, 1, 2], 3),
    ([1, 1, 1, 1], [0, 1, 1, 0], 2),
    ([], [], 4),
    ([4], [2], 5),
    ([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5], [2, 7, 1, 8, 2, 8, 1, 8, 2, 8, 4], 10),
    ([0, 0], [0, 0], 1),
    ([1] * 70_000, [0] * 70_000, 2),
)


@exercise("15.2", shows="Rows are the truth, columns the answers, and every pair is counted.")
def confusion(answer: Answer) -> None:
    for truth, answers, classes in PAIRS:
        expected, once = np.zeros((classes, classes), dtype=int), np.zeros((classes, classes), dtype=int)
        for i, j in zip(truth, answers, strict=True):
            expected[i, j] += 1
            once[i, j] = 1
        given = np.array(truth, dtype=int), np.array(answers, dtype=int)
        got = answer.call(*given, classes, shown=f"{show(truth)}, {show(answers)}, {classes}")
        form = f"yours:    {kind_of(got)}\nexpected: a NumPy array of whole numbers, dtype int"
        answer.require(isinstance(got, np.ndarray) and got.dtype.kind in "iu", form)
        mistakes = {
            "with rows and columns exchanged": expected.T,
            "in which each cell was counted once, however often it was named": once,
        }
        others = {why: wrong for why, wrong in mistakes.items() if not np.array_equal(wrong, expected)}
        answer.close(got, expected, rtol=0.0, atol=0.0, mistake=result_of(got, others))


# 15.3

MOVES = ((0, 0), (0, 1), (1, 0), (0, -1), (-1, 0), (2, 1), (-2, 3), (1, -2), (-1, -1), (4, 0), (0, 5), (-4, 0), (9, -9))


def moved(images: np.ndarray, down: int, right: int, wrap: bool = False) -> np.ndarray:
    """The images moved, point by point; with `wrap`, what leaves comes back on the other side."""
    result = np.zeros_like(images)
    _, height, width = images.shape
    for y, x in np.ndindex(height, width):
        if wrap or (0 <= y - down < height and 0 <= x - right < width):
            result[:, y, x] = images[:, (y - down) % height, (x - right) % width]
    return result


@exercise("15.3", shows="Slices move pictures, and nothing comes back on the other side.")
def shift(answer: Answer) -> None:
    for dtype in (np.uint8, np.float32, np.float64):
        images = (np.arange(2 * 4 * 5).reshape(2, 4, 5) + 1).astype(dtype)
        for down, right in MOVES:
            expected = moved(images, down, right)
            given = images.copy()
            got = answer.call(given, down, right, shown=f"two images of 4 × 5 ({images.dtype}), {down}, {right}")
            answer.require(isinstance(got, np.ndarray), f"yours:    {kind_of(got)}\nexpected: a NumPy array")
            separate = "The result shares memory with the given images: start from a new array, such as zeros."
            answer.require(got is not given and not np.shares_memory(got, given), separate)
            typed = f"yours:    an array of {got.dtype}\nexpected: an array of {images.dtype}, as given"
            answer.require(got.dtype == images.dtype, typed)
            mistakes = {
                "of rolling: what leaves comes back on the other side": moved(images, down, right, wrap=True),
                "of a move in the opposite direction": moved(images, -down, -right),
                "with down and right exchanged": moved(images, right, down),
            }
            others = {why: wrong for why, wrong in mistakes.items() if not np.array_equal(wrong, expected)}
            answer.close(got, expected, rtol=0.0, atol=0.0, mistake=result_of(got, others))


# 15.4


def networks(engine: Any) -> list[tuple[str, Any, list[Any]]]:
    """Small networks with fixed weights: their names, and their parameters, weight and bias of each layer."""
    rng, found = np.random.default_rng(15), []
    for inputs, hidden in ((4, 6), (6, 3), (3, 0)):
        sizes = [(inputs, hidden), (hidden, 3)] if hidden else [(inputs, 3)]
        layers: list[Any] = [engine.Linear(a, b, rng) for a, b in sizes]
        parameters = [parameter for layer in layers for parameter in (layer.weight, layer.bias)]
        for parameter in parameters:
            parameter.data = rng.normal(size=parameter.shape)
        parameters[0].data[:, 0] = 0.0  # the first input has slope 0
        model = engine.Sequential(*(layers if not hidden else [layers[0], engine.Tensor.tanh, layers[1]]))
        found.append((f"a network of {inputs} inputs", model, parameters))
    return found


def slopes_by_hand(arrays: list[np.ndarray], x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The slopes of the mean cross-entropy with respect to the images."""
    last, bias = arrays[-2:]
    h = x if len(arrays) == 2 else np.tanh(x @ arrays[0].T + arrays[1])
    scores = h @ last.T + bias
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    g = (p - np.eye(3)[labels]) / len(x) @ last
    return g if len(arrays) == 2 else (g * (1 - h * h)) @ arrays[0]


@exercise("15.4", shows="The gradient of the input, used against the network.")
def attack(answer: Answer) -> None:
    engine, rng = engine_of(answer), np.random.default_rng(4)
    for name, model, parameters in networks(engine):
        arrays = [parameter.data.copy() for parameter in parameters]
        for rows, size in ((1, 0.05), (1, 0.4), (5, 0.1)):
            images = rng.uniform(0.0, 1.0, (rows, arrays[0].shape[1]))
            labels = rng.integers(0, 3, rows)
            steps = np.sign(slopes_by_hand(arrays, images, labels))
            before = [np.full(parameter.shape, 0.25) for parameter in parameters]
            for parameter, g in zip(parameters, before, strict=True):
                parameter.grad = g.copy()  # of another pass
            shown = f"{name}, {rows} image{'s' * (rows > 1)}, labels {labels.tolist()}, size {size}"
            got = answer.call(model, images, labels, size, shown=shown)
            answer.require(isinstance(got, np.ndarray), f"yours:    {kind_of(got)}\nexpected: a NumPy array")
            same = all(np.array_equal(parameter.data, a) for parameter, a in zip(parameters, arrays, strict=True))
            answer.require(same, "The model's parameters were changed: an attack moves the images, not the weights.")
            kept = all(
                parameter.grad is not None and np.array_equal(parameter.grad, g)
                for parameter, g in zip(parameters, before, strict=True)
            )
            back = (
                "The gradients of the model's parameters are not those from before the call: put them back at the end."
            )
            answer.require(kept, back)
            mistakes = {
                "of a move against the gradient, as in training": np.clip(images - size * steps, 0, 1),
                "without the limits 0 and 1": images + size * steps,
                "of no move at all": images,
            }
            expected = np.clip(images + size * steps, 0.0, 1.0)
            others = {why: wrong for why, wrong in mistakes.items() if not np.allclose(wrong, expected)}
            mistake = result_of(got, others) or "Each point moves by size along the sign of the loss's slope."
            answer.close(got, expected, rtol=1e-9, what=f"the result, {shown}", mistake=mistake)
