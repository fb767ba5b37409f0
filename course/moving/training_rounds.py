"""Chapter 00: the rounds of a training, one after the other, with the line between the classes and the loss."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from matplotlib.figure import FigureBase
from matplotlib.ticker import NullLocator

from autograd.optim import SGD
from autograd.scalar import MLP
from course import datasets
from course.figures import SIDES, regions
from course.moving.plots import Plot
from course.moving.stage import Knob, Stage, State, Step
from course.style import COLORS, DARK

QUESTIONS = {
    5: "Five rounds later: will the line have moved, and to which side of the points?",
    50: "From round 20 to 50 the loss hardly falls. Which shape has the line by then?",
    55: "Round 55 is the top of the bump. What has the line done within five rounds?",
    80: "Round 80, after the bump. Is the line back where it was before, or has it another shape?",
    149: "The last round, 149. Which shape has the line?",
}


class Remembering(SGD):
    """SGD that writes down the parameters before each of its steps."""

    def __init__(self, parameters: Sequence[object], lr: float) -> None:
        super().__init__(parameters, lr=lr)
        self.rounds: list[list[float]] = []

    def step(self) -> None:
        """Write down the parameters, then take the step."""
        self.rounds.append([parameter.data for parameter in self.parameters])
        super().step()


def scores(parameters: Sequence[float], widths: Sequence[int], points: np.ndarray) -> np.ndarray:
    """Return the scores that a tanh network with these parameters gives to points of shape (…, 2)."""
    left, outputs, fan_in = list(parameters), points, points.shape[-1]
    for number, width in enumerate(widths):
        block = np.array([left.pop(0) for _ in range(width * (fan_in + 1))]).reshape(width, fan_in + 1)
        outputs, fan_in = outputs @ block[:, :-1].T + block[:, -1], width
        outputs = outputs if number == len(widths) - 1 else np.tanh(outputs)
    return outputs[..., 0]


@lru_cache(maxsize=4)
def run(widths: tuple[int, ...], rounds: int, lr: float) -> tuple[list[list[float]], list[float]]:
    """Train chapter 00's network on its points, and return the parameters before each round, and the losses."""
    points, labels = datasets.moons(100, noise=0.1, seed=0)
    model = MLP(2, list(widths))
    optimizer = Remembering(model.parameters(), lr)
    history = model.fit(points, labels, "binary_cross_entropy", optimizer, epochs=rounds, progress=False)
    return optimizer.rounds, history.losses


def training(widths: Sequence[int] = (6, 6, 1), rounds: int = 150, lr: float = 1.0) -> Stage:
    """Go through the rounds of chapter 00's training, and see what the line does when the loss jumps.

    A chapter says before it: *The next picture holds all 150 rounds. Turn the round, or press Next, and say before each
    press where the line between the two colours will go.*

    The network, of the given `widths`, is trained here on the hundred points of chapter 00, with SGD at `lr`.
    """
    points, labels = datasets.moons(100, noise=0.1, seed=0)
    remembered, losses = run(tuple(widths), rounds, lr)
    places, marks = np.array(points), np.array(labels)
    across, up = np.linspace(-1.5, 2.5, 80), np.linspace(-1.0, 1.5, 60)
    grid = np.stack(np.meshgrid(across, up), axis=-1)

    def right(number: int) -> int:
        return int(((scores(remembered[number], widths, places) > 0) == (marks > 0)).sum())

    def said(state: State) -> str:
        number = int(state["round"])
        return f"Round {number}: loss {losses[number]:.3f}, {right(number)} of {len(points)} points are right."

    def paint(figure: FigureBase, state: State, small: bool) -> None:
        number = int(state["round"])
        field, curve = figure.subplots(2, 1, height_ratios=[2, 1]) if small else figure.subplots(1, 2)
        regions(field, across, up, scores(remembered[number], widths, grid))
        for chosen, color, marker in ((marks == 0, SIDES[0], "o"), (marks == 1, SIDES[1], "^")):
            size = 10 if small else 26
            field.scatter(*places[chosen].T, c=color, marker=marker, s=size, edgecolors="white", linewidths=0.5)
        field.set(title=f"round {number}", xlabel="$x_0$", ylabel="$x_1$")
        field.grid(visible=False)
        curve.plot(range(number + 1), losses[: number + 1], color=COLORS["black"], linewidth=1.2)
        curve.plot(number, losses[number], "o", color=DARK)
        curve.set(xlim=(-4, rounds + 3), ylim=(min(losses) * 0.7, max(losses) * 1.4), yscale="log")
        curve.set_yticks([0.02, 0.1, 0.5] if small else [0.02, 0.05, 0.1, 0.2, 0.5])
        curve.yaxis.set_major_formatter("{x:g}")
        curve.yaxis.set_minor_locator(NullLocator())
        curve.set(title="" if small else "loss so far", xlabel="round", ylabel="loss")

    chosen = {0: "", **{number: question for number, question in QUESTIONS.items() if number < rounds}}
    steps = [Step(question, said({"round": number}), {"round": number}) for number, question in chosen.items()]
    return Stage(steps, Plot(paint, still=(3.0, 3.0)), [Knob("round", "round", 0, rounds - 1, 1)], said)
