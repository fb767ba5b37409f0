"""Chapter 15, handwritten digits: what the exercises ask."""

from typing import Any

import numpy as np

import autograd.tensor as ag
from autograd.tensor import nn
from course.specification import Answer, exercise
from course.wording import kind_of, show

# 15.1

# Scores and labels.
COUNTS: tuple[tuple[list[list[float]], list[int]], ...] = (
    ([[3.0, 1.0], [2.0, 5.0], [4.0, 0.0]], [0, 1, 0]),
    ([[3.0, 1.0], [2.0, 5.0], [4.0, 0.0]], [1, 1, 1]),
    ([[0.1, 0.2, 0.3]], [2]),
    ([[0.1, 0.2, 0.3]], [0]),
    ([[-5.0, -1.0, -9.0], [-1.0, -2.0, -3.0], [0.0, 7.0, 2.0], [1.0, 2.0, 9.0]], [1, 0, 2, 2]),
    ([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0], [1.0, 2.0], [2.0, 1.0]], [1, 1, 0, 1, 0]),
    ([[9.0, 1.0, 2.0], [8.0, 3.0, 4.0]], [0, 0]),
    ([[2.0, 2.0], [1.0, 1.0], [0.0, 0.0]], [0, 1, 1]),
)


@exercise("15.1", shows="A comparison of arrays, and a mean: no loop in sight.")
def accuracy(answer: Answer) -> None:
    for rows, numbers in COUNTS:
        for dtype in (ag.float64, ag.float32):
            scores, labels = ag.tensor(rows, dtype=dtype), ag.tensor(numbers)
            got = answer.call(scores, labels, shown=f"scores {rows}, labels {numbers}")
            expected = float(np.mean(np.argmax(rows, axis=1) == np.array(numbers)))
            wanted = f"yours:    {kind_of(got)}\nexpected: a Python float; .item() gives one"
            answer.require(isinstance(got, float | int) and not isinstance(got, bool), wanted)
            mistake = "The class with the highest score of each row, compared with its label; then the mean."
            answer.close(float(got), expected, mistake=mistake)


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


@exercise("15.2", shows="Rows are the truth, columns the answers, and nothing is counted once only.")
def confusion(answer: Answer) -> None:
    for truth, answers, classes in PAIRS:
        expected = np.zeros((classes, classes), dtype=int)
        for i, j in zip(truth, answers, strict=True):
            expected[i, j] += 1
        given = np.array(truth, dtype=int), np.array(answers, dtype=int)
        got = answer.call(*given, classes, shown=f"{show(truth)}, {show(answers)}, {classes}")
        form = f"yours:    {kind_of(got)}\nexpected: a NumPy array of integers"
        answer.require(isinstance(got, np.ndarray) and got.dtype.kind in "iu", form)
        mistake = "Row: the true class; column: the answer; one more for each pair."
        answer.close(got, expected, rtol=0.0, atol=0.0, mistake=mistake)


# 15.3

MOVES = ((0, 0), (0, 1), (1, 0), (0, -1), (-1, 0), (2, 1), (-2, 3), (1, -2), (-1, -1), (4, 0), (0, 5), (-4, 0), (9, -9))


@exercise("15.3", shows="Slices move pictures, and nothing comes back on the other side.")
def shift(answer: Answer) -> None:
    for dtype in (np.uint8, float):
        images = (np.arange(2 * 4 * 5).reshape(2, 4, 5) + 1).astype(dtype)
        for down, right in MOVES:
            expected = np.zeros_like(images)
            for y in range(4):
                for x in range(5):
                    if 0 <= y - down < 4 and 0 <= x - right < 5:
                        expected[:, y, x] = images[:, y - down, x - right]
            shown = f"two images of 4 × 5 ({images.dtype}), {down}, {right}"
            given = images.copy()
            got = answer.call(given, down, right, shown=shown)
            answer.require(isinstance(got, np.ndarray), f"yours:    {kind_of(got)}\nexpected: a NumPy array")
            answer.require(got is not given and not np.shares_memory(got, given), "Return a new array.")
            typed = f"yours:    an array of {got.dtype}\nexpected: an array of {images.dtype}, as given"
            answer.require(got.dtype == images.dtype, typed)
            mistake = "Down and right are positive; what enters is 0, and nothing comes back on the other side."
            answer.close(got, expected, rtol=0.0, atol=0.0, mistake=mistake)


# 15.4


def models() -> list[tuple[str, Any, int]]:
    """Small networks with fixed weights, and how many inputs they have."""
    generator = np.random.default_rng(15)
    found = []
    for inputs, hidden in ((4, 6), (6, 3), (3, 0)):
        layers = [nn.Linear(inputs, hidden), nn.Tanh(), nn.Linear(hidden, 3)] if hidden else [nn.Linear(inputs, 3)]
        model = nn.Sequential(*layers).double()
        with ag.no_grad():
            for parameter in model.parameters():
                parameter.copy_(ag.tensor(generator.normal(size=parameter.shape)))
            model[0].weight[:, 0] = 0.0  # the first input has slope 0
        found.append((f"a network of {inputs} inputs", model, inputs))
    return found


@exercise("15.4", shows="The gradient of the input, used against the network.")
def attack(answer: Answer) -> None:
    generator = np.random.default_rng(4)
    for name, model, inputs in models():
        for label in (0, 2):
            for size in (0.05, 0.4):
                picture = ag.tensor(generator.uniform(0.0, 1.0, (1, inputs)))
                before = picture.numpy().copy()
                leaf = picture.detach().clone().requires_grad_()
                loss = nn.functional.cross_entropy(model(leaf), ag.tensor([label]))
                (slopes,) = ag.grad(loss, [leaf])
                expected = np.clip(before + size * np.sign(slopes.numpy()), 0.0, 1.0)
                weights = [parameter.tolist() for parameter in model.parameters()]
                for parameter in model.parameters():
                    parameter.grad = ag.full_like(parameter, 0.25).detach()  # of another pass
                shown = f"{name}, a picture, label {label}, size {size}"
                got = answer.call(model, picture, label, size, shown=shown)
                answer.require(isinstance(got, ag.Tensor), f"yours:    {kind_of(got)}\nexpected: a Tensor")
                same = (picture.detach().numpy() == before).all() and not picture.requires_grad
                copy = "The given picture was changed or marked: work on a copy, picture.detach().clone()."
                answer.require(same, copy)
                now = [(p.tolist(), p.requires_grad) for p in model.parameters()]
                left = now == [(numbers, True) for numbers in weights] and model.training
                answer.require(left, "The model was changed: its parameters, requires_grad and train() must stay.")
                kept = all(p.grad is not None and (p.grad.numpy() == 0.25).all() for p in model.parameters())
                answer.require(kept, "The parameters' gradients changed: ag.grad(loss, [copy]) leaves them alone.")
                answer.require(not got.requires_grad, "The result still belongs to a graph: use detach().")
                shape = f"yours:    shape {show(tuple(got.shape))}\nexpected: shape {(1, inputs)}"
                answer.require(tuple(got.shape) == (1, inputs), shape)
                mistake = "Each point moves by size along the sign of the loss's slope, and stays between 0 and 1."
                answer.close(got.numpy(), expected, rtol=1e-9, what=f"the result, {shown}", mistake=mistake)
