"""Chapter 08: two scores, the probabilities and the loss that come of them, and the arrows that push them back."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from course.figures import SIDES
from course.moving.plots import Plot
from course.moving.stage import Knob, Stage, State, Step
from course.style import COLORS, DARK

LOW, HIGH = -5.0, 10.0
# What is asked, and then the score of the right class and that of the other.
STEPS = [
    ("", 0, 0),
    ("Both scores rise by 5. What changes: the probabilities, the loss, the arrows?", 5, 5),
    ("The score of the right class becomes 2, the other 0. How long are the arrows, and are both equally long?", 2, 0),
    ("Now the wrong class leads, with 2 to 0. About how large is the loss?", 0, 2),
    ("It leads by 10. How large is the loss, and how long can an arrow become?", 0, 10),
    ("The right class leads by 10. Which arrow vanishes?", 10, 0),
]


def probabilities(scores: tuple[float, float]) -> tuple[float, float]:
    """Return the softmax of two scores."""
    largest = max(scores)
    parts = [math.exp(score - largest) for score in scores]
    return parts[0] / sum(parts), parts[1] / sum(parts)


def logits(label: int = 0) -> Stage:
    """Turn two scores, and watch their probabilities, the loss −log p of the right class, and the slopes p − y.

    A chapter says before it: *In the next picture two scores are turned. The bars are the probabilities; an arrow
    points where descent moves the score, and is as long as p − y. What if both rise by 5? Which arrow vanishes?*

    `label` is the right class, 0 or 1.
    """
    if label not in (0, 1):
        raise ValueError(f"logits: label is the right class, 0 or 1, not {label!r}")

    def measured(state: State) -> tuple[tuple[float, float], float, list[float]]:
        p = probabilities((state["score 0"], state["score 1"]))
        difference = state[f"score {1 - label}"] - state[f"score {label}"]
        loss = max(difference, 0) + math.log1p(math.exp(-abs(difference)))  # −log p, also where p is rounded to 0
        return p, loss, [p[place] - (place == label) for place in (0, 1)]

    def said(state: State) -> str:
        p, loss, slopes = measured(state)
        return (
            f"Scores {state['score 0']:g} and {state['score 1']:g}: p {p[0]:.3g} and {p[1]:.3g}, loss {loss:.3g}, "
            f"p − y {slopes[0]:+.3g} and {slopes[1]:+.3g}."
        )

    def paint(figure: FigureBase, state: State, small: bool) -> None:
        p, loss, slopes = measured(state)
        bars, curve = figure.subplots(1, 2)
        draw_bars(bars, p, slopes, label, small)
        names = [f"class {place}\nscore {state[f'score {place}']:g}" for place in (0, 1)]
        names[label] = names[label].replace("\n", " ✓\n")
        bars.set_xticks([0, 1], names)
        leads = np.linspace(-10, 10, 201)
        curve.plot(leads, np.logaddexp(0, -leads), color=COLORS["black"], linewidth=1.2)
        lead = state[f"score {label}"] - state[f"score {1 - label}"]
        curve.plot(lead, loss, "o", color=DARK, markersize=5 if small else 9)
        curve.set(xlim=(-15.5, 15.5), ylim=(-0.6, 15.5 if abs(lead) > 10 else 10.8))
        curve.set(title="loss", xlabel="right − other" if small else "score of the right class − other score")

    steps = []
    for question, right, wrong in STEPS:
        state = {f"score {label}": float(right), f"score {1 - label}": float(wrong)}
        steps.append(Step(question, said(state), state))
    knobs = [Knob(f"score {place}", f"score {place}", LOW, HIGH, 0.25) for place in (0, 1)]
    return Stage(steps, Plot(paint), knobs, said)


def draw_bars(ax: Axes, p: tuple[float, float], slopes: list[float], label: int, small: bool) -> None:
    """Draw the probabilities as bars, and beside each the arrow of its score, against the slope."""
    for place, hatch in ((0, ""), (1, "////")):
        ax.bar(place - 0.15, p[place], width=0.45, color=SIDES[place], edgecolor="white", hatch=hatch)
        start, end = (place + 0.25, 0.5), (place + 0.25, 0.5 - 0.45 * slopes[place])
        if abs(slopes[place]) > 0.02:
            head = (0.6 if small else 1) * (6 + 12 * abs(slopes[place]))
            looks = {"arrowstyle": "-|>", "linewidth": 1.5 if small else 2.5, "color": DARK, "mutation_scale": head}
            ax.annotate("", end, start, arrowprops={"shrinkA": 0, "shrinkB": 0, **looks})
        ax.plot(*start, "o", color=DARK, markersize=2 if small else 4)
    ax.set(xlim=(-0.5, 1.5), ylim=(0, 1.02), title="p" if small else "p, and where the scores go", ylabel="p")
