"""Chapter 12: scores go through softmax once or twice, and the loss of the second way stops at a floor."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from course.moving.plots import Plot
from course.moving.stage import Knob, Stage, State, Step
from course.style import COLORS, DARK

FEWEST, MOST, HIGHEST = 3, 10, 20
NEAR = 0.001  # from this distance on the floor is drawn
# What is asked, and then the number of classes and the score of the right one; the others have the score 0.
STEPS = [
    ("", 3, 0),
    ("The right score rises to 2. Which loss falls more, that of one softmax or that of two?", 3, 2),
    ("It rises to 4. What do the second shares look like, when the first are almost 1, 0, 0?", 3, 4),
    ("It rises to 20. How low can each of the two losses get?", 3, 20),
    ("Now with ten classes. Is the floor higher or lower?", 10, 20),
    ("All ten scores are equal again. How much is there between this loss and the floor?", 10, 0),
]


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return the shares of some scores."""
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def surprise(scores: np.ndarray) -> float:
    """Return −log of the share of class 0, exact also where that share is rounded to 1."""
    return math.log1p(float(np.exp(scores[1:] - scores[0]).sum()))


def short(loss: float) -> str:
    """Return a loss to three places, or as a power of ten where that would be 0.000."""
    return f"{loss:.3f}" if loss >= 0.0005 else f"{loss:.0e}"


def floor() -> Stage:
    """Turn the right score up, and watch the loss of one softmax go to 0, and that of two to a floor above it.

    A chapter says before it: *In the next picture the score of class 0, the right one, is turned up; all others are 0.
    The loss applies softmax to the scores, or once more to their shares. How low can each loss get?*
    """

    def scores_of(state: State) -> np.ndarray:
        return np.array([state["right"], *[0.0] * (int(state["classes"]) - 1)])

    def lowest(state: State) -> float:
        return math.log(1 + (state["classes"] - 1) / math.e)

    def said(state: State) -> str:
        scores = scores_of(state)
        shares = softmax(scores)
        once, twice = surprise(scores), surprise(shares)
        words = (
            f"{len(scores)} classes, right score {scores[0]:g}: its share is {shares[0]:.3f}, after a second softmax "
            f"{softmax(shares)[0]:.3f}. Loss {short(once)} with one softmax, {short(twice)} with two"
        )
        if twice - lowest(state) < NEAR:
            return f"{words}; the floor is {short(lowest(state))}."
        return f"{words}."

    def paint(figure: FigureBase, state: State, small: bool) -> None:
        scores = scores_of(state)
        shares = softmax(scores)
        axes = figure.subplots(1, 3 if small else 4, width_ratios=[1, 1, 1.5] if small else [1, 1, 1, 2])
        if not small:
            draw_bars(axes[0], scores, "scores", HIGHEST, "grey", "")
        draw_bars(axes[-3], shares, "once", 1, "blue", "")
        draw_bars(axes[-2], softmax(shares), "twice", 1, "red", "////")
        draw_losses(axes[-1], state, small)

    def draw_losses(ax: Axes, state: State, small: bool) -> None:
        turned = np.linspace(0, state["right"], 81)
        each = [scores_of({**state, "right": right}) for right in turned]
        ends = []
        for name, style, color, marker, size, losses in (
            ("once", "-", "blue", "o", 10, [surprise(scores) for scores in each]),
            ("twice", "--", "red", "^", 6, [surprise(softmax(scores)) for scores in each]),
        ):
            ax.plot(turned, losses, style, color=COLORS[color])
            ax.plot(
                turned[-1], losses[-1], marker, color=COLORS[color], label=name, markersize=size / 2 if small else size
            )
            ends.append(losses[-1])
        if ends[1] - lowest(state) < NEAR:
            ax.axhline(lowest(state), linestyle=":", color=DARK, linewidth=1.2, label="floor")
        ax.set(xlim=(-1, HIGHEST + 1), ylim=(-0.1, 2.5), title="loss", xlabel="right score")
        if not small or state["right"] == 0:  # where the strip has room
            ax.legend(loc="upper right")

    steps = []
    for question, classes, right in STEPS:
        state = {"classes": classes, "right": right}
        steps.append(Step(question, said(state), state))
    knobs = [Knob("right", "right", 0, HIGHEST, 0.5), Knob("classes", "classes", FEWEST, MOST, 1)]
    return Stage(steps, Plot(paint, still=(3.0, 1.5)), knobs, said)


def draw_bars(ax: Axes, numbers: np.ndarray, title: str, highest: float, color: str, hatch: str) -> None:
    """Draw a bar for each class; that of the right class, at the left, has a dark edge."""
    looks = {"color": COLORS[color], "hatch": hatch, "width": 0.8}
    bars = ax.bar(range(len(numbers)), numbers, edgecolor="white", **looks)
    bars[0].set(edgecolor=DARK, linewidth=1.5)
    ax.set(xlim=(-0.7, len(numbers) - 0.3), ylim=(0, 1.04 * highest), title=title, xlabel="class")
    ax.set_xticks([0, len(numbers) - 1])
