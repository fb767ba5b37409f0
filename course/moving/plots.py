"""A picture for a stage that Matplotlib draws: one function paints a state, large, or small in the strip."""

import textwrap
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure, FigureBase

from course.moving.stage import SHOWN_SIZE, State
from course.style import DARK, apply_style, png

apply_style()
Paint = Callable[[FigureBase, State, bool], None]  # the figure, what it shows, and whether it is a small still

COLUMNS, STILL = 3, (3.0, 2.3)  # inches of one still
KEPT = 50  # pictures of about 50 kB each
SMALL = {
    "axes.titlesize": 8,
    "axes.labelsize": 7.5,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "axes.titlepad": 4,
    "legend.fontsize": 7,
    "lines.linewidth": 1.5,
    "lines.markersize": 4,
}


class Plot:
    """A picture for a stage: `paint(figure, state, small)` draws it; `size` is the stage's, in inches.

    `still` is the size of a still without its caption.
    """

    def __init__(self, paint: Paint, size: tuple[float, float] = (7.0, 2.8), still: tuple[float, float] = STILL):
        self.paint, self.size, self.still = paint, size, still
        self.drawn: dict[tuple[tuple[str, float], ...], str] = {}  # states that were shown, for the way back

    def html(self, state: State, alt: str) -> str:
        """Return the picture of a state as an `<img>` that is never wider than the page."""
        key = tuple(sorted(state.items()))
        if key not in self.drawn:
            figure = Figure(figsize=self.size, layout="constrained")
            self.paint(figure, state, False)
            if len(self.drawn) > KEPT:
                self.drawn.clear()
            self.drawn[key] = png(figure)[0]
        size = SHOWN_SIZE.replace("100%", f"min(100%, {100 * self.size[0]:.0f}px)")
        return f'<img alt="{escape(alt)}" src="data:image/png;base64,{self.drawn[key]}" style="{size}">'

    def strip(self, states: Sequence[State], captions: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return one PNG with the stills in three columns, each over its caption, and the captions as its text."""
        wide, high = self.still
        columns = min(COLUMNS, len(states))
        rows = -(-len(states) // columns)
        wrapped = [textwrap.fill(caption, round(15.5 * wide)) for caption in captions]
        lines = [
            max(text.count("\n") + 1 for text in wrapped[row * columns : (row + 1) * columns]) for row in range(rows)
        ]
        under = [0.15 * count + 0.12 for count in lines]
        ratios = [part for height in under for part in (high, height)]
        with rc_context(SMALL):
            figure = Figure(figsize=(columns * wide, sum(ratios)), layout="constrained")
            grid = figure.subfigures(2 * rows, columns, squeeze=False, height_ratios=ratios)
            for place, (state, text) in enumerate(zip(states, wrapped, strict=True)):
                row, column = divmod(place, columns)
                self.paint(grid[2 * row, column], state, True)
                grid[2 * row + 1, column].text(0.03, 1, text, ha="left", va="top", fontsize=8, color=DARK)
            content, width, height = png(figure)
        text = "\n".join(captions)
        return {"text/plain": text, "image/png": content}, {
            "image/png": {"alt": " ".join(captions), "width": width, "height": height}
        }
