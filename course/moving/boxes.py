"""Graphs for the pictures that move: boxes that stay where they are, and arrows as thick as what they carry."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from autograd.draw import COLORS as FILLS
from course.style import COLORS, DARK

WIDE, HIGH = 0.9, 0.62  # of a box; one unit is the distance between neighbouring places


class Box(NamedTuple):
    """A node: where it stands, its name, its number, its kind as in `draw_dot`, and whether its number is new.

    One that is not `known` is white and grey, with a dashed frame.
    """

    at: tuple[float, float]
    name: str
    number: str
    kind: str = "inner"
    new: bool = False
    known: bool = True


class Arrow(NamedTuple):
    """An edge between two boxes: what stands at it and where, what it carries (its width), and how far it bends."""

    start: str
    end: str
    label: str = ""
    width: float = 1.0
    color: str = DARK
    style: str = "-"
    bend: float = 0.0
    label_at: tuple[float, float] = (0.0, 0.0)


def draw(ax: Axes, boxes: Mapping[str, Box], arrows: Sequence[Arrow], small: bool, text: float | None = None) -> None:
    """Draw boxes and arrows; the new numbers are bold and their boxes have a thick frame. `text` is a size."""
    text = text or (7.5 if small else 10)
    patches = {name: frame(box, small) for name, box in boxes.items()}
    for arrow in arrows:
        start, end = boxes[arrow.start].at, boxes[arrow.end].at
        way = {"patchA": patches[arrow.start], "patchB": patches[arrow.end], "shrinkA": 0}
        way |= {"connectionstyle": f"arc3,rad={arrow.bend}", "color": arrow.color}
        width = arrow.width * (0.6 if small else 1)
        size = (8 if small else 14) + 3.5 * width
        line = {"arrowstyle": "-", "linewidth": width, "linestyle": arrow.style, "capstyle": "butt"}
        line["shrinkB"] = 0.3 * size  # the line ends inside its head
        head = {"arrowstyle": "-|>", "linewidth": 0, "mutation_scale": size, "shrinkB": 0}
        for looks in (line, head):  # the head by itself, so that it is whole where the line is dashed
            ax.add_patch(FancyArrowPatch(start, end, **way, **looks))
        if arrow.label:
            back = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"}
            write(ax, arrow.label_at, arrow.label, text, bbox=back)
    for name, box in boxes.items():
        ax.add_patch(patches[name])
        x, y = box.at
        ink = DARK if box.known else COLORS["grey"]
        write(ax, (x, y + 0.14), box.name, text, color=ink)
        write(ax, (x, y - 0.14), box.number, text, color=ink, weight="bold" if box.new else "normal")
    across, up = zip(*(box.at for box in boxes.values()), strict=True)
    ax.set(xlim=(min(across) - 0.55, max(across) + 0.55), ylim=(min(up) - 0.5, max(up) + 0.5))
    ax.set_aspect("equal")
    ax.axis("off")


def frame(box: Box, small: bool) -> FancyBboxPatch:
    edge, width = (COLORS["red"], 1.5 if small else 2.5) if box.new else (DARK, 1)
    corner, shape = (box.at[0] - WIDE / 2, box.at[1] - HIGH / 2), "round,pad=0,rounding_size=0.1"
    looks = {"facecolor": FILLS[box.kind], "edgecolor": edge, "linewidth": width}
    if not box.known:
        looks |= {"facecolor": "white", "edgecolor": edge if box.new else COLORS["grey"], "linestyle": (0, (3, 2))}
    return FancyBboxPatch(corner, WIDE, HIGH, boxstyle=shape, zorder=2, **looks)


def write(ax: Axes, at: tuple[float, float], words: str, size: float, **more: Any) -> None:
    ax.text(*at, words, fontsize=size, ha="center", va="center", zorder=4, **more)
