"""Chapter 10: a small array is copied to four rows, and the gradients of its copies come back as sums."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from course.moving.plots import Plot
from course.moving.stage import Knob, Stage, State, Step
from course.moving.stretched_shapes import draw_boxes
from course.style import COLORS

Z = np.array([[1.0, 2.0, 0.0], [0.0, -1.0, 1.0], [2.0, 0.0, -2.0], [-1.0, 1.0, 1.0]])
ROWS, COLUMNS = Z.shape
# What b may be; the knob counts from 1.
CHOICES = [
    np.array([0.5, -1.0, 0.5]),
    np.array([[0.5], [-1.0], [0.5], [1.0]]),
    np.array([[0.5, -1.0, 0.5]]),
    np.array(0.5),
]
# What is asked, and then the number of the choice and how many rows have come back.
STEPS = [
    ("", 1, 0),
    ("Row 0 of g comes back to b. What does the gradient of b hold then?", 1, 1),
    ("The other three rows come back too. Which three numbers does the gradient of b hold in the end?", 1, 4),
    ("b becomes a column, shape (4, 1). Which copies does each of its numbers have?", 2, 0),
    ("All rows of g come back. What is the gradient of b now, and which shape has it?", 2, 4),
    ("b becomes a single number, 0.5, shape (). How many numbers of g = 2 (z + b) come back to it?", 4, 4),
]


def come_back(b: np.ndarray, rows: int) -> np.ndarray:
    """Return the gradient of `b` when the first `rows` rows of g have come back; the loss is the sum of (z + b)²."""
    g = 2 * (Z + b)
    g[rows:] = 0.0
    longer = (1,) * (g.ndim - b.ndim) + b.shape
    repeated = tuple(axis for axis, length in enumerate(longer) if length == 1)
    return g.sum(axis=repeated).reshape(b.shape)


def unbroadcast() -> Stage:
    """Watch an array become copies in `z + b`, and the gradients of the copies come back as sums.

    A chapter says before it: *In the next picture b is copied to fit z, and the gradient g of h = z + b comes back row
    by row. Say before each press of Next what comes back, and where it goes.*
    """

    def of(state: State) -> tuple[np.ndarray, int]:
        return CHOICES[int(state["choice"]) - 1], int(state["rows"])

    def said(state: State) -> str:
        b, rows = of(state)
        forward = f"b {b.shape}: each number has {Z.size // b.size} copies"
        if rows == 0:
            return f"{forward}, and nothing has come back."
        held = ", ".join(f"{number:g}" for number in come_back(b, rows).ravel())
        if rows < ROWS:
            return f"{forward}. {rows} of {ROWS} rows came back: the gradient of b holds {held} so far."
        return f"{forward}. All rows came back: the gradient of b is {held}, with the shape {b.shape}."

    def paint(figure: FigureBase, state: State, small: bool) -> None:
        b, rows = of(state)
        forward, backward = figure.subplots(1, 2)
        own = np.atleast_2d(b)
        draw_side(forward, own, np.broadcast_to(own, Z.shape), (0, 0), small)
        gradient = np.atleast_2d(come_back(b, rows))
        if own.shape[0] == ROWS:  # a number in a row of its own waits for this row alone
            gradient[rows:] = np.nan
        elif rows == 0:
            gradient[:] = np.nan
        draw_side(backward, gradient, 2 * (Z + b), Z.shape, small)
        for row in range(ROWS):
            at = row if own.shape[0] == ROWS else (ROWS - 1) / 2 + (row - (ROWS - 1) / 2) * 0.15
            left, right = (own.shape[1] - 0.4, at), (4.4, row)
            draw_arrow(forward, left, right, True, small)
            draw_arrow(backward, right, left, row < rows, small)
        forward.set_title(f"b {b.shape} → its copies")
        backward.set_title("gradient of b ← g")

    steps = []
    for question, choice, rows in STEPS:
        state = {"choice": choice, "rows": rows}
        steps.append(Step(question, said(state), state))
    knobs = [Knob("rows", "rows", 0, ROWS, 1), Knob("shape", "choice", 1, len(CHOICES), 1)]
    return Stage(steps, Plot(paint, size=(7.0, 2.3), still=(3.0, 1.15)), knobs, said)


def draw_side(ax: Axes, few: np.ndarray, many: np.ndarray, held: tuple[int, int], small: bool) -> None:
    """Draw the small array at the left, half-way up, and the four rows at the right."""
    draw_boxes(ax, few, few.shape, small, (0, (ROWS - len(few)) / 2))
    draw_boxes(ax, many, held, small, (5, 0))
    ax.set(xlim=(-0.6, 4.6 + COLUMNS), ylim=(ROWS - 0.4, -0.6))
    ax.set_aspect("equal")
    ax.axis("off")


def draw_arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], gone: bool, small: bool) -> None:
    """Draw an arrow: solid and blue if something went along it, else dashed, thin and grey."""
    looks = {"color": COLORS["blue"], "linewidth": 1.2 if small else 2} if gone else {"color": COLORS["grey"]}
    looks |= {} if gone else {"linewidth": 0.7 if small else 1, "linestyle": (0, (3, 2))}
    looks |= {"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, "mutation_scale": 6 if small else 12}
    ax.annotate("", end, start, arrowprops=looks)
