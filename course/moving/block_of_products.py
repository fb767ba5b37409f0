"""Chapter 11: the products of a matrix product as a block, and the bars of it that result and gradients add up."""

from collections.abc import Iterable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.patches import Polygon, Rectangle

from course.moving.plots import Plot
from course.moving.stage import Knob, Stage, State, Step
from course.style import COLORS, DARK

SIZES = {"i": 2, "j": 3, "k": 4}
ARRAYS = {
    "a": np.array([[1, 2, 4], [3, 1, 2]]),
    "b": np.array([[2, 1, 3, 1], [1, 5, 2, 4], [3, 2, 1, 2]]),
    "g": np.array([[2, 1, 3, 1], [4, 2, 1, 5]]),
}
LETTERS = {"a": "ij", "b": "jk", "g": "ik", "y": "ik"}
# What the knob chooses: the two arrays that are multiplied, and the one whose number is found.
SUMS = [("a", "b", ""), ("a", "b", "y"), ("g", "b", "a"), ("a", "g", "b")]
# What is asked, and then the number of the sum and the place i, j, k.
STEPS = [
    ("", 0, (0, 1, 2)),
    ("y[0, 2] adds up one bar of the block. Along which letter, and how many products?", 1, (0, 1, 2)),
    ("On the way back the block holds g[i, k] · b[j, k]. Along which letter does a[0, 1] add up?", 2, (0, 1, 2)),
    ("For b the block holds a[i, j] · g[i, k]. Along which letter does b[1, 2] add up?", 3, (0, 1, 2)),
    ("Another number of b, b[2, 3]: which row or column of a meets which of g?", 3, (0, 2, 3)),
    ("And for the number a[1, 0]: which row or column of g meets which of b?", 2, (1, 0, 3)),
]
TABLES = {"a": (0.0, 3.9), "b": (3.9, 0.0), "y": (3.9, 3.9)}  # the corner of each, as one writes a product by hand


def cube() -> Stage:
    """Watch which bar of the block of products a[i, j] · b[j, k] a number of y adds up, and which its gradients.

    A chapter says before it: *In the next picture one bar of the block is red. Its letters stand at the edges. Say
    before each press of Next along which letter the next bar runs.*

    The knob "sum" chooses what is found: 0 for one product, 1 for y, 2 for the gradient of a, 3 for that of b.
    """

    def of(state: State) -> tuple[str, str, str, dict[str, int]]:
        first, second, found = SUMS[int(state["sum"])]
        return first, second, found, {letter: int(state[letter]) for letter in SIZES}

    def bar(found: str, at: Mapping[str, int]) -> list[dict[str, int]]:
        """The places of the products that are added up: all along the letter which the found array does not have."""
        along = lost(found)
        return [{**at, along: place} for place in range(SIZES[along])] if found else [dict(at)]

    def said(state: State) -> str:
        first, second, found, at = of(state)
        products = [(number(first, place), number(second, place)) for place in bar(found, at)]
        total = sum(x * y for x, y in products)
        written = " + ".join(f"{x}·{y}" for x, y in products)
        if not found:
            place = ", ".join(f"{letter} = {at[letter]}" for letter in SIZES)
            count = np.prod(list(SIZES.values()))
            return f"One of {count} products, at {place}: {name('a', at)} · {name('b', at)} = {written} = {total}."
        what = name("y", at) if found == "y" else f"The gradient of {name(found, at)}"
        verb = "=" if found == "y" else "is"
        along = f"{len(products)} products along {lost(found)}, the letter that {found} does not have"
        return f"{what} {verb} {written} = {total}: {along}."

    def paint(figure: FigureBase, state: State, small: bool) -> None:
        first, second, found, at = of(state)
        block, tables = figure.subplots(1, 2, width_ratios=(1, 1.15))
        places = bar(found, at)
        draw_block(block, places, small)
        for which in ("a", "b", "y"):
            array = which if which != "y" or found in ("", "y") else "g"
            if which in (found, "y" if not found else ""):
                numbers = np.full([SIZES[letter] for letter in LETTERS[which]], np.nan)
                if found:
                    numbers[index(which, at)] = sum(number(first, place) * number(second, place) for place in places)
                title = f"gradient of {which}" if found in ("a", "b") else which
            else:
                numbers, title = ARRAYS[array], array
            chosen = {index(which, place) for place in places} if found or which != "y" else set()
            draw_table(tables, which, numbers, chosen, f"{title}[{', '.join(LETTERS[which])}]", small)
        tables.set(xlim=(-0.7, 7.6), ylim=(6.7, -0.7))
        tables.set_aspect("equal")
        tables.axis("off")

    steps = []
    for question, chosen, at in STEPS:
        state = {"sum": chosen, **dict(zip(SIZES, at, strict=True))}
        steps.append(Step(question, said(state), state))
    knobs = [Knob("sum", "sum", 0, len(SUMS) - 1, 1)]
    knobs += [Knob(f"at {letter}", letter, 0, size - 1, 1) for letter, size in SIZES.items()]
    return Stage(steps, Plot(paint, still=(3.0, 1.35)), knobs, said)


def lost(array: str) -> str:
    """Return the letter that an array does not have."""
    return next((letter for letter in SIZES if letter not in LETTERS.get(array, "ijk")), "")


def index(array: str, at: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(at[letter] for letter in LETTERS[array])


def name(array: str, at: Mapping[str, int]) -> str:
    return f"{array}[{', '.join(map(str, index(array, at)))}]"


def number(array: str, at: Mapping[str, int]) -> int:
    return int(ARRAYS[array][index(array, at)])


def seen(i: float, j: float, k: float) -> tuple[float, float]:
    """Return where a corner of the block is drawn: i goes down, k to the right, and j away from us."""
    return k + 0.55 * j, -i + 0.45 * j


def faces(i: float, j: float, k: float, high: float = 1, deep: float = 1, wide: float = 1) -> list[list[tuple]]:
    """Return the corners of the front, the top and the right side of a box whose front upper left corner is given."""
    front = [(0, 0, 0), (high, 0, 0), (high, 0, wide), (0, 0, wide)]
    top = [(0, 0, 0), (0, deep, 0), (0, deep, wide), (0, 0, wide)]
    side = [(0, 0, wide), (high, 0, wide), (high, deep, wide), (0, deep, wide)]
    return [[seen(i + di, j + dj, k + dk) for di, dj, dk in face] for face in (front, top, side)]


def draw_block(ax: Axes, chosen: Iterable[Mapping[str, int]], small: bool) -> None:
    """Draw the block as if of glass, the chosen cubes solid, and the letters with their sizes at the edges."""
    n, m, p = SIZES.values()
    hidden = [[(n, m, 0), (0, m, 0)], [(n, m, 0), (n, 0, 0)], [(n, m, 0), (n, m, p)]]
    thin = 0.5 if small else 0.8
    for start, end in hidden:
        ax.plot(*zip(seen(*start), seen(*end), strict=True), ":", color=COLORS["grey"], linewidth=thin)
    for place in sorted(chosen, key=lambda at: (-at["j"], -at["i"], at["k"])):  # those behind come first
        for face, color in zip(faces(*place.values()), ("#CC3311", "#E58A76", "#9E2408"), strict=True):
            ax.add_patch(Polygon(face, facecolor=color, edgecolor=DARK, linewidth=thin))
    for i in range(n):
        for k in range(p):
            ax.add_patch(glass(faces(i, 0, k)[0], thin))
    for j in range(m):
        for k in range(p):
            ax.add_patch(glass(faces(0, j, k)[1], thin))
        for i in range(n):
            ax.add_patch(glass(faces(i, j, p - 1)[2], thin))
    size = 8 if small else 12
    for letter, (x, y), where in (
        ("i", seen(n / 2, 0, -0.2), "right"),
        ("k", seen(n + 0.42, 0, p / 2), "center"),
        ("j", seen(n + 0.3, m / 2, p + 0.15), "left"),
    ):
        ax.text(
            x, y, f"{letter}: {SIZES[letter]}", fontsize=size, ha=where, va="center", weight="bold", in_layout=False
        )
    ax.set(xlim=(-1.3, 6.4), ylim=(-3.0, 1.6))
    ax.set_aspect("equal")
    ax.axis("off")


def glass(corners: list[tuple], width: float) -> Polygon:
    return Polygon(corners, fill=False, edgecolor=COLORS["blue"], linewidth=width)


def draw_table(
    ax: Axes, which: str, numbers: np.ndarray, chosen: set[tuple[int, ...]], title: str, small: bool
) -> None:
    """Draw one of the three tables; the chosen numbers are bold in a thick red frame."""
    left, top = TABLES[which]
    size = 6.5 if small else 11
    for place, value in sorted(np.ndenumerate(numbers), key=lambda pair: pair[0] in chosen):
        marked = place in chosen
        looks = {"facecolor": "#F8D9D2", "edgecolor": COLORS["red"], "linewidth": 1.2 if small else 2.5}
        looks = looks if marked else {"facecolor": "white", "edgecolor": "#8a8a8a", "linewidth": 0.5 if small else 1}
        x, y = left + place[1], top + place[0]
        ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, **looks))
        words = "" if np.isnan(value) else f"{value:g}"
        weight = "bold" if marked else "normal"
        ax.text(x, y, words, ha="center", va="center", fontsize=size, weight=weight)
    rows, columns = numbers.shape
    at = {"a": (left + (columns - 1) / 2, top - 0.95), "b": (left - 0.75, top + (rows - 1) / 2)}
    at["y"] = (left + (columns - 1) / 2, top + rows + 0.05)
    ax.text(*at[which], title, ha="right" if which == "b" else "center", va="center", fontsize=size, in_layout=False)
