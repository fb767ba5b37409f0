"""Chapter 17: a kernel slides over a picture and makes one number after the other; then the picture itself moves."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.patches import Rectangle
from numpy.lib.stride_tricks import sliding_window_view

from course.moving.plots import Plot
from course.moving.stage import Knob, Stage, State, Step
from course.style import COLORS

UPRIGHT = np.array([[-1.0, 0.0, 1.0]] * 3)
RIMS = np.full((3, 3), -1.0)
RIMS[1, 1] = 8
# What the knob "kernel" chooses, with its name.
KERNELS = [("upright", UPRIGHT), ("upright.T", UPRIGHT.T), ("blur", np.full((3, 3), 1 / 9)), ("rims", RIMS)]
ROWS, COLUMNS, SIZE = 6, 8, 3
BLOCK = np.ones((ROWS, COLUMNS))
BLOCK[2:, 3:6] = 10
PLACES = (ROWS - SIZE + 1) * (COLUMNS - SIZE + 1)
# The picture that moves has a block whose left rim is softer than its right one, so that no two moves look the same.
UNMOVED = np.ones((4, COLUMNS))
UNMOVED[1:, 2:5] = 4, 10, 10
FURTHEST = COLUMNS - 5  # the block is then at the right side of the picture
# What is asked, and then the place of the window and the kernel.
SLIDES = [
    ("", 0, 0),
    ("The window slides on by one pixel. Which number comes next?", 1, 0),
    ("It goes to the end of its row, across the block. Where will the result be 0, and where below 0?", 5, 0),
    ("It goes to the last place. In which rows are the numbers largest, and why not in all?", PLACES - 1, 0),
    ("The kernel becomes upright.T. Where will the result be 0 now?", PLACES - 1, 1),
    ("All nine weights become 1/9. What will be left of the rims of the block?", PLACES - 1, 2),
]
# What is asked, and then by how many pixels the picture is moved, and the kernel slides.
MOVES = [
    ("", 0, 1),
    ("The picture moves to the right by one pixel. What do the result and its largest number do?", 1, 1),
    ("Back again; now the window slides by two pixels at a time. Which numbers are left?", 0, 2),
    ("The picture moves by one pixel. Will the result be the first one, moved?", 1, 2),
    ("And if the picture moves by three pixels?", 3, 2),
    ("And by two?", 2, 2),
]


def correlate(picture: np.ndarray, kernel: np.ndarray, stride: int = 1) -> np.ndarray:
    """Return the sums of the products of a kernel with each window of a picture; windows are `stride` pixels apart."""
    windows = sliding_window_view(picture, kernel.shape)[::stride, ::stride]
    return (windows * kernel).sum(axis=(2, 3))


def moved(numbers: np.ndarray, right: int, ground: float) -> np.ndarray:
    """Return an array moved to the right by some columns; what comes in at the left is the ground."""
    wide = np.pad(numbers, ((0, 0), (right, 0)), constant_values=ground)
    return wide[:, : numbers.shape[1]]


def kernel() -> Stage:
    """Slide a kernel over a small picture, and watch which pixels make which number of the result.

    A chapter says before it: *In the next picture a kernel slides over a dark picture with a bright block. A window of
    nine pixels makes one number of the result. Say before each press of Next which numbers it will make.*

    The knob "kernel" chooses the weights: 0 for upright, 1 for upright.T, 2 for the mean of nine, 3 for all rims.
    """

    def of(state: State) -> tuple[str, np.ndarray, int, int]:
        name, weights = KERNELS[int(state["kernel"])]
        return name, weights, *divmod(int(state["place"]), COLUMNS - SIZE + 1)

    def said(state: State) -> str:
        name, weights, row, column = of(state)
        window = BLOCK[row : row + SIZE, column : column + SIZE]
        made = correlate(BLOCK, weights)[row, : column + 1]
        words = f"{name} at row {row}, column {column}: {products(window, weights)} = {plain(made[-1])}"
        held = ", ".join(map(plain, made))
        return f"{words}, number {int(state['place']) + 1} of {PLACES}. Row {row} of the result holds {held}."

    def paint(figure: FigureBase, state: State, small: bool) -> None:
        name, weights, row, column = of(state)
        ax = figure.subplots()
        result = correlate(BLOCK, weights)
        limits = (-np.abs(result).max(), np.abs(result).max()) if weights.min() < 0 else (BLOCK.min(), BLOCK.max())
        shown = result.copy()
        shown.flat[int(state["place"]) + 1 :] = np.nan
        window = weights if not small else None
        draw_numbers(ax, BLOCK, (0, 0), (BLOCK.min(), BLOCK.max()), "picture", small, (row, column, SIZE), window)
        draw_numbers(ax, weights, (9.5 if small else 9, 0), None, f"kernel: {name}", small)
        corner = (9.5, 4.6) if small else (13.5, 0)  # on the screen, height is short
        draw_numbers(ax, shown, corner, limits, "result", small, (row, column, 1))
        finish(ax, *((15.5, 8.6) if small else (19.5, 6)))

    steps = []
    for question, place, chosen in SLIDES:
        state = {"place": place, "kernel": chosen}
        steps.append(Step(question, said(state), state))
    knobs = [Knob("place", "place", 0, PLACES - 1, 1), Knob("kernel", "kernel", 0, len(KERNELS) - 1, 1)]
    return Stage(steps, Plot(paint, size=(7.0, 2.7), still=(3.0, 1.95)), knobs, said)


def shift() -> Stage:
    """Move a picture, and watch whether the result of a kernel moves with it: for steps of one pixel, and of two.

    A chapter says before it: *In the next picture the picture moves, and the kernel upright slides over it by one pixel
    or by two at a time. Say before each press of Next whether the result will be the first one, moved.*
    """

    def results(state: State) -> tuple[np.ndarray, np.ndarray]:
        first = correlate(UNMOVED, UPRIGHT, int(state["stride"]))
        return first, correlate(moved(UNMOVED, int(state["moved"]), 1), UPRIGHT, int(state["stride"]))

    def verdict(state: State) -> str:
        first, now = results(state)
        if not state["moved"]:
            return "this is the first result"
        places = [by for by in range(first.shape[1]) if np.array_equal(moved(first, by, 0), now)]
        return f"the first result, moved by {places[0]}" if places else "not the first result, moved"

    def said(state: State) -> str:
        words = f"Picture moved by {state['moved']:g}, stride {state['stride']:g}: {verdict(state)}"
        return f"{words}. The largest number is {plain(results(state)[1].max())}."

    def paint(figure: FigureBase, state: State, small: bool) -> None:
        first, now = results(state)
        ax = figure.subplots()
        picture, most = moved(UNMOVED, int(state["moved"]), 1), 27.0
        draw_numbers(ax, picture, (0, 1), (1, 10), f"picture, moved by {state['moved']:g}", small)
        draw_numbers(ax, first, (9.5, 0), (-most, most), "first result", small)
        largest = np.unravel_index(now.argmax(), now.shape)
        draw_numbers(ax, now, (9.5, 3.6), (-most, most), "result now", small, (*map(int, largest), 1))
        finish(ax, 15.5, 5.6)

    steps = []
    for question, right, stride in MOVES:
        state = {"moved": right, "stride": stride}
        steps.append(Step(question, said(state), state))
    knobs = [Knob("moved", "moved", 0, FURTHEST, 1), Knob("stride", "stride", 1, 2, 1)]
    return Stage(steps, Plot(paint, size=(7.0, 2.9), still=(3.0, 1.4)), knobs, said)


def plain(number: float) -> str:
    """Return a number as short as can be, with a minus sign that is read as one, and a ninth as a fraction."""
    return "1/9" if number == 1 / 9 else f"{number:g}".replace("-", "−")


def products(window: np.ndarray, weights: np.ndarray) -> str:
    """Write down what a window and a kernel give: for each weight but 0, the sum of the pixels below it."""
    written = ""
    for weight in sorted(set(weights.flat) - {0.0}, reverse=True):
        pixels = [plain(pixel) for pixel in window[weights == weight]]
        added = f"({' + '.join(pixels)})" if len(pixels) > 1 else pixels[0]
        part = f"{added} / 9" if weight == 1 / 9 else added if abs(weight) == 1 else f"{plain(abs(weight))} · {added}"
        written += (" − " if weight < 0 else " + " if written else "") + part
    return written


def draw_numbers(
    ax: Axes,
    numbers: np.ndarray,
    corner: tuple[float, float],
    limits: tuple[float, float] | None,
    title: str,
    small: bool,
    framed: tuple[int, int, int] | None = None,
    weights: np.ndarray | None = None,
) -> None:
    """Draw numbers in squares from a corner on, the brighter the larger between two limits; without limits all white.

    `framed` is a row, a column and a size: a thick frame, in which `weights` are written too. NaN is left empty.
    """
    left, top = corner
    ax.text(left, top - 0.3, title, ha="left", va="bottom", fontsize=7.5 if small else 11, weight="bold")
    for (i, j), number in np.ndenumerate(numbers):
        if np.isnan(number):
            continue
        bright = 1.0 if limits is None else 0.3 + 0.7 * (number - limits[0]) / (limits[1] - limits[0])
        ink = "black" if bright > 0.5 else "white"
        square = {"facecolor": (bright,) * 3, "edgecolor": "#8a8a8a", "linewidth": 0.4 if small else 0.8}
        ax.add_patch(Rectangle((left + j, top + i), 1, 1, **square))
        row, column, size = framed or (0, 0, 0)
        inside = row <= i < row + size and column <= j < column + size
        looks = {"color": ink, "weight": "bold" if inside else "normal", "ha": "center", "va": "center", "zorder": 4}
        weighed = inside and weights is not None
        text_at = (left + j + 0.5, top + i + (0.34 if weighed else 0.52))
        words, scale = plain(number), 0.62 if small else 1
        size = scale * (10.5 if len(words) < 3 else 8.5 if inside else 9.5)
        ax.text(*text_at, words, fontsize=size, **looks)
        if weighed:
            times = f"×{plain(weights[i - row, j - column])}"
            ax.text(left + j + 0.5, top + i + 0.7, times, fontsize=7, color=ink, ha="center", va="center")
    if framed:
        row, column, size = framed
        at = (left + column, top + row)
        width = 1.5 if small else 3.2
        for color, thick in (("white", 1.7 * width), (COLORS["red"], width)):  # so that it is seen on dark grey too
            ax.add_patch(Rectangle(at, size, size, fill=False, edgecolor=color, linewidth=thick, zorder=3))


def finish(ax: Axes, wide: float, high: float) -> None:
    ax.set(xlim=(-0.2, wide + 0.2), ylim=(high + 0.2, -1.2))
    ax.set_aspect("equal")
    ax.axis("off")
