"""Chapter 07, training: what the exercises ask."""

import math
import random
from collections.abc import Sequence
from typing import Any

from autograd.optim import SGD
from autograd.scalar import MLP, mse
from course.specification import Answer, exercise
from course.wording import show

INF, NAN = math.inf, math.nan
XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]

# 07.1

SEVEN = [[i - 3.0] for i in range(7)]
# How it reads, the model's sizes and seed, inputs, targets and the step size.
STEPS: tuple[tuple[str, Any, list[list[float]], list[float], float], ...] = (
    ("MLP(2, [4, 1]), XOR, 0.2", (2, [4, 1], "tanh", 3), *XOR, 0.2),
    ("MLP(1, [1]), three points, 0.1", (1, [1], "tanh", 0), [[1.0], [2.0], [-0.5]], [3.0, 5.0, 1.0], 0.1),
    ("MLP(3, [2, 1]), one point, 0.05", (3, [2, 1], "tanh", 5), [[0.5, -1.0, 2.0]], [-4.0], 0.05),
    ("MLP(1, [5, 1]), seven points, 0.01", (1, [5, 1], "relu", 1), SEVEN, [i % 3 for i in range(7)], 0.01),
)


@exercise("07.1", shows="Loss, clear, backward, move: everything else in training repeats this.")
def training_step(answer: Answer) -> None:
    for shown, sizes, inputs, targets, step_size in STEPS:
        model, twin = MLP(*sizes), MLP(*sizes)
        parameters = model.parameters()
        (model(inputs[0]) * 7.0).backward()  # leaves gradients of another pass behind
        twins = SGD(twin.parameters(), lr=step_size)
        for turn in ("", ", once more"):
            loss = mse([twin(x) for x in inputs], targets)
            twins.zero_grad()
            loss.backward()
            twins.step()
            copies = [list(x) for x in inputs], list(targets)
            got = answer.call(model, *copies, step_size, shown=shown + turn)
            mistake = "The mean of the squared errors, computed before the parameters move."
            answer.close(got, loss.data, what=f"the loss it returns, {shown}{turn}", mistake=mistake)
            now = model.parameters()
            same = all(a is b for a, b in zip(parameters, now, strict=True))
            answer.require(same, "The model has other parameters now: change their .data, do not replace them.")
            moved = [parameter.data for parameter in now]
            mistake = "Do they move, through .data? Were old gradients cleared, is it the mean, is the sign right?"
            expected = [parameter.data for parameter in twin.parameters()]
            answer.close(moved, expected, what=f"the parameters after {shown}{turn}", mistake=mistake)


# 07.2


class Runs:
    """What `run` gives for each of the step sizes first, first/2, …: `losses`, of which the last repeats for ever."""

    def __init__(self, first: float, losses: Sequence[Any]) -> None:
        self.first, self.losses, self.asked = first, losses, 0

    def __call__(self, step_size: float) -> list[float]:
        wanted = self.first / 2**self.asked
        ordinary = isinstance(step_size, int | float) and math.isclose(step_size, wanted, rel_tol=1e-9)
        if not ordinary:
            raise ValueError(f"run number {self.asked + 1} should try {wanted:g}, not {step_size!r}")
        losses = self.losses[min(self.asked, len(self.losses) - 1)]
        self.asked += 1
        return list(losses)


GOOD, FLAT, WORSE = [1.0, 0.5, 0.2], [1.0, 0.4, 1.0], [1.0, 0.2, 1.1]
GONE, BACK, OVER = [1.0, INF, NAN], [1.0, NAN, 0.5], [1.0, INF, 0.5]
UNDER, JAGGED, SHORT, LOW = [1.0, -INF, 0.5], [1.0, 3.0, 0.9], [2.0, 1.0], [-1.0, -2.0]
# How it reads, the first step size, what each run gives, and how many halvings lead to the answer (None: no answer).
SEARCHES: tuple[tuple[str, float, list[list[float]], int | None], ...] = (
    ("works at once", 0.5, [GOOD, WORSE], 0),
    ("losses end in nan, then in order", 1.0, [GONE, GOOD], 1),
    ("losses 1, nan, 0.5 at first", 1.0, [BACK, GOOD], 1),
    ("losses 1, inf, 0.5 at first", 3.0, [OVER, GOOD, WORSE], 1),
    ("losses 1, -inf, 0.5 at first", 3.0, [UNDER, GOOD, WORSE], 1),
    ("ends higher than it began, twice", 0.3, [WORSE, [2.0, 0.1, 2.5], GOOD, WORSE], 2),
    ("ends where it began", 0.3, [FLAT, FLAT, FLAT, GOOD], 3),
    ("goes up on the way, ends lower", 8.0, [GONE, JAGGED, WORSE], 1),
    ("goes up, comes down, but not below the first", 8.0, [[1.0, 5.0, 2.0], GOOD, WORSE], 1),
    ("finite, however large", 8.0, [[1e308, 1.5e308, 0.5], WORSE], 0),
    ("two losses in each run", 8.0, [[2.0, NAN], [2.0, 2.0], SHORT, WORSE], 2),
    ("losses below 0", 1.0, [[-2.0, -1.0], LOW, WORSE], 1),
    ("the first loss is nan", 1.0, [[NAN, 1.0, 0.5], [INF, 1.0, 0.5], GOOD], 2),
    ("works in the last of 30 runs", 1.0, [*[GONE] * 29, GOOD], 29),
    ("works only after 30 runs", 1.0, [*[WORSE] * 30, GOOD], None),
    ("never works", 64.0, [GONE], None),
)


@exercise("07.2", shows="Try, look, halve: that is how step sizes are found.")
def find_step_size(answer: Answer) -> None:
    for shown, first, losses, halvings in SEARCHES:
        runs = Runs(first, losses)
        got = answer.call(runs, first, shown=f"run, {first:g}: {shown}")
        expected = None if halvings is None else first / 2**halvings
        mistake = "Every loss finite, and the last lower than the first: otherwise halve, 30 runs at most."
        if expected is None or got is None:
            asked = f"yours:    {show(got)}\nexpected: {show(expected)}\n{mistake}"
            answer.require(got is expected, asked)
        else:
            answer.close(got, expected, mistake=mistake)
        needed = 30 if halvings is None else halvings + 1
        answer.require(runs.asked == needed, f"{runs.asked} runs; {needed} are needed")
    tried = []

    def xor(step_size: float) -> list[float]:
        tried.append(step_size)
        return watched(step_size, 200)[0]

    got = answer.call(xor, 4.0, shown="a run on XOR, 4.0")
    answer.close(got, 0.5, what="the step size for XOR, from 4.0 on")
    answer.close(tried, [4.0, 2.0, 1.0, 0.5], what="the step sizes tried for XOR")


# 07.3

RUNS: tuple[tuple[list[float], int], ...] = (
    ([5.0, 4.0, 6.0, 7.0, 3.0], 2),
    ([5.0, 4.0, 6.0, 7.0, 3.0], 3),
    ([5.0, 4.0, 6.0, 7.0, 3.0], 1),
    ([1.0], 1),
    ([3.0, 2.0, 1.0], 1),
    ([1.0, 2.0, 3.0, 4.0], 3),
    ([1.0, 2.0, 3.0], 5),
    ([2.0, 2.0, 2.0, 2.0], 2),
    ([3.0, 1.0, 1.0, 1.0, 0.5], 3),
    ([1.0, 0.5, 0.7, 0.6, 0.8, 0.7, 0.4], 3),
    ([1.0, 0.5, 0.7, 0.6, 0.4, 0.7, 0.8], 3),
    ([0.0, -1.0, -0.5, -2.0, -1.0, -1.5, -3.0], 2),
    ([9.0, 8.0, 8.5, 7.0, 7.5, 7.2, 7.1, 6.0], 4),
    ([9.0, 8.0, 8.5, 7.0, 7.5, 7.2, 7.1, 6.0], 3),
    ([2e12, 1.5e12, 1.6e12], 1),
    ([-1e9, -2e9, -1.5e9, -3e9], 2),
)


def stopped(losses: Sequence[float], patience: int) -> tuple[int, int]:
    """Where early stopping stops, from its definition: the first time that the last `patience` are all too high."""
    for seen in range(1, len(losses) + 1):
        split = max(0, seen - patience)
        earlier, last = losses[:split], losses[split:seen]
        if earlier and min(last) >= min(earlier):
            break
    return losses.index(min(losses[:seen])), seen


@exercise("07.3", shows="You keep the best, and you know when to give up.")
def early_stopping(answer: Answer) -> None:
    rng = random.Random(0)
    few = (1.0, 2.0, 3.0, 4.0, 5.0)  # so that ties are frequent
    more = [(rng.choices(few, k=rng.randint(1, 9)), rng.randint(1, 4)) for _ in range(60)]
    for losses, patience in (*RUNS, *more):
        got = answer.call(list(losses), patience)
        if isinstance(got, list):
            got = tuple(got)
        mistake = "Index of the first lowest loss seen, and how many were seen: the index of the last one, plus 1."
        answer.close(got, stopped(losses, patience), rtol=0.0, atol=0.0, mistake=mistake)
    long = [1.0 / (i + 1) for i in range(2_000)]
    answer.close(answer.call(long, 10, shown="2,000 falling losses, 10"), (1_999, 2_000), rtol=0.0, atol=0.0)


# 07.4

FALLING = [1.0 / (i + 1) for i in range(20)]
EVEN, TURNS = [0.1] * 20, [0.1 * (-1) ** i for i in range(20)]
# How it reads, losses and gradients, and what they mean.
SICK: tuple[tuple[str, list[float], list[float], str], ...] = (
    ("falling losses, even gradients", FALLING, EVEN, "learns"),
    ("a loss is nan in the middle", [*FALLING[:8], NAN, *FALLING[9:]], EVEN, "nan"),
    ("the first loss is infinite", [INF, *FALLING], [*EVEN, 0.1], "nan"),
    ("the last loss is nan", [*FALLING[:-1], NAN], TURNS, "nan"),
    ("a gradient is nan", FALLING, [*EVEN[:-1], NAN], "nan"),
    ("a gradient is -inf", FALLING, [-INF, *EVEN[1:]], "nan"),
    ("losses nan, gradients 0", [NAN] * 12, [0.0] * 12, "nan"),
    ("all gradients 0", [0.5] * 12, [0.0] * 12, "cut"),
    ("all gradients 0, falling losses", FALLING, [0.0, -0.0] * 10, "cut"),
    ("one gradient is not 0, even losses", [0.5] * 12, [1e-9, *[0.0] * 11], "stuck"),
    ("gradients that add up to 0", FALLING, [1.0, 1.0, -1.0, -1.0] * 5, "learns"),
    ("gradients flip, losses fall", FALLING, TURNS, "flips"),
    ("gradients flip, losses rise", FALLING[::-1], TURNS, "flips"),
    ("gradients flip in the last ten steps only", FALLING, [*EVEN[:8], -0.1, *TURNS[9:]], "flips"),
    ("nine flips at the end", FALLING, [*EVEN[:11], *TURNS[11:]], "learns"),
    ("no flip in the last step", FALLING, [*TURNS[:-1], TURNS[-2]], "learns"),
    ("flips, but long ago", FALLING, [*TURNS[:12], *EVEN[12:]], "learns"),
    ("flips with a 0 among them", FALLING, [*TURNS[:15], 0.0, *TURNS[16:]], "learns"),
    ("11 steps, gradients flip", FALLING[:11], TURNS[:11], "flips"),
    ("11 steps, losses fall by half a percent", [1.0 - i / 2000 for i in range(11)], EVEN[:11], "stuck"),
    ("11 steps, losses fall by two percent", [1.0 - i / 500 for i in range(11)], EVEN[:11], "learns"),
    ("falls once, ten steps ago", [1.0, *[0.5] * 10], EVEN[:11], "learns"),
    ("falls at first, then stands still", [5.0, 3.0, *[1.0] * 11], EVEN[:13], "stuck"),
    ("stands still, falls in the last ten steps", [*[1.0] * 11, 0.9], EVEN[:12], "learns"),
    ("rose long ago, falls now", [0.1, 0.2, 5.0, *[4.0 - i / 5 for i in range(12)]], EVEN[:15], "learns"),
    ("falls on the way, ends where it was", [1.0, *[0.2] * 9, 1.0], EVEN[:11], "stuck"),
    ("climbs on the way, ends lower", [1.0, *[3.0] * 9, 0.7], EVEN[:11], "learns"),
    ("loss 0 all the time", [0.0] * 11, [1e-12] * 11, "learns"),
)


def symptom(losses: Sequence[float], gradients: Sequence[float]) -> str:
    """What exercise 07.4 asks."""
    if not all(map(math.isfinite, (*losses, *gradients))):
        return "nan"
    if not any(gradients):
        return "cut"
    signs = [math.copysign(1.0, g) if g else 0.0 for g in gradients[-11:]]
    if all(a == -b != 0 for a, b in zip(signs, signs[1:], strict=False)):
        return "flips"
    return "stuck" if losses[-1] > 0.99 * losses[-11] else "learns"


@exercise("07.4", shows="Numbers first, then causes: half of all diagnoses are these five words.")
def diagnose(answer: Answer) -> None:
    for shown, losses, gradients, expected in SICK:
        require_word(answer, losses, gradients, expected, shown)
    for step_size, steps in ((1.0, 200), (1.0, 12), (0.3, 95), (0.3, 75), (0.2, 200), (0.01, 200), (0.001, 60)):
        losses, gradients = watched(step_size, steps)
        shown = f"XOR with step size {step_size}, {steps} steps, gradients of the output's bias"
        require_word(answer, losses, gradients, symptom(losses, gradients), shown)


def require_word(answer: Answer, losses: list[float], gradients: list[float], expected: str, shown: str) -> None:
    got = answer.call(list(losses), list(gradients), shown=shown)
    mistake = "Ask in the order of the card, each question of all the numbers that it names."
    answer.close(got, expected, mistake=mistake)


def watched(step_size: float, steps: int) -> tuple[list[float], list[float]]:
    """Losses and the output bias's gradients of a tanh network on XOR, taught by plain steps."""
    model, losses, gradients = MLP(2, [4, 1], "tanh", seed=3), [], []
    optimizer = SGD(model.parameters(), lr=step_size)
    for _ in range(steps):
        loss = mse([model(x) for x in XOR[0]], XOR[1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.data)
        gradients.append(model.parameters()[-1].grad)
    return losses, gradients
