"""Chapter 14: descent, momentum and Adam walk down a ravine, which can be turned under them."""

import functools
import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from autograd import optim
from course.moving.plots import Plot
from course.moving.stage import Knob, Stage, State, Step
from course.style import COLORS, DARK, GRID

STEEP, START, GOAL, MOST = 100, (1.0, 1.0), 1e-6, 600
KEEP = ((math.sqrt(STEEP) - 1) / (math.sqrt(STEEP) + 1)) ** 2  # of the best momentum for two curvatures
# The rule of each walker with the best rates for descent and momentum, and how it is drawn.
WALKERS = {
    "descent": (optim.SGD, {"lr": 2 / (1 + STEEP)}, "red", "-", "o"),
    "momentum": (optim.SGD, {"lr": (1 - math.sqrt(KEEP)) ** 2, "momentum": KEEP}, "blue", "--", "s"),
    "Adam": (optim.Adam, {"lr": 0.1}, "green", "-.", "^"),
}
TRAIL, VIEW = 6, 1.9  # how many of the last steps are lines, and how far one sees
LEVELS = (0.02, 0.2, 1, 3, 8, 20, 50, 100)
# What is asked, and then the number of steps and the angle in degrees.
STEPS = [
    ("", 0, 0),
    ("Thirty steps each. Which of the three jump from wall to wall, and which one does not?", 30, 0),
    ("Seventy more. Which of them have arrived then, below 0.000001?", 100, 0),
    ("The ravine is turned by 45 degrees, and the start with it. Which one will care about the turn?", 100, 45),
    ("They go on. How many steps does each need in all?", 510, 45),
    ("Turned by 90 degrees, the ravine lies along the other axis. How many steps does Adam need?", 510, 90),
]


class Place:
    """A place as optimizers want a parameter: with its data and its gradient."""

    def __init__(self, data: np.ndarray) -> None:
        self.data, self.grad = data, np.zeros(2)


def turn(angle: float) -> np.ndarray:
    """Return the matrix that turns a place to the left by an angle in degrees."""
    along, up = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return np.array([[along, -up], [up, along]])


def height(x: np.ndarray, angle: float) -> np.ndarray:
    """Return (u² + 100 v²) / 2 at places of shape (..., 2), where u and v are the axes of the turned ravine."""
    return (x @ turn(angle)) ** 2 @ np.array([1.0, STEEP]) / 2


@functools.lru_cache(maxsize=200)
def walk(name: str, angle: float) -> np.ndarray:
    """Return the places of a walker, from the start until it is below the goal."""
    rule, settings, *_ = WALKERS[name]
    place = Place(turn(angle) @ START)
    optimizer, path = rule([place], **settings), [place.data.copy()]
    slopes = turn(angle) @ np.diag([1.0, STEEP]) @ turn(angle).T  # times a place they are the gradient
    while height(path[-1], angle) >= GOAL and len(path) <= MOST:
        place.grad = slopes @ place.data
        optimizer.step()
        path.append(place.data.copy())
    return np.array(path)


def ravine() -> Stage:
    """Let three walkers go down a ravine step by step, turn it, and see which of them notices.

    A chapter says before it: *In the next picture descent, momentum and Adam walk down the ravine, which can be turned,
    and their start with it. Say before each press of Next where they will be. Which one will care about the turn?*
    """

    def said(state: State) -> str:
        steps, angle = int(state["steps"]), state["angle"]
        each = []
        for name in WALKERS:
            path = walk(name, angle)
            needed = len(path) - 1
            if needed <= steps and height(path[-1], angle) < GOAL:
                each.append(f"{name} arrived after {needed} steps")
            else:
                each.append(f"{name} is at height {height(path[steps], angle):.3g}")
        return f"Turned by {angle:g}°, {steps} steps: {', '.join(each)}."

    def paint(figure: FigureBase, state: State, small: bool) -> None:
        steps, angle = int(state["steps"]), state["angle"]
        valley, curves = figure.subplots(1, 2, width_ratios=(1, 1.2))
        draw_valley(valley, angle)
        for size, (name, (_, _, color, style, marker)) in zip((10, 8, 6), WALKERS.items(), strict=True):
            path = walk(name, angle)[: steps + 1]
            size = size / 2 if small else size
            own = {"marker": marker, "color": COLORS[color], "linestyle": "none"}
            valley.plot(*path.T, markersize=size / 2, fillstyle="none", markeredgewidth=0.5, **own)
            looks = {"linestyle": style, "color": COLORS[color], "linewidth": 1 if small else 1.6}
            valley.plot(*path[-TRAIL - 1 :].T, **looks)
            curves.plot(height(path, angle), **looks)
            valley.plot(*path[-1], markersize=size, **own)
            curves.plot(len(path) - 1, height(path[-1], angle), label=name, markersize=size, **own)
        valley.set_title(f"turned by {angle:g}°")
        curves.axhline(GOAL, color=DARK, linewidth=1, linestyle=":")
        curves.set_yscale("log")
        curves.set(xlim=(-0.04 * max(steps, 10), 1.04 * max(steps, 10)), ylim=(1e-7, 1e3))
        curves.set(title=f"height, {steps} steps", xlabel="step")
        if not small:
            curves.legend(loc="upper left", bbox_to_anchor=(1, 1))
        elif steps == 0:  # where the strip has room
            curves.legend(loc="center right")

    steps = []
    for question, count, angle in STEPS:
        state = {"steps": count, "angle": angle}
        steps.append(Step(question, said(state), state))
    knobs = [Knob("steps", "steps", 0, MOST, 1), Knob("angle", "angle", 0, 90, 1)]
    return Stage(steps, Plot(paint, still=(3.0, 1.6)), knobs, said)


def draw_valley(ax: Axes, angle: float) -> None:
    """Draw the contour lines of the ravine, and its lowest place as a cross."""
    at = np.linspace(-VIEW, VIEW, 161)
    ax.contour(at, at, height(np.stack(np.meshgrid(at, at), axis=-1), angle), LEVELS, colors="#9a9a9a", linewidths=0.6)
    ax.plot(0, 0, "+", color=DARK)
    ax.grid(color=GRID)
    ax.set(xlim=(-VIEW, VIEW), ylim=(-VIEW, VIEW), xlabel="x", ylabel="y")
    ax.set_aspect("equal")
