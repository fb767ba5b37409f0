"""Chapter 07, training: what the exercises ask."""

import itertools
import math
import operator
import random
from collections.abc import Callable, Sequence
from typing import Any

from autograd.optim import SGD
from autograd.scalar import MLP, Value, mse
from course.compare import result_of
from course.specification import Answer, exercise
from course.wording import kind_of

INF, NAN = math.inf, math.nan
XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]

# 07.1


class Leaf:
    """A parameter, as far as an optimizer needs to know: a number and its gradient."""

    def __init__(self, data: float, grad: float) -> None:
        self.data, self.grad = data, grad


STARTS: tuple[tuple[list[float], list[float], float], ...] = (
    ([1.0], [2.0], 0.1),
    ([3.0, -2.0, 0.5], [-4.0, 0.0, 1e-3], 0.5),
    ([0.0, 1.0], [7.0, -7.0], 2.0),
    ([], [], 0.1),
)


def made(answer: Answer, parameters: Any, lr: float, shown: str) -> Any:
    """Call the reader's class."""
    cls = answer.value
    named = f"yours:    {kind_of(cls)}\nexpected: a class, by its name, without parentheses"
    answer.require(isinstance(cls, type), named)
    return answer.run(lambda: cls(parameters, lr), shown)


def require_step(
    answer: Answer, sgd: Any, leaves: list[Leaf], lr: float, shown: str, turn: str = "step()", old: float | None = None
) -> None:
    """Require that one `step()` moves each leaf by -lr times its gradient, and changes no gradient."""
    before, grads = [leaf.data for leaf in leaves], [leaf.grad for leaf in leaves]
    answer.run(sgd.step, f"{shown}: {turn}")

    def moved_by(size: float) -> list[float]:
        return [data - size * grad for data, grad in zip(before, grads, strict=True)]

    expected = moved_by(lr)
    others = {"of a step uphill": moved_by(-lr), "if lr is 1": moved_by(1.0), "if nothing moves": before}
    if old is not None:
        others["with the first lr"] = moved_by(old)
    moved = [leaf.data for leaf in leaves]
    mistake = result_of(moved, {name: wrong for name, wrong in others.items() if wrong != expected})
    answer.close(moved, expected, what=f"the parameters' .data after {turn}, {shown}", mistake=mistake)
    kept = "step() leaves the gradients as they are: zero_grad() clears them."
    answer.close(
        [leaf.grad for leaf in leaves], grads, what=f"the parameters' .grad after {turn}, {shown}", mistake=kept
    )


@exercise("07.1", shows="Two methods, clear and move, and they fit every model that has parameters.")
def sgd(answer: Answer) -> None:
    for as_generator in (False, True):
        for numbers, grads, lr in STARTS:
            leaves = [Leaf(data, grad) for data, grad in zip(numbers, grads, strict=True)]
            given = list(leaves)
            shown = f"MySGD(parameters with data {numbers} and grad {grads}, {lr})"
            if as_generator:
                shown = shown.replace("parameters", "a generator of parameters")
            optimizer = made(answer, (leaf for leaf in leaves) if as_generator else given, lr, shown)
            untouched = [(leaf.data, leaf.grad) for leaf in leaves] == list(zip(numbers, grads, strict=True))
            early = "changed the parameters. Making an optimizer moves and clears nothing: step() and zero_grad() do."
            answer.require(untouched, early)
            require_step(answer, optimizer, leaves, lr, shown)
            require_step(answer, optimizer, leaves, lr, shown, "a second step()")
            answer.run(optimizer.zero_grad, f"{shown}: zero_grad()")
            what, kept = f"after zero_grad(), {shown}", [leaf.data for leaf in leaves]
            answer.close([leaf.grad for leaf in leaves], [0.0] * len(leaves), what=f"the parameters' .grad {what}")
            require_step(answer, optimizer, leaves, lr, shown, "zero_grad() and a step()")
            answer.close([leaf.data for leaf in leaves], kept, what=f"the parameters' .data {what}")
            same = len(given) == len(leaves) and all(map(operator.is_, given, leaves))
            answer.require(same, "the list of parameters was changed.")
    leaf = Leaf(1.0, 4.0)
    shown = "MySGD([a parameter with data 1.0 and grad 4.0], 0.5)"
    optimizer = made(answer, [leaf], 0.5, shown)
    answer.close(answer.run(lambda: optimizer.lr, f"{shown}.lr"), 0.5, what=f"{shown}.lr")
    require_step(answer, optimizer, [leaf], 0.5, shown)
    optimizer.lr = 0.25
    require_step(answer, optimizer, [leaf], 0.25, shown, "lr = 0.25 and a step()", old=0.5)
    one, other = Leaf(1.0, 1.0), Leaf(5.0, 1.0)
    first, _ = (made(answer, [leaf], 0.1, "MySGD([one parameter], 0.1)") for leaf in (one, other))
    require_step(answer, first, [one], 0.1, "the first of two MySGD")
    answer.close(other.data, 5.0, what="the second one's parameter, after step() of the first of two MySGD")


# 07.2


class Rule:
    """An optimizer without the usual names inside: it moves leaves downhill by `size`, and counts its steps."""

    def __init__(self, leaves: Sequence[Value], size: float) -> None:
        self._leaves, self._size, self.steps = list(leaves), size, 0

    def zero_grad(self) -> None:
        for leaf in self._leaves:
            leaf.grad = 0.0

    def step(self) -> None:
        self.steps += 1
        for leaf in self._leaves:
            leaf.data -= self._size * leaf.grad


class Loss:
    """`loss_of` for a list of leaves: counts its calls, and gives `special[i]` as the number of its call i."""

    def __init__(self, leaves: Sequence[Value], target: float, special: dict[int, float] | None = None) -> None:
        self.leaves, self.target, self.special, self.calls = leaves, target, special or {}, 0

    def __call__(self) -> Value:
        self.calls += 1
        errors = [leaf - self.target for leaf in self.leaves]
        loss = Value.sum(error * error for error in errors)
        return loss + self.special.get(self.calls - 1, 0.0)


def descent(numbers: Sequence[float], size: float, target: float, steps: int, adds: float = 0.0) -> Any:
    """Losses and last numbers of the descent on Loss; `adds` is the share of the old gradient that is kept."""
    numbers, grads, losses = list(numbers), [LEFT_OVER] * len(numbers), []
    for _ in range(steps):
        losses.append(sum((number - target) ** 2 for number in numbers))
        grads = [adds * grad + 2 * (number - target) for number, grad in zip(numbers, grads, strict=True)]
        numbers = [number - size * grad for number, grad in zip(numbers, grads, strict=True)]
    return losses, numbers


LEFT_OVER = 5.0  # what stands in .grad before the first step
DESCENTS: tuple[tuple[list[float], float, float, int], ...] = (
    ([1.0], 0.1, 3.0, 1),
    ([1.0], 0.1, 3.0, 6),
    ([0.0, -2.0, 4.0], 0.2, 1.0, 5),
    ([2.0], 0.1, 3.0, 0),
)
# The numbers that are added to the loss of a step: the run has to end there.
ENDS: tuple[tuple[int, float], ...] = ((3, NAN), (2, INF), (4, -INF), (0, NAN), (0, INF))


@exercise("07.2", shows="Loss, clear, backward, move: for any model, and it stops before nan reaches the parameters.")
def fit(answer: Answer) -> None:
    for numbers, size, target, steps in DESCENTS:
        leaves = [Value(number) for number in numbers]
        for leaf in leaves:
            leaf.grad = LEFT_OVER
        loss_of, optimizer = Loss(leaves, target), Rule(leaves, size)
        sought = "the sum of (x - {target:g})² over the parameters {numbers}, which start with grad {old:g}"
        sought = sought.format(target=target, numbers=numbers, old=LEFT_OVER)
        shown = f"loss_of, optimizer, {steps}: {sought}"
        losses = answer.call(loss_of, optimizer, steps, shown=shown)
        expected, last = descent(numbers, size, target, steps)
        piled, far = descent(numbers, size, target, steps, adds=1.0)
        later = [*expected[1:], sum((x - target) ** 2 for x in last)]
        others = {"if gradients add up": piled, "if each loss is taken after its step": later}
        mistake = result_of(losses, {name: wrong for name, wrong in others.items() if wrong != expected})
        answer.close(losses, expected, what=f"the losses of fit({shown})", mistake=mistake)
        moved = [leaf.data for leaf in leaves]
        others = {"if gradients add up": far, "if nothing moves": numbers}
        mistake = result_of(moved, {name: wrong for name, wrong in others.items() if wrong != last})
        answer.close(moved, last, what=f"the parameters after fit({shown})", mistake=mistake)
        require_calls(answer, loss_of, steps, optimizer, steps)
    for at, number in ENDS:
        leaf = Value(1.0)
        loss_of, optimizer = Loss([leaf], 3.0, {at: number}), Rule([leaf], 0.1)
        shown = f"loss_of, optimizer, 8: loss {at} (counted from 0) is {number}"
        losses = answer.call(loss_of, optimizer, 8, shown=shown)
        expected, (last,) = descent([1.0], 0.1, 3.0, at)
        answer.close(losses, [*expected, number], what=f"the losses of fit({shown})")
        answer.close(leaf.data, last, what=f"the parameter after fit({shown})")
        require_calls(answer, loss_of, at + 1, optimizer, at)
    require_xor(answer)


def require_calls(answer: Answer, loss_of: Loss, calls: int, optimizer: Rule, steps: int) -> None:
    answer.require(loss_of.calls == calls, f"loss_of was called {times(loss_of.calls)}; {times(calls)} is enough.")
    said = f"optimizer.step was called {times(optimizer.steps)}; expected: {times(steps)}"
    answer.require(optimizer.steps == steps, said)


def times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def require_xor(answer: Answer) -> None:
    """Require the losses of a network at a step size that works, and at one that explodes, up to its first infinity."""
    for size, steps in ((0.2, 40), (1.0, 200)):
        model = MLP(2, [4, 1], "tanh", seed=3)
        losses, _ = watched(size, steps)
        finite = [*itertools.takewhile(math.isfinite, losses)]

        def loss_of(model: MLP = model) -> Value:
            return mse([model(x) for x in XOR[0]], XOR[1])

        shown = f"the mean squared error of MLP(2, [4, 1]) on XOR, SGD with lr={size}, {steps} steps"
        got = answer.call(loss_of, SGD(model.parameters(), lr=size), steps, shown=shown)
        answer.close(got, losses[: len(finite) + 1], what=f"the losses of {shown}")


# 07.3

RUNS: tuple[tuple[list[float], int], ...] = (
    ([0.9, 0.95, 0.5, 0.7, 0.8, 0.75, 0.2, 0.6], 2),
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
    ([1.0, 1.0 - 1e-9, 1.0 - 2e-9, 1.0 - 3e-9], 2),
    ([1.0, 1.0 + 1e-9, 1.0 + 2e-9, 0.5], 2),
    ([1.0, 1.1, 1.2, 1.3, 1.4], 4),
)


def stopped(losses: Sequence[float], patience: int) -> tuple[int, int]:
    """Where early stopping stops, from its definition: the first time that the last `patience` are all too high."""
    for seen in range(1, len(losses) + 1):
        split = max(0, seen - patience)
        earlier, last = losses[:split], losses[split:seen]
        if earlier and min(last) >= min(earlier):
            break
    return losses.index(min(losses[:seen])), seen


def waited(losses: Sequence[float], patience: int, better: Callable[[float, float], bool]) -> tuple[int, int]:
    """Early stopping with another idea of what is better."""
    best = 0
    for i, loss in enumerate(losses):
        if better(loss, losses[best]):
            best = i
        elif i - best >= patience:
            return best, i + 1
    return best, len(losses)


def misread(losses: list[float], patience: int) -> dict[str, Any]:
    """What other readings of the card give."""
    best, seen = stopped(losses, patience)
    lowest = losses.index(min(losses))
    return {
        "if equal losses count as lower": waited(losses, patience, operator.le),
        "if a loss has to be lower by a ten-thousandth": waited(losses, patience, lambda a, b: a < 0.9999 * b),
        "with one more loss of patience": stopped(losses, patience + 1),
        "with one loss less of patience": stopped(losses, patience - 1) if patience > 1 else None,
        "if it never stops before the end": (lowest, len(losses)),
        "if the best is looked for among all losses, seen or not": (lowest, seen),
        "if the index of the last loss seen is given, and not their number": (best, seen - 1),
        "in the other order": (seen, best),
        "with the lowest loss itself in place of its index": (losses[best], seen),
    }


@exercise("07.3", shows="You keep the best, and you know when to give up.")
def early_stopping(answer: Answer) -> None:
    rng = random.Random(0)
    few = (1.0, 2.0, 3.0, 4.0, 5.0)  # so that ties are frequent
    more = [(rng.choices(few, k=rng.randint(1, 9)), rng.randint(1, 4)) for _ in range(60)]
    for losses, patience in (*RUNS, *more):
        got = answer.call(list(losses), patience, shown=f"{losses}, {patience}")
        if isinstance(got, list):
            got = tuple(got)
        expected = stopped(losses, patience)
        others = {name: wrong for name, wrong in misread(losses, patience).items() if wrong not in (None, expected)}
        mistake = result_of(got, others, rtol=0.0, atol=0.0)
        answer.close(got, expected, rtol=0.0, atol=0.0, mistake=mistake)
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
    ("flips with a 0 in place of a negative one", FALLING, [*TURNS[:15], 0.0, *TURNS[16:]], "learns"),
    ("flips with a 0 in place of a positive one", FALLING, [*TURNS[:14], 0.0, *TURNS[15:]], "learns"),
    ("flips with a -0.0 among them", FALLING, [*TURNS[:15], -0.0, *TURNS[16:]], "learns"),
    ("flips, and the last gradient is 0", FALLING, [*TURNS[:-1], 0.0], "learns"),
    ("flips, and the first of the last 11 is 0", FALLING, [*TURNS[:9], 0.0, *TURNS[10:]], "learns"),
    ("11 steps, gradients flip", FALLING[:11], TURNS[:11], "flips"),
    ("11 steps, losses fall by half a percent", [1.0 - i / 2000 for i in range(11)], EVEN[:11], "stuck"),
    ("11 steps, losses fall by two percent", [1.0 - i / 500 for i in range(11)], EVEN[:11], "learns"),
    ("falls once, ten steps ago", [1.0, *[0.5] * 10], EVEN[:11], "learns"),
    ("11 steps, losses fall by one percent", [100.0 - i / 10 for i in range(11)], EVEN[:11], "learns"),
    ("falls at first, then stands still", [5.0, 3.0, *[1.0] * 11], EVEN[:13], "stuck"),
    ("stands still, falls in the last ten steps", [*[1.0] * 11, 0.9], EVEN[:12], "learns"),
    ("rose long ago, falls now", [0.1, 0.2, 5.0, *[4.0 - i / 5 for i in range(12)]], EVEN[:15], "learns"),
    ("falls on the way, ends where it was", [1.0, *[0.2] * 9, 1.0], EVEN[:11], "stuck"),
    ("climbs on the way, ends lower", [1.0, *[3.0] * 9, 0.7], EVEN[:11], "learns"),
    ("loss 0 all the time", [0.0] * 11, [1e-12] * 11, "done"),
    ("rises a little at every step", [1.0 + i / 10 for i in range(15)], EVEN[:15], "stuck"),
    ("rises far", [2.0**i for i in range(15)], EVEN[:15], "stuck"),
    ("falls far, then stands still", [1.0, *[1e-9] * 14], EVEN[:15], "done"),
    ("falls far, and goes on", [10.0**-i for i in range(15)], EVEN[:15], "done"),
    ("falls to a thousandth", [1000.0, *[1.0] * 14], EVEN[:15], "done"),
    ("falls to a little more than a thousandth", [1000.0, *[1.001] * 14], EVEN[:15], "stuck"),
    ("falls to a thousandth of its highest, not of its first", [1.0, 1000.0, *[0.5] * 13], EVEN[:15], "stuck"),
    ("falls far, gradients flip", [1.0, *[1e-9] * 19], TURNS, "flips"),
    ("falls far, climbs back", [1.0, *[1e-9] * 13, 0.5], EVEN[:15], "stuck"),
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
    if losses[-1] <= losses[0] / 1000:
        return "done"
    return "stuck" if losses[-1] > 0.99 * losses[-11] else "learns"


@exercise("07.4", shows="The numbers come before the causes, and six words sort any heap of runs.")
def diagnose(answer: Answer) -> None:
    for shown, losses, gradients, expected in SICK:
        require_word(answer, losses, gradients, expected, shown)
    for step_size, steps in ((1.0, 200), (1.0, 12), (0.3, 95), (0.3, 75), (0.2, 200), (0.01, 200), (0.001, 60)):
        losses, gradients = watched(step_size, steps)
        shown = f"XOR with step size {step_size}, {steps} steps, gradients of the output's bias"
        require_word(answer, losses, gradients, symptom(losses, gradients), shown)


def require_word(answer: Answer, losses: list[float], gradients: list[float], expected: str, shown: str) -> None:
    got = answer.call(list(losses), list(gradients), shown=shown)
    answer.close(got, expected, mistake=facts(losses, gradients))


def facts(losses: list[float], gradients: list[float]) -> str:
    """What the card asks, answered for these numbers."""
    odd = sum(not math.isfinite(x) for x in (*losses, *gradients))
    if odd:
        return f"Not finite among these losses and gradients: {odd}."
    last = gradients[-11:]
    changes = sum(a * b < 0 for a, b in zip(last, last[1:], strict=False))
    said = f"{sum(gradient != 0 for gradient in gradients)} of {len(gradients)} gradients are not 0"
    said += f"; among the last 11 the sign changes {changes} times"
    if losses[0] and losses[-11]:
        said += f"; the last loss is {losses[-1] / losses[0]:.6g} times the first"
        said += f", and {losses[-1] / losses[-11]:.6g} times the one ten steps before"
    return said + "."


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
