"""Chapter 06: three relus turned by hand, each with a place and a bend, first to a hat and then to a sine."""

import math
from collections.abc import Callable

import numpy as np
from matplotlib.figure import FigureBase

from course.moving.plots import Plot
from course.moving.stage import Knob, Stage, State, Step
from course.style import COLORS, STYLES

HINGES = {"first": "blue", "second": "red", "third": "green"}
LOW, HIGH = -3.2, 3.2

# What is asked, and then the places and the bends of the three hinges.
STEPS = [
    ("", (0, 1, 2), (1, 0, 0)),
    ("The second hinge, at 1, gets the bend −1. Which slope has the sum to the right of 1?", (0, 1, 2), (1, -1, 0)),
    ("Its bend goes on to −2. What does the sum do to the right of 1?", (0, 1, 2), (1, -2, 0)),
    ("The sum shall be a hat, flat again from 2 on. Which bend does the third hinge need?", (0, 1, 2), (1, -2, 1)),
    ("The first hinge moves from 0 to −1. What happens to the sum to the right of 2?", (-1, 1, 2), (1, -2, 1)),
    (
        "Now follow the dotted sine: hinges at −3.1, −1.6 and 1.6. Which three bends, with which signs?",
        (-3.1, -1.6, 1.6),
        (-0.7, 1.4, -1.4),
    ),
]


def three(state: State) -> list[tuple[float, float]]:
    """Return place and bend of each hinge in a state."""
    return [(state[f"{name} place"], state[f"{name} bend"]) for name in HINGES]


def total(state: State, x: float) -> float:
    """Return the sum of the three hinges at `x`."""
    return sum(bend * max(x - place, 0.0) for place, bend in three(state))


def hinges(target: Callable[[float], float] = math.sin) -> Stage:
    """Turn three relus, bend · relu(x − place), until their sum has the shape that is wanted.

    A chapter says before it: *In the next picture three relus are added. Each has a place, where it begins, and a bend,
    by which it changes the slope of the sum. Which of the six knobs makes the hat? Then follow the dotted curve.*

    `target` is the dotted curve, a function of one float, between −3.2 and 3.2.
    """
    xs = [float(x) for x in np.linspace(LOW, HIGH, 321)]
    wanted = [target(x) for x in xs]

    def said(state: State) -> str:
        slopes = [0.0]
        for _, bend in sorted(three(state)):
            slopes.append(slopes[-1] + bend)
        gap = max(abs(total(state, x) - y) for x, y in zip(xs, wanted, strict=True))
        pieces = ", ".join(f"{slope + 0.0:.4g}" for slope in slopes)
        return f"Slopes from left to right: {pieces}. The largest gap to the dotted curve is {gap:.2f}."

    def paint(figure: FigureBase, state: State, small: bool) -> None:
        ax = figure.subplots()
        ax.plot(xs, wanted, ":", color=COLORS["grey"], label="target")
        dashes = STYLES[1], STYLES[2], STYLES[4]
        for (name, color), style, (place, bend) in zip(HINGES.items(), dashes, three(state), strict=True):
            alone = [bend * max(x - place, 0.0) for x in xs]
            ax.plot(xs, alone, linestyle=style, color=COLORS[color], linewidth=1, label=name)
        ax.plot(xs, [total(state, x) for x in xs], "-", color=COLORS["black"], linewidth=2 if small else 3, label="sum")
        for color, marker, (place, _) in zip(HINGES.values(), "o^s", three(state), strict=True):
            ax.plot(place, total(state, place), marker, color=COLORS[color], markersize=5 if small else 9, zorder=3)
        ax.set(xlim=(LOW, HIGH), ylim=(-2, 2), xlabel="x", ylabel="sum")
        if not small:
            ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))

    steps = []
    for question, places, bends in STEPS:
        state = {f"{name} place": place for name, place in zip(HINGES, places, strict=True)}
        state |= {f"{name} bend": bend for name, bend in zip(HINGES, bends, strict=True)}
        numbers = "; ".join(f"{bend:g} at {place:g}" for place, bend in three(state))
        steps.append(Step(question, f"Bends {numbers}. {said(state)}", state))
    knobs = [
        Knob(f"{name} {what}", f"{name} {what}", low, high, 0.1)
        for name in HINGES
        for what, low, high in (("place", LOW, HIGH), ("bend", -2.0, 2.0))
    ]
    return Stage(steps, Plot(paint, still=(3.0, 2.0)), knobs, said)
