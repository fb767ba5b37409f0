"""Chapter 09: the shapes of two arrays, what is repeated where they meet, and when they do not fit."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.patches import Rectangle

from course.moving.plots import Plot
from course.moving.stage import Knob, Stage, State, Step
from course.style import DARK

MOST = 4  # rows and columns of a table
# What is asked, and then rows and columns of a and of b.
STEPS = [
    ("", (4, 3), (4, 3)),
    ("b becomes a single row, shape (1, 3). Which shape has the sum, and what does its last row hold?", (4, 3), (1, 3)),
    ("b becomes a column, shape (4, 1). Which of its numbers meets 60, and which meets 120?", (4, 3), (4, 1)),
    ("b becomes a row of four, shape (1, 4). What happens now?", (4, 3), (1, 4)),
    ("a becomes a column, shape (4, 1). Which shape has the sum of a column and a row of four?", (4, 1), (1, 4)),
    ("a becomes a single number, shape (1, 1). How often is it read?", (1, 1), (1, 4)),
]


def table(rows: int, columns: int, unit: int) -> np.ndarray:
    """Return `unit`, twice `unit` and so on, row by row."""
    return unit * np.arange(1, rows * columns + 1).reshape(rows, columns)


def broadcasting() -> Stage:
    """Turn the shapes of two arrays, and watch what is repeated when they are added, or that they do not fit.

    A chapter says before it: *In the next picture two arrays are added. What an array holds is bold; what is read again
    is grey. Say before each press of Next which shape the sum will have.*
    """

    def shapes(state: State) -> tuple[tuple[int, int], tuple[int, int]]:
        a, b = ((int(state[f"rows of {name}"]), int(state[f"columns of {name}"])) for name in "ab")
        return a, b

    def misfits(state: State) -> list[str]:
        pairs = zip(*shapes(state), ("rows", "columns"), strict=True)
        return [f"{m} {axis} meet {n}, and neither is 1" for m, n, axis in pairs if m != n and 1 not in (m, n)]

    def said(state: State) -> str:
        a, b = shapes(state)
        if wrong := misfits(state):
            return f"{a} and {b} do not fit: {', and '.join(wrong)}."
        total = table(*a, 10) + table(*b, 1)
        times = [total.size // (m * n) for m, n in (a, b)]
        first, second = ("once" if count == 1 else f"{count} times" for count in times)
        last = f"and the last number is {total[-1, -1]}"
        return f"{a} and {b} give {total.shape}: each number of a is read {first}, each of b {second}, {last}."

    def paint(figure: FigureBase, state: State, small: bool) -> None:
        a, b = shapes(state)
        axes = figure.subplots(1, 3)
        shape = a if misfits(state) else tuple(np.maximum(a, b))
        for ax, held, name in zip(axes, (table(*a, 10), table(*b, 1)), "ab", strict=False):
            shown = held if misfits(state) else np.broadcast_to(held, shape)
            draw_table(ax, shown, held.shape, f"{name} {held.shape}", small)
        if misfits(state):
            draw_table(axes[2], np.zeros((0, 0)), (0, 0), "no sum", small)
            axes[2].text(1.5, 1.5, "?", ha="center", va="center", fontsize=18 if small else 40, color=DARK)
        else:
            total = table(*a, 10) + table(*b, 1)
            draw_table(axes[2], total, total.shape, f"a + b {total.shape}", small)

    steps = []
    for question, a, b in STEPS:
        numbers = (*a, *b)
        keys = ("rows of a", "columns of a", "rows of b", "columns of b")
        state = {key: float(number) for key, number in zip(keys, numbers, strict=True)}
        steps.append(Step(question, said(state), state))
    knobs = [Knob(key, key, 1, MOST, 1) for key in steps[0].state]
    return Stage(steps, Plot(paint, still=(3.0, 1.4)), knobs, said)


def draw_table(ax: Axes, numbers: np.ndarray, held: Sequence[int], title: str, small: bool) -> None:
    """Draw numbers in boxes under a title; those beyond the shape that is `held` are copies."""
    draw_boxes(ax, numbers, held, small)
    ax.set(xlim=(-0.6, MOST - 0.4), ylim=(MOST - 0.4, -0.6), title=title)
    ax.set_aspect("equal")
    ax.axis("off")


def draw_boxes(
    ax: Axes, numbers: np.ndarray, held: Sequence[int], small: bool, corner: tuple[float, float] = (0, 0)
) -> None:
    """Draw numbers in boxes, from a corner on; copies, beyond the shape that is `held`, are grey and slanted."""
    for (i, j), number in np.ndenumerate(numbers):
        own = i < held[0] and j < held[1]
        looks = {"facecolor": "#cfe3f2" if own else "white", "edgecolor": DARK if own else "#b8b8b8"}
        x, y = corner[0] + j, corner[1] + i
        ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, **looks))
        style = {"weight": "bold", "color": DARK} if own else {"style": "italic", "color": "#666666"}
        words = "" if np.isnan(number) else f"{number:g}"
        ax.text(x, y, words, ha="center", va="center", fontsize=6.5 if small else 11, **style)
