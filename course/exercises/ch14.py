"""Chapter 14, optimizers: what the exercises ask."""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course.compare import result_of
from course.optimizer_ways import (
    Gradients,
    Places,
    Way,
    adam_way,
    adamw_way,
    but,
    decayed,
    in_the_gradient_way,
    momentum_way,
    other_kind_way,
    planned,
    steps_alone,
    swapped_way,
    uphill,
)
from course.specification import Answer, NotAttempted, NotYet, exercise
from course.wording import kind_of, show


class Leaf:
    """A parameter, as far as an optimizer needs to know: an array and its gradient."""

    def __init__(self, data: np.ndarray, grad: np.ndarray | None = None) -> None:
        self.data, self.grad = data, grad


STARTS = (np.array([1.0, -2.0, 0.5]), np.array([[3.0, 0.0], [-1.0, 2.0]]), np.array([0.25, 4.0, -0.5]))
# For each parameter its gradients in five steps. The second one has none in the second step.
GRADIENTS: tuple[Gradients, ...] = (
    [np.array(g) for g in ([2.0, -1.0, 0.5], [2.0, 3.0, -0.5], [-1.0, 0.5, 0.25], [4.0, 0.0, 1.0], [2.0, 2.0, -3.0])],
    [
        np.array([[1.0, -2.0], [0.5, 0.0]]),
        None,
        np.array([[-3.0, 1.0], [0.5, 2.0]]),
        np.array([[1.0, 1.0], [-4.0, 0.5]]),
        np.array([[0.0, 2.0], [1.0, -1.0]]),
    ],
    [
        np.array(g)
        for g in ([-2.0, 1e-3, 50.0], [1.0, 2e-3, 40.0], [3.0, -1e-3, -60.0], [1.0, 1e-3, 9.0], [2.0, 0, 5.0])
    ],
)
STEPS = 5
ALONE = "if the step itself is returned: return the new array, x minus the step"


def require_way(
    answer: Answer,
    way: Way,
    wrong: dict[str, Way],
    settings: dict[str, Any],
    rates: Sequence[float] | None = None,
    dtype: type = np.float64,
) -> None:
    """Require that each of five steps leads where `way` does, and that the arrays are replaced, not changed.

    `settings` are handed to the reader's class and to the ways. `rates` are set as `lr`, one before each step.
    """
    cls = answer.value
    answer.require(isinstance(cls, type), f"yours:    {kind_of(cls)}\nexpected: a class, by its name")
    leaves = [Leaf(start.astype(dtype)) for start in STARTS]
    shown = f"{cls.__name__}(three parameters, {', '.join(f'{name}={value!r}' for name, value in settings.items())})"
    optimizer = answer.run(lambda: cls(leaves, **settings), shown)
    lrs = rates or [settings["lr"]] * STEPS
    rest = {name: value for name, value in settings.items() if name != "lr"}
    ways = [[f(x, g, lrs, **rest) for x, g in zip(STARTS, GRADIENTS, strict=True)] for f in (way, *wrong.values())]
    handed: list[tuple[np.ndarray, np.ndarray]] = []  # every gradient so far, with a copy of it
    for t in range(STEPS):
        if rates:
            optimizer.lr = rates[t]
        for leaf, gradients in zip(leaves, GRADIENTS, strict=True):
            g = gradients[t]
            leaf.grad = None if g is None else g.astype(dtype)
            handed += [] if g is None else [(leaf.grad, leaf.grad.copy())]
        olds = [(leaf.data, leaf.data.copy()) for leaf in leaves]
        now = f"step {t + 1}" + (f", with lr={rates[t]}" if rates else "")
        answer.run(optimizer.step, f"{shown}: {now}")
        for n, leaf in enumerate(leaves):
            require_place(answer, leaf, n, t, [(name, w[n]) for name, w in zip(("", *wrong), ways, strict=True)], dtype)
            array, before = olds[n]
            kept = np.array_equal(array, before)
            answer.require(kept, "changed the array x in place. Return a new one: somebody may still hold the old one.")
        kept = all(np.array_equal(g, copy) for g, copy in handed)
        answer.require(kept, "changed a gradient g in place, of this step or of an earlier one. Make a new array.")


def require_place(answer: Answer, leaf: Leaf, n: int, t: int, ways: Sequence[tuple[str, Places]], dtype: type) -> None:
    """Require where one parameter is after a step; `ways` holds the right way first, then wrong ones by their names."""
    rtol, atol = (1e-9, 1e-12) if dtype is np.float64 else (1e-4, 1e-6)
    expected = ways[0][1][t]
    mistakes = {name: w[t] for name, w in ways[1:] if not np.allclose(w[t], expected, rtol=1e-6, atol=1e-9)}
    mistake = result_of(leaf.data, mistakes, rtol=rtol, atol=atol)
    what = f"parameter {n}" + (" (which had no gradient in step 2)" if n == 1 and t else "")
    answer.close(leaf.data, expected, rtol=rtol, atol=atol, what=f"{what}, after {answer.last_run}", mistake=mistake)
    found = leaf.data.dtype
    answer.require(
        found == dtype,
        f"{what}\nyours:    numbers of {found}\nexpected: {np.dtype(dtype)}, as x and g have\n"
        "Python's floats and np.zeros_like(x) keep the type; np.zeros(x.shape) and np.float64 do not.",
    )


# 14.1


@exercise("14.1", shows="A sum of gradients that leaks: what agrees adds up, what flips cancels.")
def sgd(answer: Answer) -> None:
    wrong = {
        "of a step uphill": uphill(momentum_way),
        ALONE: steps_alone(momentum_way),
        "without momentum": but(momentum_way, momentum=0.0, nesterov=False),
        "if g counts 1 - momentum times: the sum takes all of g": but(momentum_way, average=True),
        "if v collects lr * g: lr belongs outside the sum, so that changing it changes the next step at once": (
            but(momentum_way, rate_inside=True)
        ),
        "of the other kind: nesterov=True looks ahead, nesterov=False does not": other_kind_way,
    }
    require_way(answer, momentum_way, wrong, {"lr": 0.5})
    for momentum, nesterov in ((0.5, False), (0.9, False), (0.5, True), (0.9, True)):
        settings = {"lr": 0.1, "momentum": momentum} | ({"nesterov": True} if nesterov else {})
        require_way(answer, momentum_way, wrong, settings)
        require_way(answer, momentum_way, wrong, settings, rates=(0.1, 0.05, 0.2, 0.0, 0.1))
    require_way(answer, momentum_way, wrong, {"lr": 0.1, "momentum": 0.9}, dtype=np.float32)
    require_way(answer, momentum_way, wrong, {"lr": 0.1, "momentum": 0.9, "nesterov": True}, dtype=np.float32)


# 14.2

ADAM_CASES: tuple[dict[str, Any], ...] = (
    {"lr": 0.1},
    {"lr": 0.5, "betas": (0.5, 0.9)},
    {"lr": 0.1, "eps": 0.25},
    {"lr": 0.1, "betas": (0.0, 0.99)},
)
FALLING = (0.4, 0.3, 0.2, 0.1, 0.0)


@exercise("14.2", shows="The average gradient, divided by its usual size: a full step where the gradients agree.")
def adam(answer: Answer) -> None:
    wrong = {
        "of a step uphill": uphill(adam_way),
        ALONE: steps_alone(adam_way),
        "of sums in place of averages: g counts 1 - b1 times, and g * g 1 - b2 times": but(adam_way, sums=True),
        "in which the root is taken before s is divided by 1 - b2**t": but(adam_way, root_first=True),
        "without the corrections": but(adam_way, correct=(False, False)),
        "in which only m is corrected": but(adam_way, correct=(True, False)),
        "in which only s is corrected": but(adam_way, correct=(False, True)),
        "with eps inside the root": but(adam_way, eps_inside=True),
        "in which betas have changed places: the first is for m": swapped_way,
    }
    for settings in ADAM_CASES:
        require_way(answer, adam_way, wrong, settings)
    require_way(answer, adam_way, wrong, {"lr": 0.1}, rates=FALLING)
    require_way(answer, adam_way, wrong, {"lr": 0.1}, dtype=np.float32)


# 14.3

DECAY_CASES: tuple[dict[str, Any], ...] = (
    {"lr": 0.1},
    {"lr": 0.1, "weight_decay": 0.5},
    {"lr": 0.1, "weight_decay": 0.0},
    {"lr": 0.5, "betas": (0.5, 0.9), "eps": 0.25, "weight_decay": 0.2},
)


@exercise("14.3", shows="Every weight shrinks by the same share, whatever the size of its gradients.")
def adamw(answer: Answer) -> None:
    wrong: dict[str, Way] = {
        "if the decay is added to the gradient": in_the_gradient_way,
        "if the weights shrink after the step: let them shrink first": decayed(
            lambda x, lr, decay: x * (1 - lr * decay), after=True
        ),
        "if the weights shrink by weight_decay without lr": decayed(lambda x, lr, decay: x * (1 - decay)),
        "if the weights do not shrink": decayed(lambda x, lr, decay: x),
        "if the weights grow": decayed(lambda x, lr, decay: x * (1 + lr * decay)),
    }
    late = (0.0, 0.1, 0.1, 0.1, 0.1)  # after the first step, a decay in the gradient and none can be told apart
    require_way(answer, adamw_way, wrong, {"lr": 0.1, "weight_decay": 0.5}, rates=late)
    for settings in DECAY_CASES:
        require_way(answer, adamw_way, wrong, settings)
    require_way(answer, adamw_way, wrong, {"lr": 0.1, "weight_decay": 0.5}, rates=FALLING)
    require_way(answer, adamw_way, wrong, {"lr": 0.1, "weight_decay": 0.5}, dtype=np.float32)


# 14.4

PLANS = ((10, 0), (10, 4), (100, 10), (7, 6), (5, 1), (1, 0))


@exercise("14.4", shows="Small steps until the averages know something, and small steps again at the end.")
def warmup_cosine(answer: Answer) -> None:
    wrong: dict[str, Callable[[int, int, int], float]] = {
        "if the warm-up starts with 0: step 0 is a step too": lambda k, n, w: k / w if k < w else planned(k, n, w),
        "if the cosine counts from step 0: it begins when the warm-up ends": lambda k, n, w: (
            (k + 1) / w if k < w else planned(k, n, 0)
        ),
        "if the cosine takes as many steps as the whole": lambda k, n, w: (
            (k + 1) / w if k < w else planned(k - w, n, 0)
        ),
        "if the second part falls in a line": lambda k, n, w: (k + 1) / w if k < w else (n - k) / (n - w),
        "if the cosine reaches 0 at steps - 1: it does so at steps": lambda k, n, w: (
            (k + 1) / w if k < w else (1 + math.cos(math.pi * (k - w) / max(1, n - 1 - w))) / 2
        ),
        "of a cosine that is not moved up and halved": lambda k, n, w: (
            (k + 1) / w if k < w else math.cos(math.pi * (k - w) / (n - w))
        ),
        "of a cosine that is not halved": lambda k, n, w: (k + 1) / w if k < w else 2 * planned(k, n, w),
        "of a cosine that rises": lambda k, n, w: (k + 1) / w if k < w else 1 - planned(k, n, w),
        "of a quarter of a turn: half a cosine goes from 0 to pi": lambda k, n, w: (
            (k + 1) / w if k < w else math.cos(math.pi / 2 * (k - w) / (n - w))
        ),
        "of degrees: math.cos wants radians": lambda k, n, w: (
            (k + 1) / w if k < w else (1 + math.cos(180 * (k - w) / (n - w))) / 2
        ),
        "of a whole turn of the cosine": lambda k, n, w: (
            (k + 1) / w if k < w else (1 + math.cos(2 * math.pi * (k - w) / (n - w))) / 2
        ),
    }
    for steps, warmup in PLANS:
        for step in range(steps + 1):
            require_share(answer, wrong, step, steps, warmup)
    got = answer.call(3, 10)
    answer.close(got, planned(3, 10, 0), what="warmup_cosine(3, 10), where warmup is left out and is 0")


def require_share(
    answer: Answer, wrong: dict[str, Callable[[int, int, int], float]], step: int, steps: int, warmup: int
) -> None:
    got, expected = answer.call(step, steps, warmup), planned(step, steps, warmup)
    others = {name: f(step, steps, warmup) for name, f in wrong.items()}
    others = {name: other for name, other in others.items() if abs(other - expected) > 1e-6}
    answer.close(got, expected, atol=1e-12, mistake=result_of(got, others))
    found = f"yours:    {show(got)}, of type {type(got).__name__}\nexpected: a plain float"
    answer.require(type(got) in (float, int), f"{found}\nA rate of this type makes float64 of weights in float32.")


# 14.5

BUDGET, GOAL, FAR = 700, 1e-6, 1e6
Valley = Callable[[np.ndarray], tuple[float, np.ndarray]]  # the height and its gradient


def ravine(degrees: float, middle: tuple[float, float] = (0.0, 0.0)) -> Valley:
    """A valley a hundred times as steep across as along, turned round its lowest point."""
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    curvatures = turn @ np.diag([1.0, 100.0]) @ turn.T

    def at(place: np.ndarray) -> tuple[float, np.ndarray]:
        away = place - middle
        return float(away @ curvatures @ away / 2), curvatures @ away

    return at


def rosenbrock(place: np.ndarray) -> tuple[float, np.ndarray]:
    x, y = place
    off = y - x * x
    return float((1 - x) ** 2 + 100 * off**2), np.array([2 * (x - 1) - 400 * x * off, 200 * off])


RACE: tuple[tuple[str, Valley, tuple[float, float]], ...] = (
    ("the ravine", ravine(0), (1.0, 0.75)),
    ("the ravine turned by 45 degrees", ravine(-45), (1.0, 0.75)),
    ("Rosenbrock's valley", rosenbrock, (-1.5, 2.0)),
    ("a ravine turned by 20 degrees, with its lowest point at (2, -1)", ravine(20, (2.0, -1.0)), (1.0, 0.5)),
)


def steps_in(answer: Answer, name: str, valley: Valley, start: tuple[float, float]) -> int:
    """How many steps the reader's rule needs in a valley; one more than the budget where it does not get there."""
    leaf = Leaf(np.array(start))
    shown = f"{answer.value.__name__}([the place]) in {name}"
    optimizer = answer.run(lambda: answer.value([leaf]), shown)
    for step in itertools.count():
        height, leaf.grad = valley(leaf.data)
        if height < GOAL or step > BUDGET:
            return step
        answer.run(optimizer.step, f"{shown}, step {step + 1}")
        there = "the place after this step"
        if leaf.data is ...:
            raise NotAttempted
        is_place = isinstance(leaf.data, np.ndarray) and leaf.data.shape == (2,)
        answer.require(is_place, f"{there}\nyours:    {kind_of(leaf.data)}\nexpected: an array of two numbers")
        numbers = not np.isnan(leaf.data).any()
        from_where = (
            "expected: two numbers\nNaN comes from 0 / 0, inf - inf, 0 * inf, or the root of a negative number."
        )
        answer.require(numbers, f"{there}\nyours:    {show(leaf.data.tolist())}\n{from_where}")
        near = np.isfinite(leaf.data).all() and np.abs(leaf.data).max() < FAR
        answer.require(near, f"was thrown out of the valley, to {show(leaf.data.tolist())}: its steps are too long.")
    raise AssertionError("the loop above returns")


@exercise("14.5", shows="Three valleys, one setting: fewer steps than every rule of the chapter that we tried.")
def race(answer: Answer) -> None:
    cls = answer.value
    answer.require(isinstance(cls, type), f"yours:    {kind_of(cls)}\nexpected: a class, by its name")
    found = {name: steps_in(answer, name, valley, start) for name, valley, start in RACE}
    said = [f"{name}: {steps if steps <= BUDGET else f'more than {BUDGET}'}" for name, steps in found.items()]
    *three, last = found.values()
    answer.last_run = f"{cls.__name__} in all valleys"
    if sum(three) > BUDGET or last > BUDGET:
        allowed = f"Allowed are {BUDGET} in the first three together, and {BUDGET} in the last."
        raise NotYet("\n".join(["needs too many steps.", allowed, *said]))
